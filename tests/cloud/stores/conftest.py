"""Each engine is started once."""

import pytest

from engines import ENGINES


@pytest.fixture(scope="session")
def engine(request, folder, binaries):
    """The engine that a test names."""
    engine = ENGINES[request.param](folder, binaries)
    engine.name = request.param
    yield engine
    engine.stop()
