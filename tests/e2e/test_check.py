"""`sluice check`: passes on a right server, finds each fault of wrong ones, and never calls passed
what it could not test."""

import json
import re
import shutil
import subprocess

import faulty_server
import pytest
import server

SECONDS = 120
DOCUMENT = server.ROOT / "docs/check.md"


def check(profile, *arguments):
    return subprocess.run(
        [str(server.SLUICE), "check", str(profile), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )


def report(profile, *arguments):
    """The exit code, and {id: point}."""
    run = check(profile, "--json", *arguments)
    assert run.stdout, run.stderr
    content = json.loads(run.stdout)
    return run.returncode, {point["id"]: point for point in content["points"]}


def outcomes(points, outcome):
    return {name: point.get("found") for name, point in points.items() if point["outcome"] == outcome}


@pytest.fixture(scope="module")
def few(data, tmp_path_factory):
    """A share of two tables: one partitioned, one with changes."""
    folder = tmp_path_factory.mktemp("few")
    for name in ("changed", "sales"):
        shutil.copytree(data / "tables" / name, folder / "tables" / name)
    with server.SharedFolder(folder / "tables", folder / "tables.share") as running:
        yield running


def test_our_server_conforms(shared):
    code, points = report(shared.profile)
    assert outcomes(points, "violated") == {}
    assert code == 0
    # Plain HTTP on this machine, and nothing else, is advised against.
    assert set(outcomes(points, "advised")) == {"file.https"}
    assert set(outcomes(points, "not tested")) == {"names.ids", "access.credentials"}


def test_the_text_is_for_people(few):
    run = check(few.profile)
    assert run.returncode == 0, run.stdout
    assert re.search(r"^ +ok  query\.fields$", run.stdout, re.MULTILINE)
    assert re.search(r"^\d+ passed, 0 violated, 1 advised, \d+ not tested", run.stdout, re.MULTILINE)
    assert few.token not in run.stdout
    assert max(map(len, run.stdout.splitlines())) < 200
    quiet = check(few.profile, "--quiet")
    assert "query.fields" not in quiet.stdout and "file.https" in quiet.stdout


def test_one_table_alone(few):
    run = check(f"{few.profile}#tables.default.sales", "--json")
    content = json.loads(run.stdout)
    assert content["tables"] == ["tables.default.sales"]
    assert run.returncode == 0


def test_a_right_server_behind_a_proxy_conforms(few, tmp_path):
    with faulty_server.FaultyServer(few.endpoint) as proxy:
        profile = server.write_profile(tmp_path / "proxy.share", proxy.endpoint, few.token)
        code, points = report(profile)
    assert (code, outcomes(points, "violated")) == (0, {})


FAULTS = sorted(faulty_server.faults("-"))


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(few, tmp_path, name):
    point, fault = faulty_server.faults(few.token)[name]
    with faulty_server.FaultyServer(few.endpoint, fault) as proxy:
        profile = server.write_profile(tmp_path / "faulty.share", proxy.endpoint, few.token)
        code, points = report(profile, "--retries", 0)
    advice = points[point]["level"] == "advice"
    assert points[point]["outcome"] == ("advised" if advice else "violated"), points[point]
    assert points[point]["found"]
    assert code == (0 if advice else 1)


def test_what_cannot_be_judged_is_not_passed(tmp_path):
    """A share without a table."""
    (tmp_path / "none").mkdir()
    with server.SharedFolder(tmp_path / "none", tmp_path / "none.share") as running:
        code, points = report(running.profile)
    assert code == 0
    judged = outcomes(points, "passed")
    families = {name.split(".")[0] for name in judged}
    assert families <= {"access", "listing", "names", "missing"}, judged
    assert "missing.table" not in judged and "listing.pages" not in judged
    assert all(point["found"] for point in points.values() if point["outcome"] == "not tested")


def test_without_a_connection_nothing_is_judged(few, tmp_path):
    gone = server.write_profile(tmp_path / "gone.share", "http://127.0.0.1:1/delta-sharing", "x")
    run = check(gone, "--retries", 0)
    assert run.returncode == 5 and not run.stdout
    assert run.stderr.startswith("sluice: ") and run.stderr.count("\n") == 1
    wrong = server.write_profile(tmp_path / "wrong.share", few.endpoint, "wrong")
    assert check(wrong).returncode == 4
    assert check(tmp_path / "nothing.share").returncode == 3
    (tmp_path / "bad.share").write_text("no profile")
    assert check(tmp_path / "bad.share").returncode == 2


def test_every_point_is_documented(few):
    _, points = report(few.profile)
    rows = {}
    for line in DOCUMENT.read_text().splitlines():
        if found := re.match(r"\| `([a-z-]+\.[a-z-]+)` \| (.*) \| (.*) \|$", line):
            rows[found.group(1)] = (found.group(2), found.group(3))
    told = {}
    for name, point in points.items():
        advice = " (advice)" if point["level"] == "advice" else ""
        told[name] = (point["demand"] + advice, point["section"])
    assert rows == told
