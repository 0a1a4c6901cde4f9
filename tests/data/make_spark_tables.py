#!/usr/bin/env python3
"""Writes with delta-spark the tables that deltalake cannot: `make_spark_tables.py DIR`.

DIR/tables/NAME are the tables, DIR/expected/NAME.parquet what Spark reads from each, and
DIR/changes/NAME.parquet its change feed from version 0, where it keeps one. Does nothing when DIR
was made by the same version of this script. Needs Java 17 and the environment of
scripts/requirements-spark.txt.
"""

import hashlib
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import spark_session  # noqa: E402

MAPPING = "'delta.columnMapping.mode' = '{}', 'delta.minReaderVersion' = '2', 'delta.minWriterVersion' = '5'"
VECTORS = "'delta.enableDeletionVectors' = 'true'"
CHANGES = "'delta.enableChangeDataFeed' = 'true'"

# name: statements; {t} is the table itself, {other} another of this list.
TABLES = {
    # Renamed, dropped and added columns under both modes of column mapping.
    "mapped_by_name": [
        f"CREATE TABLE {{t}} (id INT, name STRING, gone INT, part STRING) USING delta PARTITIONED BY (part) TBLPROPERTIES ({MAPPING.format('name')})",
        "INSERT INTO {t} VALUES (1, 'a', 10, 'x'), (2, 'b', 20, 'y y'), (3, NULL, 30, NULL)",
        "ALTER TABLE {t} RENAME COLUMN name TO title",
        "ALTER TABLE {t} DROP COLUMN gone",
        "ALTER TABLE {t} ADD COLUMN (gone STRING, `odd name, (1)` DOUBLE)",
        "INSERT INTO {t} (id, title, part, gone, `odd name, (1)`) VALUES (4, 'd', 'z', 'back', 0.5)",
        "ALTER TABLE {t} RENAME COLUMN part TO region",
    ],
    "mapped_by_id": [
        f"CREATE TABLE {{t}} (id INT, s STRUCT<a: INT, b: ARRAY<STRUCT<c: STRING>>>, m MAP<STRING, STRUCT<d: INT>>) USING delta TBLPROPERTIES ({MAPPING.format('id')})",
        "INSERT INTO {t} VALUES (1, named_struct('a', 1, 'b', array(named_struct('c', 'one'))), map('k', named_struct('d', 7)))",
        "ALTER TABLE {t} RENAME COLUMN s.a TO alpha",
        "ALTER TABLE {t} ADD COLUMN (s.extra LONG)",
        "INSERT INTO {t} VALUES (2, named_struct('alpha', 2, 'b', array(), 'extra', 9L), map()), (3, NULL, NULL)",
    ],
    # Deletion vectors by DELETE, UPDATE and MERGE, on a table with a change feed.
    "vectors": [
        f"CREATE TABLE {{t}} (id LONG, v STRING, part INT) USING delta PARTITIONED BY (part) TBLPROPERTIES ({VECTORS}, {CHANGES})",
        "INSERT INTO {t} SELECT /*+ REPARTITION(2) */ id, concat('v', id), CAST(id % 3 AS INT) FROM range(300)",
        "DELETE FROM {t} WHERE id % 7 = 0",
        "UPDATE {t} SET v = upper(v) WHERE id % 11 = 0",
        "MERGE INTO {t} t USING (SELECT id, concat('m', id) AS v, 1 AS part FROM range(290, 310)) s ON t.id = s.id WHEN MATCHED AND s.id % 2 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT *",
        "DELETE FROM {t} WHERE id < 20",
        "OPTIMIZE {t}",
        "DELETE FROM {t} WHERE id BETWEEN 100 AND 110",
        "RESTORE TABLE {t} TO VERSION AS OF 5",
    ],
    "vectors_mapped": [
        f"CREATE TABLE {{t}} (id LONG, v STRING) USING delta TBLPROPERTIES ({VECTORS}, 'delta.columnMapping.mode' = 'name')",
        "INSERT INTO {t} SELECT id, concat('v', id) FROM range(100)",
        "ALTER TABLE {t} RENAME COLUMN v TO w",
        "DELETE FROM {t} WHERE id % 3 = 0",
    ],
    "changes": [
        f"CREATE TABLE {{t}} (id INT, v STRING, day DATE) USING delta PARTITIONED BY (day) TBLPROPERTIES ({CHANGES})",
        "INSERT INTO {t} VALUES (1, 'a', DATE'2024-01-01'), (2, 'b', DATE'2024-01-02'), (3, 'c', NULL)",
        "UPDATE {t} SET v = 'B' WHERE id = 2",
        "DELETE FROM {t} WHERE id = 3",
        "MERGE INTO {t} t USING (SELECT 1 AS id, 'merged' AS v, DATE'2024-01-01' AS day UNION ALL SELECT 9, 'new', DATE'2024-02-29') s ON t.id = s.id WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT *",
        "INSERT OVERWRITE {t} VALUES (5, 'only', DATE'2025-01-01')",
    ],
    # Types that were widened under the data.
    "widened": [
        "CREATE TABLE {t} (id INT, b BYTE, s SHORT, i INT, f FLOAT, d DECIMAL(6,2), day DATE) USING delta TBLPROPERTIES ('delta.enableTypeWidening' = 'true')",
        "INSERT INTO {t} VALUES (1, 1, 2, 3, 0.5, 10.25, DATE'2024-01-01'), (2, NULL, NULL, NULL, NULL, NULL, NULL)",
        "ALTER TABLE {t} ALTER COLUMN b TYPE INT",
        "ALTER TABLE {t} ALTER COLUMN s TYPE INT",
        "ALTER TABLE {t} ALTER COLUMN i TYPE LONG",
        "ALTER TABLE {t} ALTER COLUMN f TYPE DOUBLE",
        "ALTER TABLE {t} ALTER COLUMN d TYPE DECIMAL(12,4)",
        "INSERT INTO {t} VALUES (3, 100000, 100000, 10000000000, 1e300, 12345678.1234, DATE'2024-01-03')",
    ],
    "without_zone": [
        "CREATE TABLE {t} (id INT, at TIMESTAMP_NTZ, zoned TIMESTAMP, part TIMESTAMP_NTZ) USING delta PARTITIONED BY (part)",
        "INSERT INTO {t} VALUES (1, TIMESTAMP_NTZ'2024-03-31 02:30:00.123456', TIMESTAMP'2024-03-31 02:30:00.123456', TIMESTAMP_NTZ'2024-01-01 00:00:00.5'), (2, NULL, NULL, NULL), (3, TIMESTAMP_NTZ'1900-01-01 00:00:00', TIMESTAMP'1900-01-01 00:00:00', TIMESTAMP_NTZ'1969-12-31 23:59:59.999999')",
    ],
    # Checkpoints of version 2, with commits behind them.
    "checkpoint_v2": [
        "CREATE TABLE {t} (id LONG, part INT) USING delta PARTITIONED BY (part) TBLPROPERTIES ('delta.checkpointPolicy' = 'v2', 'delta.checkpointInterval' = '3')",
        *[f"INSERT INTO {{t}} SELECT id, {i} FROM range({i * 10}, {i * 10 + 10})" for i in range(7)],
        "DELETE FROM {t} WHERE id % 10 = 3",
    ],
    "checkpoint_structs": [
        "CREATE TABLE {t} (id LONG, name STRING, part DATE) USING delta PARTITIONED BY (part) TBLPROPERTIES ('delta.checkpointInterval' = '2', 'delta.checkpoint.writeStatsAsJson' = 'false', 'delta.checkpoint.writeStatsAsStruct' = 'true')",
        *[f"INSERT INTO {{t}} SELECT id, concat('n', id), date_add(DATE'2024-01-01', {i}) FROM range({i * 5}, {i * 5 + 5})" for i in range(5)],
    ],
    # Writer features that a reader may pass over.
    "writer_features": [
        "CREATE TABLE {t} (id BIGINT GENERATED ALWAYS AS IDENTITY, v INT NOT NULL DEFAULT 7, twice INT GENERATED ALWAYS AS (v * 2), name STRING) USING delta TBLPROPERTIES ('delta.enableRowTracking' = 'true', 'delta.enableInCommitTimestamps' = 'true', 'delta.feature.allowColumnDefaults' = 'supported', 'delta.appendOnly' = 'false')",
        "ALTER TABLE {t} ADD CONSTRAINT positive CHECK (v > 0)",
        "INSERT INTO {t} (v, name) VALUES (1, 'one'), (2, 'two')",
        "INSERT INTO {t} (name) VALUES ('default')",
        "UPDATE {t} SET name = 'TWO' WHERE v = 2",
    ],
    "clustered": [
        f"CREATE TABLE {{t}} (id LONG, v STRING) USING delta CLUSTER BY (id) TBLPROPERTIES ({VECTORS})",
        "INSERT INTO {t} SELECT id, concat('c', id) FROM range(50)",
        "OPTIMIZE {t}",
    ],
    "iceberg_compatible": [
        "CREATE TABLE {t} (id LONG, v STRING) USING delta TBLPROPERTIES ('delta.enableIcebergCompatV2' = 'true', 'delta.columnMapping.mode' = 'name')",
        "INSERT INTO {t} VALUES (1, 'a'), (2, 'b')",
    ],
    "variants": [
        "CREATE TABLE {t} (id INT, v VARIANT) USING delta",
        """INSERT INTO {t} SELECT 1, parse_json('{{"a": [1, 2.5, "x"], "b": null}}') UNION ALL SELECT 2, NULL UNION ALL SELECT 3, parse_json('"text"')""",
    ],
    # Fields of variants in columns of their own, as Spark infers them for each file.
    "shredded_variants": [
        "SET spark.sql.variant.writeShredding.enabled = true",
        "SET spark.sql.variant.inferShreddingSchema = true",
        "CREATE TABLE {t} (id INT, v VARIANT, s STRUCT<n: INT, v: VARIANT>) USING delta TBLPROPERTIES ('delta.enableVariantShredding' = 'true')",
        """INSERT INTO {t} SELECT id, v, named_struct('n', id, 'v', v) FROM (
               SELECT CAST(id AS INT) AS id, parse_json(to_json(named_struct(
                   'a', id, 'b', concat('text ', id % 5), 'c', array(1, 2, id), 'd', named_struct('e', id / 4.0D, 'f', id % 3 = 0),
                   'long', repeat('x', CAST(id * 3 AS INT)), 'rare', if(id % 10 = 0, array(named_struct('x', id)), NULL)))) AS v
               FROM range(200))""",
        """INSERT INTO {t} SELECT id, v, NULL FROM VALUES (1000, parse_json('null')), (1001, NULL), (1002, parse_json('"only text"')),
               (1003, parse_json('[1, "two", null, [], 12345678901234567890.5]')), (1004, parse_json(to_json(named_struct('a', 'other')))),
               (1005, parse_json(to_json(named_struct()))) AS r(id, v)""",
        """INSERT INTO {t} SELECT 2000, v, named_struct('n', 1, 'v', v) FROM (SELECT to_variant_object(named_struct(
               'at', TIMESTAMP'2024-02-29 12:00:00.000001', 'plain', TIMESTAMP_NTZ'2024-02-29 12:00:00.500001', 'day', DATE'2024-02-29', 'raw', X'00ff',
               'half', CAST(0.5 AS FLOAT), 'money', CAST(-1.25 AS DECIMAL(38, 2)), 'small', 7Y)) AS v)""",
        "RESET spark.sql.variant.writeShredding.enabled",
        "RESET spark.sql.variant.inferShreddingSchema",
    ],
    "many_types": [
        "CREATE TABLE {t} (b BOOLEAN, y BYTE, s SHORT, i INT, l LONG, f FLOAT, d DOUBLE, n DECIMAL(38,10), t STRING, x BINARY, day DATE, at TIMESTAMP, list ARRAY<INT>, m MAP<STRING, INT>, o STRUCT<p: INT, q: STRUCT<r: STRING>>) USING delta",
        "INSERT INTO {t} VALUES (true, 1, 2, 3, 4, 0.5, 1.5, 12345678901234567890.0123456789, 'é\\'\"', X'00FF', DATE'0001-01-01', TIMESTAMP'2024-02-29 12:00:00.000001', array(1, NULL), map('k', 1), named_struct('p', 1, 'q', named_struct('r', 'deep')))",
        "INSERT INTO {t} SELECT NULL, NULL, NULL, NULL, NULL, float('NaN'), double('-Infinity'), NULL, '', X'', NULL, NULL, array(), map(), NULL",
    ],
    # A shallow clone names the files of another table by absolute paths.
    "cloned": [
        "CREATE TABLE {t} SHALLOW CLONE {vectors}",
        "INSERT INTO {t} VALUES (1000, 'own', 2)",
        "DELETE FROM {t} WHERE id = 200",
    ],
}

WITH_CHANGES = ["vectors", "changes"]


def write_one_file(frame, path):
    """`frame` as one Parquet file; Spark itself writes a folder."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        frame.coalesce(1).write.mode("overwrite").parquet(folder)
        part = next(pathlib.Path(folder).glob("part-*.parquet"))
        part.replace(path)


def readable(frame):
    """Variants as JSON text: a plain Parquet file holds those."""
    from pyspark.sql.functions import to_json

    for name, kind in frame.dtypes:
        if "variant" in kind:
            frame = frame.withColumn(name, to_json(name))
    return frame


def main():
    folder = pathlib.Path(sys.argv[1]).resolve()
    stamp = folder / "made-by"
    sources = [pathlib.Path(__file__), pathlib.Path(spark_session.__file__), spark_session.PINS]
    version = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    # Clones hold absolute paths, so a folder that was moved is made anew.
    version += f" {folder}"
    if stamp.exists() and stamp.read_text() == version:
        return
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("tables", "expected", "changes"):
        (folder / part).mkdir(parents=True)
    names = {name: f"delta.`{folder}/tables/{name}`" for name in TABLES}
    spark = spark_session.start()
    for name, statements in TABLES.items():
        for statement in statements:
            spark.sql(statement.format(t=names[name], **names))
        write_one_file(readable(spark.table(names[name])), folder / "expected" / f"{name}.parquet")
    for name in WITH_CHANGES:
        reader = spark.read.format("delta").option("readChangeFeed", "true")
        feed = reader.option("startingVersion", 0).load(f"{folder}/tables/{name}")
        write_one_file(feed, folder / "changes" / f"{name}.parquet")
    spark.stop()
    stamp.write_text(version)


if __name__ == "__main__":
    main()
