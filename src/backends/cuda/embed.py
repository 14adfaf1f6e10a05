#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a C++ file that holds text files by name: embed.py OUTPUT FILE..."""
import pathlib
import sys

PIECE = 8000  # compilers limit the length of one literal


def literal(text):
    pieces = [text[i : i + PIECE] for i in range(0, len(text), PIECE)]
    # The suffix takes the length from the literal: clang gives up counting so many letters.
    return "\n".join(f'R"code({piece})code"' for piece in pieces) + "sv"


def main():
    output, files = sys.argv[1], sorted(sys.argv[2:])
    rows = "\n".join(f'    {{"{pathlib.Path(f).stem}"sv,\n{literal(pathlib.Path(f).read_text())}}},' for f in files)
    pathlib.Path(output).write_text(
        '// SPDX-License-Identifier: Apache-2.0\n#include "backends/cuda/compiler.h"\n#include "base/error.h"\n\n'
        "namespace opentrt::cuda {\n\nnamespace {\n\nusing namespace std::string_view_literals;\n\n"
        "struct Entry {\n    std::string_view name, text;\n};\n"
        f"constexpr Entry kTexts[] = {{\n{rows}\n}};\n\n}}  // namespace\n\n"
        "std::string_view codeText(std::string_view name) {\n"
        "    for (const Entry& entry : kTexts) {\n        if (entry.name == name) return entry.text;\n    }\n"
        '    internalError(cat("there is no kernel text ", name));\n}\n\n}  // namespace opentrt::cuda\n'
    )


main()
