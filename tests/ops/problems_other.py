# SPDX-License-Identifier: Apache-2.0
"""OneHot, NonZero, Nms, Fill, RotaryEmbedding."""
import math

import numpy as np

from goldens import case, ort, rand, vals


def boxes():
    x, rois = rand("f32", [2, 2, 6, 7], 1), vals("f32", [[0, 0, 0, 6, 5], [1, 2, 1, 4, 4], [1, 1, 3, 1, 3]])
    for scale in (1, 0.5):
        case("roi_pool", f"scale {scale}", f"RoiPool{{height=2,width=3,scale={scale}}}", [x, rois],
             ort("MaxRoiPool", {"pooled_shape": [2, 3], "spatial_scale": float(scale)}, opset=21))


def suppressions():
    rng = np.random.default_rng(3)
    corner = rng.uniform(0, 1, [1, 6, 2])
    boxes = np.concatenate([corner, corner + rng.uniform(0.2, 0.8, [1, 6, 2])], 2).round(3)
    scores = rng.uniform(0, 1, [1, 6, 2]).round(3)

    def onnx(most, iou, threshold, center=0):
        def run(b, s, *_):
            limits = [np.array([most], np.int64), np.array([iou], np.float32), np.array([threshold], np.float32)]
            rows = ort("NonMaxSuppression", {"center_point_box": center})(b, s.transpose(0, 2, 1).copy(), *limits)[0]
            return rows.astype(np.int32), np.int32(len(rows))

        return run

    limits = [vals("i32", 3), vals("f32", 0.3), vals("f32", 0.2)]
    case("nms", "as ONNX sorts it", "Nms{byClass=true}", [vals("f32", boxes), vals("f32", scores), *limits],
         onnx(3, 0.3, 0.2))
    case("nms", "centres and sizes", "Nms{byClass=true,format=center_sizes}",
         [vals("f32", boxes), vals("f32", scores), *limits], onnx(3, 0.3, 0.2, 1))

    def by_score(b, s, *_):
        rows, count = onnx(3, 0.3, 0.2)(b, s)
        order = sorted(range(len(rows)), key=lambda i: (rows[i][0], -s[rows[i][0], rows[i][2], rows[i][1]]))
        return rows[order], count

    case("nms", "falling scores in each batch item", "Nms", [vals("f32", boxes), vals("f32", scores), *limits], by_score)
    case("nms", "nothing is good enough", "Nms{indicesType=i64}",
         [vals("f32", boxes), vals("f32", scores), vals("i32", 3), vals("f32", 0.3), vals("f32", 2)],
         lambda *_: (np.zeros([0, 3], np.int64), np.int32(0)))
    case("nms", "boxes of their own for each class, two admitted", "Nms{topK=2}",
         [vals("f32", [[[[0, 0, 1, 1], [0, 0, 2, 2]], [[0, 0, 1, 1], [5, 5, 6, 6]]]]),
          vals("f32", [[[0.9, 0.8], [0.7, 0.6]]]), vals("i32", 5)],
         lambda *_: (np.array([[0, 0, 0], [0, 1, 0]], np.int32), np.int32(2)))


def random_bits(x):
    """splitmix64."""
    mask = (1 << 64) - 1
    x = (x + 0x9E3779B97F4A7C15) & mask
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & mask
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & mask
    return x ^ (x >> 31)


def uniform(seed, place):
    return (random_bits((random_bits(seed) + place) & ((1 << 64) - 1)) >> 11) * 2.0**-53


def normal(seed, place):
    return math.sqrt(-2 * math.log(1 - uniform(seed, 2 * place))) * math.cos(2 * math.pi * uniform(seed, 2 * place + 1))


def fills():
    case("fill", "uniform", "Fill{operation=uniform,dims=[2,3],alpha=-1,beta=3,seed=7}", [],
         lambda: np.array([-1 + 4 * uniform(7, i) for i in range(6)]).reshape(2, 3))
    case("fill", "normal", "Fill{operation=normal,dims=[4],alpha=2,beta=0.5}", [],
         lambda: np.array([2 + 0.5 * normal(0, i) for i in range(4)]))
    case("fill", "constant", "Fill{dims=[2,2],alpha=1.5,beta=0}", [], lambda: np.full([2, 2], 1.5))
    case("fill", "ramp", "Fill{dims=[4],alpha=-1,beta=2,type=i32}", [], lambda: np.arange(-1, 7, 2, dtype=np.int32))
    case("fill", "ramp over two axes", "Fill{type=i64}", [vals("i64", [3, 4]), vals("i64", 1), vals("i64", [100, 10])],
         lambda *_: 1 + 100 * np.arange(3)[:, None] + 10 * np.arange(4), fixed="the rank is the length of input 0")
    case("fill", "real ramp from inputs", "Fill{dims=[3]}", [None, vals("f32", 0.5), vals("f32", [0.25])],
         lambda *_: 0.5 + 0.25 * np.arange(3))
    case("fill", "empty", "Fill{dims=[0]}", [], lambda: np.zeros(0))
    case("fill", "true", "Fill{dims=[2],alpha=1,beta=0,type=bool}", [], lambda: np.ones(2, bool))


def rotaries():
    def rotate(interleaved, dim=0):
        def run(x, cos, sin, positions=None):
            size = dim or x.shape[3]
            if positions is not None:
                cos, sin = cos[positions], sin[positions]
            cos, sin = cos[:, None], sin[:, None]
            out = x.copy()
            part = x[..., :size]
            a, b = (part[..., 0::2], part[..., 1::2]) if interleaved else (part[..., :size // 2], part[..., size // 2:])
            first, second = a * cos - b * sin, a * sin + b * cos
            if interleaved:
                out[..., 0:size:2], out[..., 1:size:2] = first, second
            else:
                out[..., :size // 2], out[..., size // 2:size] = first, second
            return out

        return run

    x = rand("f32", [2, 2, 3, 4], 1)
    table = [rand("f32", [2, 3, 2], 2), rand("f32", [2, 3, 2], 3)]
    case("rotary_embedding", "halves", "RotaryEmbedding", [x, *table], rotate(False))
    case("rotary_embedding", "interleaved", "RotaryEmbedding{interleaved=true}", [x, *table], rotate(True))
    case("rotary_embedding", "by position, first elements only", "RotaryEmbedding{dim=2}",
         [x, rand("f32", [5, 1], 2), rand("f32", [5, 1], 3), vals("i64", [[0, 4, 2], [1, 1, 3]])], rotate(False, 2))
    case("rotary_embedding", "as ONNX has it", "RotaryEmbedding", [x, *table], ort("RotaryEmbedding", opset=23))


def make():
    boxes()
    suppressions()
    fills()
    rotaries()
    for axis in (0, -1, 1):
        case("one_hot", f"axis {axis}", f"OneHot{{axis={axis}}}",
             [vals("i64", [[0, 2], [-1, 5]]), vals("f32", [0.5, 3]), vals("i64", 4)],
             lambda i, v, d, n=axis: ort("OneHot", {"axis": n})(i, d.reshape(1), v))
    case("non_zero", "matrix", "NonZero", [vals("f32", [[0, 1], [np.nan, -0.0], [2, 0]])],
         lambda x: np.array(np.nonzero(x), np.int32))
    case("non_zero", "bools, long indices", "NonZero{indicesType=i64}", [vals("bool", [1, 0, 1])],
         lambda x: np.array(np.nonzero(x)))
    case("non_zero", "scalar", "NonZero", [vals("i32", 3)], lambda x: np.zeros([1, 1], np.int32))
    for name, run in (("and", np.bitwise_and), ("or", np.bitwise_or), ("xor", np.bitwise_xor)):
        case("bitwise", f"{name} with broadcast", f"Bitwise{{operation={name}}}",
             [vals("i32", [[5], [-3]]), vals("i32", [[6, 12, -1]])], run)
    case("determinant", "of each matrix", "Determinant", [vals("f32", [[[2, 1], [4, 3]], [[0, 2], [3, 1]]])],
         lambda x: np.linalg.det(x))
    for mode, samples in (("avg", 2), ("avg", 0)):
        case("roi_align", f"{mode} of {samples} samples", f"RoiAlign{{height=2,width=2,samples={samples},scale=0.5}}",
             [rand("f32", [2, 1, 4, 4], 1), vals("f32", [[0, 0, 7, 5], [1, 2, 6, 9]]), vals("i64", [1, 0])],
             ort("RoiAlign", {"mode": mode, "output_height": 2, "output_width": 2, "sampling_ratio": samples,
                              "spatial_scale": 0.5}, opset=16))
    case("unique", "sorted elements", "Unique", [vals("f32", [2, 1, 1, 3, 4, 3])],
         lambda x: np.unique(x, True, True, True))
    case("unique", "columns", "Unique{axis=1}", [vals("i32", [[3, 1, 3], [2, 5, 2]])],
         lambda x: np.unique(x, True, True, True, axis=1))
    case("unique", "in order of occurrence", "Unique{sorted=false}", [vals("i64", [2, 1, 2])],
         lambda x: (np.array([2, 1]), np.array([0, 1]), np.array([0, 1, 0]), np.array([2, 1])))
    case("non_zero", "nothing", "NonZero", [vals("i32", [0, 0])], lambda x: np.zeros([1, 0], np.int32))
