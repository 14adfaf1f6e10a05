# SPDX-License-Identifier: Apache-2.0
"""Convolution, Deconvolution, FullyConnected, MatrixMultiply, Einsum, Attention."""
import numpy as np

from goldens import case, ort, rand, vals

SUM_TOLERANCE = 1e-5


def convolutions():
    def conv(title, op, x, w, attributes, bias=None, kind="f32", tolerance=SUM_TOLERANCE):
        inputs = [rand(kind, x, 1), rand(kind, w, 2)] + ([rand(kind, [bias], 3)] if bias else [])

        def reference(*arrays):
            return ort("Conv", attributes)(*[a.astype(np.float32) for a in arrays])

        case("convolution", title, f"Convolution{{{op}}}", inputs, reference, kinds=[kind], tolerance=tolerance)

    conv("3x3 with padding and bias", "pre=[1,1],post=[1,1]", [2, 3, 5, 4], [4, 3, 3, 3], {"pads": [1, 1, 1, 1]}, 4)
    conv("strides and uneven padding", "stride=[2,3],pre=[0,1],post=[2,0]", [1, 2, 7, 8], [3, 2, 3, 2],
         {"strides": [2, 3], "pads": [0, 1, 2, 0]})
    conv("dilation and groups", "dilation=[2,1],groups=2", [1, 4, 7, 5], [6, 2, 3, 3],
         {"dilations": [2, 1], "group": 2}, 6)
    conv("depthwise", "pre=[1,1],post=[1,1],groups=3", [1, 3, 4, 4], [3, 1, 3, 3], {"pads": [1] * 4, "group": 3})
    conv("one spatial axis", "pre=[2],post=[2],stride=[2]", [2, 3, 9], [4, 3, 5], {"pads": [2, 2], "strides": [2]}, 4)
    conv("three spatial axes", "pre=[1,0,1],post=[1,0,1]", [1, 2, 3, 4, 3], [2, 2, 3, 2, 3],
         {"pads": [1, 0, 1, 1, 0, 1]}, 2)
    conv("same upper", "stride=[2,2],paddingMode=same_upper", [1, 1, 5, 6], [1, 1, 3, 3],
         {"auto_pad": "SAME_UPPER", "strides": [2, 2]})
    conv("same lower", "stride=[2,2],paddingMode=same_lower", [1, 1, 5, 6], [1, 1, 4, 4],
         {"auto_pad": "SAME_LOWER", "strides": [2, 2]})
    conv("half precision", "", [1, 2, 4, 4], [2, 2, 3, 3], {}, 2, "f16", 1e-3)
    conv("brain floats", "", [1, 2, 4, 4], [2, 2, 3, 3], {}, 2, "bf16", 8e-3)


def deconvolutions():
    def deconv(title, op, x, w, attributes, bias=None):
        inputs = [rand("f32", x, 1), rand("f32", w, 2)] + ([rand("f32", [bias], 3)] if bias else [])
        case("deconvolution", title, f"Deconvolution{{{op}}}", inputs, ort("ConvTranspose", attributes),
             tolerance=SUM_TOLERANCE)

    deconv("stride 2 with bias", "stride=[2,2],pre=[1,1],post=[1,1]", [1, 3, 3, 4], [3, 2, 3, 3],
           {"strides": [2, 2], "pads": [1] * 4}, 2)
    deconv("groups and dilation", "groups=2,dilation=[2,1]", [2, 4, 3, 3], [4, 1, 2, 3],
           {"group": 2, "dilations": [2, 1]}, 2)
    deconv("negative padding is output padding", "stride=[2,2],pre=[1,1],post=[0,-1]", [1, 1, 3, 3], [1, 1, 3, 2],
           {"strides": [2, 2], "pads": [1, 1, 1, 0], "output_padding": [1, 1]})
    deconv("one spatial axis", "stride=[3]", [1, 2, 4], [2, 3, 2], {"strides": [3]}, 3)
    deconv("three spatial axes", "stride=[1,2,1]", [1, 2, 2, 3, 2], [2, 1, 2, 2, 3], {"strides": [1, 2, 1]})
    deconv("same upper", "stride=[2,2],paddingMode=same_upper", [1, 1, 3, 3], [1, 1, 3, 3],
           {"auto_pad": "SAME_UPPER", "strides": [2, 2]})


def matrices():
    def product(title, op, a, b, reference=np.matmul, kinds=None, tolerance=SUM_TOLERANCE):
        case("matrix_multiply", title, f"MatrixMultiply{{{op}}}", [a, b], reference, kinds=kinds, tolerance=tolerance)

    product("two matrices", "", rand("f32", [3, 4], 1), rand("f32", [4, 2], 2))
    product("broadcast batches", "", rand("f32", [2, 1, 3, 4], 1), rand("f32", [1, 3, 4, 2], 2))
    product("both transposed", "a=transpose,b=transpose", rand("f32", [2, 4, 3], 1), rand("f32", [2, 5, 4], 2),
            lambda a, b: a.swapaxes(1, 2) @ b.swapaxes(1, 2))
    product("matrices and vectors", "b=vector", rand("f32", [2, 3, 4], 1), rand("f32", [2, 4], 2),
            lambda a, b: np.einsum("nij,nj->ni", a, b))
    product("vector by matrix", "a=vector,b=transpose", rand("f32", [4], 1), rand("f32", [3, 4], 2), lambda a, b: b @ a)
    product("dot product", "a=vector,b=vector", rand("f32", [5], 1), rand("f32", [5], 2), lambda a, b: np.dot(a, b))
    product("empty sum is zero", "", rand("f32", [2, 0], 1), rand("f32", [0, 3], 2))
    product("integers", "", rand("i32", [2, 3], 1), rand("i32", [3, 2], 2))
    product("half precision", "", rand("f16", [2, 8], 1), rand("f16", [8, 2], 2),
            lambda a, b: a.astype(np.float64) @ b.astype(np.float64), ["f16"], 1e-3)

    case("fully_connected", "features of three dimensions", "FullyConnected",
         [rand("f32", [2, 3, 2, 2], 1), rand("f32", [4, 12], 2), rand("f32", [4], 3)],
         lambda x, w, b: (x.reshape(2, 12) @ w.T + b).reshape(2, 4, 1, 1), tolerance=SUM_TOLERANCE)
    case("fully_connected", "without bias and batch", "FullyConnected{outputMaps=3}",
         [rand("f32", [2, 1, 3], 1), rand("f32", [3, 6], 2)], lambda x, w: (w @ x.reshape(6)).reshape(3, 1, 1),
         tolerance=SUM_TOLERANCE)


def einsums():
    def einsum(equation, *shapes, kind="f32", reference=None):
        inputs = [rand(kind, s, k + 1) for k, s in enumerate(shapes)]
        case("einsum", equation, f'Einsum{{equation="{equation}"}}', inputs,
             reference or (lambda *a: np.einsum(equation.replace(" ", ""), *a)), tolerance=SUM_TOLERANCE)

    einsum("ij,jk->ik", [2, 3], [3, 4])
    einsum("ij,jk", [2, 3], [3, 4])
    einsum("bhid,bhjd->bhij", [1, 2, 3, 4], [1, 2, 2, 4])
    einsum("ij->ji", [2, 3])
    einsum("ij->", [2, 3])
    einsum("ii->i", [3, 3])
    einsum("... i i -> ... i", [2, 3, 3])
    einsum("...ij,...jk->...ik", [2, 1, 2, 3], [4, 3, 2])
    einsum("i,j,k->kji", [2], [3], [2])
    einsum(",ij->ij", [], [2, 2])
    einsum("bA,Ab->b", [2, 3], [3, 2], kind="i32")


def attentions():
    q, k, v = [2, 4, 3, 4], [2, 2, 5, 4], [2, 2, 5, 6]

    def attend(title, op, attributes, mask=None, sizes=(q, k, v)):
        inputs = [rand("f32", s, n + 1) for n, s in enumerate(sizes)] + ([mask] if mask else [])

        def reference(query, key, value, mask=None):
            repeat = query.shape[1] // key.shape[1]
            key, value = key.repeat(repeat, 1).astype(np.float64), value.repeat(repeat, 1).astype(np.float64)
            scores = attributes.get("scale", 1) * query.astype(np.float64) @ key.swapaxes(2, 3)
            if mask is not None:
                scores = np.where(mask, scores, -np.inf) if mask.dtype == bool else scores + mask
            if "offset" in attributes:
                rows, columns = scores.shape[2:]
                seen = np.tril(np.ones((rows, columns), bool), attributes["offset"])
                scores = np.where(seen, scores, -np.inf)
            if attributes.get("none"):
                return np.where(np.isinf(scores), 0, scores) @ value
            most = scores.max(-1, keepdims=True)
            weights = np.exp(scores - np.where(np.isinf(most), 0, most))
            return weights / np.maximum(weights.sum(-1, keepdims=True), 1e-300) @ value

        case("attention", title, f"Attention{{{op}}}", inputs, reference, tolerance=SUM_TOLERANCE)

    attend("grouped query heads", "scale=0.5", {"scale": 0.5})
    attend("causal from the upper left", "causal=upper_left", {"offset": 0})
    attend("causal to the lower right", "causal=lower_right", {"offset": 2})
    attend("added mask", "", {}, rand("f32", [1, 1, 3, 5], 4))
    attend("bool mask with an empty row", "", {}, vals("bool", [[[[0] * 5, [1, 1, 0, 0, 1], [1] * 5]]]))
    attend("no normalisation", "normalization=none,causal=upper_left", {"none": True, "offset": 0})
    case("attention", "as ONNX has it", "Attention{scale=0.5,causal=upper_left}",
         [rand("f32", s, n + 1) for n, s in enumerate(([1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4]))],
         ort("Attention", {"is_causal": 1, "scale": 0.5}, opset=23), tolerance=SUM_TOLERANCE)


def make():
    convolutions()
    deconvolutions()
    matrices()
    einsums()
    attentions()
