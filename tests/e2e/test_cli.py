"""The recipient's commands."""

import csv
import io
import json
import os
import pty
import shutil
import subprocess

import canonical
import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as parquet
import pytest
import server


@pytest.fixture
def run(shared):
    def run(*arguments, check=0, text=True):
        command = [str(server.SLUICE), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=text, timeout=120)
        assert check is None or done.returncode == check, (done.returncode, done.stderr)
        return done

    return run


@pytest.fixture
def at(shared):
    return lambda table: f"{shared.profile}#tables.{table}"


def expected(data, name):
    return parquet.read_table(data / f"expected/{name}.parquet")


def test_ls_of_a_profile_a_share_and_a_schema(run, shared):
    everything = run("ls", shared.profile).stdout
    assert len(everything.splitlines()) >= 7
    for name in ("sales", "wide_rows", "partition_types"):
        assert name in everything
    assert run("ls", f"{shared.profile}#tables").stdout.count("\n") >= 7
    types = run("ls", f"{shared.profile}#tables.types").stdout
    assert "all_types" in types and "sales" not in types


def test_schema_names_columns_and_types(run, at, data):
    text = run("schema", at("default.sales")).stdout
    for name in expected(data, "sales").column_names:
        assert name in text
    parsed = json.loads(run("schema", at("types.all_types"), "--json").stdout)
    fields = {field["name"]: field["type"] for field in parsed["fields"]}
    assert fields["decimal"] == "decimal(38,6)"
    assert fields["map"]["type"] == "map"


def test_count_is_exact(run, at):
    assert run("count", at("default.sales")).stdout.strip() == "4750"
    assert run("count", at("default.empty")).stdout.strip() == "0"
    assert run("count", at("default.versions"), "--version", 1).stdout.strip() == "20"
    at_noon = run("count", at("default.versions"), "--timestamp", "2024-05-01T12:30:00Z")
    assert at_noon.stdout.strip() == "30"


def test_count_needs_no_file_whose_statistics_tell_its_rows(run, data, tmp_path):
    table = tmp_path / "tables/versions"
    shutil.copytree(data / "tables/versions", table)
    for file in table.glob("*.parquet"):
        file.unlink()
    with server.SharedFolder(table.parent, tmp_path / "p.share") as shared:
        url = f"{shared.profile}#tables.default.versions"
        assert run("count", url).stdout.strip() == "50"
        run("cat", url, check=7)


def test_changes_between_versions(run, at):
    text = run("changes", at("default.changed"), "--from-version", 3, "--to-version", 4).stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["_commit_version"] for row in rows] == ["3"] * 6 + ["4"]
    assert rows[-1]["_change_type"] == "delete" and rows[-1]["id"] == "1"
    assert rows[-1]["_commit_timestamp"].startswith("2024-05-01T14:00:00")
    same = run(
        "changes",
        at("default.changed"),
        "--from-timestamp",
        "2024-05-01T12:30:00Z",
        "--to-timestamp",
        "2024-05-01T14:00:00Z",
        "--columns",
        "_change_type,id",
        "--format",
        "json",
    ).stdout
    parsed = [json.loads(line) for line in same.splitlines()]
    assert [list(row) for row in parsed] == [["_change_type", "id"]] * 7


def test_head_shows_ten_rows(run, at, data):
    rows = list(csv.reader(io.StringIO(run("head", at("default.sales"), "--format", "csv").stdout)))
    assert len(rows) == 11
    assert rows[0] == expected(data, "sales").column_names
    assert len(run("head", at("default.sales"), "-n", 3, "--format", "json").stdout.splitlines()) == 3


def test_cat_csv(run, at, data):
    rows = list(csv.DictReader(io.StringIO(run("cat", at("default.sales")).stdout)))
    table = expected(data, "sales")
    assert len(rows) == table.num_rows
    assert sorted(int(row["id"]) for row in rows) == sorted(table["id"].to_pylist())
    by_id = {row["id"]: row for row in table.select(["id", "region", "amount"]).to_pylist()}
    for row in rows:
        other = by_id[int(row["id"])]
        assert (row["region"] or None) == other["region"]
        assert float(row["amount"]) == other["amount"]


def test_cat_json_is_an_object_a_line(run, at, data):
    rows = [json.loads(line) for line in run("cat", at("types.all_types"), "--format", "json").stdout.splitlines()]
    table = expected(data, "all_types")
    assert len(rows) == table.num_rows
    wanted = {row["integer"]: row for row in table.to_pylist()}
    for row in rows:
        other = wanted[row["integer"]]
        assert row.get("long") == other["long"]
        assert row.get("string") == other["string"]
        assert row["struct"] == other["struct"]
        assert row.get("list") == other["list"]


@pytest.mark.parametrize("table", ["default.sales", "types.all_types", "types.partition_types", "default.empty"])
def test_cat_arrow_and_parquet_hold_every_row(run, at, data, tmp_path, table):
    wanted = canonical.arrow_rows(expected(data, table.split(".")[1]))
    stream = run("cat", at(table), "--format", "arrow", text=False).stdout
    read = ipc.open_stream(pa.BufferReader(stream)).read_all()
    assert canonical.difference(wanted, canonical.arrow_rows(read)) is None
    out = tmp_path / "rows.parquet"
    run("cat", at(table), "--format", "parquet", "-o", out)
    assert canonical.difference(wanted, canonical.arrow_rows(parquet.read_table(out))) is None


def test_columns_in_the_order_asked_for_and_an_exact_limit(run, at):
    text = run("cat", at("default.sales"), "--columns", "note,id", "--limit", 7).stdout
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["note", "id"] and len(rows) == 8


def test_a_pipe_gets_nothing_but_data(run, at):
    done = run("cat", at("default.versions"))
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 51


def test_a_pipe_that_closes_early_is_no_error_to_see(at):
    command = f"set -o pipefail; {server.SLUICE} cat '{at('large.wide_rows')}' | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=120)
    assert done.stdout == "id,bucket,value,text\n"
    assert done.stderr == ""
    assert done.returncode == 141


def test_a_terminal_gets_a_progress_line_on_standard_error(at):
    leader, follower = pty.openpty()
    try:
        done = subprocess.run(
            [server.SLUICE, "cat", at("large.wide_rows")],
            stdout=subprocess.DEVNULL,
            stderr=follower,
            timeout=120,
            env={**os.environ, "TERM": "xterm"},
        )
        os.close(follower)
        shown = b""
        try:
            while chunk := os.read(leader, 65536):
                shown += chunk
        except OSError:
            pass  # the end of a terminal
    finally:
        os.close(leader)
    assert done.returncode == 0
    assert b"\r" in shown or shown == b""


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["ls", "/nowhere.share"], 3, "/nowhere.share"),
        (["ls", "/tmp"], 2, "/tmp: is a folder"),
        (["changes", "{profile}#tables.default.changed"], 2, "--from-version"),
        (["changes", "{profile}#tables.default.changed", "--from-version", "-1"], 2, "-1"),
        (["changes", "{profile}#tables.default.changed", "--from-version", "99"], 2, "99"),
        (["cat", "{profile}#tables.default.nothing"], 3, "nothing"),
        (["cat", "{profile}#tables.default"], 2, "tables.default"),
        (["cat", "{profile}"], 2, "#"),
        (["cat", "{profile}#tables.default.sales", "--columns", "id,nope"], 2, "nope"),
        (["cat", "{profile}#tables.default.sales", "--format", "xml"], 2, "xml"),
        (["cat", "{profile}#tables.default.sales", "--version", "77"], 2, "77"),
        (["cat", "{profile}#tables.default.sales", "-o", "/nowhere/at/all"], 2, "/nowhere"),
        (["frobnicate"], 2, "frobnicate"),
        ([], 2, ""),
    ],
)
def test_exit_codes_mean_something_and_one_line_says_what(run, shared, arguments, code, word):
    filled = [argument.format(profile=shared.profile) for argument in arguments]
    done = run(*filled, check=None)
    assert done.returncode == code, (done.returncode, done.stderr)
    assert word in done.stderr
    assert done.stdout == ""


def test_a_wrong_token_is_its_own_exit_code(run, shared, tmp_path):
    profile = server.write_profile(tmp_path / "p.share", shared.endpoint, "wrong-token")
    done = run("ls", profile, check=4)
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_server_that_is_not_there(run, tmp_path):
    profile = server.write_profile(tmp_path / "p.share", "http://127.0.0.1:9/delta-sharing", "t")
    done = run("ls", profile, "--retries", "0", check=5)
    assert "127.0.0.1" in done.stderr


def test_an_output_file_appears_whole_or_not_at_all(run, at, tmp_path):
    out = tmp_path / "rows.csv"
    run("cat", at("default.nothing"), "-o", out, check=None)
    assert list(tmp_path.iterdir()) == []
    run("cat", at("default.versions"), "-o", out)
    assert len(out.read_text().splitlines()) == 51
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]


def test_help_teaches_every_command(run):
    text = run("--help").stdout
    for command in ("serve", "ls", "schema", "head", "count", "cat", "changes", "check"):
        assert command in text
        assert len(run(command, "--help").stdout.splitlines()) > 4
