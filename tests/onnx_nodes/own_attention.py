# SPDX-License-Identifier: Apache-2.0
"""Further cases of com.microsoft: attention over shared buffers, of beams, and without padding; rotations."""
import numpy as np

from own_cases import RANDOM, apart, attention, case, normal, real, softmax, together, typed


def shared_buffers():
    heads, size, room, kept = 2, 4, 6, 3
    q, k, v = (real(2, 1, heads * size) for _ in range(3))
    old_k, old_v = real(2, heads, room, size), real(2, heads, room, size)
    written = [np.concatenate([old[:, :, :kept], apart(new, heads), old[:, :, kept + 1:]], 2)
               for old, new in ((old_k, k), (old_v, v))]
    seen = [b[:, :, :kept + 1] for b in written]
    length = np.array([kept], np.int32)
    yield case("decoder_masked_shared", "DecoderMaskedMultiHeadAttention",
               [q, k, v, None, None, old_k, old_v, length], [attention(apart(q, heads), *seen), *written], num_heads=heads,
               past_present_share_buffer=1)
    mask, bias = np.array([[0, 1, 1, 1], [1, 1, 1, 1]], np.int32), real(3 * heads * size)
    parts = [apart(x + b, heads) for x, b in zip((q, k, v), np.split(bias, 3))]
    joined = [np.concatenate([old[:, :, :kept], new], 2) for old, new in zip((old_k, old_v), parts[1:])]
    hidden = np.where(mask[:, None, None] > 0, 0, -np.inf)
    yield case("decoder_masked", "DecoderMaskedMultiHeadAttention",
               [q, k, v, mask, None, old_k[:, :, :kept], old_v[:, :, :kept], None, None, None, bias],
               [attention(parts[0], *joined, hidden), *joined], num_heads=heads)
    other_k, other_v = real(2, heads, 5, size), real(2, heads, 5, size)
    yield case("decoder_masked_cross", "DecoderMaskedMultiHeadAttention", [q, other_k, other_v],
               [attention(apart(q, heads), other_k, other_v)], num_heads=heads)
    row = np.concatenate([q, k, v], 2)
    plain = [np.concatenate([old[:, :, :kept], apart(new, heads)], 2) for old, new in ((old_k, k), (old_v, v))]
    yield case("decoder_masked_row", "DecoderMaskedMultiHeadAttention",
               [row, None, None, None, None, old_k[:, :, :kept], old_v[:, :, :kept]],
               [attention(apart(q, heads), *plain), *plain], num_heads=heads)
    # One item of two beams, whose earlier positions came from either.
    origin = RANDOM.randint(0, 2, (1, 2, room)).astype(np.int32)
    mixed = [np.stack([np.stack([b[origin[0, beam, at] if at < kept else beam, :, at] for at in range(kept + 1)], 1)
                       for beam in range(2)]) for b in written]
    yield case("decoder_masked_beams", "DecoderMaskedMultiHeadAttention",
               [q, k, v, None, None, old_k, old_v, length, np.array([2], np.int32), origin],
               [attention(apart(q, heads), *mixed), *written], num_heads=heads, past_present_share_buffer=1)
    x, weights, all_bias = real(2, 1, 8), real(8, 24), real(24)
    q, k, v = (apart(p, heads) for p in np.split(x @ weights + all_bias, 3, -1))
    past = np.stack([old_k, old_v])
    after = [np.concatenate([old[:, :, :kept], new, old[:, :, kept + 1:]], 2) for old, new in ((old_k, k), (old_v, v))]
    result = [attention(q, *(b[:, :, :kept + 1] for b in after)), np.stack(after)]
    yield case("decoder_masked_self", "DecoderMaskedSelfAttention", [x, weights, all_bias, None, past, None, length], result,
               (1, 2), num_heads=heads, past_present_share_buffer=1)
    yield case("attention_shared", "Attention", [x, weights, all_bias, None, past, None, length], result, (1, 2),
               num_heads=heads, past_present_share_buffer=1)
    queries, keys, values = real(2, 3, 8), real(2, 5, 8), real(2, 5, 8)
    split = [apart(p, heads) for p in (queries, keys, values)]
    scores = split[0] @ split[1].transpose(0, 1, 3, 2) / 2
    yield case("multi_head_attention_products", "MultiHeadAttention", [queries, keys, values],
               [attention(*split), None, None, scores], num_heads=heads)


def without_padding():
    counts, room, width, heads = np.array([1, 2, 4], np.int32), 4, 8, 2
    inside = np.arange(room) < counts[:, None]
    places = np.arange(3 * room)
    offset = np.concatenate([places[inside.ravel()], places[~inside.ravel()]]).reshape(3, room).astype(np.int32)
    ends = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    padded = real(3, room, width)
    tokens = padded[inside]
    yield case("remove_padding", "RemovePadding", [padded, counts],
               [tokens, offset, ends, np.array([counts.max()], np.int32)])
    yield case("restore_padding", "RestorePadding", [tokens, offset], [np.where(inside[..., None], padded, 0)])
    lists = [real(len(tokens), width) for _ in range(3)]
    bias, extra = real(3 * width), real(1, heads, room, room)

    def by_sequence(q, k, v, added=None):
        parts = []
        for i in range(3):
            one = [apart(x[None, ends[i]:ends[i + 1]], heads) for x in (q, k, v)]
            n = counts[i]
            parts.append(attention(*one, 0.0 if added is None else added[:, :, :n, :n])[0])
        return np.concatenate(parts)

    biased = [x + b for x, b in zip(lists, np.split(bias, 3))]
    yield case("packed_multi_head_attention", "PackedMultiHeadAttention", [*lists, bias, offset, ends, extra],
               [by_sequence(*biased, extra)], num_heads=heads)
    one = np.stack([x.reshape(-1, heads, width // heads) for x in lists], 2)
    yield case("packed_multi_head_attention_one", "PackedMultiHeadAttention", [one, None, None, None, offset, ends],
               [by_sequence(*lists)], num_heads=heads)
    weights = real(width, 3 * width)
    made = np.split(tokens @ weights + bias, 3, -1)
    yield case("packed_attention", "PackedAttention", [tokens, weights, bias, offset, ends], [by_sequence(*made)], (1, 2),
               num_heads=heads)


def rotations():
    size, room = 16, 12
    angle = real(room, size // 2)
    cosines, sines = np.cos(angle), np.sin(angle)
    x, places = real(2, 3, 2 * size), RANDOM.randint(0, room, (3, 2, 3))

    def turned(x, c, s):
        a, b = np.split(x, 2, -1)
        return np.concatenate([a * c - b * s, b * c + a * s], -1)

    for layout, share in ((0, [3, 3, 2]), (1, [4, 2, 2])):
        source = [0] * share[0] + [1] * share[1] + [2] * share[2] if layout == 0 else \
            [i % 3 if i < 3 * share[i % 3] and i % 3 else 0 for i in range(size // 2)]
        c, s = (np.stack([cache[places[stream], i] for i, stream in enumerate(source)], -1)[:, None]
                for cache in (cosines, sines))
        yield case(f"m_rotary_embedding_{layout}", "MRotaryEmbedding", [x, places, cosines, sines],
                   [together(turned(apart(x, 2), c, s))], num_heads=2, mrope_section=share, mrope_layout=layout)
    angles, q, half_q, k, half_k = real(2, 3, 8), *(real(2, 2, 3, 8) for _ in range(4))
    c, s = np.cos(angles)[:, None], np.sin(angles)[:, None]
    yield case("gemma_rotary_embedding", "GemmaRotaryEmbedding", [angles, q, half_q, k, half_k],
               [q * c + half_q * s, k * c + half_k * s])


def grouped():
    """What GroupQueryAttention has learned since: sinks, norms of heads, places, looks at the scores, no causality."""
    heads, fewer, size, kept = 4, 2, 16, 3
    q, k, v = real(1, 1, heads * size), real(1, 1, fewer * size), real(1, 1, fewer * size)
    old_k, old_v = real(1, fewer, kept, size), real(1, fewer, kept, size)
    length, total = np.array([kept], np.int32), np.array(kept + 1, np.int32)
    keys, values = (np.concatenate([old, apart(new, fewer)], 2) for old, new in ((old_k, k), (old_v, v)))
    wide_k, wide_v = (np.repeat(x, heads // fewer, 1) for x in (keys, values))

    def with_sink(queries, k, v, sink, hidden=0.0):
        scores = queries @ k.transpose(0, 1, 3, 2) / np.sqrt(size) + hidden
        column = np.broadcast_to(np.asarray(sink).reshape(1, -1, 1, 1), (*scores.shape[:2], scores.shape[2], 1))
        weights = softmax(np.concatenate([scores, column], -1))[..., :-1]
        return together(weights @ v), scores, weights

    inputs = [q, k, v, old_k, old_v, length, total]
    counts = dict(num_heads=heads, kv_num_heads=fewer)
    sink = real(heads)
    y, scores, weights = with_sink(apart(q, heads), wide_k, wide_v, sink)
    yield case("group_query_attention_sink", "GroupQueryAttention", [*inputs, None, None, None, None, sink],
               [y, keys, values], (5, 6, 11), **counts)
    y, scores, weights = with_sink(apart(q, heads), wide_k, wide_v, np.zeros(heads))
    yield case("group_query_attention_smooth", "GroupQueryAttention", inputs, [y, keys, values], (5, 6), smooth_softmax=1,
               **counts)
    y, scores, weights = with_sink(apart(q, heads), wide_k, wide_v, np.full(heads, -np.inf))
    for stage, seen in ((1, scores), (2, weights)):
        yield case(f"group_query_attention_seen_{stage}", "GroupQueryAttention", inputs, [y, keys, values, seen], (5, 6),
                   qk_output=stage, **counts)
    long_q, long_k, long_v = real(1, 4, heads * size), real(1, 4, fewer * size), real(1, 4, fewer * size)
    prompt = [long_q, long_k, long_v, None, None, np.array([3], np.int32), np.array(4, np.int32)]
    yield case("group_query_attention_both_ways", "GroupQueryAttention", prompt,
               [attention(apart(long_q, heads), apart(long_k, fewer), apart(long_v, fewer)), apart(long_k, fewer),
                apart(long_v, fewer)], (5, 6), causal=0, **counts)
    norm_q, norm_k = real(size), real(size)
    fresh = normal(apart(k, fewer), norm_k, None, 1e-6)
    joined = np.concatenate([old_k, fresh], 2)
    yield case("group_query_attention_norms", "GroupQueryAttention", [*inputs, *[None] * 7, norm_q, norm_k],
               [attention(normal(apart(q, heads), norm_q, None, 1e-6), joined, values), joined, values], (5, 6), **counts)
    angle = real(12, size // 2)
    cosines, sines = np.cos(angle), np.sin(angle)

    def turned(x, place):
        a, b = np.split(x, 2, -1)
        return np.concatenate([a * cosines[place] - b * sines[place], b * cosines[place] + a * sines[place]], -1)

    joined = np.concatenate([old_k, turned(apart(k, fewer), 7)], 2)
    yield case("group_query_attention_places", "GroupQueryAttention", [*inputs, cosines, sines, np.array([[7]])],
               [attention(turned(apart(q, heads), 7), joined, values), joined, values], (5, 6), do_rotary=1, **counts)


def cases():
    return typed((shared_buffers, without_padding, rotations, grouped))
