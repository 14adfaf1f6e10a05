# SPDX-License-Identifier: Apache-2.0
"""Makes a graph smaller as long as something stays wrong with it: fewer outputs, then fewer nodes, where a value whose
node is taken away becomes an input with the contents that it had (so nothing but the node is gone), then fewer sizes."""
import copy

from onnx import helper
from onnx.reference import ReferenceEvaluator

from generator import names_used, pruned
from values import ONNX


def with_graph(case, nodes, outputs, given=None):
    """The case with other nodes and outputs; `given`: what replaces values that no node makes any more."""
    nodes = pruned(nodes, outputs)
    used = names_used(nodes)
    old = case.model.graph
    made = {name for node in nodes for name in node.output}
    inputs = [i for i in old.input if i.name in used]
    runs = [{name: array for name, array in run.items() if name in used} for run in case.runs]
    present = {i.name for i in inputs} | {t.name for t in old.initializer}
    for name in sorted(used - made - present):
        if not given or name not in given[0] or name not in case.values:
            continue
        value = case.values[name]
        dims = [d[0] if len(set(d)) == 1 else "d" + "_".join(map(str, d)) for d in value.shape]
        inputs.append(helper.make_tensor_value_info(name, ONNX[value.type], dims))
        for run, values in zip(runs, given):
            run[name] = values[name]
    small = copy.copy(case)
    small.runs = runs
    small.shape_inputs = [s for s in case.shape_inputs if s in used]
    small.model = copy.deepcopy(case.model)
    graph = helper.make_graph(nodes, old.name, inputs,
                              [helper.make_tensor_value_info(n, ONNX[case.values[n].type], None) for n in outputs],
                              [t for t in old.initializer if t.name in used])
    small.model.graph.CopyFrom(graph)
    return small


def contents(case):
    """What the onnx package's own evaluator makes of all values; None when it does not run the graph."""
    model = copy.deepcopy(case.model)
    names = [n for node in model.graph.node for n in node.output if n in case.values]
    del model.graph.output[:]
    model.graph.output.extend(helper.make_tensor_value_info(n, ONNX[case.values[n].type], None) for n in names)
    try:
        evaluator = ReferenceEvaluator(model)
        return [dict(zip(names, evaluator.run(None, run))) for run in case.runs]
    except Exception:  # whatever its many operators raise
        return None


def shrink(case, is_wrong, patience=150):
    """`is_wrong` takes a case."""
    tries = [patience]

    def attempt(candidate):
        tries[0] -= 1
        return tries[0] > 0 and len(candidate.model.graph.node) > 0 and is_wrong(candidate)

    nodes = list(case.model.graph.node)
    for name in case.outputs:
        alone = with_graph(case, nodes, [name])
        if attempt(alone):
            case = alone
            break
    # An earlier value as the only output.
    for node in list(case.model.graph.node):
        known = [n for n in node.output if n in case.values and case.values[n].shape is not None]
        if known and node.op_type != "Constant" and node.name[0] == "n" and known[0][0] == "v":
            candidate = with_graph(case, list(case.model.graph.node), known[:1])
            if len(candidate.model.graph.node) < len(case.model.graph.node) and attempt(candidate):
                case = candidate
                break
    given = contents(case)
    if given:
        for node in list(case.model.graph.node):
            rest = [n for n in case.model.graph.node if n.name != node.name]
            candidate = with_graph(case, rest, case.outputs, given) if rest else case
            made = {o for n in candidate.model.graph.node for o in n.output}
            if candidate is not case and made.issuperset(case.outputs) and attempt(candidate):
                case = candidate
    for run in range(len(case.runs) - 1, -1, -1):
        if len(case.runs) > 1:
            fewer = copy.copy(case)
            fewer.runs = [r for i, r in enumerate(case.runs) if i != run]
            fewer.values = {n: without_run(v, run) for n, v in case.values.items()}
            if attempt(fewer):
                case = fewer
    return case


def without_run(value, run):
    value = copy.copy(value)
    value.shape = tuple(tuple(d for i, d in enumerate(dim) if i != run) for dim in value.shape)
    return value
