"""Scans in tasks: split here, read elsewhere."""

import concurrent.futures
import pickle
import subprocess
import sys

import pytest
import sluice

pa = pytest.importorskip("pyarrow")

WORKER = """
import pickle, sys
import pyarrow as pa, pyarrow.ipc, sluice
task = pickle.load(sys.stdin.buffer)
table = sluice.SharingClient(sys.argv[1]).scan_task(task).to_arrow()
with pa.ipc.new_stream(sys.stdout.buffer, table.schema) as out:
    out.write_table(table)
"""


def read_elsewhere(profile, task):
    done = subprocess.run(
        [sys.executable, "-c", WORKER, profile],
        input=pickle.dumps(task),
        stdout=subprocess.PIPE,
        check=True,
    )
    return pa.ipc.open_stream(done.stdout).read_all()


def read(client, plan):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return pa.concat_tables(pool.map(lambda task: client.scan_task(task).to_arrow(), plan))


def test_another_process_reads_a_task(profile):
    table = sluice.SharingClient(profile).table("tables.default.sales")
    plan = table.plan(min_tasks=1000)
    assert plan.table_version == table.version()
    assert sum(task.files for task in plan) == len(plan) > 1
    parts = [read_elsewhere(profile, task) for task in (plan[0], plan[-1])]
    whole = table.to_arrow()
    assert parts[0].equals(whole.slice(0, parts[0].num_rows))
    assert parts[1].equals(whole.slice(whole.num_rows - parts[1].num_rows))


def test_the_tasks_are_the_scan(profile):
    client = sluice.SharingClient(profile)
    for table in client.list_all_tables():
        handle = client.table(table)
        plan = handle.plan(task_bytes=1)
        if plan:
            # By their text, in which NaN is like NaN.
            assert repr(read(client, plan).to_pylist()) == repr(handle.to_arrow().to_pylist()), table


def test_tasks_filter_and_choose(profile):
    client = sluice.SharingClient(profile)
    table = client.table("tables.default.sales")
    name = table.to_arrow().column_names[0]
    condition = sluice.col(name).is_not_null()
    plan = table.plan(task_bytes=1, columns=[name], filters=condition)
    assert read(client, plan).equals(table.scan(columns=[name], filters=condition).to_arrow())


def test_what_is_wrong_is_said(profile):
    client = sluice.SharingClient(profile)
    with pytest.raises(sluice.MalformedError, match="no scan task"):
        client.scan_task(b"PAR1")
    with pytest.raises(sluice.InvalidArgumentError, match="min_tasks"):
        client.table("tables.default.sales").plan(min_tasks=0)
    task = client.table("tables.default.sales").plan()[0]
    assert "sig" not in repr(task) and "http" not in repr(task)
