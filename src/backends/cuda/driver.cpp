// SPDX-License-Identifier: Apache-2.0
#include "backends/cuda/driver.h"

#include <dlfcn.h>

#include "base/error.h"

namespace opentrt::cuda {

namespace {

constexpr Status kOutOfMemory = 2;

struct Found {
    Driver table;
    std::string whyNot;
};

Found load() {
    Found found;
    void* library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        found.whyNot = cat("no CUDA driver (", dlerror(),
                           "); install NVIDIA's driver for CUDA 12 or later, or give the container access to the GPU");
        return found;
    }
    std::string missing;
    const auto take = [&](auto& member, const char* symbol) {
        member = reinterpret_cast<std::remove_reference_t<decltype(member)>>(dlsym(library, symbol));
        if (!member) missing += cat(missing.empty() ? "" : ", ", symbol);
    };
#define OPENTRT_DRIVER_TAKE(member, symbol, parameters) take(found.table.member, symbol);
    OPENTRT_DRIVER_FUNCTIONS(OPENTRT_DRIVER_TAKE)
#undef OPENTRT_DRIVER_TAKE
    if (!missing.empty()) {
        found.whyNot = cat("the CUDA driver is too old: it has no ", missing, "; a driver for CUDA 12 is needed");
        return found;
    }
    int devices = 0;
    Status status = found.table.init(0);
    if (status == 0) status = found.table.deviceCount(&devices);
    if (status != 0) {
        const char* text = "unknown error";
        found.table.errorText(status, &text);
        found.whyNot = cat("the CUDA driver does not start: ", text, "; nvidia-smi may say more");
    } else if (devices == 0) {
        found.whyNot = "the CUDA driver sees no device; CUDA_VISIBLE_DEVICES may hide it";
    }
    return found;
}

}  // namespace

void Driver::check(Status status, const char* call) const {
    if (status == 0) return;
    const char *symbol = "error", *text = "unknown";
    errorName(status, &symbol);
    errorText(status, &text);
    throw Error(status == kOutOfMemory ? ErrorCode::FailedAllocation : ErrorCode::FailedExecution, "",
                cat(call, " failed: ", text, " (", symbol, ")"));
}

const Driver* findDriver(std::string* whyNot) {
    static const Found found = load();
    if (whyNot) *whyNot = found.whyNot;
    return found.whyNot.empty() ? &found.table : nullptr;
}

}  // namespace opentrt::cuda
