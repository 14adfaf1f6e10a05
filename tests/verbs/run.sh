#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The verbs of opentrt that look inside, each on a real model: exit status and what must be said.
# usage: run.sh OPENTRT MODELS WORK
set -u
opentrt=$1 models=$2 work=$3
mkdir -p "$work"
failures=0

# expect STATUS REGEX WORDS...: the status, and one line that matches.
expect() {
    local status=$1 regex=$2 output got
    shift 2
    output=$("$opentrt" "$@" 2>&1)
    got=$?
    if [ "$got" != "$status" ] || ! grep -qE -- "$regex" <<<"$output"; then
        echo "opentrt $*"
        echo "  status $got, expected $status; expected a line like: $regex"
        sed 's/^/  | /' <<<"$output" | tail -n 30
        failures=$((failures + 1))
    fi
}

mnist=$models/mnist8_cntk
expect 0 '^vector set +[a-z0-9_]+$' doctor
expect 0 '^CUDA driver' doctor
export OPENTRT_NVRTC=/none OPENTRT_CUBLASLT=/none OPENTRT_CUDNN=/none
expect 0 '^CUDA compiler +OPENTRT_NVRTC names a file .*; without it plans for CUDA devices load and run, but are not' doctor
expect 0 '^cuBLASLt +OPENTRT_CUBLASLT names a file .*; without it builds have our own kernels for products' doctor
expect 0 '^cuDNN +OPENTRT_CUDNN names a file .*; without it builds have our own kernels for convolutions and att' doctor
unset OPENTRT_NVRTC OPENTRT_CUBLASLT OPENTRT_CUDNN
export OPENTRT_BACKEND=gpu
expect 0 '^engines run on +none: OPENTRT_BACKEND asks for "gpu": there is none of this name, but cpu, cuda and ref; unset it' doctor
export OPENTRT_BACKEND=cuda OPENTRT_CUDA_TARGET='cuda sm_75 multiprocessors=40 shared=65536 sharedAll=65536 l2=4194304 Tesla T4'
expect 0 '^CUDA device +none: Tesla T4 has compute capability 7.5, when the kernels need 8.0 or later' doctor
expect 0 '^engines run on +none: OPENTRT_BACKEND asks for "cuda": Tesla T4 has compute capability 7.5' doctor
unset OPENTRT_BACKEND OPENTRT_CUDA_TARGET
expect 0 'fusing Convolution28 \+ ReLU32' explain "$mnist/model.onnx"
expect 0 '^    \* .* ms  cpu\.' explain "$mnist/model.onnx"
expect 0 '      no cpu\.[a-z.]+: ' explain "$mnist/model.onnx" --layer Convolution28
expect 0 '  Convolution28$' explain "$mnist/model.onnx" --disable fuse_epilogues
expect 1 'there is no pass named "nothing" to disable' explain "$mnist/model.onnx" --disable nothing
expect 0 '%.* = MatrixMultiply' dump "$mnist/model.onnx" --pass imported
expect 1 'there is no pass named nothing' dump "$mnist/model.onnx" --pass nothing
expect 0 '/00_imported\.graph$' dump "$mnist/model.onnx" --output "$work/passes" --weights
expect 0 '"candidates"' dump "$mnist/model.onnx" --json
expect 0 'all [0-9]+ layers agree with the reference' blame "$mnist/model.onnx" --inputs "$mnist/test_data_set_0"
expect 0 'bisect: no pass changes the outputs' blame "$mnist/model.onnx" --bisect
expect 1 'the first layer that departs is number' blame "$mnist/model.onnx" --tolerance 0
expect 1 'is a plan|No such file|cannot' blame "$work/none.onnx"
expect 0 'all [0-9]+ layers agree' blame "$models/ppocr_angle_cls/model.onnx" --shapes x:1x3x16x32

[ "$failures" = 0 ] && echo "all verbs answer as they should"
exit "$failures"
