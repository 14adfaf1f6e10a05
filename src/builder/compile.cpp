// SPDX-License-Identifier: Apache-2.0
#include "builder/compile.h"

#include <algorithm>

#include "base/error.h"
#include "builder/alternative.h"
#include "builder/rehearsal.h"
#include "builder/sizes.h"
#include "builder/spread.h"
#include "graph/give_back.h"
#include "ops/probe.h"
#include "plan/lower.h"
#include "tune/verify.h"

namespace opentrt {

namespace {

//! Behind every node of the network itself; bodies stay as they are.
void addProbes(Graph& graph) {
    for (const NodeId node : graph.order()) {
        for (const ValueId value : std::vector<ValueId>(graph[node].outputs)) {
            const std::string name = graph[value].name;
            graph.addNode(std::make_unique<ops::Probe>(name, true), {value}, cat("debug ", name), {}, 0);
        }
    }
}

void addChosen(const Graph& graph, const Tuned& tuned, const Backend* backend, std::vector<CompileJob>& jobs) {
    for (const auto& [node, choice] : tuned.nodes) {
        if (choice.backend == backend) jobs.push_back({graph, node, choice.tactic});
        for (size_t b = 0; b < choice.bodies.size(); ++b)
            addChosen(*graph[node].bodies[b], choice.bodies[b], backend, jobs);
    }
}

//! The kernels of the choices together, in as many threads as the backend has for that.
void compileChosen(const Graph& graph, const Tuned& tuned, const TuneRequest& request) {
    std::vector<CompileJob> jobs;
    addChosen(graph, tuned, request.backend, jobs);
    const Phases::Open phase(request.phases, "compiling the chosen");
    if (!request.backend->compileAhead(jobs, request.tactics, request.compiled)) throwCancelled();
}

//! Whether a build is to find out if what a pass does makes the network faster.
bool mayCompare(const char* pass, const CompileRequest& request, const Backend& backend) {
    const bool measures = backend.isHere() && effortAt(request.optimizationLevel).timing && !request.select;
    const bool isWhole = request.pipeline.maxRewrites == INT64_MAX && !request.pipeline.disabled.count(pass);
    return measures && isWhole && !request.probeUnfused;
}

}  // namespace

std::vector<PlanTensor> ioTensors(const Graph& graph) {
    std::vector<PlanTensor> tensors;
    const auto add = [&](ValueId v, bool isInput) {
        PlanTensor t;
        t.name = graph[v].name;
        t.type = graph.fact(v).type;
        t.shape = graph.fact(v).shape;
        t.dimNames.resize(t.shape.size());
        t.isInput = isInput;
        if (isInput && graph.fact(v).elements) t.elements = *graph.fact(v).elements;
        tensors.push_back(std::move(t));
    };
    for (ValueId in : graph.inputs()) add(in, true);
    for (ValueId out : graph.outputs()) add(out, false);
    return tensors;
}

namespace {

//! One build, from the imported graph to the plan.
class Build {
public:
    Build(Graph graph, CompileRequest request)
        : graph_(std::move(graph)),
          request_(std::move(request)),
          log_(request_.log ? *request_.log : Log::silent()),
          backend_(request_.backend ? *request_.backend : defaultBackend()),
          noCache_(backend_.device()),
          comparesNorms_(mayCompare(kNormsPass, request_, backend_) && backend_.keepsRowStatistics()),
          comparesChains_(mayCompare(kChainsPass, request_, backend_)),
          comparesMlps_(mayCompare(kMlpsPass, request_, backend_)) {}

    Plan run() {
        if (graph_.outputs().empty()) {
            throw Error(ErrorCode::InvalidArgument, "", "the network has no output; mark one with markOutput");
        }
        const Phases::Open rest(&phases_, "other");
        takeSizes();
        runPasses();
        const Effort effort = effortHere();
        if (effort.points) lowering_.points = pointsOf(graph_, lowering_.profiles);
        if (lowering_.points.size() < 2) lowering_.points.clear();
        prepareTuning(effort);
        auto code = request_.cache ? backend_.useCode(*request_.cache, false) : nullptr;
        Tuned tuned = tuneWhole();
        // What a cache had the times of is not compiled yet.
        if (request_.cache) compileChosen(graph_, tuned, tuning_);
        if (request_.verify && backend_.isHere()) verifyChoices(graph_, tuned, tuning_);
        if (request_.inspect) request_.inspect(graph_, tuned);
        code.reset();
        if (request_.cache) code = backend_.useCode(*request_.cache, true);
        Plan plan = planOf(tuned);
        log_.verbose("the build took: ", phases_.text());
        return plan;
    }

private:
    //! Profiles, ranges, and tensors of the application, as the imported network tells them.
    void takeSizes() {
        lowering_.profiles = request_.profiles;
        if (lowering_.profiles.empty()) lowering_.profiles.push_back(staticProfile(graph_));
        for (const PlanProfile& profile : lowering_.profiles) {
            requireElements(graph_, profile, static_cast<size_t>(&profile - lowering_.profiles.data()));
            lowering_.ranges.push_back(rangesOf(graph_, profile));
            for (const auto& [symbol, range] : lowering_.ranges.back()) {
                const auto [at, isNew] = graph_.ranges.try_emplace(symbol, range);
                if (!isNew) at->second = {std::min(at->second.min, range.min), std::max(at->second.max, range.max)};
            }
        }
        lowering_.tactics.opt = symbolsAt(graph_, lowering_.profiles.front(), 1);
        lowering_.tactics.workspaceBytes = request_.workspaceBytes;
        lowering_.tactics.sources = request_.tacticSources;
        lowering_.tactics.tf32 = request_.tf32;
        lowering_.tactics.thorough = effortAt(request_.optimizationLevel).thorough;
        lowering_.backend = &backend_;
        fixSingleValues(graph_);
        lowering_.tensors = request_.tensors.empty() ? ioTensors(graph_) : request_.tensors;
        for (size_t t = 0; t < request_.formats.size(); ++t) lowering_.tensors[t].format = request_.formats[t];
    }

    void runPasses() {
        const Phases::Open phase(&phases_, "passes");
        request_.pipeline.backend = &backend_;
        request_.pipeline.log = &log_;
        if (comparesNorms_) request_.pipeline.disabled.insert(kNormsPass);
        if (comparesChains_) request_.pipeline.disabled.insert(kChainsPass);
        if (comparesMlps_) request_.pipeline.disabled.insert(kMlpsPass);
        runPipeline(graph_, request_.pipeline);
        giveBackConstants(graph_);
        guessSizes(graph_, lowering_.tactics);
        if (request_.probeUnfused) addProbes(graph_);
    }

    Effort effortHere() const {
        Effort effort = effortAt(request_.optimizationLevel);
        if (!backend_.isHere() && effort.timing) {
            log_.info("the device is not here, so nothing is timed: ", backend_.device());
            effort.timing = false;
        }
        // On devices compiling kernels takes longer than running them: there the points wait for kernels that are
        // shared.
        effort.points = effort.points && !request_.select && backend_.isHere() && backend_.place().isHost();
        return effort;
    }

    void prepareTuning(const Effort& effort) {
        tuning_.backend = &backend_;
        tuning_.plugins = request_.plugins;
        tuning_.tactics = lowering_.tactics;
        for (const PlanPoint& point : lowering_.points) tuning_.points.push_back(point.sizes);
        tuning_.cache = request_.cache ? request_.cache : &noCache_;
        tuning_.memory = request_.memory;
        tuning_.log = &log_;
        tuning_.phases = &phases_;
        tuning_.effort = effort;
        tuning_.errorOnCacheMiss = request_.errorOnCacheMiss;
        tuning_.progress = request_.progress;
        tuning_.compiled = request_.compiled;
        tuning_.select = request_.select;
    }

    void renewTimer() {
        tuning_.timer = request_.timer;
        if (request_.timer) return;
        clock_ = makeDeviceTimer(std::max(tuning_.effort.iterations, request_.timingIterations),
                                 tuning_.effort.patience, &phases_, request_.memory);
        tuning_.timer = clock_.get();
    }

    //! Choices for each layer by itself, then for the network as a whole.
    Tuned tuneWhole() {
        renewTimer();
        Graph joined = comparesChains_ ? graph_.clone() : Graph();
        if (comparesChains_) tuning_.ahead = kernelsOfChains(joined, request_.pipeline, tuning_);
        Tuned tuned = tune(graph_, tuning_);
        tuning_.ahead.clear();
        renewTimer();  // the first one's buffers are as large as the operands
        if (comparesNorms_) runPassWhereFaster(kNormsPass, graph_, tuned, request_.pipeline, tuning_, lowering_);
        if (comparesChains_) joinChainsWhereFaster(graph_, tuned, request_.pipeline, tuning_);
        if (comparesMlps_) runPassWhereFaster(kMlpsPass, graph_, tuned, request_.pipeline, tuning_, lowering_);
        if (tuning_.effort.rehearsalSeconds > 0 && runsNetworks()) {
            const Phases::Open phase(&phases_, "rehearsing tactics in the network");
            Rehearsal rehearsal(graph_, tuned, tuning_);
            if (!rehearsal.recall()) rehearsal.hold(lower(graph_, tuned, lowering_));
        }
        return tuned;
    }

    bool runsNetworks() const {
        return tuning_.effort.timing && !request_.select && !request_.errorOnCacheMiss &&
               tuning_.timer->comparesNetworks(backend_.place());
    }

    Plan planOf(const Tuned& tuned) {
        SpreadRequest spreading;
        spreading.maxAuxStreams = request_.maxAuxStreams;
        spreading.isTimed = tuning_.effort.timing;
        spreading.measures = runsNetworks();
        spreading.ranges = lowering_.ranges;
        lowering_.mayLeave = &spreading.mayLeave;
        const Phases::Open making(&phases_, "making the plan");
        Plan plan = lower(graph_, tuned, std::move(lowering_));
        const Phases::Open lanes(&phases_, "comparing lanes");
        if (!backend_.isHere() || !backend_.place().isHost()) spread(graph_, plan, tuning_, spreading);
        return plan;
    }

    Graph graph_;
    CompileRequest request_;
    Log& log_;
    const Backend& backend_;
    TimingCache noCache_;  //!< of a build without one
    const bool comparesNorms_, comparesChains_, comparesMlps_;
    Phases phases_;
    LowerRequest lowering_;
    TuneRequest tuning_;
    std::unique_ptr<Timer> clock_;
};

}  // namespace

Plan compile(Graph graph, CompileRequest request) {
    return Build(std::move(graph), std::move(request)).run();
}

}  // namespace opentrt
