// SPDX-License-Identifier: Apache-2.0
// Measured times, kept between builds: (problem key, tactic) -> milliseconds. A build with a full cache times nothing
// and gives the same plan bit for bit. Machine code of kernels that builds chose is kept beside them. Serialised with
// the device and library it was measured on. Thread safe.
#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/code_store.h"

namespace opentrt {

class TimingCache final : public CodeStore {
public:
    //! Empty cache for this device text (Backend::device()).
    explicit TimingCache(std::string device);
    //! Throws Error when the bytes are damaged or, unless `ignoreMismatch`, when they come from another device or
    //! version.
    static TimingCache parse(const void* bytes, size_t size, const std::string& device, bool ignoreMismatch);
    TimingCache(const TimingCache& other);

    std::vector<uint8_t> serialize() const;
    //! Takes the other's entries and code; on a clash ours stay. False on another device unless `ignoreMismatch`.
    bool combine(const TimingCache& other, bool ignoreMismatch);
    void clear();
    size_t size() const;

    std::optional<Tensor> findCode(std::string_view key) const override;
    void putCode(std::string_view key, const Tensor& code) override;

    std::optional<float> find(std::string_view problem, std::string_view tactic) const;
    void put(std::string_view problem, std::string_view tactic, float milliseconds);
    const std::string& device() const { return device_; }
    //! Keys of the problems, for queries of the editable cache.
    std::vector<uint64_t> problems() const;
    //! Makes this tactic the only one of a problem that can win; throws Error when the problem is not known.
    void assign(uint64_t problem, uint64_t tactic, float milliseconds);
    //! Tactics of one problem.
    std::map<uint64_t, float> tacticsOf(uint64_t problem) const;

private:
    std::string device_;
    mutable std::mutex mutex_;
    std::map<uint64_t, std::map<uint64_t, float>> entries_;  // by hash of problem, then of tactic
    std::map<std::string, Tensor, std::less<>> code_;
};

}  // namespace opentrt
