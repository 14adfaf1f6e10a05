// SPDX-License-Identifier: Apache-2.0
#include "backends/cuda/target.h"

#include <sstream>

#include "base/error.h"

namespace opentrt::cuda {

std::string Target::arch() const {
    const bool own = sm == 90 || sm == 100 || sm == 120;
    return cat("sm_", sm, own ? "a" : "");
}

std::string str(const Target& t) {
    return cat("cuda sm_", t.sm, " multiprocessors=", t.multiprocessors, " shared=", t.sharedPerBlock,
               " sharedAll=", t.sharedPerMultiprocessor, " l2=", t.l2Bytes, " ", t.model);
}

Target parseTarget(const std::string& text) {
    Target t;
    std::istringstream words(text);
    std::string kind, sm;
    words >> kind >> sm;
    bool good = kind == "cuda" && sm.rfind("sm_", 0) == 0;
    const auto number = [&](const std::string& word, const char* name, auto& value) {
        const std::string prefix = cat(name, "=");
        std::istringstream rest(word.rfind(prefix, 0) == 0 ? word.substr(prefix.size()) : std::string("?"));
        good = good && static_cast<bool>(rest >> value) && value > 0;
    };
    number(good ? cat("sm=", sm.substr(3)) : "", "sm", t.sm);
    std::string word;
    for (auto& [name, value] : {std::pair{"multiprocessors", &t.multiprocessors},
                                {"shared", &t.sharedPerBlock},
                                {"sharedAll", &t.sharedPerMultiprocessor},
                                {"l2", &t.l2Bytes}}) {
        words >> word;
        number(word, name, *value);
    }
    std::getline(words >> std::ws, t.model);
    if (!good) {
        throw Error(ErrorCode::InvalidArgument, "",
                    cat("\"", text, "\" describes no CUDA device; expected \"",
                        str(Target{90, 132, 232448, 233472, 62914560, "NVIDIA H200"}), "\""));
    }
    return t;
}

}  // namespace opentrt::cuda
