// SPDX-License-Identifier: Apache-2.0
// Tensor maps: how the copy engine of compute capability 9.0 sees a tensor. They hold an address, so a launch makes its
// map again when the address changes.
#pragma once
#include <array>

#include "backends/cuda/machine.h"

namespace opentrt::cuda {

//! In the driver's layout.
struct alignas(64) TensorMap {
    uint8_t bytes[128] = {};
};

//! Boxes of rows of 128 or 64 bytes, swapped as kernels read them (code/mma.cu).
struct BoxMap {
    DType type = DType::F16;
    int rank = 2;
    std::array<uint64_t, 4> dims{};             //!< innermost first, in elements
    std::array<uint64_t, 3> strides{};          //!< in bytes, of all but the innermost
    std::array<uint32_t, 4> box{};              //!< the innermost is a row
    std::array<uint32_t, 4> steps{1, 1, 1, 1};  //!< elements from one to the next
    //! Windows of an image [channels, W, H, N] instead of boxes: so many places, with these corners (of W, then H).
    int places = 0;
    std::array<int, 2> lower{}, upper{};
};

//! Throws Error(FailedExecution) with what the driver refuses.
TensorMap makeTensorMap(const Machine& machine, const BoxMap& map, const void* address);

//! An operand of a launch, so many bytes behind the tensor it is in.
class MappedOperand {
public:
    explicit MappedOperand(BoxMap map, int64_t offset = 0) : map_(map), offset_(offset) {}

    //! Makes its map again if the tensor lies elsewhere than the last time.
    void place(const Machine& machine, const void* tensor, TensorMap& to) {
        if (tensor == last_) return;
        to = makeTensorMap(machine, map_, static_cast<const char*>(tensor) + offset_);
        last_ = tensor;
    }

private:
    BoxMap map_;
    int64_t offset_;
    const void* last_ = nullptr;
};

}  // namespace opentrt::cuda
