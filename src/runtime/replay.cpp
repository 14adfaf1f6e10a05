// SPDX-License-Identifier: Apache-2.0
#include "runtime/replay.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "base/error.h"

namespace opentrt {

namespace {

constexpr size_t kMostRecordings = 8, kMostSeen = 16;

bool isWanted() {
    const char* asked = std::getenv("OPENTRT_REPLAY");
    return !asked || std::string_view(asked) != "0";
}

}  // namespace

Replay::Replay(const Device& device) : device_(device), isOn_(!device.isHost() && isWanted()) {}

Replay::Seen Replay::see(const Key& key) {
    const auto at = std::find(seen_.begin(), seen_.end(), key);
    if (at != seen_.end()) {
        seen_.erase(at);
        return Seen::Key;
    }
    const auto isAlike = [&](const Key& other) { return other.version == key.version; };
    const bool alike = std::any_of(seen_.begin(), seen_.end(), isAlike);
    seen_.push_front(key);
    if (seen_.size() > kMostSeen) seen_.pop_back();
    return alike ? Seen::Version : Seen::Never;
}

Replay::Entry* Replay::record(Key key, const Work& work) {
    try {
        if (entries_.size() < kMostRecordings) {
            auto recording = device_.record(work);
            if (!recording) return nullptr;
            entries_.push_front({std::move(key), std::move(recording)});
        } else {
            Entry& oldest = entries_.back();
            oldest.key = {};  // until it is renewed, which may fail
            oldest.recording->renew(work);
            oldest.key = std::move(key);
            entries_.splice(entries_.begin(), entries_, std::prev(entries_.end()));
        }
        return &entries_.front();
    } catch (const Error&) {  // what cannot be recorded runs as it did before
        isOn_ = false;
        entries_.clear();
        return nullptr;
    }
}

//! The one of the same sizes that was not used for longest.
Replay::Entry* Replay::readdress(const Key& key, const Work& work) {
    const auto at =
        std::find_if(entries_.rbegin(), entries_.rend(), [&](const Entry& e) { return e.key.version == key.version; });
    try {
        if (!at->recording->readdress(work)) return nullptr;
        at->key = key;
        entries_.splice(entries_.begin(), entries_, std::prev(at.base()));
        return &entries_.front();
    } catch (const Error&) {
        isOn_ = false;
        entries_.clear();
        return nullptr;
    }
}

void Replay::clear() {
    entries_.clear();
    seen_.clear();
}

Recording* Replay::run(Key key, void* stream, const Work& work) {
    const auto at = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.key == key; });
    Entry* entry = nullptr;
    if (at != entries_.end()) {
        entries_.splice(entries_.begin(), entries_, at);
        entry = &entries_.front();
    } else if (isOn_) {
        const Seen seen = see(key);
        const bool isNew = std::none_of(entries_.begin(), entries_.end(),
                                        [&](const Entry& e) { return e.key.version == key.version; });
        const bool isOften = seen == Seen::Key && entries_.size() < kMostRecordings;
        if (!isOften && !isNew) entry = readdress(key, work);
        const bool isWorth = seen == Seen::Key || (seen == Seen::Version && isNew);
        if (!entry && isOn_ && isWorth) entry = record(std::move(key), work);
    }
    if (!entry) {
        work(stream);
        return nullptr;
    }
    entry->recording->start(stream);
    return entry->recording.get();
}

}  // namespace opentrt
