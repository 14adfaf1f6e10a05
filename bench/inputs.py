# SPDX-License-Identifier: Apache-2.0
"""Seeded inputs for a model file, the same for every engine."""
import numpy as np
import onnx
from onnx import helper


def random_inputs(path, batch=None):
    """name -> array. Floats are normal, integer inputs are token ids below 1000 (masks: all ones, kinds: zeros).

    A symbolic dimension becomes `batch`; a model with one needs it.
    """
    graph = onnx.load(str(path), load_external_data=False).graph
    weights = {w.name for w in graph.initializer}
    rng = np.random.default_rng(1)
    inputs = {}
    for value in graph.input:
        if value.name in weights:
            continue
        tensor = value.type.tensor_type
        shape = []
        for dim in tensor.shape.dim:
            if not dim.HasField("dim_value") and batch is None:
                raise SystemExit(f"{path}: input {value.name} has a dynamic dimension; give --batch")
            shape.append(dim.dim_value if dim.HasField("dim_value") else batch)
        dtype = helper.tensor_dtype_to_np_dtype(tensor.elem_type)
        if "mask" in value.name:
            inputs[value.name] = np.ones(shape, dtype)
        elif "type" in value.name:
            inputs[value.name] = np.zeros(shape, dtype)
        elif np.issubdtype(dtype, np.integer):
            inputs[value.name] = rng.integers(0, 1000, shape).astype(dtype)
        else:
            inputs[value.name] = rng.standard_normal(shape).astype(dtype)
    return inputs
