"""What is wrong outside: a clear answer of the right status, and nothing else harmed."""

import json
import shutil
import socket
import subprocess
import threading

import pyarrow as pa
import pytest
import server
import wire
from deltalake import DeltaTable, write_deltalake

LOG = "_delta_log"


@pytest.fixture(scope="module")
def damaged(tmp_path_factory):
    """One server over a good table and a table for each kind of damage."""
    folder = tmp_path_factory.mktemp("damage") / "box"

    def table(name, commits=5, checkpoint=None):
        path = folder / name
        for part in range(commits):
            write_deltalake(str(path), pa.table({"id": [part]}), mode="append")
            if part == checkpoint:
                DeltaTable(str(path)).create_checkpoint()
        return path

    table("good")
    unreadable = table("unreadable_line") / LOG / f"{2:020}.json"
    unreadable.write_text(unreadable.read_text()[:-20] + "\n")
    (table("gap") / LOG / f"{2:020}.json").unlink()
    part = table("no_checkpoint_part", checkpoint=3)
    for version in range(3):
        (part / LOG / f"{version:020}.json").unlink()
    next((part / LOG).glob("*.checkpoint.parquet")).unlink()
    cut = table("cut_checkpoint", checkpoint=3)
    for version in range(3):
        (cut / LOG / f"{version:020}.json").unlink()
    checkpoint = next((cut / LOG).glob("*.checkpoint.parquet"))
    checkpoint.write_bytes(checkpoint.read_bytes()[:100])
    gone = table("data_gone")
    next(gone.glob("*.parquet")).unlink()
    unknown = table("unknown_feature", commits=1) / LOG / f"{1:020}.json"
    protocol = {"minReaderVersion": 3, "minWriterVersion": 7}
    features = {"readerFeatures": ["warpDrive"], "writerFeatures": ["warpDrive"]}
    unknown.write_text(json.dumps({"protocol": {**protocol, **features}}) + "\n")
    (folder / "empty_log" / LOG).mkdir(parents=True)

    profile = tmp_path_factory.mktemp("profile") / "p.share"
    with server.SharedFolder(folder, profile) as running:
        running.folder = folder
        yield running


@pytest.fixture
def caller(damaged):
    """Asks, and proves afterwards that the server still serves."""
    caller = wire.Caller(damaged.endpoint, damaged.token)
    yield caller
    assert len(wire.file_urls(caller.query("box.default.good"))) == 5
    assert damaged.process.poll() is None


BROKEN = ["unreadable_line", "gap", "no_checkpoint_part", "cut_checkpoint", "empty_log"]


@pytest.mark.parametrize("name", BROKEN)
def test_a_damaged_log_is_a_400_for_all_who_ask_and_its_place_is_in_the_log(damaged, caller, name):
    path = wire.table_path(f"box.default.{name}")
    for answer in (caller.post(path + "/query", {}), caller.get(path + "/metadata")):
        assert answer.status in (400, 404), (answer.status, answer.body)
        answer.error()
        assert str(damaged.folder) not in answer.json()["message"]
    assert any(name in line for line in damaged.lines), damaged.output()


@pytest.mark.parametrize("name", BROKEN)
def test_a_recipient_of_a_damaged_table_gets_one_line(damaged, caller, name):
    url = f"{damaged.profile}#box.default.{name}"
    failed = subprocess.run([server.SLUICE, "cat", url], capture_output=True, text=True)
    assert failed.returncode not in (0, 1) and failed.returncode > 0
    assert len(failed.stderr.strip().splitlines()) == 1, failed.stderr
    assert failed.stdout == ""


def test_an_unknown_feature_is_refused_by_name(caller):
    path = wire.table_path("box.default.unknown_feature") + "/query"
    for capabilities in ({}, {"delta-sharing-capabilities": "responseformat=delta"}):
        answer = caller.post(path, {}, headers=capabilities)
        assert (answer.status, answer.error()) == (400, "UNSUPPORTED_OPERATION"), answer.body
        assert "warpDrive" in answer.json()["message"]


def test_a_data_file_that_is_gone(damaged, caller):
    urls = wire.file_urls(caller.query("box.default.data_gone"))
    statuses = sorted(wire.ask_url("GET", url).status for url in urls)
    assert statuses in ([200] * 4 + [400], [200] * 4 + [404]), statuses
    failed = subprocess.run(
        [server.SLUICE, "cat", f"{damaged.profile}#box.default.data_gone"],
        capture_output=True,
        text=True,
    )
    assert failed.returncode > 1
    assert len(failed.stderr.strip().splitlines()) == 1, failed.stderr


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", "MALFORMED_REQUEST"),
        ("[]", "MALFORMED_REQUEST"),
        ("nonsense", "MALFORMED_REQUEST"),
        (b"\xff\xfe", "MALFORMED_REQUEST"),
        ("[" * 100_000, "MALFORMED_REQUEST"),
        ({"limitHint": "many"}, "INVALID_PARAMETER_VALUE"),
        ({"limitHint": -1}, "INVALID_PARAMETER_VALUE"),
        ({"limitHint": 1.5}, "INVALID_PARAMETER_VALUE"),
        ({"predicateHints": "a"}, "INVALID_PARAMETER_VALUE"),
        ({"version": 99}, None),
        ({"version": "x"}, "INVALID_PARAMETER_VALUE"),
        ({"version": 1, "timestamp": "2024-01-01T00:00:00Z"}, "INVALID_PARAMETER_VALUE"),
        ({"timestamp": "yesterday"}, "INVALID_PARAMETER_VALUE"),
        ({"timestamp": "1970-01-01T00:00:00Z"}, None),
        ({"pageToken": "not a token"}, "INVALID_PARAMETER_VALUE"),
        ({"refreshToken": "AAAA"}, "INVALID_PARAMETER_VALUE"),
    ],
    ids=str,
)
def test_a_bad_query_body_is_a_400_that_names_the_field(caller, body, code):
    answer = caller.post(wire.table_path("box.default.good") + "/query", body)
    assert answer.status == 400, (answer.status, answer.body)
    found = answer.error()
    assert code is None or found == code, answer.body
    if isinstance(body, dict):
        assert any(key.lower() in answer.json()["message"].lower() for key in body), answer.body


@pytest.mark.parametrize(
    "query",
    ["maxResults=501", "maxResults=-1", "maxResults=x", "pageToken=nonsense", "pageToken=%zz"],
)
def test_bad_listing_parameters(caller, query):
    answer = caller.get("/shares/box/all-tables?" + query)
    assert answer.status == 400, answer.body
    assert answer.error() in ("INVALID_PARAMETER_VALUE", "MALFORMED_REQUEST")


def test_a_page_token_of_another_list_is_refused(caller):
    token = caller.get("/shares/box/all-tables?maxResults=1").json()["nextPageToken"]
    assert caller.get(f"/shares/box/all-tables?maxResults=1&pageToken={token}").status == 200
    changed = token[:-1] + ("A" if token[-1] != "A" else "B")
    for path in (f"/shares?pageToken={token}", f"/shares/box/all-tables?pageToken={changed}"):
        assert caller.get(path).status == 400, path


def test_unknown_paths_and_methods(caller):
    assert (caller.get("/nothing").status, caller.get("/shares/none").error()) == (
        404,
        "RESOURCE_DOES_NOT_EXIST",
    )
    assert caller.ask("DELETE", "/shares").status in (404, 405)
    assert caller.ask("PUT", wire.table_path("box.default.good") + "/query", body=b"{}").status in (
        404,
        405,
    )


def raw_request(running, line, *headers):
    text = [line, "Host: x", f"Authorization: Bearer {running.token}", *headers, "", ""]
    return "\r\n".join(text).encode()


def path_of(running):
    return "/" + running.endpoint.split("/", 3)[3]


def test_a_header_of_2_mb_is_431(damaged, caller):
    request = raw_request(damaged, f"GET {path_of(damaged)}/shares HTTP/1.1", "X-Big: " + "x" * 2_000_000)
    assert wire.status_of(wire.exchange_bytes(damaged.endpoint, request)) in (431, None)
    long_line = raw_request(damaged, f"GET {path_of(damaged)}/shares?x={'y' * 2_000_000} HTTP/1.1")
    assert wire.status_of(wire.exchange_bytes(damaged.endpoint, long_line)) in (414, 431, None)
    modest = raw_request(damaged, f"GET {path_of(damaged)}/shares HTTP/1.1", "X-Big: " + "x" * 100_000)
    received = wire.exchange_bytes(damaged.endpoint, modest)
    assert wire.status_of(received) == 431, received[:200]


def test_a_body_beyond_the_limit_is_413(damaged, caller):
    path = f"{path_of(damaged)}{wire.table_path('box.default.good')}/query"
    announced = raw_request(damaged, f"POST {path} HTTP/1.1", "Content-Length: 99999999999")
    assert wire.status_of(wire.exchange_bytes(damaged.endpoint, announced)) == 413
    chunked = raw_request(damaged, f"POST {path} HTTP/1.1", "Transfer-Encoding: chunked")
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    received = wire.exchange_bytes(damaged.endpoint, chunked, *[chunk] * 200)
    assert wire.status_of(received) in (413, None)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /delta-sharing/shares HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ],
)
def test_what_is_no_http_is_answered_400_or_closed(damaged, caller, request_bytes):
    received = wire.exchange_bytes(damaged.endpoint, request_bytes)
    assert wire.status_of(received) in (400, 404, 501, 505, None), received[:200]


def test_slow_senders_hold_nobody_up(damaged, caller):
    """Connections that send half a header and then nothing, more than there are threads."""
    slow = [wire.connect(damaged.endpoint) for _ in range(64)]
    try:
        for each in slow:
            each.sendall(b"GET /delta-sharing/shares HTTP/1.1\r\nHost: ")
        assert caller.get("/shares").status == 200
        # The server ends each of them by itself, in the time of its header limit.
        received = b""
        while chunk := slow[0].recv(4096):
            received += chunk
        assert wire.status_of(received) in (408, None)
    finally:
        for each in slow:
            each.close()


def test_clients_that_leave_in_mid_answer(data, shared):
    caller = wire.Caller(shared.endpoint, shared.token)
    url = wire.file_urls(caller.query("tables.large.wide_rows"))[0]

    def leave():
        with wire.connect(url) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.sendall(f"GET /{url.split('/', 3)[3]} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            connection.recv(100)

    threads = [threading.Thread(target=leave) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wire.ask_url("GET", url).body.endswith(b"PAR1")
    assert shared.process.poll() is None


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"endpoint": None}, "endpoint"),
        ({"bearerToken": None}, "bearerToken"),
        ({"shareCredentialsVersion": 99}, "shareCredentialsVersion"),
        ({"shareCredentialsVersion": "x"}, "shareCredentialsVersion"),
        ({"endpoint": "ftp://nowhere"}, "endpoint"),
        ({"endpoint": 5}, "endpoint"),
        ({"expirationTime": "never"}, "expirationTime"),
        ({"expirationTime": "2020-01-01T00:00:00Z"}, "expired"),
    ],
)
def test_a_profile_with_a_wrong_field(damaged, tmp_path, change, word):
    content = json.loads(damaged.profile.read_text())
    content.update(change)
    content = {key: value for key, value in content.items() if value is not None}
    profile = tmp_path / "wrong.share"
    profile.write_text(json.dumps(content))
    failed = subprocess.run([server.SLUICE, "ls", profile], capture_output=True, text=True)
    assert failed.returncode > 0
    lines = failed.stderr.strip().splitlines()
    assert len(lines) == 1 and word in lines[0], failed.stderr
    assert "wrong.share" in lines[0] or word == "expired"
    assert damaged.token not in failed.stderr


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\x00", "shares:\n- yaml"])
def test_a_profile_that_is_no_profile(tmp_path, text):
    profile = tmp_path / "p.share"
    profile.write_text(text)
    failed = subprocess.run([server.SLUICE, "ls", profile], capture_output=True, text=True)
    assert failed.returncode > 0
    assert len(failed.stderr.strip().splitlines()) == 1 and "p.share" in failed.stderr


def test_damage_while_serving_and_repair(damaged, caller):
    folder = damaged.folder / "mended"
    for part in range(2):
        write_deltalake(str(folder), pa.table({"id": [part]}), mode="append")
    assert len(wire.file_urls(caller.query("box.default.mended"))) == 2
    commit = folder / LOG / f"{2:020}.json"
    commit.write_text('{"add": {"path": ')
    path = wire.table_path("box.default.mended") + "/query"
    assert caller.post(path, {}).status == 400
    commit.unlink()
    assert len(wire.file_urls(caller.query("box.default.mended"))) == 2
    shutil.rmtree(folder)
