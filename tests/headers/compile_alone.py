#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles one public header alone, without a warning, in the dialects and eras that programs use.

usage: compile_alone.py HEADER --include DIR [--cuda DIR] --compiler CXX...   (HEADER is relative to DIR)"""
import argparse
import itertools
import os
import subprocess
import sys

STANDARDS = ["c++14", "c++17", "c++20"]
ERAS = [(5, "c++11"), (6, "c++11"), (7, "c++11"), (8, "c++14"), (9, "c++17"), (11, "c++17")]


def compile_source(compiler, source, flags):
    command = [compiler, "-fsyntax-only", "-Wall", "-Wextra", "-Werror", *flags, "-x", "c++", "-"]
    run = subprocess.run(command, input=source, capture_output=True, text=True)
    if run.returncode != 0:
        print(" ".join(command), source, run.stderr[:3000], sep="\n")
    return run.returncode == 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("header")
    parser.add_argument("--include", required=True)
    parser.add_argument("--cuda")
    parser.add_argument("--compiler", nargs="+", required=True)
    args = parser.parse_args()
    paths = ["-I", args.include]
    cuda = ["-isystem", args.cuda] if args.cuda else []
    source = f'#include "{args.header}"\n'
    ok = True
    for compiler, standard in itertools.product(args.compiler, STANDARDS):
        # Without the CUDA headers the fallback types must do; C++17 stands for all.
        ok &= compile_source(compiler, source, [f"-std={standard}", *paths, *([] if standard == "c++17" else cuda)])
    for era, standard in ERAS:
        define = f"-DNV_TENSORRT_COMPAT_MAJOR={era}"
        ok &= compile_source(args.compiler[0], source, [f"-std={standard}", define, *paths, *cuda])
        compat = os.path.join(args.include, f"compat{era}")
        if os.path.exists(os.path.join(compat, args.header)):
            check = source + f"#if NV_TENSORRT_COMPAT_MAJOR != {era}\n#error wrong era\n#endif\n"
            ok &= compile_source(args.compiler[0], check, [f"-std={standard}", "-I", compat, *cuda])
    sys.exit(not ok)


if __name__ == "__main__":
    main()
