#!/usr/bin/env bash
# Builds the fuzz targets with libFuzzer and runs each for SECONDS_EACH (60), two at a time on two cores.
# What they find interesting is kept in build/fuzz/corpus and starts the next run.
set -euo pipefail
cd "$(dirname "$0")/.."

build=build/fuzz
[ -f "$build/build.ninja" ] || cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo \
  -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DSLUICE_FUZZ=ON -DSLUICE_TESTS=OFF \
  -DSLUICE_PCH=OFF -DSLUICE_SANITIZE=fuzzer-no-link,address,undefined \
  -DSLUICE_PYTHON="$PWD/.venv/bin/python"
targets=()
for source in tests/fuzz/*_fuzz.cc; do
  targets+=("$(basename "$source" _fuzz.cc)")
done
cmake --build "$build" -j "${JOBS:-$(nproc)}" --target "${targets[@]/#/fuzz_}"

run() {
  local name=$1 corpus=build/fuzz/corpus/$1
  mkdir -p "$corpus"
  export ASAN_OPTIONS=detect_container_overflow=0
  export LSAN_OPTIONS="suppressions=$PWD/scripts/lsan.supp:print_suppressions=0"
  if "build/fuzz/bin/fuzz_$name" -max_total_time="${SECONDS_EACH:-60}" -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="build/fuzz/$name-" "$corpus" "tests/fuzz/seeds/$name" \
    >"build/fuzz/$name.log" 2>&1; then
    printf '%-12s %s inputs\n' "$name" "$(awk '/number_of_executed_units/ {print $2}' "build/fuzz/$name.log")"
  else
    tail -n 40 "build/fuzz/$name.log" >&2
    printf '%-12s a finding; build/fuzz/%s.log has it\n' "$name" "$name"
    return 1
  fi
}
export -f run
export SECONDS_EACH=${SECONDS_EACH:-60}
printf '%s\n' "${targets[@]}" | xargs -P "${JOBS:-$(nproc)}" -I{} bash -c 'run {}'
