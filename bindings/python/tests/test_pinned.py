"""Data sets, relations and lazy frames stay at the version that they were made of."""

import datetime
import os

import deltalake
import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import server
import sluice

TOKEN = "token-of-the-one-who-reads-0123456789"


@pytest.fixture
def lake(tmp_path):
    """(place, url): a table, shared as `open` with its history and as `latest` without."""
    place = tmp_path / "t"
    deltalake.write_deltalake(str(place), pa.table({"id": [1, 2]}))
    config = tmp_path / "server.yaml"
    config.write_text(f"""\
version: 1
shares:
- name: a
  schemas:
  - name: b
    tables:
    - {{name: open, location: {place}, historyShared: true}}
    - {{name: latest, location: {place}}}
authorization:
  bearerToken: {TOKEN}
host: 127.0.0.1
port: 0
""")
    with server.Configured(config) as running:
        profile = server.write_profile(tmp_path / "p.share", running.endpoint, TOKEN)
        yield str(place), lambda name: f"{profile}#a.b.{name}"


def append(place):
    rows = pa.table({"id": [3], "more": ["x"]})
    deltalake.write_deltalake(place, rows, mode="append", schema_mode="merge")


def replace(place):
    deltalake.write_deltalake(place, pa.table({"other": [9]}), mode="overwrite", schema_mode="overwrite")


@pytest.mark.parametrize("change", [append, replace])
def test_a_data_set(lake, change):
    place, url = lake
    shared = sluice.dataset(url("open"))
    change(place)
    for _ in range(2):
        assert shared.to_table().to_pydict() == {"id": [1, 2]}
        assert shared.to_table(filter=pc.field("id") > 1).to_pydict() == {"id": [2]}
        assert shared.filter(pc.field("id") > 1).head(1).to_pydict() == {"id": [2]}
    assert shared.schema.names == ["id"] and "version 0" in repr(shared)
    assert sluice.dataset(url("open")).schema.names != ["id"]


@pytest.mark.parametrize("change", [append, replace])
def test_relations_and_views_of_duckdb(lake, change):
    place, url = lake
    with duckdb.connect() as connection:
        relation = sluice.duckdb_relation(url("open"), connection)
        relation.create_view("shared")
        change(place)
        assert relation.fetchall() == [(1,), (2,)]
        query = "select count(*) from shared join (select max(id) as id from shared) using (id)"
        assert connection.sql(query).fetchall() == [(1,)]


@pytest.mark.parametrize("change", [append, replace])
def test_lazy_frames(lake, change):
    place, url = lake
    lazy = sluice.scan_polars(url("open"))
    change(place)
    assert lazy.collect().to_dict(as_series=False) == {"id": [1, 2]}
    assert lazy.filter(pl.col("id") > 1).join(lazy, on="id").collect().height == 1
    assert lazy.head(1).collect()["id"].to_list() == [1]


def test_a_time(lake):
    place, url = lake
    # What the writer says in the commit may be a moment before.
    written = os.stat(f"{place}/_delta_log/00000000000000000000.json").st_mtime_ns // 1_000_000
    made = datetime.datetime.fromtimestamp(written / 1000, datetime.timezone.utc)
    append(place)
    shared = sluice.open_table(url("open")).dataset(timestamp=made)
    append(place)
    assert shared.schema.names == ["id"] and shared.to_table().num_rows == 2


@pytest.mark.parametrize("change", [append, replace])
def test_where_no_history_is_shared(lake, change):
    place, url = lake
    shared, lazy = sluice.dataset(url("latest")), sluice.scan_polars(url("latest"))
    assert shared.to_table().num_rows == lazy.collect().height == 2
    change(place)
    for _ in range(2):
        with pytest.raises(sluice.NotFoundError, match="latest changed after .* version 0.* make it anew"):
            shared.to_table(columns=["id"])
    with pytest.raises(Exception, match="make it anew"):  # Polars may make it its own.
        lazy.collect()
    with duckdb.connect() as connection:
        relation = sluice.duckdb_relation(url("latest"), connection)
        rows = relation.fetchall()
        append(place)
        with pytest.raises(Exception, match="make it anew"):
            relation.filter("true").fetchall()
        assert len(sluice.duckdb_relation(url("latest"), connection).fetchall()) == len(rows) + 1


def test_a_limit_comes_before_what_is_pushed_down(lake):
    _, url = lake
    table = sluice.open_table(url("open"))
    assert table.dataset(limit=1).to_table(filter=pc.field("id") == 2).num_rows == 0
    assert table.scan_polars(limit=1).filter(pl.col("id") == 2).collect().height == 0
    assert table.dataset(limit=1).head(5).num_rows == 1


def test_rows_that_were_added_end_with_the_version_that_there_was(lake):
    place, url = lake
    deltalake.write_deltalake(place, pa.table({"id": [5]}), mode="append")
    added = sluice.open_table(url("open")).scan_polars(starting_version=1)
    deltalake.write_deltalake(place, pa.table({"id": [6]}), mode="append")
    for _ in range(2):
        assert added.collect()["id"].to_list() == [5]
