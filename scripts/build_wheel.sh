#!/usr/bin/env bash
# Builds the Python package into dist/ and installs it in .venv; does nothing when nothing changed.
# The wheel carries its own Arrow, under names of its own, and the system libraries that it needs.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-$PWD/.venv/bin/python}
sources=(apps bindings/python src include cmake CMakeLists.txt pyproject.toml scripts/build_wheel.sh
         scripts/requirements.txt)

installed() { "$python" -c 'import sluice' 2>/dev/null; }
newest=$(ls -t dist/sluice_sharing-*.whl 2>/dev/null | head -n 1 || true)
if [ -n "$newest" ] && installed &&
   [ -z "$(find "${sources[@]}" -newer "$newest" -type f ! -path '*/tests/*' ! -name '*.pyc' -print -quit)" ]; then
  exit 0
fi

# Debian's Python names another path of the same compiler, under which the compiler cache knows nothing.
cached() { sed -n "s/^$1:[A-Z]*=//p" build/CMakeCache.txt; }
export CC=${CC:-$(cached CMAKE_C_COMPILER)} CXX=${CXX:-$(cached CMAKE_CXX_COMPILER)}

mkdir -p build dist
rm -rf build/raw-wheel build/repaired-wheel
"$python" -m build --wheel --no-isolation --outdir build/raw-wheel . >build/wheel.log 2>&1 ||
  { tail -n 40 build/wheel.log >&2; echo 'build_wheel: the build failed; build/wheel.log has all of it' >&2; exit 1; }
arrow=$("$python" -c 'import os, pyarrow; print(os.path.dirname(pyarrow.__file__))')
PATH=$(dirname "$python"):$PATH LD_LIBRARY_PATH=$arrow "$python" -m auditwheel repair --plat "manylinux_2_36_$(uname -m)" \
  --wheel-dir build/repaired-wheel build/raw-wheel/*.whl >>build/wheel.log 2>&1 ||
  { tail -n 40 build/wheel.log >&2; echo 'build_wheel: auditwheel failed; build/wheel.log has all of it' >&2; exit 1; }
rm -f dist/sluice_sharing-*.whl
mv build/repaired-wheel/*.whl dist/
"$python" -m pip install -q --disable-pip-version-check --force-reinstall --no-deps dist/sluice_sharing-*.whl
"$python" -c 'import sluice; print("built and installed sluice-sharing", sluice.__version__)'
