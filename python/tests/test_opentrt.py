# SPDX-License-Identifier: Apache-2.0
"""opentrt.compile on models of tests/models, and its errors."""
import os
import pathlib

import numpy
import onnx
import opentrt
import pytest
from onnx import numpy_helper

MODELS = pathlib.Path(__file__).parents[2] / "tests" / "models"


def read(folder, prefix):
    files = sorted(folder.glob(f"{prefix}_*.pb"), key=lambda path: int(path.stem.split("_")[1]))
    return [numpy_helper.to_array(onnx.load_tensor(path)) for path in files]


@pytest.mark.parametrize("name", ["mnist8_cntk", "byte_bidi_lstm", "silero_vad_v6", "ultraface_slim_fp16"])
def test_models_answer_as_their_data_sets_say(name):
    f = opentrt.compile(MODELS / name / "model.onnx")
    for folder in sorted((MODELS / name).glob("test_data_set_*")):
        results = f(*read(folder, "input"))
        results = results if isinstance(results, tuple) else (results,)
        for got, wanted in zip(results, read(folder, "output"), strict=True):
            assert got.shape == wanted.shape and got.dtype == wanted.dtype
            numpy.testing.assert_allclose(got, wanted, atol=2e-2 if wanted.dtype == numpy.float16 else 1e-3)


def model_of(nodes, inputs, outputs):
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        nodes, "g", [value(n, t, s) for n, t, s in inputs], [value(n, t, s) for n, t, s in outputs]
    )
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=10)


FLOAT, INT64 = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64


@pytest.fixture
def double():
    node = onnx.helper.make_node("Add", ["x", "x"], ["y"])
    return model_of([node], [("x", FLOAT, ["n", 2])], [("y", FLOAT, ["n", 2])])


def test_ranges_grow_with_the_arguments(double):
    f = opentrt.compile(double)
    for n in (2, 1, 7, 3):
        assert f(numpy.ones((n, 2), numpy.float32)).tolist() == [[2, 2]] * n
    assert f([[1, 2]]).tolist() == [[2, 4]] and f(x=[[1, 2]]).tolist() == [[2, 4]]


def test_given_ranges_are_final(double, tmp_path):
    f = opentrt.compile(double.SerializeToString(), shapes={"x": ((1, 2), (2, 2), (4, 2))})
    assert f(numpy.ones((4, 2), numpy.float32)).shape == (4, 2)
    with pytest.raises(opentrt.Error, match="x"):
        f(numpy.ones((5, 2), numpy.float32))
    f.save(tmp_path / "plan")
    assert opentrt.load(tmp_path / "plan")([[3, 4]]).tolist() == [[6, 8]]


def test_anything_with_dlpack_is_taken(double):
    class Array:
        def __init__(self, array):
            self.array = array

        def __dlpack__(self, **options):
            return self.array.__dlpack__(**options)

        def __dlpack_device__(self):
            return self.array.__dlpack_device__()

    assert opentrt.compile(double)(Array(numpy.float32([[5, 6]]))).tolist() == [[10, 12]]


def test_sizes_that_depend_on_the_data():
    node = onnx.helper.make_node("NonZero", ["x"], ["y"])
    f = opentrt.compile(model_of([node], [("x", FLOAT, [4])], [("y", INT64, [1, "n"])]))
    assert f([0, 1, 0, 2]).tolist() == [[1, 3]] and f([1, 1, 1, 2]).tolist() == [[0, 1, 2, 3]]
    assert f([0, 0, 0, 0]).shape == (1, 0)


def test_errors_say_what_is_wrong(double):
    f = opentrt.compile(double)
    with pytest.raises(TypeError, match=r"astype\(float32\)"):
        f(numpy.ones((1, 2)))
    with pytest.raises(TypeError, match="missing or unknown: z"):
        f([[1, 2]], z=1)
    with pytest.raises(ValueError, match="rank 1"):
        f([1, 2])
    node = onnx.helper.make_node("NoSuchThing", ["x"], ["y"])
    with pytest.raises(opentrt.Error, match="NoSuchThing"):
        opentrt.compile(model_of([node], [("x", FLOAT, [1])], [("y", FLOAT, [1])]))
    with pytest.raises(opentrt.Error, match="no_such_file"):
        opentrt.compile(os.path.join("no_such_file.onnx"))


def test_progress_is_shown_when_wanted(double, capsys):
    from opentrt import progress

    patience, progress.PATIENCE = progress.PATIENCE, 0
    try:
        opentrt.compile(double, progress=True)([[1, 2]])
    finally:
        progress.PATIENCE = patience
    assert "building" in capsys.readouterr().err
