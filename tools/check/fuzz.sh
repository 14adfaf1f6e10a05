#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds one libFuzzer target with sanitizers, in a build folder of its own, and runs it on its corpus. New inputs that
# reach new code are added to the corpus; an input that fails is kept in build-fuzz/failures.
#
#     ./dev fuzz NAME [SECONDS] [libFuzzer options]
#
# A target is an executable NAME that CMake defines when OPENTRT_FUZZ is on, linked with -fsanitize=fuzzer.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

build=build-fuzz
name=${1:-}
if [ -z "$name" ]; then
    echo "usage: ./dev fuzz NAME [SECONDS] [libFuzzer options]"
    echo "targets: $(ls tests/fuzz/corpus 2>/dev/null | tr '\n' ' ')"
    exit 2
fi
seconds=${2:-60}
shift $(($# > 2 ? 2 : $#))

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
missing=()
for package in clang libomp-dev; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    echo "installing: ${missing[*]}"
    as_root apt-get update -qq
    DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

OPENTRT_BUILD_DIR=$build \
    OPENTRT_CMAKE_ARGS="-DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DOPENTRT_FUZZ=ON \
        -DOPENTRT_SANITIZE=address,undefined,fuzzer-no-link" \
    ./dev build "$name"

corpus=tests/fuzz/corpus/$name
mkdir -p "$corpus" "$build/failures"
program=$(find "$build" -type f -name "$name" -perm -u+x -not -path '*/CMakeFiles/*' | head -n 1)
[ -n "$program" ] || { echo "the build made no program named $name"; exit 1; }
exec "$program" -max_total_time="$seconds" -artifact_prefix="$build/failures/$name-" -timeout=20 -rss_limit_mb=4096 \
    "$@" "$corpus"
