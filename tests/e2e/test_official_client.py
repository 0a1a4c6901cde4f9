"""Every function of the official client, with each of its parameters, in both formats.

Rows and changes of many kinds of tables are in test_real_tables.py, hints
that skip files in test_hints.py.
"""

import json
import re

import canonical
import deltalake
import official
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
import real_share
import server

FORMATS = pytest.mark.parametrize("delta", [False, True], ids=["parquet", "delta"])
#: Commits of `versions` and `changed` are an hour apart.
FIRST_HOUR = 10


@pytest.fixture(scope="module")
def client():
    with official.OfficialClient() as client:
        yield client


@pytest.fixture(scope="module")
def at(shared):
    return lambda table: f"{shared.profile}#tables.{table}"


@pytest.fixture(scope="module")
def load(client, at):
    """load(table, **arguments) -> (names, rows) of load_as_pandas."""
    return lambda table, **arguments: client.call("load_as_pandas", url=at(table), **arguments)


@pytest.fixture(scope="module")
def changes(client, at):
    """changes(table, **arguments) -> (names, rows) of load_table_changes_as_pandas."""
    return lambda table, **arguments: client.call(
        "load_table_changes_as_pandas", url=at(table), **arguments
    )


def ids(rows):
    return sorted(row[0] for row in rows[1])


def moment(hour, minute=0):
    return f"2024-05-01T{FIRST_HOUR + hour}:{minute:02}:00Z"


# Rows


@pytest.mark.parametrize("delta", [None, False, True], ids=["any", "parquet", "delta"])
@pytest.mark.parametrize("version", range(5))
def test_rows_of_a_version(load, delta, version):
    rows = load("default.versions", version=version, use_delta_format=delta)
    assert rows[0] == ["id"]
    assert ids(rows) == list(range(10 * (version + 1)))


@FORMATS
@pytest.mark.parametrize(
    ("timestamp", "version"),
    [
        (moment(0), 0),
        (moment(2), 2),
        (moment(2, 59), 2),
        ("2024-05-01T14:59:59.999999+02:00", 2),
        (moment(4), 4),
    ],
)
def test_rows_of_a_time_are_those_of_the_version_before_it(load, delta, timestamp, version):
    rows = load("default.versions", timestamp=timestamp, use_delta_format=delta)
    assert ids(rows) == list(range(10 * (version + 1)))


@FORMATS
@pytest.mark.parametrize("limit", [0, 1, 10, 11, 49, 50, 51, 10**9])
def test_a_limit_is_exact(load, delta, limit):
    found = ids(load("default.versions", limit=limit, use_delta_format=delta))
    assert len(found) == min(limit, 50)
    assert set(found) <= set(range(50)) and len(set(found)) == len(found)


@FORMATS
def test_a_limit_of_an_older_version(load, delta):
    found = ids(load("default.versions", limit=15, version=1, use_delta_format=delta))
    assert len(found) == 15 and set(found) <= set(range(20))


@FORMATS
@pytest.mark.parametrize("table", ["default.changed", "types.partition_types"])
def test_a_limit_gives_rows_of_the_table(load, data, delta, table):
    limited = load(table, limit=5, use_delta_format=delta)
    expected = canonical.arrow_rows(
        parquet.read_table(data / f"expected/{table.split('.')[1]}.parquet"), lossy=True
    )
    assert len(limited[1]) == min(5, len(expected[1]))
    text = canonical.difference(expected, limited)
    assert text is None or "not expected" not in text, text


@FORMATS
@pytest.mark.parametrize(
    "table", ["default.changed", "default.empty", "types.all_types", "types.partition_types"]
)
@pytest.mark.parametrize("limit", [None, 4])
def test_conversion_in_batches_is_the_same(load, delta, table, limit):
    arguments = {"use_delta_format": delta, "limit": limit}
    batches = load(table, convert_in_batches=True, **arguments)
    assert canonical.difference(load(table, **arguments), batches) is None


@FORMATS
@pytest.mark.parametrize("limit", [None, 0, 5])
def test_an_empty_table_has_its_columns(load, delta, limit):
    rows = load("default.empty", limit=limit, use_delta_format=delta)
    assert rows == (["id", "name"], [])


def leaf(op, name, value, kind):
    column = {"op": "column", "name": name, "valueType": kind}
    return {"op": op, "children": [column, {"op": "literal", "value": value, "valueType": kind}]}


@FORMATS
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, range(30, 50)),
        ({"version": 3}, range(30, 40)),
        ({"timestamp": moment(3, 30)}, range(30, 40)),
        ({"version": 1}, []),
    ],
)
def test_json_hints_with_a_version(load, delta, arguments, expected):
    hint = json.dumps(leaf("greaterThanOrEqual", "id", "30", "long"))
    rows = load("default.versions", jsonPredicateHints=hint, use_delta_format=delta, **arguments)
    assert ids(rows) == list(expected)


@FORMATS
def test_json_hints_with_a_limit(load, delta):
    hint = json.dumps(leaf("lessThan", "id", "20", "long"))
    rows = load("default.versions", jsonPredicateHints=hint, limit=12, use_delta_format=delta)
    assert len(rows[1]) == 12 and set(ids(rows)) <= set(range(20))


@FORMATS
@pytest.mark.parametrize(
    ("hints", "expected"),
    [(["id >= 30"], range(30, 50)), (["id >= 10", "id < 20"], range(10, 20)), (["no SQL"], range(50))],
)
def test_hints_in_sql(client, shared, delta, hints, expected):
    table = {"share": "tables", "schema": "default", "name": "versions"}
    rows = client.call(
        "load_with_hints_in_sql", profile=shared.profile, table=table, hints=hints, delta=delta
    )
    assert ids(rows) == list(expected)


# A table for each feature that only the delta format can express.
NEEDS_DELTA = ["own__dv_part-a", "own__cm_name-a", "own__ntz_part-a"]


def test_the_format_is_found_out_where_none_is_asked_for(client, real_tables, tmp_path):
    with real_share.share(real_tables, NEEDS_DELTA, tmp_path) as url:
        for name in NEEDS_DELTA:
            found = client.call("load_as_pandas", url=url(name))
            asked = client.call("load_as_pandas", url=url(name), use_delta_format=True)
            assert found[1] and canonical.difference(asked, found) is None, name
            assert client.call("get_table_protocol", url=url(name))["min_reader_version"] > 1, name
            with pytest.raises(official.Refused) as refused:
                client.call("load_as_pandas", url=url(name), use_delta_format=False)
            assert refused.value.status == 400, name


# Changes


@pytest.fixture(scope="module")
def feed(data):
    """The changes of `changed` as deltalake reads them, without their times."""
    table = deltalake.DeltaTable(str(data / "tables/changed"))
    whole = pa.table(table.load_cdf(starting_version=0).read_all())
    names, rows = canonical.arrow_rows(whole, lossy=True)
    version = names.index("_commit_version")

    def between(first, last):
        return without_times((names, [row for row in rows if first <= row[version] <= last]))

    between.last = table.version()
    return between


def without_times(rows):
    names, values = rows
    at = names.index("_commit_timestamp")
    return names[:at] + names[at + 1 :], [row[:at] + row[at + 1 :] for row in values]


def same_changes(expected, actual):
    return canonical.difference(expected, without_times(actual))


@FORMATS
@pytest.mark.parametrize("batches", [False, True], ids=["files", "batches"])
def test_every_range_of_changes(changes, feed, delta, batches):
    for first in range(feed.last + 1):
        for last in (*range(first, feed.last + 1), None):
            arguments = {"starting_version": first, "use_delta_format": delta}
            if last is not None:
                arguments["ending_version"] = last
            expected = feed(first, feed.last if last is None else last)
            if batches and not expected[1]:
                continue  # the official client has no batch to convert then
            found = changes("default.changed", convert_in_batches=batches, **arguments)
            assert same_changes(expected, found) is None, (first, last)


@FORMATS
@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [
        (moment(1), moment(2), 1, 2),
        (moment(0, 30), moment(3, 30), 1, 3),
        ("2024-05-01T14:00:00+03:00", None, 1, None),
        (moment(3), moment(3), 3, 3),
    ],
)
def test_changes_between_two_times(changes, feed, delta, start, end, first, last):
    found = changes(
        "default.changed", starting_timestamp=start, ending_timestamp=end, use_delta_format=delta
    )
    assert same_changes(feed(first, feed.last if last is None else last), found) is None


@FORMATS
def test_changes_in_turn_are_the_changes_at_once(client, at, changes, feed, delta):
    """As an incremental reader does it: from the version after the last one it saw."""
    seen, turns = ([], []), 0
    start, latest = 0, client.call("get_table_version", url=at("default.changed"))
    while start <= latest:
        end = min(start + 1, latest)
        names, rows = without_times(
            changes(
                "default.changed", starting_version=start, ending_version=end, use_delta_format=delta
            )
        )
        seen = (names, seen[1] + rows)
        start, turns = end + 1, turns + 1
    assert turns > 2
    assert canonical.difference(feed(0, feed.last), seen) is None


@FORMATS
def test_times_of_changes_are_those_of_their_commits(changes, delta):
    names, rows = changes("default.changed", starting_version=0, use_delta_format=delta)
    version, time = names.index("_commit_version"), names.index("_commit_timestamp")
    hour = 3600 * 1000
    first = 1714557600 * 1000  # 2024-05-01T10:00:00Z
    for row in rows:
        value = row[time][1] // 1000 if delta else row[time]
        assert value == first + row[version] * hour, row


# Versions and metadata


@pytest.mark.parametrize(
    ("timestamp", "version"),
    [(None, 4), (moment(0), 0), (moment(0, 1), 1), ("2024-05-01T15:00:00+01:00", 4)],
)
def test_version_at_or_after_a_time(client, at, timestamp, version):
    url = at("default.versions")
    assert client.call("get_table_version", url=url, starting_timestamp=timestamp) == version


@FORMATS
def test_metadata_and_protocol(client, at, delta):
    url = at("default.sales")
    metadata = client.call("get_table_metadata", url=url, use_delta_format=delta)
    columns = [field["name"] for field in json.loads(metadata["schema_string"])["fields"]]
    assert sorted(columns) == ["amount", "day", "discount", "id", "note", "region"]
    assert metadata["partition_columns"] == ["region", "day"]
    assert metadata["format"]["provider"] == "parquet"
    assert re.fullmatch(r"[0-9a-f-]{36}", metadata["id"])
    assert metadata["num_files"] > 100 and metadata["size"] > 0
    protocol = client.call("get_table_protocol", url=url, use_delta_format=delta)
    assert protocol["min_reader_version"] == 1


# Listings


@pytest.fixture(scope="module")
def library(data, tmp_path_factory):
    """Three shares, with up to three schemas and twelve tables in one."""
    folder = tmp_path_factory.mktemp("library")

    def tables(count):
        return [{"name": f"table{i:02}", "location": str(data / "tables/empty")} for i in range(count)]

    shares = {
        "north": {"fiction": 12, "history": 1, "maps": 3},
        "South": {"fiction": 2},
        "west": {},
    }
    config = folder / "server.yaml"
    config.write_text(
        json.dumps(
            {
                "version": 1,
                "shares": [
                    {
                        "name": share,
                        "schemas": [
                            {"name": schema, "tables": tables(count)}
                            for schema, count in schemas.items()
                        ],
                    }
                    for share, schemas in shares.items()
                ],
                "authorization": {"bearerToken": real_share.TOKEN},
                "host": "127.0.0.1",
                "port": 0,
            }
        )
    )
    with server.Configured(config) as running:
        profile = folder / "library.share"
        yield server.write_profile(profile, running.endpoint + "/", real_share.TOKEN), shares


def test_listings_are_whole(client, library):
    profile, shares = library
    found = client.call("listings", profile=profile)
    tables = [
        (share, schema, f"table{i:02}")
        for share, schemas in shares.items()
        for schema, count in schemas.items()
        for i in range(count)
    ]
    assert found["shares"] == list(shares)
    assert found["schemas"] == [(share, schema) for share in shares for schema in shares[share]]
    assert found["tables"] == found["all"] == tables


@pytest.mark.parametrize("size", [1, 2, 5, 12, 500])
@pytest.mark.parametrize(
    ("what", "place", "count"),
    [
        ("shares", {}, 3),
        ("schemas", {"share": "NORTH"}, 3),
        ("schemas", {"share": "west"}, 0),
        ("tables", {"share": "north", "schema": "Fiction"}, 12),
        ("all tables", {"share": "north"}, 16),
        ("all tables", {"share": "west"}, 0),
    ],
)
def test_listings_by_pages(client, library, what, place, count, size):
    pages = client.call("pages", profile=library[0], what=what, max_results=size, **place)
    assert all(len(page) <= size for page in pages)
    assert len(pages) == max(1, -(-count // size)), pages
    whole = client.call("pages", profile=library[0], what=what, max_results=None, **place)
    assert whole == [sum(pages, [])]
    assert len(whole[0]) == count


def test_profiles_in_every_form(client, library):
    found = client.call("shares_by_each_form_of_profile", profile=library[0])
    assert found == dict.fromkeys(found, ["north", "South", "west"])


# Refusals: a status that the client does not repeat, and a text that helps.


@FORMATS
@pytest.mark.parametrize(
    ("table", "arguments", "status", "word"),
    [
        ("default.nothing", {}, 404, "nothing"),
        ("nowhere.versions", {}, 404, "nowhere"),
        ("default.versions", {"version": 5}, 400, "0 to 4"),
        ("default.versions", {"timestamp": "2020-01-01T00:00:00Z"}, 400, "2020"),
        ("default.versions", {"timestamp": moment(9)}, 400, "version 4"),
        ("default.versions", {"timestamp": "yesterday"}, 400, "timestamp"),
        ("default.versions", {"version": 1, "timestamp": moment(1)}, 400, "timestamp"),
    ],
)
def test_a_load_that_is_refused(load, delta, table, arguments, status, word):
    with pytest.raises(official.Refused, match=word) as refused:
        load(table, use_delta_format=delta, **arguments)
    assert refused.value.status == status


@FORMATS
@pytest.mark.parametrize(
    ("table", "arguments", "word"),
    [
        ("default.changed", {"starting_version": 99}, "99"),
        ("default.changed", {"starting_version": 3, "ending_version": 2}, "endingVersion"),
        ("default.changed", {}, "startingVersion"),
        ("default.changed", {"starting_timestamp": "2999-01-01T00:00:00Z"}, "2999"),
        ("default.sales", {"starting_version": 0}, "change"),
    ],
)
def test_changes_that_are_refused(changes, delta, table, arguments, word):
    with pytest.raises(official.Refused, match=word) as refused:
        changes(table, use_delta_format=delta, **arguments)
    assert refused.value.status == 400


def test_a_wrong_token_is_a_401(client, shared, tmp_path):
    profile = server.write_profile(tmp_path / "p.share", shared.endpoint, "wrong" * 8)
    with pytest.raises(official.Refused) as refused:
        client.call("listings", profile=profile)
    assert refused.value.status == 401
