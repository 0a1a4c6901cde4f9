"""Predicates that skip files: fewer files with the official client, and never a row too few."""

import collections
import datetime
import decimal
import json
import random
import sys

import canonical
import pyarrow as pa
import pyarrow.compute as compute
import pytest
import server
import sluice
import wire
import workers
from deltalake import write_deltalake

FILES = 10
ROWS = 100


def leaf(op, name, value, value_type):
    return {
        "op": op,
        "children": [
            {"op": "column", "name": name, "valueType": value_type},
            {"op": "literal", "value": value, "valueType": value_type},
        ],
    }


@pytest.fixture(scope="module")
def orders(tmp_path_factory):
    """Ten files in two partitions, sorted by id and by day."""
    folder = tmp_path_factory.mktemp("hints")
    start = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)
    for part in range(FILES):
        ids = range(part * ROWS, (part + 1) * ROWS)
        table = pa.table(
            {
                "id": pa.array(ids, pa.int64()),
                "region": ["east" if part % 2 else "west"] * ROWS,
                "at": pa.array([start + datetime.timedelta(hours=i) for i in ids]),
                "price": pa.array([decimal.Decimal(i) / 4 for i in ids], pa.decimal128(10, 2)),
            }
        )
        place = str(folder / "shop/orders")
        write_deltalake(place, table, mode="append", partition_by=["region"])
    with server.SharedFolder(folder / "shop", folder / "p.share") as running:
        yield running


HINTS = {
    "stats": (leaf("greaterThanOrEqual", "id", "850", "long"), 2),
    "partition": (leaf("equal", "region", "east", "string"), 5),
    "both": (
        {
            "op": "and",
            "children": [
                leaf("lessThan", "id", "300", "long"),
                {"op": "not", "children": [leaf("equal", "region", "east", "string")]},
            ],
        },
        2,
    ),
    "timestamp": (leaf("lessThan", "at", "2024-01-02T00:00:00Z", "timestamp"), 1),
    "not above": ({"op": "not", "children": [leaf("greaterThan", "id", "149", "long")]}, 2),
    "not json": ("no json", FILES),
    "no such op": ({"op": "matches", "children": []}, FILES),
    "no such column": (leaf("equal", "nothing", "1", "int"), FILES),
}


def test_the_official_client_loads_only_what_may_match(orders, tmp_path):
    url = f"{orders.profile}#shop.default.orders"
    jobs = [
        workers.Job(
            name, url, delta, hints=hint if isinstance(hint, str) else json.dumps(hint)
        )
        for name, (hint, _) in HINTS.items()
        for delta in (False, True)
    ]
    results = workers.load("official", jobs, tmp_path)
    for (name, delta), result in results.items():
        assert "rows" in result, (name, delta, result)
        assert len(result["rows"][1]) == HINTS[name][1] * ROWS, (name, delta)


@pytest.mark.parametrize(
    ("hints", "files"),
    [
        (["id >= 850"], 2),
        (["850 <= ID", "region = 'east'"], 1),
        (["region IN ('east', 'north') OR id < 100"], 6),
        (["price BETWEEN 25 AND 30.5"], 1),
        (["at < TIMESTAMP '2024-01-03T00:00:00Z'"], 1),
        (["id >= 850 AND length(region) = 4"], 2),
        (["length(region) = 4"], FILES),
        (["id >="], FILES),
        ([""], FILES),
    ],
)
def test_hints_in_sql_skip_files(orders, hints, files):
    caller = wire.Caller(orders.endpoint, orders.token)
    for capabilities in ("responseformat=parquet", "responseformat=delta"):
        lines = caller.query(
            "shop.default.orders",
            {"predicateHints": hints},
            headers={"delta-sharing-capabilities": capabilities},
        )
        assert len(wire.file_urls(lines)) == files, (hints, capabilities)


def test_the_access_log_says_how_many_files_were_skipped(orders):
    caller = wire.Caller(orders.endpoint, orders.token)
    caller.query("shop.default.orders", {"predicateHints": ["id < 300"]})
    orders.wait_for(r" files=3 file_bytes=\d+ rows=\d+ skipped=7 ")


def test_a_limit_never_costs_matching_rows(orders):
    caller = wire.Caller(orders.endpoint, orders.token)

    def files(hint, limit):
        body = {"predicateHints": [hint], "limitHint": limit}
        return len(wire.file_urls(caller.query("shop.default.orders", body)))

    assert files("id >= 0", 50) == 1
    assert files("id >= 50", 100) == 2
    assert files("length(region) = 4", 1) == FILES


def test_a_configuration_decides_which_hints_count(orders, tmp_path):
    config = tmp_path / "server.yaml"
    place = str(orders.profile.parent / "shop/orders")
    share = {"name": "s", "schemas": [{"name": "d", "tables": [{"name": "t", "location": place}]}]}
    content = {"version": 1, "shares": [share], "host": "127.0.0.1", "port": 0}
    sql = {"predicateHints": ["id >= 850"]}
    by_stats = {"jsonPredicateHints": json.dumps(HINTS["stats"][0])}
    by_partition = {"jsonPredicateHints": json.dumps(HINTS["partition"][0])}
    for keys, expected in (
        ({}, (FILES, 2, 5)),
        ({"evaluatePredicateHints": True}, (2, 2, 5)),
        ({"evaluateJsonPredicateHintsV2": False}, (FILES, FILES, 5)),
        (
            {"evaluateJsonPredicateHints": False, "evaluateJsonPredicateHintsV2": False},
            (FILES, FILES, FILES),
        ),
    ):
        config.write_text(json.dumps({**content, **keys}))
        with server.Configured(config) as running:
            caller = wire.Caller(running.endpoint, None)
            found = tuple(
                len(wire.file_urls(caller.query("s.d.t", body)))
                for body in (sql, by_stats, by_partition)
            )
            assert found == expected, keys


# Random predicates on tables written by others.

TYPES = {
    pa.int64(): "long",
    pa.int32(): "int",
    pa.int16(): "short",
    pa.int8(): "byte",
    pa.float32(): "float",
    pa.float64(): "double",
    pa.string(): "string",
    pa.bool_(): "bool",
    pa.date32(): "date",
    pa.timestamp("us", tz="UTC"): "timestamp",
    pa.timestamp("us"): "timestamp_ntz",
}
COMPARISONS = {
    "equal": compute.equal,
    "notEqual": compute.not_equal,
    "lessThan": compute.less,
    "lessThanOrEqual": compute.less_equal,
    "greaterThan": compute.greater,
    "greaterThanOrEqual": compute.greater_equal,
}
PREDICATES_A_TABLE = 8
LARGE = 100_000


def value_type(kind):
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    return TYPES.get(kind)


def text_of(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return str(value)


def random_leaf(random_, table):
    """A condition as JSON and as a function of a table."""
    names = [name for name in table.column_names if value_type(table.schema.field(name).type)]
    name = random_.choice(names)
    kind = value_type(table.schema.field(name).type)
    column = {"op": "column", "name": name, "valueType": kind}
    if random_.random() < 0.2:
        return {"op": "isNull", "children": [column]}, lambda t: compute.is_null(t[name])
    values = [v for v in table[name].to_pylist() if v is not None and v == v]
    if not values:
        return {"op": "isNull", "children": [column]}, lambda t: compute.is_null(t[name])
    value = random_.choice(values)
    scalar = pa.scalar(value, table.schema.field(name).type)
    literal = {"op": "literal", "value": text_of(value), "valueType": kind}
    op = random_.choice(list(COMPARISONS))
    return {"op": op, "children": [column, literal]}, lambda t: COMPARISONS[op](t[name], scalar)


def random_predicate(random_, table, depth=2):
    if depth == 0 or random_.random() < 0.4:
        return random_leaf(random_, table)
    if random_.random() < 0.3:
        node, mask = random_predicate(random_, table, depth - 1)
        return {"op": "not", "children": [node]}, lambda t: compute.invert(mask(t))
    (left, left_mask), (right, right_mask) = (
        random_predicate(random_, table, depth - 1) for _ in range(2)
    )
    op, join = random_.choice([("and", compute.and_kleene), ("or", compute.or_kleene)])
    return {"op": op, "children": [left, right]}, lambda t: join(left_mask(t), right_mask(t))


def rows_of(table, mask):
    """The rows that match as a multiset; where they are many, their number."""
    left = table.filter(mask(table))
    if left.num_rows > LARGE:
        return left.num_rows
    return collections.Counter(map(repr, canonical.arrow_rows(left)[1]))


def test_no_predicate_costs_rows_of_real_tables(real_tables, tmp_path, capsys):
    manifest = json.loads((real_tables / "MANIFEST.json").read_text())
    locations = {
        entry["name"].replace(".", "_"): real_tables / entry["name"] / "table"
        for entry in manifest["entries"]
    }
    tables = [{"name": name, "location": str(place)} for name, place in locations.items()]
    config = tmp_path / "server.yaml"
    share = {"name": "real", "schemas": [{"name": "open", "tables": tables}]}
    config.write_text(
        json.dumps({"version": 1, "shares": [share], "host": "127.0.0.1", "port": 0})
    )
    asked = skipped = 0
    with server.Configured(config) as running:
        profile = server.write_profile(tmp_path / "p.share", running.endpoint, "none")
        for name in locations:
            url = f"{profile}#real.open.{name}"
            try:
                whole = sluice.load_as_arrow(url, use_delta_format=True)
            except Exception:  # test_real_tables.py says which tables may be refused
                continue
            if not any(value_type(field.type) for field in whole.schema) or not whole.num_rows:
                continue
            random_ = random.Random(name)
            for _ in range(PREDICATES_A_TABLE):
                node, mask = random_predicate(random_, whole)
                hint = json.dumps(node)
                some = sluice.load_as_arrow(url, use_delta_format=True, jsonPredicateHints=hint)
                assert rows_of(some, mask) == rows_of(whole, mask), (name, hint)
                asked += 1
                skipped += some.num_rows < whole.num_rows
    with capsys.disabled():
        told = f"\n{asked} predicates on real tables, of which {skipped} skipped files"
        print(told, file=sys.stderr)
    # Most tables have a file or two, of which a predicate made from their values skips few.
    assert asked > 100 * PREDICATES_A_TABLE
    assert skipped > asked / 20
