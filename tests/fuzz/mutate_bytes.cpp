// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <cstdlib>

#include "target.h"

namespace opentrt::fuzz {

std::string mutateBytes(std::string bytes, Random& random) {
    const size_t changes = 1 + random.below(4);
    for (size_t i = 0; i < changes && !bytes.empty(); ++i) {
        const size_t at = random.below(bytes.size());
        switch (random.below(5)) {
            case 0:
                bytes.erase(at, 1 + random.below(8));
                break;
            case 1:
                bytes.insert(at, bytes.substr(at, 1 + random.below(8)));
                break;
            case 2: {
                const auto number = static_cast<uint64_t>(strangeInteger(random));
                const size_t width = size_t{1} << random.below(4);
                for (size_t k = 0; k < width && at + k < bytes.size(); ++k) {
                    bytes[at + k] = static_cast<char>(number >> (8 * k));
                }
                break;
            }
            default:
                bytes[at] = static_cast<char>(bytes[at] ^ (1U << random.below(8)));
        }
    }
    return bytes;
}

void require(bool ok, const char* what) {
    if (ok) return;
    std::fprintf(stderr, "%s\n", what);
    std::abort();
}

}  // namespace opentrt::fuzz
