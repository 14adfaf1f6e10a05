// SPDX-License-Identifier: Apache-2.0
#include "ops/support/reshape_rule.h"

#include <optional>

#include "base/error.h"
#include "graph/dim_limits.h"
#include "ops/support/check.h"
#include "ops/support/elements.h"
#include "ops/support/permutation.h"

namespace opentrt::ops {
namespace {

//! Product of all sizes but one; the wildcard's own place counts as 1.
Dim productWithout(const Shape& sizes, size_t skipped) {
    Dim out = 1;
    for (size_t i = 0; i < sizes.size(); ++i) {
        if (i != skipped) out = out * sizes[i];
    }
    return out;
}

Dim quotient(const InferContext& c, const Shape& from, const Dim& others) {
    const Dim total = volume(from);
    if (others.isConstant() && others.constant() == 0)
        c.fail("a -1 in the reshape dimensions cannot be computed beside a dimension of 0");
    if (total.isConstant() && others.isConstant() && total.constant() % others.constant() != 0)
        c.fail(cat("dimensions ", str(from), " have volume ", total, ", which is no multiple of ", others,
                   ", the product of the reshape dimensions beside -1"));
    return Dim::floorDiv(total, others);
}

//! The dimension that an entry copies, -1 for none; `problem` says why it cannot.
int64_t copiedAxis(int64_t entry, size_t place, size_t rank, ReshapeSpecials specials, std::string& problem) {
    if (entry >= 0 && !(entry == 0 && specials.zero)) return -1;
    if (entry == -1) return -1;
    const int64_t axis = entry == 0 ? static_cast<int64_t>(place) : -2 - entry;
    if (entry < -1 && !specials.copies)
        problem = cat("reshape dimension ", place, " is ", entry);
    else if (axis >= static_cast<int64_t>(rank))
        problem = cat("reshape dimension ", place, " copies dimension ", axis, " of a tensor of rank ", rank);
    return axis;
}

}  // namespace

Shape reshapedShape(const InferContext& c, const Shape& from, const std::vector<Dim>& entries,
                    ReshapeSpecials specials) {
    Shape out = entries;
    std::optional<size_t> wildcard;
    for (size_t i = 0; i < out.size(); ++i) {
        if (!out[i].isConstant()) continue;
        const int64_t entry = out[i].constant();
        std::string problem;
        const int64_t copied = copiedAxis(entry, i, from.size(), specials, problem);
        if (!problem.empty()) c.fail(problem);
        if (copied >= 0) out[i] = from[static_cast<size_t>(copied)];
        if (entry != -1) continue;
        if (wildcard) c.fail(cat("reshape dimensions ", str(entries), " hold -1 more than once"));
        wildcard = i;
    }
    if (wildcard) {
        out[*wildcard] = quotient(c, from, productWithout(out, *wildcard));
        return out;
    }
    // An element of a shape input may turn out to be -1 or 0 in the run.
    const auto isOpen = [&](size_t i) { return !entries[i].isConstant() && !nonNegative(entries[i]); };
    std::vector<Dim> sizes = out;
    for (size_t i = 0; i < out.size() && specials.zero; ++i) {
        if (isOpen(i) && i < from.size()) sizes[i] = Dim::select(Dim::equal(entries[i], 0), from[i], entries[i]);
    }
    for (size_t i = 0; i < out.size(); ++i) {
        if (!isOpen(i)) continue;
        const Dim rest = Dim::floorDiv(volume(from), productWithout(sizes, i));
        out[i] = Dim::select(Dim::equal(entries[i], -1), rest, sizes[i]);
    }
    if (differ(volume(from), volume(out)))
        c.fail(cat("dimensions ", str(from), " of volume ", volume(from), " cannot be reshaped to ", str(out),
                   " of volume ", volume(out)));
    return out;
}

Shape reshapedByInput(InferContext& c, const Shape& from, int input, ReshapeSpecials specials,
                      const std::vector<int64_t>& after) {
    const int64_t rank = knownRank(c, input);
    if (const auto entries = c.elements(input)) {
        try {
            return reshapedShape(c, from, *entries, specials);
        } catch (const DimTooLarge&) {  // then only the data tell
        }
    }
    if (after.empty()) return shapeFromInput(c, input, 0);
    checkPermutation(c, "second transpose", after, static_cast<size_t>(rank));
    Shape out(static_cast<size_t>(rank));
    for (size_t i = 0; i < out.size(); ++i)
        out[static_cast<size_t>(after[i])] = c.dataDependentSize(0, static_cast<int>(i), kAnySize);
    return out;
}

std::vector<int64_t> reshapedDims(const EvalContext& c, const std::vector<int64_t>& from,
                                  const std::vector<int64_t>& entries, ReshapeSpecials specials) {
    auto out = entries;
    size_t wildcard = entries.size();
    for (size_t i = 0; i < out.size(); ++i) {
        std::string problem;
        const int64_t copied = copiedAxis(entries[i], i, from.size(), specials, problem);
        if (!problem.empty()) c.fail(problem);
        if (copied >= 0) out[i] = from[static_cast<size_t>(copied)];
        if (entries[i] != -1) continue;
        if (wildcard < entries.size()) c.fail(cat("reshape dimensions ", entries, " hold -1 more than once"));
        wildcard = i;
        out[i] = 1;
    }
    const int64_t total = volumeOf(from), others = volumeOf(out);
    if (wildcard < entries.size()) {
        if (others == 0 || total % others != 0) c.fail(cat("dimensions ", from, " cannot be reshaped to ", entries));
        out[wildcard] = total / others;
    } else if (others != total) {
        c.fail(cat("dimensions ", from, " of volume ", total, " cannot be reshaped to ", out, " of volume ", others));
    }
    return out;
}

}  // namespace opentrt::ops
