#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds one libFuzzer target with sanitizers and runs it. The corpus starts with what the library itself makes, and
# grows by inputs that reach new code; an input that fails is kept in build-asan/fuzz/failures.
#
#     ./dev fuzz NAME [SECONDS] [libFuzzer options]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

build=build-asan
name=${1:-}
targets=$(sed -n 's/^ *opentrt_fuzzer(\([a-z_]*\) .*/\1/p' tests/fuzz/CMakeLists.txt)
if ! grep -qx "$name" <<<"$targets"; then
    echo "usage: ./dev fuzz NAME [SECONDS] [libFuzzer options]"
    echo "targets:" $targets
    exit 2
fi
seconds=${2:-60}
shift $(($# > 2 ? 2 : $#))

source tools/check/clang.sh
OPENTRT_BUILD_DIR=$build \
    OPENTRT_CMAKE_ARGS="$CLANG -DOPENTRT_FUZZ=ON -DOPENTRT_SANITIZE=address,undefined,fuzzer-no-link" \
    ./dev build "${name}_fuzz"

corpus=$build/fuzz/corpus/$name
mkdir -p "$corpus" "$build/fuzz/failures"
"$build/fuzz/${name}_fuzz" --seeds "$corpus"
exec "$build/fuzz/${name}_fuzz" -max_total_time="$seconds" -artifact_prefix="$build/fuzz/failures/$name-" -timeout=20 \
    -rss_limit_mb=4096 "$@" "$corpus"
