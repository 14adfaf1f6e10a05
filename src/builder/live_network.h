// SPDX-License-Identifier: Apache-2.0
// A whole network on its device while it is built, with memory for what goes in and out, to be run and measured. What
// cannot be recorded, as networks of data-dependent sizes, is not ready for that.
#pragma once
#include <map>
#include <optional>

#include "runtime/executor.h"
#include "tune/tuner.h"

namespace opentrt {

class LiveNetwork {
public:
    //! `program`: 0, or another one of the plan that does the same.
    LiveNetwork(const Graph& graph, std::shared_ptr<Engine> engine, const TuneRequest& request, int32_t program = 0);

    bool isReady() const { return executor_.isReplayable(); }
    //! Where the plan has the layer; nothing for what was dropped or shares its name.
    std::optional<size_t> step(NodeId node) const;
    CompiledStep compile(NodeId node, const Tactic& tactic) const;
    std::shared_ptr<const Kernel> load(const CompiledStep& compiled) const;
    std::unique_ptr<Launch> bind(size_t step, const Kernel& kernel) { return executor_.bind(step, kernel); }
    std::unique_ptr<Launch> exchange(size_t step, std::unique_ptr<Launch> launch) {
        return executor_.exchange(step, std::move(launch));
    }
    //! The kernel of the launch that the step has from now on.
    void keep(size_t step, std::shared_ptr<const Kernel> kernel) { kept_[step] = std::move(kernel); }

    void run(void* stream);
    const Device& place() const { return engine_->place(); }

private:
    void* memoryFor(const PlanProgram& program, int32_t index, const std::vector<int64_t>& dims);

    const Graph& graph_;
    const TuneRequest& request_;
    const std::shared_ptr<Engine> engine_;
    std::map<size_t, std::shared_ptr<const Kernel>> kept_;  // by step; longer than the launches
    Executor executor_;
    std::map<std::string, size_t> stepOf_;
    std::vector<std::unique_ptr<Block>> blocks_;
    std::vector<const void*> inputs_;
    std::vector<void*> outputs_;
};

}  // namespace opentrt
