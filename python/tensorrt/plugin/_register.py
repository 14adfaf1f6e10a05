# SPDX-License-Identifier: Apache-2.0
"""The decorators that make plugins of functions, and `op`, by which networks use them."""
import inspect
import types
import typing

import numpy
import tensorrt as trt

from ._expressions import SymInt32
from ._instance import FunctionCreator, FunctionPlugin
from ._tensors import TensorDesc

_BUILTINS = (int, float, str, bool, bytes)
_RESERVED = {"", "trt", "tensorrt", "std"}
_NO_ATTRIBUTES = {"outputs", "stream", "tactic"}
_definitions = {}


def _kind_of(annotation, name):
    """The type of an attribute: a builtin, or the numpy.dtype of an array."""
    if annotation in _BUILTINS:
        return annotation
    if typing.get_origin(annotation) is numpy.ndarray:
        return numpy.dtype(typing.get_args(typing.get_args(annotation)[1])[0])
    raise ValueError(f"attribute {name} is annotated {annotation}; it may be one of {[t.__name__ for t in _BUILTINS]} "
                     "or numpy.typing.NDArray[type]")


def _outputs_of(annotation):
    if annotation is TensorDesc:
        return 1
    args = typing.get_args(annotation)
    if typing.get_origin(annotation) is not tuple or any(a is not TensorDesc for a in args):
        raise ValueError(f"the function has to be annotated to return TensorDesc or Tuple[TensorDesc, ...], not "
                         f"{annotation}")
    return len(args)


class Definition:
    """A registered plugin. Calling it with tensors and attributes answers what INetworkDefinition.add_plugin takes."""

    def __init__(self, plugin_id, describe):
        self.id = plugin_id
        self.namespace, _, self.name = plugin_id.partition("::")
        if not self.name or "." in plugin_id or self.namespace in _RESERVED:
            raise ValueError(f"{plugin_id!r} is not namespace::name, with neither dots nor a reserved namespace")
        self.describe = describe
        self.inputs, self.attributes = [], {}
        self.impl = self.autotune = self.aot = None
        self.impl_attributes, self.autotune_attributes, self.takes_tactic = [], [], False
        self.creator = None
        hints = typing.get_type_hints(describe)
        for name, parameter in inspect.signature(describe).parameters.items():
            if name not in hints or parameter.default is not parameter.empty:
                raise ValueError(f"{plugin_id}: parameter {name} needs an annotation and no default")
            if hints[name] is not TensorDesc:
                if name in _NO_ATTRIBUTES:
                    raise ValueError(f"{plugin_id}: no attribute may be called {name}")
                self.attributes[name] = _kind_of(hints[name], name)
            elif self.attributes:
                raise ValueError(f"{plugin_id}: tensors come before attributes")
            else:
                self.inputs.append(name)
        self.num_outputs = _outputs_of(hints.get("return"))

    def check(self, function, last):
        """The attributes among the parameters of a function: inputs, attributes in their order, then `last`."""
        names = list(inspect.signature(function).parameters)
        attributes = [n for n in self.attributes if n in names]
        tactic = ["tactic"] if "tactic" in names and "tactic" in last else []
        expected = [*self.inputs, *attributes, *(n for n in last if n != "tactic"), *tactic]
        if names != expected:
            raise ValueError(f"{self.id}: parameters are {names} and should be {expected}")
        return attributes

    def register(self):
        """Adds the creator to the registry, once."""
        if self.creator is not None:
            return
        self.creator = FunctionCreator(self)
        if not trt.get_plugin_registry().register_creator(self.creator, self.namespace):
            self.creator = None
            raise ValueError(f"{self.id}: the registry has a creator of this name")

    def instance(self, attributes):
        """A plugin with these attributes."""
        if self.impl is None:
            what = "only a kernel compiled ahead, which needs a GPU" if self.aot else "no implementation"
            raise ValueError(f"{self.id} has {what}; give it one by tensorrt.plugin.impl")
        return FunctionPlugin(self, attributes)

    def __call__(self, *tensors, **attributes):
        if len(tensors) != len(self.inputs) or not all(isinstance(t, trt.ITensor) for t in tensors):
            raise ValueError(f"{self.id} takes the tensors {self.inputs}, got {len(tensors)} arguments")
        if set(attributes) != set(self.attributes):
            raise ValueError(f"{self.id} takes the attributes {list(self.attributes)}, got {list(attributes)}")
        for name, kind in self.attributes.items():
            value = attributes[name]
            actual = value.dtype if isinstance(value, numpy.ndarray) else type(value)
            if actual != kind:
                raise ValueError(f"{self.id}: attribute {name} is of type {actual}, not {kind}")
        self.register()
        ordered = {name: attributes[name] for name in self.attributes}

        def make(aot=False):
            if aot:
                raise ValueError(f"{self.id}: kernels compiled ahead need a GPU; add the plugin without aot")
            return list(tensors), [], self.instance(ordered)

        return make


class _Namespace(types.SimpleNamespace):
    """Plugins of one namespace, as attributes."""


class _Op(types.SimpleNamespace):
    """Namespaces, as attributes: op.namespace.name(tensors, attribute=value)."""


op = _Op()


class KernelLaunchParams:
    """Launch size of a kernel compiled ahead."""

    def __init__(self, grid_x=1, grid_y=1, grid_z=1, block_x=1, block_y=1, block_z=1, shared_mem=0):
        self.grid_x, self.grid_y, self.grid_z = SymInt32(grid_x), SymInt32(grid_y), SymInt32(grid_z)
        self.block_x, self.block_y, self.block_z = SymInt32(block_x), SymInt32(block_y), SymInt32(block_z)
        self.shared_mem = SymInt32(shared_mem)


def _definition(plugin_id):
    if plugin_id not in _definitions:
        raise ValueError(f"{plugin_id} is not registered; see tensorrt.plugin.register")
    return _definitions[plugin_id]


def register(plugin_id, lazy_register=False):
    """Declares a plugin: the function answers descriptions of the outputs from those of the inputs and attributes.

    `lazy_register` leaves the creator out of the registry until a network uses the plugin.
    """

    def decorate(function):
        definition = Definition(plugin_id, function)
        if plugin_id in _definitions:
            raise ValueError(f"{plugin_id} is registered already")
        if not lazy_register:
            definition.register()
        _definitions[plugin_id] = definition
        if not hasattr(op, definition.namespace):
            setattr(op, definition.namespace, _Namespace())
        setattr(getattr(op, definition.namespace), definition.name, definition)
        return function

    return decorate


def impl(plugin_id):
    """Implements a plugin: the function gets tensors, attributes, `outputs`, `stream` and, if it likes, `tactic`."""

    def decorate(function):
        definition = _definition(plugin_id)
        definition.impl_attributes = definition.check(function, ["outputs", "stream", "tactic"])
        definition.takes_tactic = "tactic" in inspect.signature(function).parameters
        definition.impl = function
        return function

    return decorate


def aot_impl(plugin_id):
    """Gives a plugin a kernel compiled ahead. It is kept, but runs on GPUs only."""

    def decorate(function):
        definition = _definition(plugin_id)
        definition.check(function, ["outputs", "tactic"])
        definition.aot = function
        return function

    return decorate


def autotune(plugin_id):
    """Tells types, layouts and tactics: the function answers a list of AutoTuneCombination."""

    def decorate(function):
        definition = _definition(plugin_id)
        definition.autotune_attributes = definition.check(function, ["outputs"])
        definition.autotune = function
        return function

    return decorate
