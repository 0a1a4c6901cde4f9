#!/usr/bin/env bash
# Builds the source distribution of the Python package into DIR (default: dist/): the C++ sources,
# simdjson's too, and the package, laid out as in the repository. Nothing is compiled.
set -euo pipefail
out=$(realpath -m "${1:-$(dirname "$0")/../dist}")
cd "$(dirname "$0")/.."
python=${PYTHON:-$PWD/.venv/bin/python}

staged=$(mktemp -d) log=$(mktemp)
trap 'rm -rf "$staged" "$log"' EXIT
# What is committed or about to be, without tests.
git ls-files --cached --others --exclude-standard -z -- \
  CMakeLists.txt LICENSE pyproject.toml apps bindings/python cmake include src \
  ':!*_test.cc' ':!bindings/python/tests' |
  xargs -0 cp --parents --target-directory="$staged"
mkdir -p "$staged/third_party/simdjson"
cp .venv/src/simdjson/simdjson.{h,cpp} "$staged/third_party/simdjson/"

mkdir -p "$out"
"$python" -m build --sdist --no-isolation --skip-dependency-check --outdir "$out" "$staged" >"$log" 2>&1 ||
  { tail -n 40 "$log" >&2; echo 'build_sdist: the build failed' >&2; exit 1; }
ls "$out"/sluice_sharing-*.tar.gz
