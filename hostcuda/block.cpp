// SPDX-License-Identifier: Apache-2.0
#include "block.h"

#include <cstdint>
#include <cstdlib>
#include <map>
#include <mutex>
#include <new>
#include <shared_mutex>
#include <sys/mman.h>

#include "lifetime.h"
#include "machine.h"
#include "pool.h"

namespace opentrt::hostcuda {
namespace {

constexpr size_t alignment = 256;
constexpr size_t hugePage = size_t{2} << 20;
constexpr size_t hugeThreshold = size_t{8} << 20;
// Below this size the question whether the machine still has the memory costs more than it can save.
constexpr size_t checkThreshold = size_t{16} << 20;

std::atomic<size_t> allocated{0};

// Never destroyed: memory may be freed by destructors of static objects.
struct Registry {
    std::shared_mutex mutex;
    std::map<uintptr_t, std::shared_ptr<Block>> blocks;

    // The block that contains the address; the caller holds the mutex.
    std::map<uintptr_t, std::shared_ptr<Block>>::iterator containing(const void* address) {
        const auto a = reinterpret_cast<uintptr_t>(address);
        auto it = blocks.upper_bound(a);
        if (it == blocks.begin()) return blocks.end();
        --it;
        return a - it->first < it->second->size ? it : blocks.end();
    }
};

Registry& registry() {
    static auto* r = new Registry;
    return *r;
}

// The kernel promises more memory than there is and kills the process when it cannot keep the promise; a device
// refuses.
void reserve(size_t size) {
    const size_t total = totalMemory();
    size_t before = allocated.load();
    do {
        if (size > total || before > total - size) throw std::bad_alloc();
    } while (!allocated.compare_exchange_weak(before, before + size));
    if (size >= checkThreshold && size > availableMemory()) {
        allocated.fetch_sub(size);
        throw std::bad_alloc();
    }
}

char* allocate(size_t size) {
    reserve(size);
    void* base = nullptr;
    if (posix_memalign(&base, size >= hugeThreshold ? hugePage : alignment, size) != 0) {
        allocated.fetch_sub(size);
        throw std::bad_alloc();
    }
    if (size >= hugeThreshold) madvise(base, size & ~(hugePage - 1), MADV_HUGEPAGE);
    return static_cast<char*>(base);
}

}  // namespace

size_t allocatedMemory() {
    return allocated.load();
}

Block::Block(char* base, size_t size, BlockKind kind, unsigned flags, std::shared_ptr<Pool> owner)
    : base(base), size(size), kind(kind), flags(flags), pool(std::move(owner)) {
    if (pool) pool->count(size);
}

Block::~Block() {
    if (pool) pool->discount(size);
    if (kind == BlockKind::registered) return;
    std::free(base);
    allocated.fetch_sub(size);
}

std::shared_ptr<Block> allocateBlock(size_t size, BlockKind kind, unsigned flags, std::shared_ptr<Pool> pool) {
    auto block = std::make_shared<Block>(allocate(size), size, kind, flags, std::move(pool));
    Registry& r = registry();
    std::lock_guard lock(r.mutex);
    r.blocks[reinterpret_cast<uintptr_t>(block->base)] = block;
    return block;
}

cudaError_t registerRange(void* base, size_t size, unsigned flags) {
    const auto begin = reinterpret_cast<uintptr_t>(base);
    if (size > UINTPTR_MAX - begin) return cudaErrorInvalidValue;
    Registry& r = registry();
    std::lock_guard lock(r.mutex);
    auto overlapped = r.containing(base);
    if (overlapped == r.blocks.end()) {
        overlapped = r.blocks.lower_bound(begin);
        if (overlapped != r.blocks.end() && overlapped->first >= begin + size) overlapped = r.blocks.end();
    }
    if (overlapped != r.blocks.end())
        return overlapped->second->kind == BlockKind::registered ? cudaErrorHostMemoryAlreadyRegistered
                                                                 : cudaErrorInvalidValue;
    r.blocks[begin] = std::make_shared<Block>(static_cast<char*>(base), size, BlockKind::registered, flags);
    return cudaSuccess;
}

std::shared_ptr<Block> findBlock(const void* address) {
    Registry& r = registry();
    std::shared_lock lock(r.mutex);
    auto it = r.containing(address);
    return it == r.blocks.end() ? nullptr : it->second;
}

std::shared_ptr<Block> takeBlock(const void* base, bool (*accept)(const Block&)) {
    Registry& r = registry();
    std::lock_guard lock(r.mutex);
    auto it = r.blocks.find(reinterpret_cast<uintptr_t>(base));
    if (it == r.blocks.end() || !accept(*it->second)) return nullptr;
    auto block = std::move(it->second);
    r.blocks.erase(it);
    return block;
}

bool staysInside(const void* address, size_t size) {
    Registry& r = registry();
    std::shared_lock lock(r.mutex);
    auto it = r.containing(address);
    if (it == r.blocks.end() || it->second->kind == BlockKind::registered) return true;
    const size_t offset = reinterpret_cast<uintptr_t>(address) - it->first;
    return size <= it->second->size - offset;
}

void releaseAllBlocks() {
    Registry& r = registry();
    std::map<uintptr_t, std::shared_ptr<Block>> blocks;
    std::lock_guard lock(r.mutex);
    blocks.swap(r.blocks);
}

}  // namespace opentrt::hostcuda
