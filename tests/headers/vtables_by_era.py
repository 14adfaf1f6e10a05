#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the virtual tables that g++ lays out for each era of the headers: they must be those of era 10, since all
eras share one library.

usage: vtables_by_era.py --include DIR [--cuda DIR] --compiler g++"""
import argparse
import glob
import os
import re
import subprocess
import sys
import tempfile

SOURCE = "".join(
    f'#include "{h}"\n'
    for h in ["NvInfer.h", "NvInferPlugin.h", "NvOnnxParser.h", "NvOnnxConfig.h", "NvCaffeParser.h", "NvUffParser.h",
              "NvInferConsistency.h", "impl/NvInferPythonPlugin.h"])


def tables(args, era):
    """Class -> names of its virtual functions in order, from the compiler's own listing."""
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "a.cpp")
        with open(source, "w") as f:
            f.write(SOURCE)
        cuda = ["-isystem", args.cuda] if args.cuda else []
        subprocess.run([args.compiler, "-std=c++14", "-fdump-lang-class", "-fsyntax-only", "-w", "-I", args.include, *cuda,
                        f"-DNV_TENSORRT_COMPAT_MAJOR={era}", source], cwd=folder, check=True)
        with open(glob.glob(os.path.join(folder, "*.class"))[0]) as f:
            dump = f.read()
    found = {}
    for name, body in re.findall(r"^Vtable for (nv\S+)\n(.*?)\n\n", dump, re.S | re.M):
        entries = re.findall(r"^\d+ +\(int \(\*\)\(\.\.\.\)\)(?:& )?(\S+)", body, re.M)
        # The registry's functions for the two kinds of creators change their names with the era, and only those; a
        # function that differs between eras carries a tag.
        found[name] = [re.sub(r"\[abi:trt\d+\]", "", re.sub(r"(registerCreator)(V1|Interface)$", r"\1", e)) for e in entries]
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--include", required=True)
    parser.add_argument("--cuda")
    parser.add_argument("--compiler", required=True)
    args = parser.parse_args()
    expected = tables(args, 10)
    if len(expected) < 150:
        sys.exit(f"only {len(expected)} virtual tables found: has the form of -fdump-lang-class changed?")
    failed = False
    for era in (5, 6, 7, 8, 9, 11):
        found = tables(args, era)
        for name in sorted(set(expected) | set(found)):
            if expected.get(name) != found.get(name):
                failed = True
                print(f"era {era}: {name}\n  is   {found.get(name)}\n  era 10 {expected.get(name)}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
