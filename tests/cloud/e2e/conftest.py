"""One emulator and one deployed stack for all tests."""

import pytest

from cloud import Cloud
from emulator import Emulator
from stack import Stack, stage


@pytest.fixture(scope="session")
def emulator(folder):
    emulator = Emulator(folder / "emulator")
    yield emulator
    emulator.stop()


@pytest.fixture(scope="session")
def template(folder, binaries):
    """The template, unchanged, beside the built functions."""
    return stage(folder / "stage", binaries)


@pytest.fixture(scope="session")
def cloud(emulator, template):
    """Latchkey as it was deployed first."""
    return Cloud(emulator, Stack(emulator, "latchkey", template))
