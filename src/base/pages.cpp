// SPDX-License-Identifier: Apache-2.0
#include "base/pages.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <sys/mman.h>
#include <unistd.h>

namespace opentrt {
namespace {

//! Less is not worth a call of the system.
constexpr size_t kLeast = 64 << 10;

struct Files {
    std::mutex mutex;
    std::map<uintptr_t, uintptr_t> endOf;  // by beginning
};

Files& files() {
    static Files all;
    return all;
}

}  // namespace

void noteMappedFile(const void* begin, size_t bytes) {
    Files& all = files();
    const std::lock_guard lock(all.mutex);
    const auto at = reinterpret_cast<uintptr_t>(begin);
    all.endOf[at] = at + bytes;
}

void forgetMappedFile(const void* begin) {
    Files& all = files();
    const std::lock_guard lock(all.mutex);
    all.endOf.erase(reinterpret_cast<uintptr_t>(begin));
}

void giveBackPages(const void* data, size_t bytes) {
    if (bytes < kLeast) return;
    const auto begin = reinterpret_cast<uintptr_t>(data), page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
    const uintptr_t first = (begin + page - 1) / page * page, last = (begin + bytes) / page * page;
    Files& all = files();
    const std::lock_guard lock(all.mutex);
    const auto behind = all.endOf.upper_bound(begin);
    if (behind == all.endOf.begin() || begin + bytes > std::prev(behind)->second || first >= last) return;
    ::madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
}

}  // namespace opentrt
