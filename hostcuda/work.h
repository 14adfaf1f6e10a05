// SPDX-License-Identifier: Apache-2.0
// The kinds of work a stream can hold. The same descriptions are the nodes of graphs: capturing a stream stores them
// instead of queueing them.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "entry.h"

namespace opentrt::hostcuda {

class Event;
struct Block;
struct Graph;
struct GraphMemory;
struct Launch;

// The completion of one event record: a moment that other threads can wait for.
class Mark {
public:
    void set();
    bool isSet() const { return state_.load(std::memory_order_acquire) != 0; }
    void wait() const;
    std::chrono::steady_clock::time_point time() const { return time_; }

private:
    std::atomic<uint32_t> state_{0};
    std::chrono::steady_clock::time_point time_;
};

struct Nothing {};

struct HostCall {
    cudaHostFn_t function;
    void* argument;
    bool mayUseRuntime;
    unsigned long long stream;  // id of the stream it was submitted to
};

struct Callback {
    cudaStreamCallback_t function;
    cudaStream_t stream;
    void* argument;
};

// A box of `depth` slices of `height` rows of `width` bytes.
struct Copy {
    char* dst;
    size_t dstPitch, dstSlice;
    const char* src;
    size_t srcPitch, srcSlice;
    size_t width, height, depth;
    cudaMemcpyKind kind;

    static Copy line(void* dst, const void* src, size_t size, cudaMemcpyKind kind);
    bool empty() const { return width == 0 || height == 0 || depth == 0; }
};

// A box like Copy's, filled with elements of 1, 2 or 4 bytes; the width counts elements.
struct Fill {
    char* dst;
    size_t pitch, slice;
    unsigned value, elementSize;
    size_t width, height, depth;

    static Fill line(void* dst, int value, size_t size);
    bool empty() const { return width == 0 || height == 0 || depth == 0; }
};

struct SetMark {
    std::shared_ptr<Mark> mark;
};

struct AwaitMark {
    std::shared_ptr<Mark> mark;
};

// Frees a block in stream order: destroying the work destroys the block.
struct Release {
    std::shared_ptr<Block> block;
};

// The next five occur in graphs only.
struct RecordEvent {
    std::shared_ptr<Event> event;
};

struct AwaitEvent {
    std::shared_ptr<Event> event;
};

struct AllocateMemory {
    std::shared_ptr<GraphMemory> memory;
};

struct FreeMemory {
    std::shared_ptr<GraphMemory> memory;
};

struct ChildGraph {
    std::shared_ptr<Graph> graph;
};

using Work = std::variant<Nothing, HostCall, Callback, Copy, Fill, SetMark, AwaitMark, Release, RecordEvent, AwaitEvent,
                          AllocateMemory, FreeMemory, ChildGraph, std::shared_ptr<Launch>>;

// Performs the work on the calling thread, as part of the given queue.
void perform(const Work& work, const Queue* queue);

}  // namespace opentrt::hostcuda
