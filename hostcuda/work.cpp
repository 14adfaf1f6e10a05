// SPDX-License-Identifier: Apache-2.0
#include "work.h"

#include <cstring>

#include "exec.h"
#include "wait.h"

namespace opentrt::hostcuda {
namespace {

void copyBox(const Copy& c) {
    if (c.dst == c.src && c.dstPitch == c.srcPitch && c.dstSlice == c.srcSlice) return;
    // The ranges may overlap: that is undefined on a device, but must not be undefined behaviour of this process.
    const bool rowsJoin = c.height == 1 || (c.dstPitch == c.width && c.srcPitch == c.width);
    for (size_t z = 0; z < c.depth; ++z) {
        char* dst = c.dst + z * c.dstSlice;
        const char* src = c.src + z * c.srcSlice;
        if (rowsJoin) {
            std::memmove(dst, src, c.width * c.height);
            continue;
        }
        for (size_t y = 0; y < c.height; ++y) std::memmove(dst + y * c.dstPitch, src + y * c.srcPitch, c.width);
    }
}

template <class T>
void fillRow(char* row, T value, size_t count) {
    for (size_t i = 0; i < count; ++i) std::memcpy(row + i * sizeof(T), &value, sizeof(T));
}

void fillBox(const Fill& f) {
    for (size_t z = 0; z < f.depth; ++z) {
        for (size_t y = 0; y < f.height; ++y) {
            char* row = f.dst + z * f.slice + y * f.pitch;
            switch (f.elementSize) {
                case 1:
                    std::memset(row, static_cast<int>(f.value & 0xff), f.width);
                    break;
                case 2:
                    fillRow(row, static_cast<uint16_t>(f.value), f.width);
                    break;
                default:
                    fillRow(row, static_cast<uint32_t>(f.value), f.width);
                    break;
            }
        }
    }
}

struct Performer {
    const Queue* queue;

    void operator()(const HostCall& w) const {
        RunningScope scope({queue, w.stream, w.mayUseRuntime});
        w.function(w.argument);
    }
    void operator()(const Callback& w) const {
        RunningScope scope({queue, 0, false});
        w.function(w.stream, cudaSuccess, w.argument);
    }
    void operator()(const Copy& w) const { copyBox(w); }
    void operator()(const Fill& w) const { fillBox(w); }
    void operator()(const SetMark& w) const { w.mark->set(); }
    void operator()(const AwaitMark& w) const { w.mark->wait(); }
    void operator()(const std::shared_ptr<Launch>& w) const { w->run(queue); }
    // A release happens when the work is destroyed. Graph memory is reserved for the life of its graph, and the other
    // graph nodes are resolved when the graph is launched.
    template <class T>
    void operator()(const T&) const {}
};

}  // namespace

void Mark::set() {
    time_ = std::chrono::steady_clock::now();
    state_.store(1, std::memory_order_release);
    state_.notify_all();
}

void Mark::wait() const {
    waitWhile(state_, 0);
}

Copy Copy::line(void* dst, const void* src, size_t size, cudaMemcpyKind kind) {
    return {static_cast<char*>(dst), size, size, static_cast<const char*>(src), size, size, size, 1, 1, kind};
}

Fill Fill::line(void* dst, int value, size_t size) {
    return {static_cast<char*>(dst), size, size, static_cast<unsigned>(value) & 0xff, 1, size, 1, 1};
}

void perform(const Work& work, const Queue* queue) {
    std::visit(Performer{queue}, work);
}

}  // namespace opentrt::hostcuda
