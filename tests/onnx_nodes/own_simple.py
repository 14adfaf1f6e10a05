# SPDX-License-Identifier: Apache-2.0
"""Further cases of com.microsoft: fusions of a few steps, channels at the end, integers, weights of few bits, states."""
import math

import numpy as np
import onnx

from own_cases import RANDOM, case, dequantized, normal, quantized, real, softmax, typed


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def silu(x):
    return x * sigmoid(x)


def gelu_tanh(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def fusions():
    x, mask = real(2, 3, 4, 5), real(2, 1, 1, 5)
    yield case("bias_softmax", "BiasSoftmax", [x, mask], [softmax(x + mask)], axis=3, is_inner_broadcast=1)
    yield case("bias_softmax_rows", "BiasSoftmax", [x, mask[:1]],
               [softmax((x + mask[:1]).reshape(6, 20)).reshape(x.shape)], axis=2, is_inner_broadcast=0)
    rows, bias, skip = real(3, 4), real(4), real(3, 4)
    yield case("bias_dropout", "BiasDropout", [rows, bias, skip, np.float32(0.5), np.bool_(False)],
               [rows + bias + skip, np.ones((3, 4), bool)], (3, 4))
    yield case("bitmask_dropout", "BitmaskDropout", [rows], [rows])
    a, b = real(2, 3, 2), real(2, 3, 2)
    p, q = a[..., 0] + 1j * a[..., 1], b[..., 0] + 1j * b[..., 1]
    for op, y in (("ComplexMul", p * q), ("ComplexMulConj", p * q.conj())):
        yield case(op.lower(), op, [a, b], [np.stack([y.real, y.imag], -1)])
    gate, other = real(3, 1), real(3, 4)
    yield case("gated_add", "GatedAdd", [rows, other, gate], [rows + other * gate])
    yield case("scaled_silu", "ScaledSiLU", [rows], [silu(rows * np.float32(1.5))], alpha=1.5)
    wide, scale, gates = real(2, 3, 8), real(4), real(2, 3, 8)
    normed = normal(wide.reshape(2, 3, 2, 4), scale, None, 1e-5).reshape(wide.shape)
    yield case("gated_rms_norm", "GatedRMSNorm", [wide, scale, gates], [normed * silu(gates)], activation="silu", epsilon=1e-5)
    yield case("gated_rms_norm_sigmoid", "GatedRMSNorm", [wide, scale, gates], [normed * sigmoid(gates)],
               activation="sigmoid", epsilon=1e-5)
    branches = real(8)
    yield case("branchwise_rms_norm", "BranchwiseRMSNorm", [wide, branches],
               [normal(wide.reshape(2, 3, 2, 4), branches.reshape(2, 4), None, 1e-5).reshape(wide.shape)], num_branches=2,
               epsilon=1e-5)
    yield case("branchwise_rms_norm_grouped", "BranchwiseRMSNorm", [wide, branches], [normal(wide, branches, None, 1e-5)],
               epsilon=1e-5)
    heads = [real(2, 3, 4), real(4), -np.abs(real(4)), real(2, 3, 4)]
    yield case("linear_attention_gate", "LinearAttentionGate", heads,
               [heads[2] * np.log1p(np.exp(heads[0] + heads[1])), sigmoid(heads[3])])
    m, n, c = real(2, 3, 4), real(4, 5), real(5)
    yield case("gemm_fast_gelu", "GemmFastGelu", [m, n, c], [gelu_tanh(m @ n + c)], (1, 2))
    yield case("fused_mat_mul_activation", "FusedMatMulActivation", [m, n],
               [np.where(m @ n < 0, 0.3 * (m @ n), m @ n) * 1.0], activation="LeakyRelu", activation_alpha=0.3)
    left, right = real(3, 2, 4), real(4, 2, 5)
    yield case("fused_mat_mul_batch", "FusedMatMul", [left, right],
               [0.5 * np.einsum("mbk,kbn->bmn", left, right)], transBatchA=1, transBatchB=1, alpha=0.5)


def activations():
    x, bias = real(2, 3, 4), real(4)
    erf = lambda a: a * (1 + np.vectorize(math.erf)(a / np.sqrt(2))) / 2
    yield case("gelu", "Gelu", [x], [erf(x)])
    yield case("bias_gelu", "BiasGelu", [x, bias], [erf(x + bias)])
    yield case("fast_gelu", "FastGelu", [x, bias], [gelu_tanh(x + bias)])
    yield case("quick_gelu", "QuickGelu", [x], [x * sigmoid(np.float32(1.5) * x)], alpha=1.5)
    scale, zero = np.array([0.1, 0.2, 0.05], np.float32), np.array([10, 20, 30], np.uint8)
    column = (slice(None), None)
    codes = quantized(x, scale[column], zero[column].astype(np.float32))
    yield case("quantize_linear", "QuantizeLinear", [x, scale, zero], [codes], (1, 2), axis=1)
    yield case("dequantize_linear", "DequantizeLinear", [codes, scale, zero],
               [(codes - zero[column].astype(np.float32)) * scale[column]], (1, 2), axis=1)
    places = np.stack(np.meshgrid(np.linspace(-1, 1, 4), np.linspace(-1, 1, 3)), -1).astype(np.float32)[None]
    yield case("grid_sample", "GridSample", [x[None], places], [x[None]], align_corners=1)
    # ONNX Runtime's optimizer writes this one into the standard's domain.
    name, model, inputs, outputs = case("simplified_layer_normalization", "SimplifiedLayerNormalization", [x, bias],
                                        [normal(x, bias, None, 1e-5)], axis=-1, epsilon=1e-5)
    yield name, model, inputs, outputs
    other = onnx.ModelProto()
    other.CopyFrom(model)
    other.graph.node[0].domain = ""
    yield f"{name}_standard", other, inputs, outputs


def older():
    x = real(3, 6)
    yield case("torch_embedding", "TorchEmbedding", [x, np.array([[2, 0]])], [x[[[2, 0]]]])
    windows = np.lib.stride_tricks.sliding_window_view(x, 3, 1)[:, ::2]
    yield case("unfold_tensor", "UnfoldTensor", [x], [windows], dim=1, size=3, step=2)
    windows = np.lib.stride_tricks.sliding_window_view(x, 2, 0)
    yield case("unfold_tensor_rows", "UnfoldTensor", [x], [windows], dim=0, size=2)
    for name, bad in (("", 0.0), ("_not", np.nan), ("_infinite", np.inf)):
        y = x.copy()
        y[1, 2] = bad
        yield case(f"is_all_finite{name}", "IsAllFinite", [x, y], [np.isfinite(y).all()])
    numbers = np.array([2, 1, 1, 3, 4, 3], np.float32)
    yield case("unique", "Unique", [numbers],
               [np.array([2, 1, 3, 4], np.float32), np.array([0, 1, 1, 2, 3, 2]), np.array([1, 2, 2, 1])])
    yield case("pad", "Pad", [x, np.array([0, 1, 2, 0]), np.float32(3)],
               [np.pad(x, ((0, 2), (1, 0)), constant_values=3)], (1, 2))
    spectrum = np.fft.rfft(x)
    pairs = np.stack([spectrum.real, spectrum.imag], -1)
    plain = dict(onesided=1, normalized=0, signal_ndim=1)
    yield case("rfft", "Rfft", [x], [pairs], **plain)
    yield case("irfft", "Irfft", [pairs.astype(np.float32)], [x], **plain)


def integers():
    a, b = (RANDOM.randint(-300, 300, s).astype(np.int16) for s in ((2, 3, 4), (4, 5)))
    yield case("mat_mul_integer_16", "MatMulInteger16", [a, b], [a.astype(np.int32) @ b.astype(np.int32)])
    c, d = (RANDOM.randint(0, 256, (2, 3)).astype(np.uint8) for _ in range(2))
    yield case("mul_integer", "MulInteger", [c, np.uint8(7), d, np.uint8(200)],
               [(c.astype(np.int32) - 7) * (d.astype(np.int32) - 200)], (1, 3))
    yield case("reduce_sum_integer", "ReduceSumInteger", [c], [c.sum(1, dtype=np.int32)], axes=[1], keepdims=0)


def channels_last():
    inwards, outwards = (0, 3, 1, 2), (0, 2, 3, 1)
    x, w, b, z = real(1, 5, 5, 2), real(3, 2, 3, 3), real(3), real(1, 3, 3, 3)
    windows = lambda a: np.lib.stride_tricks.sliding_window_view(a.transpose(inwards), (3, 3), axis=(2, 3))
    convolved = lambda a, k: np.einsum("nchwij,ocij->nhwo", windows(a), k)
    yield case("nhwc_conv", "NhwcConv", [x, w, b], [convolved(x, w) + b], (1, 2))
    yield case("nhwc_fused_conv", "NhwcFusedConv", [x, w, b, z], [np.maximum(convolved(x, w) + b + z, 0)], (1, 2),
               activation="Relu")
    image = RANDOM.randint(-128, 128, (1, 4, 4, 2)).astype(np.int8)
    yield case("nhwc_max_pool", "NhwcMaxPool", [image], [image.reshape(1, 2, 2, 2, 2, 2).max((2, 4))], kernel_shape=[2, 2],
               strides=[2, 2])
    codes, kernel = RANDOM.randint(0, 256, (1, 5, 5, 2)).astype(np.uint8), RANDOM.randint(-128, 128, (3, 2, 3, 3)).astype(np.int8)
    sx, sw, sy = np.float32(0.02), np.array([0.01, 0.02, 0.005], np.float32), np.float32(0.2)
    zx, zw, zy, bias = np.uint8(120), np.zeros(3, np.int8), np.uint8(100), RANDOM.randint(-99, 99, 3).astype(np.int32)
    y = convolved(dequantized(codes, sx, zx), kernel * sw[:, None, None, None]) + bias * (sx * sw)
    yield case("qlinear_conv_channels_last", "QLinearConv", [codes, sx, zx, kernel, sw, zw, sy, zy, bias],
               [quantized(y, sy, zy)], (1, 2, 3, 4, 5, 6, 7, 8), channels_last=1)


def few_bits():
    rows, columns, block = 5, 48, 16
    blocks = columns // block

    def packed(codes, bits):
        per = 8 // bits
        return sum(codes[..., i::per] << (bits * i) for i in range(per)).astype(np.uint8)

    x = real(2, columns)
    for bits in (2, 8):
        codes = RANDOM.randint(0, 1 << bits, (rows, blocks, block))
        scales = np.abs(real(rows, blocks)) / (1 << bits)
        whole = ((codes - (1 << bits >> 1)) * scales[..., None]).reshape(rows, columns)
        yield case(f"mat_mul_{bits}_bits", "MatMulNBits", [x, packed(codes, bits), scales], [x @ whole.T], (1, 2), K=columns,
                   N=rows, bits=bits, block_size=block)
    codes, scales = RANDOM.randint(0, 16, (3, rows, blocks, block)), np.abs(real(3, rows, blocks)) / 16
    zeros = RANDOM.randint(0, 16, (rows, blocks))
    shifted = ((codes[1] - zeros[..., None]) * scales[1][..., None]).reshape(rows, columns)
    padded = np.concatenate([zeros, np.zeros((rows, blocks % 2), zeros.dtype)], -1)
    yield case("mat_mul_n_bits_zeros", "MatMulNBits", [x[None], packed(codes[1], 4), scales[1], packed(padded, 4)],
               [x[None] @ shifted.T], (1, 2, 3), K=columns, N=rows, bits=4, block_size=block)
    group = RANDOM.randint(0, blocks, columns).astype(np.int32)
    ordered = (codes[0].reshape(rows, columns) - 8) * scales[0][:, group]
    yield case("mat_mul_n_bits_groups", "MatMulNBits", [x, packed(codes[0], 4), scales[0], None, group], [x @ ordered.T],
               (1, 2, 4), K=columns, N=rows, bits=4, block_size=block)
    whole = ((codes - 8) * scales[..., None]).reshape(3, rows, columns)
    skip, gamma, biases = real(2, columns), real(columns), real(3, rows)
    total = x + skip
    normed = normal(total, gamma, None, 1e-5)
    made = [normed @ w.T + b for w, b in zip(whole, biases)]
    weights = [part for i in range(3) for part in (packed(codes[i], 4), scales[i], biases[i])]
    yield case("mat_mul_n_bits_qkv", "MatMulNBitsQkv", [x, skip, gamma, *weights], [*made, total], tuple(range(2, 12)),
               K=columns, Nq=rows, Nkv=rows, bits=4, block_size=block)
    yield case("mat_mul_n_bits_mlp", "MatMulNBitsMlp", [x, None, gamma, *weights[:6]],
               [silu(normal(x, gamma, None, 1e-5) @ whole[0].T + biases[0]) * (normal(x, gamma, None, 1e-5) @ whole[1].T + biases[1])],
               tuple(range(2, 9)), K=columns, N=rows, bits=4, block_size=block, activation="silu")


def states():
    x, w, b, past = real(2, 3, 6), real(3, 1, 3), real(3), real(2, 3, 4)
    before = np.concatenate([past, x], 2)
    y = sum(before[:, :, 2 * tap:2 * tap + 6] * w[:, 0, tap, None] for tap in range(3)) + b[:, None]
    yield case("causal_conv_gaps", "CausalConvWithState", [x, w, b, past], [silu(y), before[:, :, -4:]], dilation=2,
               activation="silu")
    turned = (0, 2, 1)
    yield case("causal_conv_channels_last", "CausalConvWithState", [x.transpose(turned), w, b, past.transpose(turned)],
               [y.transpose(turned), before[:, :, -4:].transpose(turned)], dilation=2, channels_last=1)
    steps, size = 4, 3
    for queries, heads in ((2, 2), (1, 2)):
        q, k, v = real(1, steps, queries * size), real(1, steps, heads * size), real(1, steps, heads * size)
        decay, beta = -np.abs(real(1, steps, heads)), np.abs(real(1, steps, heads))
        state, rows = np.zeros((heads, size, size)), []
        for t in range(steps):
            key, value = k[0, t].reshape(heads, size), v[0, t].reshape(heads, size)
            query = np.repeat(q[0, t].reshape(queries, size), heads // queries, 0)
            state = state * np.exp(decay[0, t])[:, None, None]
            held = np.einsum("hkv,hk->hv", state, key)
            state = state + beta[0, t][:, None, None] * key[:, :, None] * (value - held)[:, None]
            rows.append(np.einsum("hkv,hk->hv", state, query).reshape(-1) / np.sqrt(size))
        yield case(f"linear_attention_{queries}", "LinearAttention", [q, k, v, None, decay, beta],
                   [np.stack(rows)[None], state[None]], q_num_heads=queries, kv_num_heads=heads)


def cases():
    return typed((fusions, activations, older, integers, channels_last, few_bits, states))
