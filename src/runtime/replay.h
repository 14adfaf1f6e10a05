// SPDX-License-Identifier: Apache-2.0
// Starts whole inferences as one piece of work: when sizes come a second time, the launches are recorded, and from then
// on the recording is started in their place. Other addresses are put into the kernels of a recording. A few recordings
// are kept, so that programs that take turns between buffers get one for each; of more buffers, and of those that are
// never the same, the recording that was not used for longest gets the addresses. OPENTRT_REPLAY=0 switches it off.
// Tested by tests/cuda.
#pragma once
#include <cstdint>
#include <functional>
#include <list>
#include <vector>

#include "backends/device.h"

namespace opentrt {

class Replay {
public:
    explicit Replay(const Device& device);

    //! What two inferences have to share so that one can stand for the other.
    struct Key {
        uint64_t version = 0;  //!< of what is bound
        std::vector<const void*> addresses;
        bool operator==(const Key&) const = default;
    };
    using Work = std::function<void(void* stream)>;
    //! Puts the inference into the stream, by `work` or by a recording of it, which is returned: it does the same again
    //! until the next run() or clear().
    Recording* run(Key key, void* stream, const Work& work);
    bool isOn() const { return isOn_; }
    //! Forgets what was recorded, because the steps are others now.
    void clear();

private:
    struct Entry {
        Key key;
        std::unique_ptr<Recording> recording;
    };
    enum class Seen { Never, Version, Key };
    Seen see(const Key& key);
    Entry* record(Key key, const Work& work);
    Entry* readdress(const Key& key, const Work& work);

    const Device& device_;
    bool isOn_;
    std::list<Entry> entries_;  // the latest first
    std::list<Key> seen_;       // not recorded, the latest first
};

}  // namespace opentrt
