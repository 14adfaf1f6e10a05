// SPDX-License-Identifier: Apache-2.0
// How long a compiled tactic takes at given shapes. The real timer runs it; tests use one that reads costs from text,
// so tuning is tested to the last tie without a clock.
#pragma once
#include <functional>
#include <string>

#include "backends/backend.h"
#include "base/phases.h"

namespace opentrt {

struct TimingProblem {
    std::string key;  //!< canonical text of node, shapes, types
    const Backend& backend;
    const Graph& graph;
    NodeId node;
    const TacticRequest& request;
    const SymbolValues& sizes;  //!< at which it runs; those of the request unless it was compiled for others
    bool coldWeights = false;   //!< the network's weights do not stay in the device's cache between inferences
};

//! One of several ways to run a whole network.
struct Rendition {
    std::string name;
    std::function<void()> prepare;           //!< before the others, whichever way was run before
    std::function<void(void* stream)> play;  //!< puts one inference into the stream
};

class Timer {
public:
    virtual ~Timer() = default;
    //! Milliseconds; infinity when the tactic cannot run. `bestSoFar` lets a hopeless candidate stop early.
    virtual double time(const TimingProblem& problem, const Tactic& tactic, double bestSoFar) = 0;
    //! Measures the best of these again, as they would run in the network; other times are brought to the same scale.
    virtual void settle(const TimingProblem&, const std::vector<Tactic>&, std::vector<double>& /*times*/) {}
    //! Whether whole networks are compared on this device.
    virtual bool comparesNetworks(const Device&) const { return false; }
    //! Milliseconds of each, measured in turns of at least `turnMs`, so that all see the same machine; nothing when
    //! that would take longer than so many seconds.
    virtual std::vector<double> compare(const Device&, const std::vector<Rendition>&, double /*seconds*/,
                                        double /*turnMs*/ = kTurnMs) {
        return {};
    }
    static constexpr double kTurnMs = 0.4;
    virtual double timeReformat(const Backend& backend, DType type, Format from, Format to,
                                const std::vector<int64_t>& dims) = 0;
};

//! Runs on this machine: warm-up, then the median of `iterations` runs, or fewer when the first one took over
//! `patience` times as long as the best candidate. What it needs on a device is `memory`'s, or the device's own.
std::unique_ptr<Timer> makeDeviceTimer(int iterations, double patience, Phases* phases = nullptr,
                                       std::shared_ptr<MemorySource> memory = nullptr);

}  // namespace opentrt
