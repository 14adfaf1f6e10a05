#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/onnx_support.md: each ONNX operator with its opsets, types and how many node tests pass. Needs the onnx
package. Which tests do not pass stands in tests/onnx_nodes/not_ok.txt (from file to numbers in C++, and cases of our own)
and tests/onnx_backend/outcomes.txt (all of onnx.backend.test through Python), the reasons in
tests/onnx_nodes/reasons.txt.

    docs/onnx_support.py CASES            write the page; CASES is the folder that tests/onnx_nodes/generate.py fills
    docs/onnx_support.py CASES --check    status 1 and the first line that differs when the page is out of date
"""
import collections
import fnmatch
import pathlib
import re
import sys

import onnx

from written_page import write_or_check

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/onnx_support.md"
ENTRY = re.compile(r"(?m)^OPENTRT_ONNX\((\w+), (\w+), (\w+)\)")
OLDEST = 7
HEAD = """# ONNX operators

Written by `docs/onnx_support.py`. Opsets: every version from 7 on in which the meaning or the types changed; the newest
one that exists is read. Types: of the first input, as ONNX lists them; float64 is computed as float32, 16-bit integers as
int32, unsigned ones of 32 and 64 bits as int64, f8e5m2 and the fnuz types as float16, and inputs and outputs of the
network have these types. Tests: node tests of the onnx package on tensors, and our own, passed and all.
How to add an operator: `docs/add_an_operator.md`.

"""
OUTSIDE = {
    "Adagrad": "training", "Adam": "training", "Gradient": "training", "Momentum": "training",
    "ImageDecoder": "image files", "RegexFullMatch": "strings", "StringConcat": "strings",
    "StringNormalizer": "strings", "StringSplit": "strings",
}
# Operators of com.microsoft that stay away.
OTHERS = {
    "search for text around a network, which is the program's part":
        "BeamSearch BifurcationDetector GreedySearch NGramRepeatBlock Sampling WhisperBeamSearch",
    "text": "MurmurHash3 NGramHashMapping Tokenizer VarlenNGramHashMapping WordConvEmbedding",
    "data that only another runtime reads": "DequantizeBFP EPContext MatMulFpQ4 QuantizeBFP Snpe",
    "tile orders of one library for GPUs":
        "DequantizeWithOrder QOrderedAttention QOrderedGelu QOrderedLayerNormalization QOrderedLongformerAttention "
        "QOrderedMatMul QuantizeWithOrder",
    "sparse tensors, and attention over chosen places or pages; Attention and GroupQueryAttention take masks":
        "DecoderAttention DynamicSparseAttention LongformerAttention PackedSparseAttentionIndexer PagedAttention "
        "SparseAttention SparseAttentionIndexer SparsePagedAttention SparseToDenseMatMul",
    "a mask of packed bits, or training": "BitmaskBiasDropout",
    "nothing in a network computes it": "Inverse",
    "rules of their own for padding, sampling or scales, which nobody has asked for yet":
        "ConvTransposeWithDynamicPads CropAndResize GemmFloat8",
}
CATEGORIES = {"Node": "node", "Simple": "simple", "PyTorchConverted": "PyTorch, converted",
              "PyTorchOperator": "PyTorch, operators", "Real": "whole networks (`light_*`)"}
SHORT = {"tensor(float)": "f32", "tensor(float16)": "f16", "tensor(bfloat16)": "bf16", "tensor(double)": "f64",
         "tensor(bool)": "bool", "tensor(string)": ""}


def short(name):
    if name in SHORT:
        return SHORT[name]
    kind = name.removeprefix("tensor(").removesuffix(")")
    return re.sub(r"^float", "f", re.sub(r"^uint", "u", re.sub(r"^int", "i", kind)))


def importers():
    text = (ROOT / "src/model/onnx/operators.def").read_text()
    found = {"standard": set(), "microsoft": set(), "preview": set()}
    for domain, op, _ in ENTRY.findall(text):
        found[domain].add(op)
    return found


def pairs(path):
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            name, rest = line.split(None, 1)
            yield name, rest


def operator_of(folder):
    """The operator that a case is about; those written out in simpler operators count for the whole one."""
    base = folder.parent / re.sub(r"_expanded(_ver\d+)?$", "", folder.name)
    graph = onnx.load(str((base if base.is_dir() else folder) / "model.onnx")).graph
    nodes = [n for n in graph.node if n.op_type not in ("Constant", "Identity")] or list(graph.node)
    return nodes[0].domain, nodes[0].op_type


def counted(cases):
    """(domain, operator) -> [passed, all], and the tests that do not pass by operator."""
    bad = dict(pairs(ROOT / "tests/onnx_nodes/not_ok.txt"))
    counts, failed = collections.defaultdict(lambda: [0, 0]), collections.defaultdict(list)
    for folder in sorted(p for p in cases.iterdir() if p.is_dir()):
        op = operator_of(folder)
        counts[op][1] += 1
        if folder.name in bad:
            failed[op].append((folder.name, bad[folder.name]))
        else:
            counts[op][0] += 1
    return counts, failed


def backend():
    """Categories of onnx.backend.test with their tests, passed and all; the tests that do not pass."""
    lines = (ROOT / "tests/onnx_backend/outcomes.txt").read_text().splitlines()
    rows = [line.split() for line in lines if line and line[0] != "#"]
    counts = {row[0]: (int(row[1]), int(row[2])) for row in rows if not row[0].startswith("test_")}
    return counts, [(row[0], row[2]) for row in rows if row[0].startswith("test_")]


def table_of_rest(failed, shown, reasons):
    """Tests that the table by operator does not have, by reason."""
    groups = collections.defaultdict(list)
    for name, _ in failed:
        if name not in shown:
            groups[reason_for(name, reasons)].append(name.removeprefix("test_"))
    return [f"| {reason} | {', '.join(names)} |" for reason, names in sorted(groups.items())]


def reason_for(name, reasons):
    for pattern, reason in reasons:
        if fnmatch.fnmatchcase(name, pattern):
            return reason
    sys.exit(f"tests/onnx_nodes/reasons.txt has no reason for {name}")


def types_of(schema):
    if not schema.inputs:
        return ""
    names = [short(t) for t in sorted(schema.inputs[0].types) if t.startswith("tensor(")]
    return " ".join(n for n in names if n and not n.startswith("complex"))


def versions():
    """Operator -> its schemas, oldest first."""
    found = collections.defaultdict(list)
    for schema in onnx.defs.get_all_schemas_with_history():
        if schema.domain == "":
            found[schema.name].append(schema)
    return {name: sorted(list_, key=lambda s: s.since_version) for name, list_ in sorted(found.items())}


def row(op, schemas, known, counts):
    since = [s.since_version for s in schemas]
    recent = [v for v in since if v > OLDEST]
    opsets = [str(max(OLDEST, since[0]))] + [str(v) for v in recent if v > max(OLDEST, since[0])]
    if op not in known and op not in OUTSIDE:
        sys.exit(f"{op}, since opset {since[0]}, has neither an importer nor a reason in OUTSIDE")
    state = "yes" if op in known else "no: " + OUTSIDE[op]
    passed, total = counts.get(("", op), (0, 0))
    tests = f"{passed} / {total}" if total else ""
    return f"| {op} | {state} | {' '.join(opsets)} | {types_of(schemas[-1])} | {tests} |"


def page(cases):
    known = importers()
    counts, failed = counted(cases)
    reasons = list(pairs(ROOT / "tests/onnx_nodes/reasons.txt"))
    passed, total = (sum(c[i] for c in counts.values()) for i in (0, 1))
    categories, rest = backend()
    own = sum(c[1] for (domain, _), c in counts.items() if domain == "com.microsoft")
    lines = [HEAD + f"{passed} of {total} tests pass, of them {own} of com.microsoft. All of `onnx.backend.test` through the",
             "Python module `tensorrt` (`tests/onnx_backend/run.py`), those without tensors included:", "",
             "| category | tests |", "|---|---|"]
    lines += [f"| {CATEGORIES[name]} | {a} / {b} |" for name, (a, b) in categories.items()]
    lines += ["", "## ai.onnx", "", "| operator | imported | opsets | types | tests |",
             "|---|---|---|---|---|"]
    lines += [row(op, s, known["standard"], counts) for op, s in versions().items() if not s[-1].deprecated or op in known["standard"]]
    lines += ["", "## com.microsoft", "", "| operator | tests |", "|---|---|"]
    for op in sorted(known["microsoft"]):
        passed, total = counts.get(("com.microsoft", op), (0, 0))
        lines.append(f"| {op} | {f'{passed} / {total}' if total else ''} |")
    lines += ["", "Not imported, because of", "", "| reason | operators |", "|---|---|"]
    for reason, names in OTHERS.items():
        if known["microsoft"] & set(names.split()):
            sys.exit(f"an importer exists for one of {names}")
        lines.append(f"| {reason} | {', '.join(names.split())} |")
    lines += ["", "## ai.onnx.preview", "", "| operator | tests |", "|---|---|"]
    lines += [f"| {op} | {' / '.join(map(str, counts['ai.onnx.preview', op]))} |" for op in sorted(known["preview"])]
    lines += ["", "## Tests that do not pass", "", "| operator | tests | outcome | reason |", "|---|---|---|---|"]
    for (_, op), tests in sorted(failed.items()):
        groups = collections.defaultdict(list)
        for name, outcome in tests:
            groups[outcome, reason_for(name, reasons)].append(name.removeprefix("test_"))
        for (outcome, reason), names in groups.items():
            lines.append(f"| {op} | {', '.join(names)} | {outcome} | {reason} |")
    shown = {name for tests in failed.values() for name, _ in tests}
    lines += ["", "Further tests of `onnx.backend.test` that do not pass:", "", "| reason | tests |", "|---|---|"]
    lines += table_of_rest(rest, shown, reasons)
    return "\n".join(lines) + "\n"


def main():
    return write_or_check(PAGE, page(pathlib.Path(sys.argv[1])), sys.argv[2:] == ["--check"])


if __name__ == "__main__":
    sys.exit(main())
