"""The wheel beside a new pyarrow, an old one, and none: each in an environment of its own."""

import json
import pathlib
import subprocess
import sys
import textwrap

import pytest
from conftest import ROOT

PYTEST = "pytest==9.2.0"
ENVIRONMENTS = {
    "pyarrow-newest": ["pyarrow==26.0.1", "pandas==3.1.1", "polars==2.1.0", PYTEST],
    "pyarrow-14": ["pyarrow==14.0.2", "numpy<2", "pandas==2.2.3", "polars==2.1.0", PYTEST],
    "no-pyarrow": ["polars==2.1.0"],
}
SCRIPT = """
    import json, sys
    url, order = sys.argv[1:]
    if order == "theirs":
        try:
            import pyarrow, pyarrow.parquet, pyarrow.dataset
        except ImportError:
            pass
    import sluice
    out = {"polars": sluice.load_as_polars(url).shape}
    try:
        import pyarrow as pa
        import pyarrow.compute as pc
    except ImportError:
        try:
            sluice.load_as_arrow(url)
        except ImportError as error:
            out["arrow"] = str(error)
    else:
        table = sluice.load_as_arrow(url)
        out["arrow"] = [table.num_rows, pc.sum(table["id"]).as_py()]
        frame = sluice.load_as_pandas(url)
        out["pandas"] = [len(frame), int(frame["id"].sum())]
        out["streamed"] = sum(batch.num_rows for batch in sluice.scan(url))
    libraries = {line.split("/")[-1].strip() for line in open("/proc/self/maps") if "libarrow" in line}
    out["libraries"] = sorted(libraries)
    print(json.dumps(out))
"""


@pytest.fixture(scope="module")
def wheel():
    wheels = list((ROOT / "dist").glob("sluice_sharing-*.whl"))
    assert len(wheels) == 1, "run scripts/build_wheel.sh first"
    return wheels[0]


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def environment(request, wheel):
    """Kept between runs; only the wheel is installed anew."""
    folder = ROOT / "build/python-environments" / request.param
    python = folder / "bin/python"
    pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    if not (folder / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([*pip, *ENVIRONMENTS[request.param], wheel], check=True)
        (folder / "ready").touch()
    subprocess.run([*pip, "--force-reinstall", "--no-deps", wheel], check=True)
    return request.param, python


@pytest.mark.parametrize("order", ["ours", "theirs"])
def test_loads_whatever_else_is_there(environment, at, order, tmp_path):
    """`order`: which of the two Arrow libraries is loaded first."""
    name, python = environment
    command = [python, "-c", textwrap.dedent(SCRIPT), at("large.wide_rows"), order]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    out = json.loads(done.stdout)
    total = 400_000 * 399_999 // 2
    assert out["polars"] == [400_000, 4]
    if name == "no-pyarrow":
        assert "sluice-sharing[arrow]" in out["arrow"]
    else:
        assert out["arrow"] == [400_000, total]
        assert out["pandas"] == [400_000, total]
        assert out["streamed"] == 400_000
    ours = [library for library in out["libraries"] if library.startswith("libarrow-")]
    assert len(ours) == 1, out["libraries"]


def test_frames_are_those_of_its_pandas(environment, tmp_path):
    name, python = environment
    if name == "no-pyarrow":
        pytest.skip("frames need pyarrow")
    tests = pathlib.Path(__file__).with_name("test_frames.py")
    command = [python, "-m", "pytest", "-q", "--noconftest", "-p", "no:cacheprovider", tests]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=tmp_path)
    assert done.returncode == 0, done.stdout


def test_the_command_comes_with_the_package(environment, at, tmp_path):
    """Whatever Arrow is there: it has the package's own."""
    _, python = environment
    command = [python.parent / "sluice", "count", at("large.wide_rows")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, "400000"), done.stderr


def test_the_wheel_serves_every_python(wheel):
    assert "-cp310-abi3-manylinux" in wheel.name
    assert pathlib.Path(wheel).stat().st_size < 60_000_000
