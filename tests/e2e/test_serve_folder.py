"""`sluice serve DIR`: the whole of a provider in one command."""

import datetime
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess

import pyarrow as pa
import pytest
import server
import wire
from deltalake import write_deltalake


@pytest.fixture
def folder(tmp_path):
    """A folder with one small table, for a test to change."""
    place = tmp_path / "things"
    write_deltalake(str(place / "first"), pa.table({"id": [1, 2, 3]}))
    return place


def caller_of(running):
    return wire.Caller(running.endpoint, running.token)


def test_profile_is_private_complete_and_fresh(folder, tmp_path):
    tokens = set()
    for _ in range(2):
        with server.SharedFolder(folder, tmp_path / "p.share") as running:
            assert stat.S_IMODE(running.profile.stat().st_mode) == 0o600
            content = json.loads(running.profile.read_text())
            assert content["shareCredentialsVersion"] == 1
            assert len(content["bearerToken"]) >= 32
            assert content["endpoint"].startswith("http://127.0.0.1:")
            assert caller_of(running).get("/shares").status == 200
            tokens.add(content["bearerToken"])
            assert content["bearerToken"] not in running.output()
    assert len(tokens) == 2


def test_a_profile_that_others_could_read_is_made_private(folder, tmp_path):
    profile = tmp_path / "p.share"
    profile.write_text("{}")
    profile.chmod(0o666)
    with server.SharedFolder(folder, profile):
        assert stat.S_IMODE(profile.stat().st_mode) == 0o600


def test_a_folder_may_be_named_from_where_one_stands(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other").mkdir()
    with server.SharedFolder("things", "p.share", "--data-root", "other") as running:
        assert len(wire.file_urls(caller_of(running).query("things.default.first"))) == 1


def test_it_tells_the_commands_to_type(folder, tmp_path):
    with server.SharedFolder(folder, tmp_path / "p.share") as running:
        wire.ask_url("GET", running.base)
        caller_of(running).get("/shares")
    text = running.output()
    for word in ("python", "spark", "curl", str(running.profile)):
        assert word.lower() in text.lower(), (word, text)


def test_share_schema_and_table_names(data, tmp_path):
    with server.SharedFolder(data / "tables", tmp_path / "p.share") as running:
        caller = caller_of(running)
        items = caller.get("/shares/tables/all-tables").json()["items"]
    found = {(item["share"], item["schema"], item["name"]) for item in items}
    assert found == {
        ("tables", "default", "sales"),
        ("tables", "default", "empty"),
        ("tables", "default", "versions"),
        ("tables", "default", "changed"),
        ("tables", "types", "all_types"),
        ("tables", "types", "partition_types"),
        ("tables", "large", "many_files"),
        ("tables", "large", "wide_rows"),
    }


def test_a_folder_that_is_a_table(data, tmp_path):
    with server.SharedFolder(data / "tables/sales", tmp_path / "p.share") as running:
        items = caller_of(running).get("/shares/sales/all-tables").json()["items"]
        assert [(item["schema"], item["name"]) for item in items] == [("default", "sales")]


def test_a_table_appears_changes_and_goes_without_a_restart(folder, tmp_path):
    with server.SharedFolder(folder, tmp_path / "p.share") as running:
        caller = caller_of(running)
        path = wire.table_path("things.new.second")
        assert caller.get(path + "/version").status == 404
        write_deltalake(str(folder / "new/second"), pa.table({"id": [1]}))
        assert caller.get(path + "/version").headers["Delta-Table-Version"] == "0"
        assert len(wire.file_urls(caller.query("things.new.second"))) == 1
        write_deltalake(str(folder / "new/second"), pa.table({"id": [2]}), mode="append")
        assert caller.get(path + "/version").headers["Delta-Table-Version"] == "1"
        assert len(wire.file_urls(caller.query("things.new.second"))) == 2
        shutil.rmtree(folder / "new")
        answer = caller.get(path + "/version")
        assert (answer.status, answer.error()) == (404, "RESOURCE_DOES_NOT_EXIST")
        assert caller.get(wire.table_path("things.default.first") + "/version").status == 200


def test_a_port_in_use_is_one_line_that_names_it(folder, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        failed = subprocess.run(
            [server.SLUICE, "serve", folder, "--listen", where, "--profile", tmp_path / "p.share"],
            capture_output=True,
            text=True,
            timeout=server.START_SECONDS,
        )
    assert failed.returncode not in (0, -signal.SIGSEGV, -signal.SIGABRT)
    complaint = failed.stderr.strip().splitlines()
    assert len(complaint) == 1 and where in complaint[0], failed.stderr
    assert not (tmp_path / "p.share").exists()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["/nowhere/at/all"], "/nowhere/at/all"),
        (["/etc/hostname"], "/etc/hostname"),
        ([], "serve"),
        (["--config", "/nowhere.yaml"], "/nowhere.yaml"),
        ([".", "--listen", "nonsense"], "nonsense"),
        ([".", "--no-such-option"], "--no-such-option"),
        ([".", "--token-lifetime", "-1"], "token-lifetime"),
    ],
)
def test_what_is_wrong_with_the_command_line_is_named(arguments, word, tmp_path):
    failed = subprocess.run(
        [server.SLUICE, "serve", *arguments],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=server.START_SECONDS,
    )
    assert failed.returncode > 0
    assert word in failed.stderr
    assert len(failed.stderr.strip().splitlines()) <= 3, failed.stderr


def test_public_url_is_in_profile_and_data_urls(folder, tmp_path):
    public = "https://share.example.org/delta-sharing"
    with server.SharedFolder(folder, tmp_path / "p.share", "--public-url", public) as running:
        assert running.endpoint.startswith("https://share.example.org")
        listening = next(
            found
            for found in re.findall(r"https?://127\.0\.0\.1:\d+", running.output())
        )
        path = re.sub(r"https?://[^/]+", "", running.endpoint)
        caller = wire.Caller(listening + path, running.token)
        urls = wire.file_urls(caller.query("things.default.first"))
        assert urls and all(url.startswith("https://share.example.org/") for url in urls)


def test_an_expired_token_is_401(folder, tmp_path):
    with server.SharedFolder(folder, tmp_path / "p.share", "--token-lifetime", "1s") as running:
        content = json.loads(running.profile.read_text())
        expires = datetime.datetime.fromisoformat(content["expirationTime"].replace("Z", "+00:00"))
        caller = caller_of(running)
        # Bounded by the token's own second.
        while datetime.datetime.now(datetime.timezone.utc) <= expires:
            caller.get("/shares")
        answer = caller.get("/shares")
        assert answer.status == 401
        assert "expired" in answer.json()["message"]
        assert running.token not in answer.json()["message"]


def test_links_out_of_the_folder_are_not_followed(folder, tmp_path):
    outside = tmp_path / "outside"
    write_deltalake(str(outside), pa.table({"id": [1]}))
    os.symlink(outside, folder / "linked")
    inside = next(p for p in (folder / "first").iterdir() if p.suffix == ".parquet")
    secret = tmp_path / "secret.parquet"
    inside.rename(secret)
    os.symlink(secret, inside)
    with server.SharedFolder(folder, tmp_path / "p.share") as running:
        caller = caller_of(running)
        assert caller.get(wire.table_path("things.default.linked") + "/version").status == 404
        for url in wire.file_urls(caller.query("things.default.first")):
            answer = wire.ask_url("GET", url)
            assert answer.status in (400, 403, 404)
            assert b"PAR1" not in answer.body


def test_a_graceful_stop_finishes_what_runs(data, tmp_path):
    running = server.SharedFolder(data / "tables", tmp_path / "p.share")
    url = wire.file_urls(caller_of(running).query("tables.large.wide_rows"))[0]
    host_path = url.split("/", 3)[3]
    with wire.connect(url) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(f"GET /{host_path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        start = connection.recv(1024)
        running.process.send_signal(signal.SIGTERM)
        received = start
        while chunk := connection.recv(65536):
            received += chunk
    assert running.process.wait(server.STOP_SECONDS) == 0
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))
    assert len(body) == length and body.endswith(b"PAR1")


def test_stop_is_clean_and_quick_when_idle(folder, tmp_path):
    running = server.SharedFolder(folder, tmp_path / "p.share")
    caller_of(running).get("/shares")
    assert running.stop() == 0


def test_help_teaches():
    text = subprocess.run(
        [server.SLUICE, "serve", "--help"], capture_output=True, text=True, check=True
    ).stdout
    for option in ("--listen", "--profile", "--public-url", "--token-lifetime", "--config"):
        assert option in text
