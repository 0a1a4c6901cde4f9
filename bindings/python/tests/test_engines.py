"""Predicates that engines push down, on tables where a push-down may lose rows."""

import functools
import json
import operator

import deltalake
import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads
import pytest
import server
import sluice
from sluice._filters import pushdown

FLOATS = pa.table(
    {
        "id": [1, 2, 3, 4, 5],
        "f": pa.array([0.1, 0.2, float("nan"), None, 0.5], pa.float32()),
    }
)
TEXTS = pa.table({"id": [1, 2, 3], "s": ["a", "A", "b"]})


def collate(place):
    """Says in the table's schema that `s` is not compared by bytes."""
    log = place / "_delta_log/00000000000000000000.json"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    (metadata,) = (line["metaData"] for line in lines if "metaData" in line)
    schema = json.loads(metadata["schemaString"])
    schema["fields"][1]["metadata"] = {"__COLLATIONS": {"s": "icu.UNICODE_CI"}}
    metadata["schemaString"] = json.dumps(schema)
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    folder = tmp_path_factory.mktemp("engines")
    deltalake.write_deltalake(str(folder / "tables/floats"), FLOATS)
    deltalake.write_deltalake(str(folder / "tables/texts"), TEXTS)
    collate(folder / "tables/texts")
    with server.SharedFolder(folder / "tables", folder / "p.share") as running:
        yield lambda name: f"{running.profile}#tables.default.{name}"


F = pl.col("f")
TENTH = pl.lit(0.1, dtype=pl.Float64)


@pytest.mark.parametrize(
    "condition",
    [
        F == 0.1,
        F != 0.1,
        F <= 0.1,
        F > 0.1,
        F == TENTH,
        F > TENTH,
        F.is_in([0.1, 0.2]),
        F.is_between(0.1, 0.2),
        ~(F >= 0.2),
        F == float("nan"),
        F.ne_missing(0.1),
    ],
)
def test_polars_judges_narrow_floats(table, condition):
    found = sluice.scan_polars(table("floats")).filter(condition).collect()
    expected = pl.DataFrame(FLOATS).filter(condition)
    assert found["id"].to_list() == expected["id"].to_list()


def test_polars_judges_fractions_that_it_did_not_type(table):
    """As a plan comes that was not optimized."""
    flags = pl.QueryOptFlags.none()
    flags.predicate_pushdown = True
    lazy = sluice.scan_polars(table("floats")).filter(F == 0.1)
    assert lazy.collect(optimizations=flags)["id"].to_list() == [1]


@pytest.mark.parametrize(
    "condition",
    [
        pc.field("f") == 0.1,
        pc.field("f") <= 0.1,
        pc.field("f") >= pa.scalar(0.1, pa.float32()),
        pc.field("f").isin([0.1, 0.2]),
        ~pc.field("f").isin([0.1]),
        ~(pc.field("f") > 0.1),
        pc.field("f") > 1e300,
    ],
    ids=str,
)
def test_pyarrow_judges_narrow_floats(table, condition):
    found = sluice.dataset(table("floats")).to_table(filter=condition)
    expected = pads.dataset(FLOATS).to_table(filter=condition)
    assert found["id"].to_pylist() == expected["id"].to_pylist()


@pytest.mark.parametrize(
    "condition",
    [
        "f = 0.1",
        "f <= 0.1",
        "f > 0.1",
        "f = 0.1::double",
        "f in (0.1, 0.2)",
        "f not in (0.1)",
        "f is not distinct from 0.1",
        "not (f > 0.2)",
        "f > 'nan'::float or f = 0.5",
    ],
)
def test_duckdb_judges_narrow_floats(table, condition):
    with duckdb.connect() as connection:
        connection.register("floats", FLOATS)
        expected = connection.sql(f"select id from floats where {condition} order by id").fetchall()
        relation = sluice.duckdb_relation(table("floats"), connection)
        assert relation.filter(condition).project("id").order("id").fetchall() == expected


def test_a_condition_that_the_core_refuses_is_the_engine_s(table):
    """Texts under a collation: the core does not compare them, engines do by bytes."""
    url = table("texts")
    with pytest.raises(sluice.UnsupportedError, match="collation"):
        sluice.load_as_arrow(url, filters=sluice.col("s") == "a")
    assert sluice.scan_polars(url).filter(pl.col("s") == "a").collect()["id"].to_list() == [1]
    assert sluice.dataset(url).to_table(filter=pc.field("s") == "A")["id"].to_pylist() == [2]
    with duckdb.connect() as connection:
        relation = sluice.duckdb_relation(url, connection)
        assert relation.filter("s >= 'a'").project("id").order("id").fetchall() == [(1,), (3,)]


@pytest.mark.parametrize("count", [150, 300, 700])
def test_long_chains_of_conditions(table, count):
    """Chains are as deep as they are long."""
    arrow = functools.reduce(operator.or_, [pc.field("id") == 1000 + i for i in range(count)])
    shared = sluice.dataset(table("floats"))
    assert shared.to_table(filter=(pc.field("id") == 2) | arrow)["id"].to_pylist() == [2]
    polars = functools.reduce(operator.or_, [pl.col("id") == 1000 + i for i in range(count)])
    lazy = sluice.scan_polars(table("floats")).filter((pl.col("id") == 2) | polars)
    assert lazy.collect()["id"].to_list() == [2]


@pytest.mark.parametrize("most", [100, 100_000])
def test_beyond_what_the_core_takes_engines_filter_alone(table, monkeypatch, most):
    monkeypatch.setattr(pushdown, "_MAX_NODES", most)
    condition = pc.field("id").isin(range(2, 12_000))
    assert sluice.dataset(table("floats")).to_table(filter=condition).num_rows == 4
    lazy = sluice.scan_polars(table("floats")).filter(pl.col("id").is_in(range(2, 12_000)))
    assert lazy.collect().height == 4


def test_long_chains_in_duckdb(table):
    """With two columns, for DuckDB makes an IN of one."""
    condition = " or ".join(f"(id = {1000 + i} and f > {i})" for i in range(400))
    with duckdb.connect() as connection:
        sluice.duckdb_relation(table("floats"), connection).create_view("shared")
        found = connection.sql(f"select id from shared where id = 2 or {condition}").fetchall()
    assert found == [(2,)]


def test_chains_are_flat_as_filters(table):
    wanted = functools.reduce(operator.or_, [pc.field("id") == i for i in range(2, 700)])
    assert sluice.load_as_arrow(table("floats"), filters=wanted)["id"].to_pylist() == [2, 3, 4, 5]
    deep = pc.field("id") == 1
    for i in range(150):
        deep = (pc.field("id") > i) & (deep | (pc.field("id") == 2))
    with pytest.raises(sluice.InvalidArgumentError, match="deeper than 100"):
        sluice.load_as_arrow(table("floats"), filters=deep)
    assert sluice.dataset(table("floats")).to_table(filter=deep).num_rows == 0


def test_a_filter_that_is_not_understood_is_the_engine_s(table):
    """Nor which columns it names: all are read."""
    never = pa.scalar(10**12, pa.date64())
    condition = (pc.field("id") > 3) & pc.is_valid(never)
    shared = sluice.dataset(table("floats"))
    assert shared.to_table(columns=["f"], filter=condition).num_rows == 2
    assert shared.count_rows(filter=condition) == 2
