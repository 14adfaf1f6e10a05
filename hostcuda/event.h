// SPDX-License-Identifier: Apache-2.0
// Events. Recording gives an event a fresh mark at once, so that later queries and waits refer to that record; the
// stream sets the mark when it gets there. Tested by event_test.cpp.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "work.h"

namespace opentrt::hostcuda {

struct Capture;
using GraphNode = ::CUgraphNode_st;

class Event {
public:
    explicit Event(unsigned flags) : flags_(flags) {}

    bool timed() const { return !(flags_ & cudaEventDisableTiming); }

    // The last record outside captures, null if there is none.
    std::shared_ptr<Mark> mark() const;
    void setMark(std::shared_ptr<Mark> mark);

    // The capture in which the event was last recorded, null otherwise, and the nodes that the record covers.
    std::shared_ptr<Capture> capture() const;
    std::vector<GraphNode*> capturedNodes() const;
    void setCaptured(std::shared_ptr<Capture> capture, std::vector<GraphNode*> nodes);

private:
    const unsigned flags_;
    mutable std::mutex mutex_;
    std::shared_ptr<Mark> mark_;
    std::shared_ptr<Capture> capture_;
    std::vector<GraphNode*> nodes_;
};

std::shared_ptr<Event> findEvent(cudaEvent_t handle);

}  // namespace opentrt::hostcuda
