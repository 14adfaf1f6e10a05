# SPDX-License-Identifier: Apache-2.0
"""Transformers of the base size (12 layers, 12 heads, 768), each in the form its usual exporter gives it:
BERT with layer normalisation in pieces, GPT-2 with Reshape-Gemm-Reshape and tanh GELU, ViT with one projection to Q, K, V.
"""
import numpy as np

from .writer import INT64, Writer

LAYERS, HEADS, WIDTH = 12, 12, 768
HEAD = WIDTH // HEADS
LOWEST = float(np.finfo(np.float32).min)


def _first(w, table, tokens, *axes):
    """The first `tokens` places of constants made for more of them, if the number is dynamic."""
    if not isinstance(tokens, str):
        return table(tokens)
    whole, end = table(512), w.shape(*[tokens] * len(axes))
    return w.op("Slice", whole, w.const([0] * len(axes)), end, w.const(axes))


def _positions(w, tokens):
    return _first(w, lambda n: w.const([range(n)]), tokens, 1)


def _split_heads(w, x, batch, tokens, perm):
    return w.op("Transpose", w.reshape(x, batch, tokens, HEADS, HEAD), perm=perm)


def _merge_heads(w, x, batch, tokens):
    return w.reshape(w.op("Transpose", x, perm=[0, 2, 1, 3]), batch, tokens, WIDTH)


def bert_base(batch, tokens=128):
    w = Writer("bert_base", opset=14)
    ids = w.input("input_ids", [batch, tokens], INT64)
    mask = w.input("attention_mask", [batch, tokens], INT64)
    types = w.input("token_type_ids", [batch, tokens], INT64)
    mask = w.op("Cast", w.op("Unsqueeze", w.op("Unsqueeze", mask, w.const([1])), w.const([2])), to=1)
    mask = w.op("Mul", w.op("Sub", w.scalar(1), mask), w.scalar(LOWEST))
    with w.scope("embeddings"):
        words = w.op("Gather", w.normal("word_embeddings.weight", (30522, WIDTH), 0.5), ids)
        kinds = w.op("Gather", w.normal("token_type_embeddings.weight", (2, WIDTH), 0.5), types)
        places = w.op("Gather", w.normal("position_embeddings.weight", (512, WIDTH), 0.5), _positions(w, tokens))
        x = w.op("Add", w.op("Add", words, kinds), places)
        x = w.layer_norm("LayerNorm", x, WIDTH, 1e-12, decomposed=True)
    for i in range(LAYERS):
        with w.scope(f"encoder.layer.{i}"):
            with w.scope("attention"):
                q = _split_heads(w, w.linear("self.query", x, WIDTH, WIDTH), batch, tokens, [0, 2, 1, 3])
                k = _split_heads(w, w.linear("self.key", x, WIDTH, WIDTH), batch, tokens, [0, 2, 3, 1])
                v = _split_heads(w, w.linear("self.value", x, WIDTH, WIDTH), batch, tokens, [0, 2, 1, 3])
                scores = w.op("Add", w.op("Div", w.op("MatMul", q, k), w.scalar(np.sqrt(HEAD))), mask)
                y = _merge_heads(w, w.op("MatMul", w.op("Softmax", scores, axis=-1), v), batch, tokens)
                y = w.op("Add", w.linear("output.dense", y, WIDTH, WIDTH), x)
                x = w.layer_norm("output.LayerNorm", y, WIDTH, 1e-12, decomposed=True)
            y = w.erf_gelu(w.linear("intermediate.dense", x, WIDTH, 4 * WIDTH))
            y = w.op("Add", w.linear("output.dense", y, 4 * WIDTH, WIDTH, gain=2), x)
            x = w.layer_norm("output.LayerNorm", y, WIDTH, 1e-12, decomposed=True)
    first = w.op("Gather", x, w.const(0), axis=1)
    w.output(x, "last_hidden_state", [batch, tokens, WIDTH])
    w.output(w.op("Tanh", w.gemm("pooler.dense", first, WIDTH, WIDTH)), "pooler_output", [batch, WIDTH])
    return w.model()


def _flat_linear(w, name, x, batch, tokens, n_in, n_out, gain=1.0):
    with w.scope(name):
        weight = w.normal("weight", (n_in, n_out), np.sqrt(gain / n_in))
        bias = w.normal("bias", (n_out,), 0.02)
        rows = -1 if isinstance(batch, str) or isinstance(tokens, str) else batch * tokens
        y = w.op("Gemm", w.reshape(x, rows, n_in), weight, bias, alpha=1.0, beta=1.0)
        return w.reshape(y, batch, tokens, n_out)


def _tanh_gelu(w, x):
    cube = w.op("Mul", w.op("Pow", x, w.scalar(3)), w.scalar(0.044715))
    inner = w.op("Tanh", w.op("Mul", w.op("Add", x, cube), w.scalar(np.sqrt(2 / np.pi))))
    return w.op("Mul", w.op("Mul", x, w.scalar(0.5)), w.op("Add", inner, w.scalar(1)))


def gpt2_small(batch, tokens=128, every=False):
    """Prefill of a prompt: the logits of its last token, or of every token, without a cache."""
    w = Writer("gpt2_small")
    vocabulary = 50257
    ids = w.input("input_ids", [batch, tokens], INT64)
    words = w.op("Gather", w.normal("wte.weight", (vocabulary, WIDTH), 0.5), ids)
    places = w.op("Gather", w.normal("wpe.weight", (1024, WIDTH), 0.2), _positions(w, tokens))
    x = w.op("Add", words, places)
    causal = _first(w, lambda n: w.const(np.tril(np.ones((1, 1, n, n))), np.bool_), tokens, 2, 3)
    for i in range(LAYERS):
        with w.scope(f"h.{i}"):
            with w.scope("attn"):
                y = w.layer_norm("ln_1", x, WIDTH)
                y = _flat_linear(w, "c_attn", y, batch, tokens, WIDTH, 3 * WIDTH)
                q, k, v = w.op("Split", y, w.const([WIDTH] * 3), outputs=3, axis=2)
                q = _split_heads(w, q, batch, tokens, [0, 2, 1, 3])
                k = _split_heads(w, k, batch, tokens, [0, 2, 3, 1])
                v = _split_heads(w, v, batch, tokens, [0, 2, 1, 3])
                scores = w.op("Div", w.op("MatMul", q, k), w.scalar(np.sqrt(HEAD)))
                scores = w.op("Where", causal, scores, w.scalar(LOWEST))
                y = _merge_heads(w, w.op("MatMul", w.op("Softmax", scores, axis=-1), v), batch, tokens)
                x = w.op("Add", _flat_linear(w, "c_proj", y, batch, tokens, WIDTH, WIDTH), x)
            with w.scope("mlp"):
                y = w.layer_norm("ln_2", x, WIDTH)
                y = _tanh_gelu(w, _flat_linear(w, "c_fc", y, batch, tokens, WIDTH, 4 * WIDTH))
                x = w.op("Add", x, _flat_linear(w, "c_proj", y, batch, tokens, 4 * WIDTH, WIDTH, gain=0.5))
    x = w.layer_norm("ln_f", x, WIDTH)
    if not every:
        last = (-1, 2**31) if isinstance(tokens, str) else (tokens - 1, tokens)
        x = w.op("Slice", x, w.const([last[0]]), w.const([last[1]]), w.const([1]))
    logits = w.op("MatMul", x, w.normal("lm_head.weight", (WIDTH, vocabulary), np.sqrt(1 / WIDTH)))
    w.output(logits, "logits", [batch, tokens if every else 1, vocabulary])
    return w.model()


def gpt2_prefill(batch):
    return gpt2_small(batch, tokens=512, every=True)


def vit_b16(batch):
    w = Writer("vit_b16")
    patches = 14 * 14
    tokens = patches + 1
    x = w.input("pixel_values", [batch, 3, 224, 224])
    with w.scope("patch_embed.proj"):
        weight = w.normal("weight", (WIDTH, 3, 16, 16), np.sqrt(1 / 768))
        bias = w.normal("bias", (WIDTH,), 0.02)
        x = w.op("Conv", x, weight, bias, kernel_shape=[16, 16], strides=[16, 16], pads=[0] * 4, group=1)
    x = w.op("Transpose", w.reshape(x, batch, WIDTH, patches), perm=[0, 2, 1])
    cls = w.op("Expand", w.normal("cls_token", (1, 1, WIDTH), 0.5), w.const([batch, 1, WIDTH]))
    x = w.op("Add", w.op("Concat", cls, x, axis=1), w.normal("pos_embed", (1, tokens, WIDTH), 0.3))
    for i in range(LAYERS):
        with w.scope(f"blocks.{i}"):
            with w.scope("attn"):
                y = w.linear("qkv", w.layer_norm("norm1", x, WIDTH, 1e-6), WIDTH, 3 * WIDTH)
                y = w.op("Transpose", w.reshape(y, batch, tokens, 3, HEADS, HEAD), perm=[2, 0, 3, 1, 4])
                q, k, v = (w.op("Gather", y, w.const(part), axis=0) for part in range(3))
                q = w.op("Mul", q, w.scalar(1 / np.sqrt(HEAD)))
                scores = w.op("MatMul", q, w.op("Transpose", k, perm=[0, 1, 3, 2]))
                y = _merge_heads(w, w.op("MatMul", w.op("Softmax", scores, axis=-1), v), batch, tokens)
                x = w.op("Add", x, w.linear("proj", y, WIDTH, WIDTH))
            with w.scope("mlp"):
                y = w.erf_gelu(w.linear("fc1", w.layer_norm("norm2", x, WIDTH, 1e-6), WIDTH, 4 * WIDTH))
                x = w.op("Add", x, w.linear("fc2", y, 4 * WIDTH, WIDTH, gain=0.5))
    x = w.op("Gather", w.layer_norm("norm", x, WIDTH, 1e-6), w.const(0), axis=1)
    w.output(w.gemm("head", x, WIDTH, 1000), "logits", [batch, 1000])
    return w.model()
