# SPDX-License-Identifier: Apache-2.0
"""Makes the docstrings of the module from the comments of the public headers, so that each is written once.

    docstrings.py OUTPUT HEADER...

writes one row `{"class.member", "text"},` for each documented declaration, sorted, for src/docs.cpp. Keys are lower case
without underscores and without the k of enumerators: getNbLayers of ICudaEngine is "icudaengine.getnblayers".
"""
import re
import sys

SCOPE = re.compile(r"^(?:class|struct|enum class) (?:TRT_\w+ )?(\w+)(?: final)?(?: :.*)? \{$")
ENUMERATOR = re.compile(r"^(k\w+)(?: TRT_\w+)?(?: = [^,]*)?,\s*//!<\s*(.*)$")
BARE_ENUMERATOR = re.compile(r"^k([A-Z]\w+)(?: TRT_\w+)?(?: = [^,]*)?,$")
FIELD = re.compile(r"^[\w:<> ]+[ *&](\w+)(?:\[[^]]*\])?(?:\{[^}]*\})?(?: = [^;]*)?;\s*//!<\s*(.*)$")
FUNCTION = re.compile(r"(?:^|[ *&])(\w+)\(")


def key_of(*names):
    return ".".join(name.replace("_", "").lower() for name in names)


def snake(name):
    """The Python name of a member: getNbLayers is num_layers, setFlag set_flag, kLINEAR LINEAR."""
    if re.match(r"k[A-Z]", name):
        return name[1:]
    name = re.sub(r"^get(?=[A-Z])", "", name)
    name = re.sub(r"^nb(?=[A-Z])|^Nb(?=[A-Z])", "num", name)
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def text_of(lines):
    """A comment as Python says it."""
    text = " ".join(line.strip() for line in lines).strip()
    text = re.sub(r"\s*\\param (\w+) ", r"\n\1: ", text)
    text = re.sub(r"\s*\\return\s+(\w)", lambda m: "\nReturns " + m[1], text).strip()
    text = re.sub(r"\b(I[A-Z]\w+)::(\w+)(\(\))?", lambda m: f"{m[1]}.{snake(m[2])}{m[3] or ''}", text)
    text = re.sub(r"\b([a-z]+[A-Z]\w*)\(\)", lambda m: snake(m[1]) + "()", text)
    text = re.sub(r"`([a-z]+[A-Z]\w*)`", lambda m: f"`{snake(m[1])}`", text)
    text = re.sub(r"\bk([A-Z][A-Z0-9_]+)\b", r"\1", text)
    text = re.sub(r"\bnull(ptr)?\b", "None", text)
    text = re.sub(r"\b(true|false)\b", lambda m: m[0].capitalize(), text)
    return re.sub(r"  +", " ", text)


def rows_of(path):
    """(key, text) of a header, in its order."""
    scopes, comment, depth = [], [], 0
    for line in open(path, encoding="utf-8"):
        stripped = line.strip()
        if stripped.startswith("//!") and not stripped.startswith(("//!@", "//! \\name", "//! \\file")):
            comment.append(stripped[3:])
            continue
        scope = SCOPE.match(stripped)
        if scope:
            scopes.append((scope[1], depth))
            if comment:
                yield key_of(scope[1]), text_of(comment)
        elif stripped:
            owner = [scopes[-1][0]] if scopes else []
            trailing = ENUMERATOR.match(stripped) or FIELD.match(stripped)
            function = BARE_ENUMERATOR.match(stripped) or FUNCTION.search(stripped)
            if trailing and owner:
                yield key_of(*owner, re.sub(r"^k(?=[A-Z])", "", trailing[1])), text_of([trailing[2]])
            elif comment and function:
                yield key_of(*owner, function[1]), text_of(comment)
        depth += stripped.count("{") - stripped.count("}")
        while scopes and depth <= scopes[-1][1]:
            scopes.pop()
        comment = []


def main(output, headers):
    table = {}
    for path in headers:
        for key, text in rows_of(path):
            table.setdefault(key, text)
    quoted = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})
    with open(output, "w", encoding="utf-8") as out:
        for key in sorted(table):
            out.write(f'{{"{key}", "{table[key].translate(quoted)}"}},\n')


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
