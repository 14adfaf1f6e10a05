# SPDX-License-Identifier: Apache-2.0
"""Cases for operators of com.microsoft, and for those of ai.onnx that the onnx package does not test or only with
sequences, whose meaning numpy computes here: yields (name, model, inputs, outputs)."""
import math

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

RANDOM = np.random.RandomState(7)


def real(*shape):
    return RANDOM.uniform(-1, 1, shape).astype(np.float32)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def apart(x, heads):
    b, s, w = x.shape
    return x.reshape(b, s, heads, w // heads).transpose(0, 2, 1, 3)


def together(x):
    b, n, s, d = x.shape
    return x.transpose(0, 2, 1, 3).reshape(b, s, n * d)


def attention(q, k, v, bias=0.0):
    k, v = (np.repeat(x, q.shape[1] // x.shape[1], 1) for x in (k, v))
    scores = q @ k.transpose(0, 1, 3, 2) / np.sqrt(q.shape[-1]) + bias
    return together(softmax(scores) @ v)


def normal(x, gamma, beta=None, epsilon=1e-12):
    mean = 0 if beta is None else x.mean(-1, keepdims=True)
    deviation = np.sqrt(np.mean((x - mean) ** 2, -1, keepdims=True) + epsilon)
    return (x - mean) / deviation * gamma + (0 if beta is None else beta)


def quantized(x, scale, zero):
    return np.clip(np.rint(x / scale) + zero, 0, 255).astype(np.uint8)


def dequantized(x, scale, zero):
    return (x.astype(np.float32) - zero) * scale


def causal(queries, keys, offset=0):
    ok = np.arange(keys)[None] <= np.arange(queries)[:, None] + offset
    return np.where(ok, 0, -np.inf)


def case(name, op, inputs, outputs, constants=(), **attributes):
    """`inputs`: arrays, None where left out; those whose places are in `constants` become initializers."""
    names = ["" if x is None else f"x{i}" for i, x in enumerate(inputs)]
    results = ["" if y is None else f"y{i}" for i, y in enumerate(outputs)]
    arrays = [None if x is None else np.asarray(x) for x in inputs]

    def info(label, array):
        return helper.make_tensor_value_info(label, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)

    given = [i for i, x in enumerate(arrays) if x is not None and i not in constants]
    graph = helper.make_graph(
        [helper.make_node(op, names, results, domain="com.microsoft", **attributes)], name,
        [info(names[i], arrays[i]) for i in given],
        [info(label, np.asarray(y)) for label, y in zip(results, outputs) if y is not None],
        [numpy_helper.from_array(arrays[i], names[i]) for i in constants])
    model = helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", 21),
                                                                  helper.make_opsetid("com.microsoft", 1)])
    return f"microsoft_{name}", model, [arrays[i] for i in given], [np.asarray(y) for y in outputs if y is not None]


def normalisations():
    x, skip, bias = real(2, 3, 8), real(2, 3, 8), real(8)
    gamma, beta = real(8), real(8)
    total = x + skip + bias
    yield case("skip_layer_normalization", "SkipLayerNormalization", [x, skip, gamma, beta, bias],
               [normal(total, gamma, beta, 1e-5), None, None, total], epsilon=1e-5)
    yield case("skip_simplified_layer_normalization", "SkipSimplifiedLayerNormalization", [x, skip, gamma],
               [normal(x + skip, gamma, None, 1e-6), None, None, x + skip], epsilon=1e-6)
    words, places, segments = real(10, 8), real(6, 8), real(2, 8)
    ids = RANDOM.randint(0, 10, (2, 4)).astype(np.int32)
    parts = RANDOM.randint(0, 2, (2, 4)).astype(np.int32)
    mask = np.array([[1, 1, 1, 0], [1, 1, 0, 0]], np.int32)
    summed = words[ids] + places[:4] + segments[parts]
    yield case("embed_layer_normalization", "EmbedLayerNormalization",
               [ids, parts, words, places, segments, gamma, beta, mask],
               [normal(summed, gamma, beta), mask.sum(1).astype(np.int32)], (2, 3, 4, 5, 6), epsilon=1e-12)


def attentions():
    x, weights, bias = real(2, 4, 8), real(8, 24), real(24)
    q, k, v = (apart(p, 2) for p in np.split(x @ weights + bias, 3, -1))
    mask = np.array([[1, 1, 1, 0], [1, 1, 1, 1]], np.int32)
    hidden = np.where(mask[:, None, None] > 0, 0, -np.inf)
    yield case("attention_mask", "Attention", [x, weights, bias, mask], [attention(q, k, v, hidden)], (1, 2), num_heads=2)
    lengths = np.array([3, 4], np.int32)
    yield case("attention_lengths", "Attention", [x, weights, bias, lengths], [attention(q, k, v, hidden)], (1, 2),
               num_heads=2)
    past = real(2, 2, 2, 3, 4)
    keys, values = np.concatenate([past[0], k], 2), np.concatenate([past[1], v], 2)
    yield case("attention_past_causal", "Attention", [x, weights, bias, None, past],
               [attention(q, keys, values, causal(4, 7, 3)), np.stack([keys, values])], (1, 2), num_heads=2,
               unidirectional=1)
    query, key, value = real(2, 3, 8), real(2, 5, 8), real(2, 5, 8)
    extra = real(2, 2, 3, 5)
    split = [apart(p + b, 2) for p, b in zip((query, key, value), np.split(bias, 3))]
    yield case("multi_head_attention", "MultiHeadAttention", [query, key, value, bias, None, extra],
               [attention(*split, extra)], num_heads=2)


def packed_attentions():
    q, k, v = (real(2, 4, 3, 8) for _ in range(3))
    heads = [x.transpose(0, 2, 1, 3) for x in (q, k, v)]
    yield case("multi_head_attention_packed", "MultiHeadAttention", [np.stack([q, k, v], 3)], [attention(*heads)],
               num_heads=3)
    query = real(2, 5, 24)
    yield case("multi_head_attention_packed_keys", "MultiHeadAttention", [query, np.stack([k, v], 3)],
               [attention(apart(query, 3), *heads[1:])], num_heads=3)
    bias = real(72)
    biased = [apart(together(x) + b, 3) for x, b in zip(heads, np.split(bias, 3))]
    yield case("multi_head_attention_packed_bias", "MultiHeadAttention", [np.stack([q, k, v], 3), None, None, bias],
               [attention(*biased)], num_heads=3)
    x, w = RANDOM.randint(0, 256, (2, 4, 8)).astype(np.uint8), RANDOM.randint(-128, 128, (8, 24)).astype(np.int8)
    sx, sw, zx, zw = np.float32(0.01), np.float32(0.02), np.uint8(128), np.int8(3)
    bias, lengths = real(24), np.array([3, 4], np.int32)
    hidden = np.where(np.arange(4)[None, None, None] < lengths[:, None, None, None], 0, -np.inf)
    split = [apart(p, 2) for p in np.split(dequantized(x, sx, zx) @ dequantized(w, sw, zw) + bias, 3, -1)]
    yield case("q_attention", "QAttention", [x, w, bias, sx, sw, lengths, zx, zw], [attention(*split, hidden)],
               (1, 2, 3, 4, 6, 7), num_heads=2)


def fused():
    x, w, b = real(1, 2, 5, 5), real(3, 2, 3, 3), real(3)
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(2, 3))
    y = np.einsum("nchwij,ocij->nohw", windows, w) + b[:, None, None]
    z = real(1, 3, 3, 3)
    yield case("fused_conv", "FusedConv", [x, w, b, z], [np.maximum(y + z, 0)], (1, 2), activation="Relu")
    yield case("fused_conv_clip", "FusedConv", [x, w, b], [np.clip(y, -0.5, 1)], (1, 2), activation="Clip",
               activation_params=[-0.5, 1.0])
    yield case("fused_conv_plain", "FusedConv", [x, w], [y - b[:, None, None]], (1,))
    m, n, c = real(3, 4), real(5, 4), real(5)
    product = 0.5 * (m @ n.T) + 2 * c
    yield case("fused_gemm", "FusedGemm", [m, n, c], [np.where(product < 0, 0.2 * product, product)], (1, 2), alpha=0.5,
               beta=2.0, transB=1, activation="LeakyRelu", activation_alpha=0.2)
    yield case("transpose_mat_mul", "TransposeMatMul", [m, n], [3 * (m @ n.T)], transB=1, alpha=3.0)


def more_quantizations():
    sx, sy, zx, zy = np.float32(0.02), np.float32(0.03), np.uint8(120), np.uint8(100)
    image = RANDOM.randint(0, 256, (1, 2, 4, 4)).astype(np.uint8)
    x = dequantized(image, sx, zx)
    pooled = x.reshape(1, 2, 2, 2, 2, 2).mean((3, 5))
    yield case("qlinear_average_pool", "QLinearAveragePool", [image, sx, zx, sy, zy], [quantized(pooled, sy, zy)],
               (1, 2, 3, 4), kernel_shape=[2, 2], strides=[2, 2])
    turned = (0, 2, 3, 1)
    yield case("qlinear_average_pool_channels_last", "QLinearAveragePool", [image.transpose(turned), sx, zx, sy, zy],
               [quantized(pooled, sy, zy).transpose(turned)], (1, 2, 3, 4), kernel_shape=[2, 2], strides=[2, 2],
               channels_last=1)
    yield case("qlinear_reduce_mean", "QLinearReduceMean", [image, sx, zx, sy, zy],
               [quantized(x.mean((2, 3)), sy, zy)], (1, 2, 3, 4), axes=[2, 3], keepdims=0)
    small, zero = np.float32(1 / 256), np.uint8(0)
    yield case("qlinear_softmax", "QLinearSoftmax", [image, sx, zx, small, zero], [quantized(softmax(x), small, zero)],
               (1, 2, 3, 4), axis=-1, opset=13)
    flat = softmax(x.reshape(2, 16)).reshape(x.shape)
    yield case("qlinear_softmax_rows", "QLinearSoftmax", [image, sx, zx, small, zero], [quantized(flat, small, zero)],
               (1, 2, 3, 4), axis=2, opset=12)
    other = RANDOM.randint(0, 256, (4,)).astype(np.uint8)
    condition = RANDOM.randint(0, 2, (1, 2, 4, 4)).astype(bool)
    chosen = np.where(condition, x, dequantized(other, sy, zy))
    sz, zz = np.float32(0.05), np.uint8(90)
    yield case("qlinear_where", "QLinearWhere", [condition, image, sx, zx, other, sy, zy, sz, zz],
               [quantized(chosen, sz, zz)], (2, 3, 5, 6, 7, 8))
    a, b = RANDOM.randint(0, 256, (3, 4)).astype(np.uint8), RANDOM.randint(0, 256, (5, 4)).astype(np.uint8)
    scales, bias = np.array([0.01, 0.02, 0.03, 0.02, 0.01], np.float32), RANDOM.randint(-99, 99, 5).astype(np.int32)
    zeros = np.array([1, 100, 128, 7, 200], np.uint8)
    y = dequantized(a, sx, zx) @ ((b.astype(np.float32) - zeros[:, None]) * scales[:, None]).T + bias * (sx * scales)
    yield case("q_gemm", "QGemm", [a, sx, zx, b, scales, zeros, bias], [y], (1, 2, 3, 4, 5, 6), transB=1)
    yield case("q_gemm_quantized", "QGemm", [a, sx, zx, b, scales, zeros, bias, sz, zz], [quantized(y, sz, zz)],
               (1, 2, 3, 4, 5, 6, 7, 8), transB=1)


def lstm():
    x, b = real(3, 2, 4), real(1, 40)
    w, r = (RANDOM.randint(-128, 128, (1, n, 20)).astype(np.int8) for n in (4, 5))
    sw, sr = np.array([0.004], np.float32), RANDOM.uniform(0.002, 0.005, (1, 20)).astype(np.float32)
    zw, zr = np.array([3], np.int8), np.zeros((1, 20), np.int8)
    state, carry = np.zeros((2, 5)), np.zeros((2, 5))
    weights, again = (w[0] - 3.0) * sw, r[0] * sr[0]
    outputs = []
    for step in x:
        gates = step @ weights + state @ again + b[0, :20] + b[0, 20:]
        i, o, f = (1 / (1 + np.exp(-g)) for g in np.split(gates, 4, -1)[:3])
        carry = f * carry + i * np.tanh(gates[:, 15:])
        state = o * np.tanh(carry)
        outputs.append(state)
    yield case("dynamic_quantize_lstm", "DynamicQuantizeLSTM",
               [x, w, r, b, None, None, None, None, sw, zw, sr, zr], [np.stack(outputs)[:, None], state[None], carry[None]],
               (1, 2, 3, 8, 9, 10, 11), hidden_size=5)


def grouped():
    heads, fewer, size = 4, 2, 16
    q, k, v = real(1, 1, heads * size), real(1, 1, fewer * size), real(1, 1, fewer * size)
    old_k, old_v = real(1, fewer, 3, size), real(1, fewer, 3, size)
    angle = real(12, size // 2)
    cosines, sines = np.cos(angle), np.sin(angle)

    def turned(x, places):
        a, b = np.split(x, 2, -1)
        return np.concatenate([a * cosines[places] - b * sines[places], b * cosines[places] + a * sines[places]], -1)

    keys = np.concatenate([old_k, turned(apart(k, fewer), [3])], 2)
    values = np.concatenate([old_v, apart(v, fewer)], 2)
    yield case("group_query_attention_decode", "GroupQueryAttention",
               [q, k, v, old_k, old_v, np.array([3], np.int32), np.array(4, np.int32), cosines, sines],
               [attention(turned(apart(q, heads), [3]), keys, values), keys, values], (5, 6, 7, 8), num_heads=heads,
               kv_num_heads=fewer, do_rotary=1)
    q, k, v = real(2, 4, heads * size), real(2, 4, fewer * size), real(2, 4, fewer * size)
    yield case("group_query_attention_prompt", "GroupQueryAttention",
               [q, k, v, None, None, np.array([3, 3], np.int32), np.array(4, np.int32)],
               [attention(apart(q, heads), apart(k, fewer), apart(v, fewer), causal(4, 4)), apart(k, fewer),
                apart(v, fewer)], (5, 6), num_heads=heads, kv_num_heads=fewer)
    x = real(2, 3, 2 * size)
    places = np.array([[0, 1, 2], [5, 6, 7]], np.int64)
    yield case("rotary_embedding", "RotaryEmbedding", [x, places, cosines, sines],
               [together(turned(apart(x, 2), places[:, None]))])
    yield case("rotary_embedding_offset", "RotaryEmbedding", [x, np.array([2], np.int64), cosines, sines],
               [together(turned(apart(x, 2), [2, 3, 4]))])


def images():
    """What diffusion models are fused into."""
    x, gamma, beta, skip, bias = real(2, 3, 5, 6), real(6), real(6), real(2, 6), real(6)
    sums = x + skip[:, None, None] + bias

    def groups(a, count):
        apart = a.reshape(2, 15, count, 6 // count)
        mean, variance = apart.mean((1, 3), keepdims=True), apart.var((1, 3), keepdims=True)
        return ((apart - mean) / np.sqrt(variance + 1e-5)).reshape(a.shape) * gamma + beta

    swish = lambda a: a / (1 + np.exp(-a))
    yield case("group_norm", "GroupNorm", [x, gamma, beta], [swish(groups(x, 3))], (1, 2), groups=3, activation=1)
    yield case("group_norm_channels_first", "GroupNorm", [x.transpose(0, 3, 1, 2), gamma, beta],
               [groups(x, 1).transpose(0, 3, 1, 2)], (1, 2), groups=1, activation=0, channels_last=0)
    yield case("skip_group_norm", "SkipGroupNorm", [x, gamma, beta, skip, bias], [groups(sums, 2), sums], (1, 2), groups=2,
               activation=0)
    rows, wide = real(2, 3, 8), real(2, 3, 8)
    yield case("bias_add", "BiasAdd", [rows, bias := real(8), wide], [rows + bias + wide], (1,))
    erf = np.vectorize(math.erf)
    left, right = np.split(rows + bias, 2, -1)
    yield case("bias_split_gelu", "BiasSplitGelu", [rows, bias], [left * right * (1 + erf(right / np.sqrt(2))) / 2], (1,))
    a, b = real(3, 4), real(5, 4)
    square = ((a[:, None] - b[None]) ** 2).sum(-1)
    yield case("cdist", "CDist", [a, b], [square])
    yield case("cdist_euclidean", "CDist", [a, b], [np.sqrt(square)], metric="euclidean")


def contributed():
    """What was an operator of com.microsoft before it became a standard one."""
    x = real(4, 4)
    yield case("trilu", "Trilu", [x, np.int64(1)], [np.triu(x, 1)], (1,))
    yield case("expand_dims", "ExpandDims", [x, np.int32(-1)], [x[:, :, None]], (1,))
    yield case("range", "Range", [np.float32(1), np.float32(4), np.float32(0.5)], [np.arange(1, 4, 0.5, np.float32)], (0, 1, 2))
    yield case("gather_nd", "GatherND", [x, np.array([[0, 1], [3, 2]])], [x[[0, 3], [1, 2]]])
    tables = [RANDOM.randint(0, 255, s).astype(np.uint8) for s in ((7, 8), (5, 8), (2, 8), (8,), (8,))]
    scales, zeros = [np.float32(0.01 * (i + 1)) for i in range(5)], [np.uint8(120 + i) for i in range(5)]
    words, places, segments, gamma, beta = (dequantized(t, s, z) for t, s, z in zip(tables, scales, zeros))
    ids, kinds, mask = np.array([[1, 6, 3]], np.int32), np.array([[0, 1, 1]], np.int32), np.array([[1, 1, 0]], np.int32)
    y = normal(words[ids] + places[:3] + segments[kinds], gamma, beta)
    yield case("q_embed_layer_normalization", "QEmbedLayerNormalization", [ids, kinds, *tables, mask, *scales, *zeros],
               [y, np.array([2], np.int32)], tuple(range(2, 7)) + tuple(range(8, 18)))


def quantizations():
    a, b = (RANDOM.randint(0, 256, (2, 3, 4)).astype(np.uint8) for _ in range(2))
    sa, sb, sc = (np.float32(s) for s in (0.02, 0.03, 0.05))
    za, zb, zc = (np.uint8(z) for z in (120, 130, 110))
    x, y = dequantized(a, sa, za), dequantized(b, sb, zb)
    for op, result in (("Add", x + y), ("Mul", x * y)):
        yield case(f"qlinear_{op.lower()}", f"QLinear{op}", [a, sa, za, b, sb, zb, sc, zc],
                   [quantized(result, sc, zc)], (1, 2, 4, 5, 6, 7))
    yield case("qlinear_leaky_relu", "QLinearLeakyRelu", [a, sa, za, sc, zc],
               [quantized(np.where(x < 0, 0.1 * x, x), sc, zc)], (1, 2, 3, 4), alpha=0.1)
    sig, zs = np.float32(1 / 256), np.uint8(0)
    yield case("qlinear_sigmoid", "QLinearSigmoid", [a, sa, za, sig, zs], [quantized(1 / (1 + np.exp(-x)), sig, zs)],
               (1, 2, 3, 4))
    yield case("qlinear_concat", "QLinearConcat", [sc, zc, a, sa, za, b, sb, zb],
               [quantized(np.concatenate([x, y], 1), sc, zc)], (0, 1, 3, 4, 6, 7), axis=1)
    image = RANDOM.randint(0, 256, (1, 2, 3, 3)).astype(np.uint8)
    mean = dequantized(image, sa, za).mean((2, 3), keepdims=True)
    yield case("qlinear_global_average_pool", "QLinearGlobalAveragePool", [image, sa, za, sc, zc],
               [quantized(mean, sc, zc)], (1, 2, 3, 4))
    m = RANDOM.randint(0, 256, (4, 5)).astype(np.uint8)
    bias = real(5)
    yield case("mat_mul_integer_to_float", "MatMulIntegerToFloat", [a, m, sa, sb, za, zb, bias],
               [x @ dequantized(m, sb, zb) + bias], (1, 2, 3, 4, 5, 6))
    f = real(3, 4)
    low, high = min(f.min(), 0), max(f.max(), 0)
    scale = np.float32((high - low) / 255)
    zero = np.rint(np.clip(-low / scale, 0, 255))
    steps = dequantized(quantized(f, scale, zero), scale, zero)
    yield case("dynamic_quantize_mat_mul", "DynamicQuantizeMatMul", [f, m, sb, zb],
               [(steps @ dequantized(m, sb, zb)).astype(np.float32)], (1, 2, 3))
    n, k, block = 3, 40, 16
    blocks = -(-k // block)
    codes = RANDOM.randint(0, 16, (n, blocks, block)).astype(np.uint8)
    scales = RANDOM.uniform(0.01, 0.1, (n, blocks)).astype(np.float32)
    packed = (codes[..., 0::2] | (codes[..., 1::2] << 4)).astype(np.uint8)
    whole = ((codes.astype(np.float32) - 8) * scales[..., None]).reshape(n, -1)[:, :k]
    rows = real(2, k)
    yield case("mat_mul_n_bits", "MatMulNBits", [rows, packed, scales.reshape(-1)], [rows @ whole.T], (1, 2), K=k, N=n,
               bits=4, block_size=block)


def standard(name, nodes, inputs, outputs, opset=21):
    """Inputs are named x0, x1, ..., outputs y0, y1, ..."""
    values = [[helper.make_tensor_value_info(f"{letter}{i}", helper.np_dtype_to_tensor_dtype(a.dtype), a.shape)
               for i, a in enumerate(arrays)] for letter, arrays in (("x", inputs), ("y", outputs))]
    graph = helper.make_graph(nodes, name, *values)
    return f"own_{name}", helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", opset)]), inputs, outputs


def untested():
    x, step = real(4, 3), real(1)
    body = helper.make_graph(
        [helper.make_node("Mul", ["e", "s"], ["p"]), helper.make_node("Abs", ["p"], ["q"])], "body",
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in ("e", "s")],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in ("p", "q")])
    yield standard("sequence_map", [
        helper.make_node("SequenceMap", ["parts", "x1"], ["scaled", "sizes"], body=body),
        helper.make_node("SplitToSequence", ["x0"], ["parts"], axis=0, keepdims=1),
        helper.make_node("ConcatFromSequence", ["scaled"], ["y0"], axis=0),
        helper.make_node("ConcatFromSequence", ["sizes"], ["y1"], axis=1)], [x, step],
        [x * step, np.concatenate(np.split(np.abs(x * step), 4), 1)])
    sure = np.array([[-1e9, 0, -1e9], [0, -1e9, -1e9]], np.float32)
    yield standard("multinomial", [helper.make_node("Multinomial", ["x0"], ["y0"], sample_size=4, dtype=7)], [sure],
                   [np.array([[1] * 4, [0] * 4], np.int64)])
    image, boxes = np.arange(24, dtype=np.float32).reshape(1, 1, 4, 6), np.array([[0, 0, 0, 5, 3]], np.float32)
    yield standard("max_roi_pool", [helper.make_node("MaxRoiPool", ["x0", "x1"], ["y0"], pooled_shape=[2, 3])],
                   [image, boxes], [np.array([[[[7, 9, 11], [19, 21, 23]]]], np.float32)])


def older():
    """Operators as older opsets have them, where a parameter was an attribute or the meaning another one."""

    def one(op, opset, inputs, outputs, name="", **attributes):
        node = helper.make_node(op, [f"x{i}" for i in range(len(inputs))], [f"y{i}" for i in range(len(outputs))], **attributes)
        return standard(f"opset{opset}_{op.lower()}{name}", [node], inputs, [np.asarray(y) for y in outputs], opset)

    x = real(2, 3, 4)
    rows = lambda f, axis: f(x.reshape(int(np.prod(x.shape[:axis])), -1)).reshape(x.shape)
    hard = lambda y: (np.arange(y.shape[-1]) == y.argmax(-1)[:, None]).astype(np.float32)
    for opset in (7, 11):
        yield one("Softmax", opset, [x], [rows(softmax, 1)])
        yield one("LogSoftmax", opset, [x], [np.log(rows(softmax, 2))], axis=2)
        yield one("Hardmax", opset, [x], [rows(hard, 0)], axis=0)
    yield one("Clip", 7, [x], [np.clip(x, -0.5, 0.25)], min=-0.5, max=0.25)
    yield one("Clip", 11, [x, np.float32(-0.5), np.float32(0.25)], [np.clip(x, -0.5, 0.25)])
    yield one("Slice", 9, [x], [x[:, 1:3, -3:-1]], axes=[1, 2], starts=[1, -3], ends=[9, -1])
    yield one("Split", 7, [x], np.split(x, [1], 2), axis=2, split=[1, 3])
    yield one("Split", 11, [x], np.split(x, [1], 2), axis=-1, split=[1, 3])
    yield one("Squeeze", 7, [x[:, :1]], [x[:, 0]], axes=[1])
    yield one("Squeeze", 11, [x[:, :1]], [x[:, 0]], axes=[-2])
    yield one("Unsqueeze", 11, [x], [x[:, :, None, :, None]], axes=[2, -1])
    yield one("Pad", 7, [x], [np.pad(x, ((0, 0), (1, 0), (0, 2)), constant_values=3)], pads=[0, 1, 0, 0, 0, 2], value=3.0)
    yield one("Pad", 10, [x], [np.pad(x, ((0, 0), (0, 0), (1, 2)), "reflect")], "_reflect", pads=[0, 0, 1, 0, 0, 2],
              mode="reflect")
    yield one("TopK", 7, [x], [-np.sort(-x, 2)[..., :2], np.argsort(-x, 2, "stable")[..., :2]], k=2)
    yield one("TopK", 10, [x, np.array([2])], [-np.sort(-x, 2)[..., :2], np.argsort(-x, 2, "stable")[..., :2]])
    reductions = {"ReduceSum": np.sum, "ReduceMean": np.mean, "ReduceMax": np.max, "ReduceMin": np.min, "ReduceProd": np.prod,
                  "ReduceL1": lambda a, **k: np.abs(a).sum(**k), "ReduceL2": lambda a, **k: np.sqrt((a * a).sum(**k)),
                  "ReduceSumSquare": lambda a, **k: (a * a).sum(**k),
                  "ReduceLogSumExp": lambda a, **k: np.log(np.exp(a).sum(**k))}
    for op, function in reductions.items():
        yield one(op, 7, [x], [function(x, axis=(0, 2))], axes=[0, 2], keepdims=0)
        yield one(op, 12, [x], [function(x, axis=(0, 1, 2), keepdims=True)])
        if op != "ReduceSum":
            yield one(op, 17, [x], [function(x, axis=(2,), keepdims=True)], axes=[-1])
    yield one("ReduceLogSum", 7, [np.abs(x) + 1], [np.log((np.abs(x) + 1).sum(1))], axes=[1], keepdims=0)
    yield one("Upsample", 7, [x[None]], [x[None].repeat(2, 2).repeat(3, 3)], scales=[1.0, 1.0, 2.0, 3.0])
    yield one("Upsample", 9, [x[None], np.array([1, 1, 2, 3], np.float32)], [x[None].repeat(2, 2).repeat(3, 3)])
    yield one("Resize", 10, [x[None], np.array([1, 1, 2, 0.5], np.float32)], [x[None].repeat(2, 2)[..., ::2]])
    scale, bias, mean, variance = (np.abs(real(3)) + 0.5 for _ in range(4))
    column = (slice(None), None)
    normed = (x - mean[column]) / np.sqrt(variance[column] + 1e-5) * scale[column] + bias[column]
    for opset in (7, 9, 14):
        yield one("BatchNormalization", opset, [x, scale, bias, mean, variance], [normed])
    yield one("Dropout", 7, [x], [x], ratio=0.4)
    yield one("Dropout", 10, [x], [x], ratio=0.4)
    yield one("Cast", 7, [x], [x.astype(np.float16)], to=10)
    yield one("Scatter", 9, [x, np.array([[[2, 0, 1, 1]]]), np.ones((1, 1, 4), np.float32)],
              [np.array([[[1 if i == 0 and (j, k) in ((2, 0), (0, 1), (1, 2), (1, 3)) else x[i, j, k] for k in range(4)]
                          for j in range(3)] for i in range(2)], np.float32)], axis=1)
    yield one("PRelu", 7, [x, np.array([0.1, 0.2, 0.3, 0.4], np.float32)],
              [np.where(x < 0, x * np.array([0.1, 0.2, 0.3, 0.4]), x).astype(np.float32)])
    c = real(3)
    yield one("Gemm", 7, [x[0], x[1], c], [0.5 * (x[0] @ x[1].T) + 2 * c], transB=1, alpha=0.5, beta=2.0)
    yield one("ArgMax", 7, [x], [x.argmax(1)[:, None]], axis=1)
    yield one("AveragePool", 7, [x], [(x[..., ::2] + x[..., 1::2]) / 2], kernel_shape=[2], strides=[2])
    yield one("MaxPool", 7, [x], [np.maximum(x[..., :-1], x[..., 1:])], kernel_shape=[2])
    yield one("OneHot", 9, [np.array([0, 2, -1]), np.array([3]), np.array([-1, 5], np.float32)],
              [np.array([[5, -1, -1], [-1, -1, 5], [-1, -1, 5]], np.float32)])
    yield one("QuantizeLinear", 10, [x, np.float32(0.01), np.uint8(128)], [quantized(x, np.float32(0.01), np.uint8(128))])
    yield one("CumSum", 11, [x, np.int32(1)], [np.cumsum(x, 1)])
    yield one("GroupNormalization", 18, [x[:, :2], np.array([2], np.float32), np.array([1], np.float32)],
              [2 * normal(x[:, :2].reshape(2, 1, 8), 1, 0, 1e-5).reshape(2, 2, 4) + 1], num_groups=1)
    yield one("GroupNormalization", 21, [x, scale, bias],
              [normal(x.reshape(2, 1, 12), 1, 0, 1e-5).reshape(2, 3, 4) * scale[:, None] + bias[:, None]], num_groups=1)
    yield one("DFT", 17, [real(1, 4, 1)[..., :1] * 0 + np.arange(4, dtype=np.float32)[None, :, None]],
              [np.array([[[6, 0], [-2, 2], [-2, 0], [-2, -2]]], np.float32)], axis=1)


def older_shapes():
    """More of older(): what moves elements, and bodies."""
    x = real(1, 8, 2, 3)
    apart = x.reshape(1, 2, 2, 2, 2, 3).transpose(0, 3, 4, 1, 5, 2).reshape(1, 2, 4, 6)
    node = helper.make_node
    yield standard("opset7_depth_to_space", [node("DepthToSpace", ["x0"], ["y0"], blocksize=2)], [x], [apart], 7)
    yield standard("opset7_unsqueeze", [node("Unsqueeze", ["x0"], ["y0"], axes=[0, 3])], [x[0]], [x[:, :, :, None]], 7)
    yield standard("opset11_scatter", [node("Scatter", ["x0", "x1", "x2"], ["y0"])], [x[0, 0], np.array([[1, 0, 1]]), np.ones((1, 3), np.float32)],
                   [np.where(np.array([[0, 1, 0], [1, 0, 1]]), 1, x[0, 0]).astype(np.float32)], 11)
    sizes = [helper.make_tensor(n, TensorProto.FLOAT, [len(v)], v) for n, v in (("roi", []), ("scales", [1, 1, 2, 3]))]
    nodes = [node("Constant", [], [t.name], value=t) for t in sizes]
    yield standard("opset11_resize", [*nodes, node("Resize", ["x0", "roi", "scales"], ["y0"], mode="nearest",
                   coordinate_transformation_mode="asymmetric", nearest_mode="floor")], [x], [x.repeat(2, 2).repeat(3, 3)], 11)
    image, box = np.arange(16, dtype=np.float32).reshape(1, 1, 4, 4), np.array([[0, 0, 4, 4]], np.float32)
    yield standard("opset10_roi_align", [node("RoiAlign", ["x0", "x1", "x2"], ["y0"], output_height=2, output_width=2, sampling_ratio=2)],
                   [image, box, np.array([0])], [np.array([[[[5, 6.75], [12, 13.75]]]], np.float32)], 10)
    info = lambda n, kind, shape: helper.make_tensor_value_info(n, kind, shape)
    body = helper.make_graph([node("Identity", ["go"], ["on"]), node("Mul", ["a", "a"], ["b"])], "body",
                             [info("i", TensorProto.INT64, []), info("go", TensorProto.BOOL, []), info("a", TensorProto.FLOAT, [3])],
                             [info("on", TensorProto.BOOL, []), info("b", TensorProto.FLOAT, [3])])
    for opset in (7, 11, 16):
        trips = node("Constant", [], ["n"], value=helper.make_tensor("n", TensorProto.INT64, [], [3]))
        yield standard(f"opset{opset}_loop", [trips, node("Loop", ["n", "", "x0"], ["y0"], body=body)], [x[0, 0, 0]], [x[0, 0, 0] ** 8], opset)


def sequences():
    """Sequences that are gone when the network is made."""
    make = helper.make_node
    x, y, z = real(2, 3), real(2, 3), real(2, 3)
    given = make("SequenceConstruct", ["x0", "x1", "x2"], ["s"])
    at = lambda n: make("Constant", [], [f"c{n}"], value_int=n)
    yield standard("sequence_at", [given, at(-1), make("SequenceAt", ["s", "c-1"], ["y0"])], [x, y, z], [z])
    yield standard("sequence_length", [given, make("SequenceLength", ["s"], ["y0"])], [x, y, z], [np.int64(3)])
    yield standard("sequence_erase", [given, at(1), make("SequenceErase", ["s", "c1"], ["t"]),
                                      make("ConcatFromSequence", ["t"], ["y0"], axis=1)], [x, y, z], [np.concatenate([x, z], 1)])
    yield standard("sequence_insert", [make("SequenceEmpty", [], ["e"]), make("SequenceInsert", ["e", "x0"], ["f"]), at(0),
                                       make("SequenceInsert", ["f", "x1", "c0"], ["t"]),
                                       make("ConcatFromSequence", ["t"], ["y0"], axis=0, new_axis=1)], [x, y], [np.stack([y, x])])
    yield standard("split_to_sequence", [make("SplitToSequence", ["x0"], ["s"], axis=1, keepdims=0), at(2),
                                         make("SequenceAt", ["s", "c2"], ["y0"])], [x], [x[:, 2]], 11)
    yield standard("optional", [make("Optional", ["x0"], ["o"]), make("OptionalGetElement", ["o"], ["y0"]),
                                make("OptionalHasElement", ["o"], ["y1"])], [x], [x, np.bool_(True)])


def unvaried():
    """Random operators whose numbers have no room to vary."""
    x = real(2, 3)
    for opset in (7, 22):
        node = lambda op, inputs, **a: [helper.make_node(op, inputs, ["y0"], **a)]
        name = f"opset{opset}_random"
        yield standard(f"{name}_normal", node("RandomNormal", [], shape=[2, 3], mean=3.0, scale=0.0), [], [np.full((2, 3), 3.0)], opset)
        yield standard(f"{name}_normal_like", node("RandomNormalLike", ["x0"], mean=3.0, scale=0.0), [x], [np.full((2, 3), 3.0)], opset)
        yield standard(f"{name}_uniform", node("RandomUniform", [], shape=[2], low=2.0, high=2.0), [], [np.full(2, 2.0)], opset)
        yield standard(f"{name}_uniform_like", node("RandomUniformLike", ["x0"], low=2.0, high=2.0), [x], [np.full((2, 3), 2.0)], opset)
        yield standard(f"opset{opset}_global_lp_pool", [helper.make_node("GlobalLpPool", ["x0"], ["y0"], p=3)], [x[None, :, :]],
                       [(np.abs(x) ** 3).sum(-1)[None, :, None] ** (1 / 3)], opset)


def typed(groups):
    """The cases of these functions, with the types of their outputs."""
    for group in groups:
        for name, model, inputs, outputs in group():
            outputs = [y.astype(np.float32) if y.dtype == np.float64 else y for y in outputs]
            for info, y in zip(model.graph.output, outputs):
                info.type.tensor_type.elem_type = helper.np_dtype_to_tensor_dtype(y.dtype)
            yield name, model, inputs, outputs


def cases():
    return typed((normalisations, attentions, packed_attentions, fused, grouped, images, contributed, quantizations,
                  more_quantizations, lstm, untested, older, older_shapes, sequences, unvaried))
