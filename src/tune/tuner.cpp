// SPDX-License-Identifier: Apache-2.0
// Variables are the nodes, their values the tactics; the cost of a value is its time, the cost between a producer and a
// consumer the reformat that their formats need. Min-sum messages along the edges, a few rounds, then each node in turn
// takes its best tactic given its neighbours until nothing changes.
#include "tune/tuner.h"

#include <algorithm>
#include <limits>
#include <set>

#include "base/error.h"
#include "graph/give_back.h"
#include "tune/trial.h"
#include "tune/variants.h"

namespace opentrt {

namespace {

struct Candidate {
    Tactic tactic;
    const Backend* backend;
    double ms;
};

struct Variable {
    NodeId node;
    bool isTimed = false;
    std::string key;  //!< of the problem, when it is timed
    std::vector<Candidate> candidates;
    size_t chosen = 0;
};

//! A tensor between two nodes, or between a node and the outside of the graph (linear format).
struct Edge {
    int producer, output;  // -1: graph input
    int consumer, input;   // -1: graph output
    ValueId value;
};

class GraphTuner {
public:
    GraphTuner(const Graph& graph, const TuneRequest& request) : graph_(graph), request_(request) {}

    Tuned run() {
        const std::vector<NodeId> order = graph_.order();
        total_ = static_cast<int>(order.size());
        if (!goesOn(0)) throwCancelled();
        coldWeights_ = request_.effort.timing && hasColdWeights();
        for (NodeId id : order) addNode(id);
        compileCandidates();
        int done = 0;
        for (Variable& v : variables_) {
            if (!goesOn(done++)) throwCancelled();
            timeCandidates(v);
        }
        addEdges();
        choose();
        for (Variable& v : variables_) {
            Choice& choice = result_.nodes[v.node];
            const Candidate& c = v.candidates[v.chosen];
            choice.backend = c.backend;
            choice.tactic = c.tactic;
            choice.timeMs = c.ms < 1e30 ? static_cast<float>(c.ms) : 0;
            choice.rivals = rivalsOf(v);
            result_.totalMs += choice.timeMs;
            report(v, choice);
        }
        return std::move(result_);
    }

private:
    bool goesOn(int done) { return !request_.progress || request_.progress(done, total_); }
    Log& log() { return request_.log ? *request_.log : Log::silent(); }

    void addNode(NodeId id) {
        const Node& node = graph_[id];
        Variable v;
        v.node = id;
        if (node.op->isView() && !makesDataSizes(node)) {
            v.candidates.push_back({linearTactic(node, "view"), nullptr, 0});
        } else if (node.op->kind() == "If" || node.op->kind() == "Loop" || node.op->kind() == "Probe") {
            v.candidates.push_back({linearTactic(node, "control"), nullptr, 0});
            auto& bodies = result_.nodes[id].bodies;
            for (const auto& body : node.bodies) bodies.push_back(GraphTuner(*body, request_).run());
        } else {
            addCandidates(v);
        }
        variables_.push_back(std::move(v));
    }

    //! A view whose shape only the run tells is a step, because a step binds the size.
    bool makesDataSizes(const Node& node) const {
        const auto& sizes = graph_.dataSizes();
        return std::any_of(sizes.begin(), sizes.end(), [&](const DataSize& s) { return s.value == node.outputs[0]; });
    }

    static Tactic linearTactic(const Node& node, std::string name) {
        Tactic tactic;
        tactic.name = std::move(name);
        tactic.inputs.assign(node.inputs.size(), Format::Linear);
        tactic.outputs.assign(node.outputs.size(), Format::Linear);
        return tactic;
    }

    void addCandidates(Variable& v) {
        if (request_.plugins) {
            TacticList own = request_.plugins->tactics(graph_, v.node, request_.tactics);
            for (Tactic& t : own.tactics) v.candidates.push_back({std::move(t), request_.plugins, 0});
            if (!v.candidates.empty()) return;
        }
        const Phases::Open phase(request_.phases, "listing tactics");
        TacticList list = request_.backend->tactics(graph_, v.node, request_.tactics);
        dropSlow(v, list);
        for (const Refusal& r : list.refusals) log().verbose(graph_[v.node].name, ": no ", r.tactic, ": ", r.reason);
        result_.nodes[v.node].refusals = list.refusals;
        const Backend* backend = request_.backend;
        if (list.tactics.empty()) {
            backend = &refBackend();
            list = backend->tactics(graph_, v.node, request_.tactics);
            v.candidates.push_back({list.tactics.front(), backend, 0});
            return;
        }
        const size_t offered = std::min(list.tactics.size(), std::max<size_t>(request_.effort.candidates, 1));
        if (request_.effort.timing) list.tactics.resize(offered);
        v.isTimed = request_.effort.timing && (offered > 1 || request_.select || request_.timed.count(v.node)) &&
                    hasKnownSizes(graph_, v.node, request_.tactics);
        if (v.isTimed) v.key = problemKey(graph_, v.node, request_.tactics.opt);
        for (Tactic& t : list.tactics) v.candidates.push_back({std::move(t), backend, 0});
    }

    //! Candidates that are far slower than another one by estimate are neither compiled nor timed. Those that the
    //! timing cache knows cost nothing, an algorithm selector sees all, and a few are tried however slow.
    void dropSlow(const Variable& v, TacticList& list) {
        constexpr size_t kFew = 4;
        const double trust = request_.effort.trust;
        if (trust <= 0 || !request_.effort.timing || request_.select) return;
        if (list.tactics.size() <= kFew || !hasKnownSizes(graph_, v.node, request_.tactics)) return;
        const std::vector<double> times = request_.backend->estimates(graph_, v.node, list.tactics, request_.tactics);
        std::vector<double> known;
        std::copy_if(times.begin(), times.end(), std::back_inserter(known), [](double time) { return time > 0; });
        if (known.size() <= kFew) return;
        std::sort(known.begin(), known.end());
        const double limit = std::max(trust * known[0], known[kFew - 1]);
        const std::string key = request_.cache ? problemKey(graph_, v.node, request_.tactics.opt) : "";
        std::vector<Tactic> kept;
        for (size_t t = 0; t < times.size(); ++t) {
            Tactic& tactic = list.tactics[t];
            if (times[t] <= limit || (request_.cache && request_.cache->find(key, tactic.name))) {
                kept.push_back(std::move(tactic));
            } else {
                list.refuse(tactic.name, cat("an estimate of ", times[t], " ms, where the least one is ", known[0]));
            }
        }
        list.tactics = std::move(kept);
    }

    //! Milliseconds that need no measuring.
    std::optional<float> knownTime(const Variable& v, const Tactic& tactic) const {
        return request_.cache ? request_.cache->find(v.key, tactic.name) : std::nullopt;
    }

    //! What will be timed, or is chosen without timing, is compiled together.
    void compileCandidates() {
        const Phases::Open phase(request_.phases, "compiling candidates");
        std::vector<CompileJob> jobs = request_.ahead;
        std::set<std::string_view> seen;  // equal problems are compiled and timed once
        for (const Variable& v : variables_) {
            if (v.isTimed && !seen.insert(v.key).second) continue;
            for (const Candidate& c : v.candidates) {
                if (c.backend != request_.backend || (v.isTimed && knownTime(v, c.tactic))) continue;
                jobs.push_back({graph_, v.node, c.tactic});
                if (!v.isTimed) break;
            }
        }
        if (!request_.backend->compileAhead(jobs, request_.tactics, request_.compiled)) throwCancelled();
    }

    void timeCandidates(Variable& v) {
        if (!v.isTimed && !(request_.select && isChosenHere(v))) return;
        std::vector<Tactic> tactics;
        for (const Candidate& c : v.candidates) tactics.push_back(c.tactic);
        std::vector<double> times(tactics.size(), 0);
        if (v.isTimed) timeAll(v, tactics, times);
        if (request_.select) request_.select(graph_, v.node, tactics, times);
        const Backend* backend = v.candidates.front().backend;
        v.candidates.clear();
        for (size_t t = 0; t < tactics.size(); ++t) v.candidates.push_back({tactics[t], backend, times[t]});
    }

    //! Plugins, views and control nodes have no choice.
    bool isChosenHere(const Variable& v) const {
        return !v.candidates.empty() && v.candidates.front().backend == request_.backend;
    }

    void timeAll(const Variable& v, const std::vector<Tactic>& tactics, std::vector<double>& times) {
        const TimingProblem problem{
            v.key, *request_.backend, graph_, v.node, request_.tactics, request_.tactics.opt, coldWeights_};
        const auto isKnown = [&](const Tactic& tactic) { return knownTime(v, tactic).has_value(); };
        const bool allKnown = std::all_of(tactics.begin(), tactics.end(), isKnown);
        double best = std::numeric_limits<double>::infinity();
        for (size_t t = 0; t < tactics.size(); ++t) {
            times[t] = timeOf(request_, problem, tactics[t], best);
            best = std::min(best, times[t]);
        }
        if (!allKnown) {
            request_.timer->settle(problem, tactics, times);
            for (size_t t = 0; request_.cache && t < tactics.size(); ++t) {
                times[t] = static_cast<float>(times[t]);  // as it will come back from there
                request_.cache->put(v.key, tactics[t].name, static_cast<float>(times[t]));
            }
        }
        giveBackConstants(graph_, v.node);
    }

    //! Whether constants would not stay in the device's cache, half of which belongs to everything else.
    bool hasColdWeights() const {
        if (!request_.backend->isHere()) return false;
        int64_t bytes = 0;
        for (const NodeId id : graph_.order()) {
            for (const ValueId in : graph_[id].inputs) {
                if (in.valid() && graph_.isConstant(in)) bytes += graph_.fact(in).constant->bytes();
            }
        }
        return bytes > request_.backend->place().cacheBytes() / 2;
    }

    void addEdges() {
        std::map<NodeId, int> variableOf;
        for (size_t i = 0; i < variables_.size(); ++i) variableOf[variables_[i].node] = static_cast<int>(i);
        const auto producerOf = [&](ValueId v) {
            const NodeId p = graph_[v].producer;
            return p.valid() ? variableOf.at(p) : -1;
        };
        for (size_t i = 0; i < variables_.size(); ++i) {
            const Node& node = graph_[variables_[i].node];
            for (size_t k = 0; k < node.inputs.size(); ++k) {
                const ValueId in = node.inputs[k];
                if (!in.valid() || graph_.isConstant(in)) continue;
                edges_.push_back({producerOf(in), graph_[in].output, static_cast<int>(i), static_cast<int>(k), in});
            }
        }
        for (ValueId out : graph_.outputs()) {
            if (!graph_.isConstant(out)) edges_.push_back({producerOf(out), graph_[out].output, -1, 0, out});
        }
        edgesOf_.resize(variables_.size());
        for (size_t e = 0; e < edges_.size(); ++e) {
            if (edges_[e].producer >= 0) edgesOf_[static_cast<size_t>(edges_[e].producer)].push_back(e);
            if (edges_[e].consumer >= 0) edgesOf_[static_cast<size_t>(edges_[e].consumer)].push_back(e);
        }
    }

    Format producedAs(const Edge& e, size_t tactic) const {
        if (e.producer < 0) return Format::Linear;
        const auto& v = variables_[static_cast<size_t>(e.producer)];
        return v.candidates[tactic].tactic.outputs[static_cast<size_t>(e.output)];
    }
    Format wantedAs(const Edge& e, size_t tactic) const {
        if (e.consumer < 0) return Format::Linear;
        const auto& v = variables_[static_cast<size_t>(e.consumer)];
        return v.candidates[tactic].tactic.inputs[static_cast<size_t>(e.input)];
    }

    double reformatMs(const Edge& e, Format from, Format to) {
        const Fact& fact = graph_.fact(e.value);
        if (liesAlike(from, to, fact.shape)) return 0;
        if (!isKnown(fact.shape, request_.tactics))
            return 1e9;  // a size that is not known yet cannot be reformatted in advance
        const auto dims = evalShape(fact.shape, request_.tactics.opt);
        const std::string key = cat("reformat ", opentrt::name(fact.type), " ", dims);
        const std::string tactic = cat(opentrt::name(from), ".", opentrt::name(to));
        if (request_.cache) {
            if (const auto known = request_.cache->find(key, tactic)) return *known;
        }
        const double ms =
            request_.effort.timing ? request_.timer->timeReformat(*request_.backend, fact.type, from, to, dims) : 1.0;
        if (request_.cache && request_.effort.timing) request_.cache->put(key, tactic, static_cast<float>(ms));
        return static_cast<float>(ms);
    }

    //! Cost between tactic `p` of the producer and `c` of the consumer.
    double edgeCost(const Edge& e, size_t p, size_t c) { return reformatMs(e, producedAs(e, p), wantedAs(e, c)); }

    size_t choices(int variable) const {
        return variable < 0 ? 1 : variables_[static_cast<size_t>(variable)].candidates.size();
    }

    void choose() {
        if (!request_.effort.timing) return;  // the first candidates are the backend's own preference
        passMessages();
        localSearch();
    }

    //! toConsumer[e][c], toProducer[e][p]: the best total of everything on the other side of the edge.
    void passMessages() {
        std::vector<std::vector<double>> toConsumer(edges_.size()), toProducer(edges_.size());
        for (size_t e = 0; e < edges_.size(); ++e) {
            toConsumer[e].assign(choices(edges_[e].consumer), 0);
            toProducer[e].assign(choices(edges_[e].producer), 0);
        }
        const auto belief = [&](int variable, size_t tactic, size_t except) {
            if (variable < 0) return 0.0;
            double total = variables_[static_cast<size_t>(variable)].candidates[tactic].ms;
            for (size_t e : edgesOf_[static_cast<size_t>(variable)]) {
                if (e == except) continue;
                total += edges_[e].producer == variable ? toProducer[e][tactic] : toConsumer[e][tactic];
            }
            return total;
        };
        const auto update = [&](size_t e, bool forward) {
            const Edge& edge = edges_[e];
            auto& message = forward ? toConsumer[e] : toProducer[e];
            const int from = forward ? edge.producer : edge.consumer;
            std::vector<double> beliefs(choices(from));
            for (size_t t = 0; t < beliefs.size(); ++t) beliefs[t] = belief(from, t, e);
            for (size_t to = 0; to < message.size(); ++to) {
                double best = std::numeric_limits<double>::infinity();
                for (size_t t = 0; t < beliefs.size(); ++t) {
                    best = std::min(best, beliefs[t] + (forward ? edgeCost(edge, t, to) : edgeCost(edge, to, t)));
                }
                message[to] = best;
            }
            const double least = *std::min_element(message.begin(), message.end());
            for (double& m : message) m -= least;
        };
        constexpr int kRounds = 4;
        for (int round = 0; round < kRounds; ++round) {
            for (size_t e = 0; e < edges_.size(); ++e) update(e, true);
            for (size_t e = edges_.size(); e-- > 0;) update(e, false);
        }
        for (size_t v = 0; v < variables_.size(); ++v) {
            double best = std::numeric_limits<double>::infinity();
            for (size_t t = 0; t < variables_[v].candidates.size(); ++t) {
                const double total = belief(static_cast<int>(v), t, edges_.size());
                if (total < best) best = total, variables_[v].chosen = t;
            }
        }
    }

    double localCost(size_t v, size_t tactic) {
        double total = variables_[v].candidates[tactic].ms;
        for (size_t e : edgesOf_[v]) {
            const Edge& edge = edges_[e];
            const auto other = [&](int w) {
                if (w < 0) return size_t{0};
                return static_cast<size_t>(w) == v ? tactic : variables_[static_cast<size_t>(w)].chosen;
            };
            total += edgeCost(edge, other(edge.producer), other(edge.consumer));
        }
        return total;
    }

    void localSearch() {
        constexpr int kSweeps = 10;
        bool changed = true;
        for (int sweep = 0; changed && sweep < kSweeps; ++sweep) {
            changed = false;
            for (size_t v = 0; v < variables_.size(); ++v) {
                double best = localCost(v, variables_[v].chosen);
                for (size_t t = 0; t < variables_[v].candidates.size(); ++t) {
                    const double cost = localCost(v, t);
                    if (cost >= best * (1 - 1e-9)) continue;
                    best = cost;
                    variables_[v].chosen = t;
                    changed = true;
                }
            }
        }
    }

    std::vector<Tactic> rivalsOf(const Variable& v) const {
        constexpr double kClose = 1.4;
        constexpr size_t kMost = 11;
        const Candidate& chosen = v.candidates[v.chosen];
        std::vector<const Candidate*> close;
        for (const Candidate& c : v.candidates) {
            const bool isAlike = c.tactic.inputs == chosen.tactic.inputs && c.tactic.outputs == chosen.tactic.outputs &&
                                 c.tactic.inPlaceInput == chosen.tactic.inPlaceInput;
            if (v.isTimed && &c != &chosen && isAlike && c.ms <= kClose * chosen.ms) close.push_back(&c);
        }
        std::stable_sort(close.begin(), close.end(), [](const auto* x, const auto* y) { return x->ms < y->ms; });
        if (close.size() > kMost) close.resize(kMost);
        std::vector<Tactic> rivals;
        for (const Candidate* c : close) rivals.push_back(c->tactic);
        return rivals;
    }

    void report(const Variable& v, const Choice& choice) {
        const Node& node = graph_[v.node];
        if (choice.tactic.usesReference) {
            log().warning(node.name, ": ", str(*node.op),
                          " runs on the slow reference implementation: no faster one takes it");
        }
        for (const Candidate& c : v.candidates) log().verbose(node.name, ": ", c.tactic.name, " ", c.ms, " ms");
        log().verbose(node.name, ": chose ", choice.tactic.name);
    }

    const Graph& graph_;
    const TuneRequest& request_;
    int total_ = 0;  //!< nodes
    bool coldWeights_ = false;
    Tuned result_;
    std::vector<Variable> variables_;
    std::vector<Edge> edges_;
    std::vector<std::vector<size_t>> edgesOf_;
};

}  // namespace

void throwCancelled() {
    throw Error(ErrorCode::InvalidState, "", "the build was cancelled by the progress monitor");
}

Tuned tune(const Graph& graph, const TuneRequest& request) {
    Tuned tuned = GraphTuner(graph, request).run();
    if (!request.points.empty() && request.effort.timing) addVariants(graph, request, tuned);
    return tuned;
}

}  // namespace opentrt
