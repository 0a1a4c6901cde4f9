"""Pages of queries, renewed URLs and asynchronous queries, as clients and curl ask for them."""

import json
import subprocess
import time

import deltalake
import pyarrow as pa
import pytest
import server
import wire
from deltalake import write_deltalake

FORMATS = ["responseformat=parquet", "responseformat=delta"]
PENDING_SECONDS = 60


def ids_of(lines):
    return sorted(line["file"]["id"] for line in lines if "file" in line)


def end_of(lines):
    return lines[-1].get("endStreamAction", {})


def append(place, first, rows=20):
    table = pa.table({"id": pa.array(range(first, first + rows), pa.int64())})
    write_deltalake(place, table, mode="append")


@pytest.fixture
def growing(tmp_path):
    """A table of 25 files, below a folder to share."""
    place = str(tmp_path / "lake/numbers")
    for commit in range(25):
        append(place, commit * 20)
    return place


def pages(caller, table, body, headers, between):
    """The lines of each page; `between()` is called before each but the first."""
    found, token = [], None
    while True:
        if token:
            caller = between() or caller
        asked = {**body, **({"pageToken": token} if token else {})}
        lines = caller.query(table, asked, headers=headers)
        found.append(lines)
        token = end_of(lines).get("nextPageToken")
        if not token:
            return found


@pytest.mark.parametrize("capabilities", FORMATS)
def test_pages_add_up_while_the_table_is_written_and_the_server_restarts(
    growing, tmp_path, capabilities
):
    """Each page may come from another process, and each commit, with its checkpoints and
    compactions, from another writer."""
    headers = {"delta-sharing-capabilities": capabilities}
    arguments = (tmp_path / "lake", tmp_path / "p.share", "--data-dir", tmp_path / "data")
    name = "lake.default.numbers"
    running = [server.SharedFolder(*arguments)]
    steps = iter(range(1000))

    def caller():
        return wire.Caller(running[0].endpoint, running[0].token)

    def change():
        step = next(steps)
        append(growing, 100_000 + step * 20)
        table = deltalake.DeltaTable(growing)
        if step % 3 == 0:
            table.delete(f"id >= {step * 20} and id < {step * 20 + 20}")
        if step % 3 == 1:
            table.create_checkpoint()
        if step == 4:
            table.optimize.compact()
        if step % 2 == 0:
            running[0].stop()
            # The same recipient with another token: the folder's profile is new at each start.
            running[0] = server.SharedFolder(*arguments)
        return caller()

    try:
        for body in ({}, {"limitHint": 130}, {"predicateHints": ["id >= 100"]}):
            whole = ids_of(caller().query(name, body, headers=headers))
            assert whole
            for size in (4, 7):
                found = pages(caller(), name, {**body, "maxFiles": size}, headers, change)
                assert sorted(sum(map(ids_of, found), [])) == whole, (body, size)
                assert len(found) == -(-len(whole) // size)
                assert all(page[:2] == found[0][:2] for page in found)
                whole = ids_of(caller().query(name, body, headers=headers))
    finally:
        running[0].stop()


def test_a_refresh_token_gives_the_same_files_after_a_change(growing, tmp_path):
    with server.SharedFolder(tmp_path / "lake", tmp_path / "p.share") as running:
        caller = wire.Caller(running.endpoint, running.token)
        name = "lake.default.numbers"
        before = caller.query(name, {"includeRefreshToken": True})
        append(growing, 1000)
        assert len(ids_of(caller.query(name))) == 26
        body = {"refreshToken": end_of(before)["refreshToken"], "includeRefreshToken": True}
        after = caller.query(name, body)
        assert ids_of(after) == ids_of(before)
        assert end_of(after)["refreshToken"]
        for url in wire.file_urls(after):
            assert wire.ask_url("GET", url, {"Range": "bytes=0-3"}).body == b"PAR1"


def curl(running, path, body, *headers):
    arguments = ["curl", "-sS", "--fail-with-body", "-D", "/dev/stderr", "-X", "POST"]
    for header in (f"Authorization: Bearer {running.token}", *headers):
        arguments += ["-H", header]
    done = subprocess.run(
        [*arguments, "-d", json.dumps(body), running.endpoint + path],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done
    return done.stderr.lower(), [json.loads(line) for line in done.stdout.splitlines()]


def poll(running, path, body):
    end = time.monotonic() + PENDING_SECONDS
    while True:
        head, lines = curl(running, path, body)
        status = lines[0].get("queryStatus")
        if status is None or status["status"] != "pending":
            return head, lines
        assert time.monotonic() < end, lines


def test_an_asynchronous_query_with_curl_over_a_restart(growing, tmp_path):
    arguments = (tmp_path / "lake", tmp_path / "p.share", "--data-dir", tmp_path / "data")
    table = "/shares/lake/schemas/default/tables/numbers"
    asynchronous = "delta-sharing-capabilities: asyncquery=true"
    with server.SharedFolder(*arguments) as running:
        body = {"idempotencyKey": "once", "limitHint": 200}
        head, lines = curl(running, table + "/query", body, asynchronous)
        assert asynchronous in head
        assert lines[0]["queryStatus"]["status"] == "pending"
        query = lines[0]["queryStatus"]["queryId"]
        again = curl(running, table + "/query", body, asynchronous)[1]
        assert again[0]["queryStatus"]["queryId"] == query
        _, whole = curl(running, table + "/query", {"limitHint": 200})
        head, first = poll(running, f"{table}/queries/{query}", {"maxFiles": 6})
        assert "delta-table-version: 24" in head
        assert len(ids_of(first)) == 6
    append(growing, 5000)
    with server.SharedFolder(*arguments) as running:
        token = end_of(first)["nextPageToken"]
        _, second = curl(
            running, f"{table}/queries/{query}", {"maxFiles": 6, "pageToken": token}
        )
        assert sorted(ids_of(first) + ids_of(second)) == ids_of(whole)
        assert second[:2] == whole[:2]
        unknown = wire.Caller(running.endpoint, running.token).post(f"{table}/queries/none", {})
        assert (unknown.status, unknown.error()) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_a_local_table_has_no_temporary_credentials(shared):
    caller = wire.Caller(shared.endpoint, shared.token)
    path = "/shares/tables/schemas/default/tables/sales/temporary-table-credentials"
    for body in (None, {}, {"location": "s3://bucket/elsewhere"}):
        answer = caller.ask("POST", path, body=body)
        assert (answer.status, answer.error()) == (400, "UNSUPPORTED_OPERATION"), answer.body
        assert "accessModes" in answer.json()["message"]
        assert str(shared.profile.parent) not in answer.json()["message"]
    assert caller.post(path, {"location": 5}).error() == "INVALID_PARAMETER_VALUE"
    assert caller.post(path.replace("sales", "none"), {}).status == 404
    assert wire.Caller(shared.endpoint, "wrong").post(path, {}).status == 401


def test_access_modes_are_told(shared):
    caller = wire.Caller(shared.endpoint, shared.token)
    for place in ("/shares/tables/all-tables", "/shares/tables/schemas/default/tables"):
        for item in caller.get(place).json()["items"]:
            assert item["accessModes"] == ["url"]
            assert "location" not in item
    for capabilities in FORMATS:
        lines = caller.query(
            "tables.default.sales", headers={"delta-sharing-capabilities": capabilities}
        )
        assert lines[1]["metaData"]["accessModes"] == ["url"]
