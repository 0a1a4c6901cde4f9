"""Rows that commits added, by scans with a starting version."""

import asyncio

import deltalake
import pyarrow as pa
import pytest
import sluice
from sluice import aio

FORMATS = pytest.mark.parametrize("use_delta_format", [None, False, True])


def ids(scan):
    return scan.to_arrow()["id"].to_pylist()


@FORMATS
@pytest.mark.parametrize(("first", "last"), [(0, None), (2, None), (1, 3), (4, 4)])
def test_rows_of_a_table_without_a_feed(at, use_delta_format, first, last):
    scan = sluice.scan(
        at("default.versions"),
        starting_version=first,
        ending_version=last,
        use_delta_format=use_delta_format,
    )
    end = 4 if last is None else last
    assert scan.table_version == end
    assert ids(scan) == list(range(first * 10, end * 10 + 10))


@FORMATS
def test_a_commit_that_rewrites_rows_is_named(data, at, use_delta_format):
    log = deltalake.DeltaTable(str(data / "tables/changed"))
    feed = pa.table(log.load_cdf(starting_version=0).read_all())
    types = {}
    for version, kind in zip(feed["_commit_version"].to_pylist(), feed["_change_type"].to_pylist()):
        types.setdefault(version, set()).add(kind)
    refused = min(version for version, kinds in types.items() if kinds != {"insert"})
    url = at("default.changed")
    with pytest.raises(sluice.UnsupportedError, match=f"version {refused} does not only add rows"):
        sluice.scan(url, starting_version=0, use_delta_format=use_delta_format).to_arrow()
    added = sluice.scan(
        url, starting_version=0, skip_change_commits=True, use_delta_format=use_delta_format
    )
    only = [version for version, kinds in types.items() if kinds == {"insert"}]
    expected = [i for i, v in zip(feed["id"].to_pylist(), feed["_commit_version"].to_pylist()) if v in only]
    assert sorted(ids(added)) == sorted(expected)
    assert added.table_version == log.version()


def test_what_else_a_scan_takes(at):
    url = at("default.versions")
    scan = sluice.scan(url, starting_version=1, filters="id < 12 or id > 47", columns=["id"])
    assert ids(scan) == [10, 11, 48, 49]
    assert len(ids(sluice.scan(url, starting_version=1, limit=13))) == 13
    table = sluice.open_table(url)
    assert ids(table.scan(starting_version=4)) == list(range(40, 50))
    tasks = table.plan(starting_version=3, task_bytes=1)
    assert [i for task in tasks for i in ids(table._client.scan_task(task))] == list(range(30, 50))
    lazy = table.scan_polars(starting_version=1, ending_version=2)
    assert lazy.collect()["id"].to_list() == list(range(10, 30))
    loaded = asyncio.run(aio.load_as_arrow(url, starting_version=4))
    assert loaded.num_rows == 10


def test_refusals(at):
    url = at("default.versions")
    for options, words in [
        ({"starting_version": 5}, "latest version of the table is 4"),
        ({"starting_version": 3, "ending_version": 2}, "lies before"),
        ({"starting_version": 3, "version": 3}, "neither version nor timestamp"),
        ({"ending_version": 3}, "needs a starting version"),
        ({"starting_version": -1}, "starting_version"),
    ]:
        with pytest.raises(sluice.InvalidArgumentError, match=words):
            sluice.scan(url, **options).to_arrow()
