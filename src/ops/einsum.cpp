// SPDX-License-Identifier: Apache-2.0
#include "ops/einsum.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "ops/support/check.h"
#include "ops/support/einsum_plan.h"
#include "ops/support/index.h"
#include "ops/support/numbers.h"

namespace opentrt::ops {

void Einsum::infer(InferContext& c) const {
    requireType(c, 0, kRealsAndInts);
    std::vector<int64_t> ranks;
    for (int i = 0; i < c.inputCount(); ++i) {
        requireSameType(c, 0, i);
        ranks.push_back(c.rank(i));
    }
    const EinsumPlan plan = parseEinsum(equation, ranks);
    if (!plan.problem.empty()) c.fail(plan.problem);
    std::map<int, Dim> sizes;
    for (int i = 0; i < c.inputCount(); ++i) {
        const auto& labels = plan.inputs[static_cast<size_t>(i)];
        for (size_t axis = 0; axis < labels.size(); ++axis) {
            const Dim& dim = c.shape(i)[axis];
            const auto [entry, isNew] = sizes.emplace(labels[axis], dim);
            const auto common = broadcast(entry->second, dim);
            if (!common)
                c.fail(cat("dimension ", axis, " of input ", i, " is ", dim, " when its label stands for ",
                           entry->second, " in '", equation, "'"));
            entry->second = *common;
        }
    }
    Shape out;
    for (int label : plan.output) out.push_back(sizes.at(label));
    c.output(0, c.type(0), out);
}

void Einsum::eval(EvalContext& c) const {
    std::vector<int64_t> ranks;
    for (int i = 0; i < c.inputCount(); ++i) ranks.push_back(c.input(i).rank());
    const EinsumPlan plan = parseEinsum(equation, ranks);
    std::map<int, int64_t> sizes;
    for (int i = 0; i < c.inputCount(); ++i) {
        const auto& labels = plan.inputs[static_cast<size_t>(i)];
        for (size_t axis = 0; axis < labels.size(); ++axis) {
            const int64_t dim = c.input(i).dims()[axis];
            int64_t& size = sizes.emplace(labels[axis], dim).first->second;
            if (dim != size && dim != 1 && size != 1)
                c.fail(cat("a label of '", equation, "' stands for ", size, " and ", dim));
            size = size == 1 ? dim : size;
        }
    }
    // The output's labels first, then those that are summed.
    EinsumLabels order = plan.output;
    for (const auto& entry : sizes) {
        if (std::find(order.begin(), order.end(), entry.first) == order.end()) order.push_back(entry.first);
    }
    std::vector<int64_t> all;
    for (int label : order) all.push_back(sizes.at(label));
    const auto split = all.begin() + static_cast<std::ptrdiff_t>(plan.output.size());
    Tensor& out = c.output(0, {all.begin(), split});
    const int64_t summed = volumeOf({split, all.end()});
    if (out.count() == 0 || summed == 0) return;

    Odometer at(all);
    for (int i = 0; i < c.inputCount(); ++i) {
        const auto& labels = plan.inputs[static_cast<size_t>(i)];
        const auto own = stridesOf(c.input(i).dims());
        std::vector<int64_t> strides(order.size(), 0);
        for (size_t axis = 0; axis < labels.size(); ++axis) {
            const auto place = static_cast<size_t>(std::find(order.begin(), order.end(), labels[axis]) - order.begin());
            if (c.input(i).dims()[axis] != 1) strides[place] += own[axis];
        }
        at.track(std::move(strides));
    }
    withArithmetic(out.type(), [&](auto zero) {
        using T = decltype(zero);
        std::vector<std::vector<T>> data;
        for (int i = 0; i < c.inputCount(); ++i) data.push_back(load<T>(c.input(i)));
        std::vector<T> sums(static_cast<size_t>(out.count()), zero);
        for (T& sum : sums) {
            for (int64_t k = 0; k < summed; ++k, at.next()) {
                T product = 1;
                for (size_t i = 0; i < data.size(); ++i) product *= data[i][static_cast<size_t>(at.offset(i))];
                sum += product;
            }
        }
        store(out, sums);
    });
}

double Einsum::flops(const std::vector<const Fact*>& inputs, const std::vector<const Fact*>&) const {
    std::vector<int64_t> ranks;
    for (const Fact* fact : inputs) ranks.push_back(static_cast<int64_t>(fact->shape.size()));
    const EinsumPlan plan = parseEinsum(equation, ranks);
    std::map<int, double> sizes;
    for (size_t i = 0; i < plan.inputs.size(); ++i) {
        for (size_t axis = 0; axis < plan.inputs[i].size(); ++axis) {
            double& size = sizes[plan.inputs[i][axis]];
            size = std::max(size, roughSize(inputs[i]->shape[axis]));
        }
    }
    double count = static_cast<double>(inputs.size());
    for (const auto& entry : sizes) count *= entry.second;
    return count;
}

}  // namespace opentrt::ops
