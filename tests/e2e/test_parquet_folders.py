"""Folders of Parquet files without a log as tables: what both clients load from them, in both
formats, is what pyarrow's own reader of folders does."""

import datetime
import decimal
import json
import os
import random

import canonical
import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.dataset as datasets
import pyarrow.parquet as parquet
import pytest
import server
import sluice
import wire
import workers

UTC = datetime.timezone.utc
TOKEN = "a-token-of-the-test-that-is-long-enough"
START = datetime.datetime(2024, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)
ROWS = 60


def rows_of(part):
    """A table with a column of every kind; values differ from part to part."""
    ids = range(part * ROWS, (part + 1) * ROWS)
    some = [i if i % 7 else None for i in ids]
    return pa.table(
        {
            "id": pa.array(ids, pa.int64()),
            "small": pa.array([i % 100 for i in ids], pa.int8()),
            "count": pa.array([None if i is None else i % 90 for i in some], pa.int32()),
            "price": pa.array([decimal.Decimal(i) / 4 for i in ids], pa.decimal128(10, 2)),
            "ratio": pa.array([None if i is None else i / 8 for i in some], pa.float64()),
            "flag": pa.array([i % 3 == 0 for i in ids]),
            "name": pa.array([None if i is None else f"näme {i}" for i in some]),
            "kind": pa.array([f"kind {i % 3}" for i in ids]).dictionary_encode(),
            "bytes": pa.array([bytes([i % 256]) for i in ids]),
            "day": pa.array([START.date() + datetime.timedelta(days=i) for i in ids]),
            "at": pa.array([START + datetime.timedelta(hours=i) for i in ids], pa.timestamp("us", "UTC")),
            "tags": pa.array([[f"t{i}", None] if i % 2 else [] for i in ids], pa.list_(pa.string())),
            "place": pa.array([{"x": i, "y": str(i)} if i % 5 else None for i in ids]),
        }
    )


def write(table, path, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(table, path, **options)


def share_configured(folder, tables):
    """A running server of tables {name: entry of the configuration}, and a function to URLs."""
    config = folder / "server.yaml"
    entries = [{"name": name, **entry} for name, entry in tables.items()]
    content = {
        "version": 1,
        "shares": [{"name": "s", "schemas": [{"name": "d", "tables": entries}]}],
        "authorization": {"bearerToken": TOKEN},
        "host": "127.0.0.1",
        "port": 0,
        "evaluatePredicateHints": True,
    }
    config.write_text(json.dumps(content))
    running = server.Configured(config)
    profile = server.write_profile(folder / "s.share", running.endpoint, TOKEN)
    return running, lambda name: f"{profile}#s.d.{name}"


def read_by_pyarrow(folder, schema=None):
    return datasets.dataset(folder, format="parquet", partitioning="hive", schema=schema).to_table()


def plain(table):
    """Rows with the types that tables have."""
    return canonical.arrow_rows(table, lossy=True)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Folders below one that is shared whole."""
    root = tmp_path_factory.mktemp("parquet") / "lake"
    for part in range(4):
        write(rows_of(part), root / f"plain/part-{part}.parquet", row_group_size=25)
        place = root / f"parted/year={2023 + part // 2}/month=0{part % 2 + 1}"
        write(rows_of(part), place / "data.snappy.parquet", row_group_size=25)
    (root / "plain/_SUCCESS").touch()
    (root / "plain/_temporary").mkdir()
    (root / "plain/_temporary/0.parquet").write_bytes(b"half of a file")
    (root / "plain/.part-0.parquet.crc").write_bytes(b"crc")
    return root


@pytest.fixture(scope="module")
def shared_folders(folders, tmp_path_factory):
    with server.SharedFolder(folders, tmp_path_factory.mktemp("p") / "p.share") as running:
        yield running


def test_both_clients_load_what_pyarrow_does(folders, shared_folders, tmp_path):
    tables = ("plain", "parted")
    jobs = [
        workers.Job(name, f"{shared_folders.profile}#lake.default.{name}", delta)
        for name in tables
        for delta in (False, True)
    ]
    for client in ("official", "sluice"):
        results = workers.load(client, jobs, tmp_path)
        for (name, delta), result in results.items():
            expected = plain(read_by_pyarrow(folders / name))
            assert "rows" in result, (client, name, delta, result)
            assert canonical.difference(expected, result["rows"]) is None, (
                client, name, delta, canonical.difference(expected, result["rows"]),
            )


def test_partitions_are_typed(shared_folders):
    schema = sluice.load_as_arrow(f"{shared_folders.profile}#lake.default.parted", limit=1).schema
    assert schema.field("year").type == pa.int32()
    assert schema.field("month").type == pa.int32()
    assert schema.names[-2:] == ["year", "month"]


def test_hints_skip_files_and_never_a_row(folders, shared_folders):
    caller = wire.Caller(shared_folders.endpoint, shared_folders.token)

    def files(hint):
        lines = caller.query("lake.default.parted", {"predicateHints": [hint]})
        return len(wire.file_urls(lines))

    assert files("id >= 200") == 1
    assert files("id < 60 OR id = 239") == 2
    assert files("year = 2024") == 2
    assert files("month = 1 AND price > 40") == 1
    assert files("day < DATE '2024-02-01'") == 1
    assert files("at >= TIMESTAMP '2024-01-08T00:00:00Z'") == 2
    assert files("name IS NULL") == 4

    table = read_by_pyarrow(folders / "parted")
    url = f"{shared_folders.profile}#lake.default.parted"
    chance = random.Random(7)
    for _ in range(12):
        bound = chance.randrange(-10, 250)
        for column, kind in (("id", "long"), ("count", "int"), ("ratio", "double")):
            op = chance.choice(["lessThan", "greaterThanOrEqual", "equal"])
            hint = {
                "op": op,
                "children": [
                    {"op": "column", "name": column, "valueType": kind},
                    {"op": "literal", "value": str(bound), "valueType": kind},
                ],
            }
            got = sluice.load_as_arrow(url, jsonPredicateHints=json.dumps(hint))
            judge = {"lessThan": "less", "greaterThanOrEqual": "greater_equal", "equal": "equal"}

            def matching(rows):
                condition = getattr(compute, judge[op])(rows[column].cast("double"), float(bound))
                return sorted(rows.filter(condition)["id"].to_pylist())

            assert matching(got) == matching(table), hint


def test_files_that_appear_and_vanish_change_the_version(tmp_path):
    place = tmp_path / "lake/t"
    write(pa.table({"a": [1, 2]}), place / "1.parquet")
    with server.SharedFolder(tmp_path / "lake", tmp_path / "p.share") as running:
        caller = wire.Caller(running.endpoint, running.token)
        url = f"{running.profile}#lake.default.t"

        def version():
            answer = caller.get("/shares/lake/schemas/default/tables/t/version")
            assert answer.status == 200, answer.body
            return int(answer.headers["Delta-Table-Version"])

        def values():
            return sorted(sluice.load_as_pandas(url)["a"].tolist())

        first = version()
        assert values() == [1, 2]
        assert version() == first
        write(pa.table({"a": [3]}), place / "2.parquet")
        second = version()
        assert second > first
        assert values() == [1, 2, 3]
        (place / "1.parquet").unlink()
        assert version() > second
        assert values() == [3]
        (place / "2.parquet").write_bytes(b"no file of that kind")
        refused = caller.ask("POST", "/shares/lake/schemas/default/tables/t/query", {})
        assert refused.status == 400
        running.wait_for("2.parquet")


def test_columns_that_some_files_lack_are_null(tmp_path):
    place = tmp_path / "lake/t"
    write(pa.table({"a": [1], "b": ["x"]}), place / "1.parquet")
    write(pa.table({"c": [2.5], "a": [2]}), place / "2.parquet")
    with server.SharedFolder(tmp_path / "lake", tmp_path / "p.share") as running:
        jobs = [
            workers.Job("t", f"{running.profile}#lake.default.t", delta) for delta in (False, True)
        ]
        expected = (["a", "b", "c"], [(1, "x", None), (2, None, 2.5)])
        for client in ("official", "sluice"):
            for key, result in workers.load(client, jobs, tmp_path).items():
                assert "rows" in result, (client, key, result)
                assert canonical.difference(expected, result["rows"]) is None, (client, key)


def test_forms_of_types_that_not_every_reader_knows(tmp_path):
    """The official client reads these in the parquet format only, and times without a zone in the
    delta format only."""
    lake = tmp_path / "lake"
    forms = pa.table(
        {
            "u8": pa.array([1, 255], pa.uint8()),
            "u16": pa.array([1, 65535], pa.uint16()),
            "u32": pa.array([1, 2**32 - 1], pa.uint32()),
            "text": pa.array(["x", None], pa.large_string()),
            "fixed": pa.array([b"ab", b"cd"], pa.binary(2)),
        }
    )
    write(forms.append_column("none", pa.nulls(2)), lake / "forms/1.parquet")
    write(forms.append_column("none", pa.array(["y", None])), lake / "forms/2.parquet")
    write(
        pa.table({"u64": pa.array([1, 2**64 - 1], pa.uint64())}), lake / "large/1.parquet"
    )
    naive = pa.table({"at": pa.array([START.replace(tzinfo=None), None], pa.timestamp("us"))})
    write(naive, lake / "naive/1.parquet")
    nanos = pa.table({"at": pa.array([1_700_000_000_123_456_789], pa.timestamp("ns", "UTC"))})
    write(nanos, lake / "nanos/1.parquet")
    with server.SharedFolder(lake, tmp_path / "p.share") as running:

        def load(client, table, delta):
            job = workers.Job(table, f"{running.profile}#lake.default.{table}", delta)
            (result,) = workers.load(client, [job], tmp_path).values()
            assert "rows" in result, (client, table, delta, result)
            return result["rows"]

        text = pa.array(["y", None])
        twice = [forms.append_column("none", pa.array([None, None], pa.string())),
                 forms.append_column("none", text)]
        expected = plain(pa.concat_tables(twice))
        for client, delta in (("official", False), ("sluice", False), ("sluice", True)):
            assert canonical.difference(expected, load(client, "forms", delta)) is None, client
        for client in ("official", "sluice"):
            assert canonical.difference(plain(naive), load(client, "naive", True)) is None, client
        assert load("sluice", "large", False) == (
            ["u64"], [(decimal.Decimal(1),), (decimal.Decimal(2**64 - 1),)],
        )
        assert load("sluice", "nanos", False)[1] == [(("time", 1_700_000_000_123_456),)]


def test_what_is_refused_is_named(tmp_path):
    lake = tmp_path / "lake"
    write(pa.table({"a": pa.array([1], pa.int64())}), lake / "types/1.parquet")
    write(pa.table({"a": pa.array([1], pa.int32())}), lake / "types/2.parquet")
    write(pa.table({"t": pa.array([1], pa.time64("us"))}), lake / "times/1.parquet")
    write(pa.table({"a": [1]}), lake / "parts/x=1/1.parquet")
    write(pa.table({"a": [1]}), lake / "parts/y=1/2.parquet")
    with server.SharedFolder(lake, tmp_path / "p.share") as running:
        caller = wire.Caller(running.endpoint, running.token)

        def message(table):
            answer = caller.ask("POST", f"/shares/lake/schemas/default/tables/{table}/query", {})
            assert answer.status == 400, answer.body
            assert answer.error() == "UNSUPPORTED_OPERATION"
            return answer.json()["message"]

        assert message("types") == "column 'a' is long in '1.parquet' and integer in '2.parquet'"
        assert "column 't'" in message("times") and "time64" in message("times")
        assert "x=1/1.parquet" in message("parts") and "y=1/2.parquet" in message("parts")
        changes = caller.get("/shares/lake/schemas/default/tables/types/changes?startingVersion=0")
        assert changes.status == 400


def test_patterns_of_a_configuration_choose_files(tmp_path):
    place = tmp_path / "files"
    for year in (2023, 2024):
        write(pa.table({"a": [year]}), place / f"year={year}/part-0.parquet")
        write(pa.table({"a": [-year]}), place / f"year={year}/other.parquet")
    write(pa.table({"a": [7]}), place / "deep/er/part-9.pq")
    location = str(place)
    tables = {
        "parts": {"location": location, "files": "year=*/part-*.parquet"},
        "some": {"location": location, "files": ["year=2024/**", "year=2023/o*"]},
        "deep": {"location": location, "files": "**/*.pq"},
        "none": {"location": location, "files": "nothing/*"},
    }
    running, url = share_configured(tmp_path, tables)
    with running:
        def values(name):
            return sorted(sluice.load_as_pandas(url(name))["a"].tolist())

        assert values("parts") == [2023, 2024]
        assert values("some") == [-2024, -2023, 2024]
        assert values("deep") == [7]
        with pytest.raises(sluice.DataMissingError):
            values("none")


def test_a_pattern_that_is_none_is_refused_with_its_place(tmp_path):
    with pytest.raises(AssertionError, match=r"server\.yaml:\d+:\d+.*not closed"):
        share_configured(tmp_path, {"t": {"location": str(tmp_path), "files": "a[b"}})


def test_thousands_of_files_are_read_once(tmp_path):
    place = tmp_path / "lake/many"
    place.mkdir(parents=True)
    write(pa.table({"a": [1]}), place / "0.parquet")
    content = (place / "0.parquet").read_bytes()
    for i in range(1, 3000):
        (place / f"{i}.parquet").write_bytes(content)
    with server.SharedFolder(tmp_path / "lake", tmp_path / "p.share") as running:
        caller = wire.Caller(running.endpoint, running.token)
        lines = caller.query("lake.default.many", {})
        assert len(wire.file_urls(lines)) == 3000
        # A footer that is read again would now be missed.
        for i in range(3000):
            times = os.stat(place / f"{i}.parquet")
            (place / f"{i}.parquet").write_bytes(b"\0" * len(content))
            os.utime(place / f"{i}.parquet", ns=(times.st_atime_ns, times.st_mtime_ns))
        lines = caller.query("lake.default.many", {})
        assert len(wire.file_urls(lines)) == 3000
