"""Slips of the pen in commands on a catalog are told when they are made, not to the first recipient."""

import subprocess

import deltalake
import pyarrow as pa
import pytest
import server
from managed import Catalog

#: Each command that reads, changes or removes what has to be there.
NEED_A_CATALOG = [
    ["share", "list"],
    ["share", "show", "s"],
    ["share", "drop", "s"],
    ["recipient", "list"],
    ["recipient", "alter", "r", "--comment", "c"],
    ["recipient", "rotate", "r", "--endpoint", "http://127.0.0.1/delta-sharing"],
    ["grant", "s", "--to", "r"],
    ["revoke", "s", "--from", "r"],
    ["admin", "list"],
    ["admin", "changes"],
    ["audit"],
]


def run(catalog, *arguments, code=0):
    """What it said on standard error."""
    done = subprocess.run(
        [server.SLUICE, *map(str, arguments), *catalog.where],
        capture_output=True, text=True, cwd=catalog.folder, timeout=60,
    )
    assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stderr


@pytest.fixture
def catalog(tmp_path):
    made = Catalog(tmp_path, ["--data-dir", tmp_path / "data"])
    made.run("share", "create", "s")
    made.run("recipient", "create", "anna", "--property", "country=DE", "--endpoint",
             "http://127.0.0.1/delta-sharing")
    for rows in ([1], [2]):
        table = pa.table({"id": pa.array(rows, pa.int64()), "country": ["DE"], "day": ["2024-01-01"]})
        deltalake.write_deltalake(tmp_path / "orders", table, mode="append", partition_by=["country", "day"])
    return made


def tables(catalog):
    return [table["name"] for table in catalog.json("share", "show", "s")["tables"]]


def test_a_table_must_be_where_it_is_said_to_be(catalog, tmp_path):
    (tmp_path / "empty").mkdir()
    for place in ("odrers", "/nowhere/at/all", "empty"):
        said = run(catalog, "share", "add", place, "--to", "s.a.t", code=1)
        assert place in said and "there is no table" in said and said.count("\n") == 1, said
    said = run(catalog, "share", "add-folder", "odrers", "--to", "s.b", code=1)
    assert "there is no such folder" in said
    assert tables(catalog) == []
    assert run(catalog, "share", "add", "odrers", "--to", "s.a.later", "--unchecked") == ""
    assert run(catalog, "share", "add-folder", "odrers", "--to", "s.b", "--unchecked") == ""
    assert run(catalog, "share", "add", "orders", "--to", "s.a.orders") == ""
    assert tables(catalog) == ["later", "orders"]


def test_a_store_that_cannot_be_read_from_here_is_a_warning(catalog):
    """The server may have other credentials."""
    nobody = ["--storage", "endpoint=http://127.0.0.1:1", "--storage", "region=r", "--storage", "anonymous=true"]
    said = run(catalog, "share", "add", "s3://bucket/orders", "--to", "s.a.t", *nobody)
    assert said.startswith("sluice: warning: s3://bucket/orders: not read from here: "), said
    assert said.count("\n") == 1
    assert run(catalog, "share", "add", "s3://bucket/orders", "--to", "s.a.u", "--unchecked", *nobody) == ""
    assert tables(catalog) == ["t", "u"]


def test_a_start_version_that_is_not_there_yet_is_a_warning(catalog):
    add = ["share", "add", "orders", "--history", "--start-version"]
    assert run(catalog, *add, "1", "--to", "s.a.one") == ""
    said = run(catalog, *add, "99", "--to", "s.a.most")
    assert "--start-version 99" in said and "the newest version" in said and said.endswith("is 1, so nothing is shown yet\n")
    assert tables(catalog) == ["most", "one"]


def test_a_row_filter_names_partition_columns(catalog):
    """Where the table can be read; another filter would make every answer an error."""
    wrong = ["--where", "id > 1"]
    said = run(catalog, "share", "add", "orders", "--to", "s.a.t", *wrong, code=2)
    assert "'id' is not a partition column" in said and "country, day" in said, said
    run(catalog, "share", "add", "orders", "--to", "s.a.t", "--where", "country = 'DE'")
    said = run(catalog, "grant", "S.A.T", "--to", "anna", *wrong, code=2)
    assert "'id' is not a partition column" in said and "country, day" in said, said
    said = run(catalog, "grant", "s.a.t", "--to", "anna", "--where", "town = current_recipient('country')", code=2)
    assert "no column 'town'" in said, said
    assert catalog.json("recipient", "show", "anna")["grants"] == []
    run(catalog, "grant", "s.a.t", "--to", "anna", "--where", "country = current_recipient('country')")
    assert len(catalog.json("recipient", "show", "anna")["grants"]) == 1


@pytest.mark.parametrize("point", [0x80, 0x9B, 0x2028, 0x2029, 0x202E, 0x2066, 0x200F], ids=hex)
def test_names_hold_nothing_that_a_terminal_acts_on(catalog, tmp_path, point):
    name = f"a{chr(point)}b"
    for line in (
        ["share", "create", name],
        ["share", "add", "orders", "--to", f"s.a.{name}"],
        ["share", "add", "orders", "--to", f"s.{name}.t"],
        ["share", "add-folder", ".", "--to", f"s.{name}"],
        ["recipient", "create", name, "--profile", "-"],
        ["admin", "create", name],
    ):
        said = run(catalog, *line, code=2)
        assert f"U+{point:04X}" in said and chr(point) not in said, said
    # Nor do tables show what a comment holds of it.
    catalog.run("share", "alter", "s", "--comment", "words \u202e" if point == 0x202E else "words")
    assert "\u202e" not in catalog.run("share", "list")
    # A folder is shared by a name without it.
    (tmp_path / "lake").mkdir()
    (tmp_path / "orders").rename(tmp_path / "lake" / name)
    with server.SharedFolder(tmp_path / "lake", tmp_path / "lake.share") as shared:
        done = subprocess.run([server.SLUICE, "ls", tmp_path / "lake.share"], capture_output=True, text=True)
        assert "a_b" in done.stdout and chr(point) not in done.stdout, done.stdout + shared.output()


@pytest.mark.parametrize("line", NEED_A_CATALOG, ids=" ".join)
def test_nothing_is_made_of_a_folder_that_is_no_catalog(tmp_path, line):
    place = tmp_path / "nonexistent/x"
    for where in (place, tmp_path):
        said = run(Catalog(tmp_path, ["--data-dir", where]), *line, code=1)
        assert said.startswith(f"sluice: {where}: there is no catalog") and said.count("\n") == 1, said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["share", "create"], "name is required"),
        (["admin", "changes", "--limit", "many"], "Could not convert"),
        (["grant", "s"], "--to is required"),
        (["share"], "subcommand is required"),
        (["nothing"], "nothing"),
    ],
)
def test_wrong_usage_is_told_by_the_program(line, words):
    done = subprocess.run([server.SLUICE, *line], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("sluice: ") and words in done.stderr, done.stderr
    assert "--help" in done.stderr


def test_a_database_that_is_away_is_told_in_one_line(tmp_path):
    catalog = Catalog(tmp_path, ["--catalog", f"postgresql:///d?host={tmp_path}"])
    said = run(catalog, "share", "list", code=1)
    assert str(tmp_path) in said and said.count("\n") == 1 and said.strip() == said[:-1], said
