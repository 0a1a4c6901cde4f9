#!/usr/bin/env python3
"""Runs SQL with delta-spark, a statement a line of standard input, each as JSON text.

Prints a line of JSON for each: what the statement's first row says, as a list, or {"error"}. The
statement {"read": PATH, "write": FILE} writes the rows of a table as one Parquet file instead.
"""

import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import make_spark_tables  # noqa: E402
import spark_session  # noqa: E402


def run(spark, asked):
    if isinstance(asked, dict):
        frame = spark.read.format("delta").load(asked["read"])
        make_spark_tables.write_one_file(frame, pathlib.Path(asked["write"]))
        return []
    row = spark.sql(asked).first()
    return [str(value) for value in row] if row is not None else []


def main():
    # Some statements print, from the JVM.
    with os.fdopen(os.dup(1), "w") as out:
        os.dup2(2, 1)
        spark = spark_session.start()
        print(json.dumps("ready"), file=out, flush=True)
        for line in sys.stdin:
            try:
                answer = run(spark, json.loads(line))
            except Exception as error:
                answer = {"error": str(error)[:2000]}
            print(json.dumps(answer), file=out, flush=True)
        spark.stop()


if __name__ == "__main__":
    main()
