// SPDX-License-Identifier: Apache-2.0
#include "backends/cuda/copied.h"

#include "base/error.h"

namespace opentrt::cuda {

std::string whyNotCopied(const RegionView& region,
                         std::string (*whyNotWindow)(const RegionView& region, const ops::Convolution& conv)) {
    if (!packsWeights(region)) return "b is no weight";
    const Fact& x = *region.anchorInput(0);
    const int64_t step = kStepBytes / bytesOf(x.type);
    if (const auto* conv = convolution(region)) {
        if (const std::string reason = whyNotWindow(region, *conv); !reason.empty()) return reason;
        return x.shape[1].constant() % step ? "channels that are not in steps of 128 bytes" : "";
    }
    if (product(region)->a != ops::MatrixOperation::None) return "a transposed operand";
    const Dim& k = x.shape.back();
    return !k.isConstant() || k.constant() % step ? "an inner size that is not in steps of 128 bytes" : "";
}

std::shared_ptr<const ContractionParams> readContraction(const std::string& params, size_t tiles) {
    auto p = std::make_shared<ContractionParams>();
    parseFields(*p, params);
    constexpr int64_t kMostBlocks = 8;
    check(p->tile >= 0 && p->tile < static_cast<int64_t>(tiles) && p->split >= 1 && p->split <= kMostBlocks,
          "the parameters of a contraction");
    return p;
}

BoxMap mapOfWeights(DType type, int64_t k, int64_t columns, int64_t tile) {
    BoxMap map;
    map.type = type;
    const int64_t padded = paddedK(k, type);
    map.dims = {static_cast<uint64_t>(padded), static_cast<uint64_t>(columns)};
    map.strides = {static_cast<uint64_t>(padded * bytesOf(type))};
    map.box = {static_cast<uint32_t>(kStepBytes / bytesOf(type)), static_cast<uint32_t>(tile)};
    return map;
}

}  // namespace opentrt::cuda
