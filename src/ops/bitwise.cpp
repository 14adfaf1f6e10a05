// SPDX-License-Identifier: Apache-2.0
#include "ops/bitwise.h"

#include "ops/support/check.h"
#include "ops/support/index.h"

namespace opentrt::ops {

void Bitwise::infer(InferContext& c) const {
    requireType(c, 0, std::array{DType::I8, DType::U8, DType::I32, DType::I64});
    requireSameType(c, 0, 1);
    c.output(0, c.type(0), broadcastInputs(c, 0, 2));
}

void Bitwise::eval(EvalContext& c) const {
    const Tensor &a = c.input(0), &b = c.input(1);
    const auto rank = static_cast<size_t>(a.rank());
    std::vector<int64_t> dims;
    for (size_t i = 0; i < rank; ++i) dims.push_back(a.dims()[i] == 1 ? b.dims()[i] : a.dims()[i]);
    Tensor& out = c.output(0, dims);
    const auto stepsA = broadcastStrides(a.dims(), rank), stepsB = broadcastStrides(b.dims(), rank);
    int64_t i = 0;
    forEachIndex(dims, [&](const auto& at) {
        const int64_t x = a.getInt(dot(at, stepsA)), y = b.getInt(dot(at, stepsB));
        const int64_t both = operation == BitwiseOperation::And  ? x & y
                             : operation == BitwiseOperation::Or ? x | y
                                                                 : x ^ y;
        out.setInt(i++, both);
    });
}

}  // namespace opentrt::ops
