"""sluice.aio gives what the functions without it give, and what is cancelled ends."""

import asyncio
import inspect
import socketserver
import threading

import pytest
import sluice
from sluice import aio

SECONDS = 60


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, SECONDS))


async def all_of(batches):
    return [batch async for batch in batches]


def test_loads(at):
    async def load():
        return await asyncio.gather(
            aio.load_as_arrow(at("default.sales"), columns=["id"], limit=100),
            aio.load_as_pandas(at("default.versions"), version=1),
            aio.load_as_polars(at("default.versions"), max_retries=1),
            aio.get_table_version(at("default.versions")),
            aio.get_table_metadata(at("default.versions")),
            aio.get_table_protocol(at("default.versions")),
            aio.load_table_changes_as_arrow(at("default.changed"), starting_version=0),
            aio.load_table_changes_as_pandas(at("default.changed"), starting_version=0),
            aio.load_table_changes_as_polars(at("default.changed"), starting_version=0),
        )

    arrow, pandas, polars, version, metadata, protocol, *changes = run(load())
    assert arrow.shape == (100, 1) and len(pandas) == 20 and polars.height == 50 and version == 4
    assert metadata == sluice.get_table_metadata(at("default.versions"))
    assert protocol == sluice.get_table_protocol(at("default.versions"))
    assert {len(each) for each in changes} == {sluice.load_table_changes_as_arrow(at("default.changed"), 0).num_rows}
    assert changes[1]["_commit_timestamp"].dtype == "int64"


def test_client(profile):
    async def ask():
        client = aio.SharingClient(profile)
        (share,) = await client.list_shares()
        schemas = await client.list_schemas(share)
        tables = [table for schema in schemas for table in await client.list_tables(schema)]
        assert sorted(map(str, tables)) == sorted(map(str, await client.list_all_tables()))
        return await client.table("tables.default.versions").to_arrow()

    assert run(ask()).num_rows == 50


def test_batches_and_files(at, tmp_path):
    batches = run(all_of(aio.to_batches(at("default.sales"), 1000, columns=["id"])))
    assert [batch.num_rows for batch in batches] == [1000] * 4 + [750]
    assert run(aio.write_to(at("default.sales"), tmp_path / "s.parquet")) == 4750


def test_changes_are_followed(at):
    table = aio.open_table(at("default.changed"))
    batches = run(all_of(table.iter_changes(0, poll_seconds=None)))
    expected = list(sluice.iter_changes(at("default.changed"), 0, poll_seconds=None))
    assert [each.version for each in batches] == [each.version for each in expected]


SAME = [
    "get_table_metadata",
    "get_table_protocol",
    "get_table_version",
    "iter_changes",
    "load_as_arrow",
    "load_as_pandas",
    "load_as_polars",
    "load_table_changes_as_arrow",
    "load_table_changes_as_pandas",
    "load_table_changes_as_polars",
    "open_table",
    "scan",
    "scan_changes",
    "to_batches",
    "write_to",
]


@pytest.mark.parametrize("name", SAME)
def test_parameters_are_those_of_the_same_function(name):
    ours, theirs = (inspect.signature(getattr(place, name)) for place in (aio, sluice))
    assert list(ours.parameters.values()) == list(theirs.parameters.values())


def test_parameters_by_position(at):
    async def load():
        return await asyncio.gather(
            aio.load_as_pandas(at("default.sales"), 5),
            aio.load_as_arrow(at("default.versions"), None, 1),
            aio.load_table_changes_as_pandas(at("default.changed"), 0),
            aio.scan(at("default.sales"), 7),
            aio.scan_changes(at("default.changed"), 0),
        )

    rows, old, changes, scan, changed = run(load())
    assert len(rows) == 5 and old.num_rows == 20 and scan.to_arrow().num_rows == 7
    assert len(changes) == changed.to_arrow().num_rows > 0


def test_changes_are_followed_by_a_url(at):
    seen = run(all_of(aio.iter_changes(at("default.changed"), 0, poll_seconds=None, columns=["_change_type"])))
    expected = sluice.load_table_changes_as_arrow(at("default.changed"), 0).num_rows
    assert sum(each.data.num_rows for each in seen) == expected


def test_following_ends_with_its_task(at):
    expected = list(sluice.iter_changes(at("default.changed"), 0, poll_seconds=None))

    async def follow():
        seen = []

        async def read():
            async for change in aio.iter_changes(at("default.changed"), 0, poll_seconds=600):
                seen.append(change.version)

        task = asyncio.create_task(read())
        while len(seen) < len(expected):
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(follow())


def test_errors_are_those_of_the_package(at):
    with pytest.raises(sluice.NotFoundError, match="nothing"):
        run(aio.load_as_arrow(at("default.nothing")))


def test_a_batch_left_behind_ends_its_scan(at):
    async def first():
        batches = aio.to_batches(at("large.wide_rows"))
        async for batch in batches:
            await batches.aclose()
            return batch.num_rows

    assert run(first()) > 0


class Silent(socketserver.ThreadingTCPServer):
    """Takes connections and never answers."""

    daemon_threads = True

    def __init__(self):
        self.asked, self.left = threading.Event(), threading.Event()
        super().__init__(("127.0.0.1", 0), self.handle_connection)

    def handle_connection(self, connection, *_):
        connection.recv(1)
        self.asked.set()
        while connection.recv(65536):
            pass
        self.left.set()


@pytest.fixture
def silent():
    with Silent() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()


@pytest.mark.parametrize("call", [aio.load_as_arrow, aio.get_table_version])
def test_cancelling_breaks_off_the_request(silent, call):
    profile = {
        "shareCredentialsVersion": 1,
        "endpoint": f"http://127.0.0.1:{silent.server_address[1]}/ds",
        "bearerToken": "t",
    }

    async def cancelled():
        task = asyncio.create_task(call("a.b.c", profile=profile, timeout_ms=600_000))
        await asyncio.to_thread(silent.asked.wait, SECONDS)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(cancelled())
    assert silent.left.wait(SECONDS)
