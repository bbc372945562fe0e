"""A line for each test, with its seconds."""

import os
import shutil
import sys

import pytest

from stack import PROJECT


@pytest.fixture(scope="session")
def folder(request):
    """Where everything is kept that the tests write."""
    folder = PROJECT / "target" / request.config.invocation_params.args[-1].rstrip("/").rsplit("/", 1)[-1]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(scope="session")
def binaries():
    """Where the built functions are, and the built `latchkey`."""
    return PROJECT / os.environ.get("BUILT_BINARIES", "target/debug")


def pytest_report_teststatus(report):
    """No dots: a test's line says it all."""
    return report.outcome, "", ""


def pytest_runtest_logreport(report):
    if report.when == "call" or report.failed or report.skipped:
        name = report.nodeid.split("::")[-1]
        print(f"{report.outcome.upper():7} {report.duration:6.1f} s  {name}", file=sys.__stdout__, flush=True)
