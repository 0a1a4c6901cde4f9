"""The package is typed throughout, and says so to those who import it."""

import pathlib
import subprocess
import sys

import sluice
from conftest import ROOT

PACKAGE = ROOT / "bindings/python"


def test_mypy_strict(tmp_path):
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", "pyproject.toml", "-p", "sluice"]
    done = subprocess.run(
        [*command, "--cache-dir", tmp_path], cwd=ROOT, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_callers_see_the_types(tmp_path):
    assert (pathlib.Path(sluice.__file__).parent / "py.typed").exists()
    caller = tmp_path / "caller.py"
    caller.write_text(
        "import sluice.aio\n"
        "version: int = sluice.get_table_version('p#a.b.c')\n"
        "sluice.load_as_arrow('p#a.b.c', columns=['x'], filters=sluice.col('x') > 1, timeout_ms=5)\n"
        "wrong: str = sluice.get_table_version('p#a.b.c')\n"
        "sluice.load_as_arrow('p#a.b.c', time_out=5)\n"
        "async def later() -> None:\n"
        "    rows: int = (await sluice.aio.scan('p#a.b.c', 5, timeout_ms=5)).table_version\n"
        "    await sluice.aio.get_table_version('p#a.b.c', time_out=5)\n"
    )
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", tmp_path / "cache", caller]
    done = subprocess.run(command, cwd=PACKAGE, capture_output=True, text=True, timeout=600)
    errors = [line for line in done.stdout.splitlines() if "error:" in line]
    assert len(errors) == 3, done.stdout
    assert "caller.py:4" in errors[0] and "[assignment]" in errors[0]
    assert "caller.py:5" in errors[1] and "time_out" in errors[1]
    assert "caller.py:8" in errors[2] and "time_out" in errors[2]
