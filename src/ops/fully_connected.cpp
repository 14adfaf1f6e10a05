// SPDX-License-Identifier: Apache-2.0
#include "ops/fully_connected.h"

#include "base/error.h"
#include "ops/support/check.h"
#include "ops/support/numbers.h"

namespace opentrt::ops {

void FullyConnected::infer(InferContext& c) const {
    requireType(c, 0, kReals);
    requireSameType(c, 0, 1);
    requireRankAtLeast(c, 0, 3);
    const Shape& x = c.shape(0);
    const Dim features = volume({x.end() - 3, x.end()});
    if (outputMaps >= 0) {
        const Dim expected = features * outputMaps;
        if (differ(volume(c.shape(1)), expected))
            c.fail(cat("kernel weights count is ", volume(c.shape(1)), " when it should be ", expected, ", ",
                       outputMaps, " outputs of ", features, " inputs"));
    }
    requireRank(c, 1, 2);
    requireSame(c, "number of columns of the kernel", c.shape(1)[1], features);
    const Dim& maps = c.shape(1)[0];
    if (outputMaps >= 0) requireSame(c, "number of rows of the kernel", maps, outputMaps);
    if (c.has(2)) {
        requireSameType(c, 0, 2);
        requireRank(c, 2, 1);
        requireSame(c, "bias weights count", c.shape(2)[0], maps);
    }
    Shape out(x.begin(), x.end() - 3);
    out.insert(out.end(), {maps, 1, 1});
    c.output(0, c.type(0), out);
}

void FullyConnected::eval(EvalContext& c) const {
    const Tensor &x = c.input(0), &kernel = c.input(1);
    std::vector<int64_t> dims(x.dims().begin(), x.dims().end() - 3);
    const int64_t rows = volumeOf(dims), maps = kernel.dims()[0], features = kernel.dims()[1];
    if (rows * features != x.count()) c.fail(cat("input ", x.dims(), " does not fit kernel ", kernel.dims()));
    dims.insert(dims.end(), {maps, 1, 1});
    const auto data = x.toDoubles(), weights = kernel.toDoubles();
    std::vector<double> sums;
    for (int64_t row = 0; row < rows; ++row) {
        for (int64_t map = 0; map < maps; ++map) {
            double sum = c.has(2) ? c.input(2).get(map) : 0;
            for (int64_t i = 0; i < features; ++i)
                sum += data[static_cast<size_t>(row * features + i)] * weights[static_cast<size_t>(map * features + i)];
            sums.push_back(sum);
        }
    }
    store(c.output(0, dims), sums);
}

double FullyConnected::flops(const std::vector<const Fact*>& inputs, const std::vector<const Fact*>& outputs) const {
    return 2 * roughVolume(outputs[0]->shape) * roughSize(inputs[1]->shape[1]);
}

}  // namespace opentrt::ops
