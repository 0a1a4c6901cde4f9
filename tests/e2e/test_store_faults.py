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


def refused(status, code, **headers):
    # Azure tells the code in a header, too: there is no body in what answers a HEAD.
    return fault_proxy.Refusal(status, code, **{"x-ms-error-code": code, **headers})


#: What does not pass, in the words of each store: throttling for longer than a request may take,
#: clocks that differ, credentials that have ended or that nobody knows, a bucket that is gone.
LASTING = {
    "minio": [
        refused(503, "SlowDown", **{"Retry-After": 600}),
        refused(403, "RequestTimeTooSkewed"),
        refused(400, "ExpiredToken"),
        refused(403, "InvalidAccessKeyId"),
        refused(404, "NoSuchBucket"),
    ],
    "azurite": [
        refused(503, "ServerBusy", **{"Retry-After": 600}),
        # Also of clocks that differ, and of a signature that has ended.
        refused(403, "AuthenticationFailed"),
        refused(403, "AuthorizationPermissionMismatch"),
        refused(404, "ContainerNotFound"),
        refused(409, "ContainerBeingDeleted"),
    ],
    "fake-gcs-server": [
        refused(429, "rateLimitExceeded", **{"Retry-After": 600}),
        # Of a token that has ended, and of the one that is got then.
        refused(401, "authError"),
        refused(403, "AccessDenied"),
        refused(404, "NoSuchBucket"),
    ],
}


@pytest.fixture(scope="module", params=list(LASTING))
def place(request, tmp_path_factory):
    found = stores.PLACES[request.param](request.param, tmp_path_factory.mktemp(request.param))
    with found.store:
        yield found


only_minio = pytest.mark.parametrize("place", ["minio"], indirect=True)


@pytest.fixture
def proxy(place):
    with fault_proxy.FaultProxy(place.store.port, host=place.host) as running:
        yield running


@pytest.fixture
def table(place, request):
    """The location of a table with a checkpoint and commits behind it."""
    location = f"{place.prefix}/{re.sub('[^a-z]', '-', request.node.name.lower())}"
    stores.write_table(location, place.options)
    return location


def files_of(lines, place):
    """Names of objects, each with how often it comes, from the lines of an answer."""
    found = collections.Counter()
    for line in lines:
        if "file" in line:
            path = urllib.parse.unquote(urllib.parse.urlsplit(line["file"]["url"]).path)
            found[path.partition(f"/{place.bucket}/")[2]] += 1
    return found


def files_in(location, place):
    table = DeltaTable(location, storage_options=place.options)
    names = (uri.removeprefix(f"{place.prefix}/") for uri in table.file_uris())
    return table.version(), collections.Counter(names)


def share(tmp_path, location, place, proxy, **settings):
    # Azure's endpoint is an account's, which is a folder of it here.
    account = urllib.parse.urlsplit(place.rule["endpoint"]).path
    rule = {**place.rule, "endpoint": proxy.endpoint + account}
    return stores.share(tmp_path, {"t": location}, [rule], **settings)


@pytest.mark.parametrize("cached", [0, 10], ids=["opened-anew", "followed"])
def test_no_answer_is_part_of_a_table(place, proxy, table, tmp_path, cached):
    with share(tmp_path, table, place, proxy, deltaTableCacheSize=cached) as running:
        caller = wire.Caller(running.endpoint, stores.TOKEN)
        proxy.faults, proxy.rate = fault_proxy.PASSING, 0.4 if cached else 0.2
        for turn in range(20):
            if turn % 4 == 3:
                more = stores.rows_of(10_000 + turn * 10, 10)
                write_deltalake(table, more, mode="append", storage_options=place.options)
            version, files = files_in(table, place)
            answer = caller.post(QUERY, {}, headers=CAPABILITIES)
            assert answer.status == 200, (answer.body, running.output()[-3000:])
            assert int(answer.headers["Delta-Table-Version"]) == version
            assert files_of(answer.lines(), place) == files
    assert set(proxy.given) == set(fault_proxy.PASSING), proxy.given


def test_our_client_reads_files_through_faults(place, proxy, table, tmp_path):
    with share(tmp_path, table, place, proxy) as running:
        proxy.faults, proxy.rate = fault_proxy.PASSING, 0.3
        expected = DeltaTable(table, storage_options=place.options).to_pyarrow_table()
        for _ in range(5):
            rows = sluice.load_as_arrow(f"{running.profile}#{TABLE}")
            assert sorted(rows["id"].to_pylist()) == sorted(expected["id"].to_pylist())
    assert set(proxy.given) == set(fault_proxy.PASSING), proxy.given


@pytest.mark.parametrize(
    ("place", "refusal"),
    [(name, refusal) for name, refusals in LASTING.items() for refusal in refusals],
    indirect=["place"],
    ids=lambda value: getattr(value, "code", value),
)
def test_what_does_not_pass_is_one_error_that_names_it(place, proxy, table, tmp_path, refusal):
    throttled = refusal.status in (429, 503)
    status, code = (503, None) if throttled else (400, "RESOURCE_DOES_NOT_EXIST")
    with share(tmp_path, table, place, proxy) as running:
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
            running.wait_for(refusal.code if status == 400 else f"answered {refusal.status}")
        asked = caller.get(wire.table_path(TABLE) + "/metadata?version=2")
        assert asked.status == status, asked.body
        assert code is None or asked.error() == code
        running.wait_for(refusal.code)
        # It is as it was as soon as the store is.
        proxy.rate = 0.0
        after = caller.post(QUERY, {})
        assert after.status == 200
        assert files_of(after.lines(), place) == files_of(before.lines(), place)


@only_minio
def test_a_store_that_hangs_holds_up_no_other(place, proxy, table, tmp_path):
    """More requests wait for it than any pool of threads has."""
    near, other = str(tmp_path / "near"), f"s3://{store_s3.OTHER_BUCKET}/t"
    for location, options in ((near, None), (other, place.options)):
        write_deltalake(location, stores.rows_of(0, 3), storage_options=options)
    rules = [
        {**place.rule, "prefix": place.prefix, "endpoint": proxy.endpoint},
        {**place.rule, "prefix": f"s3://{store_s3.OTHER_BUCKET}"},
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


def test_opening_costs_few_trips(place, proxy, table, tmp_path):
    """The hint, a listing, and then the checkpoint and the commit behind it side by side; after that
    one request tells whether there is more."""
    with share(tmp_path, table, place, proxy) as running:
        caller = wire.Caller(running.endpoint, stores.TOKEN)
        assert requests_of(caller, proxy) in (3, 4)
        # Now and then the newest commit is looked at again, too.
        assert min(requests_of(caller, proxy) for _ in range(3)) == 1
