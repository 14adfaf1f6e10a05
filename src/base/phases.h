// SPDX-License-Identifier: Apache-2.0
// Where the time of long work goes: seconds by phase, so that all phases together are the whole. Tested by
// phases_test.cpp.
#pragma once
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace opentrt {

class Phases {
public:
    using Clock = std::chrono::steady_clock;

    //! A phase lasts as long as one of these. While an inner one is open, the outer one's time stands still.
    class Open {
    public:
        //! `phases` may be null, `name` must outlive them.
        Open(Phases* phases, const char* name) : phases_(phases) {
            if (phases_) outer_ = phases_->enter(name);
        }
        Open(const Open&) = delete;
        Open& operator=(const Open&) = delete;
        ~Open() {
            if (phases_) phases_->enter(outer_);
        }

    private:
        Phases* phases_;
        const char* outer_ = nullptr;
    };

    //! "compiling 6.73 s, timing 2.9 s", in the order in which they began; those that took next to nothing are left
    //! out.
    std::string text();
    //! So far.
    double secondsOf(std::string_view name);

private:
    //! Returns the phase before.
    const char* enter(const char* name);

    const char* now_ = nullptr;
    Clock::time_point since_ = Clock::now();
    std::vector<std::pair<std::string_view, double>> seconds_;
};

}  // namespace opentrt
