"""Folders in object stores as schemas: their tables as they come and go."""

import json

import pyarrow.fs as arrow_fs
import pytest
import server
import store_s3
import test_store_tables as stores
import wire
import workers
from deltalake import write_deltalake
from managed import shares, table_names
from test_store_tables import place  # noqa: F401 (a fixture)

SECONDS = 60


def write(place, name, first):
    write_deltalake(f"{place.prefix}/{name}", stores.rows_of(first, 5), storage_options=place.options)


def names(caller):
    answer = caller.get("/shares/real/schemas/raw/tables")
    assert answer.status == 200, answer.body
    return [item["name"] for item in answer.json()["items"]]


def test_tables_of_a_store_are_those_of_a_schema(place, tmp_path):
    for number, name in enumerate(("lake a/ä/orders", "lake a/customers", "lake a/tmp/x", "lake ab/y")):
        write(place, name, number * 100)
    place.put("lake a/plain/z.csv", b"1")
    raw = {
        "name": "raw",
        "folder": f"{place.prefix}/lake a",
        "exclude": "tmp/*",
        "historyShared": True,
        # Of this schema alone.
        "storage": {name: value for name, value in place.rule.items() if name != "prefix"},
    }
    settings = {"shares": [{"name": "real", "schemas": [raw]}], "storeFolderListingSeconds": 1}
    with stores.share(tmp_path, {}, [], **settings) as running:
        caller = wire.Caller(running.endpoint, stores.TOKEN)
        assert names(caller) == ["customers", "orders"]
        jobs = [workers.Job("t", f"{running.profile}#real.raw.orders", False)]
        for client in ("official", "sluice"):
            result = workers.load(client, jobs, tmp_path)["t", False]
            assert sorted(row[1] for row in result["rows"][1]) == [0, 1, 2, 3, 4], result
        caller.query("real.raw.customers")
        write(place, "lake a/late", 500)
        server.until(lambda: names(caller) == ["customers", "late", "orders"], SECONDS)
        assert caller.query("real.raw.late")
        answer = caller.get(wire.table_path("real.raw.x") + "/version")
        assert (answer.status, answer.error()) == (404, "RESOURCE_DOES_NOT_EXIST")


@pytest.fixture
def minio(tmp_path):
    found = stores.S3("minio", tmp_path / "minio")
    with found.store:
        yield found


def test_a_folder_that_comes_late_and_goes_away(catalog, minio, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(store_s3.SECRET_KEY)
    options = [f"endpoint={minio.store.endpoint}", "region=us-east-1"]
    options += [f"accessKeyId={store_s3.ACCESS_KEY}", f"secretAccessKeyFile={secret}"]
    asked = [word for option in options for word in ("--storage", option)]
    catalog.run("share", "create", "s")
    said = catalog.run(
        "share", "add-folder", "s3://bucket-to-come/lake", "--to", "s.raw",
        "--storage", f"secretAccessKey={store_s3.SECRET_KEY}", code=2,
    )
    assert "secretAccessKey" in said and store_s3.SECRET_KEY not in said
    catalog.run("share", "add-folder", "s3a://bucket-to-come/lake/", "--to", "s.raw", "--history", *asked)
    (shown,) = catalog.json("share", "show", "s")["schemas"]
    assert shown["folder"] == "s3://bucket-to-come/lake"
    assert shown["storage"]["region"] == "us-east-1"
    catalog.run("recipient", "create", "anna", "--endpoint", "http://127.0.0.1:1/delta-sharing")
    catalog.run("grant", "s.raw", "--to", "anna")
    token = catalog.profile("anna")["bearerToken"]
    config = tmp_path / "server.yaml"
    config.write_text("version: 1\nhost: 127.0.0.1\nport: 0\nstoreFolderListingSeconds: 1\n" + place_of(catalog))
    with server.Configured(config, env=store_s3.aws_environment(tmp_path)) as running:
        caller = wire.Caller(running.endpoint, token)

        def status():
            return caller.get("/shares/s/schemas/raw/tables").status

        assert shares(running.endpoint, token) == ["s"]
        assert status() == 503
        running.wait_for("bucket-to-come/lake.*NoSuchBucket")
        answer = caller.get(wire.table_path("s.raw.orders") + "/version")
        assert answer.status == 503 and "bucket" not in answer.json()["message"]
        arrow_fs.S3FileSystem(
            access_key=store_s3.ACCESS_KEY,
            secret_key=store_s3.SECRET_KEY,
            endpoint_override=minio.store.endpoint,
            allow_bucket_creation=True,
        ).create_dir("bucket-to-come")
        server.until(lambda: status() == 200, SECONDS)
        minio.prefix = "s3://bucket-to-come"
        write(minio, "lake/orders", 0)
        server.until(lambda: table_names(running.endpoint, token, "s") == ["raw.orders"], SECONDS)
        assert caller.query("s.raw.orders")
        minio.filesystem.delete_dir("bucket-to-come/lake/orders")
        server.until(lambda: table_names(running.endpoint, token, "s") == [], SECONDS)
        minio.store.stop()
        server.until(lambda: status() == 503, SECONDS)
        assert store_s3.SECRET_KEY not in running.output()


def place_of(catalog):
    """What a configuration says of where it lies."""
    option, where = catalog.where
    if option == "--catalog":
        return f"catalog: {json.dumps(str(where))}\n"
    return f"catalog: sqlite\ndataDirectory: {where}\n"
