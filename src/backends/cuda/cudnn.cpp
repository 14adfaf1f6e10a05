// SPDX-License-Identifier: Apache-2.0
#include "backends/cuda/cudnn.h"

#include <array>
#include <cstdlib>

#include "backends/cuda/library.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

struct Loaded {
    Cudnn library;
    std::string whyNot;
};

Loaded load() {
    const LibrarySearch search{
        "OPENTRT_CUDNN", {"libcudnn.so.9"}, {"nvidia/cudnn/lib/libcudnn.so.9"}, "nvidia-cudnn-cu13"};
    Loaded loaded;
    void* library = openLibrary(search, &loaded.whyNot);
    if (!library) return loaded;
    const auto take = [&](auto& member, const char* symbol) {
        void* function = functionOf(library, symbol, search, &loaded.whyNot);
        member = reinterpret_cast<std::remove_reference_t<decltype(member)>>(function);
    };
#define OPENTRT_CUDNN_TAKE(result, member, symbol, parameters) take(loaded.library.member, symbol);
    OPENTRT_CUDNN_FUNCTIONS(OPENTRT_CUDNN_TAKE)
#undef OPENTRT_CUDNN_TAKE
    return loaded;
}

}  // namespace

const Cudnn* findCudnn(std::string* whyNot) {
    static std::mutex mutex;
    static std::map<std::string, Loaded> known;
    const char* asked = std::getenv("OPENTRT_CUDNN");
    const std::lock_guard lock(mutex);
    const auto [at, isNew] = known.try_emplace(asked ? asked : "");
    if (isNew) at->second = load();
    *whyNot = at->second.whyNot;
    return whyNot->empty() ? &at->second.library : nullptr;
}

std::string cudnnVersion(int64_t number) {
    return cat(number / 10000, ".", number / 100 % 100, ".", number % 100);
}

void Cudnn::check(int status, const char* what) const {
    if (status == 0) return;
    // A library may find out late that it has no kernel, or that one cannot be compiled.
    const bool isOfUse = status / 1000 == 3 || status / 1000 == 4;
    std::array<char, 1024> said{};
    lastError(said.data(), said.size());
    throw Error(isOfUse ? ErrorCode::Unsupported : ErrorCode::FailedExecution, "",
                cat(what, " by cuDNN: ", statusText(status), said[0] ? ": " : "", said.data()));
}

}  // namespace opentrt::cuda
