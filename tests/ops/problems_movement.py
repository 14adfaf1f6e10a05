# SPDX-License-Identifier: Apache-2.0
"""Shuffle, Transpose, Reshape, Squeeze, Unsqueeze, Slice, Concatenation, Gather, Scatter, Padding, Expand, Shape,
ReverseSequence, KvCacheUpdate."""
import numpy as np

from goldens import case, const, ort, rand, vals


def reshapes():
    x = rand("f32", [2, 3, 4], 1)
    case("transpose", "three dimensions", "Transpose{permutation=[2,0,1]}", [x], lambda v: v.transpose(2, 0, 1))
    case("transpose", "four bits", "Transpose{permutation=[1,0]}", [rand("i4", [3, 3], 1)], lambda v: v.T)
    case("transpose", "empty", "Transpose{permutation=[1,0]}", [rand("f32", [0, 2], 1)], lambda v: v.T)
    case("reshape", "computed dimension", "Reshape{dims=[4,-1]}", [x], lambda v: v.reshape(4, 6))
    case("reshape", "copied dimensions", "Reshape{dims=[0,-1]}", [x], lambda v: v.reshape(2, 12))
    case("reshape", "dimension copied from elsewhere", "Reshape{dims=[-4,-1]}", [x], lambda v: v.reshape(4, 6))
    case("reshape", "zero as a size", "Reshape{dims=[0,5],zeroIsPlaceholder=false}", [rand("f32", [3, 0], 1)],
         lambda v: v.reshape(0, 5))
    case("reshape", "dimensions as an input", "Reshape", [x, vals("i64", [-1, 8])], lambda v, d: v.reshape(3, 8))
    case("shuffle", "transposes around a reshape", "Shuffle{first=[1,0,2],reshapes=true,dims=[0,-1],second=[1,0]}", [x],
         lambda v: v.transpose(1, 0, 2).reshape(3, 8).T)
    case("shuffle", "reshape by an input", "Shuffle{second=[1,0]}", [x, vals("i32", [6, -1])],
         lambda v, d: v.reshape(6, 4).T)
    case("shuffle", "transpose only", "Shuffle{first=[2,1,0]}", [x], lambda v: v.T)
    case("squeeze", "axes as attribute", "Squeeze{axes=[0,-1]}", [rand("f32", [1, 3, 1], 1)], lambda v: v[0, :, 0],
         fixed="the removed dimensions must be 1")
    case("squeeze", "axes as an input", "Squeeze", [rand("i32", [1, 3], 1), const(vals("i64", [0]))], lambda v, a: v[0])
    case("unsqueeze", "axes as attribute", "Unsqueeze{axes=[0,-1]}", [rand("f32", [3], 1)], lambda v: v[None, :, None])
    case("unsqueeze", "axes as an input", "Unsqueeze", [rand("bool", [2], 1), const(vals("i32", [1]))],
         lambda v, a: v[:, None])
    case("shape", "of anything", "Shape", [x], lambda v: np.array([2, 3, 4]))
    case("shape", "of a scalar, in 32 bits", "Shape{type=i32}", [rand("f32", [], 1)], lambda v: np.array([], np.int32))
    case("expand", "dimensions of 1", "Expand{dims=[2,3,4]}", [rand("f32", [3, 1], 1)],
         lambda v: np.broadcast_to(v, [2, 3, 4]))
    case("expand", "in both directions", "Expand", [rand("i64", [3, 4], 1), vals("i64", [2, 1, 1])],
         lambda v, d: np.broadcast_to(v, [2, 3, 4]))
    case("expand", "to nothing", "Expand{dims=[0,4]}", [rand("f32", [1, 4], 1)], lambda v: v[:0])


def slices():
    x = rand("f32", [4, 5], 1)

    def cut(title, op, reference, inputs=(), x=x):
        case("slice", title, f"Slice{{{op}}}", [x, *inputs], reference)

    cut("strided", "start=[1,0],size=[2,3],stride=[2,2]", lambda v: v[1:4:2, 0:5:2])
    cut("backwards along one axis", "start=[4],size=[3],stride=[-2],axes=[1]", lambda v: v[:, ::-2])
    cut("stride 0 repeats", "start=[2],size=[3],stride=[0],axes=[0]", lambda v: v[[2, 2, 2]])
    cut("wrap", "start=[-1,3],size=[6,4],stride=[1,1],mode=wrap", lambda v: v[np.arange(-1, 5) % 4][:, np.arange(3, 7) % 5])
    cut("clamp", "start=[-2],size=[8],stride=[1],axes=[0],mode=clamp", lambda v: v[np.clip(np.arange(-2, 6), 0, 3)])
    cut("reflect", "start=[-5],size=[14],stride=[1],axes=[0],mode=reflect",
        lambda v: np.pad(v, [(5, 5), (0, 0)], "reflect"))
    cut("fill with zero", "start=[-1],size=[7],stride=[1],axes=[1],mode=fill", lambda v: np.pad(v, [(0, 0), (1, 1)]))
    case("slice", "fill with a value", "Slice{start=[-1,0],size=[5,5],stride=[1,1],mode=fill}",
         [x, None, None, None, vals("f32", 7)], lambda v, a, b, c, f: np.pad(v, [(1, 0), (0, 0)], constant_values=7))
    case("slice", "everything as inputs", "Slice",
         [x, vals("i32", [1]), vals("i32", [2]), vals("i32", [1]), None, const(vals("i32", [1]))],
         lambda v, *_: v[:, 1:3])
    cut("four bits", "start=[1],size=[3],stride=[2]", lambda v: v[1:6:2], x=rand("i4", [7], 1))
    cut("size 0", "start=[4,0],size=[0,5],stride=[1,1]", lambda v: v[:0])
    cut("reflect of a single element", "start=[-2],size=[5],stride=[1],mode=reflect", lambda v: v.repeat(5),
        x=rand("f32", [1], 1))

    def pad(title, op, mode, widths, **more):
        case("padding", title, f"Padding{{{op}}}", [rand("f32", [3, 4], 1)], lambda v: np.pad(v, widths, mode, **more))

    pad("last dimension with zeros", "pre=[1],post=[2]", "constant", [(0, 0), (1, 2)])
    pad("with a value", "pre=[0,1],post=[1,0],value=-1.5", "constant", [(0, 1), (1, 0)], constant_values=-1.5)
    pad("reflect", "pre=[2,1],post=[1,3],mode=reflect", "reflect", [(2, 1), (1, 3)])
    pad("edge", "pre=[1,2],post=[0,1],mode=edge", "edge", [(1, 0), (2, 1)])
    pad("wrap", "pre=[1,5],post=[0,1],mode=wrap", "wrap", [(1, 0), (5, 1)])
    case("padding", "negative crops", "Padding{pre=[-1,1],post=[0,-2]}", [rand("f32", [3, 4], 1)],
         lambda v: np.pad(v[1:], [(0, 0), (1, 0)])[:, :3])
    case("padding", "integers", "Padding{pre=[1],post=[0],value=3}", [vals("i64", [2**60])],
         lambda v: np.array([3, 2**60]))


def gathers():
    x = rand("f32", [3, 4, 2], 1)

    def pick(title, op, indices, reference, x=x):
        case("gather", title, f"Gather{{{op}}}", [x, indices], reference)

    pick("matrix of indices along axis 1", "axis=1", vals("i64", [[0, 3], [-1, 1]]), lambda v, i: v[:, i])
    pick("scalar index", "axis=0", vals("i32", 2), lambda v, i: v[2])
    pick("outside gives zero", "axis=0", vals("i32", [3, 1, -4]), lambda v, i: np.stack([v[0] * 0, v[1], v[0] * 0]))
    pick("one elementwise dimension", "axis=1,elementwiseDims=1", vals("i32", [[0, 1], [2, 3], [1, 1]]),
         lambda v, i: np.stack([v[n][i[n]] for n in range(3)]))
    pick("broadcast elementwise dimension", "axis=1,elementwiseDims=1", vals("i32", [[0, 1], [2, 3]]),
         lambda v, i: np.stack([v[0][i[n]] for n in range(2)]), rand("f32", [1, 4, 2], 1))
    pick("elements", "mode=element,axis=1", vals(
        "i64", [[[0, 1], [2, 3]], [[-1, 0], [1, 1]], [[2, 2], [3, 0]]]), lambda v, i: np.take_along_axis(v, i, 1))
    pick("tuples", "mode=nd", vals("i32", [[0, 1], [2, -1]]), lambda v, i: v[[0, 2], [1, -1]])
    pick("whole tuples", "mode=nd", vals("i64", [[[0, 1, 1]], [[2, 3, 0]]]), ort("GatherND"))
    pick("tuples behind a batch dimension", "mode=nd,elementwiseDims=1", vals("i64", [[[0]], [[3]], [[1]]]),
         ort("GatherND", {"batch_dims": 1}))
    pick("bools", "axis=0", vals("i32", [1, 0]), lambda v, i: v[[1, 0]], rand("bool", [2, 3], 1))
    pick("no indices", "axis=1", vals("i32", np.zeros([0])), lambda v, i: v[:, :0])

    def put(title, op, indices, updates, attributes, operator, x=rand("f32", [3, 4], 1)):
        case("scatter", title, f"Scatter{{{op}}}", [x, indices, updates], ort(operator, attributes, opset=18))

    put("elements", "axis=1", vals("i64", [[0, 2], [-1, 1]]), rand("f32", [2, 2], 2), {"axis": 1}, "ScatterElements")
    for name, theirs in (("add", "add"), ("mul", "mul"), ("max", "max"), ("min", "min")):
        put(f"elements {name}", f"reduction={name}", vals("i64", [[0, 0, 1, 2], [0, 1, 1, 2]]), rand("f32", [2, 4], 2),
            {"reduction": theirs}, "ScatterElements")
    put("slices", "mode=nd", vals("i64", [[2], [0]]), rand("f32", [2, 4], 2), {}, "ScatterND")
    put("tuples added", "mode=nd,reduction=add", vals("i64", [[0, 1], [2, 3], [0, 1]]), rand("f32", [3], 2),
        {"reduction": "add"}, "ScatterND")
    case("scatter", "outside is ignored", "Scatter", [vals("i32", [1, 2]), vals("i32", [5, 0]), vals("i32", [8, 9])],
         lambda *_: np.array([9, 2], np.int32))


def others():
    for axis in (0, 1, -1):
        inputs = [rand("f32", [2, 3, 2], 1), rand("f32", [2, 1, 2], 2), rand("f32", [2, 2, 2], 3)]
        if axis == 1:
            case("concatenation", "three inputs", f"Concatenation{{axis={axis}}}", inputs,
                 lambda *a: np.concatenate(a, 1))
        else:
            case("concatenation", f"axis {axis}", f"Concatenation{{axis={axis}}}", [inputs[0], inputs[0]],
                 lambda *a, n=axis: np.concatenate(a, n))
    case("concatenation", "four bits and an empty input", "Concatenation",
         [rand("i4", [3], 1), rand("i4", [0], 2), rand("i4", [2], 3)], lambda *a: np.concatenate(a))
    case("reverse_sequence", "batch second", "ReverseSequence",
         [rand("f32", [4, 3], 1), vals("i64", [4, 1, 2])],
         ort("ReverseSequence", {"batch_axis": 1, "time_axis": 0}, opset=10))
    case("reverse_sequence", "batch first", "ReverseSequence{batchAxis=0,sequenceAxis=1}",
         [rand("f32", [2, 4, 2], 1), vals("i64", [3, 4])],
         ort("ReverseSequence", {"batch_axis": 0, "time_axis": 1}, opset=10))

    def update(cache, new, at):
        out = cache.copy()
        for b, first in enumerate(at):
            if first + new.shape[2] <= cache.shape[2]:
                out[b, :, first:first + new.shape[2]] = new[b]
        return out

    case("kv_cache_update", "one that fits and one that does not", "KvCacheUpdate",
         [rand("f32", [2, 2, 4, 3], 1), rand("f32", [2, 2, 2, 3], 2), vals("i32", [1, 3])], update)
    case("kv_cache_update", "half precision", "KvCacheUpdate",
         [rand("f16", [1, 1, 3, 2], 1), rand("f16", [1, 1, 1, 2], 2), vals("i64", [2])], update)


def make():
    reshapes()
    slices()
    gathers()
    others()
