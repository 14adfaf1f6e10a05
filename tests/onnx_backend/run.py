#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs onnx.backend.test (node, simple, PyTorch and light models) through the Python module `tensorrt`, each test in a
process of its own, and compares what became of it with outcomes.txt.

    PYTHONPATH=build/python run.py [--update] [--every N] [--only TEXT] [--nodes LIST CASES] [--open-sizes]

--every N takes each N-th test only. --nodes LIST also demands that the node tests in LIST (tests/onnx_nodes/not_ok.txt,
what the C++ runner sees), and no others of its CASES, are those that do not pass here. With --open-sizes the inputs'
sizes are dynamic: tests that pass otherwise still pass or are refused (a rank or a kernel may depend on a size).
"""
import argparse
import os
import pathlib
import re
import sys
import tempfile
import traceback
import unittest
import warnings

os.environ.setdefault("ONNX_HOME", tempfile.mkdtemp(prefix="onnx_home"))
warnings.filterwarnings("ignore")
LIST = pathlib.Path(__file__).resolve().parent / "outcomes.txt"
HEAD = """# SPDX-License-Identifier: Apache-2.0
# What becomes of onnx.backend.test; see run.py. Tests of each category, passed and all; then each test that does not
# pass, with its category and how it ends. Written by run.py --update.
"""


def tests():
    """(category, name, function) of each test."""
    import onnx.backend.test

    from backend import OpenTrtBackend

    runner = onnx.backend.test.BackendTest(OpenTrtBackend, __name__)
    for category, case in sorted(runner.test_cases.items()):
        for name in sorted(vars(case)):
            if name.endswith("_cpu"):
                label = re.sub("^OnnxBackend|ModelTest$", "", category)
                yield label, name.removesuffix("_cpu"), case(name)


def ending(test):
    """ok, left out, or the kind of failure, and the text that goes with it."""
    try:
        getattr(test, test._testMethodName)()
        return "ok", ""
    except unittest.SkipTest as reason:
        return "skipped", str(reason)
    except AssertionError as error:
        return "differs", str(error)
    except Exception as error:
        kind = "refused" if type(error).__name__ == "Refused" else "unfit"
        return kind, "".join(traceback.format_exception_only(error)) if kind == "unfit" else str(error)


def ending_apart(test):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os.write(writer, "\n".join(ending(test)).encode()[:60000])
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        text = pipe.read().decode(errors="replace")
    os.waitpid(child, 0)
    return text.split("\n", 1) if text else ("crashed", "")


def known():
    lines = LIST.read_text().splitlines() if LIST.exists() else []
    entries = [line.split() for line in lines if line.startswith("test_")]
    return {(category, name): outcome for name, category, outcome in entries}


def write(outcomes):
    lines = []
    for category in sorted({c for c, _ in outcomes}):
        own = [o for (c, _), o in outcomes.items() if c == category]
        lines.append(f"{category} {own.count('ok')} {len(own)}")
    lines += [f"{name} {category} {o}" for (category, name), o in sorted(outcomes.items()) if o != "ok"]
    LIST.write_text(HEAD + "\n".join(lines) + "\n")


def compare_nodes(path, outcomes, cases):
    """The number of node tests that the C++ runner and this one see differently."""
    listed = {line.split()[0] for line in pathlib.Path(path).read_text().splitlines() if line.startswith("test_")}
    wrong = 0
    for (category, name), outcome in sorted(outcomes.items()):
        if category == "Node" and name in cases and (outcome == "ok") == (name in listed):
            print(f"{name}: {outcome} here, {'not ' if name in listed else ''}ok in {path}")
            wrong += 1
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--nodes", nargs=2, metavar=("LIST", "CASES"))
    parser.add_argument("--open-sizes", action="store_true")
    options = parser.parse_args()
    if options.open_sizes:
        import backend

        backend.OpenTrtBackend.open_sizes = True
    expected, outcomes, wrong = known(), {}, 0
    chosen = [t for t in tests() if options.only in t[1]][:: options.every]
    for category, name, test in chosen:
        outcome, text = ending_apart(test)
        outcomes[category, name] = outcome
        want = expected.get((category, name), "ok")
        if outcome != want and not (options.open_sizes and outcome == "refused"):
            wrong += 1
            print(f"{category} {name}: {outcome} when it should be {want}: {text[:600]}", flush=True)
    if options.nodes:
        cases = {p.name for p in pathlib.Path(options.nodes[1]).iterdir() if p.is_dir()}
        wrong += compare_nodes(options.nodes[0], outcomes, cases)
    good = sum(o == "ok" for o in outcomes.values())
    print(f"{good} of {len(outcomes)} tests pass; {wrong} are not as expected")
    if options.update:
        write(outcomes)
    return 0 if options.update or not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
