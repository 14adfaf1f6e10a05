// SPDX-License-Identifier: Apache-2.0
#include "base/process.h"

#include <dlfcn.h>

namespace opentrt {

void* loadedCudaRuntime() {
    for (const char* name : {"libcudart.so.13", "libcudart.so.12", "libcudart.so.11.0", "libcudart.so"}) {
        if (void* library = dlopen(name, RTLD_NOLOAD | RTLD_LAZY)) return library;
    }
    return nullptr;
}

bool hasHostCudaRuntime() {
    constexpr const char* kOurs = "cudaHostRuntimeLaunch";
    if (dlsym(RTLD_DEFAULT, kOurs)) return true;
    void* runtime = loadedCudaRuntime();
    return runtime && dlsym(runtime, kOurs);
}

}  // namespace opentrt
