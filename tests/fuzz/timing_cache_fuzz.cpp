// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "base/error.h"
#include "base/hash.h"
#include "target.h"
#include "tune/timing_cache.h"

namespace opentrt::fuzz {
namespace {

std::string textOf(const std::vector<uint8_t>& bytes) {
    return {bytes.begin(), bytes.end()};
}

bool run(std::string_view bytes) {
    try {
        const TimingCache cache = TimingCache::parse(bytes.data(), bytes.size(), "device", true);
        const std::vector<uint8_t> written = cache.serialize();
        const TimingCache again = TimingCache::parse(written.data(), written.size(), "device", false);
        require(again.serialize() == written, "a timing cache changes when it is written and read");
        TimingCache both("device");
        require(both.combine(cache, true) && both.size() == cache.size(), "combining loses times");
        for (uint64_t problem : cache.problems()) cache.tacticsOf(problem);
        return true;
    } catch (const Error&) {
        return false;
    }
}

//! Damage below the checksum, which is made right again.
std::string mutate(const std::string& bytes, Random& random) {
    if (bytes.size() < sizeof(uint64_t)) return bytes;
    std::string body = mutateBytes(bytes.substr(0, bytes.size() - sizeof(uint64_t)), random);
    const uint64_t checksum = hashBytes(body.data(), body.size());
    return body.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
}

std::vector<std::string> seeds() {
    TimingCache cache("device");
    cache.put("problem a", "tactic 1", 1.5F);
    cache.put("problem a", "tactic 2", 2.5F);
    cache.put("problem b", "tactic 1", 3.5F);
    return {textOf(TimingCache("device").serialize()), textOf(cache.serialize())};
}

}  // namespace

const Target& timingCacheFuzz() {
    static const Target target{run, mutate, seeds};
    return target;
}

}  // namespace opentrt::fuzz
