"""Changes of a table, against what deltalake reads of the same log."""

import datetime

import deltalake
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import sluice

import canonical

CHANGE_COLUMNS = ["_change_type", "_commit_version", "_commit_timestamp"]
NOON = datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.timezone.utc)


@pytest.fixture(scope="module")
def log(data):
    return deltalake.DeltaTable(str(data / "tables/changed"))


@pytest.fixture
def url(at):
    return at("default.changed")


def rows(table):
    """As canonical rows, without the time, which deltalake gives without its zone."""
    return canonical.arrow_rows(pa.table(table).drop_columns(["_commit_timestamp"]))


def changes(log, first, last):
    return rows(log.load_cdf(starting_version=first, ending_version=last).read_all())


@pytest.mark.parametrize("use_delta_format", [None, False, True])
@pytest.mark.parametrize(("first", "last"), [(0, None), (1, 1), (2, 4), (5, None)])
def test_arrow_holds_every_change(url, log, use_delta_format, first, last):
    loaded = sluice.load_table_changes_as_arrow(
        url, starting_version=first, ending_version=last, use_delta_format=use_delta_format
    )
    assert loaded.column_names == ["id", "name", "part"] + CHANGE_COLUMNS
    expected = changes(log, first, log.version() if last is None else last)
    assert canonical.difference(expected, rows(loaded)) is None
    versions = loaded["_commit_version"].to_pylist()
    assert versions == sorted(versions)


def test_times_are_those_of_the_commits(url):
    loaded = sluice.load_table_changes_as_arrow(url, starting_version=2, ending_version=2)
    assert loaded.schema.field("_commit_timestamp").type == pa.timestamp("us", "UTC")
    assert set(loaded["_commit_timestamp"].to_pylist()) == {NOON}


def test_a_range_of_times(url):
    by_time = sluice.load_table_changes_as_arrow(
        url,
        starting_timestamp=NOON - datetime.timedelta(minutes=30),
        ending_timestamp="2024-05-01T13:30:00Z",
    )
    by_version = sluice.load_table_changes_as_arrow(url, starting_version=2, ending_version=3)
    assert by_time.equals(by_version) and by_time.num_rows > 0


@pytest.mark.parametrize("convert_in_batches", [False, True])
def test_pandas_has_the_types_of_the_official_package(url, convert_in_batches):
    frame = sluice.load_table_changes_as_pandas(url, 0, convert_in_batches=convert_in_batches)
    assert list(frame.columns) == ["id", "name", "part"] + CHANGE_COLUMNS
    assert frame["_commit_version"].dtype == frame["_commit_timestamp"].dtype == "int64"
    assert frame["_commit_timestamp"].iloc[0] == int(NOON.timestamp() * 1000) - 3_600_000
    assert set(frame["_change_type"]) == {"insert", "delete", "update_preimage", "update_postimage"}
    assert frame.index.equals(pd.RangeIndex(len(frame)))
    frame = sluice.load_table_changes_as_pandas(url, 0, use_delta_format=True)
    assert str(frame["_commit_timestamp"].dtype) == "datetime64[us, UTC]"


def test_no_changes_are_an_empty_frame(url, log):
    # The compaction.
    frame = sluice.load_table_changes_as_pandas(url, starting_version=log.version())
    assert len(frame) == 0 and list(frame.columns)[-3:] == CHANGE_COLUMNS
    assert frame["_commit_version"].dtype == "int64"


def test_polars(url):
    frame = sluice.load_table_changes_as_polars(url, starting_version=0)
    assert frame.schema["_commit_timestamp"] == pl.Datetime("us", "UTC")
    assert frame.filter(pl.col("_change_type") == "insert").height == 12


def test_columns_and_limit(url):
    scan = sluice.scan_changes(url, 0, columns=["_change_type", "id"], limit=3)
    table = scan.to_arrow()
    assert table.column_names == ["_change_type", "id"] and table.num_rows == 3
    assert scan.table_version == 6


def test_the_table_object(profile, url):
    table = sluice.SharingClient(profile).table("tables.default.changed")
    changed = table.changes(starting_version=1, ending_version=3)
    assert changed.to_arrow().num_rows == changed.to_polars().height == len(changed.to_pandas())
    assert sum(batch.num_rows for batch in changed.to_record_batches()) == changed.to_arrow().num_rows
    assert changed.to_pandas()["_commit_timestamp"].dtype == "int64"
    assert isinstance(changed.to_record_batch_reader(), pa.RecordBatchReader)
    assert changed.scan().table_version == 3


@pytest.mark.parametrize(
    ("options", "error", "word"),
    [
        ({}, ValueError, "start"),
        ({"starting_version": 0, "starting_timestamp": "2024-05-01T12:30:00Z"}, ValueError, "starting"),
        ({"starting_version": 3, "ending_version": 2}, ValueError, "before"),
        ({"starting_version": 77}, sluice.SluiceError, "77"),
        ({"starting_timestamp": "yesterday"}, ValueError, "yesterday"),
        ({"starting_version": 0, "columns": ["nope"]}, ValueError, "nope"),
        ({"starting_version": 0, "columns": []}, ValueError, "columns"),
    ],
)
def test_wrong_parameters_are_named(url, options, error, word):
    with pytest.raises(error, match=word):
        sluice.load_table_changes_as_arrow(url, **options)


def test_a_table_without_a_change_feed_says_so(at):
    with pytest.raises(sluice.SluiceError, match="(?i)change"):
        sluice.load_table_changes_as_pandas(at("default.versions"), starting_version=0)
