#!/usr/bin/env python3
"""A server at its limit for a long time: answers a second, and what its memory does.

Listings, versions and queries of a table of 10 files from 500 connections at once, both cores shared
with the load. Run by hand; prints a row for each tenth of the time and the growth from the second
tenth, when all is warm, to the last.
"""

import argparse
import pathlib
import statistics
import tempfile
import threading
import time

from run import bench_program, make_tables, put_load
from server import Server

CONNECTIONS = {"list shares": 100, "table version": 200, "query of 10 files": 200}


class Memory(threading.Thread):
    """Resident memory of a server, once a second, until stopped."""

    def __init__(self, server):
        super().__init__()
        self._server = server
        self._over = threading.Event()
        self.samples = []

    def run(self):
        while not self._over.wait(1):
            self.samples.append(self._server.memory_mb("VmRSS"))

    def stop(self):
        self._over.set()
        self.join()


def requests_of(server, share):
    table = f"{server.endpoint}/shares/{share}/schemas/default/tables/small"
    return {
        "list shares": ["GET", f"{server.endpoint}/shares"],
        "table version": ["GET", f"{table}/version"],
        "query of 10 files": ["POST", f"{table}/query", "{}"],
    }


def load_for(server, share, options):
    """What each kind of load saw."""
    results = {}

    def put(name, request):
        results[name] = put_load(
            options, CONNECTIONS[name], options.minutes * 60, server.token, *request
        )

    threads = [threading.Thread(target=put, args=item) for item in requests_of(server, share).items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(results) < len(threads):
        raise SystemExit("a load failed")
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    here = pathlib.Path(__file__).resolve().parent.parent
    parser.add_argument("--minutes", type=int, default=30)
    parser.add_argument("--program", type=pathlib.Path, default=here / "build/bin/sluice")
    parser.add_argument("--python", default=here / ".venv/bin/python")
    options = parser.parse_args()
    options.only = ["requests"]
    bench_program(options, "http_load")
    with tempfile.TemporaryDirectory() as work:
        tables = pathlib.Path(work) / "bench"
        tables.mkdir()
        make_tables(options.python, tables, options)
        with Server(options.program, tables, pathlib.Path(work)) as server:
            memory = Memory(server)
            memory.start()
            results = load_for(server, tables.name, options)
            memory.stop()
    for name, result in results.items():
        print(f"{name}: {result['requests']:,} answers, {result['per_second']:,.0f} a second, "
              f"p50 {result['p50_ms']} ms, p99 {result['p99_ms']} ms, {result['failed']} failed")
    tenth = max(1, len(memory.samples) // 10)
    tenths = [memory.samples[at : at + tenth] for at in range(0, tenth * 10, tenth)]
    print("resident, MB:", " ".join(f"{statistics.mean(part):.1f}" for part in tenths if part))
    print(f"growth since the second tenth: {statistics.mean(tenths[-1]) - statistics.mean(tenths[1]):+.1f} MB")


if __name__ == "__main__":
    main()
