// SPDX-License-Identifier: Apache-2.0
#include "api/host_memory.h"

#include <cstdlib>
#include <new>

namespace opentrt::api {

HostMemory::HostMemory(size_t size) : size_(size) {
    constexpr size_t kAlignment = 64;
    const size_t rounded = (size + kAlignment - 1) / kAlignment * kAlignment;
    bytes_.reset(static_cast<uint8_t*>(std::aligned_alloc(kAlignment, rounded ? rounded : kAlignment)), std::free);
    if (!bytes_) throw std::bad_alloc();
    mImpl = this;
}

}  // namespace opentrt::api
