"""Tables that lie in object stores: written there by deltalake, shared, loaded by both clients; and
the tables of others, whose answers must be those that they give from disk."""

import concurrent.futures
import contextlib
import hashlib
import json
import os
import pathlib
import urllib.error
import urllib.parse
import urllib.request

import canonical
import pyarrow as pa
import pyarrow.fs as arrow_fs
import pyarrow.parquet as parquet
import pytest
import real_share
import server
import sluice
import store_azure
import store_gcs
import store_s3
import wire
import workers
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError

TOKEN = real_share.TOKEN
CAPABILITIES = (
    "responseformat=delta,parquet;readerfeatures=deletionvectors,columnmapping,timestampntz,"
    "typewidening,v2checkpoint,variant,vacuumprotocolcheck;includeendstreamaction=true"
)


class Place:
    """A store of the tests, with what the server, deltalake and Spark need to use it: `rule`,
    `options` and `hadoop`; and `prefix`, where tables go, `hadoop_prefix` for Spark. `mark` is in
    every URL it signs. `host` is the only name it goes by, where it does not go by all."""

    host = None

    def put(self, key, content):
        with self.filesystem.open_output_stream(f"{self.bucket}/{key}") as out:
            out.write(content)

    def upload(self, folder, name):
        """Every file below `folder`, as `name`/…"""
        paths = [path for path in pathlib.Path(folder).rglob("*") if path.is_file()]

        def put(path):
            self.put(f"{name}/{path.relative_to(folder).as_posix()}", path.read_bytes())

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(put, paths))


class S3(Place):
    mark, no_bucket = "X-Amz-Signature=", "NoSuchBucket"
    wrong = {"secretAccessKey": "d3Jvbmctc2VjcmV0LW9mLXRoZS10ZXN0"}
    refusal = "SignatureDoesNotMatch"

    #: Spark keeps what it knows of a bucket by its name, so stores that it writes to have their own.
    BUCKETS = {"minio": store_s3.BUCKET, "versitygw": store_s3.OTHER_BUCKET}

    def __init__(self, name, folder):
        self.store = store_s3.Store(name, folder)
        self.bucket = self.BUCKETS[name]
        self.prefix = f"s3://{self.bucket}"
        self.hadoop_prefix = f"s3a://{self.bucket}"
        self.rule = {
            "prefix": "s3://",
            "endpoint": self.store.endpoint,
            "region": "us-east-1",
            "accessKeyId": store_s3.ACCESS_KEY,
            "secretAccessKey": store_s3.SECRET_KEY,
        }
        self.options = {
            "AWS_ENDPOINT_URL": self.store.endpoint,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": store_s3.ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": store_s3.SECRET_KEY,
            "AWS_ALLOW_HTTP": "true",
            "AWS_S3_ALLOW_UNSAFE_RENAME": "true",
        }
        keys = {
            "endpoint": self.store.endpoint,
            "endpoint.region": "us-east-1",
            "path.style.access": "true",
            "access.key": store_s3.ACCESS_KEY,
            "secret.key": store_s3.SECRET_KEY,
        }
        self.hadoop = {f"fs.s3a.bucket.{self.bucket}.{key}": value for key, value in keys.items()}
        self.filesystem = arrow_fs.S3FileSystem(
            access_key=store_s3.ACCESS_KEY,
            secret_key=store_s3.SECRET_KEY,
            endpoint_override=self.store.endpoint,
            region="us-east-1",
            # One request for a small object. versitygw says of one sent so that it is encoded
            # (aws-chunked), which fsspec does not read in parts.
            allow_delayed_open=name == "minio",
        )

    def put(self, key, content):
        for tries in range(5):
            try:
                return super().put(key, content)
            except OSError as error:
                # versitygw now and then takes the body of a request for the next one.
                if "parsing the HTTP request" not in str(error) or tries == 4:
                    raise


class Azure(Place):
    mark, no_bucket = "sig=", "ContainerNotFound"
    wrong = {"accountKey": "d3Jvbmctc2VjcmV0LW9mLXRoZS10ZXN0"}
    refusal = "AuthorizationFailure|AuthenticationFailed"

    def __init__(self, _, folder):
        self.store = store_azure.Azurite(folder)
        account, key = store_azure.ACCOUNT, store_azure.KEY
        self.bucket = "first-box"
        self.prefix = f"az://{self.bucket}"
        host = f"{account}.dfs.core.windows.net"
        self.hadoop_prefix = f"abfs://{self.bucket}@{host}"
        self.rule = {
            "prefix": "az://",
            "endpoint": self.store.endpoint,
            "account": account,
            "accountKey": key,
        }
        self.options = {
            "azure_storage_account_name": account,
            "azure_storage_account_key": key,
            "azure_endpoint": self.store.endpoint,
            "azure_allow_http": "true",
        }
        # Azurite has the endpoint for blobs alone, which ABFS uses where it is told of an account
        # without a hierarchical namespace.
        self.hadoop = {
            "fs.azure.abfs.endpoint": f"127.0.0.1:{self.store.port}",
            "fs.azure.account.hns.enabled": "false",
            "fs.azure.fns.account.service.type": "BLOB",
            "fs.azure.always.use.https": "false",
            "fs.azure.networking.library": "JDK_HTTP_URL_CONNECTION",
            f"fs.azure.account.key.{host}": key,
        }
        self.filesystem = arrow_fs.AzureFileSystem(
            account_name=account,
            account_key=key,
            blob_storage_authority=f"127.0.0.1:{self.store.port}",
            blob_storage_scheme="http",
            dfs_storage_authority=f"127.0.0.1:{self.store.port}",
            dfs_storage_scheme="http",
        )
        self.filesystem.create_dir(self.bucket)


class Gcs(Place):
    """fake-gcs-server looks at no signature."""

    mark, no_bucket = "X-Goog-Signature=", "404"
    wrong = None

    def __init__(self, _, folder):
        self.store = store_gcs.Store(folder)
        self.bucket = "first-bucket"
        self.prefix = self.hadoop_prefix = f"gs://{self.bucket}"
        self.host = f"127.0.0.1:{self.store.port}"
        self.rule = {
            "prefix": "gs://",
            "endpoint": self.store.endpoint,
            "credentialsFile": str(store_gcs.write_account(folder, self.store.tokens)),
        }
        account = {"gcs_base_url": self.store.xml_endpoint, "disable_oauth": True}
        account |= dict.fromkeys(("client_email", "private_key", "private_key_id"), "")
        self.options = {"google_service_account_key": json.dumps(account), "allow_http": "true"}
        self.hadoop = {
            "fs.gs.impl": "com.google.cloud.hadoop.fs.gcs.GoogleHadoopFileSystem",
            "fs.gs.storage.root.url": f"{self.store.endpoint}/",
            "fs.gs.auth.service.account.enable": "false",
            "fs.gs.auth.null.enable": "true",
            # Hadoop's own defaults have units, which Google's file system does not read.
            "fs.gs.block.size": str(64 << 20),
            "fs.gs.outputstream.buffer.size": str(1 << 20),
            "fs.gs.rewrite.max.chunk.size": str(512 << 20),
            "fs.gs.inputstream.inplace.seek.limit": str(8 << 20),
            "fs.gs.inputstream.min.range.request.size": str(2 << 20),
        }
        bucket = json.dumps({"name": self.bucket}).encode()
        request = urllib.request.Request(
            f"{self.store.endpoint}/storage/v1/b?project=tests",
            bucket,
            {"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=60).close()

    def put(self, key, content):
        name = urllib.parse.quote(key, safe="")
        url = f"{self.store.endpoint}/upload/storage/v1/b/{self.bucket}/o?uploadType=media&name={name}"
        headers = {"Content-Type": "application/octet-stream"}
        urllib.request.urlopen(urllib.request.Request(url, content, headers), timeout=60).close()


PLACES = {"minio": S3, "versitygw": S3, "azurite": Azure, "fake-gcs-server": Gcs}


@pytest.fixture(scope="module", params=list(PLACES))
def place(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    found = PLACES[request.param](request.param, folder)
    with found.store:
        yield found


@contextlib.contextmanager
def share(folder, tables, rules, **settings):
    """A server of {name: location}."""
    entries = [
        {"name": name, "location": location, "historyShared": True}
        for name, location in tables.items()
    ]
    config = folder / "server.yaml"
    config.write_text(
        json.dumps(
            {
                "version": 1,
                "shares": [{"name": "real", "schemas": [{"name": "open", "tables": entries}]}],
                "authorization": {"bearerToken": TOKEN},
                "storage": rules,
                "host": "127.0.0.1",
                "port": 0,
                **settings,
            }
        )
    )
    cloud = ("AWS_", "AZURE_", "GOOGLE_", "STORAGE_EMULATOR_HOST")
    variables = {name: "" for name in os.environ if name.startswith(cloud)}
    with server.Configured(config, env={**variables, "HOME": str(folder)}) as running:
        running.profile = server.write_profile(folder / "real.share", running.endpoint, TOKEN)
        yield running
        assert running.process.poll() is None, running.output()[-5000:]


def rows_of(first, count):
    ids = range(first, first + count)
    return pa.table(
        {
            "id": pa.array(ids, pa.int64()),
            "name": pa.array([f"name {i}" for i in ids]),
            "day": pa.array([f"day {i % 3} / 100%" for i in ids]),
        }
    )


def write_table(location, options):
    feed = {"delta.enableChangeDataFeed": "true"}
    write_deltalake(
        location, rows_of(0, 30), partition_by=["day"], configuration=feed, storage_options=options
    )
    for turn in range(1, 6):
        write_deltalake(location, rows_of(turn * 100, 10), mode="append", storage_options=options)
    table = DeltaTable(location, storage_options=options)
    table.delete("id % 7 = 3")
    table.create_checkpoint()
    write_deltalake(location, rows_of(1000, 5), mode="append", storage_options=options)
    return DeltaTable(location, storage_options=options)


def test_tables_that_deltalake_writes_into_the_store(place, tmp_path):
    location = f"{place.prefix}/folder with blanks/ä"
    written = write_table(location, place.options)
    expected = canonical.arrow_rows(pa.table(written.to_pyarrow_table()))
    with share(tmp_path, {"t": location}, [place.rule]) as running:
        url = f"{running.profile}#real.open.t"
        for client in ("official", "sluice"):
            for delta in (False, True):
                job = workers.Job("t", url, delta)
                result = workers.load(client, [job], tmp_path)["t", delta]
                assert "error" not in result, result
                assert canonical.difference(expected, result["rows"]) is None, (client, delta)
        caller = wire.Caller(running.endpoint, TOKEN)
        # What comes next is seen, and the store alone gives the bytes.
        more = rows_of(2000, 7)
        write_deltalake(location, more, mode="append", storage_options=place.options)
        lines = caller.query("real.open.t")
        urls = [line["file"]["url"] for line in lines if "file" in line]
        assert urls and all(place.mark in url for url in urls)
        assert all(url.startswith(place.store.endpoint) for url in urls)
        answer = caller.get(wire.table_path("real.open.t") + "/changes?startingVersion=1")
        assert answer.status == 200, answer.body
        version = caller.get(wire.table_path("real.open.t") + "/version")
        assert version.headers["Delta-Table-Version"] == "8"


def test_folders_of_parquet_files(place, tmp_path):
    for part in range(12):
        sink = pa.BufferOutputStream()
        parquet.write_table(rows_of(part * 10, 10).drop(["day"]), sink)
        key = f"parquet only/day=2024-01-{part + 1:02}/x=a %2F é/part {part}.parquet"
        place.put(key, sink.getvalue().to_pybytes())
    place.put("parquet only/_SUCCESS", b"")
    with share(tmp_path, {"t": f"{place.prefix}/parquet only"}, [place.rule]) as running:
        url = f"{running.profile}#real.open.t"
        loaded = []
        for client in ("official", "sluice"):
            for delta in (False, True):
                job = workers.Job("t", url, delta)
                result = workers.load(client, [job], tmp_path)["t", delta]
                assert "error" not in result, result
                names, rows = result["rows"]
                assert names == ["day", "id", "name", "x"]
                assert sorted(row[1] for row in rows) == list(range(120)), (client, delta)
                assert {row[3] for row in rows} == {"a / é"}
                loaded.append(sorted(rows))
        assert all(rows == loaded[0] for rows in loaded)


def test_what_a_store_refuses_is_told_to_the_provider_alone(place, tmp_path):
    scheme = place.prefix.split("://")[0]
    tables = {"none": f"{place.prefix}/nothing/here", "gone": f"{scheme}://no-such-bucket-is-here/t"}
    with share(tmp_path, tables, [place.rule]) as running:
        caller = wire.Caller(running.endpoint, TOKEN)
        for name in tables:
            answer = caller.post(wire.table_path(f"real.open.{name}") + "/query", {})
            assert answer.status == 400, answer.body
            assert answer.error() == "RESOURCE_DOES_NOT_EXIST"
            assert "bucket" not in answer.json()["message"]
        running.wait_for(f"no-such-bucket-is-here.*({place.no_bucket})")
    if place.wrong is None:
        return
    with share(tmp_path, tables, [{**place.rule, **place.wrong}]) as running:
        answer = wire.Caller(running.endpoint, TOKEN).post(
            wire.table_path("real.open.none") + "/query", {}
        )
        assert answer.status == 400 and answer.error() == "RESOURCE_DOES_NOT_EXIST"
        running.wait_for(place.refusal)
        for secret in place.wrong.values():
            assert secret not in running.output()


def only_minio(place):
    if place.store.name != "minio":
        pytest.skip("one store shows it")


def test_one_table_is_shared_by_its_location(place, tmp_path):
    only_minio(place)
    location = f"{place.prefix}/alone/my orders"
    write_deltalake(location, rows_of(0, 30), storage_options=place.options)
    variables = {name: place.options[name] for name in place.options if name.startswith("AWS_")}
    environment = store_s3.aws_environment(tmp_path, **variables)
    with server.SharedFolder(location, tmp_path / "p.share", env=environment) as running:
        rows = sluice.load_as_arrow(f"{running.profile}#my_orders.default.my_orders")
        assert sorted(rows["id"].to_pylist()) == list(range(30))
    # What is no table is said at once, in the store's words where it has some.
    for wrong, said in (
        ("s3://first-bucket/none", "s3://first-bucket/none: neither a Delta log nor Parquet"),
        ("s3://first-bucket/alone", "s3://first-bucket/alone: 'my orders/' is a Delta table of its"),
        ("s3://no-such-bucket-is-here/t", "NoSuchBucket"),
    ):
        with pytest.raises(AssertionError, match=said):
            server.SharedFolder(wrong, tmp_path / "q.share", env=environment)
        assert not (tmp_path / "q.share").exists()


def test_temporary_credentials_open_the_folder_alone(place, tmp_path):
    only_minio(place)
    location = f"{place.prefix}/inside/t"
    written = write_table(location, place.options)
    write_deltalake(f"{place.prefix}/inside/t2", rows_of(0, 3), storage_options=place.options)
    rule = {**place.rule, "stsEndpoint": place.store.endpoint, "directoryAccess": True}
    with share(tmp_path, {"t": location}, [rule]) as running:
        caller = wire.Caller(running.endpoint, TOKEN)
        (table,) = caller.get("/shares/real/all-tables").json()["items"]
        assert table["accessModes"] == ["url", "dir"] and table["location"] == location
        metadata = caller.get(wire.table_path("real.open.t") + "/metadata").lines()[1]["metaData"]
        assert metadata["accessModes"] == ["url", "dir"] and metadata["location"] == location
        path = wire.table_path("real.open.t") + "/temporary-table-credentials"
        answer = caller.post(path, {"location": location})
        assert answer.status == 200, answer.body
        given = answer.json()["credentials"]
        assert caller.post(path, {"location": location + "2"}).error() == "INVALID_PARAMETER_VALUE"
        for secret in given["awsTempCredentials"].values():
            assert secret not in running.output()
    keys = given["awsTempCredentials"]
    opened = arrow_fs.S3FileSystem(
        access_key=keys["accessKeyId"],
        secret_key=keys["secretAccessKey"],
        session_token=keys["sessionToken"],
        endpoint_override=place.store.endpoint,
        region="us-east-1",
    )
    assert given["location"] == location
    folder = location.removeprefix("s3://")
    log = opened.get_file_info(arrow_fs.FileSelector(f"{folder}/_delta_log"))
    assert len(log) > 7 and opened.open_input_file(log[0].path).read()
    for outside in (f"{folder}2/_delta_log/00000000000000000000.json", f"{place.bucket}/x"):
        with pytest.raises(OSError, match="ACCESS_DENIED"):
            opened.open_input_file(outside).read()
    # Engines that are told keys and a place read the whole table, and nothing beside it.
    vended = {
        **place.options,
        "AWS_ACCESS_KEY_ID": keys["accessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["secretAccessKey"],
        "AWS_SESSION_TOKEN": keys["sessionToken"],
    }
    expected = pa.table(written.to_pyarrow_table())
    actual = pa.table(DeltaTable(location, storage_options=vended).to_pyarrow_table())
    as_rows = canonical.arrow_rows
    assert canonical.difference(as_rows(expected), as_rows(actual)) is None
    assert actual.num_rows > 60
    for outside in (f"{location}2", f"{place.prefix}/inside"):
        with pytest.raises(OSError, match="AccessDenied"):
            DeltaTable(outside, storage_options=vended)
    with pytest.raises(DeltaError, match="AccessDenied"):
        write_deltalake(location, rows_of(0, 1), mode="append", storage_options=vended)


def test_keys_of_hadoop_beside_the_configuration(place, tmp_path):
    only_minio(place)
    write_deltalake(f"{place.prefix}/hadoop/t", rows_of(0, 3), storage_options=place.options)
    keys = {
        "fs.s3a.endpoint": place.store.endpoint,
        "fs.s3a.access.key": store_s3.ACCESS_KEY,
        "fs.s3a.secret.key": store_s3.SECRET_KEY,
        "fs.s3a.path.style.access": "true",
    }
    properties = "".join(
        f"<property><name>{name}</name><value>{value}</value></property>\n"
        for name, value in keys.items()
    )
    (tmp_path / "core-site.xml").write_text(f"<configuration>\n{properties}</configuration>\n")
    with share(tmp_path, {"t": f"s3a://{place.bucket}/hadoop/t"}, []) as running:
        lines = wire.Caller(running.endpoint, TOKEN).query("real.open.t")
        assert sum(json.loads(line["file"]["stats"])["numRecords"] for line in lines[2:]) == 3


def without_urls(value):
    """An answer's line without what differs between stores."""
    if isinstance(value, dict):
        kept = {}
        for name, item in value.items():
            # Of a commit, the time is that of its file, which is another one in the store.
            if name in ("expirationTimestamp", "minUrlExpirationTimestamp", "timestamp"):
                continue
            url = isinstance(item, str) and item.startswith("http://127.0.0.1")
            kept[name] = "URL" if url else without_urls(item)
        return kept
    return [without_urls(item) for item in value] if isinstance(value, list) else value


def urls_of(value):
    if isinstance(value, dict):
        return [url for item in value.values() for url in urls_of(item)]
    return [value] if isinstance(value, str) and value.startswith("http://127.0.0.1") else []


def digest(url):
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return hashlib.sha256(answer.read()).hexdigest()
    except urllib.error.HTTPError as error:
        return error.code


def ask(endpoint, name):
    """Every answer about a table: {what: (status, lines or error)}, and the digests of its files."""
    caller = wire.Caller(endpoint, TOKEN)
    headers = {"delta-sharing-capabilities": CAPABILITIES}
    table = wire.table_path(f"real.open.{name}")
    found = {}
    urls = []
    for what, method, path, body in (
        ("version", "GET", "/version", None),
        ("metadata", "GET", "/metadata", None),
        ("query", "POST", "/query", {}),
        ("first", "POST", "/query", {"version": 0}),
        ("changes", "GET", "/changes?startingVersion=0", None),
    ):
        answer = caller.ask(method, table + path, body=body, headers=headers)
        if answer.status != 200:
            found[what] = (answer.status, answer.error())
            continue
        lines = answer.lines()
        found[what] = (200, answer.headers["Delta-Table-Version"], without_urls(lines))
        if what in ("query", "changes"):
            urls += [url for line in lines for url in urls_of(line)]
    return found, [digest(url) for url in urls]


def in_order(found):
    """Files may come in another order; timestamps of commits are those of files, which differ."""
    return json.dumps(found, sort_keys=True)


def test_the_tables_of_others_answer_as_from_disk(place, real_tables, tmp_path):
    only_minio(place)
    names = list(real_share.entries(real_tables))
    for name in names:
        place.upload(real_tables / name / "table", name)
    (tmp_path / "disk").mkdir()
    (tmp_path / "store").mkdir()
    shown = real_share.shared_name
    disk = {shown(name): str(real_tables / name / "table") for name in names}
    store = {shown(name): f"{place.prefix}/{name}" for name in names}
    different = {}
    with share(tmp_path / "disk", disk, []) as first:
        with share(tmp_path / "store", store, [place.rule]) as second:
            for name in disk:
                expected, files = ask(first.endpoint, name)
                actual, same_files = ask(second.endpoint, name)
                if in_order(expected) != in_order(actual):
                    different[name] = (expected, actual)
                elif files != same_files:
                    different[name] = (files, same_files)
    assert not different, json.dumps(different)[:3000]
