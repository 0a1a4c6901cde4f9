"""A server before a store that fails now and then, or for good: every answer is a whole version of
the table, or an error that names what the store said."""

import collections
import concurrent.futures
import re
import threading
import urllib.parse

import fault_proxy
import pytest
import sluice
import store_s3
import test_store_tables as stores
import wire
from deltalake import DeltaTable, write_deltalake

TABLE = "real.open.t"
QUERY = wire.table_path(TABLE) + "/query"
CAPABILITIES = {"delta-sharing-capabilities": "responseformat=parquet;includeendstreamaction=true"}


@pytest.fixture(scope="module")
def minio(tmp_path_factory):
    place = stores.S3("minio", tmp_path_factory.mktemp("minio"))
    with place.store:
        yield place


@pytest.fixture
def proxy(minio):
    with fault_proxy.FaultProxy(minio.store.port) as running:
        yield running


@pytest.fixture
def table(minio, request):
    """The location of a table with a checkpoint and commits behind it."""
    location = f"{minio.prefix}/{re.sub('[^a-z]', '-', request.node.name.lower())}"
    stores.write_table(location, minio.options)
    return location


def files_of(lines):
    """Paths in the store, each with its number of rows, from the lines of an answer."""
    found = collections.Counter()
    for line in lines:
        if "file" in line:
            found[urllib.parse.unquote(urllib.parse.urlsplit(line["file"]["url"]).path)] += 1
    return found


def files_in(location, options):
    table = DeltaTable(location, storage_options=options)
    paths = (uri.removeprefix("s3:/") for uri in table.file_uris())
    return table.version(), collections.Counter(paths)


def share(tmp_path, location, minio, proxy, **settings):
    rule = {**minio.rule, "endpoint": proxy.endpoint}
    return stores.share(tmp_path, {"t": location}, [rule], **settings)


@pytest.mark.parametrize("cached", [0, 10], ids=["opened-anew", "followed"])
def test_no_answer_is_part_of_a_table(minio, proxy, table, tmp_path, cached):
    with share(tmp_path, table, minio, proxy, deltaTableCacheSize=cached) as running:
        caller = wire.Caller(running.endpoint, stores.TOKEN)
        proxy.faults, proxy.rate = fault_proxy.PASSING, 0.4 if cached else 0.2
        for turn in range(20):
            if turn % 4 == 3:
                more = stores.rows_of(10_000 + turn * 10, 10)
                write_deltalake(table, more, mode="append", storage_options=minio.options)
            version, files = files_in(table, minio.options)
            answer = caller.post(QUERY, {}, headers=CAPABILITIES)
            assert answer.status == 200, (answer.body, running.output()[-3000:])
            assert int(answer.headers["Delta-Table-Version"]) == version
            assert files_of(answer.lines()) == files
    assert set(proxy.given) == set(fault_proxy.PASSING), proxy.given


def test_our_client_reads_files_through_faults(minio, proxy, table, tmp_path):
    with share(tmp_path, table, minio, proxy) as running:
        proxy.faults, proxy.rate = fault_proxy.PASSING, 0.3
        expected = DeltaTable(table, storage_options=minio.options).to_pyarrow_table()
        for _ in range(5):
            rows = sluice.load_as_arrow(f"{running.profile}#{TABLE}")
            assert sorted(rows["id"].to_pylist()) == sorted(expected["id"].to_pylist())
    assert set(proxy.given) == set(fault_proxy.PASSING), proxy.given


@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [
        (fault_proxy.Refusal(503, "SlowDown", **{"Retry-After": 600}), 503, None),
        (fault_proxy.Refusal(403, "RequestTimeTooSkewed"), 400, "RESOURCE_DOES_NOT_EXIST"),
        (fault_proxy.Refusal(400, "ExpiredToken"), 400, "RESOURCE_DOES_NOT_EXIST"),
        (fault_proxy.Refusal(403, "InvalidAccessKeyId"), 400, "RESOURCE_DOES_NOT_EXIST"),
        (fault_proxy.Refusal(404, "NoSuchBucket"), 400, "RESOURCE_DOES_NOT_EXIST"),
    ],
    ids=lambda value: getattr(value, "code", None),
)
def test_what_does_not_pass_is_one_error_that_names_it(
    minio, proxy, table, tmp_path, refusal, status, code
):
    with share(tmp_path, table, minio, proxy) as running:
        caller = wire.Caller(running.endpoint, stores.TOKEN)
        before = caller.post(QUERY, {})
        assert before.status == 200
        proxy.faults, proxy.rate = {"all": refusal}, 1.0
        asked = caller.post(QUERY, {})
        # To a HEAD, all that is missing looks the same: there is no newer commit. That the newest one
        # is gone as well shows when it is looked at again, which is seconds later.
        if refusal.status != 404 or asked.status != 200:
            assert asked.status == status, asked.body
            assert code is None or asked.error() == code
            running.wait_for(refusal.code if status == 400 else f"answered {status}")
        asked = caller.get(wire.table_path(TABLE) + "/metadata?version=2")
        assert asked.status == status, asked.body
        assert code is None or asked.error() == code
        running.wait_for(refusal.code)
        # It is as it was as soon as the store is.
        proxy.rate = 0.0
        after = caller.post(QUERY, {})
        assert after.status == 200
        assert files_of(after.lines()) == files_of(before.lines())


def test_a_store_that_hangs_holds_up_no_other(minio, proxy, table, tmp_path):
    """More requests wait for it than any pool of threads has."""
    near, other = str(tmp_path / "near"), f"s3://{store_s3.OTHER_BUCKET}/t"
    for location, options in ((near, None), (other, minio.options)):
        write_deltalake(location, stores.rows_of(0, 3), storage_options=options)
    rules = [
        {**minio.rule, "prefix": minio.prefix, "endpoint": proxy.endpoint},
        {**minio.rule, "prefix": f"s3://{store_s3.OTHER_BUCKET}"},
    ]
    tables = {"t": table, "near": near, "other": other}
    with stores.share(tmp_path, tables, rules, requestTimeoutSeconds=4) as running:

        def query(name):
            caller = wire.Caller(running.endpoint, stores.TOKEN)
            return caller.post(wire.table_path(f"real.open.{name}") + "/query", {})

        assert {query(name).status for name in tables} == {200}
        proxy.faults, proxy.rate = {"hang": "hang"}, 1.0
        reached = threading.Event()
        proxy.on_fault = reached.set
        with concurrent.futures.ThreadPoolExecutor(40) as pool:
            waiting = [pool.submit(query, "t") for _ in range(40)]
            assert reached.wait(60)
            while not all(one.done() for one in waiting):
                assert {query(name).status for name in ("near", "other")} == {200}
            assert {one.result().status for one in waiting} <= {503, 504}
        # Of those that gave up waiting, none goes on holding a thread.
        proxy.rate = 0.0
        proxy.let_go.set()
        assert query("t").status == 200


def requests_of(caller, proxy):
    proxy.requests = 0
    assert caller.post(QUERY, {}).status == 200
    return proxy.requests


def test_opening_costs_few_trips(minio, proxy, table, tmp_path):
    """The hint, a listing, and then the checkpoint and the commit behind it side by side; after that
    one request tells whether there is more."""
    with share(tmp_path, table, minio, proxy) as running:
        caller = wire.Caller(running.endpoint, stores.TOKEN)
        assert requests_of(caller, proxy) in (3, 4)
        # Now and then the newest commit is looked at again, too.
        assert min(requests_of(caller, proxy) for _ in range(3)) == 1
