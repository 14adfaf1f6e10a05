# SPDX-License-Identifier: Apache-2.0
"""A seed becomes a model with contents for its inputs at every size, and what is known of its outputs."""
import dataclasses

import numpy as np
import onnx
from onnx import helper

import graph_maker
import ops_contract  # noqa: F401: registers operators, as do the next ones
import ops_control
import ops_movement  # noqa: F401
import ops_pointwise  # noqa: F401
import ops_reduce  # noqa: F401
from values import ONNX, at

IR_OF_OPSET = {13: 7, 17: 8, 18: 8, 21: 10, 23: 11}


@dataclasses.dataclass
class Case:
    seed: int
    model: onnx.ModelProto
    runs: list  # of {input: array}
    values: dict  # what the generator knows, by name
    loose: set  # outputs whose sizes only the data tell
    shape_inputs: list
    strong: bool

    @property
    def outputs(self):
        return [o.name for o in self.model.graph.output]

    def dims(self, name, run):
        return None if name in self.loose else at(self.values[name].shape, run)


def names_used(nodes):
    used = set()
    for node in nodes:
        used.update(node.input)
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                used |= names_used(attribute.g.node)
    return used


def choose_outputs(g):
    nodes = g.scope.nodes
    used = names_used(nodes)
    made = [name for node in nodes if node.op_type != "Constant" for name in node.output]
    known = [name for name in made if name in g.values or name in g.loose]
    ends = [name for name in known if name not in used]
    middle = [name for name in known if name in used]
    g.rng.shuffle(middle)
    return (ends + middle[: g.rng.randint(0, 3)])[:10]


def pruned(nodes, outputs):
    """The nodes that matter."""
    wanted, kept = set(outputs), []
    for node in reversed(nodes):
        if wanted.intersection(node.output):
            kept.append(node)
            wanted |= names_used([node])
    return kept[::-1]


def generate(seed, most=30):
    g = graph_maker.GraphMaker(seed)
    g.fresh(g.float, g.random_shape(), constant=False)
    if g.chance(0.5):
        g.fresh(g.rng.choice([g.float, "i64", "i32", "i8", "u8", "bool"]), g.random_shape(), constant=False)
    count = min(g.rng.randint(1, 30), g.rng.randint(1, 30)) if g.chance(0.6) else g.rng.randint(1, 30)
    ops_control.some_operators(g, min(count, most))
    top = {v.name for v in g.pool}
    g.values = {name: v for name, v in g.made.items() if name in top}
    outputs = choose_outputs(g)
    if not outputs:
        return None
    nodes = pruned(g.scope.nodes, outputs)
    used = names_used(nodes)
    inputs = [(v, runs) for v, runs in g.inputs if v.name in used]
    values = {**g.made, **g.loose}
    graph = helper.make_graph(
        nodes, f"seed{seed}", [describe(v, g) for v, _ in inputs],
        [helper.make_tensor_value_info(n, ONNX[values[n].type], None) for n in outputs],
        [t for t in g.scope.initializers if t.name in used])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", g.opset)], ir_version=IR_OF_OPSET[g.opset])
    runs = [{v.name: contents[run] for v, contents in inputs} for run in range(g.runs)]
    shapes = [name for name in g.shape_inputs if name in used]
    return Case(seed, model, runs, values, set(g.loose), shapes, g.strong)


def describe(value, g):
    """The declaration of an input; sizes that change have names."""
    dims = []
    for dim in value.shape:
        dims.append(dim[0] if len(set(dim)) == 1 else "d" + "_".join(map(str, dim)))
    return helper.make_tensor_value_info(value.name, ONNX[value.type], dims)
