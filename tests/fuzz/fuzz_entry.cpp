// SPDX-License-Identifier: Apache-2.0
// What libFuzzer calls, for the target that OPENTRT_FUZZ_TARGET names. `--seeds DIR` writes the first corpus and ends.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "target.h"

namespace {

const opentrt::fuzz::Target& target() {
    return opentrt::fuzz::OPENTRT_FUZZ_TARGET();
}

}  // namespace

//! Sizes that no machine has are asked for on purpose; they shall fail as they do without a sanitizer.
extern "C" const char* __asan_default_options() {
    return "allocator_may_return_null=1:max_allocation_size_mb=2048";
}

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
    if (*count != 3 || std::string((*arguments)[1]) != "--seeds") return 0;
    size_t number = 0;
    for (const std::string& seed : target().allSeeds()) {
        std::ofstream(std::string((*arguments)[2]) + "/seed" + std::to_string(number++), std::ios::binary) << seed;
    }
    std::printf("%zu seeds\n", number);
    std::exit(0);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    target().run({reinterpret_cast<const char*>(data), size});
    return 0;
}

// Half of the time the change is one of content, else one of bytes.
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t maxSize, unsigned int seed) {
    opentrt::fuzz::Random random(seed);
    std::string bytes(reinterpret_cast<const char*>(data), size);
    bytes = random.below(2) ? target().mutate(bytes, random) : opentrt::fuzz::mutateBytes(bytes, random);
    const size_t count = std::min(bytes.size(), maxSize);
    std::memcpy(data, bytes.data(), count);
    return count;
}
