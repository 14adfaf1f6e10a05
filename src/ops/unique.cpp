// SPDX-License-Identifier: Apache-2.0
#include "ops/unique.h"

#include <algorithm>
#include <map>

#include "ops/support/check.h"
#include "ops/support/index.h"

namespace opentrt::ops {

void Unique::infer(InferContext& c) const {
    requireRankAtLeast(c, 0, 1);
    const auto at = static_cast<size_t>(c.axis(axis, c.rank(0)));
    Shape shape = c.shape(0);
    const Dim all = shape[at];
    shape[at] = c.dataDependentSize(0, static_cast<int>(at), all);
    c.output(1, DType::I64, {shape[at]});
    c.output(2, DType::I64, {all});
    c.output(3, DType::I64, {shape[at]});
    c.output(0, c.type(0), std::move(shape));
}

void Unique::eval(EvalContext& c) const {
    const Tensor& x = c.input(0);
    const auto split = splitAt(x.dims(), normalizedAxis(axis, x.rank()));
    struct Group {
        int64_t first;
        int64_t count;
    };
    std::map<std::vector<double>, size_t> numbers;
    std::vector<Group> groups;
    std::vector<size_t> groupOf;
    for (int64_t i = 0; i < split.size; ++i) {
        std::vector<double> slice;
        for (int64_t o = 0; o < split.outer; ++o) {
            for (int64_t n = 0; n < split.inner; ++n) slice.push_back(x.get(split.at(o, i, n)));
        }
        const auto [found, fresh] = numbers.emplace(std::move(slice), groups.size());
        if (fresh) groups.push_back({i, 0});
        ++groups[found->second].count;
        groupOf.push_back(found->second);
    }
    std::vector<size_t> order;  // groups in the order of the output
    for (const auto& entry : numbers) order.push_back(entry.second);
    if (!sorted) std::sort(order.begin(), order.end());
    std::vector<int64_t> rank(groups.size());
    for (size_t i = 0; i < order.size(); ++i) rank[order[i]] = static_cast<int64_t>(i);

    auto dims = x.dims();
    const auto count = static_cast<int64_t>(groups.size());
    dims[static_cast<size_t>(normalizedAxis(axis, x.rank()))] = count;
    Tensor& y = c.output(0, dims);
    Tensor &first = c.output(1, {count}), &inverse = c.output(2, {split.size}), &counts = c.output(3, {count});
    const AxisSplit to{split.outer, count, split.inner};
    for (int64_t i = 0; i < count; ++i) {
        const Group& group = groups[order[static_cast<size_t>(i)]];
        first.setInt(i, group.first);
        counts.setInt(i, group.count);
        for (int64_t o = 0; o < split.outer; ++o) {
            for (int64_t n = 0; n < split.inner; ++n) {
                const int64_t from = split.at(o, group.first, n), place = to.at(o, i, n);
                isFloat(x.type()) ? y.set(place, x.get(from)) : y.setInt(place, x.getInt(from));
            }
        }
    }
    for (size_t i = 0; i < groupOf.size(); ++i) inverse.setInt(static_cast<int64_t>(i), rank[groupOf[i]]);
}

}  // namespace opentrt::ops
