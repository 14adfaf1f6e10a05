#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random graphs through the whole build, compared with the reference evaluator and with ONNX Runtime.

    fuzz.py WORKER [--count N] [--seed S] [--most OPERATORS] [--keep FOLDER] [--verbose]

Each seed makes one graph (generator.py), which runs at one size or at three. The worker builds it with the first tactic of
every node, with random tactics, and every eighth time at the default optimization level, and runs each engine and the
reference. Sizes that the generator worked out, the reference, the engines and ONNX Runtime must agree within what values.py
allows. What does not is printed with the smallest graph that still shows it (shrink.py), which --keep stores.
"""
import argparse
import collections
import pathlib
import re
import sys
import time

import numpy as np
import onnx

from generator import generate
from oracles import Worker, WorkerDied, second_oracle
from shrink import shrink


# What the generator cannot foresee and the library refuses for a reason.
RULES = {
    "number of channels is": "channels of convolutions are known when the network is built, as TensorRT wants",
    "has no fixed channel dimension": "channels of convolutions are known when the network is built, as TensorRT wants",
}


CONTROL = {"If", "Loop", "Scan", "LSTM", "GRU", "RNN"}


def variants_of(seed):
    variants = [{"level": 0}, {"tactics": seed % 1000 + 1}]
    return variants + ([{"level": 3}] if seed % 8 == 0 else [])


def difference(got, want, tolerance):
    """Empty, or how two tensors differ."""
    if list(got.shape) != list(want.shape):
        return f"has shape {list(got.shape)} instead of {list(want.shape)}"
    if got.dtype != want.dtype:
        return f"has type {got.dtype} instead of {want.dtype}"
    if got.tobytes() == want.tobytes():
        return ""
    a, b = got.astype(np.float64).ravel(), want.astype(np.float64).ravel()
    with np.errstate(invalid="ignore"):
        wrong = ~((a == b) | (np.isnan(a) & np.isnan(b)) | (np.abs(a - b) <= tolerance))
    if not wrong.any():
        return ""
    at = int(np.argmax(np.where(wrong, np.nan_to_num(np.abs(a - b), nan=np.inf), -1)))
    return f"{int(wrong.sum())} of {a.size} elements differ, [{at}] is {a[at]:g} instead of {b[at]:g} (allowed {tolerance:.3g})"


def check_runs(case, who, runs, against):
    for run, outputs in enumerate(runs):
        for name, got in zip(case.outputs, outputs):
            dims = case.dims(name, run)
            if dims is not None and list(got.shape) != dims:
                yield f"{who}: output {name} of run {run} has shape {list(got.shape)} instead of {dims}"
                return
            want = against and against[run][case.outputs.index(name)]
            text = difference(got, want, case.values[name].tolerance()) if against else ""
            if text:
                yield f"{who}: output {name} of run {run} {text}"
                return


class Judge:
    """Asks the oracles about cases."""

    def __init__(self, program):
        self.worker = Worker(program)
        self.second = second_oracle()
        self.unsupported = collections.Counter()
        self.second_ran = 0
        self.graph = ""  # of the last case, in our text form

    def stop(self):
        self.worker.stop()
        if self.second:
            self.second.stop()

    def problems(self, case, variants):
        """Texts; empty when all agree."""
        try:
            answer = self.worker.ask(case, variants)
        except WorkerDied as death:
            return [f"crash: {death}"]
        self.graph = answer["graph"]
        if answer["status"] == "refused":
            for text, reason in RULES.items():
                if text in answer["text"]:
                    self.unsupported["refused: " + reason] += 1
                    return []
            return ["refused: " + answer["text"].strip()]
        found, reference = [], None
        for result in answer["results"]:
            who = result["variant"] if isinstance(result["variant"], str) else str(result["variant"])
            if result["error"]:
                found.append(f"{who}: error: {result['error']}")
            elif who == "reference":
                reference = result["runs"]
                found += check_runs(case, who, reference, None)
        for result in answer["results"]:
            if result["variant"] != "reference" and not result["error"]:
                tactics = " ".join(result["tactics"].split()[:12])
                found += check_runs(case, f"{result['variant']} [{tactics}]", result["runs"], reference)
        if self.second and reference:
            found += self.with_second(case, reference)
        return found

    def with_second(self, case, reference):
        runs, why = self.second.run(case)
        if runs is None:
            self.unsupported[re.sub(r"\b[a-z]\d+\b|\d+", "#", why)[:150]] += 1
            return []
        self.second_ran += 1
        return list(check_runs(case, "reference against ONNX Runtime", reference, runs))


def kind_of(problem):
    """Problems of one kind have the same beginning, apart from names and numbers."""
    return re.sub(r"\{[^}]*\}|\[[^]]*\]", "", problem).split(": output")[0].split("error:")[0][:40]


def report(seed, case, problems, judge, options):
    print(f"seed {seed}: {len(case.model.graph.node)} nodes")
    for problem in problems:
        print("   ", problem[:600])
    kind = kind_of(problems[0])
    small = shrink(case, lambda c: any(kind_of(p) == kind for p in judge.problems(c, variants_of(seed))))
    print("  smallest:", *(f"\n    {kind_of(p) and p[:600]}" for p in judge.problems(small, variants_of(seed))))
    text = onnx.printer.to_text(small.model)
    print("\n".join("    " + line[:400] for line in text.splitlines()), flush=True)
    if options.keep:
        folder = pathlib.Path(options.keep)
        folder.mkdir(parents=True, exist_ok=True)
        onnx.save(small.model, folder / f"seed{seed}.onnx")
        (folder / f"seed{seed}.txt").write_text("\n".join(problems) + "\n\n" + text)
        (folder / f"seed{seed}.graph").write_text(judge.graph)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("worker")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--most", type=int, default=30, help="operators of a graph")
    parser.add_argument("--keep", help="folder for graphs that differ")
    parser.add_argument("--verbose", action="store_true", help="what ONNX Runtime does not run, and how often operators come")
    options = parser.parse_args()
    judge = Judge(options.worker)
    start, nodes, wrong, graphs, operators = time.time(), 0, 0, 0, collections.Counter()
    control = control_second = 0
    for seed in range(options.seed, options.seed + options.count):
        case = generate(seed, options.most)
        if case is None:
            continue
        graphs += 1
        nodes += len(case.model.graph.node)
        operators.update(node.op_type for node in case.model.graph.node)
        before = judge.second_ran
        problems = judge.problems(case, variants_of(seed))
        if not CONTROL.isdisjoint(node.op_type for node in case.model.graph.node):
            control += 1
            control_second += judge.second_ran - before
        if problems:
            wrong += 1
            report(seed, case, problems, judge, options)
    judge.stop()
    seconds = time.time() - start
    second = f"{judge.second_ran} of them also by ONNX Runtime" if judge.second else "without ONNX Runtime"
    print(f"{graphs} graphs of {nodes} nodes, {second}; {wrong} differ; {graphs / seconds:.1f} a second")
    print(f"{control} of them with control flow or recurrent layers, {control_second} of these also by ONNX Runtime")
    if options.verbose:
        print(*(f"{n:5} {name}" for name, n in operators.most_common()), sep="\n")
        print(*(f"{n:5} {why}" for why, n in judge.unsupported.most_common()), sep="\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
