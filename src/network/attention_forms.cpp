// SPDX-License-Identifier: Apache-2.0
#include "network/attention_forms.h"

#include <limits>

#include "ops/gather.h"
#include "ops/reduce.h"
#include "ops/reshape.h"
#include "ops/scatter.h"
#include "ops/select.h"
#include "ops/squeeze.h"

namespace opentrt::network {

namespace {

using Operation = ops::ElementWiseOperation;

//! Where each token of one flat sequence belongs: its item, its place in it, and the item's length. All [tokens], i64.
struct Tokens {
    ValueId item, place, length;
};

ValueId pick(Composer& c, ValueId data, ValueId indices) {
    return c.make<ops::Gather>("pick", {data, indices}, int64_t{0});
}

ValueId one(Composer& c) {
    return c.integers("one", {1});
}

//! Token i is of the last item whose offset is at most i. Tokens behind the last offset are of an item that is not
//! there.
Tokens packedTokens(Composer& c, ValueId x, ValueId offsets) {
    offsets = c.cast(offsets, DType::I64);
    const ValueId index = c.range(c.dims(x, {0}));
    const ValueId next = c.binary("next", Operation::Sum, index, one(c));
    const ValueId begun = c.binary("begun", Operation::Greater, c.unsqueeze(next, {1}), c.unsqueeze(offsets, {0}));
    const ValueId counted = c.make<ops::Reduce>("counted", {c.cast(begun, DType::I64)}, ops::ReduceOperation::Sum,
                                                std::vector<int64_t>{1}, false);
    const ValueId item = c.binary("item", Operation::Sub, counted, one(c)), start = pick(c, offsets, item);
    return {item, c.binary("place", Operation::Sub, index, start),
            c.binary("length", Operation::Sub, pick(c, offsets, counted), start)};
}

//! Of [B, heads, S, D] flattened to B*S tokens. `lengths` may be left out.
Tokens paddedTokens(Composer& c, ValueId x, ValueId lengths) {
    const ValueId size = c.dims(x, {2});
    const ValueId index = c.range(c.binary("tokens", Operation::Prod, c.dims(x, {0}), size));
    const ValueId item = c.binary("item", Operation::FloorDiv, index, size);
    const ValueId place = c.binary("place", Operation::Mod, index, size);
    const ValueId zero = c.integers("zero", {0});
    const ValueId length =
        lengths.valid() ? pick(c, c.cast(lengths, DType::I64), item)
                        : c.binary("length", Operation::Sum, size, c.binary("zeros", Operation::Prod, index, zero));
    return {item, place, length};
}

//! Which keys each query sees, [B,1,queries,keys], from values that broadcast to that.
ValueId visible(Composer& c, ops::CausalMask causal, const Tokens& q, const Tokens& k) {
    ValueId seen = c.binary("within", Operation::Less, k.place, k.length);
    if (causal == ops::CausalMask::None) return seen;
    ValueId row = q.place, column = k.place;
    if (causal == ops::CausalMask::LowerRight) {  // counted from the ends
        row = c.binary("row", Operation::Sub, row, q.length);
        column = c.binary("column", Operation::Sub, column, k.length);
    }
    const ValueId reach = c.binary("reach", Operation::Sum, row, c.unsqueeze(one(c), {0, 1, 2}));
    return c.binary("visible", Operation::And, seen, c.binary("before", Operation::Less, column, reach));
}

//! The user's mask where a key is visible, nothing elsewhere.
ValueId combine(Composer& c, ValueId seen, ValueId mask) {
    if (!mask.valid()) return seen;
    if (c.type(mask) == DType::Bool) return c.binary("mask", Operation::And, seen, mask);
    const ValueId never =
        c.constant("never", Tensor::of<double>(c.type(mask), {1, 1, 1, 1}, {-std::numeric_limits<double>::infinity()}));
    return c.make<ops::Select>("mask", {seen, mask, never});
}

//! [B, H, S, D] becomes one item, [1, H, B*S, D].
ValueId flatten(Composer& c, ValueId x) {
    const Shape shape = c.shape(x);
    if (!shape[1].isConstant() || !shape[3].isConstant()) {
        throw Error(ErrorCode::InvalidArgument, c.layer(),
                    cat("a padded input beside a packed one has dimensions ", str(shape),
                        " when its number of heads and head size should be known at build time"));
    }
    return c.reshape(c.transpose(x, {1, 0, 2, 3}), {1, shape[1].constant(), -1, shape[3].constant()});
}

//! [tokens, H, D] becomes [1, H, tokens, D].
ValueId lift(Composer& c, ValueId x, const char* what) {
    if (c.rank(x) != 3) {
        throw Error(
            ErrorCode::InvalidArgument, c.layer(),
            cat("the packed ", what, " has rank ", c.rank(x), " when it should be 3: tokens, heads, head size"));
    }
    return c.unsqueeze(c.transpose(x, {1, 0, 2}), {0});
}

ValueId plain(Graph& graph, Composer& c, const AttentionParts& p) {
    std::vector<ValueId> inputs{p.query, p.key, p.value, p.mask, p.quantizeScale};
    while (!inputs.back().valid()) inputs.pop_back();
    return graph.add(p.op.clone(), std::move(inputs), c.layer());
}

void requireOffsets(Composer& c, ValueId lengths, const char* what) {
    if (lengths.valid()) return;
    throw Error(ErrorCode::InvalidArgument, c.layer(),
                cat("the packed ", what, " has no offsets; give them with set", what[0] == 'q' ? "Query" : "KeyValue",
                    "Lengths"));
}

//! Padded sequences whose keys end early.
ValueId withLengths(Graph& graph, Composer& c, AttentionParts p) {
    const auto places = [&](ValueId x, std::vector<int64_t> axes) {
        return c.unsqueeze(c.range(c.dims(x, {2})), std::move(axes));
    };
    Tokens q, k;
    q.place = places(p.query, {0, 1, 3});
    q.length = c.unsqueeze(c.dims(p.query, {2}), {0, 1, 3});
    k.place = places(p.key, {0, 1, 2});
    k.length = c.unsqueeze(c.cast(p.keyLengths, DType::I64), {1, 2, 3});
    p.mask = combine(c, visible(c, p.op.causal, q, k), p.mask);
    p.op.causal = ops::CausalMask::None;
    return plain(graph, c, p);
}

}  // namespace

ValueId addAttention(Graph& graph, Composer& c, const AttentionParts& parts) {
    if (parts.mask.valid() && parts.op.causal != ops::CausalMask::None) {
        throw Error(ErrorCode::InvalidArgument, c.layer(),
                    "the attention has a mask and is causal; put the causal part into the mask");
    }
    if (!parts.packedQuery && !parts.packedKeys)
        return parts.keyLengths.valid() ? withLengths(graph, c, parts) : plain(graph, c, parts);
    if (parts.mask.valid()) {
        throw Error(ErrorCode::Unsupported, c.layer(), "a mask is not supported when sequences are packed");
    }
    AttentionParts p = parts;
    if (p.packedQuery) requireOffsets(c, p.queryLengths, "query");
    if (p.packedKeys) requireOffsets(c, p.keyLengths, "key and value");
    Tokens q = p.packedQuery ? packedTokens(c, p.query, p.queryLengths) : paddedTokens(c, p.query, {});
    Tokens k = p.packedKeys ? packedTokens(c, p.key, p.keyLengths) : paddedTokens(c, p.key, p.keyLengths);
    for (ValueId* v : {&q.item, &q.place, &q.length}) *v = c.unsqueeze(*v, {0, 1, 3});
    for (ValueId* v : {&k.item, &k.place, &k.length}) *v = c.unsqueeze(*v, {0, 1, 2});
    p.query = p.packedQuery ? lift(c, p.query, "query") : flatten(c, p.query);
    p.key = p.packedKeys ? lift(c, p.key, "key") : flatten(c, p.key);
    p.value = p.packedKeys ? lift(c, p.value, "value") : flatten(c, p.value);
    p.mask = c.binary("mask", Operation::And, c.binary("same", Operation::Equal, q.item, k.item),
                      visible(c, p.op.causal, q, k));
    p.op.causal = ops::CausalMask::None;
    const ValueId out = plain(graph, c, p);
    if (p.packedQuery) {
        return c.make<ops::Squeeze>("tokens", {c.transpose(out, {0, 2, 1, 3})}, std::vector<int64_t>{0});
    }
    const ValueId sizes = c.concatenate("sizes", {c.dims(parts.query, {1, 0, 2}), c.dims(out, {3})}, 0);
    return c.transpose(c.make<ops::Reshape>("items", {out, sizes}), {1, 0, 2, 3});
}

ValueId addPackedCacheUpdate(Composer& c, ValueId cache, ValueId update, ValueId positions, ValueId offsets) {
    if (c.rank(update) != 3) {
        throw Error(
            ErrorCode::InvalidArgument, c.layer(),
            cat("the packed update has rank ", c.rank(update), " when it should be 3: tokens, heads, head size"));
    }
    const Tokens tokens = packedTokens(c, update, offsets);
    const ValueId first = pick(c, c.cast(positions, DType::I64), tokens.item);
    const ValueId room = c.dims(cache, {2});
    const ValueId end = c.binary("end", Operation::Sum, first, tokens.length);
    const ValueId fits = c.binary("fits", Operation::Less, end, c.binary("limit", Operation::Sum, room, one(c)));
    const ValueId place =
        c.make<ops::Select>("place", {fits, c.binary("at", Operation::Sum, first, tokens.place), room});
    auto scatter = std::make_unique<ops::Scatter>();
    scatter->mode = ops::ScatterMode::Nd;  // places outside the cache are ignored
    const ValueId at = c.concatenate("at", {c.unsqueeze(tokens.item, {1}), c.unsqueeze(place, {1})}, 1);
    const ValueId written = c.add("written", std::move(scatter), {c.transpose(cache, {0, 2, 1, 3}), at, update});
    return c.transpose(written, {0, 2, 1, 3});
}

}  // namespace opentrt::network
