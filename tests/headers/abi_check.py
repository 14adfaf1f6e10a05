#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns a table of interface facts (abi_10_16.txt explains its form) into a C++ file that checks the headers.

Enumerators, counts, sizes, member offsets, bases and signatures become static assertions; slots of virtual functions
and the slots that inline members call become rows of two arrays that abi_test.cpp compares at run time.

usage: abi_check.py TABLE OUTPUT.cpp"""
import re
import sys


# Where the headers depart from 10.16 on purpose: signature there, signature here.
DELIBERATE = {
    # 11 tells whether the number was accepted.
    "void setMaxAuxStreams(int32_t)": "bool setMaxAuxStreams(int32_t)",
    # Like its sisters; only a cast of the member pointer could tell.
    "nvinfer1::IDeconvolutionLayer* addDeconvolutionNd(nvinfer1::ITensor&,int64_t,nvinfer1::Dims64,"
    "nvinfer1::Weights,nvinfer1::Weights)": "nvinfer1::IDeconvolutionLayer* addDeconvolutionNd(nvinfer1::ITensor&,"
    "int64_t,nvinfer1::Dims64 const&,nvinfer1::Weights,nvinfer1::Weights)",
}


def split_args(text):
    """The comma-separated types between parentheses; no type of the table has commas of its own."""
    return [a for a in text.split(",") if a]


def parse_signature(text):
    """'name(a,b) const' -> name, 'a,b', ' const' or ''."""
    m = re.fullmatch(r"(.+?)\((.*)\)( const)?", text)
    return m[1], m[2], m[3] or ""


def split_typed(text):
    """'TYPE SIGNATURE' -> both: the signature starts at the last word before the parenthesis."""
    head, paren, rest = text.partition("(")
    ret, _, name = head.rpartition(" ")
    return ret, name + paren + rest


class Emitter:
    def __init__(self):
        self.asserts, self.slots, self.calls, self.probes = [], [], [], []

    def check(self, condition, message):
        self.asserts.append(f'static_assert({condition}, "{message}");')

    def class_line(self, cls, line):
        kind, _, rest = line.strip().partition(" ")
        if kind == "size":
            self.check(f"sizeof({cls}) == {rest}", f"size of {cls}")
        elif kind == "field":
            name, offset, ftype = rest.split(" ", 2)
            self.check(f"offsetof({cls}, {name}) == {offset}", f"offset of {cls}::{name}")
            ftype = re.sub(r"^(.*?)(\[\d+\])$", r"std::remove_reference<\1(&)\2>::type", ftype)
            self.check(f"std::is_same<decltype({cls}::{name}), {ftype}>::value", f"type of {cls}::{name}")
        elif kind == "slot":
            self.slot(cls, rest)
        elif kind in ("method", "static"):
            self.method(cls, kind, rest)
        else:
            sys.exit(f"unknown line in class {cls}: {line}")

    def slot(self, cls, rest):
        index, _, rest = rest.partition(" ")
        if rest == "destructor":
            self.check(f"std::has_virtual_destructor<{cls}>::value", f"virtual destructor of {cls}")
            return
        protected = rest.startswith("protected ")
        ret, signature = split_typed(rest[len("protected ") :] if protected else rest)
        name, args, const = parse_signature(signature)
        scope = cls
        if protected:  # Only a derived class may name it.
            scope = f"Probe{len(self.probes)}"
            self.probes.append(f"struct {scope} : {cls} {{\n    using {cls}::{name};\n}};")
        member = f"static_cast<{ret} ({cls}::*)({args}){const}>(&{scope}::{name})"
        self.slots.append(f'    {{"{cls}::{signature}", {index}, slotOf({member})}},')

    def method(self, cls, kind, rest):
        call = None
        if " = " in rest:
            rest, call = rest.split(" = ")
        if kind == "static":
            rest = rest[len("method ") :]
        ret, signature = split_typed(DELIBERATE.get(rest, rest))
        name, args, const = parse_signature(signature)
        pointer = f"{ret} (*)({args})" if kind == "static" else f"{ret} ({cls}::*)({args}){const}"
        member = f"static_cast<{pointer}>(&{cls}::{name})"
        if call is None:
            self.check(f"sizeof({member}) > 0", f"{cls}::{signature}")
        else:
            # Qualified where that is easy, so that a member that is virtual here shows what it calls itself.
            action = member if args else f"[]({cls}{const}& object) {{ (void)object.{cls}::{name}(); }}"
            finder = f"calledSlot({action})" if args else f"calledSlot<{cls}>({action})"
            self.calls.append(f'    {{"{cls}::{signature}", {call}, [] {{ return {finder}; }}}},')
            self.check(f"sizeof({member}) > 0", f"{cls}::{signature}")

    def function(self, line):
        ret, signature = split_typed(line)
        name, args, _ = parse_signature(signature)
        self.check(f"sizeof(static_cast<{ret} (*)({args})>(&::{name})) > 0", f"{name}")


def translate(lines):
    out, scope, is_enum = Emitter(), None, False
    for line in lines:
        line = line.rstrip()
        if not line or line.startswith("#"):
            continue
        kind, _, rest = line.partition(" ")
        if kind == "class":
            scope, _, bases = rest.partition(" : ")
            is_enum = False
            for base in split_args(bases.replace(", ", ",")):
                out.check(f"std::is_base_of<{base}, {scope}>::value", f"base of {scope}")
        elif kind == "enum":
            m = re.fullmatch(r"(\S+) : (\S+)(?: count (\d+))?", rest)
            scope, is_enum = m[1], True
            out.check(f"std::is_same<std::underlying_type<{scope}>::type, {m[2]}>::value", f"type of {scope}")
            if m[3]:
                space = "nvonnxparser" if scope.startswith("nvonnxparser") else "nvinfer1"
                out.check(f"{space}::EnumMax<{scope}>() == {m[3]}", f"EnumMax of {scope}")
        elif kind == "function":
            out.function(rest)
        elif is_enum:
            name, value = line.strip().split(" = ")
            out.check(f"static_cast<int64_t>({scope}::{name}) == {value}", f"value of {scope}::{name}")
        else:
            out.class_line(scope, line)
    return out


TEMPLATE = """// Made by tests/headers/abi_check.py.
#include "abi_test.h"

// The tables name everything that the headers deprecate, and offsets of classes with constructors.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#pragma GCC diagnostic ignored "-Winvalid-offsetof"

namespace {{
{asserts}

{probes}
}}  // namespace

std::vector<Slot> const kSLOTS{{
{slots}
}};

std::vector<Call> const kCALLS{{
{calls}
}};
"""


def main():
    table, output = sys.argv[1:]
    with open(table) as f:
        out = translate(f)
    with open(output, "w") as f:
        f.write(TEMPLATE.format(**{k: "\n".join(v) for k, v in vars(out).items()}))


if __name__ == "__main__":
    main()
