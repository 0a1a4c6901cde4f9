#!/usr/bin/env python3
"""A table that never rests, and eight readers: `soak.py [--seconds N]`, also as `make soak`.

A writer commits twenty times a second, with checkpoints and clean-up of the log behind it. Every
answer must be one version of the table, whole, and none older than what was committed when it was
asked for. ledger.py says how a version is known. The server keeps one table in memory while two are
asked for, so that it opens the table anew all the time, too.
"""

import argparse
import dataclasses
import json
import multiprocessing
import pathlib
import random
import re
import sys
import tempfile
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import ledger  # noqa: E402
import official  # noqa: E402
import server  # noqa: E402
import wire  # noqa: E402

COMMITS_A_SECOND = 20
COMMITS_A_CHECKPOINT = 40
START_SECONDS = 120
#: How many answers of how many versions each reader must have seen, and how long that may take where
#: the machine is too busy for it in the time that was asked for.
ANSWERS, VERSIONS = 4, 3
PATIENCE_SECONDS = 300
TOKEN = "a-token-of-the-test-that-is-long-enough"
TABLE = "soak.tables.ledger"
OTHER = "soak.tables.other"
FORMATS = ("parquet", "delta")


@dataclasses.dataclass
class Place:
    """What processes of a run know."""

    table: pathlib.Path
    endpoint: str
    profile: str
    committed: object  # the latest version, shared
    ready: object  # a semaphore: a reader has its first answer, or has failed
    enough: object  # likewise: it has ANSWERS of VERSIONS, or is over
    over: object  # an event


@dataclasses.dataclass
class Report:
    name: str
    answers: int = 0
    versions: set = dataclasses.field(default_factory=set)
    cleaned_up: int = 0  # asked for a version that was no longer there
    error: str = ""

    def is_enough(self):
        return self.answers >= ANSWERS and len(self.versions) >= VERSIONS

    def line(self):
        gone = f", {self.cleaned_up} of versions cleaned up" if self.cleaned_up else ""
        return f"{self.name:28} {self.answers:7} answers of {len(self.versions):5} versions{gone}"


# The writer and who tidies up behind it


def write(place):
    writer = ledger.Writer(place.table)
    start = time.monotonic()
    while not place.over.is_set():
        writer.commit()
        place.committed.value = writer.version
        # The pace of the task; a writer that fell behind makes up for it.
        place.over.wait(max(0.0, start + writer.version / COMMITS_A_SECOND - time.monotonic()))


def tidy(place):
    import deltalake

    last = 0
    while not place.over.wait(0.05):
        if place.committed.value < last + COMMITS_A_CHECKPOINT:
            continue
        table = deltalake.DeltaTable(str(place.table))
        table.create_checkpoint()
        table.cleanup_metadata()
        last = table.version()


# Readers: each asks once and returns the version that it saw


class Asker:
    def __init__(self, place):
        self.place = place
        self.ledger = ledger.Ledger()
        self.caller = wire.Caller(place.endpoint, TOKEN)
        self.chance = random.Random()
        self.next = 0

    def ask(self, format, method, path, body=None):
        headers = {
            "delta-sharing-capabilities": f"responseformat={format};includeendstreamaction=true",
            "fileidhash": format,
        }
        answer = self.caller.ask(method, wire.table_path(TABLE) + path, body=body, headers=headers)
        if answer.status == 200:
            assert list(answer.lines()[-1]) == ["endStreamAction"], answer.body[-500:]
            assert "errorMessage" not in answer.lines()[-1]["endStreamAction"], answer.body[-500:]
        return answer

    def expect_files(self, answer, format, version, names):
        found = [line["file"]["id"] for line in answer.lines()[2:-1]]
        expected = {ledger.hashed(name, format) for name in names}
        assert len(found) == len(set(found)) and set(found) == expected, (
            f"version {version}: {len(found)} files of {len(expected)}, "
            f"{len(set(found) - expected)} of them of another version"
        )

    def latest(self, format):
        answer = self.ask(format, "POST", "/query", {})
        assert answer.status == 200, answer.body
        version = int(answer.headers["Delta-Table-Version"])
        self.expect_files(answer, format, version, self.ledger.files(version))
        return version

    def hinted(self, format):
        bucket = self.chance.randrange(ledger.BUCKETS)
        column = {"op": "column", "name": "bucket", "valueType": "long"}
        literal = {"op": "literal", "value": str(bucket), "valueType": "long"}
        hint = json.dumps({"op": "equal", "children": [column, literal]})
        answer = self.ask(format, "POST", "/query", {"jsonPredicateHints": hint})
        assert answer.status == 200, answer.body
        version = int(answer.headers["Delta-Table-Version"])
        generation, _ = self.ledger.at(version)[bucket]
        self.expect_files(answer, format, version, {ledger.file_name(bucket, generation)})
        return version

    def earlier(self, format):
        """Any version of late; None when it was cleaned up."""
        newest = self.place.committed.value
        version = max(0, newest - self.chance.randrange(200))
        answer = self.ask(format, "POST", "/query", {"version": version})
        if self.was_cleaned_up(answer, version):
            return None
        assert answer.headers["Delta-Table-Version"] == str(version), answer.headers
        self.expect_files(answer, format, version, self.ledger.files(version))
        return version

    def was_cleaned_up(self, answer, version):
        if answer.status == 200:
            return False
        assert answer.status == 400, (answer.status, answer.body)
        first = re.search(r"(\d+) to \d+", answer.json()["message"])
        assert first and int(first.group(1)) > version, (version, answer.body)
        return True

    def following(self, format, method, path, body):
        """What was added and removed since the last time; None when that was cleaned up."""
        newest = self.place.committed.value
        if newest < self.next:
            return self.version_at_least(newest)
        answer = self.ask(format, method, path(self.next), body(self.next))
        if self.was_cleaned_up(answer, self.next):
            self.next = newest
            return None
        by_version = {}
        for line in answer.lines()[2:-1]:
            if format == "delta":
                (kind,), file = line["file"]["deltaSingleAction"], line["file"]
            else:
                (kind, file), = line.items()
            by_version.setdefault(file["version"], {"add": set(), "remove": set()})[kind].add(file["id"])
        last = max(by_version)
        assert last >= newest and set(by_version) == set(range(self.next, last + 1)), (
            f"from {self.next} on, {newest} being there: {sorted(by_version)}"
        )
        for version, found in by_version.items():
            added, removed = self.ledger.changed(version)
            assert found["add"] == {ledger.hashed(name, format) for name in added}, version
            assert found["remove"] == {ledger.hashed(name, format) for name in removed}, version
        self.next = last + 1
        return last

    def version_at_least(self, newest):
        answer = self.caller.get(wire.table_path(TABLE) + "/version")
        version = int(answer.headers["Delta-Table-Version"])
        assert version >= newest, f"version {version} when {newest} was there"
        return version

    def files_since(self, format):
        return self.following(
            format, "POST", lambda first: "/query", lambda first: {"startingVersion": first}
        )

    def changes_since(self, format):
        path = "/changes?startingVersion={}".format
        return self.following(format, "GET", path, lambda first: None)


def raw_reader(place, *kinds):
    asker = Asker(place)
    while True:
        for kind in kinds:
            for format in FORMATS:
                yield getattr(asker, kind)(format)


def other_reader(place):
    """Has the server forget the table, and asks for it again."""
    asker = Asker(place)
    while True:
        assert len(wire.file_urls(asker.caller.query(OTHER))) == ledger.BUCKETS
        yield asker.latest(asker.chance.choice(FORMATS))


def sluice_reader(place):
    import sluice

    known = ledger.Ledger()
    while True:
        for delta in (False, True):
            scan = sluice.scan(f"{place.profile}#{TABLE}", use_delta_format=delta)
            version, rows = scan.table_version, scan.to_arrow()
            found = sorted(zip(*(rows.column(name).to_pylist() for name in ledger.SCHEMA.names)))
            assert found == known.rows(version), f"version {version}: {found}"
            yield version


def official_reader(place):
    """It does not tell the version; the newest generation does, for each commit makes one."""
    known = ledger.Ledger()
    with official.OfficialClient() as client:
        while True:
            for delta in (False, True):
                url = f"{place.profile}#{TABLE}"
                names, rows = client.call("load_as_pandas", url=url, use_delta_format=delta)
                order = [names.index(name) for name in ledger.SCHEMA.names]
                found = sorted(tuple(row[i] for i in order) for row in rows)
                version = max(row[2] for row in found)
                assert found == known.rows(version), f"version {version}: {found}"
                assert sum(row[3] for row in found) == ledger.SUM
                yield version


READERS = {
    "latest": (raw_reader, "latest"),
    "latest and hinted": (raw_reader, "latest", "hinted"),
    "earlier versions": (raw_reader, "earlier"),
    "files since": (raw_reader, "files_since"),
    "changes since": (raw_reader, "changes_since"),
    "opened anew": (other_reader,),
    "rows, sluice": (sluice_reader,),
    "rows, official client": (official_reader,),
}
#: Those that ask for the latest version, so that it must be the latest.
FRESH = {"latest", "latest and hinted", "opened anew", "rows, sluice", "rows, official client"}


def read(place, name, reports):
    report = Report(name)
    make, *arguments = READERS[name]
    told = False
    try:
        answers = make(place, *arguments)
        newest = 0
        while not place.over.is_set():
            committed = place.committed.value
            version = next(answers)
            report.answers += 1
            if report.answers == 1:
                place.ready.release()
            if version is None:
                report.cleaned_up += 1
                continue
            report.versions.add(version)
            if not told and report.is_enough():
                place.enough.release()
                told = True
            if name in FRESH:
                assert version >= committed, f"version {version} when {committed} was there"
                assert version >= newest, f"version {version} after {newest}"
                newest = version
    except BaseException:
        report.error = traceback.format_exc()
        place.over.set()
        place.ready.release()
    if not told:
        place.enough.release()
    reports.put(report)


# A run


def configuration(folder, table):
    other = folder / "other"
    ledger.Writer(other)
    tables = [
        {"name": "ledger", "location": str(table), "historyShared": True},
        {"name": "other", "location": str(other)},
    ]
    config = folder / "server.yaml"
    config.write_text(
        json.dumps(
            {
                "version": 1,
                "shares": [{"name": "soak", "schemas": [{"name": "tables", "tables": tables}]}],
                "authorization": {"bearerToken": TOKEN},
                "host": "127.0.0.1",
                "port": 0,
                "deltaTableCacheSize": 1,
            }
        )
    )
    return config


def memory_of(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) // 1024


@dataclasses.dataclass
class Outcome:
    commits: int
    seconds: float
    reports: list
    first_mib: int
    last_mib: int


def run(folder, seconds):
    """Runs for so long, and longer only until every reader has seen enough, and as it takes to stop."""
    context = multiprocessing.get_context("spawn")
    table = folder / "ledger"
    ready, enough = context.Semaphore(0), context.Semaphore(0)
    over, reports = context.Event(), context.Queue()
    with server.Configured(configuration(folder, table)) as running:
        profile = server.write_profile(folder / "soak.share", running.endpoint, TOKEN)
        committed = context.Value("q", -1)
        place = Place(table, running.endpoint, str(profile), committed, ready, enough, over)
        others = [context.Process(target=work, args=(place,), daemon=True) for work in (write, tidy)]
        others[0].start()
        while place.committed.value < 1 and others[0].is_alive():
            over.wait(0.01)
        others[1].start()
        readers = [
            context.Process(target=read, args=(place, name, reports), daemon=True)
            for name in READERS
        ]
        for reader in readers:
            reader.start()
        for _ in readers:
            assert ready.acquire(timeout=START_SECONDS), "a reader has no answer"
        started, before = time.monotonic(), committed.value
        over.wait(seconds / 2)
        first = memory_of(running.process)
        over.wait(max(0.0, started + seconds - time.monotonic()))
        for _ in readers:
            assert enough.acquire(timeout=PATIENCE_SECONDS), "a reader does not go on"
        over.set()
        found = [reports.get(timeout=120) for _ in readers]
        took = time.monotonic() - started
        for process in (*others, *readers):
            process.join(60)
            assert process.exitcode == 0, process
        last = memory_of(running.process)
    return Outcome(committed.value - before, took, found, first, last)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=600)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = run(pathlib.Path(folder), options.seconds)
    for report in outcome.reports:
        print(report.line())
    rate = outcome.commits / outcome.seconds
    print(f"{outcome.commits} commits, {rate:.1f} a second; the server's memory: "
          f"{outcome.first_mib} MiB at half time, {outcome.last_mib} MiB at the end")
    wrong = [report for report in outcome.reports if report.error]
    for report in wrong:
        print(f"---- {report.name}\n{report.error}")
    print(f"{len(outcome.reports) - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
