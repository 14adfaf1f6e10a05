// SPDX-License-Identifier: Apache-2.0
#include "backends/cuda/cuda_backend.h"
#include "backends/cuda/entry.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

const Backend* find(int version, const Backend* host, std::string* whyNot) {
    if (version != kEntryVersion) {
        *whyNot = cat("its library has interface ", kEntryVersion, " when ", version, " is needed");
        return nullptr;
    }
    const Driver* driver = findDriver(whyNot);
    if (!driver) return nullptr;
    try {
        static const Machine machine(*driver, 0);
        static const std::unique_ptr<Backend> backend = makeBackend(machine, *host);
        return backend.get();
    } catch (const std::exception& error) {
        *whyNot = error.what();
        return nullptr;
    }
}

}  // namespace

}  // namespace opentrt::cuda

extern "C" __attribute__((visibility("default"))) const opentrt::Backend* opentrtCudaBackend(
    int version, const opentrt::Backend* host, std::string* whyNot) {
    return opentrt::cuda::find(version, host, whyNot);
}
