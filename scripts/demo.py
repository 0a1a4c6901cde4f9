#!/usr/bin/env python3
"""The main job, end to end: a partitioned Delta table is written, shared by `sluice serve`, listed
and loaded by the official client and by this project's, and compared with reading it directly.

The table stays in build/demo, so that a second run takes seconds. Fails loudly when anything
disagrees; leaves nothing running.
"""

import argparse
import datetime
import json
import pathlib
import shutil
import subprocess
import sys
import time

import numpy
import pyarrow as pa
import pyarrow.parquet as parquet
from deltalake import DeltaTable, write_deltalake

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/e2e"))
import server  # noqa: E402

DEMO = ROOT / "build/demo"
TABLE = DEMO / "shop/orders"
COMMITS = 12
ROWS_PER_COMMIT = 110_000
COUNTRIES = ["AT", "BR", "DE", "FR", "JP", "US"]
CLIENTS = {
    "official": (".venv-official/bin/python", "delta-sharing (official)"),
    "sluice": (".venv/bin/python", "sluice"),
}


def say(text):
    print(f"==> {text}", flush=True)


def orders(commit):
    """Rows of one commit: five days of orders in every country."""
    generator = numpy.random.default_rng(commit)
    ids = numpy.arange(commit * ROWS_PER_COMMIT, (commit + 1) * ROWS_PER_COMMIT)
    days = commit * 5 + generator.integers(0, 5, ROWS_PER_COMMIT)
    start = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)
    seconds = days * 86_400 + generator.integers(0, 86_400, ROWS_PER_COMMIT)
    moments = int(start.timestamp()) * 10**6 + seconds * 10**6
    note = numpy.where(ids % 10 == 0, None, numpy.char.add("order ", ids.astype(str)))
    return pa.table(
        {
            "id": ids,
            "country": pa.array(COUNTRIES).take(generator.integers(0, 6, ROWS_PER_COMMIT)),
            "day": pa.array(days.astype("int32") + 19723, pa.int32()).cast(pa.date32()),
            "moment": pa.array(moments, pa.timestamp("us", tz="UTC")),
            "amount": numpy.round(generator.gamma(2.0, 30.0, ROWS_PER_COMMIT), 2),
            "items": generator.integers(1, 9, ROWS_PER_COMMIT).astype("int32"),
            "note": pa.array(note, pa.string()),
        }
    )


def write_table():
    """Commits with a checkpoint among them, deletes before and after it. Written beside and moved
    into place, so that an interrupted run leaves no half of a table."""
    unfinished = DEMO / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    DEMO.mkdir(parents=True, exist_ok=True)
    for commit in range(COMMITS):
        write_deltalake(
            str(unfinished), orders(commit), mode="append", partition_by=["country", "day"]
        )
        if commit == 3:
            DeltaTable(str(unfinished)).delete("country = 'FR' AND amount < 10")
        if commit == 7:
            DeltaTable(str(unfinished)).create_checkpoint()
    DeltaTable(str(unfinished)).delete("id % 1000 = 7 AND country = 'JP'")
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    unfinished.rename(TABLE)


def read_directly():
    started = time.monotonic()
    table = DeltaTable(str(TABLE)).to_pyarrow_table()
    return table, time.monotonic() - started


def load(client, profile):
    """What the client's own process measured, and the rows that it loaded."""
    out = DEMO / f"{client}.parquet"
    out.unlink(missing_ok=True)
    command = [ROOT / CLIENTS[client][0], ROOT / "scripts/demo_client.py", client, profile, out]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"demo: {client} failed:\n{done.stdout}{done.stderr}")
    rows = parquet.read_table(out)
    out.unlink()
    return json.loads(done.stdout.splitlines()[-1]), rows


def same_rows(expected, actual):
    """Whether both hold the same rows; order is nobody's promise, ids are unique."""
    if sorted(expected.column_names) != sorted(actual.column_names):
        return False
    actual = actual.select(expected.column_names).cast(expected.schema)
    return expected.sort_by("id").equals(actual.sort_by("id"))


def print_results(direct, seconds, results):
    megabytes = direct.nbytes / 2**20
    print(f"\n    {'read by':<34}{'rows':>12}{'list':>10}{'load':>10}{'rows/s':>14}   same rows")
    lines = [("directly (deltalake, Arrow)", direct.num_rows, None, seconds, "")]
    for client, (measured, _) in results.items():
        for into, loaded in measured["loads"].items():
            title = f"{CLIENTS[client][1]}, {into}"
            lines.append((title, measured["rows"], measured["list_seconds"], loaded, "yes"))
    for title, rows, listed, loaded, same in lines:
        shown = f"{listed:.2f} s" if listed is not None else ""
        print(f"    {title:<34}{rows:>12,}{shown:>10}{loaded:>8.2f} s{rows / loaded:>14,.0f}   {same}")
    print(f"\n    {len(DeltaTable(str(TABLE)).file_uris())} files, {megabytes:.0f} MB as Arrow")


def print_next(profile):
    shown = profile.relative_to(ROOT)
    print(
        f"""
What to type next, in {ROOT}:

    build/bin/sluice serve {TABLE.parent.relative_to(ROOT)} --profile {shown}      # shares until Ctrl-C

and in another terminal:

    build/bin/sluice ls {shown}
    build/bin/sluice head '{shown}#shop.default.orders'
    .venv/bin/python -c "import sluice; print(sluice.load_as_pandas('{shown}#shop.default.orders'))"
"""
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.parse_args()
    if not TABLE.exists():
        say(f"writing {COMMITS * ROWS_PER_COMMIT:,} rows in {COMMITS} commits to {TABLE.relative_to(ROOT)}")
        write_table()
    log = sorted(path.name for path in (TABLE / "_delta_log").iterdir())
    say(f"a Delta table at version {DeltaTable(str(TABLE)).version()}, with a checkpoint: "
        f"{next(name for name in log if 'checkpoint.parquet' in name)}")
    direct, seconds = read_directly()

    profile = DEMO / "shop.share"
    say(f"sluice serve {TABLE.parent.relative_to(ROOT)}")
    with server.SharedFolder(TABLE.parent, profile) as running:
        print("\n".join(f"    {line}" for line in running.lines), flush=True)
        results = {}
        for client, (_, title) in CLIENTS.items():
            say(f"{title} lists and loads it")
            results[client] = load(client, profile)
            print(f"    tables: {', '.join(results[client][0]['tables'])}", flush=True)

    wrong = [client for client, (_, rows) in results.items() if not same_rows(direct, rows)]
    if wrong:
        sys.exit(f"demo: these loaded other rows than a direct read: {', '.join(wrong)}")
    if any(measured["tables"] != ["shop.default.orders"] for measured, _ in results.values()):
        sys.exit("demo: a client listed other tables than shop.default.orders")
    print_results(direct, seconds, results)
    print_next(profile)


if __name__ == "__main__":
    main()
