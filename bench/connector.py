"""Benchmarks of the connector: our client through the server beside its peers, which read the same
files through the server or in their place. Each way runs in a process of its own and all must agree
on the rows and the sum of their ids."""

import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys

from connector_tables import DAY, WIDE_ASKED
from report import print_table

HERE = pathlib.Path(__file__).resolve().parent
LINE_TRIP_MS = 30
LINE_MBIT = 100
LINE_CONNECTIONS = 8


class Ways:
    """Runs ways of loading a table, and keeps what they took."""

    def __init__(self, title, options):
        self._title, self._options = title, options
        self.results = []

    def run(self, name, how, what, question=None, runs=None, python=None, modules=None):
        """The run of median time. Left out where the Python or what it needs is missing."""
        python = python or self._options.python
        if not pathlib.Path(python).exists():
            print(f"{name}: {python} is missing, left out", file=sys.stderr)
            return None
        command = [python, "-B", HERE / "load_one.py", how, what, json.dumps(question or {})]
        environment = {**os.environ, **({"PYTHONPATH": str(modules)} if modules else {})}
        done = []
        for _ in range(runs or self._options.runs):
            one = subprocess.run(command, capture_output=True, text=True, env=environment)
            if one.returncode != 0:
                raise SystemExit(f"{self._title}, {name} failed:\n{one.stderr[-2000:]}")
            done.append(json.loads(one.stdout.splitlines()[-1]))
        if "missing" in done[0]:
            return None
        done.sort(key=lambda run: run["seconds"])
        result = {"name": name, **done[len(done) // 2]}
        result["peak_mb"] = statistics.median(run["peak_mb"] for run in done)
        self.results.append(result)
        self._check(result)
        return result

    def _check(self, result):
        answers = {(each["rows"], each["id_sum"]) for each in self.results}
        if len(answers) != 1:
            raise SystemExit(f"{self._title}: {result['name']} finds other rows: {answers}")


@contextlib.contextmanager
def our_modules(options, work):
    """A folder with our package alone, for a Python that has other versions of the rest."""
    folder = work / "modules"
    folder.mkdir(exist_ok=True)
    find = "import sluice, nanobind_backend as b; print(sluice.__path__[0]); print(b.__path__[0])"
    done = subprocess.run([options.python, "-c", find], check=True, capture_output=True, text=True)
    for path in map(pathlib.Path, done.stdout.split()):
        link = folder / path.name
        link.unlink(missing_ok=True)
        link.symlink_to(path)
    yield folder


@contextlib.contextmanager
def proxied(server, work, trip_ms=0, mbit=0):
    """A profile of the server behind a network, and a dictionary that then has what passed."""
    port = int(server.endpoint.split(":")[2].split("/")[0])
    command = [sys.executable, "-B", HERE / "shaping_proxy.py", str(port), str(trip_ms), str(mbit)]
    passed = {}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as proxy:
        near = proxy.stdout.readline().strip()
        profile = json.loads(server.profile_file.read_text())
        profile["endpoint"] = profile["endpoint"].replace(f":{port}", f":{near}")
        path = work / "proxied.share"
        path.write_text(json.dumps(profile))
        yield path, passed
        proxy.stdin.close()
        passed.update(json.loads(proxy.stdout.readline()))


def run_load(server, tables, work, options):
    name = f"rows_{options.rows}"
    url = f"{server.profile_file}#{tables.name}.default.{name}"
    local = str(tables / name)
    old = options.official_python
    ways = Ways("load", options)
    ways.run("pyarrow", "pyarrow", local)
    ways.run("sluice, Arrow", "sluice-arrow", url)
    ways.run("pyarrow, to pandas 3", "pyarrow-pandas", local)
    ways.run("sluice, pandas 3", "sluice-pandas", url)
    runs = min(options.runs, options.official_runs)
    ways.run("pyarrow, to pandas 2", "pyarrow-pandas", local, python=old, runs=runs)
    with our_modules(options, work) as modules:
        ways.run("sluice, pandas 2", "sluice-pandas", url, python=old, modules=modules, runs=runs)
    ways.run("official, pandas 2", "official-pandas", url, python=old, runs=runs)
    ways.run("official, Arrow", "official-arrow", url, python=old, runs=runs)
    return ways.results


FLOORS = {"pandas 3": "pyarrow, to pandas 3", "pandas 2": "pyarrow, to pandas 2"}


def print_load(results, options):
    by_name = {result["name"]: result for result in results}

    def ratio(result, to, key):
        return f"{result[key] / by_name[to][key]:.2f}" if to in by_name else "-"

    rows = []
    for result in results:
        kind = next((kind for kind in FLOORS if kind in result["name"]), None)
        rows.append(
            [
                result["name"],
                f"{result['rows'] / result['seconds']:,.0f}",
                f"{result['seconds']:.2f}",
                f"{result['cpu_s']:.2f}",
                f"{result['peak_mb']:.0f}",
                ratio(result, FLOORS.get(kind, "pyarrow"), "seconds"),
                ratio(result, "official, pandas 2", "seconds"),
                ratio(result, "official, pandas 2", "peak_mb"),
            ]
        )
    print_table(
        f"Load of {options.rows:,} rows in 20 files, median of {options.runs}; pyarrow reads the "
        "files themselves, to pandas where the way does",
        ["way", "rows a second", "seconds", "CPU s", "peak MB", "time / pyarrow",
         "time / official", "peak / official"],
        rows,
    )


def run_small_files(server, tables, work, options):
    name = f"small_files_{options.small_files}"
    url = f"{server.profile_file}#{tables.name}.default.{name}"
    ways = Ways("small files", options)
    ways.run("pyarrow", "pyarrow", str(tables / name))
    ways.run("sluice, Arrow", "sluice-arrow", url)
    ways.run("sluice, pandas 3", "sluice-pandas", url)
    ways.run("official, pandas 2", "official-pandas", url, python=options.official_python, runs=1)
    return ways.results


def print_small_files(results, options):
    slowest = results[-1]["seconds"]
    print_table(
        f"Load of {options.small_files:,} files of 100 rows",
        ["way", "seconds", "files a second", "peak MB", "times as fast as the last"],
        [
            [
                r["name"],
                f"{r['seconds']:.2f}",
                f"{options.small_files / r['seconds']:,.0f}",
                f"{r['peak_mb']:.0f}",
                f"{slowest / r['seconds']:.1f}",
            ]
            for r in results
        ],
    )


def _needed_bytes(folder, columns):
    """Of the column chunks of `columns` in the files of a folder."""
    import pyarrow.parquet as pq

    needed = 0
    for path in folder.glob("*.parquet"):
        metadata = pq.read_metadata(path)
        for group in map(metadata.row_group, range(metadata.num_row_groups)):
            for chunk in map(group.column, range(group.num_columns)):
                if chunk.path_in_schema in columns:
                    needed += chunk.total_compressed_size
    return needed


def run_projection(server, tables, work, options):
    local = tables / "wide"
    question = {"columns": WIDE_ASKED, "day": DAY}
    ways = Ways("projection", options)
    ways.run("pyarrow", "pyarrow", str(local), question)
    ways.run("duckdb", "duckdb", str(local), question)
    url = f"#{tables.name}.default.wide"
    ours = ways.run("sluice, Arrow", "sluice-arrow", f"{server.profile_file}{url}", question)
    # What went over the wire, the list of files and the heads of answers included.
    with proxied(server, work) as (profile, passed):
        Ways("projection", options).run("", "sluice-arrow", f"{profile}{url}", question, runs=1)
    needed = _needed_bytes(local / f"day={DAY}", WIDE_ASKED)
    ours.update(needed=needed, wire=passed["bytes"], fetched=ours["bytes_read"])
    return ways.results


def print_projection(results, options):
    floor = next(r["seconds"] for r in results if r["name"] == "pyarrow")
    print_table(
        "Three of 50 columns, one day of a year (365 partitions, 1,460 files)",
        ["way", "seconds", "time / pyarrow", "peak MB"],
        [
            [
                r["name"],
                f"{r['seconds']:.2f}",
                f"{r['seconds'] / floor:.2f}",
                f"{r['peak_mb']:.0f}",
            ]
            for r in results
        ],
    )
    ours = results[-1]
    print_table(
        "What that fetches",
        ["", "MB", "of what is needed"],
        [
            [what, f"{ours[key] / 1e6:.2f}", f"{ours[key] / ours['needed']:.3f}"]
            for what, key in [
                ("column chunks asked for", "needed"),
                ("bytes of files", "fetched"),
                ("all that the server sent", "wire"),
            ]
        ],
    )


def run_memory(server, tables, work, options):
    name = f"rows_{options.rows}"
    size = sum(path.stat().st_size for path in (tables / name).glob("*.parquet"))
    limit = size // 4
    url = f"{server.profile_file}#{tables.name}.default.{name}"
    result = Ways("memory", options).run(
        "sluice, batches", "sluice-batches", url, {"memory_budget": limit}, runs=1
    )
    return {**result, "limit": limit, "size": size}


def print_memory(result, options):
    seen = result.pop("resident_mb")
    quarters = [seen[len(seen) * part // 4 : len(seen) * (part + 1) // 4] for part in range(4)]
    result["quarters_mb"] = [max(quarter) for quarter in quarters]
    before = result["before_mb"]
    print_table(
        f"{result['size'] / 1e6:.0f} MB of files through to_batches with a memory limit of "
        f"{result['limit'] / 1e6:.0f} MB, {result['seconds']:.2f} s; resident before: "
        f"{before:.0f} MB",
        ["quarter", "most, MB", "above before, of the limit"],
        [
            [f"{part + 1}", f"{most:.0f}", f"{(most - before) * 2**20 / result['limit']:.2f}"]
            for part, most in enumerate(result["quarters_mb"])
        ],
    )


def run_line(server, tables, work, options):
    name = f"rows_{options.rows}"
    question = {"options": {"parallel_files": LINE_CONNECTIONS}}
    results = []
    for title, more in [("8 connections", question), ("as by default", {})]:
        with proxied(server, work, LINE_TRIP_MS, LINE_MBIT) as (profile, passed):
            url = f"{profile}#{tables.name}.default.{name}"
            ways = Ways("line", options)
            result = ways.run(title, "sluice-arrow", url, more, runs=1)
        results.append({**result, **passed})
    return results


def print_line(results, options):
    rate = LINE_MBIT * 1e6 / 8
    print_table(
        f"{LINE_TRIP_MS} ms a trip and {LINE_MBIT} Mbit/s a connection",
        ["way", "seconds", "MB", "MB/s", "connections", "of their line"],
        [
            [
                r["name"],
                f"{r['seconds']:.2f}",
                f"{r['bytes'] / 1e6:.0f}",
                f"{r['bytes'] / r['seconds'] / 1e6:.1f}",
                str(r["connections"]),
                f"{r['bytes'] / r['seconds'] / (rate * r['connections']):.2f}",
            ]
            for r in results
        ],
    )


def run_vectors(server, tables, work, options):
    name = f"vectors_{options.vector_rows}"
    ways = Ways("vectors", options)
    ways.run("deltalake", "deltalake", str(tables / name))
    url = f"{server.profile_file}#{tables.name}.default.{name}"
    ways.run("sluice, Arrow", "sluice-arrow", url)
    return ways.results


def print_vectors(results, options):
    floor = results[0]["seconds"]
    print_table(
        f"{options.vector_rows:,} rows in 20 files with deletion vectors (one row in 100) and "
        "columns mapped by name; deltalake reads the table in its place",
        ["way", "seconds", "CPU s", "time / deltalake", "peak MB"],
        [
            [
                r["name"],
                f"{r['seconds']:.2f}",
                f"{r['cpu_s']:.2f}",
                f"{r['seconds'] / floor:.2f}",
                f"{r['peak_mb']:.0f}",
            ]
            for r in results
        ],
    )


BENCHMARKS = {
    "load": (run_load, print_load),
    "small-files": (run_small_files, print_small_files),
    "projection": (run_projection, print_projection),
    "memory": (run_memory, print_memory),
    "line": (run_line, print_line),
    "vectors": (run_vectors, print_vectors),
}


def table_calls(name, options):
    """Code that writes the tables of a benchmark below `root`."""
    if name in ("load", "memory", "line"):
        return f"write_load_table(root / 'rows_{options.rows}', {options.rows}, 20)"
    if name == "small-files":
        count = options.small_files
        return f"write_small_files_table(root / 'small_files_{count}', {count}, {count * 100})"
    if name == "projection":
        return "write_wide_table(root / 'wide', 400_000)"
    count = options.vector_rows
    return f"write_vectors_table(root / 'vectors_{count}', {count}, 20, 100)"
