// SPDX-License-Identifier: Apache-2.0
// ITimingCache: a handle on measured times. The config keeps the times alive, whatever becomes of the handle.
#pragma once
#include <memory>

#include "NvInfer.h"
#include "api/reporter.h"
#include "tune/timing_cache.h"

namespace opentrt::builder {

using namespace nvinfer1;  // NOLINT: this room's border speaks the API's language

class TimingCacheShell final : public ITimingCache, public apiv::VTimingCache {
public:
    TimingCacheShell(const api::Reporter& reporter, std::shared_ptr<TimingCache> cache, bool editable)
        : reporter_(reporter), cache_(std::move(cache)), editable_(editable) {
        mImpl = this;
    }
    const std::shared_ptr<TimingCache>& cache() const { return cache_; }

    IHostMemory* serialize() const noexcept override;
    bool combine(ITimingCache const& inputCache, bool ignoreMismatch) noexcept override;
    bool reset() noexcept override;
    int64_t queryKeys(TimingCacheKey* keyBuffer, int64_t capacity) const noexcept override;
    TimingCacheValue query(TimingCacheKey const& key) const noexcept override;
    bool update(TimingCacheKey const& key, TimingCacheValue const& value) noexcept override;

private:
    mutable api::Reporter reporter_;
    std::shared_ptr<TimingCache> cache_;
    bool editable_;
};

}  // namespace opentrt::builder
