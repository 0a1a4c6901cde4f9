#!/usr/bin/env python3
"""Opening and following a table in a store that is some way off, beside delta-rs on the same way.

    bench/store_latency.py --files 100000 --trip-ms 50

MinIO runs on this machine behind a proxy that delays, or without one where a trip takes 0 ms;
`.venv-stores` has it. One process of the server for each cold query, and one of delta-rs for each
open. Warm is the whole list once more, after a look whether the table has changed.
"""

import argparse
import concurrent.futures
import http.client
import json
import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(HERE))
from delay_proxy import DelayProxy  # noqa: E402

KEY, SECRET, BUCKET = "benchkey", "bench-secret-0123456789", "bench"
TOKEN = "a-token-of-the-benchmark-that-is-long"
TABLE = "/shares/s/schemas/d/tables/t"
OPEN = """
import sys, time, json, resource
import deltalake
begin = time.perf_counter()
table = deltalake.DeltaTable(sys.argv[1], storage_options=json.loads(sys.argv[2]))
files = len(table.file_uris())
listed = time.perf_counter() - begin
begin = time.perf_counter()
table.update_incremental()
refresh = time.perf_counter() - begin
table.file_uris()
warm = time.perf_counter() - begin
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"files": files, "open": listed, "refresh": refresh, "warm": warm, "peak": peak}))
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class MinIO:
    def __init__(self, folder):
        self.port = free_port()
        (folder / BUCKET).mkdir(parents=True)
        environment = {**os.environ, "MINIO_ROOT_USER": KEY, "MINIO_ROOT_PASSWORD": SECRET}
        environment.update(MINIO_BROWSER="off", MINIO_UPDATE="off", MINIO_CI_CD="on")
        program = ROOT / ".venv-stores/bin/minio"
        command = [program, "server", "--quiet", "--address", f"127.0.0.1:{self.port}", folder]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)

    def __enter__(self):
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.05)
        raise SystemExit("MinIO does not answer")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)


class NoProxy:
    """The store itself; nobody counts."""

    requests = rounds = 0

    def __init__(self, port, _):
        self.port = port

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def reset(self):
        pass


def upload(port, folder, name):
    from pyarrow import fs

    store = fs.S3FileSystem(
        access_key=KEY, secret_key=SECRET, endpoint_override=f"http://127.0.0.1:{port}",
        region="us-east-1",
        allow_delayed_open=True,  # One request for a small file.
    )

    def put(path):
        with store.open_output_stream(f"{BUCKET}/{name}/{path.relative_to(folder)}") as out:
            out.write(path.read_bytes())

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(put, [path for path in folder.rglob("*") if path.is_file()]))


def ask(endpoint, method, path, body=None):
    """(seconds to the first byte, to the last, lines)"""
    parts = urllib.parse.urlsplit(endpoint)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=600)
    begin = time.perf_counter()
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    connection.request(method, parts.path + path, body=body, headers=headers)
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    answer.read(1)
    first = time.perf_counter() - begin
    lines = 0
    while piece := answer.read(1 << 20):
        lines += piece.count(b"\n")
    return first, time.perf_counter() - begin, lines


def serve(program, work, port, locations, more_of_rule=()):
    """The process, and the endpoint of a share `s` with a schema `d` of these tables."""
    config = work / "server.yaml"
    tables = [
        {"name": name, "location": location, "historyShared": True}
        for name, location in locations.items()
    ]
    rule = {"prefix": "s3://", "endpoint": f"http://127.0.0.1:{port}", "region": "us-east-1"}
    rule.update(accessKeyId=KEY, secretAccessKey=SECRET)
    rule.update(more_of_rule)
    config.write_text(
        json.dumps(
            {
                "version": 1,
                "shares": [{"name": "s", "schemas": [{"name": "d", "tables": tables}]}],
                "authorization": {"bearerToken": TOKEN},
                "storage": [rule],
                "host": "127.0.0.1",
                "port": 0,
            }
        )
    )
    process = subprocess.Popen(
        [program, "serve", "--config", config], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True,
    )
    for line in process.stdout:
        if "http://" in line:
            return process, line[line.index("http://"):].split()[0].rstrip("/.")
    raise SystemExit("the server did not start")


def run_ours(options, work, proxy, location):
    process, endpoint = serve(options.program, work, proxy.port, {"t": location})
    try:
        proxy.reset()
        first, last, lines = ask(endpoint, "POST", TABLE + "/query", "{}")
        cold = {"first": first, "open": last, "files": lines - 2}
        cold.update(requests=proxy.requests, rounds=proxy.rounds)
        proxy.reset()
        cold["refresh"] = ask(endpoint, "GET", TABLE + "/version")[1]
        cold.update(refresh_requests=proxy.requests, refresh_rounds=proxy.rounds)
        cold["warm"] = ask(endpoint, "POST", TABLE + "/query", "{}")[1]
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        cold["peak"] = int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024
        return cold
    finally:
        process.terminate()
        process.wait(60)


def run_delta_rs(proxy, location):
    options = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{proxy.port}",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_ALLOW_HTTP": "true",
    }
    proxy.reset()
    command = [sys.executable, "-c", OPEN, location, json.dumps(options)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
    return {**json.loads(done.stdout), "requests": proxy.requests, "rounds": proxy.rounds}


def arguments(description, files, trip_ms):
    """What programs ask that measure a table in a store."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/bin/sluice")
    parser.add_argument("--files", type=int, default=files)
    parser.add_argument("--trip-ms", type=float, default=trip_ms)
    return parser


def main():
    parser = arguments(__doc__, files=100_000, trip_ms=50)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    from tables import write_files_table

    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        write_files_table(work / "table", options.files)
        with MinIO(work / "minio") as store:
            upload(store.port, work / "table", "table")
            between = DelayProxy if options.trip_ms > 0 else NoProxy
            with between(store.port, options.trip_ms) as proxy:
                location = f"s3://{BUCKET}/table"
                ours = [run_ours(options, work, proxy, location) for _ in range(options.runs)]
                theirs = [run_delta_rs(proxy, location) for _ in range(options.runs)]
    median = lambda runs, key: statistics.median(run[key] for run in runs)  # noqa: E731
    print(f"{options.files} files, {options.trip_ms:g} ms a trip, medians of {options.runs}")
    print(
        f"{'':10} {'open, list':>12} {'trips':>6} {'requests':>9} {'refresh':>10} {'warm':>10} "
        f"{'peak':>10}"
    )
    for name, runs in (("sluice", ours), ("delta-rs", theirs)):
        print(
            f"{name:10} {median(runs, 'open'):10.2f} s {median(runs, 'rounds'):6.0f} "
            f"{median(runs, 'requests'):9.0f} {median(runs, 'refresh') * 1e3:7.0f} ms "
            f"{median(runs, 'warm'):8.2f} s {median(runs, 'peak'):6.0f} MiB"
        )
    print(
        f"sluice: first byte {median(ours, 'first'):.2f} s; refresh in "
        f"{median(ours, 'refresh_rounds'):.0f} trips of {median(ours, 'refresh_requests'):.0f} requests; "
        f"{median(theirs, 'open') / median(ours, 'open'):.1f} times as fast to the whole list"
    )
    if options.json:
        options.json.write_text(json.dumps({"sluice": ours, "delta-rs": theirs}, indent=1))


if __name__ == "__main__":
    main()
