// SPDX-License-Identifier: Apache-2.0
#include "plan/lanes.h"

#include <algorithm>
#include <functional>
#include <map>

#include "plan/order.h"

namespace opentrt {

namespace {

//! By step: those before it that write what it touches, or touch what it writes. The latest first.
std::vector<std::vector<int32_t>> dependencies(const PlanProgram& program) {
    struct Touched {
        int32_t writer = -1;
        std::vector<int32_t> readers;  // since
    };
    std::map<int32_t, Touched> roots;
    std::vector<std::vector<int32_t>> result;
    for (size_t s = 0; s < program.steps.size(); ++s) {
        const PlanStep& step = program.steps[s];
        const auto me = static_cast<int32_t>(s);
        std::vector<int32_t>& before = result.emplace_back();
        for (const int32_t v : step.inputs) {
            if (v < 0) continue;
            Touched& touched = roots[rootOf(program, v)];
            before.push_back(touched.writer);
            touched.readers.push_back(me);
        }
        for (const int32_t v : step.outputs) {
            Touched& touched = roots[rootOf(program, v)];
            before.push_back(touched.writer);
            before.insert(before.end(), touched.readers.begin(), touched.readers.end());
            touched = {me, {}};
        }
        std::sort(before.begin(), before.end(), std::greater<>());
        before.erase(std::unique(before.begin(), before.end()), before.end());
        std::erase_if(before, [&](int32_t d) { return d < 0 || d == me; });
    }
    return result;
}

class Scheduler {
public:
    Scheduler(PlanProgram& program, const LaneRequest& request)
        : steps_(program.steps),
          request_(request),
          needed_(dependencies(program)),
          before_(steps_.size()),
          done_(steps_.size(), 0),
          now_{std::vector<double>(static_cast<size_t>(request.most), 0),
               std::vector<int32_t>(static_cast<size_t>(request.most), -1)} {}

    void run() {
        for (size_t s = 0; s < steps_.size(); ++s) {
            const size_t lane = laneFor(s);
            if (lane != 0 && !isOpen_) {
                isOpen_ = true;
                opened_ = s;
                atOpening_ = now_;
            }
            place(s, lane);
            if (isOpen_ && (s + 1 == steps_.size() || lanesMeet(before_[s], s, lane))) close(s);
        }
    }

private:
    struct State {  // by lane
        std::vector<double> free;
        std::vector<int32_t> last;  // step
    };

    double timeOf(size_t s) const {
        const double measured = static_cast<double>(steps_[s].buildTimeMs) * 1000;
        return measured > 0 ? measured : request_.costs.unknown;
    }
    bool fills(size_t s) const { return timeOf(s) > request_.costs.filling; }
    size_t laneOf(int32_t step) const { return static_cast<size_t>(steps_[static_cast<size_t>(step)].lane); }

    double startIn(size_t s, size_t lane) const {
        if (fills(s)) return *std::max_element(now_.free.begin(), now_.free.end());
        double start = lane > 0 && now_.last[lane] < 0 ? request_.costs.event : now_.free[lane];
        for (const int32_t d : needed_[s])
            start = std::max(start, done_[static_cast<size_t>(d)] + (laneOf(d) == lane ? 0 : request_.costs.event));
        return start;
    }

    size_t laneFor(size_t s) const {
        size_t best = 0;
        if (fills(s) || !request_.mayLeave[s]) return best;
        if (isOpen_ && joins(s)) return best;
        for (size_t lane = 1; lane < now_.free.size(); ++lane) {
            if (startIn(s, lane) < startIn(s, best)) best = lane;
        }
        return best;
    }

    //! Whether it reads from several lanes, and all are one again behind it.
    bool joins(size_t s) const {
        const auto isElsewhere = [&](int32_t d) { return laneOf(d) != laneOf(needed_[s].front()); };
        std::vector<int32_t> waits;
        return std::any_of(needed_[s].begin(), needed_[s].end(), isElsewhere) && lanesMeet(behindIn(s, 0, waits), s, 0);
    }

    //! By lane: the last step that would be done before `s`. Waits only for steps that nothing else puts in front: the
    //! latest first, for those stand behind earlier ones.
    std::vector<int32_t> behindIn(size_t s, size_t lane, std::vector<int32_t>& waits) const {
        std::vector<int32_t> behind(now_.last.size(), -1);
        const auto follow = [&](int32_t step) {
            const std::vector<int32_t>& theirs = before_[static_cast<size_t>(step)];
            for (size_t l = 0; l < behind.size(); ++l) behind[l] = std::max(behind[l], theirs[l]);
            behind[laneOf(step)] = std::max(behind[laneOf(step)], step);
        };
        if (now_.last[lane] >= 0) follow(now_.last[lane]);
        for (const int32_t d : needed_[s]) {
            if (behind[laneOf(d)] >= d) continue;
            waits.push_back(d);
            follow(d);
        }
        if (lane > 0 && now_.last[lane] < 0 && waits.empty()) waits.push_back(kStart);
        return behind;
    }

    void place(size_t s, size_t lane) {
        PlanStep& step = steps_[s];
        step.waits.clear();
        before_[s] = behindIn(s, lane, step.waits);
        done_[s] = startIn(s, lane) + timeOf(s);
        step.lane = static_cast<int32_t>(lane);
        now_.last[lane] = static_cast<int32_t>(s);
        now_.free[lane] = done_[s];
        if (fills(s)) std::fill(now_.free.begin(), now_.free.end(), done_[s]);
    }

    //! Whether a step behind those stands behind all that is in other lanes.
    bool lanesMeet(const std::vector<int32_t>& behind, size_t s, size_t lane) const {
        for (size_t l = 0; l < behind.size(); ++l) {
            if (l != lane && now_.last[l] > behind[l] && now_.last[l] != static_cast<int32_t>(s)) return false;
        }
        return true;
    }

    //! Keeps what was placed since lanes opened, or puts it all into lane 0.
    void close(size_t s) {
        isOpen_ = false;
        double end = now_.free[0], alone = atOpening_.free[0];
        for (size_t l = 1; l < now_.free.size(); ++l) {
            const bool isLoose = now_.last[l] > before_[s][l];
            end = std::max(end, now_.free[l] + (isLoose ? request_.costs.event : 0));
        }
        for (size_t step = opened_; step <= s; ++step) alone += timeOf(step);
        if (alone - end >= request_.costs.leastGain) return;
        now_ = atOpening_;
        for (size_t step = opened_; step <= s; ++step) place(step, 0);
    }

    std::vector<PlanStep>& steps_;
    const LaneRequest& request_;
    const std::vector<std::vector<int32_t>> needed_;
    std::vector<std::vector<int32_t>> before_;  // by step and lane: the last step that is done before it
    std::vector<double> done_;                  // by step
    State now_, atOpening_;
    bool isOpen_ = false;
    size_t opened_ = 0;  // the step at which lanes opened
};

}  // namespace

void assignLanes(PlanProgram& program, const LaneRequest& request) {
    Scheduler(program, request).run();
}

}  // namespace opentrt
