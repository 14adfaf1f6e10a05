// SPDX-License-Identifier: Apache-2.0
// What is fastest by itself need not be so in the network, where the kernel before lets it start early, others have
// used the cache, and all share the power of the device. A rehearsal runs the whole network with each of the tactics
// that were measured nearly as fast, layers of equal problems together, the most expensive first. Its results are kept
// in the timing cache. Tested by rehearsal_test.cpp.
#pragma once
#include "plan/plan.h"
#include "tune/tuner.h"

namespace opentrt {

class LiveNetwork;

class Rehearsal {
public:
    //! `tuned` is what the rehearsal changes.
    Rehearsal(const Graph& graph, Tuned& tuned, const TuneRequest& request);

    //! Takes the choices of an earlier one from the timing cache; false when there is none.
    bool recall();
    //! Runs a plan of the present choices. What cannot be run as a whole, as networks of data-dependent sizes, stays as
    //! it is. Throws Error when the build is cancelled.
    void hold(const Plan& plan);

private:
    //! Layers that are equal but for their weights.
    struct Group {
        std::string key;
        std::vector<NodeId> nodes;
        double ms = 0;  //!< all of them by themselves
    };
    struct Outcome {
        double before, after;  //!< milliseconds of the network
        bool isChanged;
    };
    void playAll(LiveNetwork& network);
    std::optional<Outcome> play(const Group& group, LiveNetwork& network, double seconds);
    Log& log() const { return request_.log ? *request_.log : Log::silent(); }
    std::string cacheKey(const Group& group) const;
    void compileRivals() const;
    void remember() const;
    void take(const Group& group, size_t rival);

    const Graph& graph_;
    Tuned& tuned_;
    const TuneRequest& request_;
    std::vector<Group> groups_;
    uint64_t network_ = 0;
};

}  // namespace opentrt
