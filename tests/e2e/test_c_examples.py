"""The programs of examples/c: do they do what they show, also where it fails?"""

import re
import shutil
import subprocess

import pytest
import server


def run(name, *arguments, checked=False):
    command = [server.ROOT / "build/bin" / f"example_{name}", *map(str, arguments)]
    if checked:
        tool = shutil.which("valgrind")
        if tool is None:
            pytest.skip("valgrind is not installed")
        marks = ["--error-exitcode=99", "--leak-check=full", "--errors-for-leak-kinds=definite"]
        command = [tool, "-q", *marks, *command]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def test_listing(shared):
    done = run("list_tables", shared.profile)
    assert done.returncode == 0, done.stderr
    assert {"tables: sales", "tables: all_types", "tables: wide_rows"} <= set(done.stdout.splitlines())


def test_reading(shared):
    done = run("read_table", shared.profile, "tables.large.wide_rows", "id < 150000 and id >= 50000")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "id: l" in lines
    assert re.fullmatch(r"version 0: 100000 rows, \d+ of \d+ bytes fetched", lines[-1])


def test_reading_in_tasks(shared):
    done = run("read_in_tasks", shared.profile, "tables.large.wide_rows")
    assert done.returncode == 0, done.stderr
    tasks, rows = map(int, re.fullmatch(r"(\d+) tasks, (\d+) rows\n", done.stdout).groups())
    assert tasks >= 4 and rows == 400_000


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["tables.large.nothing"], r"error 5: .* \(request [0-9a-f-]+\)"),
        (["tables.large.wide_rows", "id + 1 > 2"], r"error \d+: option 'filter_sql': .* \(request none\)"),
    ],
)
def test_failures(shared, arguments, told):
    done = run("read_table", shared.profile, *arguments)
    assert done.returncode == 1
    assert re.fullmatch(told + "\n", done.stderr), done.stderr


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("list_tables", []),
        ("read_table", ["tables.default.sales"]),
        ("read_table", ["tables.default.nothing"]),
        ("read_in_tasks", ["tables.default.sales"]),
    ],
)
def test_nothing_is_left_behind(shared, name, arguments):
    """What they make they release."""
    done = run(name, shared.profile, *arguments, checked=True)
    assert done.returncode == (1 if "nothing" in str(arguments) else 0), done.stderr
