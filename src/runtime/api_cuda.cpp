// SPDX-License-Identifier: Apache-2.0
#include "runtime/api_cuda.h"

#include <atomic>
#include <dlfcn.h>
#include <link.h>
#include <mutex>

#include "base/error.h"
#include "base/process.h"

namespace opentrt::runtime {

namespace {

//! How many libraries this process ever loaded; asking is much cheaper than a search for one.
unsigned long long librariesLoaded() {
    unsigned long long count = 0;
    const auto first = [](dl_phdr_info* info, size_t, void* result) {
        *static_cast<unsigned long long*>(result) = info->dlpi_adds;
        return 1;  // the others say the same
    };
    dl_iterate_phdr(first, &count);
    return count;
}

template <class F>
void take(F& function, void* library, const char* name) {
    function = reinterpret_cast<F>(dlsym(library, name));
}

bool load(CudaRuntime& cuda, void* library) {
    // OpenTRT's host runtime lets a call in a stream use the runtime itself, which plugins and allocators do.
    take(cuda.launchFunction, library, "cudaHostRuntimeLaunch");
    cuda.nests = cuda.launchFunction != nullptr;
    if (!cuda.launchFunction) take(cuda.launchFunction, library, "cudaLaunchHostFunc");
    take(cuda.streamSynchronize, library, "cudaStreamSynchronize");
    take(cuda.eventRecord, library, "cudaEventRecord");
    take(cuda.streamIsCapturing, library, "cudaStreamIsCapturing");
    take(cuda.errorString, library, "cudaGetErrorString");
    return cuda.launchFunction && cuda.streamSynchronize && cuda.eventRecord && cuda.streamIsCapturing &&
           cuda.errorString;
}

}  // namespace

const CudaRuntime* CudaRuntime::find() {
    static std::atomic<const CudaRuntime*> found{nullptr};
    static std::atomic<unsigned long long> searched{0};  // libraries loaded when there was none
    if (const CudaRuntime* cuda = found) return cuda;
    const unsigned long long loaded = librariesLoaded();
    if (searched == loaded) return nullptr;
    static std::mutex mutex;
    static CudaRuntime cuda;
    const std::lock_guard lock(mutex);
    if (found || load(cuda, RTLD_DEFAULT)) return found = &cuda;
    void* library = loadedCudaRuntime();
    if (library && load(cuda, library)) return found = &cuda;
    searched = loaded;
    return nullptr;
}

void CudaRuntime::checkCall(int status, const char* call) const {
    if (status != 0) throw Error(ErrorCode::FailedExecution, "", cat(call, " failed: ", errorString(status)));
}

void CudaRuntime::launch(cudaStream_t stream, HostFunction function, void* argument) const {
    checkCall(launchFunction(stream, function, argument), "putting the inference into the stream");
}
void CudaRuntime::synchronize(cudaStream_t stream) const {
    checkCall(streamSynchronize(stream), "waiting for the stream");
}
void CudaRuntime::record(cudaEvent_t event, cudaStream_t stream) const {
    checkCall(eventRecord(event, stream), "recording the event of consumed inputs");
}
void CudaRuntime::finishNested(cudaStream_t stream) {
    const CudaRuntime* cuda = find();
    if (cuda && cuda->nests) cuda->synchronize(stream);
}
bool CudaRuntime::capturing(cudaStream_t stream) const {
    int status = 0;
    checkCall(streamIsCapturing(stream, &status), "asking whether the stream is captured");
    return status != 0;
}

}  // namespace opentrt::runtime
