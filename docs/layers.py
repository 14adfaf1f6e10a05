#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/layers.md from the factories and shells of src/network and the inference of src/ops.

    docs/layers.py            write the page
    docs/layers.py --check    status 1 and the first line that differs when the page is out of date
"""
import pathlib
import re
import sys

from written_page import write_or_check

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/layers.md"
HEAD = """# Layers

Written by `docs/layers.py` from the code. What each layer becomes, which types it takes, and which parameters its
factory and setters check at once; everything else is checked when a tensor is asked for its dimensions and when the
network is built. Rules in words stand in the header of the operator (`docs/operators.md`), rows of numbers and refusals
in `tests/api/layer_*_test.cpp` and `src/network/layer_*_test.cpp`.

A weakly typed network takes f32, f16 and bf16 side by side where a layer needs equal types. All layers take tensors
without elements, up to {rank} dimensions and {elements} elements.

| layer | made by | operators | types of the first input | checked at once |
|---|---|---|---|---|
"""
#: Constructs: their boundary layers have no operator of their own.
CONSTRUCTS = {"Loop": "Loop", "IfConditional": "If"}


def sources(folder):
    return {p.name: p.read_text() for p in sorted((ROOT / folder).glob("*.cpp")) if not p.name.endswith("_test.cpp")}


NETWORK = sources("src/network")
OPS = {p.stem: p.read_text() for p in sorted((ROOT / "src/ops").glob("*.cpp"))}
SUPPORT = "\n".join(p.read_text() for p in sorted((ROOT / "src/ops/support").glob("*.*")))
ALL = "\n".join(NETWORK.values())
PUBLIC = re.sub(r"(?:mImpl|ext\(\))->\w+", "", (ROOT / "include/impl/NvInferNetwork.h").read_text())


def block(text, start):
    """From `start` to the brace that closes the first one opened behind it."""
    at = text.index("{", start)
    depth = 0
    for i in range(at, len(text)):
        depth += (text[i] == "{") - (text[i] == "}")
        if depth == 0:
            return text[start:i + 1]
    raise ValueError("braces do not match")


def headers():
    """Class of an operator -> (name in the text form, header, source)."""
    found = {}
    for path in sorted((ROOT / "src/ops").glob("*.h")):
        for match in re.finditer(r'class (\w+) : public (?:OpBase|\w+)<\w+>.*?kInfo\{\s*"(\w+)"', path.read_text(), re.S):
            found[match.group(1)] = (match.group(2), path.relative_to(ROOT), OPS.get(path.stem, ""))
    return found


def type_lists(text):
    return {name: re.findall(r"DType::(\w+)", types)
            for name, types in re.findall(r"constexpr std::array (k\w+)\{([^}]*)\}", text)}


def types_of(operator, source):
    """Union of what inference requires of input 0; empty: any type."""
    start = source.find(f"void {operator}::infer(")
    if start < 0:
        return None
    body = block(source, start)
    for helper in re.findall(r"\b(checkKernel)\(", body):
        body += block(SUPPORT, re.search(rf"^\w+ {helper}\(", SUPPORT, re.M).start())
    if "shapeFromInput(c, 0," in body:
        return ["I32", "I64"]
    lists = {**type_lists(SUPPORT), **type_lists(source)}
    types = []
    body = re.sub(r"if \(reduction[^;]*;", "", body)  # of ONNX only
    for name, inline in re.findall(r"requireType\(c, (?:0|k(?:X|Query|Boxes)), (?:(k\w+)|std::array\{([^}]*)\})", body):
        for t in lists[name] if name else re.findall(r"DType::(\w+)", inline):
            if t not in types:
                types.append(t)
    return types


def checks(text):
    """What factories and setters compare with limits."""
    constants = dict(re.findall(r'(k\w+) = "([^"]*)"', text))
    label = lambda s: s[1:-1] if s.startswith('"') else constants.get(s.split("::")[-1], "")
    found = {"indices type": None} if "indexType(" in text else {}
    found.update(dict.fromkeys(re.findall(r'\bset\(&\w+(?:::\w+)*, "([^"]+)"', text)))
    pattern = r'(between(?:<\w+>)?|eachAtLeast|finite|oneOf|known|blocksOf|countOf)\(([^;]*?)\)[;,)]'
    for call, arguments in re.findall(pattern, re.sub(r"\s+", " ", text)):
        parts = re.split(r", (?![^{]*\})", arguments)
        what = label(parts[1]) if len(parts) > 1 else ""
        if call == "blocksOf":
            what = "block shape"
        if what:
            found[what] = None
    return sorted(found)


def shell_text(name):
    """A shell class with the class templates of this room that it is made from."""
    match = re.search(rf"class {name}\b[^;{{]*\{{", ALL)
    alias = re.search(rf"using {name} = (\w+)<", ALL)
    if alias and alias.group(1) != "LayerShell":
        return shell_text(alias.group(1))
    if not match:
        return ""
    text = block(ALL, match.start())
    for base in re.findall(r"public (\w+)<", match.group(0)):
        if base not in ("LayerShell", name):
            text += shell_text(base)
    return text


def factories():
    """Interface -> names of its factories, their text, and that of the helpers and shells they use."""
    found = {}
    for match in re.finditer(r"^I(\w+)\* Network::(add\w+)\(", ALL, re.M):
        if match.group(1) in ("Tensor", "Layer"):
            continue
        body = block(ALL, match.start())
        for helper in re.findall(r"\b(makeConvolution|addNormalizationLayer)\b", body):
            body += block(ALL, re.search(rf"^(?:template[^\n]*\n)?[\w:<>*, ]+[ \n]{helper}\(", ALL, re.M).start())
        entry = found.setdefault(match.group(1), {"names": [], "text": ""})
        if re.search(rf"\b{match.group(2)}\(", PUBLIC):
            entry["names"].append(match.group(2))
        shells = re.findall(r"make_unique<(\w+)(?:<[^()]*>)?>\(\s*(?:\*this|network)", body) + re.findall(r"(ConvolutionLayer)<", body)
        entry["text"] += body + "".join(shell_text(s) for s in dict.fromkeys(shells))
    return found


def row(interface, entry, known):
    if interface in CONSTRUCTS:
        operators = [CONSTRUCTS[interface]]
    else:
        operators = list(dict.fromkeys(re.findall(r"(?:make_unique|make|edit|peek)<ops::(\w+)>", entry["text"])
                                       + re.findall(r"\(ops::(\w+)::", entry["text"])
                                       + re.findall(r", ops::(\w+)>\(", entry["text"])))
    operators = [o for o in operators if o in known]
    composed = not operators
    if composed:  # by functions of the same file, or of the one that it calls
        file = next(t for t in NETWORK.values() if f"Network::{entry['names'][0]}(" in t)
        file = NETWORK["recurrent_stack.cpp"] if "addRecurrentStack(" in entry["text"] else file
        shared = "layers_movement.cpp", "layers_legacy.cpp"
        operators = [] if file in [NETWORK[s] for s in shared] else sorted(
            o for o in set(re.findall(r"ops::(\w+)", file)) if o in known)
    types = None
    if not composed and interface not in CONSTRUCTS:
        types = types_of(operators[0], known[operators[0]][2])
    kinds = "" if types is None else "any" if not types else " ".join(t.lower() for t in types)
    links = ", ".join(f"[{known[o][0]}](../{known[o][1]})" for o in operators)
    return (f"| I{interface} | {', '.join(entry['names'])} | {links} | {kinds} | "
            f"{', '.join(checks(entry['text']))} |")


def page():
    limits = (ROOT / "src/graph/limits.h").read_text()
    elements = int(re.search(r"kMostElements = (\w+)", limits).group(1), 0)
    head = HEAD.format(rank=8, elements=elements)
    known = headers()
    lines = [row(interface, entry, known) for interface, entry in sorted(factories().items())]
    return head + "\n".join(lines) + "\n"


def main():
    return write_or_check(PAGE, page(), sys.argv[1:] == ["--check"])


if __name__ == "__main__":
    sys.exit(main())
