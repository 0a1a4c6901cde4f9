import datetime
import json

import deltalake
import duckdb
import numpy
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
import server
import sluice

import canonical

TABLES = [
    "default.sales",
    "default.empty",
    "default.versions",
    "types.all_types",
    "types.partition_types",
    "large.many_files",
    "large.wide_rows",
]


def expected(data, table):
    return parquet.read_table(data / f"expected/{table.split('.')[1]}.parquet")


@pytest.mark.parametrize("use_delta_format", [None, False, True])
@pytest.mark.parametrize("table", TABLES)
def test_arrow_holds_every_row(at, data, table, use_delta_format):
    loaded = sluice.load_as_arrow(at(table), use_delta_format=use_delta_format)
    wanted = canonical.arrow_rows(expected(data, table))
    assert canonical.difference(wanted, canonical.arrow_rows(loaded)) is None


def test_types_are_those_of_the_table(at):
    schema = sluice.load_as_arrow(at("types.all_types")).schema
    assert {field.name: field.type for field in schema} == {
        "long": pa.int64(),
        "integer": pa.int32(),
        "short": pa.int16(),
        "byte": pa.int8(),
        "double": pa.float64(),
        "float": pa.float32(),
        "boolean": pa.bool_(),
        "string": pa.string(),
        "binary": pa.binary(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us", "UTC"),
        "decimal": pa.decimal128(38, 6),
        "small_decimal": pa.decimal128(9, 2),
        "list": schema.field("list").type,
        "map": pa.map_(pa.string(), pa.int64()),
        "struct": pa.struct([("a", pa.int32()), ("b", pa.struct([("c", pa.string())]))]),
    }
    assert schema.field("list").type.value_type == pa.int64()


@pytest.mark.parametrize("convert_in_batches", [False, True])
def test_pandas_has_the_types_people_expect(at, data, convert_in_batches):
    frame = sluice.load_as_pandas(at("default.sales"), convert_in_batches=convert_in_batches)
    assert list(frame.columns) == expected(data, "default.sales").column_names
    assert len(frame) == 4750
    assert frame["id"].dtype == "int64"
    assert frame["amount"].dtype == "float64"
    assert frame["discount"].dtype == "float32"
    assert frame["day"].dtype == object
    assert isinstance(frame["day"].dropna().iloc[0], datetime.date)
    assert frame.index.equals(pd.RangeIndex(len(frame)))


def test_pandas_values(at):
    frame = sluice.load_as_pandas(at("types.all_types"))
    row = frame[frame["integer"] == -15].iloc[0]
    assert row["string"] == 'π 10 "\\\n\t'
    assert str(row["small_decimal"]) == "-0.10"
    assert row["binary"] == bytes([10, 0, 255])
    assert list(row["list"]) == [0, 1]
    assert row["struct"] == {"a": 10, "b": {"c": "c10"}}
    assert str(frame["timestamp"].dtype) == "datetime64[us, UTC]"


@pytest.mark.parametrize("table", [*TABLES, "default.changed"])
def test_pandas_is_what_pyarrow_makes_of_the_rows(at, table):
    frame = sluice.load_as_pandas(at(table))
    wanted = sluice.load_as_arrow(at(table)).to_pandas(date_as_object=True)
    pd.testing.assert_frame_equal(frame, wanted, check_column_type=True)
    assert frame.dtypes.equals(wanted.dtypes) and frame.columns.equals(wanted.columns)


def test_pandas_makes_columns_of_many_pieces(at, monkeypatch):
    monkeypatch.setattr("sluice._pandas._ROWS_AT_ONCE", 1000)
    frame = sluice.load_as_pandas(at("types.all_types"), columns=["string", "date", "long"])
    pd.testing.assert_frame_equal(
        frame, sluice.load_as_arrow(at("types.all_types"), columns=["string", "date", "long"]).to_pandas()
    )
    wide = at("large.wide_rows")
    frame = sluice.load_as_pandas(wide)
    pd.testing.assert_frame_equal(frame, sluice.load_as_arrow(wide).to_pandas())


@pytest.mark.parametrize("convert_in_batches", [False, True])
def test_an_empty_table_has_its_columns_and_types(at, convert_in_batches):
    frame = sluice.load_as_pandas(at("default.empty"), convert_in_batches=convert_in_batches)
    assert list(frame.columns) == ["id", "name"] and len(frame) == 0
    assert frame["id"].dtype == "int64"


def test_polars(at, data):
    frame = sluice.load_as_polars(at("default.sales"))
    assert frame.shape == (4750, 6)
    assert frame.schema["day"] == pl.Date and frame.schema["id"] == pl.Int64
    assert frame["amount"].sum() == pytest.approx(sum(expected(data, "default.sales")["amount"].to_pylist()))


def test_duckdb_reads_a_scan(at):
    scan = sluice.scan(at("large.wide_rows"), columns=["id", "bucket"])  # noqa: F841
    rows = duckdb.sql("select bucket, count(*) from scan group by 1 order by 1").fetchall()
    assert rows == [(bucket, 50_000) for bucket in range(8)]


def test_columns_come_in_the_order_asked_for(at):
    table = sluice.load_as_arrow(at("default.sales"), columns=["note", "day", "id"], limit=5)
    assert table.column_names == ["note", "day", "id"] and table.num_rows == 5


@pytest.mark.parametrize("limit", [0, 1, 4750, 5000])
def test_a_limit_is_exact(at, limit):
    assert sluice.load_as_arrow(at("default.sales"), limit=limit).num_rows == min(limit, 4750)


def test_fewer_columns_are_fewer_bytes(tmp_path):
    """Small files are fetched whole, so this takes a large one."""
    rows = 1_000_000
    numbers = numpy.random.default_rng(1)
    table = pa.table({"id": range(rows), "noise": numbers.random(rows)})
    deltalake.write_deltalake(str(tmp_path / "tables/large"), table)
    with server.SharedFolder(tmp_path / "tables", tmp_path / "p.share") as shared:
        url = f"{shared.profile}#tables.default.large"
        narrow = sluice.scan(url, columns=["id"])
        assert narrow.to_arrow().num_rows == rows
        assert 0 < narrow.progress.bytes_read < narrow.progress.bytes_total * 0.6


def test_versions_and_times(at):
    url = at("default.versions")
    assert sluice.load_as_arrow(url, version=1).num_rows == 20
    assert sluice.load_as_arrow(url, timestamp="2024-05-01T12:30:00Z").num_rows == 30
    noon = datetime.datetime(2024, 5, 1, 12, 30)
    assert sluice.load_as_arrow(url, timestamp=noon).num_rows == 30
    east = datetime.timezone(datetime.timedelta(hours=1))
    assert sluice.load_as_arrow(url, timestamp=noon.replace(tzinfo=east)).num_rows == 20
    assert sluice.scan(url, version=2).table_version == 2


def test_predicate_hints_reach_the_server(at):
    hint = {
        "op": "equal",
        "children": [
            {"op": "column", "name": "bucket", "valueType": "int"},
            {"op": "literal", "value": "3", "valueType": "int"},
        ],
    }
    table = sluice.load_as_arrow(at("large.wide_rows"), jsonPredicateHints=json.dumps(hint))
    assert 3 in set(table["bucket"].to_pylist())


def test_the_table_object(profile):
    table = sluice.SharingClient(profile).table("tables.default.versions")
    assert table.to_arrow().num_rows == 50
    assert len(table.to_pandas()) == len(table.to_polars()) == 50
    snapshot = table.snapshot(version=0, columns=["id"])
    assert snapshot.to_arrow().num_rows == 10
    assert sum(batch.num_rows for batch in snapshot.to_record_batches()) == 10
    assert snapshot.to_record_batch_reader().read_all().num_rows == 10
    assert pa.schema(table.schema()).names == ["id"]
    assert table.metadata().id and table.protocol().min_reader_version == 1


@pytest.mark.parametrize(
    ("options", "error", "word"),
    [
        ({"columns": ["id", "nope"]}, ValueError, "nope"),
        ({"columns": "id"}, ValueError, "columns"),
        ({"columns": []}, ValueError, "columns"),
        ({"limit": -1}, ValueError, "limit"),
        ({"version": 77}, sluice.SluiceError, "77"),
        ({"version": 1, "timestamp": "2024-05-01T12:30:00Z"}, ValueError, "timestamp"),
        ({"timestamp": "yesterday"}, ValueError, "yesterday"),
    ],
)
def test_wrong_parameters_are_named(at, options, error, word):
    with pytest.raises(error, match=word):
        sluice.load_as_arrow(at("default.versions"), **options)


def test_a_table_that_does_not_exist(at):
    with pytest.raises(LookupError, match="nothing"):
        sluice.load_as_pandas(at("default.nothing"))


def test_spark_without_pyspark_says_so(at):
    with pytest.raises(ImportError, match="pyspark"):
        sluice.load_as_spark(at("default.versions"))
