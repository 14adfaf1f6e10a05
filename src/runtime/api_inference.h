// SPDX-License-Identifier: Apache-2.0
// What one inference needs, taken when it is enqueued, and the place where inferences run. The application may change
// addresses and shapes of its context as soon as an enqueue returned, so each inference carries its own; inferences
// that a captured graph may replay are kept as long as the context.
#pragma once
#include <condition_variable>
#include <list>
#include <mutex>

#include "runtime/api_debug.h"
#include "runtime/api_engine.h"
#include "runtime/context.h"

namespace opentrt::runtime {

//! Throws Error that names the tensor when its elements cannot lie at this address. Null is fine.
void requireAligned(const PlanTensor& tensor, const void* address);

class Inferences;

struct LayerTime {
    std::string name;
    float ms;
};

struct Inference {
    Inferences* owner = nullptr;
    int32_t profile = 0;
    std::vector<std::vector<int64_t>> inputDims;
    std::vector<void*> addresses;                     //!< by tensor
    std::vector<std::vector<uint8_t>> shapeContents;  //!< by input; of shape tensors, read when enqueued
    std::vector<IOutputAllocator*> allocators;        //!< by tensor
    void* arena = nullptr;
    int64_t arenaRoom = 0;  //!< as the caller said, where the caller lent it
    cudaStream_t stream = nullptr;
    std::vector<void*> auxStreams;   //!< as IExecutionContext::setAuxStreams() gave them
    cudaEvent_t consumed = nullptr;  //!< recorded by the device; null: by whoever enqueued
    bool showsSteps = false;         //!< to profiling tools
    Watch watch;
    bool timed = false;
    bool keep = false;  //!< a captured graph may run it again
};

//! The executing half of a context. Its inferences run one at a time, whatever thread a stream runs them on.
class Inferences {
public:
    Inferences(const EngineShell& engine, api::Reporter& reporter, MemorySource& memory);
    //! Waits for what streams have not yet run; captured graphs must not be launched any more.
    ~Inferences();

    //! Runs now; throws Error.
    //! Addresses that output allocators gave are left in it.
    void run(Inference& inference);
    //! The last inference once more, if it runs as one recorded piece of work; false: nothing is done.
    bool runAgain(cudaStream_t stream);
    //! Keeps the inference and puts it into the stream. Errors of the run go to the reporter and to takeError().
    void enqueue(Inference inference, cudaStream_t stream);
    //! The error of an earlier enqueued run, once.
    std::optional<Error> takeError();
    //! Layer times of the last timed run, or of the last start of what the caller recorded after it.
    std::vector<LayerTime> times();
    //! Dimensions of an output after the last run; empty before.
    std::vector<int64_t> ranDims(int32_t tensor);
    //! Asks the output allocator of a tensor; throws Error that names it.
    void* allocate(const Inference& inference, int32_t tensor, const std::vector<int64_t>& dims,
                   cudaStream_t stream) const;
    void notify(const Inference& inference, int32_t tensor, const std::vector<int64_t>& dims) const;

private:
    class Stopwatch;
    static void runInStream(void* inference);
    void runKept(Inference* inference) noexcept;
    void prepare(Inference& inference);

    const EngineShell& engine_;
    api::Reporter& reporter_;
    std::mutex running_;
    std::mutex mutex_;  // of what follows
    Context context_;
    std::condition_variable ran_;
    std::list<Inference> kept_;
    std::optional<Error> error_;
    std::shared_ptr<Stopwatch> stopwatch_;              // of the last timed run
    std::vector<std::shared_ptr<Stopwatch>> recorded_;  // their marks are in graphs of the caller
    std::vector<std::vector<int64_t>> ranDims_;
};

}  // namespace opentrt::runtime
