"""Our client asks for queries to be worked on in the background: the rows are those of a query that
is answered at once."""

import json
import subprocess

import fault_proxy
import pytest
import server
import sluice

TABLE = "tables.default.changed"
FORMATS = pytest.mark.parametrize("delta", [True, False], ids=["delta", "parquet"])


class Recorder(fault_proxy.FaultProxy):
    """Notes what is asked for."""

    def __init__(self, target):
        super().__init__(target)
        self.asked = []

    def draw(self, path):
        self.asked.append(path.partition("?")[0])
        return None

    def count(self, part):
        return sum(part in path for path in self.asked)


@pytest.fixture
def behind(shared, tmp_path):
    """The shared tables behind a recorder, and a profile that leads there."""
    profile = json.loads(shared.profile.read_text())
    port = shared.endpoint.split("/")[2].rpartition(":")[2]
    with Recorder(int(port)) as proxy:
        near = proxy.endpoint.rpartition(":")[2]
        moved = profile["endpoint"].replace(f":{port}", f":{near}")
        path = server.write_profile(tmp_path / "near.share", moved, profile["bearerToken"])
        yield proxy, path


@FORMATS
@pytest.mark.parametrize("what", [{}, {"limit": 3}, {"version": 1}, {"filters": "id > 2"}])
def test_rows_are_those_of_a_query_at_once(behind, delta, what):
    proxy, profile = behind
    options = {**what, "use_delta_format": delta}
    url = f"{profile}#{TABLE}"
    at_once = sluice.load_as_arrow(url, **options)
    assert proxy.count("/queries/") == 0
    assert sluice.load_as_arrow(url, async_query=True, **options).equals(at_once)
    assert proxy.count("/queries/") >= 1
    assert at_once.num_rows > 0


def test_tasks_are_planned_from_the_result(behind):
    proxy, profile = behind
    client = sluice.SharingClient(profile, async_query=True)
    plan = client.table("tables.large.wide_rows").plan(min_tasks=3, columns=["id"])
    assert len(plan) >= 3 and proxy.count("/queries/") >= 1
    rows = sum(client.scan_task(task).to_arrow().num_rows for task in plan)
    assert rows == 400_000


def test_changes_are_answered_at_once(behind):
    proxy, profile = behind
    changes = [
        sluice.load_table_changes_as_arrow(f"{profile}#{TABLE}", starting_version=0, **options)
        for options in ({}, {"async_query": True})
    ]
    assert changes[0].equals(changes[1]) and changes[0].num_rows > 0
    assert proxy.count("/queries/") == 0


def test_a_query_that_fails_says_why(behind):
    proxy, profile = behind
    with pytest.raises(sluice.InvalidArgumentError, match="999"):
        sluice.load_as_arrow(f"{profile}#{TABLE}", version=999, async_query=True)
    assert proxy.count("/queries/") >= 1


def test_cat(behind):
    proxy, profile = behind
    command = [server.SLUICE, "cat", f"{profile}#{TABLE}", "--format", "csv"]
    at_once = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout
    later = subprocess.run([*command, "--async"], check=True, capture_output=True, timeout=60)
    assert later.stdout == at_once and at_once.count(b"\n") > 1
    assert proxy.count("/queries/") >= 1
