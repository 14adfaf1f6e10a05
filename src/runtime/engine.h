// SPDX-License-Identifier: Apache-2.0
// A plan made ready to run: its kernels are loaded once and shared by every context. Immutable but for a refit, during
// which nothing may run; contexts see by the generation that they have to begin anew.
#pragma once
#include <memory>
#include <vector>

#include "plan/plan.h"
#include "runtime/weight_stream.h"

namespace opentrt {

//! A device's own memory.
class PlainMemory final : public MemorySource {
public:
    explicit PlainMemory(const Device& device) : device_(device) {}
    void* allocate(int64_t bytes) override { return device_.allocate(bytes); }
    void release(void* memory) override { device_.release(memory); }

private:
    const Device& device_;
};

class Engine {
public:
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;
    //! Loads every kernel; throws Error when one does not fit this machine. A plan that streams weights does so in
    //! makeReady(), when it is known how much of them may lie on the device.
    //! `plugins` loads the layers of plugins; without it a plan that has some is refused.
    //! What it keeps on a device comes from `memory`; null: the device's own.
    explicit Engine(Plan plan, const Backend* plugins = nullptr, std::shared_ptr<MemorySource> memory = nullptr);

    ~Engine();

    //! Before the first context is made, and after a change of the budget.
    void makeReady();
    //! Bytes of weights that may stay on the host; 0: none may.
    int64_t streamableBytes() const { return bytesOf(streamable_); }
    int64_t weightBudget() const { return weightBudget_; }
    //! How many of them may lie on the device all the time. There must be no context.
    void setWeightBudget(int64_t bytes);
    //! What does not, and what contexts need for it; with another budget, if wanted.
    const std::vector<StreamedStep>& streamed() const { return streamed_; }
    int64_t scratchBytesAt(int64_t budget) const { return scratchBytes(beyondBudget(streamable_, budget)); }
    //! Of a streamed step of the network: a kernel that reads its weights at this address.
    std::shared_ptr<const Kernel> kernelOver(size_t step, void* at) const;

    //! Takes over programs and weights of the same network with other weights. After an Error it is as before, unless
    //! weights are streamed: what they would lie beside is let go first.
    void refit(Plan fresh);
    //! How many refits there were.
    int64_t generation() const { return generation_; }
    //! Throws Error when the plan came without weights and was not refitted, or streams them and is not ready.
    void requireWeights() const;

    const Plan& plan() const { return plan_; }
    //! Where its tensors lie.
    const Device& place() const { return *place_; }
    const std::shared_ptr<MemorySource>& memory() const { return memory_; }
    //! A weight, there.
    const void* blob(int32_t index) const { return blobs_[static_cast<size_t>(index)]; }
    //! `variant`: 0 the step's own, k PlanStep::variants[k - 1].
    const Kernel* kernel(int32_t program, size_t step, size_t variant) const {
        return kernels_[static_cast<size_t>(program)][step][variant].get();
    }
    //! The point of the profile whose sizes are nearest to these; -1 when there is none.
    int32_t nearestPoint(int32_t profile, const SymbolValues& sizes) const;
    //! Index in Plan::tensors, or -1.
    int32_t tensorIndex(std::string_view name) const;
    int32_t inputCount() const { return inputCount_; }

private:
    using Kernels = std::vector<std::vector<std::vector<std::shared_ptr<const Kernel>>>>;  // by program, step, variant
    Kernels loadKernels(const Plan& plan, const Backend* plugins, const std::vector<StreamedStep>& streamed) const;
    void chooseStreamed();
    void keepStreamed();
    void uploadConstants();
    void releaseConstants();

    Plan plan_;
    const Backend* backend_ = nullptr;
    const Device* place_ = nullptr;
    std::shared_ptr<MemorySource> memory_;
    void* weights_ = nullptr;         // on a device: all blobs in one piece
    std::vector<const void*> blobs_;  // those that programs read as values; others are null
    Kernels kernels_;
    std::vector<StreamedStep> streamable_, streamed_;
    int64_t weightBudget_ = 0;
    std::shared_ptr<void> host_;  // the weights of streamed steps
    bool isReady_ = false;
    int64_t generation_ = 0;
    int32_t inputCount_ = 0;
};

}  // namespace opentrt
