// SPDX-License-Identifier: Apache-2.0
// Which backend a thread gets: that of its current device, or, with OPENTRT_CUDA_TARGET, one that builds for a device
// that is described there and need not be here.
#include <cstdlib>
#include <map>
#include <mutex>

#include "backends/cuda/cublaslt.h"
#include "backends/cuda/cuda_backend.h"
#include "backends/cuda/cudnn.h"
#include "backends/cuda/entry.h"
#include "backends/cuda/library.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

//! Throws for a device that is older than the kernels.
const Target& requireSupported(const Target& target) {
    constexpr int kOldest = 80;
    if (target.sm >= kOldest) return target;
    throw Error(ErrorCode::Unsupported, "",
                cat(target.model, " has compute capability ", target.sm / 10, ".", target.sm % 10,
                    ", when the kernels need 8.0 or later"));
}

//! One device.
struct Site {
    Site(const Driver& driver, int ordinal, const Backend& host) : machine(driver, ordinal) {
        requireSupported(machine.target());
        backend = makeBackend(machine, host);
    }
    Machine machine;
    std::unique_ptr<Backend> backend;
};

//! Of the thread's current context; without one the first device, as with the CUDA runtime.
int currentDevice(const Driver& driver) {
    ContextHandle context = nullptr;
    int ordinal = 0;
    if (driver.contextGet(&context) != 0 || !context || driver.contextDevice(&ordinal) != 0) return 0;
    return ordinal;
}

const Backend& backendOf(const Driver& driver, int ordinal, const Backend& host) {
    static std::mutex mutex;
    static std::map<int, std::unique_ptr<Site>> sites;
    const std::lock_guard lock(mutex);
    auto& site = sites[ordinal];
    if (!site) site = std::make_unique<Site>(driver, ordinal, host);
    return *site->backend;
}

const Backend& describedBackend(const char* description, const Backend& host) {
    static const std::unique_ptr<Backend> backend = makeBackend(requireSupported(parseTarget(description)), host);
    return *backend;
}

const Backend* find(int version, const Backend* host, std::string* whyNot) {
    if (version != kEntryVersion) {
        *whyNot = cat("its library has interface ", kEntryVersion, " when ", version, " is needed");
        return nullptr;
    }
    try {
        if (const char* described = std::getenv("OPENTRT_CUDA_TARGET")) return &describedBackend(described, *host);
        const Driver* driver = findDriver(whyNot);
        return driver ? &backendOf(*driver, currentDevice(*driver), *host) : nullptr;
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

extern "C" __attribute__((visibility("default"))) void opentrtCudaCompiler(std::string* text) {
    *text = opentrt::cuda::compilerText();
}

extern "C" __attribute__((visibility("default"))) void opentrtCudaLibraries(
    std::vector<opentrt::FoundLibrary>* libraries) {
    namespace cuda = opentrt::cuda;
    opentrt::FoundLibrary lt{"cuBLASLt", {}, {}}, dnn{"cuDNN", {}, {}};
    if (const cuda::CublasLt* library = cuda::findCublasLt(&lt.whyNot))
        lt.version = cuda::versionText(static_cast<int64_t>(library->version()));
    if (const cuda::Cudnn* library = cuda::findCudnn(&dnn.whyNot))
        dnn.version = cuda::versionText(static_cast<int64_t>(library->version()));
    libraries->push_back(std::move(lt));
    libraries->push_back(std::move(dnn));
}
