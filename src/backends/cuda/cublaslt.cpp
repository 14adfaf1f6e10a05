// SPDX-License-Identifier: Apache-2.0
#include "backends/cuda/cublaslt.h"

#include "backends/cuda/library.h"
#include "base/error.h"

namespace opentrt::cuda {

const CublasLt* findCublasLt(std::string* whyNot) {
    static const LibrarySearch search{"OPENTRT_CUBLASLT",
                                      {"libcublasLt.so.13", "libcublasLt.so.12", "libcublasLt.so"},
                                      {"nvidia/cu13/lib/libcublasLt.so.13", "nvidia/cublas/lib/libcublasLt.so.12"},
                                      "nvidia-cublas"};
    return findLibrary<CublasLt>(
        search,
        [](auto& table, const FunctionTaker& take) {
#define OPENTRT_CUBLASLT_TAKE(result, member, symbol, parameters) take(table.member, symbol);
            OPENTRT_CUBLASLT_FUNCTIONS(OPENTRT_CUBLASLT_TAKE)
#undef OPENTRT_CUBLASLT_TAKE
        },
        whyNot);
}

void CublasLt::check(int status, const char* what) const {
    constexpr int kNotSupported = 15;
    if (status == 0) return;
    throw Error(status == kNotSupported ? ErrorCode::Unsupported : ErrorCode::FailedExecution, "",
                cat(what, " by cuBLASLt: ", statusText(status)));
}

LtDevice::LtDevice(const Machine& machine) : machine(machine) {
    library = findCublasLt(&whyNot);
    if (!library) return;
    machine.makeCurrent();
    const int status = library->create(&handle);
    if (status == 0) return;
    whyNot = cat("cuBLASLt ", versionText(static_cast<int64_t>(library->version())),
                 " does not start on this device: ", library->statusText(status));
    library = nullptr;
}

}  // namespace opentrt::cuda
