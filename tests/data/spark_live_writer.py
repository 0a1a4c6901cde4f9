#!/usr/bin/env python3
"""Goes on committing to one table with delta-spark: `spark_live_writer.py TABLE COMMITS`.

After each commit it prints a line {"version", "rows", "sum"}: what Spark reads then. The table has deletion vectors, column mapping and a checkpoint every third commit.
"""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import spark_session  # noqa: E402

CREATE = """CREATE TABLE {t} (id LONG, v STRING, part INT) USING delta PARTITIONED BY (part)
TBLPROPERTIES ('delta.enableDeletionVectors' = 'true', 'delta.columnMapping.mode' = 'name',
'delta.checkpointInterval' = '3')"""

# {n} is the number of the commit.
TURNS = [
    "INSERT INTO {t} (id, part) SELECT id, CAST(id % 2 AS INT) FROM range({n} * 100, {n} * 100 + 100)",
    "DELETE FROM {t} WHERE id % 13 = {n} % 13",
    "UPDATE {t} SET id = id + 1 WHERE id % 17 = {n} % 17",
    "INSERT INTO {t} (id, part) SELECT id, 7 FROM range({n} * 100, {n} * 100 + 10)",
    "ALTER TABLE {t} ADD COLUMN (extra_{n} INT)",
    "OPTIMIZE {t}",
    "MERGE INTO {t} t USING (SELECT * FROM range({n} * 50)) s ON t.id = s.id AND s.id % 5 = 0 "
    "WHEN MATCHED THEN DELETE",
]


def main():
    place, commits = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2])
    name = f"delta.`{place}`"
    spark = spark_session.start()
    statements = [CREATE] + [TURNS[i % len(TURNS)] for i in range(commits)]
    for number, statement in enumerate(statements):
        spark.sql(statement.format(t=name, n=number))
        rows, total = spark.sql(f"SELECT count(*), coalesce(sum(id), 0) FROM {name}").first()
        version = spark.sql(f"DESCRIBE HISTORY {name} LIMIT 1").first()["version"]
        print(json.dumps({"version": version, "rows": rows, "sum": total}), flush=True)
    spark.stop()


if __name__ == "__main__":
    main()
