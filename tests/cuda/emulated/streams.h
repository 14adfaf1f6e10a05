// SPDX-License-Identifier: Apache-2.0
// Streams, events and graphs of the emulated device. Work lies in its stream until somebody waits for it, and then
// streams take turns in an order that is another each time: the one waited for first and the others as late as events
// allow, the others first, or any. Nodes of a graph run in any order that its edges allow. So what lacks an event gives
// wrong numbers.
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "backends/cuda/driver.h"

namespace opentrt::emulated {

using Work = std::function<cuda::Status()>;

//! A place in a stream that was or will be passed.
struct Mark {
    bool isDone = false;
    cuda::StreamHandle stream = nullptr;
};

//! Calls of one thread at a time. Streams that are not in here do everything at once.
class Streams {
public:
    void add(cuda::StreamHandle stream) { all_.insert(stream); }
    bool has(cuda::StreamHandle stream) const { return all_.count(stream) > 0; }
    bool captures(cuda::StreamHandle stream) const;
    //! Into the stream, or into the graph that it captures. An error of earlier work comes back from here, too.
    cuda::Status put(cuda::StreamHandle stream, Work work);
    void record(cuda::EventHandle event, cuda::StreamHandle stream);
    //! As work of the graph that the stream captures.
    void recordEachTime(cuda::EventHandle event, cuda::StreamHandle stream);
    cuda::Status await(cuda::StreamHandle stream, cuda::EventHandle event);
    //! `order` is another each time.
    cuda::Status start(std::shared_ptr<const cuda::GraphTag> graph, unsigned order, cuda::StreamHandle stream);

    cuda::Status finish(cuda::StreamHandle stream);
    cuda::Status finish(cuda::EventHandle event);
    cuda::Status finishAll();
    //! As the default stream does: all but those that were made not to block it.
    cuda::Status finishBlocking();
    //! Its work is done first.
    void destroy(cuda::StreamHandle stream);

    cuda::Status beginCapture(cuda::StreamHandle stream);
    //! Fails when a stream has been forked off and not come back.
    cuda::Status endCapture(cuda::StreamHandle stream, cuda::GraphHandle* graph);

private:
    bool isReady(cuda::StreamHandle stream) const;
    void step(cuda::StreamHandle stream);
    cuda::Status finish(const std::function<bool()>& isDone, cuda::StreamHandle waited);
    unsigned random();

    std::set<cuda::StreamHandle> all_;
    cuda::Status failed_ = 0;
    unsigned turn_ = 0, state_ = 1;
};
Streams& streams();

}  // namespace opentrt::emulated

namespace opentrt::cuda {

struct GraphTag {
    struct Node {
        emulated::Work work;
        std::set<size_t> after;
    };
    std::vector<Node> nodes;
    std::vector<EventHandle> events;  // that nodes of it pass
};
struct StreamTag {
    struct Entry {
        emulated::Work work;                     // or none, and then
        std::shared_ptr<emulated::Mark> passed;  // a mark that is passed here
        std::shared_ptr<emulated::Mark> wanted;  // or one that has to be passed before
    };
    int device = 0;
    bool blocks = true;  // the default stream
    std::deque<Entry> entries;
    std::shared_ptr<GraphTag> captured;
    std::set<size_t> front;  // nodes that the next one stands behind
    std::vector<GraphNodeHandle> told;
};
struct EventTag {
    std::shared_ptr<emulated::Mark> mark;
    std::deque<std::shared_ptr<emulated::Mark>> coming;  // of graphs that were started
    std::shared_ptr<GraphTag> captured;
    std::set<size_t> front;
};

}  // namespace opentrt::cuda
