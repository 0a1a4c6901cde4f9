"""Loads one table once and prints what it took as JSON. Runs in a process of its own, so that
memory and imports of one way do not count for another.

    load_one.py HOW WHAT      HOW: sluice-arrow, sluice-pandas, official-pandas, official-arrow,
                              pyarrow, pyarrow-pandas; WHAT: PROFILE#share.schema.table or a folder
"""

import json
import resource
import sys
import time


def _sluice_arrow(what):
    import sluice

    return lambda: sluice.load_as_arrow(what)


def _sluice_pandas(what):
    import sluice

    return lambda: sluice.load_as_pandas(what)


def _official_pandas(what):
    import delta_sharing

    return lambda: delta_sharing.load_as_pandas(what)


def _official_arrow(what):
    import delta_sharing

    if not hasattr(delta_sharing, "load_as_arrow"):
        print(json.dumps({"missing": "this version has no load_as_arrow"}))
        sys.exit(0)
    return lambda: delta_sharing.load_as_arrow(what)


def _pyarrow(what):
    import pyarrow.dataset

    return lambda: pyarrow.dataset.dataset(what, format="parquet").to_table()


def _pyarrow_pandas(what):
    read = _pyarrow(what)
    return lambda: read().to_pandas()


HOW = {
    "sluice-arrow": _sluice_arrow,
    "sluice-pandas": _sluice_pandas,
    "official-pandas": _official_pandas,
    "official-arrow": _official_arrow,
    "pyarrow": _pyarrow,
    "pyarrow-pandas": _pyarrow_pandas,
}


def _check(table):
    """The number of rows and the sum of their ids: all ways must agree."""
    if hasattr(table, "num_rows"):
        import pyarrow.compute

        return table.num_rows, pyarrow.compute.sum(table.column("id")).as_py()
    return len(table), int(table["id"].sum())


def main():
    load = HOW[sys.argv[1]](sys.argv[2])
    begin = time.perf_counter()
    table = load()
    seconds = time.perf_counter() - begin
    rows, id_sum = _check(table)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": rows, "id_sum": id_sum, "seconds": seconds, "peak_mb": peak_mb}))


if __name__ == "__main__":
    main()
