"""Tables that recipients read in their folders, with the credentials that the server gives."""

import base64
import concurrent.futures
import dataclasses
import hashlib
import hmac
import http.server
import json
import os
import subprocess
import threading
import time
import urllib.parse

import canonical
import pyarrow as pa
import pytest
import real_share
import server
import store_azure
import wire
import workers
from deltalake import DeltaTable, write_deltalake
from test_store_tables import S3, TOKEN, Azure, Gcs, rows_of, share, write_table

CLOUD = ("AWS_", "AZURE_", "GOOGLE_", "STORAGE_EMULATOR_HOST", "CLOUDSDK_")


def bare_environment(home):
    """That of a machine without any credentials: what it lacks is set to nothing."""
    return {**{name: "" for name in os.environ if name.startswith(CLOUD)}, "HOME": str(home)}


@pytest.fixture(scope="module")
def minio(tmp_path_factory):
    place = S3("minio", tmp_path_factory.mktemp("minio"))
    with place.store:
        place.rule = {**place.rule, "stsEndpoint": place.store.endpoint, "directoryAccess": True}
        place.client = {
            "access": "dir",
            "storage_options": {"endpoint": place.store.endpoint, "region": "us-east-1"},
        }
        yield place


def load(jobs, folder):
    return workers.load("sluice", jobs, folder, bare_environment(folder))


def rows(results, name):
    result = results[name, None]
    assert "error" not in result, (name, result)
    return result["rows"]


def sluice(*arguments, folder, code=0):
    environment = {**os.environ, **bare_environment(folder)}
    command = [str(server.SLUICE), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done.stdout if code == 0 else done.stderr


def hint(column, operation, value):
    literal = {"op": "literal", "value": str(value), "valueType": "long"}
    return json.dumps(
        {"op": operation, "children": [{"op": "column", "name": column, "valueType": "long"}, literal]}
    )


def test_what_deltalake_writes_is_read_past_the_server(minio, tmp_path):
    location = f"{minio.prefix}/written by others/ä"
    written = write_table(location, minio.options)
    with share(tmp_path, {"t": location}, [minio.rule]) as running:
        url = f"{running.profile}#real.open.t"
        jobs = [workers.Job("latest", url, None, client=minio.client)]
        jobs += [
            workers.Job(f"version {number}", url, None, version=number, client=minio.client)
            for number in (0, 5, 6)
        ]
        jobs.append(workers.Job("changes", url, None, changes_from=1, client=minio.client))
        above = hint("id", "greaterThan", 400)
        jobs.append(workers.Job("hinted", url, None, hints=above, client=minio.client))
        results = load(jobs, tmp_path)
        asked = running.output()
        by_url = load(
            [
                workers.Job("changes", url, None, changes_from=1),
                workers.Job("hinted", url, None, hints=above),
            ],
            tmp_path,
        )
    expected = canonical.arrow_rows(pa.table(written.to_pyarrow_table()))
    assert canonical.difference(expected, rows(results, "latest")) is None
    for number in (0, 5, 6):
        then = DeltaTable(location, version=number, storage_options=minio.options)
        then = canonical.arrow_rows(pa.table(then.to_pyarrow_table()))
        assert canonical.difference(then, rows(results, f"version {number}")) is None, number
    for name in ("changes", "hinted"):
        assert canonical.difference(rows(by_url, name), rows(results, name)) is None, name
    # The server gave credentials, and nothing else.
    assert asked.count("/temporary-table-credentials") >= len(jobs)
    for other in ("/query", "/changes", "/metadata", "/_files/"):
        assert other not in asked, other


def test_who_sees_some_rows_gets_no_folder(minio, tmp_path):
    """Neither listings nor metadata offer it, and credentials are refused; its rows come by URLs."""
    location = f"{minio.prefix}/filtered"
    write_deltalake(location, rows_of(0, 30), partition_by=["day"], storage_options=minio.options)
    some = {"name": "some", "token": "token-of-some-0123456789"}
    some["grants"] = [{"share": "real", "rowFilter": "day = 'day 1 / 100%'"}]
    tokens = [{"name": "all", "token": TOKEN}, some]
    table = wire.table_path("real.open.t")
    modes, given = {}, {}
    rules = [minio.rule]
    with share(tmp_path, {"t": location}, rules, authorization={"bearerTokens": tokens}) as running:
        for token in (TOKEN, some["token"]):
            ask = wire.Caller(running.endpoint, token)
            (item,) = ask.get("/shares/real/all-tables").json()["items"]
            metadata = ask.get(table + "/metadata").lines()[1]["metaData"]
            modes[token] = (item["accessModes"], item.get("location"), metadata.get("location"))
            given[token] = ask.post(table + "/temporary-table-credentials", {})
        lines = wire.Caller(running.endpoint, some["token"]).query("real.open.t")
    assert modes[TOKEN] == (["url", "dir"], location, location)
    assert modes[some["token"]] == (["url"], None, None)
    assert given[TOKEN].status == 200
    assert given[some["token"]].error() == "UNSUPPORTED_OPERATION"
    assert b"accessKey" not in given[some["token"]].body
    days = {line["file"]["partitionValues"]["day"] for line in lines if "file" in line}
    assert days == {"day 1 / 100%"}


def test_the_program_reads_folders(minio, tmp_path):
    location = f"{minio.prefix}/program"
    feed = {"delta.enableChangeDataFeed": "true"}
    write_deltalake(location, rows_of(0, 30), configuration=feed, storage_options=minio.options)
    more = rows_of(100, 12)
    write_deltalake(location, more, mode="append", storage_options=minio.options)
    with share(tmp_path, {"t": location}, [minio.rule]) as running:
        table = f"{running.profile}#real.open.t"
        options = ["--access", "dir", "--storage-option", f"endpoint={minio.store.endpoint}"]
        assert sluice("count", table, *options, folder=tmp_path).strip() == "42"
        assert sluice("count", table, "--version", 0, *options, folder=tmp_path).strip() == "30"
        lines = sluice("changes", table, "--from-version", 1, *options, folder=tmp_path)
        assert len(lines.splitlines()) == 13
        assert "/query" not in running.output()
        # Where the store is, the recipient has to know; whose it is, the server says.
        for option, text in {
            "endpoint": "write NAME=VALUE",
            "accessKeyId=x": "the table's server gives the credentials",
            "color=blue": "color",
        }.items():
            said = sluice("count", table, *options, "--storage-option", option, folder=tmp_path, code=2)
            assert text in said, said
        said = sluice("count", table, "--access", "folder", folder=tmp_path, code=2)
        assert "'folder' is none of auto, url, dir" in said


def test_a_server_that_gives_none_says_so(minio, tmp_path):
    location = f"{minio.prefix}/urls alone"
    write_deltalake(location, rows_of(0, 3), storage_options=minio.options)
    with share(tmp_path, {"t": location}, [{**minio.rule, "directoryAccess": False}]) as running:
        table = f"{running.profile}#real.open.t"
        said = sluice("count", table, "--access", "dir", folder=tmp_path, code=6)
        assert "accessModes are 'url' alone" in said
        assert "with the option access 'auto' the table is read by URLs" in said
        assert sluice("count", table, folder=tmp_path).strip() == "3"


def test_credentials_are_shown_to_nobody(minio, tmp_path):
    location = f"{minio.prefix}/broken"
    write_deltalake(location, rows_of(0, 3), storage_options=minio.options)
    (file,) = DeltaTable(location, storage_options=minio.options).file_uris()
    file = file.rsplit("/", 1)[1]
    minio.filesystem.delete_file(f"{minio.bucket}/broken/{file}")
    with share(tmp_path, {"t": location}, [minio.rule]) as running:
        table = f"{running.profile}#real.open.t"
        options = ["--access", "dir", "--storage-option", f"endpoint={minio.store.endpoint}"]
        said = sluice("cat", table, *options, folder=tmp_path, code=7)
        assert file in said and minio.prefix not in said, said
        for secret in ("Security-Token", "Signature", "Credential"):
            assert secret not in said


def same(by_url, in_folder):
    """Both the same rows, or both refused."""
    if "error" in by_url or "error" in in_folder:
        return "error" in by_url and "error" in in_folder
    return canonical.difference(by_url["rows"], in_folder["rows"]) is None


def test_the_tables_of_others_read_in_their_folders_as_by_urls(minio, real_tables, tmp_path):
    names = list(real_share.entries(real_tables))
    for name in names:
        minio.upload(real_tables / name / "table", f"others/{name}")
    tables = {real_share.shared_name(name): name for name in names}
    locations = {shown: f"{minio.prefix}/others/{name}" for shown, name in tables.items()}
    with share(tmp_path, locations, [minio.rule]) as running:
        jobs = []
        for shown, name in tables.items():
            url = f"{running.profile}#real.open.{shown}"
            jobs.append(workers.Job(shown, url, None))
            jobs.append(workers.Job(f"{shown} changes", url, None, changes_from=0))
            if len(list((real_tables / name / "table/_delta_log").glob("*.json"))) > 1:
                jobs.append(workers.Job(f"{shown} at 0", url, None, version=0))
        past = [dataclasses.replace(job, client=minio.client) for job in jobs]
        folders = [tmp_path / "by_url", tmp_path / "in_folder"]
        for folder in folders:
            folder.mkdir()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            by_url, in_folder = pool.map(load, [jobs, past], folders)
    different = {
        name: (by_url[name, None].get("error", "rows"), in_folder[name, None].get("error", "rows"))
        for name, _ in by_url
        if not same(by_url[name, None], in_folder[name, None])
    }
    read = sum("rows" in result for result in in_folder.values())
    assert read > 300, read
    assert not different, json.dumps(different, indent=1)[:8000]


class Vendor(http.server.BaseHTTPRequestHandler):
    """A sharing server that gives what it was told, and nothing else."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        good = self.path.endswith("/temporary-table-credentials")
        content = json.dumps(self.server.answer if good else {}).encode()
        self.send_response(200 if good else 404)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def vendor():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Vendor) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def account_sas(end):
    """A shared access signature of Azurite's account: read and list, nothing else."""
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(end))
    fields = {"sv": "2019-02-02", "ss": "b", "srt": "co", "sp": "rl", "se": until}
    order = ["sp", "ss", "srt", "st", "se", "sip", "spr", "sv"]
    text = "\n".join([store_azure.ACCOUNT, *(fields.get(name, "") for name in order), ""])
    key = base64.b64decode(store_azure.KEY)
    mark = base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()
    return urllib.parse.urlencode({**fields, "sig": mark})


def test_azure_by_a_signature(vendor, tmp_path):
    """Azurite delegates no keys to users, so the signature is one of the account."""
    place = Azure("azurite", tmp_path)
    with place.store:
        expected = canonical.arrow_rows(
            pa.table(write_table(f"{place.prefix}/t", place.options).to_pyarrow_table())
        )
        end = time.time() + 3600
        vendor.answer = {
            "credentials": {
                "location": f"{place.prefix}/t",
                "azureUserDelegationSas": {"sasToken": account_sas(end)},
                "expirationTime": int(end * 1000),
            }
        }
        endpoint = f"http://127.0.0.1:{vendor.server_port}"
        profile = server.write_profile(tmp_path / "azure.share", endpoint, "token")
        store = {"endpoint": place.store.endpoint, "account": store_azure.ACCOUNT}
        client = {"access": "dir", "storage_options": store}
        job = workers.Job("t", f"{profile}#a.b.t", None, client=client)
        assert canonical.difference(expected, rows(load([job], tmp_path), "t")) is None
        good = vendor.answer["credentials"]["azureUserDelegationSas"]
        good["sasToken"] = good["sasToken"].replace("sig=", "sig=A")
        refused = load([job], tmp_path)["t", None]["error"]
        assert "AuthenticationFailed" in refused or "AuthorizationFailure" in refused, refused
        assert "sig=" not in refused


def test_google_by_a_token(tmp_path):
    """fake-gcs-server looks at no token; the exchange for one is that of a stand-in."""
    place = Gcs("fake-gcs-server", tmp_path)
    with place.store:
        expected = canonical.arrow_rows(
            pa.table(write_table(f"{place.prefix}/t", place.options).to_pyarrow_table())
        )
        tokens = f"http://127.0.0.1:{place.store.tokens}"
        rule = {**place.rule, "stsEndpoint": tokens, "directoryAccess": True}
        with share(tmp_path, {"t": f"{place.prefix}/t"}, [rule]) as running:
            url = f"{running.profile}#real.open.t"
            client = {"access": "dir", "storage_options": {"endpoint": place.store.endpoint}}
            jobs = [workers.Job("t", url, None, client=client)]
            jobs.append(workers.Job("changes", url, None, changes_from=1, client=client))
            results = load(jobs, tmp_path)
            (by_url,) = load([workers.Job("changes", url, None, changes_from=1)], tmp_path).values()
            assert canonical.difference(expected, rows(results, "t")) is None
            assert canonical.difference(by_url["rows"], rows(results, "changes")) is None
