// SPDX-License-Identifier: Apache-2.0
#include "backends/cuda/tensor_map.h"

#include "backends/cuda/arguments.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

// The driver's numbers.
constexpr int kNoInterleave = 0, kSwizzle64 = 2, kSwizzle128 = 3, kPromote256 = 3, kFillZeros = 0;

int dataType(DType type) {
    switch (type) {
        case DType::I8:
        case DType::F8:
            return 0;  // any byte
        case DType::F16:
            return 6;
        case DType::F32:
            return 7;
        case DType::BF16:
            return 9;
        default:
            internalError("a tensor map of another type");
    }
}

}  // namespace

TensorMap makeTensorMap(const Machine& machine, const BoxMap& map, const void* address) {
    TensorMap result;
    const Driver& driver = machine.driver();
    const auto rank = static_cast<unsigned>(map.rank);
    void* memory = const_cast<void*>(address);
    const int swizzle = map.box[0] * bytesOf(map.type) == 64 ? kSwizzle64 : kSwizzle128;
    if (map.places == 0) {
        driver.check(
            driver.tensorMapTiled(&result, dataType(map.type), rank, memory, map.dims.data(), map.strides.data(),
                                  map.box.data(), map.steps.data(), kNoInterleave, swizzle, kPromote256, kFillZeros),
            "describing a tensor to the copy engine");
    } else {
        driver.check(
            driver.tensorMapWindows(&result, dataType(map.type), rank, memory, map.dims.data(), map.strides.data(),
                                    map.lower.data(), map.upper.data(), map.box[0], static_cast<unsigned>(map.places),
                                    map.steps.data(), kNoInterleave, swizzle, kPromote256, kFillZeros),
            "describing windows to the copy engine");
    }
    return result;
}

}  // namespace opentrt::cuda
