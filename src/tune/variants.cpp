// SPDX-License-Identifier: Apache-2.0
#include "tune/variants.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "base/error.h"
#include "graph/give_back.h"
#include "tune/trial.h"

namespace opentrt {

namespace {

//! A tactic so many times slower than the chosen one is not tried at other sizes.
constexpr double kHopeless = 1.6;
//! Steps below this share of the whole are left alone.
constexpr double kLeastShare = 0.005;
//! What a variant must save: of the step's time, and of the whole at these sizes.
constexpr double kLeastGain = 0.06, kLeastWholeGain = 0.002;

bool sameFormats(const Tactic& a, const Tactic& b) {
    return a.inputs == b.inputs && a.outputs == b.outputs && a.inPlaceInput == b.inPlaceInput;
}

class VariantTuner {
public:
    VariantTuner(const Graph& graph, const TuneRequest& request, Tuned& tuned)
        : graph_(graph), request_(request), tuned_(tuned) {}

    void run() {
        for (auto& [node, choice] : tuned_.nodes) {
            for (size_t b = 0; b < choice.bodies.size(); ++b) {
                addVariants(*graph_[node].bodies[b], request_, choice.bodies[b]);
            }
        }
        std::vector<Point> points(request_.points.size());
        for (size_t p = 0; p < points.size(); ++p) points[p].at = requestAt(request_.tactics, request_.points[p]);
        for (auto& [node, choice] : tuned_.nodes) {
            for (Point& point : points) prepareAt(point, node, choice);
        }
        for (auto& [node, choice] : tuned_.nodes) timeOthers(node, points);
        for (size_t p = 0; p < points.size(); ++p) {
            for (const auto& [node, trial] : points[p].trials) {
                if (matters(trial, points[p])) improve(trial, p, points[p].at, points[p].whole);
            }
        }
    }

private:
    struct Trial {
        NodeId node;
        std::vector<Tactic> others;
        std::string key;
        double ownMs = 0;
    };
    struct Point {
        TacticRequest at;
        std::map<NodeId, Trial> trials;
        double whole = 0;  //!< ms of all steps as they are
    };

    static bool matters(const Trial& trial, const Point& point) { return trial.ownMs >= kLeastShare * point.whole; }

    void prepareAt(Point& point, NodeId node, const Choice& choice) {
        std::optional<Trial> trial = prepare(node, choice, point.at);
        point.whole += trial ? trial->ownMs : choice.timeMs * sizeRatio(node, point.at.opt);
        if (trial) point.trials.emplace(node, std::move(*trial));
    }

    //! The times of a tactic at all points one behind the other, since a timer keeps the last step that it compiled:
    //! packing large weights takes longer than the measurements. They go into the timing cache.
    void timeOthers(NodeId node, const std::vector<Point>& points) {
        struct Place {
            const Trial* trial;
            const TacticRequest* at;
            double least;
        };
        std::vector<Place> places;
        std::set<std::string> names;
        for (const Point& point : points) {
            const auto trial = point.trials.find(node);
            if (trial == point.trials.end() || !matters(trial->second, point)) continue;
            places.push_back({&trial->second, &point.at, trial->second.ownMs});
            for (const Tactic& tactic : trial->second.others) names.insert(tactic.name);
        }
        if (!request_.cache || places.size() < 2) return;
        for (const std::string& name : names) {
            for (Place& place : places) {
                const TimingProblem problem{place.trial->key, *request_.backend, graph_, node,
                                            *place.at,        place.at->opt};
                for (const Tactic& tactic : place.trial->others) {
                    if (tactic.name != name) continue;
                    place.least = std::min(place.least, timeOf(request_, problem, tactic, place.least));
                }
            }
        }
        giveBackConstants(graph_, node);
    }

    //! The time of the step as it is, when there may be a better one.
    std::optional<Trial> prepare(NodeId node, const Choice& choice, const TacticRequest& at) {
        if (choice.backend != request_.backend || choice.timeMs < kLeastShare / 2 * tuned_.totalMs) return {};
        if (!hasKnownSizes(graph_, node, at) || !hasElements(node, at.opt)) return {};
        Trial trial{node, {}, problemKey(graph_, node, at.opt), 0};
        const std::string tuned = problemKey(graph_, node, request_.tactics.opt);
        if (trial.key == tuned) return {};
        for (Tactic& tactic : request_.backend->tactics(graph_, node, at).tactics) {
            if (!sameFormats(tactic, choice.tactic) || tactic.usesReference) continue;
            const auto ms = request_.cache ? request_.cache->find(tuned, tactic.name) : std::nullopt;
            if (ms && *ms > kHopeless * choice.timeMs) continue;
            trial.others.push_back(std::move(tactic));
        }
        const std::string moved = cat(tuned, "\nat ", trial.key);
        dropOwn(trial, choice, at, moved);
        if (trial.others.empty()) return {};
        const TimingProblem own{moved, *request_.backend, graph_, node, request_.tactics, at.opt};
        trial.ownMs = timeOf(request_, own, choice.tactic, std::numeric_limits<double>::infinity());
        return trial;
    }

    //! The chosen tactic is another kernel only when the sizes make a difference to what is compiled. Equal problems
    //! share the answer, since compiling may pack large weights.
    void dropOwn(Trial& trial, const Choice& choice, const TacticRequest& at, const std::string& moved) {
        const auto own = std::find_if(trial.others.begin(), trial.others.end(),
                                      [&](const Tactic& t) { return t.name == choice.tactic.name; });
        if (own == trial.others.end()) return;
        const auto [same, isNew] = same_.try_emplace(cat(choice.tactic.name, "\n", moved), false);
        if (isNew) {
            same->second = request_.backend->sameStep(graph_, trial.node, *own, request_.tactics, at);
            giveBackConstants(graph_, trial.node);
        }
        if (same->second) trial.others.erase(own);
    }

    //! Elements that the node makes at these sizes to those at the sizes that it is tuned for.
    double sizeRatio(NodeId id, const SymbolValues& sizes) const {
        const auto elements = [&](const SymbolValues& values) {
            double total = 0;
            for (const ValueId out : graph_[id].outputs) {
                double count = 1;
                for (const int64_t d : evalShape(graph_.fact(out).shape, values)) count *= static_cast<double>(d);
                total += count;
            }
            return total;
        };
        if (!hasElements(id, sizes) || !hasElements(id, request_.tactics.opt)) return 1;
        return elements(sizes) / elements(request_.tactics.opt);
    }

    bool hasElements(NodeId id, const SymbolValues& sizes) const {
        const Node& node = graph_[id];
        const auto has = [&](ValueId v) {
            if (!v.valid()) return true;
            try {
                const auto dims = evalShape(graph_.fact(v).shape, sizes);
                return std::all_of(dims.begin(), dims.end(), [](int64_t d) { return d > 0; });
            } catch (const Error&) {  // sizes that exclude each other
                return false;
            }
        };
        return std::all_of(node.inputs.begin(), node.inputs.end(), has) &&
               std::all_of(node.outputs.begin(), node.outputs.end(), has);
    }

    //! A kernel that the step has already for other sizes is better than a new one that gains little more: it takes
    //! no further memory.
    void improve(const Trial& trial, size_t point, const TacticRequest& at, double whole) {
        Choice& choice = tuned_.nodes.at(trial.node);
        const auto gains = [&](double from, double to) {
            return from - to >= kLeastGain * from && from - to >= kLeastWholeGain * whole;
        };
        double best = trial.ownMs;
        int32_t winner = 0;
        for (size_t v = 0; v < choice.variants.size(); ++v) {
            const double ms = timeElsewhere(trial, choice.variants[v], at);
            if (ms >= best) continue;
            best = ms;
            winner = static_cast<int32_t>(v + 1);
        }
        if (!gains(trial.ownMs, best)) best = trial.ownMs, winner = 0;
        const TimingProblem problem{trial.key, *request_.backend, graph_, trial.node, at, at.opt};
        double least = best;
        const Tactic* fresh = nullptr;
        for (const Tactic& tactic : trial.others) {
            const double ms = timeOf(request_, problem, tactic, least);
            if (ms >= least) continue;
            least = ms;
            fresh = &tactic;
        }
        giveBackConstants(graph_, trial.node);
        if (fresh && gains(best, least)) {
            choice.variants.push_back({*fresh, point});
            winner = static_cast<int32_t>(choice.variants.size());
            best = least;
        }
        if (winner == 0) return;
        choice.atPoint.resize(request_.points.size(), 0);
        choice.atPoint[point] = winner;
        if (request_.log) {
            request_.log->verbose(
                graph_[trial.node].name, ": ", choice.variants[static_cast<size_t>(winner - 1)].tactic.name, " ", best,
                " ms instead of ", choice.tactic.name, " ", trial.ownMs, " ms at ", str(request_.points[point]));
        }
    }

    //! The time here of a kernel that is compiled for another point.
    double timeElsewhere(const Trial& trial, const Choice::Variant& variant, const TacticRequest& at) const {
        const TacticRequest there = requestAt(request_.tactics, request_.points[variant.point]);
        const std::string key = cat(problemKey(graph_, trial.node, there.opt), "\nat ", trial.key);
        return timeOf(request_, {key, *request_.backend, graph_, trial.node, there, at.opt}, variant.tactic,
                      trial.ownMs);
    }

    static std::string str(const SymbolValues& sizes) {
        std::string text;
        for (const auto& [symbol, size] : sizes) text += cat(text.empty() ? "" : ", ", symbol, "=", size);
        return text;
    }

    const Graph& graph_;
    const TuneRequest& request_;
    Tuned& tuned_;
    std::map<std::string, bool> same_;
};

}  // namespace

TacticRequest requestAt(const TacticRequest& request, const SymbolValues& sizes) {
    TacticRequest at = request;
    for (const auto& [symbol, size] : sizes) at.opt[symbol] = size;
    return at;
}

void addVariants(const Graph& graph, const TuneRequest& request, Tuned& tuned) {
    VariantTuner(graph, request, tuned).run();
}

}  // namespace opentrt
