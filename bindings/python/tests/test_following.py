"""iter_changes, on tables that are written while it runs."""

import concurrent.futures

import deltalake
import pyarrow as pa
import pytest
import server
import sluice

CHANGES = {"delta.enableChangeDataFeed": "true"}
SECONDS = 60


def append(place, *ids):
    rows = pa.table({"id": pa.array(ids, pa.int64()), "name": [f"n{each}" for each in ids]})
    deltalake.write_deltalake(str(place), rows, mode="append", configuration=CHANGES)


@pytest.fixture
def live(tmp_path):
    """(place, url) of a table with versions 0 to 2, of two rows each."""
    place = tmp_path / "tables/live"
    for version in range(3):
        append(place, version * 2, version * 2 + 1)
    with server.SharedFolder(tmp_path / "tables", tmp_path / "p.share") as shared:
        yield place, f"{shared.profile}#tables.default.live"


def told(batches):
    return [(each.version, each.data["id"].to_pylist(), each.ends_version) for each in batches]


def test_versions_come_in_order_up_to_the_latest(live):
    _, url = live
    follower = sluice.iter_changes(url, 1, poll_seconds=None)
    assert told(follower) == [(1, [2, 3], True), (2, [4, 5], True)]
    assert follower.next_version == 3
    assert list(follower) == []


def test_a_table_is_followed_while_it_is_written(live):
    place, url = live
    with sluice.iter_changes(url, poll_seconds=0.01) as follower:
        assert follower.next_version == 3
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            coming = pool.submit(next, follower)
            append(place, 6)
            assert told([coming.result(SECONDS)]) == [(3, [6], True)]
            coming = pool.submit(next, follower)
            append(place, 7)
            assert told([coming.result(SECONDS)]) == [(4, [7], True)]


def test_close_ends_one_that_waits(live):
    _, url = live
    follower = sluice.iter_changes(url, poll_seconds=3600)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(list, follower)
        follower.close()
        assert waiting.result(SECONDS) == []


def test_versions_without_changes_are_passed(live):
    place, url = live
    deltalake.DeltaTable(str(place)).optimize.compact()
    follower = sluice.iter_changes(url, 2, poll_seconds=None)
    assert told(follower) == [(2, [4, 5], True)]
    assert follower.next_version == 4


def test_columns_and_times(live):
    _, url = live
    (batch, *_) = sluice.iter_changes(
        url, starting_timestamp="1990-01-01T00:00:00Z", columns=["name"], poll_seconds=None
    )
    assert batch.version == 0 and batch.data.schema.names == ["name"]
    assert batch.data["name"].to_pylist() == ["n0", "n1"]


def test_a_large_version_comes_in_batches_of_which_the_last_says_so(tmp_path):
    place = tmp_path / "tables/large"
    for start in (0, 300_000):
        append(place, *range(start, start + 300_000))
    with server.SharedFolder(tmp_path / "tables", tmp_path / "p.share") as shared:
        batches = list(sluice.iter_changes(f"{shared.profile}#tables.default.large", 0, poll_seconds=None))
    for version in (0, 1):
        of_version = [each for each in batches if each.version == version]
        assert len(of_version) > 1
        assert [each.ends_version for each in of_version] == [False] * (len(of_version) - 1) + [True]
        ids = [each for batch in of_version for each in batch.data["id"].to_pylist()]
        assert sorted(ids) == list(range(version * 300_000, (version + 1) * 300_000))


def test_a_step_that_failed_is_made_again(live):
    place, url = live
    follower = sluice.iter_changes(url, 0, poll_seconds=None)
    lost = next(place.glob("*.parquet"))
    content = lost.read_bytes()
    lost.unlink()
    with pytest.raises(sluice.SluiceError):
        list(follower)
    began = follower.next_version
    lost.write_bytes(content)
    assert [version for version, _, _ in told(follower)] == list(range(began, 3))


def test_a_table_that_was_written_anew_is_told(live):
    place, url = live
    follower = sluice.iter_changes(url, 10, poll_seconds=None)
    with pytest.raises(sluice.UnsupportedError, match="written anew"):
        next(follower)


@pytest.mark.parametrize(
    "arguments",
    [
        {"starting_version": 0, "starting_timestamp": "2020-01-01T00:00:00Z"},
        {"poll_seconds": -1.0},
        {"poll_seconds": float("nan")},
    ],
)
def test_wrong_parameters(live, arguments):
    with pytest.raises(sluice.InvalidArgumentError):
        sluice.iter_changes(live[1], **arguments)
