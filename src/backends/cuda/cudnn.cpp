// SPDX-License-Identifier: Apache-2.0
#include "backends/cuda/cudnn.h"

#include <array>

#include "backends/cuda/library.h"
#include "base/error.h"

namespace opentrt::cuda {

const Cudnn* findCudnn(std::string* whyNot) {
    static const LibrarySearch search{
        "OPENTRT_CUDNN", {"libcudnn.so.9"}, {"nvidia/cudnn/lib/libcudnn.so.9"}, "nvidia-cudnn-cu13"};
    return findLibrary<Cudnn>(
        search,
        [](auto& table, const FunctionTaker& take) {
#define OPENTRT_CUDNN_TAKE(result, member, symbol, parameters) take(table.member, symbol);
            OPENTRT_CUDNN_FUNCTIONS(OPENTRT_CUDNN_TAKE)
#undef OPENTRT_CUDNN_TAKE
        },
        whyNot);
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
