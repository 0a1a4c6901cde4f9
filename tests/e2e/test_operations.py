"""docs/operations.md: its blocks of commands in order, and every command that it names."""

import json
import os
import re
import shlex
import shutil
import subprocess

import certificates
import nginx
import pyarrow as pa
import pytest
import server
import stand_in
from deltalake import DeltaTable, write_deltalake
from managed import Serving, shares, table_names, wait_until

DOCUMENT = (server.ROOT / "docs/operations.md").read_text()
BEHIND_NGINX = "The same behind nginx with TLS, on PostgreSQL"


def blocks():
    """{heading: [block of commands]} of the document."""
    found = {}
    for section in re.split(r"^## ", DOCUMENT, flags=re.MULTILINE)[1:]:
        commands = re.findall(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
        found[section.split("\n", 1)[0]] = commands
    return found


def run(commands, folder, path=(), **variables):
    """What they printed. Programs are looked for in `path` first."""
    places = [*map(str, path), str(server.SLUICE.parent), os.environ["PATH"]]
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=folder, capture_output=True, text=True, timeout=120,
        env={**os.environ, "PATH": ":".join(places), **variables},
    )
    assert done.returncode == 0, f"{commands}\n{done.stdout}{done.stderr}"
    return done.stdout


def shell(catalog, commands):
    """Commands of the document, on this catalog."""
    place = shlex.join(map(str, catalog.where))
    return run(commands.replace("--data-dir ./data", place), catalog.folder)


def test_the_walk_through_operations(catalog, data, tmp_path):
    """The blocks of commands in order as they stand there, but for those of BEHIND_NGINX."""
    in_order = [each for heading, some in blocks().items() if heading != BEHIND_NGINX for each in some]
    first, serve, folder, admin, check, ask_files, ask_catalog = in_order
    (tmp_path / "tables").mkdir()
    shutil.copytree(data / "tables/sales", tmp_path / "tables/orders")
    shell(catalog, first)
    words = serve.split()
    assert words[:2] == ["sluice", "serve"] and words[-2:] == ["--admin-listen", "127.0.0.1:8081"]
    log = ("--log-format", "json", "--access-log", "access.log")
    with Serving(catalog, "--admin-listen", "127.0.0.1:0", *log) as running:
        listens = running.wait_for(r"Admin API at (\S+)").group(1)
        anna, bob = (catalog.profile(name)["bearerToken"] for name in ("anna", "bob"))
        assert shares(running.endpoint, anna) == ["sales"]
        assert shares(running.endpoint, bob) == ["audit"]
        assert table_names(running.endpoint, anna, "sales") == ["eu.orders"]
        shell(catalog, folder)
        wait_until(lambda: table_names(running.endpoint, anna, "sales") == ["eu.orders", "raw.orders"])
        listed = json.loads(shell(catalog, admin.replace("http://127.0.0.1:8081", listens)))
        assert [item["name"] for item in listed["items"]] == ["anna", "bob"]
    (catalog.folder / "server.yaml").write_text("version: 1\nshares: []\n")
    assert shell(catalog, check) == "OK: server.yaml\n"
    found = shell(catalog, ask_files)
    assert "anna" in found and "list_all_tables" in found
    # The server was not told to keep records there; its changes the catalog has.
    told = shell(catalog, ask_catalog).splitlines()
    assert told and all("changed: " in line for line in told)


@pytest.mark.skipif(not nginx.PROGRAM, reason="no nginx here")
def test_the_walk_behind_nginx(cluster, data, tmp_path):
    """The blocks of BEHIND_NGINX in order. What is changed of them is where nginx has its files, the
    ports, and the name of the host, which is this machine."""
    make, configure, serve, proxy, load = blocks()[BEHIND_NGINX]
    (tmp_path / "tables").mkdir()
    shutil.copytree(data / "tables/sales", tmp_path / "tables/orders")
    database = {"PGHOST": str(cluster.folder), "PGUSER": "postgres"}
    pair = (ca := certificates.Authority(tmp_path, "ca")).issue("nginx")
    port = stand_in.free_port()

    def here(commands):
        for before, after in (
            ("127.0.0.1:8080", f"127.0.0.1:{port}"),
            ("port: 8080", f"port: {port}"),
            ("https://share.example.com", f"https://localhost:{outer.port}"),
            ("/etc/nginx", str(outer.folder)),
        ):
            commands = commands.replace(before, after)
        return commands

    with nginx.Nginx(tmp_path / "etc") as outer:
        (tmp_path / "deploy/nginx").mkdir(parents=True)
        (tmp_path / "deploy/nginx/sluice.conf").write_text(outer.here(pair))
        run(here(make), tmp_path, **database)
        assert run(here(configure), tmp_path, **database) == "OK: server.yaml\n"
        words = shlex.split(serve)
        assert words[:2] == ["sluice", "serve"]
        with server.Server(*words[2:], cwd=tmp_path, env=database) as running:
            running.wait_for(r"^Serving .* at \S+")
            programs = tmp_path / "programs"
            programs.mkdir()
            (programs / "nginx").write_text(f'#!/bin/sh\nexec {shlex.join(outer.command)} "$@"\n')
            (programs / "nginx").chmod(0o755)
            run(here(proxy), tmp_path, [programs])
            outer.wait()
            official = server.ROOT / ".venv-official/bin"
            trust = {name: str(ca.certificate) for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")}
            now, first = (
                DeltaTable(tmp_path / "tables/orders", version=version).to_pyarrow_table().num_rows
                for version in (None, 0)
            )
            assert run(load, tmp_path, [official], **trust) == f"{now}\n{first}\n"
            # Neither sees what the other one has.
            for swapped in (load.replace("anna.share", "bob.share"), load.replace("bob.share", "anna.share")):
                with pytest.raises(AssertionError, match="does not exist"):
                    run(swapped, tmp_path, [official], **trust)


#: Each command that the document names, as somebody would type it.
COMMANDS = [
    "share create s --comment words --property k=v --id of-s",
    "share add ./orders --to s.a.t --history --start-version 1 --where \"day >= '2020'\"",
    "share add-folder . --to s.raw --include 'orders' --exclude 'tmp/**'",
    "share alter s.a.t --comment other --property k=w",
    "share alter s.a.t --no-properties",
    "share list",
    "share show s",
    "recipient create anna --link",
    "recipient create bob --issuer https://login.example.com --subject bob",
    "recipient list",
    "recipient show anna",
    "recipient alter anna --network 192.0.2.0/24 --property country=DE",
    "recipient alter anna --no-networks --no-properties",
    "recipient identify anna --issuer https://login.example.com --claim groups=a",
    "recipient rotate anna --grace 7d",
    "recipient activate anna --link-lifetime 1h",
    "grant s.a.t --to anna --where \"country = current_recipient('country')\"",
    "revoke s.a.t --from anna",
    "recipient revoke anna",
    "recipient drop anna",
    "share remove s.a.t",
    "share remove s.raw",
    "share drop s",
    "admin create ops --lifetime 1h",
    "admin list",
    "admin changes",
    "admin drop ops",
]


def write_orders(place):
    """What COMMANDS add: two versions, partitioned by what their conditions name."""
    for number in range(2):
        rows = pa.table({"id": pa.array([number], pa.int64()), "country": ["DE"], "day": ["2024-01-01"]})
        write_deltalake(place, rows, mode="append", partition_by=["country", "day"])


def named_command(line):
    words = line.split()
    return " ".join(words[:1] if words[0] in ("grant", "revoke") else words[:2])


def test_every_command_of_operations(catalog):
    named = set()
    for line in re.findall(r"`(?:sluice )?((?:share|recipient|grant|revoke|admin) [^`]*)`", DOCUMENT):
        named.add(named_command(line))
    assert named == {named_command(line) for line in COMMANDS}
    write_orders(catalog.folder / "orders")
    shell(catalog, "sluice recipient create x --endpoint http://127.0.0.1/delta-sharing --profile - --data-dir ./data")
    for line in COMMANDS:
        json.loads(shell(catalog, f"sluice {line} --json --data-dir ./data"))
    changes = catalog.json("admin", "changes")["items"]
    assert all(change["actor"].startswith("command of user") for change in changes)
