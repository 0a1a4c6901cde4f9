#!/usr/bin/env python3
"""What a recipient gains by reading a table's folder with temporary credentials, beside signed URLs.

    bench/access_modes.py --files 1000000 --small-files 2000 --trip-ms 50

MinIO runs on this machine behind a proxy that delays, or without one where a trip takes 0 ms. Of a
table of many files only the list is read, of one of small files the rows. The server knows both tables when it is asked.
"""

import pathlib
import statistics
import tempfile
import time

import sluice
from connector_tables import write_small_files_table
from store_latency import BUCKET, TOKEN, DelayProxy, MinIO, NoProxy, arguments, serve, upload
from tables import write_files_table

TABLES = ("many", "small")


def seconds(load):
    begin = time.perf_counter()
    found = load()
    return time.perf_counter() - begin, found


def loads(client, table):
    """The files of `many`, which a plan tells, and the rows of `small`."""
    if table == "many":
        return sum(task.files for task in client.table(f"s.d.{table}").plan())
    return client.scan(f"s.d.{table}").to_arrow().num_rows


def main():
    parser = arguments(__doc__, files=1_000_000, trip_ms=50)
    parser.add_argument("--small-files", type=int, default=2_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        write_files_table(work / "many", options.files)
        write_small_files_table(work / "small", options.small_files, 100)
        with MinIO(work / "minio") as store:
            for table in TABLES:
                upload(store.port, work / table, table)
            between = DelayProxy if options.trip_ms > 0 else NoProxy
            with between(store.port, options.trip_ms) as proxy:
                place = f"http://127.0.0.1:{proxy.port}"
                rule = {"stsEndpoint": place, "directoryAccess": True}
                tables = {table: f"s3://{BUCKET}/{table}" for table in TABLES}
                process, endpoint = serve(options.program, work, proxy.port, tables, rule)
                try:
                    run(options, endpoint, {"endpoint": place, "region": "us-east-1"})
                finally:
                    process.terminate()
                    process.wait(60)


def run(options, endpoint, store):
    profile = {"shareCredentialsVersion": 1, "endpoint": endpoint, "bearerToken": TOKEN}
    ways = {
        "url": sluice.SharingClient(profile, access="url"),
        "dir": sluice.SharingClient(profile, access="dir", storage_options=store),
    }
    print(f"{options.files} and {options.small_files} files, {options.trip_ms:g} ms a trip")
    for table in TABLES:
        expected = loads(ways["url"], table)
        taken = {way: [] for way in ways}
        for _ in range(options.runs):
            for way, client in ways.items():
                spent, rows = seconds(lambda client=client: loads(client, table))
                assert rows == expected, (way, rows, expected)
                taken[way].append(spent)
        url, folder = (statistics.median(taken[way]) for way in ("url", "dir"))
        print(f"{table:6} url {url:7.2f} s   dir {folder:7.2f} s   dir / url {folder / url:5.2f}")


if __name__ == "__main__":
    main()
