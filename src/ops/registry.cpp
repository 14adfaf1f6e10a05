// SPDX-License-Identifier: Apache-2.0
#include "ops/registry.h"

#include <algorithm>

#include "graph/verify.h"
#include "ops/activation.h"
#include "ops/assertion.h"
#include "ops/attention.h"
#include "ops/bit_cast.h"
#include "ops/bitwise.h"
#include "ops/cast.h"
#include "ops/concatenation.h"
#include "ops/convolution.h"
#include "ops/cumulative.h"
#include "ops/deconvolution.h"
#include "ops/dequantize.h"
#include "ops/determinant.h"
#include "ops/dynamic_quantize.h"
#include "ops/einsum.h"
#include "ops/element_wise.h"
#include "ops/expand.h"
#include "ops/fill.h"
#include "ops/fully_connected.h"
#include "ops/gather.h"
#include "ops/grid_sample.h"
#include "ops/identity.h"
#include "ops/if.h"
#include "ops/kv_cache_update.h"
#include "ops/loop.h"
#include "ops/lrn.h"
#include "ops/matrix_multiply.h"
#include "ops/nms.h"
#include "ops/non_zero.h"
#include "ops/normalization.h"
#include "ops/normalize_rows.h"
#include "ops/one_hot.h"
#include "ops/padding.h"
#include "ops/parametric_relu.h"
#include "ops/pooling.h"
#include "ops/probe.h"
#include "ops/quantize.h"
#include "ops/ragged_softmax.h"
#include "ops/recurrent.h"
#include "ops/reduce.h"
#include "ops/region.h"
#include "ops/reshape.h"
#include "ops/resize.h"
#include "ops/reverse_sequence.h"
#include "ops/roi_align.h"
#include "ops/roi_pool.h"
#include "ops/rotary_embedding.h"
#include "ops/round_float.h"
#include "ops/row_factors.h"
#include "ops/row_statistics.h"
#include "ops/scale.h"
#include "ops/scatter.h"
#include "ops/select.h"
#include "ops/shape_of.h"
#include "ops/shuffle.h"
#include "ops/slice.h"
#include "ops/softmax.h"
#include "ops/squeeze.h"
#include "ops/top_k.h"
#include "ops/transpose.h"
#include "ops/unary.h"
#include "ops/unique.h"
#include "ops/unsqueeze.h"

namespace opentrt {
namespace {

constexpr int imported = 1, canonical = 2, planned = 4;

template <class T>
constexpr OpEntry entry(int stages) {
    return {&T::kInfo, (stages & imported) != 0, (stages & canonical) != 0, (stages & planned) != 0,
            []() -> std::unique_ptr<Op> { return std::make_unique<T>(); }};
}

constexpr OpEntry kOperators[] = {
#define OPENTRT_OP(Class, stages) entry<ops::Class>(stages),
#include "ops/ops.def"
#undef OPENTRT_OP
};

}  // namespace

std::span<const OpEntry> operators() {
    return kOperators;
}

const OpEntry* findOperator(std::string_view kind) {
    const auto* found = std::find_if(std::begin(kOperators), std::end(kOperators),
                                     [&](const OpEntry& entry) { return kind == entry.info->kind; });
    return found == std::end(kOperators) ? nullptr : found;
}

std::unique_ptr<Op> makeOp(std::string_view kind) {
    const OpEntry* entry = findOperator(kind);
    return entry ? entry->make() : nullptr;
}

bool allowed(const Op& op, Stage stage) {
    const OpEntry* entry = findOperator(op.kind());
    // Operators of other rooms (plugins) are not in the table; they may stand anywhere.
    return !entry || entry->in(stage);
}

}  // namespace opentrt

//! Named on the linker's command line, so that this file is part of every program that uses the room: the graph room,
//! which comes later there, calls makeOp and allowed.
extern "C" void opentrtOperators() {}
