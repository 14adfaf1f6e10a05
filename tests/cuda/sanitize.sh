#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs kernels under compute-sanitizer on this machine's GPU: conformance cases in parts, side by side, each with a limit.
#   tests/cuda/sanitize.sh memcheck|racecheck|initcheck|synccheck [FILTER]
# A line for each part: how many tests ran, and what the tool says. SECONDS_EACH (55), PARTS (12) and TEST (the program)
# may be set; logs stay in LOGS. A part that ends by its limit says how far it came. rc 1: the tool or a test found
# something, or nothing ran. cuBLASLt and cuDNN are left out: racecheck objects to their kernels, and initcheck breaks one.
set -uo pipefail
tool=${1:?which tool: memcheck, racecheck, initcheck or synccheck}
filter=${2:-*}
test=${TEST:-build/tests/conformance_test}
parts=${PARTS:-12} limit=${SECONDS_EACH:-55} logs=${LOGS:-build/sanitize/$tool}
command -v compute-sanitizer >/dev/null || { echo "compute-sanitizer is not on the PATH"; exit 1; }
mkdir -p "$logs"
export OPENTRT_CUBLASLT=/none OPENTRT_CUDNN=/none
options=(--tool "$tool" --error-exitcode 9 --print-limit 20)
for ((part = 0; part < parts; ++part)); do
    OPENTRT_BACKEND=cuda GTEST_TOTAL_SHARDS=$parts GTEST_SHARD_INDEX=$part timeout -s INT -k 5 "$limit" \
        compute-sanitizer "${options[@]}" "$test" --gtest_filter="$filter" >"$logs/$part.log" 2>&1 &
done
wait
bad=0 ran=0
for ((part = 0; part < parts; ++part)); do
    log=$logs/$part.log
    done=$(grep -c '^\[       OK' "$log") failed=$(grep -c '^\[  FAILED  \] .*ms)' "$log")
    found=$(grep -cE '^=+ (Invalid|Error|Uninitialized|Warning: Race|Barrier|Program hit)' "$log")
    summary=$(grep -m1 -oE '(ERROR|RACECHECK) SUMMARY: .*' "$log" || echo "no summary: stopped by the limit")
    echo "part $part: $done ok, $failed failed, $found findings; $summary"
    ran=$((ran + done)) bad=$((bad + failed + found))
done
echo "$tool: $ran tests, $bad failures and findings; logs in $logs"
[ "$bad" = 0 ] && [ "$ran" -gt 0 ]
