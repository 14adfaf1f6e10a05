// SPDX-License-Identifier: Apache-2.0
// The run-time state of one step; shared by the executor's source files only. A step remembers the launches of a few
// earlier shapes, so that a context that goes back and forth between shapes prepares each kernel once per shape.
#pragma once
#include <algorithm>

#include "runtime/executor.h"

namespace opentrt {

class LoopRun;

struct Executor::Step {
    std::shared_ptr<const Kernel> own;  //!< when the engine's kernel gives each context one
    std::unique_ptr<Launch> launch;
    std::vector<Port> in, out;
    std::vector<const void*> inAddress;
    std::vector<void*> outAddress;
    std::vector<std::unique_ptr<Executor>> bodies;
    std::shared_ptr<LoopRun> loop;                    //!< of a Loop, once it ran
    std::vector<std::vector<int64_t>> branchDims[2];  //!< of an If: sizes of inputs that a branch was checked with

    struct Earlier {
        std::unique_ptr<Launch> launch;
        std::vector<Port> in, out;
    };
    std::vector<Earlier> earlier;  //!< the latest first
    bool isOther = false;          //!< a launch was made or let go

    static bool same(const std::vector<Port>& a, const std::vector<Port>& b) {
        return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                          [](const Port& x, const Port& y) { return x.dims == y.dims; });
    }
    bool boundTo(const std::vector<Port>& i, const std::vector<Port>& o) const { return same(in, i) && same(out, o); }

    //! Puts the launch aside and takes the one that was made for these shapes before, if there is one.
    bool reuse(const std::vector<Port>& i, const std::vector<Port>& o) {
        constexpr size_t kKept = 8;
        if (own) {  // it knows one shape at a time
            isOther = true;
            launch.reset();
            return false;
        }
        const auto at = std::find_if(earlier.begin(), earlier.end(),
                                     [&](const Earlier& e) { return same(e.in, i) && same(e.out, o); });
        Earlier found;
        if (at != earlier.end()) {
            found = std::move(*at);
            earlier.erase(at);
        }
        if (launch) earlier.insert(earlier.begin(), {std::move(launch), std::move(in), std::move(out)});
        isOther = isOther || earlier.size() > kKept || !found.launch;
        if (earlier.size() > kKept) earlier.pop_back();
        if (!found.launch) return false;
        launch = std::move(found.launch);
        in = std::move(found.in);
        out = std::move(found.out);
        return true;
    }
};

}  // namespace opentrt
