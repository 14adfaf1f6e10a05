# SPDX-License-Identifier: Apache-2.0
"""Further cases of com.microsoft: mixtures of experts, weights of few bits, biases by position."""
import numpy as np
from onnx import TensorProto, helper

from own_cases import RANDOM, apart, case, real, softmax, typed


def mixture(x, logits, first, second, function, k, normalize=True, up=None):
    """Of experts; `first`, `second` and `up` are (weights, bias)."""
    weights = softmax(logits)
    y = np.zeros_like(x)
    for t, row in enumerate(weights):
        best = np.argsort(-row, kind="stable")[:k]
        for e in best:
            h = x[t] @ first[0][e].T + first[1][e]
            h = function(h) if up is None else function(h, x[t] @ up[0][e].T + up[1][e])
            y[t] += row[e] / (row[best].sum() if normalize else 1) * (h @ second[0][e].T + second[1][e])
    return y


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def experts():
    tokens, width, inner, count = 5, 6, 4, 3
    x, logits = real(tokens, width), real(tokens, count) * 3
    first, second, third = (real(count, inner, width), real(count, inner)), (real(count, width, inner), real(count, width)), \
        (real(count, inner, width), real(count, inner))
    wide = real(count, 2 * inner, width), real(count, 2 * inner)
    relu = lambda h: np.maximum(h, 0)
    silu = lambda h: h * sigmoid(h)
    yield case("moe_relu", "MoE", [x, logits, *first, *second], [mixture(x, logits, first, second, relu, 2, False)], k=2,
               activation_type="relu")
    gelu = lambda h: 0.5 * h * (1 + np.tanh(np.sqrt(2 / np.pi) * (h + 0.044715 * h**3)))
    yield case("moe_gelu", "MoE", [x.reshape(1, tokens, width), logits, *first, *second],
               [mixture(x, logits, first, second, gelu, 1)[None]], (2, 4), k=1, activation_type="gelu",
               normalize_routing_weights=1)
    yield case("moe_third", "MoE", [x, logits, *first, *second, *third],
               [mixture(x, logits, first, second, lambda h, l: silu(h) * l, 2, True, third)], k=2,
               activation_type="silu", normalize_routing_weights=1)

    def swiglu(h, fusion):
        g, l = (h[0::2], h[1::2]) if fusion == 1 else np.split(h, 2)
        g, l = np.minimum(g, 0.5), np.clip(l, -0.5, 0.5)
        return g * sigmoid(1.702 * g) * (l + 1)

    for fusion in (1, 2):
        yield case(f"moe_swiglu_{fusion}", "MoE", [x, logits, *wide, *second],
                   [mixture(x, logits, wide, second, lambda h: swiglu(h, fusion), 2)], k=2, activation_type="swiglu",
                   swiglu_fusion=fusion, normalize_routing_weights=1, activation_alpha=1.702, activation_beta=1.0,
                   swiglu_limit=0.5)
    for bits, block in ((4, 0), (4, 16), (8, 0)):
        k, n = 32, 16
        codes = [RANDOM.randint(0, 1 << bits, s) for s in ((count, n, k), (count, k, n))]
        scales = [np.abs(real(*c.shape[:2], *([c.shape[2] // block] if block else []))) / (1 << bits) for c in codes]
        zeros = [RANDOM.randint(0, 1 << bits, s.shape) for s in scales]
        pack = lambda c: (c[..., 0::2] | (c[..., 1::2] << 4) if bits == 4 else c).astype(np.uint8)
        packed_zeros = [pack(np.concatenate([z, 0 * z], -1) if bits == 4 and z.shape[-1] % 2 else z) for z in zeros]
        whole = [((c - np.repeat(z.reshape(*s.shape[:2], -1), block or c.shape[2], 2))
                  * np.repeat(s.reshape(*s.shape[:2], -1), block or c.shape[2], 2)).astype(np.float32)
                 for c, s, z in zip(codes, scales, zeros)]
        rows, biases = real(tokens, k), [real(count, n), real(count, k)]
        y = mixture(rows, logits, (whole[0], biases[0]), (whole[1], biases[1]), relu, 2)
        inputs = [rows, logits, pack(codes[0]), scales[0], biases[0], pack(codes[1]), scales[1], biases[1], None, None, None,
                  *packed_zeros]
        yield case(f"qmoe_{bits}_{block}", "QMoE", inputs, [y], (2, 3, 5, 6, 11, 12), k=2, expert_weight_bits=bits,
                   activation_type="relu", normalize_routing_weights=1, **({"block_size": block} if block else {}))


def few_bits():
    codes, scales = RANDOM.randint(0, 16, (6, 32)), np.abs(real(6, 2))
    zeros = RANDOM.randint(0, 16, (6, 2))
    pack = lambda c: (c[..., 0::2] | (c[..., 1::2] << 4)).astype(np.uint8)
    rows = np.array([[1, -1], [3, 0]])
    wide = np.repeat(scales, 16, 1)
    yield case("gather_block_quantized", "GatherBlockQuantized", [pack(codes), rows, scales], [((codes - 8) * wide)[rows]],
               (0, 2), bits=4, block_size=16)
    yield case("gather_block_quantized_zeros", "GatherBlockQuantized", [pack(codes), rows, scales, pack(zeros)],
               [((codes - np.repeat(zeros, 16, 1)) * wide)[rows]], (0, 2, 3), bits=4, block_size=16)
    elements = codes.T.astype(helper.tensor_dtype_to_np_dtype(TensorProto.UINT4))
    yield case("gather_block_quantized_elements", "GatherBlockQuantized", [elements, rows, scales.T],
               [(codes * wide).T[:, rows]], (0, 2), block_size=16, quantize_axis=0, gather_axis=1)
    n, k, block = 6, 30, 16
    numbers, largest, x = RANDOM.randint(0, 16, n * k), np.abs(real(-(-n * k // block))), real(2, 3, k)
    floats = np.array([0, 0.0052083333, 2 / 3, 1, 1 / 3, 0.5, 1 / 6, 0.25])
    quantiles = np.array([-1, -0.6961928, -0.52507305, -0.3949175, -0.28444138, -0.18477343, -0.09105004, 0, 0.0795803, 0.1609302,
                          0.2461123, 0.33791524, 0.44070983, 0.562617, 0.72295684, 1])
    for kind, table in enumerate((np.concatenate([floats, -floats]), quantiles)):
        matrix = (table[numbers] * np.repeat(largest, block)[:n * k]).reshape(n, k).astype(np.float32)
        yield case(f"mat_mul_bnb4_{kind}", "MatMulBnb4", [x, (numbers[0::2] << 4 | numbers[1::2]).astype(np.uint8), largest],
                   [x @ matrix.T], (1, 2), K=k, N=n, block_size=block, quant_type=kind)


def position_biases():
    table, queries, keys = real(8, 2), 5, 40
    for both in (0, 1):
        back = np.arange(queries)[:, None] - np.arange(keys) if both else np.arange(keys)[:, None] - np.arange(queries)
        count, bucket = (4, np.where(back < 0, 4, 0)) if both else (8, 0)
        distance, exact = np.abs(back) if both else np.maximum(back, 0), count // 2
        far = exact + (np.log(np.maximum(distance, 1) / exact) / np.log(16 / exact) * (count - exact)).astype(int)
        bucket = bucket + np.where(distance < exact, distance, np.minimum(far, count - 1))
        lengths = [np.array([s]) for s in back.shape]
        yield case(f"relative_position_bias_{both}", "RelativePositionBias", [table, *lengths],
                   [table.reshape(2, 8)[:, bucket][None]], (1, 2), max_distance=16, is_bidirectional=both)
    b, s, heads, size = 2, 3, 2, 4
    x, bias, places, weights, offset, eco = real(b, s, heads * size), real(heads * size), real(1, heads, s, s), real(size, 8), real(8), \
        real(1, heads, 1, 1)
    gates = sigmoid((apart(x + bias, heads) @ weights + offset).reshape(b, heads, s, 2, 4).sum(-1))
    yield case("gated_relative_position_bias", "GatedRelativePositionBias", [x, bias, places, weights, offset, eco],
               [(gates[..., :1] * (gates[..., 1:] * eco - 1) + 2) * places], num_heads=heads)


def cases():
    return typed((experts, few_bits, position_biases))
