// SPDX-License-Identifier: Apache-2.0
#include "builder/api_timing_cache.h"

#include <cstring>

#include "api/host_memory.h"

namespace opentrt::builder {

using api::guarded;

namespace {

constexpr uint64_t kKeyTag = 0x3176'5452'544f'6e65;  // fills the second half of a key, so that other keys are noticed

TimingCacheKey keyOf(uint64_t problem) {
    TimingCacheKey key;
    std::memcpy(key.data, &problem, sizeof problem);
    std::memcpy(key.data + sizeof problem, &kKeyTag, sizeof kKeyTag);
    return key;
}

uint64_t problemOf(const TimingCacheKey& key) {
    uint64_t problem, tag;
    std::memcpy(&problem, key.data, sizeof problem);
    std::memcpy(&tag, key.data + sizeof problem, sizeof tag);
    if (tag != kKeyTag) throw Error(ErrorCode::InvalidArgument, "", "the key is not one that queryKeys gave");
    return problem;
}

TimingCacheValue noValue() {
    return {TimingCacheValue::kINVALID_TACTIC_HASH, -1.0F};
}

}  // namespace

IHostMemory* TimingCacheShell::serialize() const noexcept {
    return guarded(reporter_, static_cast<IHostMemory*>(nullptr), [&]() -> IHostMemory* {
        const std::vector<uint8_t> bytes = cache_->serialize();
        auto memory = std::make_unique<api::HostMemory>(bytes.size());
        std::memcpy(memory->data(), bytes.data(), bytes.size());
        return memory.release();
    });
}

bool TimingCacheShell::combine(ITimingCache const& inputCache, bool ignoreMismatch) noexcept {
    return guarded(reporter_, false, [&] {
        const auto& other = static_cast<const TimingCacheShell&>(inputCache);
        if (other.cache_ == cache_) return true;
        if (cache_->combine(*other.cache_, ignoreMismatch)) return true;
        throw Error(ErrorCode::InvalidArgument, "",
                    cat("a timing cache of \"", other.cache_->device(), "\" is combined with one of \"",
                        cache_->device(), "\"; set ignoreMismatch to do so all the same"));
    });
}

bool TimingCacheShell::reset() noexcept {
    return guarded(reporter_, [&] { cache_->clear(); });
}

int64_t TimingCacheShell::queryKeys(TimingCacheKey* keyBuffer, int64_t capacity) const noexcept {
    return guarded(reporter_, int64_t{-1}, [&] {
        if (capacity < 0 || (!keyBuffer && capacity > 0)) {
            throw Error(ErrorCode::InvalidArgument, "", cat("there is no room for ", capacity, " keys"));
        }
        const std::vector<uint64_t> problems = cache_->problems();
        for (size_t i = 0; i < problems.size() && static_cast<int64_t>(i) < capacity; ++i) {
            keyBuffer[i] = keyOf(problems[i]);
        }
        return static_cast<int64_t>(problems.size());
    });
}

TimingCacheValue TimingCacheShell::query(TimingCacheKey const& key) const noexcept {
    return guarded(reporter_, noValue(), [&] {
        TimingCacheValue best = noValue();
        for (const auto& [tactic, ms] : cache_->tacticsOf(problemOf(key))) {
            if (best.timingMSec < 0 || ms < best.timingMSec) best = {tactic, ms};
        }
        return best;
    });
}

bool TimingCacheShell::update(TimingCacheKey const& key, TimingCacheValue const& value) noexcept {
    return guarded(reporter_, [&] {
        if (!editable_) {
            throw Error(ErrorCode::InvalidState, "",
                        "the timing cache was not made for a config with BuilderFlag::kEDITABLE_TIMING_CACHE");
        }
        cache_->assign(problemOf(key), value.tacticHash, value.timingMSec);
    });
}

}  // namespace opentrt::builder
