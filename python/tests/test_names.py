# SPDX-License-Identifier: Apache-2.0
"""What is public: documented, in the stub, and complete with the names that 10 removed."""
import ast
import enum
import inspect
import pathlib
import warnings

import opentrt
import pytest
import tensorrt as trt
import tensorrt.plugin


def words(thing, name):
    """The lines of a docstring that are not signatures."""
    lines = [line.strip() for line in (thing.__doc__ or "").split("\n")]
    return [line for line in lines if line and not line.startswith((name + "(", "(self", "def ", "Overloaded"))]


def public_names(module):
    for name, value in vars(module).items():
        if name.startswith("_") or inspect.ismodule(value):
            continue
        if isinstance(value, type):
            yield name, value
            for member, inner in vars(value).items():
                if not member.startswith("_") and not isinstance(inner, (int, str, float, type)):
                    yield f"{name}.{member}", inner
        elif callable(value):
            yield name, value


@pytest.mark.parametrize("module", [trt, tensorrt.plugin, opentrt], ids=lambda m: m.__name__)
def test_every_public_name_has_a_docstring(module):
    assert [name for name, value in public_names(module) if not words(value, name.split(".")[-1])] == []


def test_docstrings_come_from_the_headers():
    header = pathlib.Path(__file__).parents[2] / "include" / "impl" / "NvInferEngine.h"
    assert "//! Number of layers after optimization" in header.read_text()
    assert trt.ICudaEngine.num_layers.__doc__.startswith("Number of layers after optimization")
    assert "IEEE binary32" in trt.DataType.FLOAT.__doc__ and "mode DEFAULT" in trt.INetworkDefinition.add_gather.__doc__


def stub():
    path = pathlib.Path(trt.__file__).with_name("tensorrt.pyi")
    assert path.with_name("py.typed").exists()
    return ast.parse(path.read_text())


def bound(node):
    """The names that a statement of a stub binds."""
    if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def test_the_stub_has_the_names_of_the_module():
    core = trt._core
    tree = stub()
    written = {name for node in tree.body for name in bound(node)}
    here = {name for name in vars(core) if not name.startswith("_")}
    assert here - written == set()
    classes = {node.name: {n for inner in node.body for n in bound(inner)} for node in tree.body
               if isinstance(node, ast.ClassDef)}
    for name in here:
        value = getattr(core, name)
        if not isinstance(value, type) or name not in classes:
            continue
        members = {m for m in vars(value) if not m.startswith("_")}
        if issubclass(value, enum.Enum):
            members = set(value.__members__)
        assert members - classes[name] == set(), name


def test_the_stub_says_what_is_answered():
    text = pathlib.Path(trt.__file__).with_name("tensorrt.pyi").read_text()
    assert "-> object" not in text and "def get_layer(self, index: int) -> ILayer" in text
    assert "def __buffer__(self, flags: int, /) -> memoryview" in text
    assert pathlib.Path(opentrt.__file__).with_name("py.typed").exists()


REMOVED = {
    "Builder": "max_batch_size build_engine build_cuda_engine max_workspace_size fp16_mode int8_mode int8_calibrator "
    "strict_type_constraints refittable debug_sync average_find_iterations min_find_iterations",
    "IBuilderConfig": "max_workspace_size min_timing_iterations int8_calibrator algorithm_selector",
    "INetworkDefinition": "add_convolution add_deconvolution add_pooling add_padding add_fully_connected add_rnn_v2 "
    "has_explicit_precision add_plugin_v2",
    "IConvolutionLayer": "kernel_size stride padding dilation",
    "IDeconvolutionLayer": "kernel_size stride padding",
    "IPoolingLayer": "window_size stride padding",
    "IPaddingLayer": "pre_padding post_padding",
    "IFullyConnectedLayer": "kernel bias num_output_channels",
    "IRNNv2Layer": "num_layers hidden_size max_seq_length data_length op input_mode direction hidden_state cell_state "
    "seq_lengths set_weights_for_gate get_weights_for_gate set_bias_for_gate get_bias_for_gate",
    "ICudaEngine": "max_batch_size num_bindings get_binding_index get_binding_name binding_is_input get_binding_shape "
    "get_binding_dtype get_location get_binding_bytes_per_component get_binding_components_per_element "
    "get_binding_format get_binding_format_desc get_binding_vectorized_dim is_shape_binding is_execution_binding "
    "get_profile_shape get_profile_shape_input has_implicit_batch_dimension",
    "IExecutionContext": "execute execute_async execute_async_v2 set_binding_shape get_binding_shape get_strides "
    "get_shape set_shape_input",
    "IGpuAllocator": "free",
    "IAlgorithmIOInfo": "tensor_format",
    "BuilderFlag": "STRICT_TYPES ENABLE_TACTIC_HEURISTIC",
    "EngineCapability": "DEFAULT SAFE_GPU SAFE_DLA",
    "ProfilingVerbosity": "DEFAULT VERBOSE",
    "NetworkDefinitionCreationFlag": "EXPLICIT_PRECISION",
    "PreviewFeature": "FASTER_DYNAMIC_SHAPES_0805",
    "LayerType": "FULLY_CONNECTED RNN_V2",
    "PaddingMode": "CAFFE_ROUND_DOWN CAFFE_ROUND_UP",
    "SampleMode": "DEFAULT",
}


def written_names():
    """(class or function, members) of names.txt."""
    text = pathlib.Path(__file__).with_name("names.txt").read_text().replace("\n    ", " ")
    for line in text.split("\n"):
        if line and not line.startswith("#"):
            name, _, members = line.partition(":")
            yield name, members.split()


def test_no_name_of_the_module_is_missing():
    missing = []
    for name, members in written_names():
        holder = getattr(trt, name, None)
        if holder is None:
            missing.append(name)
            continue
        here = set(dir(holder)) | set(getattr(holder, "__members__", ()))
        missing += [f"{name}.{member}" for member in members if member not in here]
    assert missing == [] and len(list(written_names())) > 200


@pytest.mark.parametrize("owner", REMOVED)
def test_names_that_later_versions_removed_are_there(owner):
    holder = getattr(trt, owner)
    members = holder.__members__ if issubclass(holder, enum.Enum) else dir(holder)
    assert [name for name in REMOVED[owner].split() if name not in members] == []


def test_bindings_by_number_agree_with_tensors_by_name(small, logger):
    builder, network, _ = small
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        builder.max_workspace_size = 1 << 20
        engine = builder.build_cuda_engine(network)
    assert engine.num_bindings == len(engine) == engine.num_io_tensors == 2 and list(engine) == ["x", "y"]
    for i, name in enumerate(engine):
        assert engine.get_binding_name(i) == name and engine.get_binding_index(name) == i
        assert engine.binding_is_input(i) == (engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT)
        assert engine.get_binding_shape(i) == engine.get_tensor_shape(name)
        assert engine.get_binding_dtype(name) == engine.get_tensor_dtype(name)
        assert engine.get_location(i) == engine.get_tensor_location(name)
        assert engine.get_binding_format(i) == engine.get_tensor_format(name)
        assert engine.get_binding_format_desc(i) == engine.get_tensor_format_desc(name)
        assert engine.get_binding_vectorized_dim(i) == engine.get_tensor_vectorized_dim(name)
        assert engine.is_execution_binding(i) and not engine.is_shape_binding(i)
    assert engine.get_profile_shape(0, "x") == engine.get_tensor_profile_shape("x", 0)
    context = engine.create_execution_context()
    assert context.get_binding_shape(1) == (1, 4, 6, 6) and context.get_strides(0) == context.get_tensor_strides("x")
    context.active_optimization_profile = 0
    assert context.active_optimization_profile == 0 and context.all_binding_shapes_specified
