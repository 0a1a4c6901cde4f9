"""Loads one table once and prints what it took as JSON. Runs in a process of its own, so that
memory and imports of one way do not count for another.

    load_one.py HOW WHAT [QUESTION]

HOW is a key of the table below, WHAT a PROFILE#share.schema.table or a folder. QUESTION is JSON:
`columns`, `day` (only rows of that partition), `where` (SQL, of sluice), `options` of sluice,
`memory_budget` of sluice-batches.
"""

import json
import os
import resource
import sys
import time


def _asked(question):
    out = dict(question.get("options", {}))
    if "columns" in question:
        out["columns"] = question["columns"]
    if "where" in question:
        out["filters"] = question["where"]
    if "day" in question:
        import datetime

        import sluice

        out["filters"] = sluice.col("day") == datetime.date.fromisoformat(question["day"])
    return out


def _sluice_arrow(what, question):
    import pyarrow  # noqa: F401 - sluice imports it when it is used
    import sluice

    options = _asked(question)
    facts = {}

    def load():
        with sluice.scan(what, **options) as scan:
            table = scan.to_arrow()
            facts["bytes_read"] = scan.progress.bytes_read
        return table

    return load, facts


def _sluice_pandas(what, question):
    import pandas  # noqa: F401 - as above
    import pyarrow  # noqa: F401
    import sluice

    options = _asked(question)
    return lambda: sluice.load_as_pandas(what, **options), {}


def _resident_mb():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _sluice_batches(what, question):
    import pyarrow.compute
    import sluice

    facts = {"before_mb": _resident_mb(), "resident_mb": []}

    def load():
        rows = id_sum = 0
        for batch in sluice.to_batches(what, memory_budget=question["memory_budget"]):
            rows += batch.num_rows
            id_sum += pyarrow.compute.sum(batch.column("id")).as_py()
            facts["resident_mb"].append(_resident_mb())
        return rows, id_sum

    return load, facts


def _official_pandas(what, question):
    import delta_sharing

    return lambda: delta_sharing.load_as_pandas(what), {}


def _official_arrow(what, question):
    import delta_sharing

    if not hasattr(delta_sharing, "load_as_arrow"):
        print(json.dumps({"missing": "this version has no load_as_arrow"}))
        sys.exit(0)
    return lambda: delta_sharing.load_as_arrow(what), {}


def _pyarrow(what, question):
    import datetime

    import pyarrow.compute as pc
    import pyarrow.dataset

    condition = None
    if "day" in question:
        condition = pc.field("day") == datetime.date.fromisoformat(question["day"])
    layout = None
    if condition is not None:
        schema = pyarrow.schema([("day", pyarrow.date32())])
        layout = pyarrow.dataset.partitioning(schema, flavor="hive")

    def load():
        data = pyarrow.dataset.dataset(what, format="parquet", partitioning=layout)
        return data.to_table(columns=question.get("columns"), filter=condition)

    return load, {}


def _pyarrow_pandas(what, question):
    read, facts = _pyarrow(what, question)
    return lambda: read().to_pandas(), facts


def _duckdb(what, question):
    import duckdb

    columns = ", ".join(question.get("columns", ["*"]))
    source = f"read_parquet('{what}/**/*.parquet', hive_partitioning = true)"
    query = f"SELECT {columns} FROM {source}"
    if "day" in question:
        query += f" WHERE day = DATE '{question['day']}'"
    return lambda: duckdb.connect().sql(query).to_arrow_table(), {}


def _deltalake(what, question):
    import deltalake
    import pyarrow

    def load():
        engine = deltalake.QueryBuilder().register("t", deltalake.DeltaTable(what))
        return pyarrow.table(engine.execute("SELECT * FROM t"))

    return load, {}


HOW = {
    "sluice-arrow": _sluice_arrow,
    "sluice-pandas": _sluice_pandas,
    "sluice-batches": _sluice_batches,
    "official-pandas": _official_pandas,
    "official-arrow": _official_arrow,
    "pyarrow": _pyarrow,
    "pyarrow-pandas": _pyarrow_pandas,
    "duckdb": _duckdb,
    "deltalake": _deltalake,
}


def _check(table):
    """The number of rows and the sum of their ids: all ways must agree."""
    if isinstance(table, tuple):
        return table
    if hasattr(table, "num_rows"):
        import pyarrow.compute

        return table.num_rows, pyarrow.compute.sum(table.column("id")).as_py()
    return len(table), int(table["id"].sum())


def _cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    question = json.loads(sys.argv[3]) if len(sys.argv) > 3 else {}
    load, facts = HOW[sys.argv[1]](sys.argv[2], question)
    cpu, begin = _cpu_seconds(), time.perf_counter()
    table = load()
    seconds, cpu = time.perf_counter() - begin, _cpu_seconds() - cpu
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows, id_sum = _check(table)
    result = {"rows": rows, "id_sum": id_sum, "seconds": seconds, "cpu_s": cpu, "peak_mb": peak_mb}
    print(json.dumps({**result, **facts}))


if __name__ == "__main__":
    main()
