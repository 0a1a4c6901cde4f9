#!/usr/bin/env python3
"""Runs the benchmarks against a server that it starts, and prints them with their ratios.

    bench/run.py                     all, with the programs of `make build`
    bench/run.py --only query --files 1000000
    bench/run.py --json out.json     the figures for a program to read

Load generator, server and clients share the machine, as they do in every figure it compares.
"""

import argparse
import http.client
import json
import os
import pathlib
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

import connector
import forms
from report import print_table
from server import Server

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
BENCHMARKS = ["log", "requests", "query", "forms", *connector.BENCHMARKS]


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/bin/sluice")
    parser.add_argument("--python", default=sys.executable, help="has sluice and pyarrow")
    parser.add_argument(
        "--official-python",
        default=str(ROOT / ".venv-official/bin/python"),
        help="has the official delta-sharing client",
    )
    parser.add_argument("--only", action="append", choices=BENCHMARKS)
    parser.add_argument("--rows", type=int, default=20_000_000, help="of the load (20 million)")
    parser.add_argument("--small-files", type=int, default=10_000, help="of that load (10,000)")
    parser.add_argument("--vector-rows", type=int, default=5_000_000, help="(5 million)")
    parser.add_argument("--files", type=int, default=100_000, help="of the query (100,000)")
    parser.add_argument("--log-files", type=int, default=1_000_000, help="of the log (a million)")
    parser.add_argument("--connections", type=int, nargs="+", default=[16, 500])
    parser.add_argument("--seconds", type=float, default=5, help="of each request benchmark")
    parser.add_argument("--runs", type=int, default=3, help="of each load; the median counts")
    parser.add_argument("--official-runs", type=int, default=1, help="at most, of a load with it")
    parser.add_argument("--work", type=pathlib.Path, help="folder for tables, kept; else temporary")
    parser.add_argument("--json", type=pathlib.Path)
    return parser.parse_args()


def make_tables(python, tables, options):
    """In the interpreter that has pyarrow, which need not be this one."""
    wanted = options.only or BENCHMARKS
    calls = []
    if "requests" in wanted:
        calls.append("write_load_table(root / 'small', 10_000, 10)")
    if "query" in wanted:
        calls.append(f"write_files_table(root / 'files_{options.files}', {options.files})")
    if "forms" in wanted:
        calls.append(f"write_files_table(root / 'files_{options.files}', {options.files})")
        calls.append(f"write_feed_table(root / 'feed_{options.files}', {options.files})")
    if "log" in wanted:
        calls.append(f"write_files_table(root / 'files_{options.log_files}', {options.log_files})")
    calls += [connector.table_calls(name, options) for name in wanted if name in connector.BENCHMARKS]
    head = ["import pathlib", "from tables import *", "from connector_tables import *"]
    head.append(f"root = pathlib.Path({str(tables)!r})")
    subprocess.run([python, "-B", "-c", "\n".join(head + calls)], check=True, cwd=HERE)


def bench_program(options, name):
    program = options.program.parent / name
    if not program.exists():
        raise SystemExit(f"{program} is missing: configure with -DSLUICE_BENCH=ON")
    return program


def put_load(options, connections, seconds, token, *request):
    """What http_load saw; fails where an answer was not 200."""
    command = [bench_program(options, "http_load"), str(connections), str(seconds), *request]
    environment = {**os.environ, "SLUICE_BENCH_TOKEN": token}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    result = json.loads(done.stdout)
    if result["failed"] or not result["requests"]:
        raise SystemExit(f"{request[1]}: {result['failed']} of {result['requests']} requests failed")
    return result


def run_floor(options, connections):
    """A bare server with an answer of 9 KB, on the same cores under the same load."""
    with subprocess.Popen([bench_program(options, "beast_floor")], stdout=subprocess.PIPE) as floor:
        try:
            url = f"http://127.0.0.1:{int(floor.stdout.readline())}/"
            return put_load(options, connections, options.seconds, "none", "GET", url)
        finally:
            floor.kill()


def run_requests(server, share, options):
    table = f"/shares/{share}/schemas/default/tables/small"
    cases = [
        ("list shares", "GET", "/shares", None),
        ("table version", "GET", table + "/version", None),
        ("query of 10 files", "POST", table + "/query", "{}"),
    ]
    results = []
    for connections in options.connections:
        floor = run_floor(options, connections)
        results.append({"name": "bare Boost.Beast", "connections": connections, "part": 1.0, **floor})
        for name, method, path, body in cases:
            request = [method, server.endpoint + path] + ([body] if body else [])
            cpu = server.cpu_seconds()
            result = put_load(options, connections, options.seconds, server.token, *request)
            result["server_cpu_us"] = (server.cpu_seconds() - cpu) / result["requests"] * 1e6
            result["part"] = result["per_second"] / floor["per_second"]
            results.append({"name": name, "connections": connections, **result})
    return results


def run_start(options, work):
    """From the start of the process to its first answer, and what it holds when nobody asks."""
    seconds, resident = [], []
    config = work / "start.yaml"
    for _ in range(options.runs * 3):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        config.write_text(
            f"version: 1\nhost: 127.0.0.1\nport: {port}\nlog: {{access: false, level: warn}}\n"
            "authorization: {bearerToken: only-for-this-run}\n"
        )
        begin = time.perf_counter()
        command = [options.program, "serve", "--config", config]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            while True:
                try:
                    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                    connection.request("GET", "/health")
                    connection.getresponse().read()
                    break
                except OSError:
                    time.sleep(0.0005)
            seconds.append(time.perf_counter() - begin)
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
            line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
            resident.append(int(line.split()[1]) / 1024)
            connection.close()
            process.terminate()
    return {"first_answer_ms": statistics.median(seconds) * 1e3, "idle_mb": statistics.median(resident)}


def run_small_beside_large(server, share, options):
    """Latency of listings while all files of the large table are sent, again and again."""
    url = f"{server.endpoint}/shares/{share}/schemas/default/tables/files_{options.files}/query"
    command = ["curl", "-s", "-f", "-o", "/dev/null", "-X", "POST", "-d", "{}", "-w", "%{size_download}\\n"]
    command += ["-H", f"Authorization: Bearer {server.token}", "-H", "Content-Type: application/json"]
    stop = threading.Event()
    sizes = []

    def stream():
        while not stop.is_set():
            done = subprocess.run([*command, url], check=True, capture_output=True, text=True)
            sizes.append(int(done.stdout))

    streaming = threading.Thread(target=stream)
    streaming.start()
    try:
        result = put_load(options, 4, options.seconds, server.token, "GET", server.endpoint + "/shares")
    finally:
        stop.set()
        streaming.join()
    return {"large_answers": len(sizes), **result}


def query_once(server, path, response_format):
    """Lines, bytes, and seconds to the first byte and to the last, of one streamed answer."""
    url = urllib.parse.urlsplit(server.endpoint)
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=300)
    headers = {
        "Authorization": f"Bearer {server.token}",
        "Content-Type": "application/json",
        "delta-sharing-capabilities": f"responseformat={response_format}",
    }
    begin = time.perf_counter()
    connection.request("POST", url.path + path, "{}", headers)
    response = connection.getresponse()
    lines = size = 0
    first = None
    while piece := response.read1(1 << 20):
        first = first or time.perf_counter() - begin
        lines += piece.count(b"\n")
        size += len(piece)
    seconds = time.perf_counter() - begin
    connection.close()
    if response.status != 200:
        raise SystemExit(f"query: status {response.status}")
    return {"lines": lines, "bytes": size, "first_byte_s": first, "seconds": seconds}


def run_query(server, share, options):
    path = f"/shares/{share}/schemas/default/tables/files_{options.files}/query"
    results = []
    for response_format in ("parquet", "delta"):
        runs = [query_once(server, path, response_format) for _ in range(options.runs + 1)]
        wrong = [run for run in runs if run["lines"] != options.files + 2]
        if wrong:
            raise SystemExit(f"query: {wrong[0]['lines']} lines instead of {options.files + 2}")
        warm = sorted(runs[1:], key=lambda run: run["seconds"])[len(runs) // 2 - 1]
        # The first query of all loads the log; the other format finds it loaded.
        if response_format == "parquet":
            results.append({"name": "first query", **runs[0]})
        results.append({"name": f"warm query, {response_format}", **warm})
    for result in results:
        result["files_per_second"] = options.files / result["seconds"]
    return results, server.memory_mb()


def run_forms(server, share, options):
    path = f"/shares/{share}/schemas/default/tables/"
    asker = forms.Asker(server.endpoint, server.token, server.pid)

    def wanted(name, format):
        # Each of its pages looks through all commits, in the same way in either format.
        return (name, format) != ("changes, in pages", "delta")

    table, feed = (f"{path}{kind}_{options.files}" for kind in ("files", "feed"))
    return [vars(each) for each in forms.run(asker, table, feed, options.files, wanted)]


def print_forms(results, options):
    print_table(
        f"{options.files:,} files in every form; the memory is the server's, resident at its peak",
        ["query", "format", "answers", "files", "seconds", "first byte s", "MB", "memory MB"],
        [
            [
                r["name"],
                r["format"],
                str(r["answers"]),
                f"{r['lines']:,}",
                f"{r['seconds']:.2f}",
                f"{r['first_byte_s']:.3f}",
                f"{r['bytes'] / 1e6:.0f}",
                f"{r['peak_mb']:.0f}",
            ]
            for r in results
        ],
    )


def open_log_once(options, how, table):
    if how == "sluice":
        program = options.program.parent / "log_open"
        if not program.exists():
            raise SystemExit(f"{program} is missing: configure with -DSLUICE_BENCH=ON")
        command = [program, table, "20"]
    else:
        command = [options.python, "-B", HERE / "open_one.py", how, table]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{how} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def run_log(tables, options):
    table = tables / f"files_{options.log_files}"
    results = []
    for how in ("sluice", "pyarrow", "deltalake"):
        runs = [open_log_once(options, how, table) for _ in range(options.runs)]
        result = sorted(runs, key=lambda run: run["open_ms"])[len(runs) // 2]
        results.append({"name": how, **result})
    for result in results:
        # pyarrow sees the rows of the checkpoint only, which are a few more or less.
        if abs(result["files"] - options.log_files) > 1000:
            raise SystemExit(f"log: {result['name']} finds {result['files']} files")
    return results


def print_log(results, options):
    floor = next(r["open_ms"] for r in results if r["name"] == "pyarrow")
    print_table(
        f"Cold open of a log of {options.log_files:,} files, median of {options.runs}; "
        "pyarrow decodes the checkpoint's columns and no more",
        ["way", "seconds", "CPU s", "time / pyarrow", "bytes a file", "resident", "peak MB"],
        [
            [
                r["name"],
                f"{r['open_ms'] / 1e3:.2f}",
                f"{r['cpu_ms'] / 1e3:.2f}",
                f"{r['open_ms'] / floor:.2f}",
                f"{r['snapshot_bytes'] / r['files']:.0f}" if r["snapshot_bytes"] else "-",
                f"{r['resident_bytes'] / r['files']:.0f}" if "resident_bytes" in r else "-",
                f"{r['peak_mb']:.0f}",
            ]
            for r in results
        ],
    )
    ours = next(r for r in results if r["name"] == "sluice")
    print_table(
        "Following that log",
        ["refresh", "ms"],
        [
            ["nothing new", f"{ours['idle_refresh_ms']:.3f}"],
            ["the first commit of 10 actions, which builds the index", f"{ours['first_refresh_ms']:.2f}"],
            ["later commits of 10 actions, median", f"{ours['refresh_ms']:.2f}"],
            ["later commits of 10 actions, slowest", f"{ours['slowest_refresh_ms']:.2f}"],
        ],
    )


def print_requests(results, options):
    print_table(
        "Small answers beside those of a bare server, 9 KB each",
        ["request", "connections", "a second", "of the bare one", "p50 ms", "p99 ms", "server CPU µs each"],
        [
            [
                r["name"],
                f"{r['connections']}",
                f"{r['per_second']:,.0f}",
                f"{r['part']:.2f}",
                f"{r['p50_ms']:.2f}",
                f"{r['p99_ms']:.2f}",
                f"{r['server_cpu_us']:.0f}" if "server_cpu_us" in r else "-",
            ]
            for r in results
        ],
    )


def print_query(results, memory_mb, options):
    print_table(
        f"Query of {options.files:,} files; the server held at most {memory_mb:.0f} MB",
        ["query", "files a second", "seconds", "first byte s", "MB"],
        [
            [
                r["name"],
                f"{r['files_per_second']:,.0f}",
                f"{r['seconds']:.3f}",
                f"{r['first_byte_s']:.3f}",
                f"{r['bytes'] / 1e6:.0f}",
            ]
            for r in results
        ],
    )


def run(options, work):
    wanted = options.only or BENCHMARKS
    tables = work / "bench"
    tables.mkdir(parents=True, exist_ok=True)
    make_tables(options.python, tables, options)
    results = {"cpus": os.cpu_count(), "machine": platform.machine()}
    if "log" in wanted:
        results["log"] = run_log(tables, options)
    if wanted != ["log"]:
        run_server_benchmarks(options, work, tables, results)
    print_results(results, options)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


def run_server_benchmarks(options, work, tables, results):
    wanted = options.only or BENCHMARKS
    if "requests" in wanted:
        results["start"] = run_start(options, work)
    with Server(options.program, tables, work) as server:
        if "requests" in wanted:
            results["requests"] = run_requests(server, tables.name, options)
        if "query" in wanted:
            results["query"], results["query_memory_mb"] = run_query(server, tables.name, options)
            results["beside"] = run_small_beside_large(server, tables.name, options)
        if "forms" in wanted:
            results["forms"] = run_forms(server, tables.name, options)
        for name, (run_one, _) in connector.BENCHMARKS.items():
            if name in wanted:
                results[name] = run_one(server, tables, work, options)


PRINTERS = {
    "log": print_log,
    "requests": print_requests,
    "forms": print_forms,
    **{name: show for name, (_, show) in connector.BENCHMARKS.items()},
}


def print_results(results, options):
    for name, show in PRINTERS.items():
        if name in results:
            show(results[name], options)
    if "query" in results:
        print_query(results["query"], results["query_memory_mb"], options)
        beside = results["beside"]
        print(
            f"\nListings on 4 connections while {options.files:,} files are sent without a pause: "
            f"{beside['per_second']:,.0f} a second, p50 {beside['p50_ms']:.2f} ms, "
            f"p99 {beside['p99_ms']:.2f} ms"
        )
    if "start" in results:
        start = results["start"]
        print(
            f"\nFirst answer {start['first_answer_ms']:.0f} ms after the start of the process; "
            f"{start['idle_mb']:.0f} MB resident then"
        )


def main():
    options = parse_arguments()
    if not options.program.exists():
        raise SystemExit(f"{options.program} is missing: run 'make build'")
    if options.work:
        run(options, options.work.resolve())
        return
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder:
        run(options, pathlib.Path(folder))


if __name__ == "__main__":
    main()
