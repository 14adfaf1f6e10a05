# SPDX-License-Identifier: Apache-2.0
"""Cases for operators of com.microsoft, whose meaning numpy computes here: yields (name, model, inputs, outputs)."""
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


def cases():
    for group in (normalisations, attentions, grouped, quantizations):
        for name, model, inputs, outputs in group():
            outputs = [y.astype(np.float32) if y.dtype == np.float64 else y for y in outputs]
            for info, y in zip(model.graph.output, outputs):
                info.type.tensor_type.elem_type = helper.np_dtype_to_tensor_dtype(y.dtype)
            yield name, model, inputs, outputs
