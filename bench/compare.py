#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Speed of OpenTRT against ONNX Runtime and OpenVINO: fp32, same threads, same inputs, interleaved in one run.

Every engine is a child process that speaks the line protocol of bench/README.md and takes its own times. Only one of
them works at any moment: blocks of runs take turns, with a pause so that spinning worker threads of the last one have
gone to sleep. Medians are reported, and the ratio to the better of the others is the median over the rounds of the
ratios within a round, so that a slow phase of the machine hits both sides.

    compare.py                                   all models, batch 1 and 8
    compare.py --models resnet50,lstm --batches 1 --quick
    compare.py --onnx my.onnx --batch 4          a model of your own
"""
import argparse
import json
import math
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

from inputs import random_inputs
from models import MODELS, ROOT, write

HERE = pathlib.Path(__file__).resolve().parent
OURS = "opentrt"
ENGINES = (OURS, "onnxruntime", "openvino")
PAUSE_S = 0.05
BUSY = 0.1  # part of the machine that others may use before a result is called disturbed
LARGEST_ERROR = 1e-3  # of the largest value of the reference output


class EngineError(Exception):
    pass


class Engine:
    """A child process with one model loaded."""

    def __init__(self, name, model, threads, shapes, program):
        command = [program, "bench", "--serve"] if name == OURS else [sys.executable, str(HERE / "serve.py"), name]
        command += [str(model), "--threads", str(threads)]
        if shapes:
            command += ["--shapes", ",".join(f"{n}:{'x'.join(map(str, s))}" for n, s in shapes.items())]
        environment = dict(os.environ, OMP_NUM_THREADS=str(threads))
        self.name, self.rounds = name, []
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        words = self.read().split()
        if words[0] != "ready":
            raise EngineError(f"{name}: expected 'ready', got '{' '.join(words)}'")
        self.build_ms = float(words[1])

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise EngineError(f"{self.name}: ended with status {self.process.wait()}")
        if line.startswith("error"):
            raise EngineError(f"{self.name}: {line.strip()}")
        return line.strip()

    def ask(self, request):
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        return self.read()

    def run(self, count):
        times = [float(t) for t in self.ask(f"run {count}").split()]
        if len(times) != count:
            raise EngineError(f"{self.name}: asked for {count} runs, got {len(times)} times")
        return times

    def close(self):
        try:
            self.process.stdin.write("quit\n")
            self.process.stdin.close()
            self.process.wait(timeout=20)
        except (OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()


def busy_ticks():
    """(busy, total) processor ticks of the whole machine since it started."""
    with open("/proc/stat") as f:
        ticks = [int(t) for t in f.readline().split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def pause():
    """Lets the last engine's threads go to sleep; then returns the part of the machine that others keep busy."""
    time.sleep(PAUSE_S)
    begin = busy_ticks()
    time.sleep(PAUSE_S)
    end = busy_ticks()
    return (end[0] - begin[0]) / max(1, end[1] - begin[1])


def measure(engines, rounds, block_s):
    """Fills engine.rounds with lists of times, one list a round. Returns how busy others kept the machine."""
    counts, busy = {}, []
    for engine in engines:
        warm = engine.run(1) + engine.run(2)
        counts[engine.name] = max(1, min(2000, round(block_s * 1e3 / min(warm))))
    for turn in range(rounds):
        for i in range(len(engines)):
            engine = engines[(i + turn) % len(engines)]
            busy.append(pause())
            engine.rounds.append(engine.run(counts[engine.name]))
    return statistics.mean(busy)


def largest_error(values, reference):
    """Largest difference, as a part of the reference's largest absolute value."""
    if values.shape != reference.shape:
        return math.inf
    error = float(np.abs(values - reference).max() / max(float(np.abs(reference).max()), 1e-30))
    return error if math.isfinite(error) else math.inf


def compare(model, name, batch, args):
    inputs = random_inputs(model, args.batch)
    shapes = {n: list(v.shape) for n, v in inputs.items()} if args.onnx else {}
    row = {"model": name, "batch": batch, "engines": {}, "problems": []}
    engines = []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for i, value in enumerate(inputs.values()):
            value.tofile(folder / f"in{i}")
        try:
            for kind in args.engines:
                try:
                    engine = Engine(kind, model, args.threads, shapes, args.program)
                except (EngineError, OSError) as e:
                    row["problems"].append(str(e) if isinstance(e, EngineError) else f"{kind}: {e}")
                    continue
                engines.append(engine)
                for i, input_name in enumerate(inputs):
                    engine.ask(f"input {input_name} {folder / f'in{i}'}")
            row["busy"] = measure(engines, args.rounds, args.block) if engines else 0
            saved = {}
            for engine in engines:
                engine.ask(f"save {folder / engine.name}")
                saved[engine.name] = np.fromfile(folder / engine.name, np.float32)
        finally:
            for engine in engines:
                engine.close()
    reference = saved.get("onnxruntime")
    for engine in engines:
        times = [t for r in engine.rounds for t in r]
        row["engines"][engine.name] = {
            "median_ms": statistics.median(times),
            "min_ms": min(times),
            "runs": len(times),
            "build_ms": engine.build_ms,
            "max_error": None if reference is None else largest_error(saved[engine.name], reference),
        }
    medians = {e.name: [statistics.median(r) for r in e.rounds] for e in engines}
    others = [n for n in medians if n != OURS]
    if OURS in medians and others:
        best = min(others, key=lambda n: row["engines"][n]["median_ms"])
        row["best"] = best
        row["ratio"] = statistics.median(a / b for a, b in zip(medians[OURS], medians[best]))
    return row


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def table(rows, engines):
    head = ["model", "batch", *(f"{e} ms" for e in engines), "ratio to best", "error", *(f"{e} build s" for e in engines)]
    lines = [" | ".join(head), "|".join(["---"] * len(head))]
    for row in rows:
        got = row["engines"]
        cells = [row["model"], str(row["batch"])]
        cells += [f"{got[e]['median_ms']:.3f}" if e in got else "-" for e in engines]
        cells.append(f"{row['ratio']:.3f}" if "ratio" in row else "-")
        errors = [v["max_error"] for n, v in got.items() if n != "onnxruntime" and v["max_error"] is not None]
        cells.append(f"{max(errors):.1e}" if errors else "-")
        cells += [f"{got[e]['build_ms'] / 1e3:.2f}" if e in got else "-" for e in engines]
        lines.append(" | ".join(cells))
    return "\n".join(f"| {line} |" if "---" not in line else f"|{line}|" for line in lines)


def machine(threads):
    cpu = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo") as f:
            cpu = next(line.split(":", 1)[1].strip() for line in f if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    versions = {}
    for name in ENGINES[1:]:
        try:
            versions[name] = __import__(name).__version__
        except ImportError:
            pass
    return {"cpu": cpu, "cores": os.cpu_count(), "threads": threads, "versions": versions}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", default=",".join(MODELS), help="names joined by commas: " + ", ".join(MODELS))
    parser.add_argument("--batches", default="1,8")
    parser.add_argument("--onnx", help="an ONNX file instead of the models")
    parser.add_argument("--batch", type=int, help="value of the dynamic dimensions of --onnx")
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7, help="turns of each engine (default 7)")
    parser.add_argument("--block", type=float, default=0.5, help="seconds of one turn (default 0.5)")
    parser.add_argument("--quick", action="store_true", help="3 turns of 0.2 s")
    parser.add_argument("--program", default=str(ROOT / "build" / "bin" / "opentrt"))
    parser.add_argument("--folder", default=str(ROOT / "build" / "bench"), help="where the model files are made")
    parser.add_argument("--json", default=None, help="result file (default: results.json in --folder)")
    args = parser.parse_args()
    if args.quick:
        args.rounds, args.block = 3, 0.2
    args.engines = args.engines.split(",")
    for engine in args.engines:
        if engine not in ENGINES:
            parser.error(f"unknown engine {engine}; there are {', '.join(ENGINES)}")
    for name in args.models.split(","):
        if name not in MODELS:
            parser.error(f"unknown model {name}; there are {', '.join(MODELS)}")
    return args


def main():
    args = parse_arguments()
    about = machine(args.threads)
    print(f"{about['cpu']}, {about['cores']} cores, {args.threads} threads, "
          + ", ".join(f"{n} {v}" for n, v in about["versions"].items() if n in args.engines))
    if args.onnx:
        cases = [(pathlib.Path(args.onnx).stem, args.batch or "as given", lambda: pathlib.Path(args.onnx))]
    else:
        cases = [
            (name, batch, lambda name=name, batch=batch: write(args.folder, name, batch))
            for name in args.models.split(",")
            for batch in map(int, args.batches.split(","))
        ]
    rows = []
    for name, batch, file in cases:
        try:
            row = compare(file(), name, batch, args)
        except EngineError as e:
            row = {"model": name, "batch": batch, "engines": {}, "problems": [str(e)]}
        rows.append(row)
        medians = ", ".join(f"{n} {v['median_ms']:.3f} ms" for n, v in row["engines"].items())
        print(f"{name} batch {batch}: {medians}" + "".join(f"\n  {p}" for p in row["problems"]), flush=True)
    print("\n" + table(rows, args.engines))
    disturbed = [row for row in rows if row.get("busy", 0) > BUSY]
    if disturbed:
        print(f"\nnot to be trusted: other programs kept more than {BUSY:.0%} of the machine busy during "
              + ", ".join(f"{row['model']} batch {row['batch']} ({row['busy']:.0%})" for row in disturbed))
    ratios = [row["ratio"] for row in rows if "ratio" in row]
    result = {"machine": about, "rows": rows, "geometric_mean": geometric_mean(ratios) if ratios else None}
    if ratios:
        print(f"\ngeometric mean of the ratios: {result['geometric_mean']:.3f} over {len(ratios)} cases, "
              f"largest {max(ratios):.3f} (below 1 is faster than the better of the others)")
    path = pathlib.Path(args.json or pathlib.Path(args.folder) / "results.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n")
    wrong = [
        f"{row['model']} batch {row['batch']}: {n} differs by {v['max_error']:.2e}"
        for row in rows
        for n, v in row["engines"].items()
        if v["max_error"] is not None and v["max_error"] > LARGEST_ERROR
    ]
    for line in wrong:
        print("wrong answer:", line)
    return 1 if wrong or any(row["problems"] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
