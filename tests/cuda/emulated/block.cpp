// SPDX-License-Identifier: Apache-2.0
#include "block.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <ucontext.h>
#include <vector>

namespace opentrt::emulated {

namespace {

constexpr size_t kMostThreads = 1024, kStackBytes = 64 * 1024, kMostShared = 256 * 1024;

enum class Wait { None, Warp, Block, Done };

struct Fibers {
    ucontext_t scheduler;
    std::vector<ucontext_t> contexts = std::vector<ucontext_t>(kMostThreads);
    std::vector<std::unique_ptr<char[]>> stacks;
    std::vector<Wait> waits;
    unsigned current = 0;
    const std::function<void()>* body = nullptr;
};
Fibers& fibers() {
    static Fibers all;
    return all;
}

void meet(Wait kind) {
    Fibers& all = fibers();
    all.waits[all.current] = kind;
    swapcontext(&all.contexts[all.current], &all.scheduler);
}

void enter() {
    Fibers& all = fibers();
    (*all.body)();
    all.waits[all.current] = Wait::Done;
    swapcontext(&all.contexts[all.current], &all.scheduler);
}

void setThread(unsigned t, const Shape& shape) {
    device().thread = {t % shape.threads[0], t / shape.threads[0] % shape.threads[1],
                       t / shape.threads[0] / shape.threads[1]};
}

void start(unsigned t) {
    Fibers& all = fibers();
    while (all.stacks.size() <= t) all.stacks.push_back(std::make_unique<char[]>(kStackBytes));
    ucontext_t& context = all.contexts[t];
    getcontext(&context);
    context.uc_stack.ss_sp = all.stacks[t].get();
    context.uc_stack.ss_size = kStackBytes;
    context.uc_link = nullptr;
    makecontext(&context, enter, 0);
}

//! Lets go all that wait for nobody but each other. False: nobody is let go.
bool release(unsigned first, unsigned end, Wait kind) {
    auto& waits = fibers().waits;
    unsigned waiting = 0;
    for (unsigned t = first; t < end; ++t) {
        if (waits[t] == Wait::Done) continue;
        if (waits[t] != kind) return false;
        ++waiting;
    }
    for (unsigned t = first; t < end; ++t) {
        if (waits[t] == kind) waits[t] = Wait::None;
    }
    return waiting > 0;
}

bool runTogether(unsigned count, const Shape& shape, const std::function<void()>& body) {
    Fibers& all = fibers();
    all.body = &body;
    all.waits.assign(count, Wait::None);
    for (unsigned t = 0; t < count; ++t) start(t);
    while (true) {
        for (unsigned t = 0; t < count; ++t) {
            if (all.waits[t] != Wait::None) continue;
            all.current = t;
            setThread(t, shape);
            swapcontext(&all.scheduler, &all.contexts[t]);
        }
        const bool ended =
            std::all_of(all.waits.begin(), all.waits.end(), [](Wait wait) { return wait == Wait::Done; });
        if (ended) return true;
        bool released = false;
        for (unsigned warp = 0; warp < count; warp += 32)
            released = release(warp, std::min(warp + 32, count), Wait::Warp) || released;
        if (!released && !release(0, count, Wait::Block)) return false;
    }
}

}  // namespace

Device& device() {
    alignas(1024) static char shared[kMostShared];
    static char lanes[kMostThreads][64];
    static Device only{{}, {}, {}, {}, shared, lanes, [] { meet(Wait::Block); }, [] { meet(Wait::Warp); }};
    return only;
}

bool runBlocks(const Shape& shape, bool meets, const std::function<void()>& body) {
    Device& d = device();
    const unsigned count = shape.threads[0] * shape.threads[1] * shape.threads[2];
    d.threads = {shape.threads[0], shape.threads[1], shape.threads[2]};
    d.blocks = {shape.blocks[0], shape.blocks[1], shape.blocks[2]};
    for (unsigned z = 0; z < shape.blocks[2]; ++z) {
        for (unsigned y = 0; y < shape.blocks[1]; ++y) {
            for (unsigned x = 0; x < shape.blocks[0]; ++x) {
                d.block = {x, y, z};
                std::memset(d.shared, 0xff, shape.sharedBytes);  // not a number
                if (meets && !runTogether(count, shape, body)) return false;
                for (unsigned t = 0; t < count && !meets; ++t) {
                    setThread(t, shape);
                    body();
                }
            }
        }
    }
    return true;
}

}  // namespace opentrt::emulated
