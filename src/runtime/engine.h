// SPDX-License-Identifier: Apache-2.0
// A plan made ready to run: its kernels are loaded once and shared by every context. Immutable but for a refit, during
// which nothing may run; contexts see by the generation that they have to begin anew.
#pragma once
#include <memory>
#include <vector>

#include "plan/plan.h"

namespace opentrt {

class Engine {
public:
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;
    //! Loads every kernel; throws Error when one does not fit this machine.
    //! `plugins` loads the layers of plugins; without it a plan that has some is refused.
    explicit Engine(Plan plan, const Backend* plugins = nullptr);

    ~Engine();

    //! Takes over programs and weights of the same network with other weights. After an Error it is as before.
    void refit(Plan fresh);
    //! How many refits there were.
    int64_t generation() const { return generation_; }
    //! Throws Error when the plan came without weights and was not refitted.
    void requireWeights() const;

    const Plan& plan() const { return plan_; }
    //! Where its tensors lie.
    const Device& place() const { return *place_; }
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
    static Kernels loadKernels(const Plan& plan, const Backend* plugins);
    void uploadConstants();
    void releaseConstants();

    Plan plan_;
    const Device* place_ = nullptr;
    void* weights_ = nullptr;         // on a device: all blobs in one piece
    std::vector<const void*> blobs_;  // those that programs read as values; others are null
    Kernels kernels_;
    int64_t generation_ = 0;
    int32_t inputCount_ = 0;
};

}  // namespace opentrt
