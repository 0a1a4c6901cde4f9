#!/usr/bin/env bash
# tidy.sh --all | --changed: clang-tidy over every source, or over at most SLUICE_TIDY_FILES (20)
# of those that changed since the merge base with origin's branch, else since the last commit.
set -euo pipefail
cd "$(dirname "$0")/.."

# clang cannot read GCC's precompiled headers, so the compile database is one without.
configure() {
  cmake -S . -B build/tidy -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSLUICE_PCH=OFF \
    -DSLUICE_CCACHE=OFF -DSLUICE_PYTHON="$PWD/.venv/bin/python" >/dev/null
}

base_commit() {
  local upstream base
  for upstream in "${SLUICE_TIDY_BASE:-}" origin/HEAD origin/main; do
    [ -n "$upstream" ] || continue
    base=$(git merge-base HEAD "$upstream" 2>/dev/null) || continue
    [ "$base" != "$(git rev-parse HEAD)" ] && { echo "$base"; return; }
  done
  git rev-parse -q --verify HEAD~1 || git hash-object -t tree /dev/null
}

in_database() {
  python3 -c '
import json, os, sys
known = {os.path.relpath(e["file"]) for e in json.load(open("build/tidy/compile_commands.json"))}
print("\n".join(f for f in sys.stdin.read().split() if f in known))'
}

case "${1:-}" in
  --all) files=$(git ls-files '*.cc') ;;
  --changed)
    # A changed header is read through the source of the same name.
    files=$({ git diff --name-only "$(base_commit)" -- '*.cc' '*.h'
              git ls-files -o --exclude-standard '*.cc' '*.h'; } |
            sed 's/\.h$/.cc/' | sort -u | while read -r f; do [ -f "$f" ] && echo "$f"; done || true)
    ;;
  *) echo "usage: tidy.sh --all | --changed" >&2; exit 2 ;;
esac
configure
mapfile -t sources < <(in_database <<<"$files" | sed '/^$/d')
if [ "$1" = --changed ] && [ ${#sources[@]} -gt "${SLUICE_TIDY_FILES:-20}" ]; then
  echo "tidy: ${#sources[@]} files changed; reading ${SLUICE_TIDY_FILES:-20} of them ('make tidy' reads all)"
  mapfile -t sources < <(printf '%s\n' "${sources[@]}" | shuf -n "${SLUICE_TIDY_FILES:-20}" \
    --random-source=<(git rev-parse HEAD | sha512sum; yes) | sort)
fi
[ ${#sources[@]} -gt 0 ] || { echo "tidy: nothing changed"; exit 0; }
echo "tidy: ${#sources[@]} files"
printf '%s\0' "${sources[@]}" |
  xargs -0 -n 1 -P "${JOBS:-$(nproc)}" clang-tidy -p build/tidy --quiet 2> >(grep -v 'warnings generated\|^Suppressed\|^Use -header-filter' >&2)
