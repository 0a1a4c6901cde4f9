"""Readers that follow a table while others write to it end with exactly the table, though the
server restarts in between.

Each reader adds up what it is told, from the first version or from a later one on: files by
`startingVersion`, in both formats, in pages and whole; and rows of the change feed.
"""

import shutil

import canonical
import change_follower
import live
import pyarrow as pa
import pyarrow.compute  # noqa: F401
import pyarrow.parquet as parquet
import pytest
import server
from deltalake import DeltaTable, write_deltalake
from follower import Follower

FEED = {"delta.enableChangeDataFeed": "true"}


def follow(served, table, format, max_files=None):
    return live.Reader(
        Follower(
            lambda: served.endpoint, live.TOKEN, f"live.tables.{table}", format, max_files, served.wait
        )
    )


def follow_changes(served, table, delta):
    return live.Reader(change_follower.ChangeFollower(served, f"live.tables.{table}", delta))


def rows_of(first, count, **columns):
    ids = range(first, first + count)
    table = {
        "id": pa.array(ids, pa.int64()),
        "v": pa.array([f"v{i}" for i in ids]),
        "part": pa.array([i % 3 for i in ids], pa.int32()),
    }
    return pa.table({**table, **columns})


def merge(place, rows):
    (
        DeltaTable(place)
        .merge(rows, predicate="s.id = t.id", source_alias="s", target_alias="t")
        .when_matched_update({"v": "s.v"})
        .when_not_matched_insert({name: f"s.{name}" for name in rows.column_names})
        .execute()
    )


def clean_log(place):
    table = DeltaTable(place)
    table.create_checkpoint()
    table.cleanup_metadata()


#: What deltalake does to a table; `place` is its path.
TURNS = {
    "append": lambda place: write_deltalake(place, rows_of(40, 30), mode="append"),
    "delete": lambda place: DeltaTable(place).delete("id % 7 = 0"),
    "update": lambda place: DeltaTable(place).update(updates={"v": "'updated'"}, predicate="id % 5 = 1"),
    "merge": lambda place: merge(place, rows_of(60, 20)),
    "small appends": lambda place: [
        write_deltalake(place, rows_of(100 + i, 1), mode="append") for i in range(6)
    ],
    "a partition overwritten": lambda place: write_deltalake(
        place, rows_of(200, 9).filter(pa.compute.field("part") == 1), mode="overwrite",
        predicate="part = 1",
    ),
    "optimize": lambda place: DeltaTable(place).optimize.compact(),
    "delete of what was compacted": lambda place: DeltaTable(place).delete("id % 4 = 2"),
    "a new column": lambda place: write_deltalake(
        place, rows_of(300, 6, extra=[0.5] * 6), mode="append", schema_mode="merge"
    ),
    "update of the new column": lambda place: DeltaTable(place).update(updates={"extra": "1.5"}, predicate="id > 250"),
    "z-order": lambda place: DeltaTable(place).optimize.z_order(["id"]),
    "delete of a partition": lambda place: DeltaTable(place).delete("part = 2"),
    "overwrite": lambda place: write_deltalake(
        place, rows_of(1000, 12, extra=[2.5] * 12), mode="overwrite"
    ),
    "a last append": lambda place: write_deltalake(
        place, rows_of(2000, 3, extra=[None, 0.0, 1.0]), mode="append"
    ),
}
RESTARTS = {"merge", "optimize", "z-order"}


def expected_of(place):
    """What deltalake reads."""
    table = pa.table(DeltaTable(str(place)).to_pyarrow_table())
    return canonical.arrow_rows(table)


def start(place):
    write_deltalake(str(place), rows_of(0, 40), partition_by=["part"], configuration=FEED)


def test_a_table_that_deltalake_writes(tmp_path):
    place = tmp_path / "plain"
    start(place)
    with live.RestartingServer(tmp_path, {"plain": place}) as served:
        readers = [
            follow(served, "plain", "parquet"),
            follow(served, "plain", "delta", max_files=2),
            follow_changes(served, "plain", False),
            follow_changes(served, "plain", True),
        ]
        for name, turn in TURNS.items():
            turn(str(place))
            for reader in readers:
                reader.tell(live.version_of(place))
            if name in RESTARTS:
                served.restart()
            if name == "optimize":
                late = follow(served, "plain", "parquet")
                late.follower.start_at(live.version_of(place))
                readers.append(late)
            if name == "delete of a partition":
                for reader in readers:
                    reader.catch_up()
                DeltaTable(str(place)).vacuum(0, dry_run=False, enforce_retention_duration=False)
        for reader in readers:
            reader.finish()
        assert served.restarts == len(RESTARTS)
    expected = expected_of(place)
    for reader in readers:
        assert canonical.difference(expected, reader.follower.table()) is None
    assert readers[1].follower.pages > 20


def test_a_restart_between_the_pages_of_an_answer(tmp_path):
    place = tmp_path / "plain"
    start(place)
    for turn in ("append", "delete", "update", "small appends"):
        TURNS[turn](str(place))
    with live.RestartingServer(tmp_path, {"plain": place}) as served:
        reader = Follower(
            lambda: served.endpoint, live.TOKEN, "live.tables.plain", "delta", 3, served.wait
        )
        turns = iter([served.restart, lambda: TURNS["merge"](str(place)), served.restart])
        reader.between_pages = lambda: next(turns, lambda: None)()
        reader.follow_to(live.version_of(place))
        reader.follow_to(live.version_of(place))
        assert served.restarts == 2 and reader.pages > 6
    assert canonical.difference(expected_of(place), reader.table()) is None


def test_following_from_a_version_that_was_cleaned_up_is_refused_by_its_number(tmp_path):
    place = tmp_path / "plain"
    write_deltalake(
        str(place),
        rows_of(0, 4),
        configuration={**FEED, "delta.logRetentionDuration": "interval 0 seconds"},
    )
    with live.RestartingServer(tmp_path, {"plain": place}) as served:
        reader = Follower(
            lambda: served.endpoint, live.TOKEN, "live.tables.plain", "parquet", None, served.wait
        )
        reader.follow_to(0)
        for number in range(1, 5):
            write_deltalake(str(place), rows_of(number * 10, 1), mode="append")
        clean_log(str(place))
        logged = [int(p.stem) for p in (place / "_delta_log").glob("*.json") if p.stem.isdigit()]
        assert min(logged) > 1, logged
        answer = served.caller().post("/shares/live/schemas/tables/tables/plain/query", {"startingVersion": 1})
        assert answer.status == 400 and answer.error() == "INVALID_PARAMETER_VALUE", answer.body
        assert f"{min(logged)} to 4" in answer.json()["message"], answer.body
        # It begins anew, with what the table is now.
        reader = Follower(
            lambda: served.endpoint, live.TOKEN, "live.tables.plain", "delta", None, served.wait
        )
        reader.start_at(4)
        write_deltalake(str(place), rows_of(90, 2), mode="append")
        reader.follow_to(5)
    assert canonical.difference(expected_of(place), reader.table()) is None


CREATE = {
    # What only Spark writes.
    "full": """CREATE TABLE {t} (id LONG, v STRING, small SHORT, part INT) USING delta PARTITIONED BY (part)
        TBLPROPERTIES ('delta.enableDeletionVectors' = 'true', 'delta.columnMapping.mode' = 'name',
        'delta.enableTypeWidening' = 'true', 'delta.enableChangeDataFeed' = 'true',
        'delta.checkpointInterval' = '7')""",
    # What both write to in turn.
    "plain": """CREATE TABLE {t} (id LONG, v STRING, part INT) USING delta PARTITIONED BY (part)
        TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true', 'delta.enableDeletionVectors' = 'false')""",
}
SPARK_TURNS = [
    ("full", "INSERT INTO {t} SELECT id, concat('v', id), CAST(id AS SHORT), CAST(id % 3 AS INT) FROM range(60)"),
    ("full", "DELETE FROM {t} WHERE id % 7 = 0"),
    ("plain", "INSERT INTO {t} SELECT id, concat('v', id), CAST(id % 3 AS INT) FROM range(40)"),
    ("full", "UPDATE {t} SET v = upper(v) WHERE id % 5 = 1"),
    ("plain", TURNS["append"]),
    ("full", "MERGE INTO {t} t USING (SELECT id, concat('m', id) AS v, CAST(id AS SHORT) AS small, 1 AS part FROM range(50, 70)) s "
     "ON t.id = s.id WHEN MATCHED AND s.id % 2 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT *"),
    ("full", "ALTER TABLE {t} RENAME COLUMN v TO text"),
    ("plain", "UPDATE {t} SET v = upper(v) WHERE id % 5 = 1"),
    ("full", "INSERT INTO {t} VALUES (100, 'after the renaming', 7, 0), (101, NULL, NULL, NULL)"),
    None,
    ("full", "ALTER TABLE {t} ALTER COLUMN small TYPE INT"),
    ("full", "INSERT INTO {t} VALUES (102, 'wide', 100000, 2)"),
    ("plain", TURNS["delete"]),
    ("full", "OPTIMIZE {t}"),
    ("full", "UPDATE {t} SET text = 'after optimize' WHERE id % 4 = 1"),
    ("plain", "MERGE INTO {t} t USING (SELECT id, 'merged' AS v, 1 AS part FROM range(60, 75)) s ON t.id = s.id "
     "WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT *"),
    ("full", "ALTER TABLE {t} ADD COLUMN (extra DOUBLE)"),
    ("full", "UPDATE {t} SET extra = id / 2 WHERE id > 40"),
    ("full", "ALTER TABLE {t} RENAME COLUMN part TO region"),
    "late",
    ("plain", TURNS["merge"]),
    ("full", "DELETE FROM {t} WHERE region = 1"),
    "vacuum",
    ("full", "ALTER TABLE {t} DROP COLUMN extra"),
    ("full", "MERGE INTO {t} t USING (SELECT * FROM range(30)) s ON t.id = s.id WHEN MATCHED THEN DELETE"),
    ("full", "REORG TABLE {t} APPLY (PURGE)"),
    None,
    ("plain", TURNS["delete of what was compacted"]),
    ("full", "INSERT INTO {t} SELECT id, 'last', CAST(id AS INT), 9 FROM range(500, 505)"),
]


@pytest.fixture
def spark(tmp_path):
    if not (server.ROOT / ".venv-spark/bin/python").exists() or shutil.which("java") is None:
        pytest.skip("Spark needs Java 17 and .venv-spark: run 'make setup'")
    with live.spark(tmp_path / "spark.log") as run:
        yield run


def test_tables_that_spark_and_deltalake_write(spark, tmp_path):
    places = {name: tmp_path / name for name in CREATE}

    def turn(name, statement):
        if callable(statement):
            statement(str(places[name]))
        else:
            spark(statement.format(t=f"delta.`{places[name]}`"))

    for name, statement in CREATE.items():
        turn(name, statement)
    with live.RestartingServer(tmp_path, places) as served:
        readers = {
            "full": [
                follow(served, "full", "delta"),
                follow(served, "full", "delta", max_files=2),
                follow_changes(served, "full", True),
            ],
            "plain": [
                follow(served, "plain", "parquet", max_files=3),
                follow(served, "plain", "delta"),
                follow_changes(served, "plain", False),
            ],
        }
        for what in SPARK_TURNS:
            if what is None:
                served.restart()
            elif what == "late":
                late = follow(served, "full", "delta", max_files=3)
                late.follower.start_at(live.version_of(places["full"]))
                readers["full"].append(late)
            elif what == "vacuum":
                # Of what is removed for good, readers must have heard before.
                for reader in sum(readers.values(), []):
                    reader.catch_up()
                for name in places:
                    turn(name, "VACUUM {t} RETAIN 0 HOURS")
            else:
                turn(*what)
            for name, place in places.items():
                for reader in readers[name]:
                    reader.tell(live.version_of(place))
        for reader in sum(readers.values(), []):
            reader.finish()
        assert served.restarts == 2
    for name, place in places.items():
        spark({"read": str(place), "write": str(tmp_path / f"{name}.parquet")})
        expected = canonical.arrow_rows(parquet.read_table(tmp_path / f"{name}.parquet"))
        assert len(expected[1]) > 20
        for number, reader in enumerate(readers[name]):
            text = canonical.difference(expected, reader.follower.table())
            assert text is None, (name, number, text)
