// SPDX-License-Identifier: Apache-2.0
#include "builder/rehearsal.h"

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "base/hash.h"
#include "builder/live_network.h"
#include "tune/trial.h"

namespace opentrt {

namespace {

//! A difference that two measurements of the same network show as well.
constexpr double kNoise = 0.003;

double secondsSince(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

//! Ways to run one group of layers.
class Contest {
public:
    struct Entrant {
        std::string tactic;
        size_t rival = 0;                                    //!< of the choice; the first entrant is the present tactic
        std::vector<std::shared_ptr<const Kernel>> kernels;  //!< by step; none: those that the steps have
        std::vector<std::unique_ptr<Launch>> launches;       //!< by step, while another entrant is in the network
    };

    Contest(LiveNetwork& network, const std::vector<NodeId>& nodes, const Choice& choice, double seconds)
        : network_(network) {
        for (const NodeId node : nodes) {
            const auto step = network.step(node);
            if (!step) return;
            steps_.push_back(*step);
        }
        entrants.push_back({choice.tactic.name, 0, {}, std::vector<std::unique_ptr<Launch>>(nodes.size())});
        const std::vector<int> operands = network.compile(nodes.front(), choice.tactic).inputs;
        const auto start = std::chrono::steady_clock::now();
        for (size_t r = 0; r < choice.rivals.size() && secondsSince(start) < seconds; ++r)
            add(nodes, choice.rivals[r], r, operands);
    }
    //! The others leave.
    void enter(size_t entrant) {
        if (entrant == inside_) return;
        for (size_t s = 0; s < steps_.size(); ++s) {
            auto before = network_.exchange(steps_[s], std::move(entrants[entrant].launches[s]));
            entrants[inside_].launches[s] = std::move(before);
        }
        inside_ = entrant;
    }
    //! Who is inside stays there.
    void end() {
        for (size_t s = 0; s < steps_.size() && inside_ != 0; ++s)
            network_.keep(steps_[s], std::move(entrants[inside_].kernels[s]));
    }

    std::vector<Entrant> entrants;

private:
    //! Unless the tactic wants other operands than the steps have, or does not run here after all.
    void add(const std::vector<NodeId>& nodes, const Tactic& tactic, size_t rival, const std::vector<int>& operands) {
        Entrant entrant{tactic.name, rival, {}, {}};
        try {
            for (size_t n = 0; n < nodes.size(); ++n) {
                const CompiledStep compiled = network_.compile(nodes[n], tactic);
                if (compiled.inputs != operands) return;
                entrant.kernels.push_back(network_.load(compiled));
                entrant.launches.push_back(network_.bind(steps_[n], *entrant.kernels.back()));
            }
        } catch (const Error& error) {
            if (error.code() != ErrorCode::Unsupported) throw;
            return;
        }
        entrants.push_back(std::move(entrant));
    }

    LiveNetwork& network_;
    std::vector<size_t> steps_;
    size_t inside_ = 0;
};

}  // namespace

Rehearsal::Rehearsal(const Graph& graph, Tuned& tuned, const TuneRequest& request)
    : graph_(graph), tuned_(tuned), request_(request) {
    std::map<std::string, size_t> groupOf;
    for (const NodeId node : graph.order()) {
        const Choice& choice = tuned.nodes.at(node);
        if (choice.backend != request.backend) continue;
        std::string key = cat(problemKey(graph, node, request.tactics.opt), "\n", choice.tactic.name);
        network_ = hashText(key, network_);
        if (choice.rivals.empty()) continue;
        const auto [at, isNew] = groupOf.emplace(key, groups_.size());
        if (isNew) groups_.push_back({std::move(key), {}, 0});
        Group& group = groups_[at->second];
        group.nodes.push_back(node);
        group.ms += choice.timeMs;
    }
    std::stable_sort(groups_.begin(), groups_.end(), [](const Group& a, const Group& b) { return a.ms > b.ms; });
}

std::string Rehearsal::cacheKey(const Group& group) const {
    return cat("in the network ", network_, "\n", group.key);
}

void Rehearsal::take(const Group& group, size_t rival) {
    for (const NodeId node : group.nodes) {
        Choice& choice = tuned_.nodes.at(node);
        std::swap(choice.tactic, choice.rivals[rival]);
    }
}

bool Rehearsal::recall() {
    if (!request_.cache) return false;
    constexpr size_t kPresent = SIZE_MAX;
    std::vector<size_t> winners;
    for (const Group& group : groups_) {
        const Choice& choice = tuned_.nodes.at(group.nodes.front());
        const auto won = [&](const Tactic& tactic) { return request_.cache->find(cacheKey(group), tactic.name); };
        const auto at = std::find_if(choice.rivals.begin(), choice.rivals.end(), won);
        if (at == choice.rivals.end() && !won(choice.tactic)) return false;
        winners.push_back(at == choice.rivals.end() ? kPresent : static_cast<size_t>(at - choice.rivals.begin()));
    }
    for (size_t g = 0; g < groups_.size(); ++g) {
        if (winners[g] != kPresent) take(groups_[g], winners[g]);
    }
    return true;
}

void Rehearsal::compileRivals() const {
    std::vector<CompileJob> jobs;
    for (const Group& group : groups_) {
        for (const Tactic& rival : tuned_.nodes.at(group.nodes.front()).rivals)
            jobs.push_back({graph_, group.nodes.front(), rival});
    }
    if (!request_.backend->compileAhead(jobs, request_.tactics, request_.compiled)) throwCancelled();
}

void Rehearsal::hold(const Plan& plan) {
    if (groups_.empty()) return;
    compileRivals();
    try {
        LiveNetwork network(graph_, std::make_shared<Engine>(plan, request_.plugins, request_.memory), request_);
        if (network.isReady()) playAll(network);
        remember();                 // also that nothing can be compared, lest each build finds out again
    } catch (const Error& error) {  // beside the weights, which the build holds as well
        if (error.code() != ErrorCode::FailedAllocation) throw;
        log().verbose("no tactics were compared in the network: ", error.what());
    }
}

void Rehearsal::playAll(LiveNetwork& network) {
    const auto start = std::chrono::steady_clock::now();
    const auto left = [&] { return request_.effort.rehearsalSeconds - secondsSince(start); };
    constexpr int kRounds = 2;  // what was decided early is judged again beside what was decided late
    size_t held = 0, changed = 0;
    double first = 0, last = 0;
    for (int round = 0; round < kRounds && (round == 0 || changed > 0); ++round) {
        for (size_t g = 0; g < groups_.size() && left() > 0; ++g) {
            const std::optional<Outcome> outcome = play(groups_[g], network, left() / 4);
            if (!outcome) continue;
            if (held++ == 0) first = outcome->before;
            last = outcome->after;
            if (outcome->isChanged) ++changed;
        }
    }
    if (held == 0) return;
    log().verbose("comparing tactics of ", groups_.size(), " groups of layers in the network, ", held, " times, took ",
                  secondsSince(start), " s and changed ", changed, "; it takes ", last, " ms instead of ", first);
}

std::optional<Rehearsal::Outcome> Rehearsal::play(const Group& group, LiveNetwork& network, double seconds) {
    const Choice& choice = tuned_.nodes.at(group.nodes.front());
    Contest contest(network, group.nodes, choice, seconds);
    if (contest.entrants.size() < 2) return {};
    std::vector<Rendition> renditions;
    for (size_t e = 0; e < contest.entrants.size(); ++e) {
        const std::string& layer = graph_[group.nodes.front()].name;
        renditions.push_back({cat(group.nodes.size(), " x ", layer, ": ", contest.entrants[e].tactic),
                              [&, e] { contest.enter(e); }, [&](void* stream) { network.run(stream); }});
    }
    const std::vector<double> times = request_.timer->compare(network.place(), renditions, seconds);
    size_t winner = 0;
    for (size_t e = 0; e < times.size(); ++e) {
        log().verbose("the network with ", renditions[e].name, ": ", times[e], " ms");
        if (times[e] < times[winner] * (winner == 0 ? 1 - kNoise : 1)) winner = e;
    }
    contest.enter(winner);
    contest.end();
    if (times.empty()) return {};
    if (winner != 0) take(group, contest.entrants[winner].rival);
    return Outcome{times[0], times[winner], winner != 0};
}

//! The group's key has the tactic of before the rehearsal in it, so it is found again.
void Rehearsal::remember() const {
    if (!request_.cache) return;
    for (const Group& group : groups_) {
        const Choice& choice = tuned_.nodes.at(group.nodes.front());
        request_.cache->put(cacheKey(group), choice.tactic.name, choice.timeMs);
    }
}

}  // namespace opentrt
