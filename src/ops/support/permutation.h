// SPDX-License-Identifier: Apache-2.0
// Permutations of dimensions: output dimension i is input dimension permutation[i].
#pragma once
#include <string>

#include "base/error.h"
#include "graph/op.h"
#include "ops/support/move.h"

namespace opentrt::ops {

inline void checkPermutation(const InferContext& c, const char* what, const std::vector<int64_t>& permutation,
                             size_t rank) {
    std::vector<bool> seen(rank, false);
    bool ok = permutation.size() == rank;
    for (int64_t axis : permutation) {
        ok = ok && axis >= 0 && axis < static_cast<int64_t>(rank) && !seen[static_cast<size_t>(axis)];
        if (ok) seen[static_cast<size_t>(axis)] = true;
    }
    if (!ok) c.fail(cat(what, " is ", permutation, " when it should hold each of the ", rank, " dimensions once"));
}

template <class Size>
std::vector<Size> permuted(const std::vector<Size>& dims, const std::vector<int64_t>& permutation) {
    std::vector<Size> out;
    for (int64_t axis : permutation) out.push_back(dims[static_cast<size_t>(axis)]);
    return out;
}

inline Tensor permuted(const Tensor& in, const std::vector<int64_t>& permutation) {
    Tensor out(in.type(), permuted(in.dims(), permutation));
    moveStrided(out, in, permuted(stridesOf(in.dims()), permutation));
    return out;
}

}  // namespace opentrt::ops
