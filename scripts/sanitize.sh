#!/usr/bin/env bash
# sanitize.sh asan|tsan: builds the C++ tests instrumented, in a build directory of their own, and
# runs them. Arrow comes prebuilt and is not instrumented; the suppression files beside this
# script name what that makes look wrong.
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1:-}" in
  asan)
    sanitize=address,undefined
    # Vectors that Arrow filled carry no container annotations, so their check would cry wolf.
    export ASAN_OPTIONS="detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1:detect_container_overflow=0"
    export LSAN_OPTIONS="suppressions=$PWD/scripts/lsan.supp:print_suppressions=0"
    export UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1"
    ;;
  tsan)
    sanitize=thread
    export TSAN_OPTIONS="suppressions=$PWD/scripts/tsan.supp:halt_on_error=1:second_deadlock_stack=1"
    ;;
  *)
    echo "usage: sanitize.sh asan|tsan" >&2
    exit 2
    ;;
esac

# Else Arrow's buffers come from an allocator that is not instrumented.
export ARROW_DEFAULT_MEMORY_POOL=system

build=build/$1
# clang instruments in half the time that GCC takes.
[ -f "$build/build.ninja" ] || cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo \
  -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DSLUICE_PYTHON="$PWD/.venv/bin/python" \
  -DSLUICE_SANITIZE=$sanitize
cmake --build "$build" -j "${JOBS:-$(nproc)}"

# ThreadSanitizer of GCC 12 does not know the address layout of newer kernels' randomisation.
run=()
if [ "$1" = tsan ] && setarch "$(uname -m)" -R true 2>/dev/null; then
  run=(setarch "$(uname -m)" -R)
fi
"${run[@]}" .venv/bin/python scripts/run_tests.py --build "$build" --only ctest
