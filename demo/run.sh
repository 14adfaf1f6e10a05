#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the demo program, then compares the digits model with ONNX Runtime where that is installed. Called by ./dev demo.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=${OPENTRT_BUILD_DIR:-build}

"$build/bin/demo" --out "$build/demo_faces.png" "$@"

echo
for python in .venv/bin/python python3; do
    if "$python" -c 'import numpy, onnx, onnxruntime' 2>/dev/null; then
        echo "--- digits model against ONNX Runtime, fp32, batch 32, same threads, interleaved ---"
        exec "$python" bench/compare.py --onnx demo/digits.onnx --batch 32 --engines opentrt,onnxruntime \
            --program "$build/bin/opentrt" --quick
    fi
done
echo "no comparison with ONNX Runtime: it is not installed (.venv/bin/pip install onnxruntime, then run this again)"
