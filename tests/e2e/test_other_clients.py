"""Clients in other languages list and load our tables: small programs below tests/clients/.

`make clients` builds them below build/clients, as `.ci/run` does, which takes minutes and compilers
that are no part of the set-up; where they are not built, their tests are skipped and say so.
"""

import json
import re
import subprocess

import canonical
import expectations
import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as parquet
import pytest
import real_share
import server

SOURCES = server.ROOT / "tests/clients"
BUILT = server.ROOT / "build/clients"
RUN_SECONDS = 600

#: Tables without partition columns: neither client adds those to the rows.
PLAIN = ["tables.default.versions", "tables.large.many_files", "tables.default.empty"]
PARTITIONED = ["tables.default.sales", "tables.default.changed"]


def built(language, program):
    # What cargo makes of the pins is no source.
    sources = [
        file
        for file in (SOURCES / language).rglob("*")
        if file.is_file() and file.name != "Cargo.lock"
    ]
    path = BUILT / program
    if not path.exists():
        pytest.skip(f"{path.name} is not built: run 'make clients'")
    if path.stat().st_mtime < max(file.stat().st_mtime for file in sources):
        pytest.skip(f"{path.name} is older than its sources: run 'make clients'")
    return path


@pytest.fixture(scope="module")
def rust_program():
    return built("rust", "load-with-rust")


@pytest.fixture(scope="module")
def go_program():
    return built("go", "load-with-go")


def output_of(command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=RUN_SECONDS)
    assert done.returncode == 0, done.stderr[-5000:]
    return json.loads(done.stdout)


TABLES = [
    "tables.default.changed",
    "tables.default.empty",
    "tables.default.sales",
    "tables.default.versions",
    "tables.large.many_files",
    "tables.large.wide_rows",
    "tables.types.all_types",
    "tables.types.partition_types",
]


def check_listings(found):
    assert found["shares"] == ["tables"]
    assert found["schemas"] == ["tables.default", "tables.large", "tables.types"]
    assert found["tables"] == TABLES and sorted(found["all"]) == TABLES


def expected_rows(data, table, columns=None):
    rows = parquet.read_table(data / f"expected/{table.split('.')[2]}.parquet", columns=columns)
    return canonical.arrow_rows(rows)


def without_partitions(data, table, partitions):
    names = parquet.read_schema(data / f"expected/{table.split('.')[2]}.parquet").names
    return expected_rows(data, table, [name for name in names if name not in partitions])


@pytest.mark.parametrize("format", ["none", "parquet", "delta"])
def test_rust(rust_program, shared, data, tmp_path, format):
    # Its frames have no decimals, so no table with all types.
    asked = [*PLAIN, *PARTITIONED]
    found = output_of([rust_program, shared.profile, tmp_path, format, "frames", *asked])
    check_listings(found["listings"])
    versions = {"tables.default.versions": 4, "tables.default.empty": 0}
    for name, number in versions.items():
        assert found["tables"][name]["version"] == number
    if format == "delta":
        # It reads that format only of tables whose protocol lists features; these have none.
        for table in found["tables"].values():
            assert "untagged enum Protocol" in table["metadata"]["error"]
        return
    for name, table in found["tables"].items():
        assert "error" not in table["metadata"], (name, table)
        files = [parquet.ParquetFile(path).read() for path in table["files"]]
        rows = sum(file.num_rows for file in files)
        assert rows == len(expected_rows(data, name)[1]), name
        limited = table["files_of_version_0"]
        assert limited in (0, 1) or name == "tables.default.sales", (name, limited)
    for name in PLAIN[:2]:
        frame = parquet.read_table(found["tables"][name]["frame"])
        assert canonical.difference(expected_rows(data, name), canonical.arrow_rows(frame)) is None
    frame = parquet.read_table(found["tables"]["tables.default.changed"]["frame"])
    expected = without_partitions(data, "tables.default.changed", ["part"])
    assert canonical.difference(expected, canonical.arrow_rows(frame)) is None


def test_rust_on_real_tables(rust_program, real_tables, tmp_path):
    """Of tables that a client can load that knows the parquet format only, it gets every file."""
    names, asked = parquet_tables(real_tables)
    with real_share.share(real_tables, names, tmp_path) as url:
        profile = url(names[0]).split("#")[0]
        command = [rust_program, profile, tmp_path, "parquet", "files", *asked.values()]
        found = output_of(command)["tables"]
    for name in names:
        table = found[asked[name]]
        assert "error" not in table["metadata"], (name, table)
        assert "error" not in table["files"], (name, table)
        rows = sum(parquet.ParquetFile(path).metadata.num_rows for path in table["files"])
        assert rows == expected_count(real_tables, name), name


def parquet_tables(real_tables):
    """Names of real tables that the parquet format can express, and as share.schema.table."""
    entries = real_share.entries(real_tables)
    names = sorted(set(entries) - set(expectations.of("official", False)))
    assert len(names) > 100
    return names, {name: "real.open." + real_share.shared_name(name) for name in names}


def expected_count(real_tables, name):
    return parquet.ParquetFile(real_tables / name / "expected/rows.parquet").metadata.num_rows


def test_go(go_program, shared, data, tmp_path):
    asked = [*PLAIN, *PARTITIONED]
    found = output_of([go_program, shared.profile, tmp_path, *asked])
    check_listings(found["listings"])
    for name, table in found["tables"].items():
        assert "error" not in table, (name, table)
        schema = parquet.read_schema(data / f"expected/{name.split('.')[2]}.parquet")
        assert table["columns"] == schema.names
        files = [ipc.open_file(path).read_all() for path in table["files"] or []]
        partitions = {"tables.default.sales": ["region", "day"], "tables.default.changed": ["part"]}
        expected = without_partitions(data, name, partitions.get(name, []))
        if not files:
            assert not expected[1], name
            continue
        rows = canonical.arrow_rows(pa.concat_tables(files, promote_options="permissive"))
        assert canonical.difference(expected, rows) is None, name
    assert found["tables"]["tables.default.versions"]["version"] == 4
    # Of a change feed it knows only what was removed: it looks for "file" and "cdc" where the
    # protocol has "add" and "cdf".
    assert found["tables"]["tables.default.changed"]["changes"] > 0


def test_go_on_real_tables(go_program, real_tables, tmp_path):
    """Of tables that a client can load that knows the parquet format only, it gets every file."""
    names, asked = parquet_tables(real_tables)
    with real_share.share(real_tables, names, tmp_path) as url:
        profile = url(names[0]).split("#")[0]
        found = output_of([go_program, profile, tmp_path, *asked.values()])["tables"]
    for name in names:
        table = found[asked[name]]
        assert "error" not in table, (name, table)
        rows = sum(ipc.open_file(path).read_all().num_rows for path in table["files"] or [])
        assert rows == expected_count(real_tables, name), name


def test_programs_are_pinned():
    """A build must not change by itself."""
    lock = (SOURCES / "rust/Cargo.lock.pins").read_text()
    assert re.search(r'name = "delta-sharing"\nversion = "0.2.0"', lock)
    sums = (SOURCES / "go/go.sum").read_text()
    for name, version in re.findall(
        r"^\t(\S+) (v\S+)", (SOURCES / "go/go.mod").read_text(), re.MULTILINE
    ):
        assert f"{name} {version} h1:" in sums, name
