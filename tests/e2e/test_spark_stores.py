"""Tables that delta-spark writes straight into object stores, through Hadoop's file systems, shared
from there and loaded by both clients: what Spark itself reads."""

import json
import shutil

import canonical
import expectations
import live
import pyarrow.parquet as parquet
import pytest
import server
import test_store_tables as stores
import wire
import workers
from test_store_tables import place  # noqa: F401 (a fixture)

# Deletion vectors, mapped columns, a partition column, and commits behind a checkpoint.
FULL = [
    """CREATE TABLE {t} (id LONG, name STRING, price DECIMAL(9,2), part STRING) USING delta
    PARTITIONED BY (part) TBLPROPERTIES ('delta.enableDeletionVectors' = 'true',
    'delta.columnMapping.mode' = 'name', 'delta.checkpointInterval' = '3')""",
    """INSERT INTO {t} SELECT /*+ COALESCE(1) */ id, concat('v', id), id / 4,
    concat('p %/é ', id % 2) FROM range(90)""",
    "ALTER TABLE {t} RENAME COLUMN name TO title",
    "DELETE FROM {t} WHERE id % 7 = 3",
    "INSERT INTO {t} VALUES (1000, 'no part', NULL, NULL), (1001, NULL, 0.25, 'p 9')",
]
# What the parquet format can express, too; one store shows it.
PLAIN = [
    """CREATE TABLE {t} USING delta PARTITIONED BY (part) AS SELECT /*+ COALESCE(1) */ id,
    concat('v', id) AS name, nullif(concat('p ', id % 3), 'p 2') AS part FROM range(40)""",
]
REFUSED = expectations.cannot_express("deletionVectors", "full")


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    if not (server.ROOT / ".venv-spark/bin/python").exists() or shutil.which("java") is None:
        pytest.skip("Spark needs Java 17 and .venv-spark: run 'make setup'")
    with live.spark(tmp_path_factory.mktemp("spark") / "spark.log") as run:
        yield run


def write(spark, place, folder):
    """Has Spark write the tables: {name: (location, rows that it reads from there)}"""
    for key, value in place.hadoop.items():
        spark(f"SET `{key}`=`{value}`")
    tables = {"full": FULL} | ({"plain": PLAIN} if place.store.name == "minio" else {})
    written = {}
    for name, statements in tables.items():
        location = f"{place.hadoop_prefix}/by spark/{name}"
        for statement in statements:
            spark(statement.format(t=f"delta.`{location}`"))
        spark({"read": location, "write": str(folder / f"{name}.parquet")})
        rows = canonical.arrow_rows(parquet.read_table(folder / f"{name}.parquet"))
        written[name] = (location, rows)
    return written


def urls_of(caller, name):
    headers = {"delta-sharing-capabilities": stores.CAPABILITIES}
    lines = caller.query(f"real.open.{name}", headers=headers)
    return json.dumps(lines), [url for line in lines for url in stores.urls_of(line)]


def test_tables_that_spark_writes_into_the_store(place, spark, tmp_path):  # noqa: F811
    written = write(spark, place, tmp_path)
    assert len(written["full"][1][1]) == 79
    # The server is told the very location that Spark has, and the store's options for it.
    rule = {**place.rule, "prefix": place.hadoop_prefix}
    locations = {name: location for name, (location, _) in written.items()}
    with stores.share(tmp_path, locations, [rule]) as running:
        jobs = [
            workers.Job(name, f"{running.profile}#real.open.{name}", delta)
            for name in written
            for delta in (False, True)
        ]
        for client in ("official", "sluice"):
            for (name, delta), result in workers.load(client, jobs, tmp_path).items():
                if name == "full" and not delta:
                    assert expectations.accepts(REFUSED, result.get("error", "loaded")), result
                    continue
                assert "error" not in result, (client, name, delta, result)
                text = canonical.difference(written[name][1], result["rows"])
                assert text is None, (client, name, delta, text)
        caller = wire.Caller(running.endpoint, stores.TOKEN)
        for name in written:
            lines, urls = urls_of(caller, name)
            assert len(urls) >= 3
            assert all(url.startswith(place.store.endpoint) and place.mark in url for url in urls)
            assert ("deletionVector" in lines) == (name == "full")
            assert ("physicalName" in lines) == (name == "full")
        answer = caller.get(wire.table_path("real.open.full") + "/version")
        assert answer.headers["Delta-Table-Version"] == "4"
    log = f"{locations['full']}/_delta_log"
    (entries,) = spark(f"SELECT count(*) FROM parquet.`{log}/{3:020}.checkpoint.parquet`")
    assert int(entries) > 3
