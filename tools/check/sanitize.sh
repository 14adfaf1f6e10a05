#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds with clang's sanitizers, in a folder of its own, and runs tests under them. Any finding fails its test.
#
#     ./dev sanitize address [ctest options]      AddressSanitizer, leaks included, and UndefinedBehaviorSanitizer
#     ./dev sanitize thread  [ctest options]      ThreadSanitizer; without options, all but repetitions as other CPUs
#
# OPENTRT_SANITIZE_TARGETS names what to build when not everything is wanted. clang, because its OpenMP runtime tells
# ThreadSanitizer what waits for what (libarcher); of libgomp it would report every parallel loop.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

kind=${1:-}
shift || true
case "$kind" in
    address) sanitizers=address,undefined,fuzzer-no-link build=build-asan options="-DOPENTRT_FUZZ=ON" ;;
    thread) sanitizers=thread build=build-tsan options="" ;;
    *)
        echo "usage: ./dev sanitize address|thread [ctest options]"
        exit 2
        ;;
esac

source tools/check/clang.sh
OPENTRT_BUILD_DIR=$build OPENTRT_CMAKE_ARGS="$CLANG $options -DOPENTRT_SANITIZE=$sanitizers" \
    ./dev build ${OPENTRT_SANITIZE_TARGETS:-}

export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1
if [ "$kind" = thread ]; then
    # oneDNN and the system's libraries are not instrumented, so what they do alone is not judged.
    export TSAN_OPTIONS="ignore_noninstrumented_modules=1:suppressions=$PWD/tools/check/tsan.supp"
    export OMP_TOOL_LIBRARIES=$(llvm_library libarcher.so)
    [ $# -gt 0 ] || set -- -E 'OfAvx2|OfAnyCpu'
fi
exec ctest --test-dir "$build" --output-on-failure "$@"
