// SPDX-License-Identifier: Apache-2.0
#include "builder/spread.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/hash.h"
#include "builder/live_network.h"
#include "plan/arena.h"
#include "plan/lanes.h"
#include "plan/order.h"

namespace opentrt {

namespace {

constexpr int32_t kOwnChoice = 4;               // auxiliary streams at most, where the build was not told how many
constexpr double kCopy = 2.5, kAny = 8;         // microseconds of steps that are not timed
constexpr double kSeconds = 1, kNoise = 0.005;  // for measuring; what two measurements of one network differ by
constexpr const char* kOneLane = "all steps in one lane";

//! A way to spread the steps.
struct Trial {
    int32_t lanes;
    double leastGain = LaneCosts().leastGain;
    double filling = LaneCosts().filling;
    std::string name() const {
        return cat(lanes, " lanes, ", leastGain, " us to gain, steps of up to ", filling, " us");
    }
};

std::vector<Trial> firstTrials(int32_t most) {
    std::vector<Trial> trials;
    for (const int32_t lanes : {2, 3, 5, most}) {
        if (lanes <= most) trials.push_back({lanes});
    }
    return trials;
}

std::vector<Trial> furtherTrials(int32_t lanes) {
    Trial bolder{lanes}, shyer{lanes};
    bolder.filling = 30;
    shyer.leastGain = 3;
    return {bolder, shyer};
}

uint64_t hashOf(const PlanProgram& program) {
    uint64_t hash = 0;
    for (const PlanStep& s : program.steps)
        hash = hashText(cat(s.op, "\n", s.tactic, "\n", s.inputs, s.outputs, s.lane), hash);
    return hash;
}

//! The network in that way.
PlanProgram spreadBy(const Trial& trial, const Plan& plan, const SpreadRequest& request) {
    PlanProgram program = plan.programs[0];
    LaneCosts costs;
    costs.leastGain = trial.leastGain;
    costs.filling = trial.filling;
    costs.unknown = request.isTimed ? kCopy : kAny;
    assignLanes(program, {trial.lanes, request.mayLeave, costs});
    layOutArena(program, request.ranges);
    return program;
}

//! Ways of several widths, then the best of these with steps and gains judged differently.
class Search {
public:
    Search(const Graph& graph, const Plan& plan, const TuneRequest& tuning, const SpreadRequest& request)
        : graph_(graph), plan_(plan), tuning_(tuning), request_(request), seen_{hashOf(plan.programs[0])} {}

    void run(int32_t most) {
        compare(firstTrials(most));
        if (best_ > 0) compare(furtherTrials(winner_ ? winner_->lanes : most));
    }
    //! Milliseconds; 0 when nobody can tell.
    double best() const { return best_; }
    const std::optional<Trial>& winner() const { return winner_; }

private:
    //! The network in one lane, and in each new way.
    void compare(const std::vector<Trial>& trials) {
        std::vector<Trial> played;
        const std::vector<double> times = measure(trials, played);
        if (times.empty()) return;
        if (best_ == 0) {
            alone_ = times[0];
            best_ = alone_ * (1 - kNoise);
            log().verbose("the network with ", kOneLane, ": ", alone_, " ms");
        }
        for (size_t t = 0; t < played.size(); ++t) {
            const double time = times[t + 1] / times[0] * alone_;  // the device may be slower or faster by now
            log().verbose("the network with ", played[t].name(), ": ", time, " ms");
            if (time >= best_) continue;
            best_ = time;
            winner_ = played[t];
        }
    }

    //! All ways are programs of one engine, which has its weights once.
    std::vector<double> measure(const std::vector<Trial>& trials, std::vector<Trial>& played) {
        Plan all = plan_;
        std::vector<std::pair<std::string, int32_t>> programs{{kOneLane, 0}};
        for (const Trial& trial : trials) {
            PlanProgram program = spreadBy(trial, plan_, request_);
            if (!seen_.insert(hashOf(program)).second) continue;
            programs.emplace_back(trial.name(), static_cast<int32_t>(all.programs.size()));
            all.programs.push_back(std::move(program));
            played.push_back(trial);
        }
        if (played.empty()) return {};
        try {
            const auto engine = std::make_shared<Engine>(std::move(all), tuning_.plugins, tuning_.memory);
            std::vector<std::unique_ptr<LiveNetwork>> networks;
            std::vector<Rendition> renditions;
            for (const auto& [name, program] : programs) {
                networks.push_back(std::make_unique<LiveNetwork>(graph_, engine, tuning_, program));
                if (!networks[0]->isReady()) return {};
                renditions.push_back({name, [] {}, [&network = *networks.back()](void* to) { network.run(to); }});
            }
            return tuning_.timer->compare(engine->place(), renditions, kSeconds);
        } catch (const Error& error) {  // of memory, for one: the build holds the weights as well
            log().verbose("the network is not run in several ways: ", error.what());
            return {};
        }
    }

    Log& log() const { return tuning_.log ? *tuning_.log : Log::silent(); }

    const Graph& graph_;
    const Plan& plan_;
    const TuneRequest& tuning_;
    const SpreadRequest& request_;
    std::set<uint64_t> seen_;  // programs
    double alone_ = 0, best_ = 0;
    std::optional<Trial> winner_;
};

//! Of the network at the sizes that it is tuned for.
std::string keyOf(const Plan& plan, const TacticRequest& tactics, int32_t most) {
    const PlanProgram& program = plan.programs[0];
    uint64_t hash = hashOf(program);
    for (const Dim& d : program.dims) hash = hashText(d.str(), hash);
    for (const PlanValue& v : program.values) hash = hashText(cat(name(v.type), name(v.format), v.dims), hash);
    for (const auto& [symbol, size] : tactics.opt) hash = hashText(cat(symbol, "=", size), hash);
    return cat("network ", hash, " in at most ", most, " lanes");
}

//! Whether the timing cache knows the network, and in which way it is fastest.
bool recall(const TuneRequest& tuning, const std::string& key, int32_t most, std::optional<Trial>& winner) {
    std::vector<Trial> trials = firstTrials(most);
    for (const Trial& first : firstTrials(most)) {
        for (const Trial& further : furtherTrials(first.lanes)) trials.push_back(further);
    }
    const auto won = [&](const Trial& trial) { return tuning.cache->find(key, trial.name()).has_value(); };
    const auto at = std::find_if(trials.begin(), trials.end(), won);
    if (at == trials.end() && !tuning.cache->find(key, kOneLane)) return false;
    winner = at == trials.end() ? std::optional<Trial>() : *at;
    return true;
}

}  // namespace

void spread(const Graph& graph, Plan& plan, const TuneRequest& tuning, const SpreadRequest& request) {
    const bool isAsked = request.maxAuxStreams >= 0;
    const int32_t most = 1 + std::min(isAsked ? request.maxAuxStreams : kOwnChoice, kMostLanes - 1);
    if (most < 2) return;
    // What was asked for is made by the rules where nobody can tell.
    std::optional<Trial> winner;
    if (isAsked) winner = Trial{most};
    const std::string key = keyOf(plan, tuning.tactics, most);
    if (request.isTimed && !recall(tuning, key, most, winner) && request.measures) {
        Search search(graph, plan, tuning, request);
        search.run(most);
        if (search.best() > 0) winner = search.winner();
        // Another build, as for a refit, does not try again what cannot be measured.
        tuning.cache->put(key, winner ? winner->name() : kOneLane, static_cast<float>(search.best()));
    }
    if (winner) plan.programs[0] = spreadBy(*winner, plan, request);
}

}  // namespace opentrt
