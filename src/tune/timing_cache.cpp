// SPDX-License-Identifier: Apache-2.0
// File form: magic, version, device text, entries, machine code, checksum of all before it; little endian.
#include "tune/timing_cache.h"

#include <cstring>
#include <limits>

#include "base/error.h"
#include "base/hash.h"

namespace opentrt {

namespace {

constexpr uint32_t kMagic = 0x4354544f;  // "OTTC"
constexpr uint32_t kVersion = 2;

class Writer {
public:
    template <class T>
    void put(const T& value) {
        const auto* bytes = reinterpret_cast<const uint8_t*>(&value);
        out.insert(out.end(), bytes, bytes + sizeof value);
    }
    void putBytes(const void* bytes, size_t size) {
        put(static_cast<uint64_t>(size));
        out.insert(out.end(), static_cast<const uint8_t*>(bytes), static_cast<const uint8_t*>(bytes) + size);
    }
    std::vector<uint8_t> out;
};

class Reader {
public:
    Reader(const void* bytes, size_t size) : at_(static_cast<const uint8_t*>(bytes)), left_(size) {}
    template <class T>
    T get() {
        T value;
        std::memcpy(&value, take(sizeof value), sizeof value);
        return value;
    }
    std::string getBytes() {
        const auto size = get<uint64_t>();
        return {reinterpret_cast<const char*>(take(size)), size};
    }
    const uint8_t* take(size_t size) {
        if (size > left_) throw Error(ErrorCode::InvalidArgument, "", "the timing cache is truncated");
        const uint8_t* start = at_;
        at_ += size;
        left_ -= size;
        return start;
    }

private:
    const uint8_t* at_;
    size_t left_;
};

}  // namespace

TimingCache::TimingCache(std::string device) : device_(std::move(device)) {}

TimingCache::TimingCache(const TimingCache& other) : device_(other.device_) {
    const std::lock_guard lock(other.mutex_);
    entries_ = other.entries_;
    code_ = other.code_;
}

std::vector<uint8_t> TimingCache::serialize() const {
    const std::lock_guard lock(mutex_);
    Writer w;
    w.put(kMagic);
    w.put(kVersion);
    w.putBytes(device_.data(), device_.size());
    w.put(static_cast<uint64_t>(entries_.size()));
    for (const auto& [problem, tactics] : entries_) {
        w.put(problem);
        w.put(static_cast<uint64_t>(tactics.size()));
        for (const auto& [tactic, ms] : tactics) {
            w.put(tactic);
            w.put(ms);
        }
    }
    w.put(static_cast<uint64_t>(code_.size()));
    for (const auto& [key, code] : code_) {
        w.putBytes(key.data(), key.size());
        w.putBytes(code.data(), static_cast<size_t>(code.bytes()));
    }
    w.put(hashBytes(w.out.data(), w.out.size()));
    return w.out;
}

TimingCache TimingCache::parse(const void* bytes, size_t size, const std::string& device, bool ignoreMismatch) {
    TimingCache cache(device);
    if (size == 0) return cache;
    Reader r(bytes, size);
    if (r.get<uint32_t>() != kMagic)
        throw Error(ErrorCode::InvalidArgument, "", "this is not a timing cache of OpenTRT");
    if (const auto version = r.get<uint32_t>(); version != kVersion) {
        throw Error(ErrorCode::InvalidArgument, "",
                    cat("the timing cache has format ", version, " when this library reads ", kVersion));
    }
    if (size < 8 + sizeof(uint64_t)) throw Error(ErrorCode::InvalidArgument, "", "the timing cache is truncated");
    uint64_t checksum;
    std::memcpy(&checksum, static_cast<const uint8_t*>(bytes) + size - sizeof checksum, sizeof checksum);
    if (checksum != hashBytes(bytes, size - sizeof checksum)) {
        throw Error(ErrorCode::InvalidArgument, "", "the timing cache is damaged: its checksum is wrong");
    }
    const std::string from = r.getBytes();
    if (from != device && !ignoreMismatch) {
        throw Error(ErrorCode::InvalidArgument, "",
                    cat("the timing cache was made on \"", from, "\" when this is \"", device, "\""));
    }
    const auto problems = r.get<uint64_t>();
    for (uint64_t p = 0; p < problems; ++p) {
        auto& tactics = cache.entries_[r.get<uint64_t>()];
        const auto count = r.get<uint64_t>();
        for (uint64_t t = 0; t < count; ++t) {
            const auto tactic = r.get<uint64_t>();
            tactics[tactic] = r.get<float>();
        }
    }
    for (auto left = r.get<uint64_t>(); left > 0; --left) {
        const std::string key = r.getBytes(), bytes = r.getBytes();
        Tensor code(DType::U8, {static_cast<int64_t>(bytes.size())});
        std::memcpy(code.mutableData(), bytes.data(), bytes.size());
        cache.code_.emplace(key, std::move(code));
    }
    return cache;
}

bool TimingCache::combine(const TimingCache& other, bool ignoreMismatch) {
    if (&other == this) return true;
    if (other.device_ != device_ && !ignoreMismatch) return false;
    const std::scoped_lock lock(mutex_, other.mutex_);
    for (const auto& [problem, tactics] : other.entries_) entries_[problem].insert(tactics.begin(), tactics.end());
    code_.insert(other.code_.begin(), other.code_.end());
    return true;
}

void TimingCache::clear() {
    const std::lock_guard lock(mutex_);
    entries_.clear();
    code_.clear();
}

size_t TimingCache::size() const {
    const std::lock_guard lock(mutex_);
    size_t total = 0;
    for (const auto& [problem, tactics] : entries_) total += tactics.size();
    return total;
}

std::optional<Tensor> TimingCache::findCode(std::string_view key) const {
    const std::lock_guard lock(mutex_);
    const auto at = code_.find(key);
    return at == code_.end() ? std::nullopt : std::optional(at->second);
}

void TimingCache::putCode(std::string_view key, const Tensor& code) {
    const std::lock_guard lock(mutex_);
    code_.emplace(key, code);
}

std::optional<float> TimingCache::find(std::string_view problem, std::string_view tactic) const {
    const std::lock_guard lock(mutex_);
    const auto p = entries_.find(hashText(problem));
    if (p == entries_.end()) return std::nullopt;
    const auto t = p->second.find(hashText(tactic));
    return t == p->second.end() ? std::nullopt : std::optional(t->second);
}

void TimingCache::put(std::string_view problem, std::string_view tactic, float milliseconds) {
    const std::lock_guard lock(mutex_);
    entries_[hashText(problem)][hashText(tactic)] = milliseconds;
}

std::vector<uint64_t> TimingCache::problems() const {
    const std::lock_guard lock(mutex_);
    std::vector<uint64_t> keys;
    for (const auto& [problem, tactics] : entries_) keys.push_back(problem);
    return keys;
}

void TimingCache::assign(uint64_t problem, uint64_t tactic, float milliseconds) {
    const std::lock_guard lock(mutex_);
    const auto at = entries_.find(problem);
    if (at == entries_.end()) throw Error(ErrorCode::InvalidArgument, "", "the timing cache has no entry for this key");
    for (auto& [other, ms] : at->second) ms = std::numeric_limits<float>::infinity();
    at->second[tactic] = milliseconds;
}

std::map<uint64_t, float> TimingCache::tacticsOf(uint64_t problem) const {
    const std::lock_guard lock(mutex_);
    const auto at = entries_.find(problem);
    return at == entries_.end() ? std::map<uint64_t, float>{} : at->second;
}

}  // namespace opentrt
