# SPDX-License-Identifier: Apache-2.0
"""Makes the stub of the extension module: nanobind's, with what the package adds and what the module converts.

    make_stub.py PACKAGES OUTPUT

PACKAGES is the folder with the built package `tensorrt`. Tested by tests/test_names.py.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

# What tensorrt/__init__.py adds to enumerations, and members whose defaults stand in the middle.
PATTERNS = r"""
\.__int__$:
    def __int__(self) -> int: ...

\.__index__$:
    def __index__(self) -> int: ...

\.__lt__$:
    def __lt__(self, other: object) -> bool: ...

\.__le__$:
    def __le__(self, other: object) -> bool: ...

\.__gt__$:
    def __gt__(self, other: object) -> bool: ...

\.__ge__$:
    def __ge__(self, other: object) -> bool: ...

\.__entries(__)?$:

\.DataType\.itemsize$:
    @property
    def itemsize(self) -> float:
        \doc

"""

# Parameters that are converted. Arrays are not named, so that the stub needs no NumPy.
LIKE = {
    "Dims": "Dims | Sequence[int]", "Permutation": "Permutation | Sequence[int]", "Weights": "Weights | Any",
    "DimsExprs": "DimsExprs | Sequence[IDimensionExpr]",
}
PRIVATE = ["_PluginV2", "_PluginV3", "_PluginCreatorInterface", "_PluginCreator", "_PluginCreatorV3One", "_PluginResource"]
PARAMETER = re.compile(r"(\b\w+: )(Dims|Permutation|Weights|DimsExprs)\b(?! \| (?:Any|Sequence))")


# Callbacks: what the library hands over is not converted.
CALLBACKS = ("notify_shape(", "process_debug_tensor(")


def converted(line):
    if any(name in line for name in CALLBACKS) or not line.lstrip().startswith("def "):
        return line
    head, arrow, answer = line.rpartition(" -> ")
    head = PARAMETER.sub(lambda m: m[1] + LIKE[m[2]], head)
    # A parameter after one with a default needs one, too; the module wants it by name.
    name, bracket, rest = head.partition("(")
    parts, seen = split(rest[: rest.rindex(")")]), False
    for i, part in enumerate(parts):
        seen = seen or "=" in part
        if seen and "=" not in part and not part.startswith(("*", "/")):
            parts[i] = part + " = ..."
    return name + bracket + ", ".join(parts) + ")" + arrow + answer


def split(text):
    """The parameters of a list, at commas outside of brackets."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        depth += (c in "[(") - (c in "])")
        if c == "," and depth == 0:
            parts.append(text[start:i].strip())
            start = i + 1
    return [*parts, text[start:].strip()] if text[start:].strip() else parts


def answered(text):
    """Answers that the module makes of several classes: a layer as its own, others as anything; plans are buffers."""
    text = re.sub(r"(def get_layer\(self, index: int\) -> )object", r"\1ILayer", text)
    text = re.sub(r"(class INetworkDefinition:.*?def __getitem__\(self, index: int\) -> )object", r"\1ILayer", text, count=1,
                  flags=re.S)
    text = re.sub(r"(class (?:IHostMemory):\n    \"\"\".*?\"\"\"\n)",
                  r"\1\n    def __buffer__(self, flags: int, /) -> memoryview: ...\n", text, count=1, flags=re.S)
    for name, item in {"INetworkDefinition": "ILayer", "ICudaEngine": "str", "DimsExprs": "IDimensionExpr"}.items():
        text = re.sub(rf"(class {name}:.*?\n)(    def __getitem__)", rf"\1    def __iter__(self) -> Iterator[{item}]: ...\n\n\2",
                      text, count=1, flags=re.S)
    text = text.replace("def __iter__(self) -> Iterator: ...", "def __iter__(self) -> Iterator[int]: ...")
    return re.sub(r"-> object(:)", r"-> Any\1", text)


def main(packages, output):
    with tempfile.TemporaryDirectory() as folder:
        patterns, raw = pathlib.Path(folder, "patterns"), pathlib.Path(folder, "raw.pyi")
        patterns.write_text(PATTERNS, encoding="utf-8")
        subprocess.run(
            [sys.executable, "-m", "nanobind.stubgen", "-q", "-i", packages, "-m", "tensorrt.tensorrt", "-o", raw, "-p",
             patterns], check=True)
        text = raw.read_text(encoding="utf-8")
    text = answered("\n".join(converted(line) for line in text.split("\n")))
    # The module has a variable `bool`, a DataType, beside the builtin type.
    text = re.sub(r"^(\s*def .*)$", lambda m: re.sub(r"\bbool\b", "_bool", m[1]), text, flags=re.M)
    # A layer's kind hides the type of layer; keys compare with keys.
    overriding = r"^(    def (?:type\(self\) -> (?:Pooling|Activation)Type|__eq__\(self, arg: TimingCacheKey.*): \.\.\.)$"
    text = re.sub(overriding, r"\1  # type: ignore[override]", text, flags=re.M)
    text = re.sub(r"^    @property\n(    def type\(self\) -> (?:Pooling|Activation)Type:)$",
                  r"    @property  # type: ignore[override]\n\1", text, flags=re.M)
    text = re.sub(r"(\*\w+)(?=[,)])(?=.* -> )", r"\1: Any", text)
    text = re.sub(r"(->|:) list(?=[:,)]| = )", r"\1 list[Any]", text)
    text = re.sub(r"(->|:) tuple(?=[:,)]| = )", r"\1 tuple[Any, ...]", text)
    text += "".join(f"\n{name}: Any\n" for name in PRIVATE) + "\n__version__: str\n"
    text = re.sub(r"^from typing import (.*)$", r"from builtins import bool as _bool\nfrom typing import Any, \1", text, count=1, flags=re.M)
    pathlib.Path(output).write_text(text, encoding="utf-8")
    pathlib.Path(output).with_name("py.typed").touch()


if __name__ == "__main__":
    main(*sys.argv[1:])
