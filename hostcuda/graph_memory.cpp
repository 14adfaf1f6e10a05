// SPDX-License-Identifier: Apache-2.0
#include "graph_memory.h"

#include <mutex>
#include <unordered_map>

#include "graph.h"

namespace opentrt::hostcuda {
namespace {

// Never destroyed. The lock is taken under the graph lock and, when launches die, by worker threads.
struct List {
    std::mutex lock;
    std::unordered_map<const void*, std::weak_ptr<GraphMemory>> byAddress;
};

List& list() {
    static auto* l = new List;
    return *l;
}

struct Books {
    std::atomic<unsigned long long> used{0}, usedHigh{0}, reserved{0}, reservedHigh{0};
};

Books& books() {
    static Books b;
    return b;
}

void raise(std::atomic<unsigned long long>& amount, std::atomic<unsigned long long>& high, size_t size) {
    const unsigned long long now = amount.fetch_add(size) + size;
    unsigned long long seen = high.load();
    while (seen < now && !high.compare_exchange_weak(seen, now)) {
    }
}

}  // namespace

GraphMemory::GraphMemory(std::shared_ptr<Block> b) : block(std::move(b)) {
    block->graphUse = GraphUse::reserved;
    raise(books().reserved, books().reservedHigh, block->size);
}

GraphMemory::~GraphMemory() {
    {
        std::lock_guard lock(list().lock);
        auto it = list().byAddress.find(block->base);
        if (it != list().byAddress.end() && it->second.expired()) list().byAddress.erase(it);
    }
    books().reserved.fetch_sub(block->size);
    // Memory that a launch allocated and nobody freed stays the client's, as an ordinary allocation.
    if (change(GraphUse::allocated, GraphUse::none)) return;
    takeBlock(block->base, [](const Block& b) { return b.graphUse == GraphUse::reserved; });
}

bool GraphMemory::change(GraphUse from, GraphUse to) {
    if (!block->graphUse.compare_exchange_strong(from, to)) return false;
    if (to == GraphUse::allocated)
        raise(books().used, books().usedHigh, block->size);
    else
        books().used.fetch_sub(block->size);
    return true;
}

std::shared_ptr<GraphMemory> makeGraphMemory(size_t size) {
    auto memory = std::make_shared<GraphMemory>(allocateBlock(size, BlockKind::device));
    std::lock_guard lock(list().lock);
    list().byAddress[memory->block->base] = memory;
    return memory;
}

std::shared_ptr<GraphMemory> findGraphMemory(const void* address) {
    std::lock_guard lock(list().lock);
    auto it = list().byAddress.find(address);
    return it == list().byAddress.end() ? nullptr : it->second.lock();
}

}  // namespace opentrt::hostcuda

using namespace opentrt::hostcuda;

HOSTCUDA_API(cudaDeviceGraphMemTrim)(int device) {
    return enter([&] { return device == 0 ? cudaSuccess : cudaErrorInvalidDevice; });
}

HOSTCUDA_API(cudaDeviceGetGraphMemAttribute)(int device, cudaGraphMemAttributeType attr, void* value) {
    return enter([&] {
        if (device != 0) return cudaErrorInvalidDevice;
        auto* amount = static_cast<unsigned long long*>(value);
        if (!amount) return cudaErrorInvalidValue;
        switch (attr) {
            case cudaGraphMemAttrUsedMemCurrent:
                *amount = books().used;
                break;
            case cudaGraphMemAttrUsedMemHigh:
                *amount = books().usedHigh;
                break;
            case cudaGraphMemAttrReservedMemCurrent:
                *amount = books().reserved;
                break;
            case cudaGraphMemAttrReservedMemHigh:
                *amount = books().reservedHigh;
                break;
            default:
                return cudaErrorInvalidValue;
        }
        return cudaSuccess;
    });
}

HOSTCUDA_API(cudaDeviceSetGraphMemAttribute)(int device, cudaGraphMemAttributeType attr, void* value) {
    return enter([&] {
        if (device != 0) return cudaErrorInvalidDevice;
        const auto* amount = static_cast<const unsigned long long*>(value);
        if (!amount || *amount != 0) return cudaErrorInvalidValue;
        if (attr == cudaGraphMemAttrUsedMemHigh)
            books().usedHigh = books().used.load();
        else if (attr == cudaGraphMemAttrReservedMemHigh)
            books().reservedHigh = books().reserved.load();
        else
            return cudaErrorInvalidValue;
        return cudaSuccess;
    });
}
