"""The source distribution of the Python package holds what a build needs."""

import subprocess
import sys
import tarfile

import pytest
import server


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sdist")
    script = server.ROOT / "scripts/build_sdist.sh"
    subprocess.run([script, folder], check=True, capture_output=True, timeout=300)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


def test_it_is_configured_without_the_repository(unpacked, tmp_path):
    configure = ["cmake", "-S", unpacked, "-B", tmp_path, "-G", "Ninja", "-DSLUICE_PYTHON_MODULE=ON"]
    configure += ["-DSLUICE_TESTS=OFF", f"-DSLUICE_PYTHON={sys.executable}"]
    done = subprocess.run(configure, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert str(server.ROOT) not in (tmp_path / "CMakeCache.txt").read_text().replace(sys.prefix, "")


def test_it_has_every_source_and_no_test(unpacked):
    listed = subprocess.run(
        ["git", "ls-files", "src", "apps", "include", "cmake", "bindings/python/src"],
        cwd=server.ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    wanted = {path for path in listed if not path.endswith("_test.cc")}
    held = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
    assert wanted <= held
    assert not [path for path in held if path.endswith("_test.cc") or "/tests/" in path]
    assert "third_party/simdjson/simdjson.cpp" in held and "PKG-INFO" in held
