// SPDX-License-Identifier: Apache-2.0
// One stream of inferences: input shapes, addresses and activation memory, by tensor index (inputs first, then outputs,
// as in Plan::tensors). The public IExecutionContext is a shell around this. Not thread safe; contexts of one engine
// are independent of each other.
#pragma once
#include <functional>
#include <optional>

#include "runtime/executor.h"

namespace opentrt {

//! Throws Error that names a shape tensor with an element out of the profile's range, if the profile has one.
void requireValues(const PlanTensor& tensor, const ProfileRange& range, int32_t profile, const void* contents);

class Context {
public:
    Context(const Engine& engine, MemorySource& memory);

    const Engine& engine() const { return engine_; }
    int32_t profile() const { return profile_; }
    //! Forgets the input shapes. Throws Error when there is no such profile.
    void setProfile(int32_t profile);

    //! Throws Error that names the input, the dimension and the profile's range.
    void setInputDims(int32_t input, const std::vector<int64_t>& dims);
    //! Current dimensions; for outputs those that the inputs determine, -1 elsewhere; -1 for inputs not yet given.
    std::vector<int64_t> dims(int32_t tensor) const;
    //! Throws Error as requireValues() for the shape tensors that have an address.
    void checkValues() const;
    //! The most bytes that an output can have at the current shapes; -1 when nothing bounds it.
    int64_t mostBytes(int32_t output) const;
    //! Activation memory at the current shapes, at most arenaBytes(profile()).
    int64_t arenaBytesNow() const;
    //! Names of inputs whose shape, or contents if they are shape tensors, are still needed.
    std::vector<std::string> missing() const;

    void setAddress(int32_t tensor, void* address) { addresses_[static_cast<size_t>(tensor)] = address; }
    void* address(int32_t tensor) const { return addresses_[static_cast<size_t>(tensor)]; }
    //! Called during run() for this output when its size is known and it has no address.
    void setAllocator(int32_t output, std::function<void*(const std::vector<int64_t>& dims, int64_t bytes)> allocator);

    //! Activation memory lent by the user: arenaBytes(profile()) bytes, 64-byte aligned.
    void setArena(void* memory) { executor().setArena(memory); }
    int64_t arenaBytes(int32_t profile) const { return executor().arenaBytes(profile); }
    void setStream(void* stream);
    //! For the lanes of the plan beside the stream; those that are null or missing are the context's own.
    void setAuxStreams(std::vector<void*> streams) { auxStreams_ = std::move(streams); }
    void setWatcher(TensorWatcher* watcher);
    //! Recorded on the device when the inputs of a run are not read any more; null: none.
    void setConsumedEvent(void* event) { consumed_ = event; }
    void showSteps(bool shown) { executor().showSteps(shown); }

    //! Binds kernels to the current shapes, so that the next run() only launches.
    void prepare();
    //! Puts the inference into the stream; on the host it is done on return. Throws Error naming the tensor without a
    //! shape or address.
    void run(StepObserver* observer = nullptr);
    //! The same inference as the last run() once more, in another stream if wanted, at the cost of starting one
    //! recording. False: it was not run so, or the stream is recorded by the caller; nothing is done then.
    bool runAgain(void* stream);
    //! Of an input, as setInputDims() or the profile gave them.
    const std::optional<std::vector<int64_t>>& givenDims(int32_t input) const {
        return inputDims_[static_cast<size_t>(input)];
    }

private:
    //! A new one after a refit, whose steps may be others.
    Executor& executor() const;
    SymbolValues symbols(bool withContents) const;
    void addElements(int32_t input, SymbolValues& symbols) const;
    const ProfileRange& rangeOf(int32_t input) const;
    void checkRange(int32_t input, const std::vector<int64_t>& dims) const;
    struct Staged {
        void* host;
        const void* device;
        int64_t bytes;
    };
    bool isStaged(int32_t tensor) const;
    bool replays(const std::vector<const void*>& in, const std::vector<void*>& out, bool observed) const;
    Replay::Key replayKey(const std::vector<const void*>& in, const std::vector<void*>& out) const;
    std::vector<Staged> stageAll(std::vector<const void*>& in, std::vector<void*>& out);
    void* stage(int32_t tensor, int64_t bytes);

    const Engine& engine_;
    mutable std::unique_ptr<Executor> executor_;
    mutable int64_t generation_ = -1;  // of the engine, for which the executor was made
    int32_t profile_ = 0;
    std::vector<std::optional<std::vector<int64_t>>> inputDims_;
    std::vector<void*> addresses_;
    std::vector<std::function<void*(const std::vector<int64_t>&, int64_t)>> allocators_;
    std::vector<std::vector<int64_t>> ranDims_;  // of outputs, after the last run
    MemorySource& memory_;
    void* stream_ = nullptr;
    std::vector<void*> auxStreams_;
    void* consumed_ = nullptr;
    bool isWatched_ = false;
    mutable Replay replay_;
    mutable Recording* last_ = nullptr;           // in replay_: what the last run() started
    std::vector<std::unique_ptr<Block>> staged_;  // by tensor: on the device, while the caller's copy is on the host
};

}  // namespace opentrt
