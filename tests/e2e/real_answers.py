"""Every real table, asked once: by every function of the official package and of ours, side by side
with one pandas, and by ours for Arrow."""

import json
import os
import pathlib
import pickle
import subprocess

import nanobind_backend
import real_share
import server
import sluice
import workers

SECONDS = 1200
#: Of a table that is loaded without a format too, which is one of the two again.
MOST_ROWS = 2_000
LIMITS = {"limit=2": 2, "limit=0": 0}


def with_changes(entries):
    """Those of tables with a change feed, or with a refusal of one, and where it begins."""
    return {
        name: entry["expected"].get("changesStartVersion", 0)
        for name, entry in entries.items()
        if {"changes", "changesError"} & set(entry["expected"])
    }


def jobs_of(entries, url):
    """{(table, call, form): arguments}; the form is True or False for the delta and the parquet
    format, None where none is asked for, or one of LIMITS, likewise without a format."""
    jobs = {}
    starts = with_changes(entries)
    for name, entry in entries.items():
        jobs[name, "get_table_version", None] = {"url": url(name)}
        if entry["expected"].get("rows", 0) <= MOST_ROWS:
            jobs[name, "load_as_pandas", None] = {"url": url(name)}
        for form, limit in LIMITS.items():
            jobs[name, "load_as_pandas", form] = {"url": url(name), "limit": limit}
        if name in starts:
            changes = {"url": url(name), "starting_version": starts[name]}
            jobs[name, "load_table_changes_as_pandas", None] = changes
        for delta in (False, True):
            arguments = {"url": url(name), "use_delta_format": delta}
            for call in ("get_table_metadata", "get_table_protocol", "load_as_pandas"):
                jobs[name, call, delta] = arguments
            if name in starts:
                changes = {**arguments, "starting_version": starts[name]}
                jobs[name, "load_table_changes_as_pandas", delta] = changes
    profile = url(next(iter(entries))).rpartition("#")[0]
    schema = {"name": "open", "share": "real"}
    for call, place in (
        ("list_shares", None),
        ("list_schemas", {"name": "real"}),
        ("list_tables", schema),
        ("list_all_tables", None),
    ):
        jobs["", call, None] = {"profile": profile, "place": place}
    return jobs


def called(folder, jobs):
    """{(table, call, form): (official, ours)}, each {"value": …} or {"error": text}."""
    # Ours beside the official one and its pandas: the package and what it needs, nothing else.
    site = folder / "site"
    site.mkdir()
    package = pathlib.Path(sluice.__file__).parent
    for part in (
        package,
        package.parent / "sluice_sharing.libs",
        pathlib.Path(nanobind_backend.__file__).parent,
    ):
        (site / part.name).symlink_to(part)
    asked, results = folder / "jobs.json", folder / "results.pickle"
    lines = [
        {"key": i, "call": call, "arguments": arguments}
        for i, ((_, call, _), arguments) in enumerate(jobs.items())
    ]
    asked.write_text(json.dumps(lines))
    done = subprocess.run(
        [server.ROOT / ".venv-official/bin/python", "tests/e2e/side_by_side.py", asked, results],
        cwd=server.ROOT,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(jobs, pickle.loads(results.read_bytes()).values()))


def in_arrow(folder, entries, url):
    """{(table, call, delta): {"rows": …} or {"error": text}} of ours."""
    found = {}
    starts = with_changes(entries)
    for call, jobs in {
        "load_as_pandas": [workers.Job(name, url(name), delta) for name in entries for delta in (False, True)],
        "load_table_changes_as_pandas": [
            workers.Job(name, url(name), delta, start)
            for name, start in starts.items()
            for delta in (False, True)
        ],
    }.items():
        for (name, delta), result in workers.load("sluice", jobs, folder).items():
            found[name, call, delta] = result
    return found


def ask(real_tables, folder):
    """The answers of both as `called` gives them, and ours in Arrow."""
    entries = real_share.entries(real_tables)
    with real_share.share(real_tables, entries, folder) as url:
        return called(folder, jobs_of(entries, url)), in_arrow(folder, entries, url)
