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
    cuda::Entry* entry = nullptr;
    cuda::CompilerEntry* compiler = nullptr;
    cuda::LibrariesEntry* libraries = nullptr;
    std::string whyNot;
};

Cuda loadCuda() {
    Cuda cuda;
    void* library = dlopen(cuda::kLibrary, RTLD_LAZY | RTLD_LOCAL);
    if (!library) {
        cuda.whyNot = cat("its library cannot be loaded: ", dlerror());
        return cuda;
    }
    cuda.entry = reinterpret_cast<cuda::Entry*>(dlsym(library, cuda::kEntry));
    cuda.compiler = reinterpret_cast<cuda::CompilerEntry*>(dlsym(library, cuda::kCompilerEntry));
    cuda.libraries = reinterpret_cast<cuda::LibrariesEntry*>(dlsym(library, cuda::kLibrariesEntry));
    if (!cuda.entry || !cuda.compiler || !cuda.libraries)
        cuda.whyNot = cat(cuda::kLibrary, " is of another version: it has no ", cuda::kEntry);
    return cuda;
}

const Cuda& cudaLibrary() {
    static const Cuda cuda = loadCuda();
    return cuda;
}

//! That of the calling thread's device.
const Backend* cudaBackend(std::string& whyNot) {
    const Cuda& cuda = cudaLibrary();
    whyNot = cuda.whyNot;
    return cuda.entry ? cuda.entry(cuda::kEntryVersion, &cpuBackend(), &whyNot) : nullptr;
}

}  // namespace

const Backend* findBackend(std::string_view name) {
    for (const Backend* backend : {&cpuBackend(), &refBackend()}) {
        if (backend->name() == name) return backend;
    }
    std::string whyNot;
    return name == cuda::kName ? cudaBackend(whyNot) : nullptr;
}

std::string whyNoBackend(std::string_view name) {
    std::string whyNot =
        cat("there is none of this name, but ", cpuBackend().name(), ", ", cuda::kName, " and ", refBackend().name());
    if (name == cuda::kName) cudaBackend(whyNot);
    return whyNot;
}

std::string cudaCompiler() {
    std::string text = cudaLibrary().whyNot;
    if (cudaLibrary().compiler) cudaLibrary().compiler(&text);
    return text;
}

std::vector<FoundLibrary> cudaLibraries() {
    std::vector<FoundLibrary> libraries;
    if (cudaLibrary().libraries) cudaLibrary().libraries(&libraries);
    return libraries;
}

const Backend& defaultBackend() {
    if (const char* asked = std::getenv("OPENTRT_BACKEND")) {
        const Backend* backend = findBackend(asked);
        if (backend) return *backend;
        throw Error(
            ErrorCode::InvalidConfig, "",
            cat("OPENTRT_BACKEND asks for \"", asked, "\": ", whyNoBackend(asked), "; unset it to take what is here"));
    }
    // With the runtime that runs on the CPU, the caller's pointers are host memory.
    const Backend* gpu = hasHostCudaRuntime() ? nullptr : findBackend(cuda::kName);
    return gpu ? *gpu : cpuBackend();
}

}  // namespace opentrt
