// SPDX-License-Identifier: Apache-2.0
#include "backends/cuda/copied.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/parallel.h"

namespace opentrt::cuda {

namespace {

//! Channels of an image, inner size of a product.
const Dim& innerOf(const RegionView& region) {
    const Shape& x = region.anchorInput(0)->shape;
    return convolution(region) ? x[1] : x.back();
}

bool isInStepsOf(const RegionView& region, int64_t bytes) {
    const Dim& inner = innerOf(region);
    return inner.isConstant() && inner.constant() % (bytes / bytesOf(region.anchorInput(0)->type)) == 0;
}

}  // namespace

std::string whyNotWholeSteps(const RegionView& region, int64_t bytes) {
    return isInStepsOf(region, bytes) ? "" : cat("an inner size that is not in steps of ", bytes, " bytes");
}

std::string whyNotCopied(const RegionView& region,
                         std::string (*whyNotWindow)(const RegionView& region, const ops::Convolution& conv)) {
    if (!packsWeights(region)) return "b is no weight";
    if (!isInStepsOf(region, kPieceBytes)) return "an inner size that is not in steps of 16 bytes";
    if (const auto* conv = convolution(region)) return whyNotWindow(region, *conv);
    return product(region)->a == ops::MatrixOperation::None ? "" : "a transposed operand";
}

void checkContraction(const ContractionParams& p, size_t tiles) {
    constexpr int64_t kMostBlocks = 8;
    const auto isSize = [](int64_t d) { return d > 0 && d <= INT32_MAX; };
    const bool isWindow = p.kernel.size() >= 3 && p.kernel.size() <= 5 &&
                          std::all_of(p.kernel.begin(), p.kernel.end(), isSize) && p.groups > 0 &&
                          p.kernel[0] % p.groups == 0;
    check((!p.image || isWindow) && p.tile >= 0 && p.tile < static_cast<int64_t>(tiles) && p.split >= 1 &&
              p.split <= kMostBlocks && p.extras.size() <= kMostExtras &&
              (p.rowBytes == kStepBytes || p.rowBytes == kStepBytes / 2),
          "the parameters of a contraction");
}

Tensor inOrderOfSums(const Tensor& packed, int64_t span) {
    const int64_t rows = packed.dims()[0], pitch = packed.bytes() / std::max<int64_t>(rows, 1);
    Tensor ordered(packed.type(), {(rows + span - 1) / span * span, packed.dims()[1]});
    const auto* from = static_cast<const char*>(packed.data());
    auto* to = static_cast<char*>(ordered.mutableData());
    constexpr int64_t kTogether = 1 << 17;  // bytes that a thread copies at least
    parallelFor(ordered.dims()[0], kTogether / std::max<int64_t>(pitch, 1) + 1, [&](int64_t begin, int64_t end) {
        for (int64_t n = begin; n < end; ++n) {
            const int64_t inside = n % span, eighth = inside / 8, thread = inside % 8 / 2;
            const int64_t column = n - inside + thread * (span / 4) + eighth * 2 + inside % 2;
            if (column < rows) std::memcpy(to + n * pitch, from + column * pitch, static_cast<size_t>(pitch));
        }
    });
    return ordered;
}

BoxMap mapOfMatrix(DType type, int64_t rows, int64_t columns, int64_t tile, int64_t bytes) {
    BoxMap map;
    map.type = type;
    map.dims = {static_cast<uint64_t>(columns), static_cast<uint64_t>(rows)};
    map.strides = {static_cast<uint64_t>(columns * bytesOf(type))};
    map.box = {static_cast<uint32_t>(bytes / bytesOf(type)), static_cast<uint32_t>(tile)};
    return map;
}

BoxMap mapOfWeights(DType type, int64_t k, int64_t columns, int64_t tile, int64_t bytes) {
    return mapOfMatrix(type, columns, paddedK(k, type), tile, bytes);
}

}  // namespace opentrt::cuda
