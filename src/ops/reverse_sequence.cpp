// SPDX-License-Identifier: Apache-2.0
#include "ops/reverse_sequence.h"

#include "base/error.h"
#include "ops/support/check.h"
#include "ops/support/move.h"

namespace opentrt::ops {

void ReverseSequence::infer(InferContext& c) const {
    requireRankAtLeast(c, 0, 2);
    requireIndices(c, 1, 1);
    const int64_t batch = c.axis(batchAxis, c.rank(0));
    if (batch == c.axis(sequenceAxis, c.rank(0))) c.fail(cat("batch axis and sequence axis are both ", batch));
    requireSame(c, "number of sequence lengths", c.shape(1)[0], c.shape(0)[static_cast<size_t>(batch)]);
    c.output(0, c.type(0), c.shape(0));
}

void ReverseSequence::eval(EvalContext& c) const {
    const Tensor& x = c.input(0);
    const auto batch = static_cast<size_t>(normalizedAxis(batchAxis, x.rank()));
    const auto sequence = static_cast<size_t>(normalizedAxis(sequenceAxis, x.rank()));
    const auto lengths = c.input(1).toInts();
    for (int64_t length : lengths) {
        if (length < 0 || length > x.dims()[sequence])
            c.fail(cat("sequence length is ", length, " when it should be between 0 and ", x.dims()[sequence]));
    }
    const auto strides = stridesOf(x.dims());
    Odometer at(x.dims());
    moveElements(c.output(0, x.dims()), x, [&](int64_t i) {
        const int64_t length = lengths[static_cast<size_t>(at.at()[batch])], place = at.at()[sequence];
        at.next();
        return place < length ? i + (length - 1 - 2 * place) * strides[sequence] : i;
    });
}

}  // namespace opentrt::ops
