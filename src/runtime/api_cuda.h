// SPDX-License-Identifier: Apache-2.0
// The CUDA runtime of the process, found at run time: the library does not link one, because programs that never touch
// streams need none. With a runtime, work is put into streams; without, it runs at once.
#pragma once
#include "NvInferRuntime.h"

namespace opentrt::runtime {

struct CudaRuntime {
    using HostFunction = void (*)(void*);

    //! Null when the process has no CUDA runtime. Looked up again as long as none was found.
    static const CudaRuntime* find();

    //! Puts a call into the stream; throws Error.
    void launch(cudaStream_t stream, HostFunction function, void* argument) const;
    void synchronize(cudaStream_t stream) const;
    void record(cudaEvent_t event, cudaStream_t stream) const;
    bool capturing(cudaStream_t stream) const;
    //! From within work that runs on the stream: waits for what was put into it meanwhile. Does nothing without a
    //! runtime, or with one that does not allow this.
    static void finishNested(cudaStream_t stream);

    int (*launchFunction)(cudaStream_t, HostFunction, void*) = nullptr;
    int (*streamSynchronize)(cudaStream_t) = nullptr;
    int (*eventRecord)(cudaEvent_t, cudaStream_t) = nullptr;
    int (*streamIsCapturing)(cudaStream_t, int*) = nullptr;
    const char* (*errorString)(int) = nullptr;
    bool nests = false;  //!< work in a stream may use the runtime itself

private:
    void checkCall(int status, const char* call) const;
};

}  // namespace opentrt::runtime
