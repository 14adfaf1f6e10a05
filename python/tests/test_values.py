# SPDX-License-Identifier: Apache-2.0
"""Extents, weights, enumerations and free functions."""
import numpy
import pytest
import tensorrt as trt


def test_members_of_enumerations_have_an_order():
    severity = trt.Logger.Severity
    assert severity.ERROR <= trt.Logger.WARNING and severity.VERBOSE > severity.INFO >= 3 and severity.ERROR < 2
    assert sorted([severity.INFO, severity.ERROR]) == [severity.ERROR, severity.INFO]
    with pytest.raises(TypeError):
        _ = severity.ERROR < trt.DataType.HALF


def test_dims_behave_like_tuples():
    dims = trt.Dims([1, 2, 3])
    assert dims == (1, 2, 3) and dims == [1, 2, 3] and dims != (1, 2)
    assert len(dims) == 3 and dims[-1] == 3 and dims[0:2] == (1, 2) and tuple(dims) == (1, 2, 3)
    assert str(dims) == "(1, 2, 3)" and trt.Dims() == () and trt.Dims(4, 5) == (4, 5)
    dims[1] = 7
    assert dims == (1, 7, 3)
    with pytest.raises(IndexError):
        dims[3]
    with pytest.raises(ValueError):
        trt.Dims([1] * 9)
    assert (trt.DimsHW(3, 4).h, trt.DimsHW((3, 4)).w) == (3, 4)
    with pytest.raises(ValueError):
        trt.Dims4(1, 2)


def test_weights_are_views_of_arrays():
    array = numpy.arange(6, dtype=numpy.float16).reshape(2, 3)
    weights = trt.Weights(array)
    assert (weights.dtype, weights.size, weights.nbytes) == (trt.float16, 6, 12)
    array[0, 0] = 9
    assert weights.numpy()[0] == 9
    for dtype in (numpy.float32, numpy.int8, numpy.int32, numpy.int64, numpy.bool_, numpy.uint8):
        assert trt.nptype(trt.Weights(numpy.zeros(3, dtype)).dtype) is dtype


def test_weights_of_other_arrays_are_refused():
    with pytest.raises(ValueError, match="format"):
        trt.Weights(numpy.zeros(3, numpy.float64))
    with pytest.raises(ValueError, match="contiguous"):
        trt.Weights(numpy.zeros((4, 4), numpy.float32)[:, ::2])


def test_enumerations_have_what_scripts_expect():
    assert str(trt.DataType.FLOAT) == "DataType.FLOAT" and int(trt.DataType.HALF) == 1
    assert trt.float32 is trt.DataType.FLOAT and trt.bool is trt.DataType.BOOL
    assert trt.EngineCapability.DEFAULT is trt.EngineCapability.STANDARD
    assert str(trt.EngineCapability.DEFAULT) == "EngineCapability.STANDARD"
    assert trt.Logger.VERBOSE is trt.ILogger.Severity.VERBOSE is trt.Logger.Severity.VERBOSE
    assert "WORKSPACE" in trt.MemoryPoolType.__members__ and hasattr(trt.TacticSource, "__entries__")
    assert len(trt.LayerType.__members__) == 60
    assert trt.SliceMode is trt.SampleMode
    for value in vars(trt).values():
        if isinstance(value, type) and hasattr(value, "__entries__"):
            assert len(value.__members__) > 0, value


def test_free_functions():
    assert trt.volume((2, 3, 4)) == 24 and trt.volume(()) == 1
    assert trt.nptype(trt.int64) is numpy.int64
    with pytest.raises(TypeError):
        trt.nptype(trt.bfloat16)
    assert (trt.float32.itemsize, trt.bfloat16.itemsize, trt.int4.itemsize) == (4, 2, 0.5)
    assert trt.init_libnvinfer_plugins(None, "") and trt.get_plugin_registry() is trt.get_plugin_registry()


def test_plugin_fields_keep_their_data():
    field = trt.PluginField("scale", numpy.float32([1.5, 2]), trt.PluginFieldType.FLOAT32)
    assert field.size == 2 and field.data.tolist() == [1.5, 2]
    assert len(trt.PluginFieldCollection([field])) == 1
