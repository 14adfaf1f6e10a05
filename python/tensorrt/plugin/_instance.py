# SPDX-License-Identifier: Apache-2.0
"""Plugins of functions as the library sees them: an IPluginV3 that calls the functions, and its creator."""
import numpy
import tensorrt as trt

from ._expressions import ShapeExpr, ShapeExprs, building
from ._tensors import Tensor, TensorDesc

_FIELDS = {int: trt.PluginFieldType.INT64, float: trt.PluginFieldType.FLOAT64, bool: trt.PluginFieldType.INT8,
           str: trt.PluginFieldType.CHAR, bytes: trt.PluginFieldType.UNKNOWN}
_ARRAYS = {"int8": "INT8", "int16": "INT16", "int32": "INT32", "int64": "INT64", "float16": "FLOAT16",
           "float32": "FLOAT32", "float64": "FLOAT64", "bool": "INT8"}
_LARGEST_RANK = 8


def _field_type(kind):
    """The type of a field for an attribute of this type, a builtin or a numpy.dtype."""
    return trt.PluginFieldType.__members__[_ARRAYS[kind.name]] if isinstance(kind, numpy.dtype) else _FIELDS[kind]


def field_of(name, kind, value):
    """An attribute as a field; `value` None stands for no value."""
    if value is None:
        data = None
    elif isinstance(value, str):
        data = value.encode()
    elif isinstance(value, bytes):
        data = value
    elif isinstance(kind, numpy.dtype):
        data = numpy.asarray(value, kind)
    else:
        data = numpy.array([value], {int: numpy.int64, float: numpy.float64, bool: numpy.int8}[kind])
    return trt.PluginField(name, data, _field_type(kind))


def value_of(field, kind):
    """The attribute that a field holds."""
    data = field.data if field.data is not None else numpy.empty(0, numpy.int8)
    if isinstance(kind, numpy.dtype):
        return data.astype(kind)
    if kind in (str, bytes):
        return data.tobytes().decode() if kind is str else data.tobytes()
    return kind(data.reshape(-1)[0])


class FunctionPlugin(trt.IPluginV3, trt.IPluginV3OneCore, trt.IPluginV3OneBuildV2, trt.IPluginV3OneRuntime):
    """One use of a plugin, with its attributes."""

    def __init__(self, definition, attributes):
        self.definition, self.attributes = definition, attributes
        self.plugin_namespace, self.plugin_name = definition.namespace, definition.name
        self.plugin_version = "1"
        self.num_outputs = definition.num_outputs
        self._ranks, self._types, self._outputs, self._aliases = None, [], [], {}
        self._combinations, self._chosen, self._tactic = None, None, 0

    def get_capability_interface(self, type):
        """All capabilities are this object."""
        return self

    def clone(self):
        """A plugin that knows what this one was told."""
        copy = FunctionPlugin(self.definition, self.attributes)
        copy.__dict__.update(self.__dict__)
        return copy

    def _describe(self, inputs):
        for desc in inputs:
            desc._frozen = True
        answer = self.definition.describe(*inputs, **self.attributes)
        outputs = list(answer) if isinstance(answer, tuple) else [answer]
        if len(outputs) != self.num_outputs or not all(isinstance(o, TensorDesc) for o in outputs):
            raise ValueError(f"{self.definition.id}: register promised {self.num_outputs} TensorDesc")
        self._aliases = {}
        for i, output in enumerate(outputs):
            if output.is_size_tensor:
                output._index = i
            if output.get_aliased() is not None:
                self._aliases[i] = next(k for k, desc in enumerate(inputs) if desc is output.get_aliased())
        return outputs

    def get_output_data_types(self, input_types):
        """The types that the register function says; extents are fake."""
        self._types, self._combinations = list(input_types), None
        ranks = self._ranks or [_LARGEST_RANK] * len(input_types)
        self._outputs = self._describe([TensorDesc(ShapeExprs(r), t) for r, t in zip(ranks, input_types)])
        return [output.dtype for output in self._outputs]

    def get_output_shapes(self, inputs, shape_inputs, expr_builder):
        """The shapes that the register function says."""
        self._ranks = [len(shape) for shape in inputs]
        types = self._types or [trt.float32] * len(inputs)
        with building(expr_builder):
            descs = [
                TensorDesc(ShapeExprs.from_tuple([ShapeExpr(e) for e in shape]), t) for shape, t in zip(inputs, types)
            ]
            return [trt.DimsExprs([e.native() for e in output.shape_expr]) for output in self._describe(descs)]

    def _find_combinations(self, in_out, num_inputs):
        default = (tuple([*self._types, *(o.dtype for o in self._outputs)]),
                   tuple([trt.TensorFormat.LINEAR] * len(in_out)), [])
        if self.definition.autotune is None:
            return [default]
        inputs = [TensorDesc(ShapeExprs(len(d.desc.dims)), t).describe(d) for d, t in zip(in_out, self._types)]
        outputs = tuple(o.describe(d) for o, d in zip(self._outputs, in_out[num_inputs:]))
        attributes = [self.attributes[name] for name in self.definition.autotune_attributes]
        answer = self.definition.autotune(*inputs, *attributes, outputs)
        return [c for combination in answer for c in combination.expand()] or [default]

    def supports_format_combination(self, pos, in_out, num_inputs):
        """Whether a combination begins like this."""
        if self._combinations is None:
            self._combinations = self._find_combinations(in_out, num_inputs)
        types = tuple(d.desc.type for d in in_out[: pos + 1])
        layouts = tuple(d.desc.format for d in in_out[: pos + 1])
        return any(c[0][: pos + 1] == types and c[1][: pos + 1] == layouts for c in self._combinations)

    def configure_plugin(self, input_desc, output_desc):
        """Remembers the combination that was chosen."""
        descs = [d.desc for d in [*input_desc, *output_desc]]
        self._chosen = tuple(d.type for d in descs), tuple(d.format for d in descs)

    def get_valid_tactics(self):
        """The tactics of the combination that was chosen."""
        fitting = [c[2] for c in self._combinations or [] if c[:2] == self._chosen]
        return list(dict.fromkeys(tactic for tactics in fitting for tactic in tactics))

    def set_tactic(self, tactic):
        """The tactic for the next enqueue()."""
        self._tactic = tactic

    def get_aliased_input(self, output_index):
        """The input whose memory the output shares."""
        return self._aliases.get(output_index, -1)

    def get_fields_to_serialize(self):
        """All attributes."""
        kinds = self.definition.attributes
        return trt.PluginFieldCollection([field_of(n, kinds[n], v) for n, v in self.attributes.items()])

    def enqueue(self, input_desc, output_desc, inputs, outputs, workspace, stream):
        """Calls the implementation."""
        definition = self.definition
        aliased = set(self._aliases.values())
        ins = [Tensor(a, d, stream, read_only=i not in aliased)
               for i, (a, d) in enumerate(zip(inputs, input_desc))]
        outs = tuple(Tensor(a, d, stream) for a, d in zip(outputs, output_desc))
        for i, k in self._aliases.items():
            outs[i]._aliased_to = ins[k]
        arguments = {"tactic": self._tactic} if definition.takes_tactic else {}
        attributes = [self.attributes[name] for name in definition.impl_attributes]
        definition.impl(*ins, *attributes, outputs=outs, stream=stream, **arguments)


class FunctionCreator(trt.IPluginCreatorV3One):
    """Makes a plugin's instances from fields: of ONNX attributes, or of a plan."""

    def __init__(self, definition):
        super().__init__()
        self.definition = definition
        self.name, self.plugin_version, self.plugin_namespace = definition.name, "1", definition.namespace
        fields = [field_of(name, kind, None) for name, kind in definition.attributes.items()]
        self.field_names = trt.PluginFieldCollection(fields)

    def create_plugin(self, name, field_collection, phase):
        """An instance with these attributes."""
        kinds = self.definition.attributes
        given = {f.name: value_of(f, kinds[f.name]) for f in field_collection if f.name in kinds}
        missing = [n for n in kinds if n not in given]
        if missing:
            raise ValueError(f"{self.definition.id}: no value for {', '.join(missing)}")
        return self.definition.instance(given)
