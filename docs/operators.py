#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/operators.md from src/ops/ops.def and the operators' headers, so that the page says what the code says.

    docs/operators.py            write the page
    docs/operators.py --check    status 1 and the first line that differs when the page is out of date
"""
import pathlib
import re
import sys

from written_page import write_or_check

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/operators.md"
ENTRY = re.compile(r"OPENTRT_OP\((\w+), ([\w| ]+)\)")
INFO = re.compile(r'kInfo\{\s*"(\w+)",\s*OpClass::(\w+),\s*(-?\d+),\s*(-?\d+),\s*(-?\d+),\s*((?:"[^"]*"\s*)+)\}')
STAGES = ("imported", "canonical", "planned")
HEAD = """# Operators

Written by `docs/operators.py`; edit the headers instead. The header of an operator begins with its definition: what
each input is, the rules, the types. How to add one: `docs/add_an_operator.md`.

The name is that of the text form, as in `Softmax{axis=1}`, which `opentrt::addOperator` of `opentrt/extension.h` takes.
`2..3` means that inputs from the third on may be left out, `n` any number. The stages say where an operator may occur:
i imported, c canonical, p planned. The class drives fusion.

"""


def headers():
    """Class name -> (kInfo's values, path)."""
    found = {}
    for path in sorted((ROOT / "src/ops").glob("*.h")):
        text = path.read_text()
        for match in re.finditer(r"class (\w+) : public (?:OpBase|\w+)<\w+>", text):
            info = INFO.search(text, match.end())
            if info:
                found[match.group(1)] = (info.groups(), path.relative_to(ROOT))
    return found


def count(least, most):
    if most == "-1":
        return f"{least}..n"
    return least if least == most else f"{least}..{most}"


def page():
    known = headers()
    lines, section = [HEAD.rstrip("\n")], None
    title = ""
    for line in (ROOT / "src/ops/ops.def").read_text().splitlines():
        if line.startswith("// "):
            title = line[3:]
        entry = ENTRY.match(line)
        if not entry:
            continue
        (kind, op_class, least, most, outputs, purpose), path = known[entry.group(1)]
        if title != section:
            section = title
            lines += ["", f"## {title[0].upper()}{title[1:]}", "", "| operator | inputs | outputs | purpose | class | stages |",
                      "|---|---|---|---|---|---|"]
        stages = {s.strip() for s in entry.group(2).split("|")}
        marks = "".join(s[0] if s in stages else "-" for s in STAGES)
        text = "".join(re.findall(r'"([^"]*)"', purpose))
        lines.append(f"| [{kind}](../{path}) | {count(least, most)} | {'n' if outputs == '-1' else outputs} | {text} | "
                     f"{op_class.lower()} | {marks} |")
    return "\n".join(lines) + "\n"


def main():
    return write_or_check(PAGE, page(), sys.argv[1:] == ["--check"])


if __name__ == "__main__":
    sys.exit(main())
