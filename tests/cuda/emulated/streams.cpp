// SPDX-License-Identifier: Apache-2.0
#include "streams.h"

#include <algorithm>

namespace opentrt::emulated {

using namespace opentrt::cuda;  // NOLINT: the types of the interface

namespace {

constexpr Status kInvalid = 1, kUnsupported = 900, kUnjoined = 904, kStuck = 719;

//! Runs the nodes, each behind those that it stands behind.
Status runGraph(const GraphTag& graph, unsigned order) {
    std::set<size_t> left;
    for (size_t node = 0; node < graph.nodes.size(); ++node) left.insert(node);
    while (!left.empty()) {
        std::vector<size_t> ready;
        for (const size_t node : left) {
            const auto& after = graph.nodes[node].after;
            if (std::none_of(after.begin(), after.end(), [&](size_t before) { return left.count(before) > 0; }))
                ready.push_back(node);
        }
        const size_t next = order % 3 == 0   ? ready.front()
                            : order % 3 == 1 ? ready.back()
                                             : ready[order % ready.size()];
        left.erase(next);
        if (const Status status = graph.nodes[next].work(); status != 0) return status;
    }
    return 0;
}

}  // namespace

Streams& streams() {
    static Streams& all = *new Streams;  // libraries call the driver when the process ends, too
    return all;
}

unsigned Streams::random() {
    state_ = state_ * 1664525u + 1013904223u;
    return state_ >> 8;
}

bool Streams::captures(StreamHandle stream) const {
    return has(stream) && stream->captured;
}

Status Streams::put(StreamHandle stream, Work work) {
    if (captures(stream)) {
        auto& nodes = stream->captured->nodes;
        nodes.push_back({std::move(work), stream->front});
        stream->front = {nodes.size() - 1};
        return 0;
    }
    if (has(stream)) return stream->entries.push_back({std::move(work), {}, {}}), failed_;
    if (const Status status = finishBlocking(); status != 0) return status;
    return work();
}

void Streams::record(EventHandle event, StreamHandle stream) {
    event->captured = nullptr;
    if (captures(stream)) {
        event->captured = stream->captured;
        event->front = stream->front;
        return;
    }
    event->mark = std::make_shared<Mark>(Mark{!has(stream), stream});
    if (has(stream)) stream->entries.push_back({{}, event->mark, {}});
}

Status Streams::await(StreamHandle stream, EventHandle event) {
    if (event->captured) {
        if (!has(stream) || (stream->captured && stream->captured != event->captured)) return kInvalid;
        stream->captured = event->captured;
        stream->front.insert(event->front.begin(), event->front.end());
        return 0;
    }
    if (captures(stream)) return kUnsupported;  // an event from outside
    if (!has(stream)) return finish(event);
    if (event->mark) stream->entries.push_back({{}, {}, event->mark});
    return 0;
}

bool Streams::isReady(StreamHandle stream) const {
    if (stream->entries.empty()) return false;
    const auto& wanted = stream->entries.front().wanted;
    return !wanted || wanted->isDone;
}

void Streams::step(StreamHandle stream) {
    const StreamTag::Entry entry = std::move(stream->entries.front());
    stream->entries.pop_front();
    if (entry.passed) entry.passed->isDone = true;
    if (!entry.work) return;
    const Status status = entry.work();
    if (failed_ == 0) failed_ = status;
}

Status Streams::finish(const std::function<bool()>& isDone, StreamHandle waited) {
    enum { kLast, kFirst, kAny, kOrders };
    const unsigned order = turn_++ % kOrders;
    while (!isDone()) {
        std::vector<StreamHandle> ready;
        for (const StreamHandle stream : all_) {
            if (stream != waited && isReady(stream)) ready.push_back(stream);
        }
        const bool canGoOn = waited && isReady(waited);
        if (ready.empty() && !canGoOn) return failed_ = kStuck;
        const bool goesOn = canGoOn && (ready.empty() || order == kLast || (order == kAny && random() % 2 == 0));
        step(goesOn ? waited : ready[random() % ready.size()]);
    }
    return failed_;
}

Status Streams::finish(StreamHandle stream) {
    if (!has(stream)) return finishBlocking();
    if (stream->captured) return kUnsupported;
    return finish([&] { return stream->entries.empty(); }, stream);
}

Status Streams::finish(EventHandle event) {
    const std::shared_ptr<Mark> mark = event->mark;
    return !mark || mark->isDone ? failed_ : finish([&] { return mark->isDone; }, mark->stream);
}

Status Streams::finishAll() {
    const auto isEmpty = [](StreamHandle stream) { return stream->entries.empty(); };
    return finish([&] { return std::all_of(all_.begin(), all_.end(), isEmpty); }, nullptr);
}

Status Streams::finishBlocking() {
    const auto isEmpty = [](StreamHandle stream) { return !stream->blocks || stream->entries.empty(); };
    return finish([&] { return std::all_of(all_.begin(), all_.end(), isEmpty); }, nullptr);
}

void Streams::destroy(StreamHandle stream) {
    if (!stream->captured) finish(stream);
    all_.erase(stream);
    delete stream;
}

Status Streams::beginCapture(StreamHandle stream) {
    if (!has(stream) || captures(stream)) return kInvalid;
    stream->captured = std::make_shared<GraphTag>();
    stream->front.clear();
    return 0;
}

Status Streams::endCapture(StreamHandle stream, GraphHandle* graph) {
    const std::shared_ptr<GraphTag> captured = captures(stream) ? stream->captured : nullptr;
    if (!captured) return kInvalid;
    std::vector<bool> isBehind(captured->nodes.size(), false);  // the end of this stream
    for (const size_t node : stream->front) isBehind[node] = true;
    for (size_t node = isBehind.size(); node-- > 0;) {
        if (!isBehind[node]) continue;
        for (const size_t before : captured->nodes[node].after) isBehind[before] = true;
    }
    for (const StreamHandle other : all_) {
        if (other->captured != captured) continue;
        other->captured = nullptr;
        other->front.clear();
    }
    *graph = nullptr;
    if (!std::all_of(isBehind.begin(), isBehind.end(), [](bool is) { return is; })) return kUnjoined;
    *graph = new GraphTag(*captured);
    return 0;
}

void Streams::recordEachTime(EventHandle event, StreamHandle stream) {
    stream->captured->events.push_back(event);
    put(stream, [event] {
        event->coming.front()->isDone = true;
        event->coming.pop_front();
        return 0;
    });
}

Status Streams::start(std::shared_ptr<const GraphTag> graph, unsigned order, StreamHandle stream) {
    for (const EventHandle event : graph->events) {
        event->coming.push_back(std::make_shared<Mark>(Mark{false, stream}));
        event->mark = event->coming.back();
    }
    return put(stream, [graph = std::move(graph), order] { return runGraph(*graph, order); });
}

}  // namespace opentrt::emulated
