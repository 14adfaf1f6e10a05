// SPDX-License-Identifier: Apache-2.0
// The backends by name. That of CUDA devices is a library of its own, loaded when it is asked for the first time, so
// that nothing else depends on a driver.
#include <cstdlib>
#include <dlfcn.h>

#include "backends/backend.h"
#include "backends/cuda/entry.h"
#include "base/error.h"
#include "base/process.h"

namespace opentrt {

namespace {

struct Cuda {
    const Backend* backend = nullptr;
    std::string whyNot;
};

Cuda loadCuda() {
    Cuda cuda;
    void* library = dlopen(cuda::kLibrary, RTLD_LAZY | RTLD_LOCAL);
    if (!library) {
        cuda.whyNot = cat("its library cannot be loaded: ", dlerror());
        return cuda;
    }
    const auto entry = reinterpret_cast<cuda::Entry*>(dlsym(library, cuda::kEntry));
    if (!entry) {
        cuda.whyNot = cat(cuda::kLibrary, " is of another version: it has no ", cuda::kEntry);
        return cuda;
    }
    cuda.backend = entry(cuda::kEntryVersion, &cpuBackend(), &cuda.whyNot);
    return cuda;
}

const Cuda& cudaOnce() {
    static const Cuda cuda = loadCuda();
    return cuda;
}

}  // namespace

const Backend* findBackend(std::string_view name) {
    for (const Backend* backend : {&cpuBackend(), &refBackend()}) {
        if (backend->name() == name) return backend;
    }
    return name == cuda::kName ? cudaOnce().backend : nullptr;
}

std::string whyNoBackend(std::string_view name) {
    return name == cuda::kName ? cudaOnce().whyNot : "there is none of this name";
}

const Backend& defaultBackend() {
    if (const char* asked = std::getenv("OPENTRT_BACKEND")) {
        const Backend* backend = findBackend(asked);
        if (backend) return *backend;
        throw Error(ErrorCode::InvalidConfig, "",
                    cat("OPENTRT_BACKEND asks for \"", asked, "\": ", whyNoBackend(asked)));
    }
    // With the runtime that runs on the CPU, the caller's pointers are host memory.
    const Backend* gpu = hasHostCudaRuntime() ? nullptr : findBackend(cuda::kName);
    return gpu ? *gpu : cpuBackend();
}

}  // namespace opentrt
