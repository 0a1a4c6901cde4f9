import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import managed  # noqa: E402
import postgres  # noqa: E402
import server  # noqa: E402

DATA = server.ROOT / "build/test-data"

#: Files that take minutes begin first, so that no core is left with one of them at the end.
SLOWEST = [
    "test_streaming",
    "test_spark_tables",
    "test_spark_stores",
    "test_real_tables",
    "test_store_tables",
    "test_directory_access",
    "test_other_clients",
]


def pytest_collection_modifyitems(items):
    names = {name: place for place, name in enumerate(SLOWEST)}
    items.sort(key=lambda item: names.get(item.module.__name__.rpartition(".")[2], len(names)))


@pytest.fixture(scope="session")
def data():
    """The tables that the project makes itself; tests/README.md lists them."""
    script = server.ROOT / "tests/data/make_tables.py"
    subprocess.run([sys.executable, script, DATA], check=True)
    return DATA


@pytest.fixture(scope="session")
def real_tables():
    """Tables written by others, with what they must give. Not part of the repository."""
    place = pathlib.Path(os.environ.get("SLUICE_TABLES", server.ROOT.parent / "shared/tables"))
    if not (place / "MANIFEST.json").exists():
        pytest.skip(f"no tables at {place}; name their folder in SLUICE_TABLES")
    return place


@pytest.fixture(scope="module")
def shared(data, tmp_path_factory):
    """The project's own tables, shared by `serve DIR`."""
    folder = tmp_path_factory.mktemp("shared")
    with server.SharedFolder(data / "tables", folder / "tables.share") as running:
        yield running


@pytest.fixture(scope="module")
def cluster():
    if postgres.program("initdb") is None:
        pytest.skip("no PostgreSQL server is installed")
    running = postgres.Cluster()
    yield running
    running.close()


@pytest.fixture(params=["sqlite", "postgres"])
def catalog(request, tmp_path):
    if request.param == "sqlite":
        return managed.Catalog(tmp_path, ["--data-dir", tmp_path / "data"])
    url = request.getfixturevalue("cluster").new_database()
    return managed.Catalog(tmp_path, ["--catalog", url])
