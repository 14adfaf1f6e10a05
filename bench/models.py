#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the ONNX graphs of the speed comparison, with seeded random weights, into build/bench.

    models.py                       all models at batch 1 and 8 (about 3.4 GB)
    models.py --models lstm,unet --batches 1 --check
"""
import argparse
import os
import pathlib

import onnx

from graphs import LARGE, MODELS

ALL = MODELS | LARGE
ROOT = pathlib.Path(__file__).resolve().parent.parent


def path_of(folder, name, batch):
    return pathlib.Path(folder) / f"{name}_b{batch}.onnx"


def write(folder, name, batch):
    """The file of a model, made when it is missing. A half-written file never gets the final name."""
    path = path_of(folder, name, batch)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        onnx.save(ALL[name](batch), part)
        os.replace(part, path)
    return path


def check(path):
    """Validity by the ONNX checker, then one run: outputs finite, and neither vanishing nor exploding."""
    import numpy as np
    import onnxruntime

    from inputs import random_inputs

    onnx.checker.check_model(str(path), full_check=True)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    for info, value in zip(session.get_outputs(), session.run(None, random_inputs(path))):
        deviation = float(value.std())
        print(f"{path.name}: {info.name} {list(value.shape)} mean {value.mean():.4g} std {deviation:.4g}")
        if not np.isfinite(value).all() or not 1e-3 < deviation < 1e3:
            raise SystemExit(f"{path.name}: output {info.name} is not sane")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", default=",".join(MODELS), help="names joined by commas")
    parser.add_argument("--batches", default="1,8")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build" / "bench")
    parser.add_argument("--check", action="store_true", help="check each file and run it once in ONNX Runtime")
    args = parser.parse_args()
    for name in args.models.split(","):
        if name not in ALL:
            parser.error(f"unknown model {name}; there are {', '.join(ALL)}")
        for batch in map(int, args.batches.split(",")):
            path = write(args.out, name, batch)
            print(f"{path} {path.stat().st_size / 1e6:.1f} MB")
            if args.check:
                check(path)


if __name__ == "__main__":
    main()
