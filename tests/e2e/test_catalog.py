"""A catalog that is managed: commands, the admin API and activation links, in SQLite and in
PostgreSQL, seen by the official client and over HTTP."""

import concurrent.futures
import contextlib
import datetime
import json
import os
import re
import shutil
import socket
import stat
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request

import deltalake
import postgres
import pyarrow as pa
import pytest
import server
import sluice
import store_s3
import test_store_tables as stores
import wire
import workers
from managed import Catalog, Serving, ask, shares, table_names, wait_until

@pytest.fixture(scope="module")
def minio(tmp_path_factory):
    place = stores.S3("minio", tmp_path_factory.mktemp("minio"))
    with place.store:
        yield place


def test_a_table_may_bring_the_options_of_its_store(catalog, minio, tmp_path):
    """As a section `storage` would say them, which there is none of; no secret is in the catalog."""
    written = stores.write_table(f"{minio.prefix}/{tmp_path.name}", minio.options)
    secret = minio.rule["secretAccessKey"]
    (tmp_path / "key").write_text(secret + "\n")
    options = {**minio.rule, "secretAccessKeyFile": str(tmp_path / "key")}
    for name in ("prefix", "secretAccessKey"):
        del options[name]
    environment = store_s3.aws_environment(tmp_path)
    with Serving(catalog, "--admin-listen", "127.0.0.1:0", env=environment) as running:
        admin = running.wait_for(r"Admin API at (\S+)").group(1)
        catalog.run("share", "create", "far")
        add = ["share", "add", f"{minio.prefix}/{tmp_path.name}", "--to"]
        given = [text for pair in options.items() for text in ("--storage", "=".join(pair))]
        catalog.run(*add, "far.s.t", *given)
        refused = catalog.run(*add, "far.s.u", "--storage", f"secretAccessKey={secret}", code=2)
        assert "secretAccessKeyFile" in refused and secret not in refused
        root = catalog.json("admin", "create", "root")["token"]
        body = {"schema": "s", "name": "v", "location": f"{minio.prefix}/{tmp_path.name}"}
        tables = f"{admin}/shares/far/tables"
        # Over the network nobody leads the server's credentials or files elsewhere.
        for name in options:
            status, answer = ask(tables, root, "POST", {**body, "storage": {name: options[name]}})
            assert (status == 200) == (name in ("region", "pathStyle")), (name, answer)
            if status == 200:
                assert json.loads(answer)["storage"] == {name: options[name]}
                catalog.run("share", "remove", "far.s.v")
            else:
                assert f"the option {name} is given on the server's machine alone" in answer
        catalog.run(*add, "far.s.v", *given)
        status, answer = ask(tables, root, "POST", {**body, "name": "w", "storage": {"a": "b"}})
        assert status == 400 and "the option a is given" in answer
        shown = catalog.json("share", "show", "far")["tables"]
        assert [table["storage"] for table in shown] == [options, options]
        catalog.run("recipient", "create", "ann", "--endpoint", running.endpoint)
        catalog.run("grant", "far", "--to", "ann")
        for name in ("t", "v"):
            rows = sluice.load_as_arrow(f"{tmp_path}/ann.share#far.s.{name}")
            assert sorted(rows["id"].to_pylist()) == sorted(
                written.to_pyarrow_table()["id"].to_pylist()
            )
        # The same place with other options is another table.
        nobody = [f"endpoint={options['endpoint']}", "region=us-east-1", "anonymous=true"]
        catalog.run(*add, "far.s.x", *(text for one in nobody for text in ("--storage", one)))
        with pytest.raises(sluice.SluiceError):
            sluice.load_as_arrow(f"{tmp_path}/ann.share#far.s.x")
        running.wait_for("AccessDenied")
        assert secret not in running.output()
    for file in (tmp_path / "data").glob("catalog.db*"):
        assert secret.encode() not in file.read_bytes()


def test_a_location_leads_the_server_to_no_host_of_its_own(catalog, tmp_path):
    """Who has an admin's token names tables; nothing is asked, or told, at a host that he names."""
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        stranger.setblocking(False)
        host = f"127.0.0.1:{stranger.getsockname()[1]}"
        environment = {**os.environ, "AZURE_STORAGE_SAS_TOKEN": "sv=2021-12-02&sp=rl&sig=c2VjcmV0"}
        with Serving(catalog, "--admin-listen", "127.0.0.1:0", env=environment) as running:
            admin = running.wait_for(r"Admin API at (\S+)").group(1)
            root = catalog.json("admin", "create", "root")["token"]
            catalog.run("share", "create", "far")
            body = {"schema": "s", "name": "t", "location": f"abfss://box@{host}/t"}
            status, answer = ask(f"{admin}/shares/far/tables", root, "POST", body)
            if status == 200:
                catalog.run("recipient", "create", "ann", "--endpoint", running.endpoint)
                catalog.run("grant", "far", "--to", "ann")
                with pytest.raises(sluice.SluiceError):
                    sluice.load_as_arrow(f"{tmp_path}/ann.share#far.s.t")
                running.wait_for("is no storage host of an Azure cloud")
            with pytest.raises(BlockingIOError):
                stranger.accept()


def test_one_server_alone_keeps_asynchronous_queries(catalog, data, tmp_path):
    """Of several, another one may be asked for the result: they answer at once."""
    with Serving(catalog) as running:
        catalog.run("share", "create", "s")
        catalog.run("share", "add", data / "tables" / "sales", "--to", "s.s.t")
        catalog.run("recipient", "create", "ann", "--endpoint", running.endpoint)
        catalog.run("grant", "s", "--to", "ann")
        caller = wire.Caller(running.endpoint, catalog.profile("ann")["bearerToken"])
        headers = {"delta-sharing-capabilities": "asyncquery=true"}
        first = caller.query("s.s.t", {"idempotencyKey": "x"}, headers=headers)[0]
        alone = "--data-dir" in catalog.where
        assert ("queryStatus" in first, "protocol" in first) == (alone, not alone)
        rows = sluice.load_as_arrow(f"{tmp_path}/ann.share#s.s.t", async_query=True)
        assert rows.num_rows > 0


def test_a_listing_of_recipients_claims_nothing_that_it_did_not_read(catalog):
    """In the commands and in the admin API: no empty list of tokens for who has one."""
    catalog.run("share", "create", "s")
    catalog.run("recipient", "create", "anna", "--property", "country=DE", "--network", "127.0.0.0/8",
                "--endpoint", "http://127.0.0.1/delta-sharing")
    catalog.run("grant", "s", "--to", "anna")
    told = {"name", "properties", "networks", "createdAt"}
    listed = catalog.json("recipient", "list")["items"]
    assert [item.keys() for item in listed] == [told]
    shown = catalog.json("recipient", "show", "anna")
    assert shown.keys() == told | {"tokens", "identities", "grants", "openLinks"}
    assert len(shown["tokens"]) == len(shown["grants"]) == 1
    assert {name: shown[name] for name in told} == listed[0]
    root = catalog.json("admin", "create", "root")["token"]
    with Serving(catalog, "--admin-listen", "127.0.0.1:0") as running:
        admin = running.wait_for(r"Admin API at (\S+)").group(1)
        assert json.loads(ask(f"{admin}/recipients", root)[1])["items"] == listed


def test_networks_and_properties_are_taken_away(catalog):
    """By options of their own: an empty text is no network, and no word at all changes nothing."""
    catalog.run("share", "create", "s", "--property", "k=v")
    catalog.run("recipient", "create", "anna", "--property", "country=DE", "--network", "192.0.2.0/24",
                "--endpoint", "http://127.0.0.1/delta-sharing")

    def kept(*options):
        shown = catalog.json("recipient", "alter", "anna", *options)
        return shown.get("networks"), shown.get("properties")

    assert kept("--comment", "c") == (["192.0.2.0/24"], {"country": "DE"})
    assert kept("--no-networks") == (None, {"country": "DE"})
    assert kept("--network", "::1") == (["::1"], {"country": "DE"})
    assert kept("--no-properties") == (["::1"], None)
    assert "excludes" in catalog.run(
        "recipient", "alter", "anna", "--no-networks", "--network", "::1", code=2)
    assert "properties" not in catalog.json("share", "alter", "s", "--no-properties")
    assert "properties" not in catalog.json("share", "show", "s")


def test_two_recipients_from_nothing(catalog, data, tmp_path):
    """Each sees what was granted, as rows in the official client; everything without a restart."""
    with Serving(catalog) as running:
        for share, table in [("sales", "sales"), ("other", "versions")]:
            catalog.run("share", "create", share, "--comment", "for the test")
            catalog.run("share", "add", data / "tables" / table, "--to", f"{share}.s.{table}")
        for name, share in [("anna", "sales"), ("Bob", "other")]:
            catalog.run("recipient", "create", name, "--endpoint", running.endpoint)
            token = catalog.profile(name)["bearerToken"]
            wait_until(lambda token=token: shares(running.endpoint, token) == [])
            catalog.run("grant", share, "--to", name)
        assert stat.S_IMODE((tmp_path / "anna.share").stat().st_mode) == 0o600
        jobs = [
            workers.Job("anna", f"{tmp_path}/anna.share#sales.s.sales", False),
            workers.Job("bob", f"{tmp_path}/Bob.share#OTHER.S.versions", False),
            workers.Job("strange", f"{tmp_path}/Bob.share#sales.s.sales", False),
        ]
        loaded = workers.load("official", jobs, tmp_path)
        assert len(loaded["anna", False]["rows"]) > 0
        assert len(loaded["bob", False]["rows"]) > 0
        assert "error" in loaded["strange", False]
        token = catalog.profile("anna")["bearerToken"]
        catalog.run("revoke", "sales", "--from", "ANNA")
        wait_until(lambda: shares(running.endpoint, token) == [])
        catalog.run("grant", "other", "--to", "anna")
        wait_until(lambda: shares(running.endpoint, token) == ["other"])
        catalog.run("share", "drop", "other")
        wait_until(lambda: shares(running.endpoint, token) == [])
    if catalog.where[0] == "--data-dir":
        folder = tmp_path / "data"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "catalog.db").stat().st_mode) == 0o600


def test_tokens_rotate_end_and_expire(catalog):
    with Serving(catalog) as running:
        catalog.run("share", "create", "s")
        catalog.run("recipient", "create", "anna", "--endpoint", running.endpoint)
        catalog.run("grant", "s", "--to", "anna")
        first = catalog.profile("anna")["bearerToken"]
        wait_until(lambda: shares(running.endpoint, first) == ["s"])

        catalog.run("recipient", "rotate", "anna", "--grace", "1h", "--lifetime", "30d")
        second = catalog.profile("anna")
        assert second["bearerToken"] != first
        assert "expirationTime" in second
        for token in (first, second["bearerToken"]):
            wait_until(lambda token=token: shares(running.endpoint, token) == ["s"])

        catalog.run("recipient", "rotate", "anna")
        third = catalog.profile("anna")["bearerToken"]
        for token in (first, second["bearerToken"]):
            wait_until(lambda token=token: shares(running.endpoint, token) == 401)
        assert shares(running.endpoint, third) == ["s"]

        catalog.run("recipient", "rotate", "anna", "--grace", "1s")
        wait_until(lambda: shares(running.endpoint, third) == 401)
        status, body = ask(f"{running.endpoint}/shares", third)
        assert status == 401 and "expired" in body

        token = catalog.profile("anna")["bearerToken"]
        shown = catalog.json("recipient", "show", "anna")
        assert len(shown["tokens"]) == 2  # One of them has expired.
        assert not any(secret in json.dumps(shown) for secret in (first, third, token))
        catalog.run("recipient", "revoke", "anna")
        wait_until(lambda: shares(running.endpoint, token) == 401)
        assert all(secret not in running.output() for secret in (first, third, token))


def test_revocation_in_sqlite_holds_with_the_next_request(tmp_path):
    catalog = Catalog(tmp_path, ["--data-dir", tmp_path / "data"])
    with Serving(catalog) as running:
        catalog.run("recipient", "create", "anna", "--endpoint", running.endpoint)
        token = catalog.profile("anna")["bearerToken"]
        assert shares(running.endpoint, token) == []
        catalog.run("recipient", "revoke", "anna")
        assert shares(running.endpoint, token) == 401


def test_two_servers_on_one_database(cluster, tmp_path):
    catalog = Catalog(tmp_path, ["--catalog", cluster.new_database()])
    with Serving(catalog) as one, Serving(catalog, "--admin-listen", "127.0.0.1:0") as other:
        admin = other.wait_for(r"Admin API at (\S+)").group(1)
        root = catalog.json("admin", "create", "root")["token"]
        catalog.run("share", "create", "s")
        catalog.run("recipient", "create", "anna", "--endpoint", one.endpoint)
        catalog.run("grant", "s", "--to", "anna")
        token = catalog.profile("anna")["bearerToken"]
        for running in (one, other):
            wait_until(lambda running=running: shares(running.endpoint, token) == ["s"])
        status, _ = ask(f"{admin}/recipients/anna/tokens", root, "DELETE")
        assert status == 200
        # At once where it was done, and soon everywhere.
        assert shares(other.endpoint, token) == 401
        wait_until(lambda: shares(one.endpoint, token) == 401)


@pytest.mark.skipif(postgres.program("initdb") is None, reason="no PostgreSQL server is installed")
def test_a_server_whose_database_is_away_is_not_ready(tmp_path):
    """Until it is back. The process itself is well."""
    with contextlib.closing(postgres.Cluster()) as cluster:
        catalog = Catalog(tmp_path, ["--catalog", cluster.new_database()])
        catalog.run("share", "create", "s")
        with Serving(catalog) as running:
            base = running.endpoint.removesuffix("/delta-sharing")
            assert ask(f"{base}/ready")[0] == 200
            cluster.stop()
            server.until(lambda: ask(f"{base}/ready")[0] == 503)
            assert ask(f"{base}/health")[0] == 200
            cluster.start()
            server.until(lambda: ask(f"{base}/ready")[0] == 200)


def test_a_link_gives_the_profile_once(catalog):
    with Serving(catalog) as running:
        created = catalog.json("recipient", "create", "anna", "--link", "--link-lifetime", "1h",
                               "--endpoint", running.endpoint)
        page, _, secret = created["url"].partition("#")
        assert page == f"{running.endpoint}/activate"
        for _ in range(3):
            status, body = ask(page)
            assert status == 200 and "<form" in body
        assert ask(page, method="POST", body={"code": "guess"})[0] == 404
        assert ask(page, method="POST", body=b"nothing=1")[0] == 400
        form = urllib.parse.urlencode({"code": secret}).encode()
        status, body = ask(page, method="POST", body=form)
        assert status == 200
        profile = json.loads(body)
        assert profile["endpoint"] == running.endpoint
        assert shares(running.endpoint, profile["bearerToken"]) == []
        assert ask(page, method="POST", body=form)[0] == 404
        assert secret not in running.output()
        # Revoking ends links that wait.
        url = catalog.json("recipient", "activate", "anna")["url"]
        catalog.run("recipient", "revoke", "anna")
        assert ask(page, method="POST", body={"code": url.partition("#")[2]})[0] == 404


def test_of_many_who_use_a_link_at_once_one_gets_the_profile(catalog):
    with Serving(catalog) as running:
        url = catalog.json("recipient", "create", "anna", "--link", "--endpoint", running.endpoint)["url"]
        page, _, secret = url.partition("#")
        start = threading.Barrier(24)

        def use(_):
            start.wait()
            return ask(page, method="POST", body={"code": secret})

        with concurrent.futures.ThreadPoolExecutor(24) as pool:
            answers = list(pool.map(use, range(24)))
        assert sorted(status for status, _ in answers) == [200] + [404] * 23
        (profile,) = (json.loads(body) for status, body in answers if status == 200)
        assert shares(running.endpoint, profile["bearerToken"]) == []
        assert len(catalog.json("recipient", "show", "anna")["tokens"]) == 1


@pytest.mark.parametrize(
    "name",
    ["x'; DROP TABLE sluice_shares; --", '"; DELETE FROM sluice_tokens; --', "a' OR '1'='1", "$1",
     "a\\'b", "%s", "ü€", "x);--", "a\nb", "../../etc"],
)
def test_names_are_never_sql(catalog, name):
    catalog.run("share", "create", "keep")
    done = subprocess.run(
        [server.SLUICE, "share", "create", name, *catalog.where], capture_output=True, text=True
    )
    if done.returncode == 0:
        assert {item["name"] for item in catalog.json("share", "list")["items"]} == {"keep", name}
        catalog.run("share", "drop", name)
    else:
        assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert [item["name"] for item in catalog.json("share", "list")["items"]] == ["keep"]
    value = catalog.json("recipient", "create", "r", "--property", f"k={name}x", "--profile", "-",
                         "--endpoint", "http://127.0.0.1/d") if "\n" not in name else None
    if value is not None:
        assert catalog.json("recipient", "show", "r")["properties"] == {"k": f"{name}x"}


def test_a_folder_is_a_schema_as_it_comes_and_goes(catalog, data, tmp_path):
    """Grants on the schema and on a table, rows in the official client; links and patterns hold."""
    lake = tmp_path / "lake"
    lake.mkdir()
    shutil.copytree(data / "tables/sales", lake / "orders")
    shutil.copytree(data / "tables/sales", lake / "tmp/scratch")
    (lake / "link").symlink_to(data / "tables/versions")
    with Serving(catalog) as running:
        catalog.run("share", "create", "s")
        catalog.run("share", "add-folder", "lake", "--to", "s.Raw", "--exclude", "tmp/**", "--comment", "c")
        assert "already" in catalog.run("share", "add-folder", "lake", "--to", "s.raw", code=1)
        for name, thing in [("anna", "s.raw"), ("bob", "s.raw.late"), ("carol", "s.other")]:
            catalog.run("recipient", "create", name, "--endpoint", running.endpoint)
            if name != "carol":
                catalog.run("grant", thing, "--to", name)
        anna, bob, carol = (catalog.profile(name)["bearerToken"] for name in ("anna", "bob", "carol"))
        wait_until(lambda: shares(running.endpoint, anna) == ["s"])
        assert table_names(running.endpoint, anna, "s") == ["Raw.orders"]
        shutil.copytree(data / "tables/versions", lake / "deep/late")
        wait_until(lambda: table_names(running.endpoint, anna, "s") == ["Raw.late", "Raw.orders"])
        assert table_names(running.endpoint, bob, "s") == ["Raw.late"]
        schemas = f"{running.endpoint}/shares/s/schemas"
        assert ask(f"{schemas}/raw/tables", carol)[0] == 404
        for path in ("orders", "link", "scratch", "..%2Flake", "none"):
            status, _ = ask(f"{schemas}/raw/tables/{path}/version?x=", bob)
            assert status == 404, path
        for path in ("link", "scratch", "tmp", "deep"):
            assert ask(f"{schemas}/raw/tables/{path}/metadata", anna)[0] == 404, path
        jobs = [workers.Job(name, f"{tmp_path}/anna.share#s.raw.{name}", False) for name in ("orders", "late")]
        for loaded in workers.load("official", jobs, tmp_path).values():
            assert len(loaded["rows"]) > 0
        catalog.run("share", "remove", "s.raw")
        wait_until(lambda: shares(running.endpoint, anna) == [])
        assert str(lake) not in ask(f"{schemas}/raw/tables", anna)[1]


def test_remarks_are_shown(catalog, data):
    with Serving(catalog) as running:
        catalog.run("share", "create", "s", "--comment", "words", "--property", "contact=a@b=c", "--id", "of-s")
        catalog.run("share", "add", data / "tables/sales", "--to", "s.a.t", "--comment", "of t",
                    "--property", "owner=x", "--id", "of-t")
        catalog.run("share", "alter", "s.a", "--comment", "of a", "--property", "k=v", "--property", "l=w")
        catalog.run("recipient", "create", "anna", "--endpoint", running.endpoint)
        catalog.run("grant", "s", "--to", "anna")
        token = catalog.profile("anna")["bearerToken"]
        wait_until(lambda: shares(running.endpoint, token) == ["s"])
        told = {"name": "s", "id": "of-s", "comment": "words", "properties": {"contact": "a@b=c"}}
        assert json.loads(ask(f"{running.endpoint}/shares/s", token)[1])["share"] == told
        assert json.loads(ask(f"{running.endpoint}/shares", token)[1])["items"] == [told]
        table = json.loads(ask(f"{running.endpoint}/shares/s/all-tables", token)[1])["items"][0]
        assert (table["id"], table["shareId"]) == ("of-t", "of-s")
        catalog.run("share", "alter", "s", "--comment", "others")
        catalog.run("share", "alter", "s.a.t", "--property", "owner=y")
        shown = catalog.json("share", "show", "s")
        assert (shown["comment"], shown["properties"], shown["id"]) == ("others", {"contact": "a@b=c"}, "of-s")
        schema, table = shown["schemas"][0], shown["tables"][0]
        assert (schema["comment"], schema["properties"]) == ("of a", {"k": "v", "l": "w"})
        assert (table["comment"], table["properties"], table["id"]) == ("of t", {"owner": "y"}, "of-t")
        changes = [item["action"] for item in catalog.json("admin", "changes", "--limit", "2")["items"]]
        assert changes == ["alter table", "alter share"]


def write_history(place):
    """Four versions with a feed of changes; the milliseconds of each commit."""
    for number in range(4):
        rows = pa.table({"id": pa.array([number], pa.int64())})
        deltalake.write_deltalake(
            place, rows, mode="append", configuration={"delta.enableChangeDataFeed": "true"}
        )
        commit = place / f"_delta_log/{number:020}.json"
        os.utime(commit, (1_700_000_000 + number, 1_700_000_000 + number))
    return [1_700_000_000_000 + number * 1000 for number in range(4)]


def test_history_is_shared_from_a_version_on(catalog, tmp_path):
    """Older versions and changes are refused by name, on every path that could show them."""
    times = write_history(tmp_path / "t")

    def at(version):
        moment = datetime.datetime.fromtimestamp(times[version] / 1000, datetime.timezone.utc)
        return urllib.parse.quote(moment.strftime("%Y-%m-%dT%H:%M:%SZ"))

    with Serving(catalog) as running:
        catalog.run("share", "create", "s")
        catalog.run("share", "add", "t", "--to", "s.a.from2", "--history", "--start-version", "2")
        catalog.run("share", "add", "t", "--to", "s.a.none")
        assert "--history" in catalog.run("share", "add", "t", "--to", "s.a.x", "--start-version", "2", code=2)
        catalog.run("recipient", "create", "anna", "--endpoint", running.endpoint)
        catalog.run("grant", "s", "--to", "anna")
        token = catalog.profile("anna")["bearerToken"]
        wait_until(lambda: shares(running.endpoint, token) == ["s"])

        def call(path, body=None, table="from2"):
            method = "GET" if body is None else "POST"
            return ask(f"{running.endpoint}/shares/s/schemas/a/tables/{table}{path}", token, method, body)

        def files(text):
            return sum(1 for line in text.splitlines() if {"file", "add", "cdf"} & json.loads(line).keys())

        shown = [
            ("/query", {}, 4),
            ("/query", {"version": 2}, 3),
            ("/query", {"timestamp": urllib.parse.unquote(at(2))}, 3),
            ("/query", {"startingVersion": 2}, 2),
            ("/changes?startingVersion=2", None, 2),
            ("/changes?startingVersion=3&endingVersion=3", None, 1),
            (f"/changes?startingTimestamp={at(2)}", None, 2),
            ("/metadata", None, 0),
            ("/metadata?version=2", None, 0),
            (f"/metadata?timestamp={at(3)}", None, 0),
            ("/version", None, 0),
            (f"/version?startingTimestamp={at(2)}", None, 0),
        ]
        for path, body, count in shown:
            status, text = call(path, body)
            assert status == 200, (path, body, text)
            assert files(text) == count, (path, body)
        hidden = [
            ("/query", {"version": 1}),
            ("/query", {"timestamp": urllib.parse.unquote(at(1))}),
            ("/query", {"startingVersion": 1}),
            ("/query", {"startingVersion": 0, "endingVersion": 3}),
            ("/changes?startingVersion=1", None),
            ("/changes?startingVersion=0&endingVersion=1", None),
            (f"/changes?startingTimestamp={at(1)}", None),
            ("/metadata?version=1", None),
            (f"/metadata?timestamp={at(0)}", None),
            (f"/version?startingTimestamp={at(1)}", None),
        ]
        for path, body in hidden:
            status, text = call(path, body)
            assert status == 400, (path, body, text)
            assert "begins with version 2" in json.loads(text)["message"], (path, body, text)
        for path, body, *_ in [*hidden, *shown]:
            if body or "?" in path:
                status, text = call(path, body, "none")
                assert status == 400 and "history" in json.loads(text)["message"], (path, body, text)
        assert catalog.json("share", "show", "s")["tables"][0]["startVersion"] == 2


def test_what_is_wrong_is_said_in_one_line(catalog):
    catalog.run("share", "create", "s")
    cases = [
        (["share", "add-folder", "/nowhere", "--to", "s"], 2, "share.schema"),
        (["share", "alter", "s.none", "--comment", "c"], 1, "does not exist"),
        (["share", "alter", "s", "--property", "k"], 2, "KEY=VALUE"),
        (["recipient", "create", "r", "--issuer", "https://h", "--claim", "x"], 2, "KEY=VALUE"),
        (["recipient", "create", "r", "--issuer", "http://h", "--subject", "x"], 2, "https"),
        (["share", "create", "S"], 1, "exists already"),
        (["share", "show", "none"], 1, "does not exist"),
        (["share", "add", "/nowhere", "--to", "s.t"], 2, "share.schema.table"),
        (["share", "add", "ftp://x/y", "--to", "s.a.t"], 1, "ftp"),
        (["grant", "s", "--to", "nobody"], 1, "nobody"),
        (["grant", "s.a.t.u", "--to", "nobody"], 2, "share.schema.table"),
        (["recipient", "create", "r"], 2, "--endpoint"),
        (["recipient", "create", "r", "--endpoint", "nothing"], 2, "--endpoint"),
        (["recipient", "create", "r", "--lifetime", "soon", "--endpoint", "http://h/d"], 2, "soon"),
        (["recipient", "create", "r", "--network", "1.2.3.4/99", "--endpoint", "http://h/d"], 2,
         "1.2.3.4/99"),
    ]
    for line, code, words in cases:
        complaint = catalog.run(*line, code=code)
        assert words in complaint and complaint.count("\n") == 1, complaint
    assert catalog.json("recipient", "list")["items"] == []


def test_the_admin_api_does_what_the_commands_do(catalog, data):
    root = catalog.json("admin", "create", "root")["token"]
    with Serving(catalog, "--admin-listen", "127.0.0.1:0") as running:
        admin = running.wait_for(r"Admin API at (\S+)").group(1)

        def call(method, path, body=None, code=200):
            status, text = ask(f"{admin}{path}", root, method, body)
            assert status == code, f"{method} {path}: {status} {text}"
            return json.loads(text)

        assert ask(f"{admin}/shares")[0] == 401
        assert ask(f"{admin}/shares", "guess")[0] == 401
        call("POST", "/shares", {"name": "S", "comment": "c"})
        call("POST", "/shares", {"name": "s"}, code=409)
        call("POST", "/shares", {"nam": "t"}, code=400)
        call("POST", "/shares", {"name": 7}, code=400)
        table = {"schema": "a", "name": "t", "location": str(data / "tables/sales")}
        assert call("POST", "/shares/s/tables", table)["share"] == "S"
        recipient = {"name": "anna", "properties": {"country": "DE"}, "networks": ["127.0.0.0/8"],
                     "requestsPerMinute": 600}
        call("POST", "/recipients", recipient)
        issued = call("POST", "/recipients/anna/tokens", {"lifetimeSeconds": 3600})
        assert issued["profile"]["endpoint"] == running.endpoint
        token = issued["profile"]["bearerToken"]
        call("PUT", "/recipients/anna/grants", {"share": "s"})
        assert shares(running.endpoint, token) == ["S"]
        assert call("GET", "/recipients/anna")["grants"][0]["share"] == "S"
        altered = call("PATCH", "/recipients/anna", {"requestsPerMinute": 0})
        assert "requestsPerMinute" not in altered and altered["properties"] == {"country": "DE"}
        call("DELETE", "/recipients/anna/grants?share=s")
        assert shares(running.endpoint, token) == []
        identity = {"issuer": "https://login.example.com", "claims": {"groups": "it's"}}
        known = call("POST", "/recipients/anna/identities", identity)
        call("POST", "/recipients/anna/identities", identity, code=409)
        call("POST", "/recipients/anna/identities", {"issuer": "http://h", "subject": "s"}, code=400)
        assert call("GET", "/recipients/anna")["identities"] == [known]
        call("DELETE", f"/recipients/anna/identities/{known['id']}")
        call("DELETE", f"/recipients/anna/tokens/{issued['tokenId']}")
        assert shares(running.endpoint, token) == 401
        call("DELETE", "/shares/s/schemas/a/tables/t")
        call("DELETE", "/shares/s/schemas/a/tables/t", code=404)
        changes = call("GET", "/changes?limit=3")["items"]
        assert [change["action"] for change in changes] == ["remove table", "revoke tokens", "remove identity"]
        assert {change["actor"] for change in changes} == {"admin root"}
        assert ask(f"{admin}/changes?limit=x", root)[0] == 400
        catalog.run("admin", "drop", "root")
        assert ask(f"{admin}/shares", root)[0] == 401
        assert root not in running.output() and token not in running.output()


def test_the_description_names_every_operation(tmp_path):
    catalog = Catalog(tmp_path, ["--data-dir", tmp_path / "data"])
    with Serving(catalog, "--admin-listen", "127.0.0.1:0") as running:
        admin = running.wait_for(r"Admin API at (\S+)").group(1)
        status, text = ask(f"{admin}/openapi.json")
        assert status == 200
        paths = json.loads(text)["paths"]
        for path, operations in paths.items():
            for method in operations:
                address = admin + re.sub(r"\{\w+\}", "x", path)
                assert ask(address, method=method.upper())[0] == 401, (method, path)
        assert sum(map(len, paths.values())) == 30


def test_a_catalog_is_named_in_the_configuration(tmp_path):
    catalog = Catalog(tmp_path, ["--data-dir", tmp_path / "data"])
    catalog.run("share", "create", "s")
    catalog.run("recipient", "create", "anna", "--endpoint", "http://127.0.0.1/delta-sharing")
    catalog.run("grant", "s", "--to", "anna")
    config = tmp_path / "server.yaml"
    text = f"version: 1\nhost: 127.0.0.1\nport: 0\ndataDirectory: {tmp_path}/data\ncatalog: sqlite\n"
    config.write_text(text)
    with server.Configured(config) as running:
        assert shares(running.endpoint, catalog.profile("anna")["bearerToken"]) == ["s"]
        assert shares(running.endpoint, None) == 401
    config.write_text(text + "authorization:\n  bearerToken: abc\n")
    done = subprocess.run([server.SLUICE, "serve", "--config", config], capture_output=True, text=True)
    assert done.returncode == 2 and "authorization" in done.stderr


def test_a_newer_catalog_is_refused_by_its_schema(cluster, tmp_path):
    url = cluster.new_database()
    catalog = Catalog(tmp_path, ["--catalog", url])
    catalog.run("share", "create", "s")
    name = re.search(r"///(\w+)", url).group(1)
    cluster.sql("UPDATE sluice_meta SET value = 99 WHERE name = 'schema'", name)
    assert "schema 99" in catalog.run("share", "list", code=1)


def test_no_message_holds_a_password(tmp_path):
    url = "postgresql://user:s3cret@127.0.0.1:1/db"
    for line in (["share", "list"], ["serve"]):
        done = subprocess.run([server.SLUICE, *line, "--catalog", url], capture_output=True, text=True)
        assert done.returncode == 1
        assert "s3cret" not in done.stdout + done.stderr
