#!/usr/bin/env bash
# The programs below tests/clients, into build/clients: those whose compiler is here. What others
# wrote is compiled once for all checkouts, in the user's cache: the crates take some eight minutes
# of CPU, the Go modules one.
set -euo pipefail
cd "$(dirname "$0")/.."

CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/sluice/rust-clients

say() { printf '==> %s\n' "$*"; }

rust() {
  local dir=tests/clients/rust
  [ "$dir/Cargo.lock" -nt "$dir/Cargo.lock.pins" ] || python3 tests/clients/pin_rust.py
  cargo build --locked -q --manifest-path "$dir/Cargo.toml" --target-dir "$CACHE"
  install -D "$CACHE/debug/load-with-rust" build/clients/load-with-rust
}

go_program() {
  GOTOOLCHAIN=local go build -C tests/clients/go -o "$PWD/build/clients/load-with-go" .
}

if command -v cargo >/dev/null; then
  say 'the Rust client: building'
  rust
else
  say 'the Rust client: left out, for there is no cargo (1.82)'
fi
if command -v go >/dev/null; then
  say 'the Go client: building'
  go_program
else
  say 'the Go client: left out, for there is no go (1.23)'
fi
