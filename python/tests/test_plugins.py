# SPDX-License-Identifier: Apache-2.0
"""Plugins written in Python, of both interfaces: built, saved, loaded and run."""
import ctypes
import gc
import sys

import numpy
import onnx
import pytest
import tensorrt as trt
from conftest import run


def array_at(address, shape, dtype=numpy.float32):
    count = int(numpy.prod(shape)) * numpy.dtype(dtype).itemsize
    return numpy.frombuffer((ctypes.c_char * count).from_address(address), dtype).reshape(tuple(shape))


class ScaleV3(trt.IPluginV3, trt.IPluginV3OneCore, trt.IPluginV3OneBuild, trt.IPluginV3OneRuntime):
    """y = x * factor, in one object."""

    alive = 0

    def __init__(self, factor):
        for base in (trt.IPluginV3, trt.IPluginV3OneCore, trt.IPluginV3OneBuild, trt.IPluginV3OneRuntime):
            base.__init__(self)
        self.plugin_name, self.plugin_version, self.plugin_namespace = "PyScale", "1", ""
        self.num_outputs = 1
        self.factor = factor
        self.calls = []
        ScaleV3.alive += 1

    def __del__(self):
        ScaleV3.alive -= 1

    def get_capability_interface(self, type):
        return self

    def clone(self):
        copy = ScaleV3(self.factor)
        copy.calls = self.calls
        return copy

    def get_output_data_types(self, input_types):
        return [input_types[0]]

    def get_output_shapes(self, inputs, shape_inputs, expr_builder):
        return [trt.DimsExprs(inputs[0])]

    def supports_format_combination(self, pos, in_out, num_inputs):
        assert num_inputs == 1 and len(in_out) == 2
        return in_out[pos].desc.type == trt.float32 and in_out[pos].desc.format == trt.TensorFormat.LINEAR

    def configure_plugin(self, inputs, outputs):
        self.calls.append(("configure", tuple(inputs[0].min), tuple(inputs[0].opt), tuple(inputs[0].max)))

    def get_workspace_size(self, inputs, outputs):
        return 256

    def get_valid_tactics(self):
        return [7, 8]

    def set_tactic(self, tactic):
        self.tactic = tactic

    def on_shape_change(self, inputs, outputs):
        self.calls.append(("shape", tuple(inputs[0].dims)))

    def attach_to_context(self, resource_context):
        self.calls.append(("attach", resource_context.error_recorder))
        return self.clone()

    def get_fields_to_serialize(self):
        factor = trt.PluginField("factor", numpy.float32([self.factor]), trt.PluginFieldType.FLOAT32)
        return trt.PluginFieldCollection([factor])

    def enqueue(self, input_desc, output_desc, inputs, outputs, workspace, stream):
        assert self.tactic == 7 and workspace != 0 and stream == 0
        x = array_at(inputs[0], input_desc[0].dims)
        array_at(outputs[0], output_desc[0].dims)[...] = x * self.factor


class ScaleV3Creator(trt.IPluginCreatorV3One):
    def __init__(self):
        super().__init__()
        self.name, self.plugin_version, self.plugin_namespace = "PyScale", "1", ""
        self.field_names = trt.PluginFieldCollection(
            [trt.PluginField("factor", numpy.array([], numpy.float32), trt.PluginFieldType.FLOAT32)]
        )
        self.phases, self.made = [], None

    def create_plugin(self, name, field_collection, phase):
        self.phases.append(phase)
        self.made = ScaleV3(float(field_collection[0].data[0]))
        return self.made


class QuickCore(trt.IPluginV3, trt.IPluginV3QuickCore):
    """What the plugins of the quick interface below share: y = x * factor."""

    def __init__(self, factor):
        super().__init__()
        self.plugin_name, self.plugin_version = "PyQuick", "1"
        self.factor, self.asked = factor, []

    def get_capability_interface(self, type):
        return self

    def clone(self):
        copy = type(self)(self.factor)
        copy.asked = self.asked
        return copy

    def get_output_data_types(self, input_types, ranks):
        self.asked.append(("ranks", list(ranks)))
        return [input_types[0]]

    def get_output_shapes(self, inputs, shape_inputs, expr_builder):
        return [trt.DimsExprs(inputs[0])]

    def get_supported_format_combinations(self, in_out, num_inputs):
        assert num_inputs == 1 and len(in_out) == 2
        combinations = []
        for kind in (trt.float16, trt.float32):
            for _ in in_out:
                desc = trt.PluginTensorDesc()
                desc.type, desc.format = kind, trt.TensorFormat.LINEAR
                combinations.append(desc)
        return combinations

    def get_valid_tactics(self):
        return [5]

    def set_tactic(self, tactic):
        self.asked.append(("tactic", tactic))


class Quick(QuickCore, trt.IPluginV3QuickBuild, trt.IPluginV3QuickRuntime):
    num_outputs = 1

    def get_fields_to_serialize(self):
        return trt.PluginFieldCollection([trt.PluginField("factor", numpy.float32([self.factor]))])

    def enqueue(self, input_desc, output_desc, inputs, outputs, in_strides, out_strides, stream):
        self.asked.append(("strides", tuple(in_strides[0]), tuple(out_strides[0])))
        array_at(outputs[0], output_desc[0].dims)[...] = array_at(inputs[0], input_desc[0].dims) * self.factor


class QuickAhead(QuickCore, trt.IPluginV3QuickAOTBuild):
    def get_num_outputs(self):
        return 1


class QuickCreator(trt.IPluginCreatorV3Quick):
    def __init__(self):
        super().__init__()
        self.name, self.plugin_version, self.made = "PyQuick", "1", None
        self.field_names = trt.PluginFieldCollection([])

    def create_plugin(self, name, namespace, field_collection, phase, quick_plugin_creation_request):
        assert phase == trt.TensorRTPhase.RUNTIME
        assert isinstance(quick_plugin_creation_request, trt.QuickPluginCreationRequest)
        self.made = Quick(float(numpy.frombuffer(field_collection[0].data, numpy.float32)[0]))
        return self.made


class ScaleV2(trt.IPluginV2DynamicExt):
    """y = x * factor, second interface."""

    def __init__(self, factor):
        super().__init__()
        self.num_outputs = 1
        self.plugin_type, self.plugin_version, self.plugin_namespace = "PyScaleV2", "1", ""
        self.factor = factor

    def serialize(self):
        return numpy.float32([self.factor]).tobytes()

    def get_output_datatype(self, index, input_types):
        return input_types[index]

    def get_output_dimensions(self, output_index, inputs, expr_builder):
        return inputs[0]

    def supports_format_combination(self, pos, in_out, num_inputs):
        return in_out[pos].type == trt.float32

    def enqueue(self, input_desc, output_desc, inputs, outputs, workspace, stream):
        array_at(outputs[0], output_desc[0].dims)[...] = array_at(inputs[0], input_desc[0].dims) * self.factor

    def clone(self):
        return ScaleV2(self.factor)


class ScaleV2Creator(trt.IPluginCreator):
    def __init__(self):
        super().__init__()
        self.name, self.plugin_version = "PyScaleV2", "1"
        self.field_names = trt.PluginFieldCollection([])

    def create_plugin(self, name, field_collection):
        return ScaleV2(field_collection[0].data[0])

    def deserialize_plugin(self, name, serialized_plugin):
        return ScaleV2(numpy.frombuffer(serialized_plugin, numpy.float32)[0])


@pytest.fixture(params=[ScaleV3Creator, ScaleV2Creator])
def creator(request):
    made = request.param()
    registry = trt.get_plugin_registry()
    assert registry.register_creator(made, "")
    yield made
    assert registry.deregister_creator(made)


def network_of(builder, plugin, dynamic=False):
    network = builder.create_network()
    x = network.add_input("x", trt.float32, (-1 if dynamic else 2, 3))
    if isinstance(plugin, trt.IPluginV2):
        layer = network.add_plugin_v2([x], plugin)
    else:
        layer = network.add_plugin_v3([x], [], plugin)
    layer.get_output(0).name = "y"
    network.mark_output(layer.get_output(0))
    return network, layer


def check(plan, logger, factor, rows=2):
    engine = trt.Runtime(logger).deserialize_cuda_engine(plan)
    context = engine.create_execution_context()
    for n in {1, rows}:
        if engine.get_tensor_shape("x")[0] < 0:
            assert context.set_input_shape("x", (n, 3))
        elif n != rows:
            continue
        x, y = numpy.arange(3 * n, dtype=numpy.float32).reshape(n, 3), numpy.empty((n, 3), numpy.float32)
        run(context, {"x": x}, {"y": y})
        numpy.testing.assert_array_equal(y, x * factor)


@pytest.mark.parametrize("dynamic", [False, True])
def test_plugins_build_and_run(creator, logger, dynamic):
    builder = trt.Builder(logger)
    plugin = ScaleV2(2.5) if isinstance(creator, ScaleV2Creator) else ScaleV3(2.5)
    network, layer = network_of(builder, plugin, dynamic)
    assert type(layer.plugin) is type(plugin) and layer.plugin is not plugin and layer.plugin.factor == 2.5
    config = builder.create_builder_config()
    if dynamic:
        profile = builder.create_optimization_profile()
        profile.set_shape("x", (1, 3), (2, 3), (5, 3))
        config.add_optimization_profile(profile)
    plan = builder.build_serialized_network(network, config)
    assert plan is not None, logger.errors()
    check(plan, logger, 2.5, 5 if dynamic else 2)
    if isinstance(plugin, ScaleV3):
        least = (1, 3) if dynamic else (2, 3)
        assert ("configure", least, (2, 3), (5, 3) if dynamic else (2, 3)) in plugin.calls
        assert ("shape", (5, 3) if dynamic else (2, 3)) in creator.made.calls and ("attach", None) in creator.made.calls
        assert creator.phases == [trt.TensorRTPhase.RUNTIME]


def test_onnx_operators_become_plugins(creator, logger):
    value = onnx.helper.make_tensor_value_info
    node = onnx.helper.make_node("PyScale", ["x"], ["y"], factor=3.0)
    graph = onnx.helper.make_graph([node], "g", [value("x", 1, [2, 3])], [value("y", 1, [2, 3])])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=10)
    builder = trt.Builder(logger)
    network = builder.create_network()
    parsed = trt.OnnxParser(network, logger).parse(model.SerializeToString())
    assert parsed == isinstance(creator, ScaleV3Creator)
    if parsed:
        assert creator.phases == [trt.TensorRTPhase.BUILD]
        check(builder.build_serialized_network(network, builder.create_builder_config()), logger, 3.0)


def test_the_registry_answers_the_objects_of_python(creator):
    registry = trt.get_plugin_registry()
    assert registry.get_creator(creator.name, "1", "") is creator and creator in registry.all_creators
    assert (registry.get_plugin_creator(creator.name, "1") is creator) == isinstance(creator, trt.IPluginCreator)
    assert not registry.register_creator(creator, "")
    with pytest.raises(TypeError, match="IPluginCreatorV3One"):
        registry.register_creator(object())


def test_plugins_go_with_their_last_user(logger):
    builder = trt.Builder(logger)
    before = ScaleV3.alive
    network, layer = network_of(builder, ScaleV3(1.5))
    assert ScaleV3.alive > before
    del network, layer
    gc.collect()
    assert ScaleV3.alive == before


def test_exceptions_of_plugins_are_errors(logger):
    class Broken(ScaleV3):
        def get_output_shapes(self, inputs, shape_inputs, expr_builder):
            raise RuntimeError("on purpose")

        def clone(self):
            return Broken(self.factor)

    seen, hook = [], sys.unraisablehook
    sys.unraisablehook = lambda event: seen.append(str(event.exc_value))
    try:
        builder = trt.Builder(logger)
        network, _ = network_of(builder, Broken(1))
        assert builder.build_serialized_network(network, builder.create_builder_config()) is None
    finally:
        sys.unraisablehook = hook
    assert "on purpose" in seen and any("getOutputShapes" in text for text in logger.errors())
    with pytest.raises(TypeError, match="IPluginV3"):
        network.add_plugin_v3([], [], object())


class Repeat(ScaleV3):
    """y = x, repeated along the first axis: shapes are computed."""

    def get_output_shapes(self, inputs, shape_inputs, expr_builder):
        shape = trt.DimsExprs(inputs[0])
        shape[0] = expr_builder.operation(trt.DimensionOperation.PROD, shape[0], expr_builder.constant(2))
        assert shape[1].is_constant() and shape[1].get_constant_value() == 3
        with pytest.raises(IndexError):
            shape[2]
        return [shape]

    def clone(self):
        return Repeat(self.factor)


def test_shapes_are_expressions(logger):
    _, layer = network_of(trt.Builder(logger), Repeat(1))
    assert layer.get_output(0).shape == (4, 3)


def test_plugins_share_resources():
    class Shared(trt.IPluginResource):
        released = 0

        def clone(self):
            copy = Shared()
            copy.cloned = True
            return copy

        def release(self):
            Shared.released += 1

    registry = trt.get_plugin_registry()
    first = registry.acquire_plugin_resource("shared", Shared())
    assert first.cloned and registry.acquire_plugin_resource("shared", None) is first
    assert registry.release_plugin_resource("shared") == 0 and Shared.released == 0
    assert registry.release_plugin_resource("shared") == 0 and Shared.released == 1


def test_creators_of_libraries_are_instances_of_the_same_classes(logger):
    trt.init_libnvinfer_plugins(logger, "")
    for creator in trt.get_plugin_registry().all_creators:
        assert isinstance(creator, trt.IPluginCreatorInterface), creator


def test_quick_plugins_list_their_formats(logger):
    builder = trt.Builder(logger)
    network = builder.create_network()
    x = network.add_input("x", trt.float32, (2, 3))
    plugin = Quick(2.5)
    layer = network.add_plugin_v3([x], [], plugin)
    layer.get_output(0).name = "y"
    network.mark_output(layer.get_output(0))
    plan = builder.build_serialized_network(network, builder.create_builder_config())
    assert plan is not None, logger.errors()
    assert ("ranks", [2]) in plugin.asked
    registry, creator = trt.get_plugin_registry(), QuickCreator()
    assert registry.register_creator(creator) and creator in registry.all_creators
    engine = trt.Runtime(logger).deserialize_cuda_engine(plan)
    data, result = numpy.arange(6, dtype=numpy.float32).reshape(2, 3), numpy.zeros((2, 3), numpy.float32)
    run(engine.create_execution_context(), {"x": data}, {"y": result})
    assert (result == data * 2.5).all()
    assert ("tactic", 5) in creator.made.asked and ("strides", (3, 1), (3, 1)) in creator.made.asked
    assert registry.deregister_creator(creator)


def test_quick_plugins_compiled_ahead_are_refused(logger):
    network = trt.Builder(logger).create_network()
    x = network.add_input("x", trt.float32, (2, 3))
    assert network.add_plugin_v3([x], [], QuickAhead(1.0)) is None
    assert "only has kernels that were compiled ahead" in logger.errors()[-1]


def test_interfaces_tell_their_names():
    assert Quick(1.0).interface_info == trt.InterfaceInfo("PLUGIN", 1, 0)
    info = QuickCreator().interface_info
    assert (info.kind, info.major, info.minor) == ("PLUGIN CREATOR_V3QUICK", 1, 0)
    assert QuickCreator().api_language == trt.APILanguage.PYTHON


def test_attributes_to_be_set_are_named_when_they_are_not():
    class Forgetful(trt.IPluginCreatorV3One):
        pass

    with pytest.raises(AttributeError, match="Forgetful has to set name"):
        trt.get_plugin_registry().register_creator(Forgetful())


def test_launch_sizes_hold_what_they_are_given():
    size, arguments, number = trt.KernelLaunchParams(), trt.ISymExprs(), trt.ISymExpr()
    number.type, number.dtype = trt.PluginArgType.INT, trt.PluginArgDataType.INT32
    size.grid_x, arguments.nbSymExprs = number, 2
    arguments[1] = number
    assert size.grid_x is number and len(arguments) == 2 and arguments[0] is None and arguments[1].dtype == number.dtype
