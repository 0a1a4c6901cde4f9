"""The server's memory stays flat while it answers a query of many files, in every form: none of them
is ever whole in memory. `bench/run.py --only forms` measures the same with a million files."""

import importlib.util

import pytest
import server

FILES = 240_000
#: Beside what it took to open the table: what the arenas of the threads keep. Each whole answer is
#: several times that.
SPARE_MB = 45


def bench(name):
    """A module of bench/, which has some of the names that modules here have."""
    spec = importlib.util.spec_from_file_location(f"bench_{name}", server.ROOT / f"bench/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    folder = tmp_path_factory.mktemp("memory") / "lake"
    tables = bench("tables")
    tables.write_files_table(folder / "files", FILES)
    tables.write_feed_table(folder / "feed", FILES, 20)
    return folder


def test_memory_stays_flat_in_every_form(lake, tmp_path):
    forms = bench("forms")
    with server.SharedFolder(lake, tmp_path / "p.share") as running:
        asker = forms.Asker(running.endpoint, running.token, running.process.pid)
        path = "/shares/lake/schemas/default/tables/"
        first, *others = forms.run(
            asker,
            path + "files",
            path + "feed",
            FILES,
            # Each of its pages looks through all commits: one format is enough.
            lambda name, format: (name, format) != ("changes, in pages", "delta"),
        )
    assert len(others) == 21
    large = [each for each in others if each.bytes > 3 * SPARE_MB * 1e6]
    assert len(large) > 12, "answers that are small prove nothing"
    for each in others:
        assert each.peak_mb < first.peak_mb + SPARE_MB, (each, first)
