"""docs/operations.md: its blocks of commands in order, and every command that it names."""

import json
import os
import re
import shlex
import shutil
import subprocess

import server
from managed import Serving, shares, table_names, wait_until

DOCUMENT = (server.ROOT / "docs/operations.md").read_text()


def shell(catalog, commands):
    """Commands of the document, on this catalog; what they printed."""
    place = shlex.join(map(str, catalog.where))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands.replace("--data-dir ./data", place)],
        cwd=catalog.folder, capture_output=True, text=True, timeout=60,
        env={**os.environ, "PATH": f"{server.SLUICE.parent}:{os.environ['PATH']}"},
    )
    assert done.returncode == 0, f"{commands}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_the_walk_through_operations(catalog, data, tmp_path):
    """docs/operations.md, its blocks of commands in order as they stand there."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
    first, serve, folder, admin, check, ask_files, ask_catalog = blocks
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
    assert shell(catalog, ask_catalog) == "", "the server was not told to keep records there"


#: Each command that the document names, as somebody would type it.
COMMANDS = [
    "share create s --comment words --property k=v --id of-s",
    "share add ./orders --to s.a.t --history --start-version 1 --where \"day >= '2020'\"",
    "share add-folder . --to s.raw --include 'orders' --exclude 'tmp/**'",
    "share alter s.a.t --comment other --property k=w",
    "share show s",
    "recipient create anna --link",
    "recipient create bob --issuer https://login.example.com --subject bob",
    "recipient show anna",
    "recipient alter anna --network 192.0.2.0/24 --property country=DE",
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
    "admin changes",
    "admin drop ops",
]


def named_command(line):
    words = line.split()
    return " ".join(words[:1] if words[0] in ("grant", "revoke") else words[:2])


def test_every_command_of_operations(catalog):
    named = set()
    for line in re.findall(r"`(?:sluice )?((?:share|recipient|grant|revoke|admin) [^`]*)`", DOCUMENT):
        named.add(named_command(line))
    assert named == {named_command(line) for line in COMMANDS}
    shell(catalog, "sluice recipient create x --endpoint http://127.0.0.1/delta-sharing --profile - --data-dir ./data")
    for line in COMMANDS:
        json.loads(shell(catalog, f"sluice {line} --json --data-dir ./data"))
    changes = catalog.json("admin", "changes")["items"]
    assert all(change["actor"].startswith("command of user") for change in changes)
