// SPDX-License-Identifier: Apache-2.0
#include "builder/rehearsal.h"

#include <algorithm>
#include <chrono>
#include <random>

#include "base/error.h"
#include "base/hash.h"
#include "graph/give_back.h"
#include "runtime/executor.h"
#include "tune/trial.h"

namespace opentrt {

//! The network on its device, with memory for what goes in and out.
class LiveNetwork {
public:
    LiveNetwork(const Graph& graph, const Plan& plan, const TuneRequest& request)
        : graph_(graph),
          request_(request),
          engine_(plan, request.plugins),
          memory_(engine_.place()),
          executor_(engine_, 0, memory_) {
        engine_.makeReady();
        executor_.setShapes(request.tactics.opt, 0);
        const PlanProgram& program = plan.programs[0];
        for (size_t s = 0; s < program.steps.size(); ++s) {
            const auto [at, isNew] = stepOf_.emplace(program.steps[s].name, s);
            if (!isNew) at->second = program.steps.size();
        }
        if (!isReady()) return;
        std::mt19937 random(7);
        for (const ValueId in : graph.inputs()) {
            const Tensor contents = trialOperand(graph, in, request.tactics, random);
            void* at = memoryFor(program, program.inputs[inputs_.size()], contents.dims());
            engine_.place().upload(at, contents.data(), contents.bytes(), nullptr);
            inputs_.push_back(at);
        }
        for (size_t o = 0; o < program.outputs.size(); ++o) {
            outputs_.push_back(memoryFor(program, program.outputs[o], executor_.outputDims(static_cast<int>(o))));
        }
        engine_.place().synchronize(nullptr);
    }

    bool isReady() const { return executor_.isReplayable(); }

    //! Where the plan has the layer; nothing for what was dropped or shares its name.
    std::optional<size_t> step(NodeId node) const {
        const auto at = stepOf_.find(graph_[node].name);
        if (at == stepOf_.end() || at->second >= engine_.plan().programs[0].steps.size()) return {};
        return at->second;
    }

    CompiledStep compile(NodeId node, const Tactic& tactic) const {
        CompiledStep compiled = request_.backend->compile(graph_, node, tactic, request_.tactics);
        giveBackConstants(graph_, node);
        return compiled;
    }
    std::shared_ptr<const Kernel> load(const CompiledStep& compiled) const {
        auto shared = request_.backend->load(compiled.kernel, compiled.params, compiled.weights);
        auto own = shared->forContext();
        if (!own) return shared;
        using Both = std::pair<std::shared_ptr<const Kernel>, std::shared_ptr<const Kernel>>;
        const auto both = std::make_shared<const Both>(std::move(shared), std::move(own));
        return {both, both->second.get()};
    }
    std::unique_ptr<Launch> bind(size_t step, const Kernel& kernel) { return executor_.bind(step, kernel); }
    std::unique_ptr<Launch> exchange(size_t step, std::unique_ptr<Launch> launch) {
        return executor_.exchange(step, std::move(launch));
    }
    //! The kernel of the launch that the step has from now on.
    void keep(size_t step, std::shared_ptr<const Kernel> kernel) { kept_[step] = std::move(kernel); }

    void run(void* stream) {
        executor_.setStream(stream);
        executor_.run(inputs_, outputs_);
    }
    const Device& place() const { return engine_.place(); }

private:
    void* memoryFor(const PlanProgram& program, int32_t index, const std::vector<int64_t>& dims) {
        const PlanValue& value = program.values[static_cast<size_t>(index)];
        blocks_.push_back(std::make_unique<Block>(memory_));
        return blocks_.back()->reserve(std::max<int64_t>(bytesIn(value.format, value.type, dims), 1));
    }

    const Graph& graph_;
    const TuneRequest& request_;
    Engine engine_;
    std::map<size_t, std::shared_ptr<const Kernel>> kept_;  // by step; longer than the launches
    PlainMemory memory_;
    Executor executor_;
    std::map<std::string, size_t> stepOf_;
    std::vector<std::unique_ptr<Block>> blocks_;
    std::vector<const void*> inputs_;
    std::vector<void*> outputs_;
};

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
        LiveNetwork network(graph_, plan, request_);
        if (network.isReady()) playAll(network);
    } catch (const Error& error) {  // beside the weights, which the build holds as well
        if (error.code() != ErrorCode::FailedAllocation) throw;
        log().verbose("no tactics were compared in the network: ", error.what());
    }
}

void Rehearsal::playAll(LiveNetwork& network) {
    const auto start = std::chrono::steady_clock::now();
    const auto left = [&] { return request_.effort.rehearsalSeconds - secondsSince(start); };
    size_t held = 0, changed = 0, before = SIZE_MAX;
    double first = 0, last = 0;
    while (changed != before && left() > 0) {  // what was decided early is judged again beside what was decided late
        before = changed;
        for (size_t g = 0; g < groups_.size() && left() > 0; ++g) {
            const std::optional<Outcome> outcome = play(groups_[g], network, left() / 4);
            if (!outcome) continue;
            if (held++ == 0) first = outcome->before;
            last = outcome->after;
            if (outcome->isChanged) ++changed;
        }
    }
    if (held == 0) return;
    remember();
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
