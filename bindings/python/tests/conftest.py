"""A running `sluice serve` over the tables that the project makes for its tests."""

import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/e2e"))
import server  # noqa: E402

DATA = ROOT / "build/test-data"


@pytest.fixture(scope="session")
def data():
    subprocess.run([sys.executable, ROOT / "tests/data/make_tables.py", DATA], check=True)
    return DATA


@pytest.fixture(scope="session")
def shared(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("shared")
    with server.SharedFolder(data / "tables", folder / "tables.share") as running:
        yield running


@pytest.fixture(scope="session")
def profile(shared):
    return str(shared.profile)


@pytest.fixture(scope="session")
def at(profile):
    """The URL of a table: at("default.sales")."""
    return lambda table: f"{profile}#tables.{table}"
