// SPDX-License-Identifier: Apache-2.0
#include "builder/api_build.h"

#include <chrono>
#include <cstdlib>
#include <set>

#include "builder/api_algorithm.h"
#include "builder/api_progress.h"
#include "builder/calibration.h"
#include "builder/compile.h"
#include "builder/refit.h"
#include "builder/sizes.h"
#include "graph/text.h"
#include "network/network.h"
#include "plan/order.h"
#include "plan/strip.h"

namespace opentrt::builder {

namespace {

constexpr const char* kBuilding = "Building engine";
constexpr int32_t kBuildingSteps = 3;  // graph, tactics, plan
constexpr const char* kChoosing = "Choosing tactics";
constexpr const char* kKernels = "Compiling kernels";

void tellIgnored(const BuildRequest& request) {
    const BuilderConfig& config = request.config;
    api::Reporter& log = request.reporter;
    const bool onDevice = defaultBackend().computesInHalf();
    for (const BuilderFlag flag : {BuilderFlag::kFP16, BuilderFlag::kINT8, BuilderFlag::kBF16, BuilderFlag::kFP8}) {
        if (!config.has(flag) || onDevice) continue;
        log.info(
            "Reduced precision is allowed by a builder flag; this CPU backend computes layers of no fixed type in "
            "FP32");
        break;
    }
    if (config.has(BuilderFlag::kWEIGHT_STREAMING) && !onDevice)
        log.warning("BuilderFlag::kWEIGHT_STREAMING has no effect: weights are in host memory already");
}

//! One profile by input of the graph.
PlanProfile planProfile(const Graph& graph, const OptimizationProfile& profile, size_t index) {
    PlanProfile result;
    for (const ValueId in : graph.inputs()) {
        const Value& input = graph[in];
        ProfileRange& range = result.inputs.emplace_back();
        const auto at = profile.ranges().find(input.name);
        const bool given = at != profile.ranges().end() && at->second.dims[0];
        if (!given && !isStatic(input.fact.shape)) {
            throw Error(ErrorCode::InvalidConfig, input.name,
                        cat("the input has dynamic dimensions ", str(input.fact.shape), " when profile ", index,
                            " has no shapes for it; call IOptimizationProfile::setDimensions"));
        }
        for (size_t p = 0; p < 3; ++p) {
            range.dims[p] = given ? api::toVector(*at->second.dims[p]) : staticDims(input.fact.shape);
            if (at != profile.ranges().end() && at->second.values[p]) range.values[p] = *at->second.values[p];
        }
    }
    return result;
}

PlanProfile batchProfile(const Graph& graph, int32_t maxBatch) {
    PlanProfile result;
    for (const ValueId in : graph.inputs()) {
        ProfileRange& range = result.inputs.emplace_back();
        const Shape& shape = graph.fact(in).shape;
        for (size_t d = 0; d < shape.size(); ++d) {
            if (d > 0 && !shape[d].isConstant()) {
                throw Error(ErrorCode::InvalidConfig, graph[in].name,
                            cat("dimension ", d, " of ", str(shape),
                                " is dynamic, which networks with an implicit batch "
                                "dimension do not allow; create the network with kEXPLICIT_BATCH"));
            }
            for (size_t p = 0; p < 3; ++p) range.dims[p].push_back(d > 0 ? shape[d].constant() : p == 0 ? 1 : maxBatch);
        }
    }
    return result;
}

std::vector<PlanProfile> planProfiles(const BuildRequest& request, const Graph& graph) {
    if (request.network.hasImplicitBatchDimension()) return {batchProfile(graph, request.maxBatch)};
    std::vector<PlanProfile> profiles;
    for (const auto& profile : request.config.options().profiles) {
        profiles.push_back(planProfile(graph, *profile, profiles.size()));
    }
    return profiles;
}

//! At the sizes of the calibration profile's opt, or of the calibrator's batch.
std::vector<PlanProfile> calibrationProfiles(const BuildRequest& request, const Graph& graph) {
    const BuilderConfig::Options& options = request.config.options();
    std::vector<PlanProfile> profiles;
    if (request.network.hasImplicitBatchDimension()) {
        profiles.push_back(batchProfile(graph, options.calibrator->getBatchSize()));
    } else if (options.calibrationProfile) {
        profiles.push_back(planProfile(graph, static_cast<const OptimizationProfile&>(*options.calibrationProfile), 0));
    } else if (!options.profiles.empty()) {
        profiles.push_back(planProfile(graph, *options.profiles.front(), 0));
    }
    for (PlanProfile& profile : profiles) {
        for (ProfileRange& input : profile.inputs) {
            input.dims[0] = input.dims[2] = input.dims[1];
            input.values[0] = input.values[2] = input.values[1];
        }
    }
    return profiles;
}

std::vector<std::string> shapeInputs(const BuilderConfig& config) {
    std::set<std::string> names;
    for (const auto& profile : config.options().profiles) {
        for (const auto& [input, range] : profile->ranges()) {
            if (range.values[0]) names.insert(input);
        }
    }
    return {names.begin(), names.end()};
}

//! Inputs whose contents size nothing are data; where shape tensors live, and names of dimensions. Contents that the
//! profiles fix are no longer in the sizes, and yet the caller gives them as a shape.
void describeTensors(network::Network& network, Plan& plan) {
    std::set<std::string> used;
    for (const PlanProgram& program : plan.programs) {
        for (const Dim& d : program.dims) d.collectSymbols(used);
    }
    size_t in = 0, out = 0;
    for (PlanTensor& tensor : plan.tensors) {
        const network::TensorShell& shell = tensor.isInput ? *network.inputs()[in++] : *network.outputs()[out++];
        const bool fixed = tensor.isInput && !plan.profiles[0].inputs[in - 1].values[0].empty();
        std::set<std::string> own;
        for (const Dim& d : tensor.elements) d.collectSymbols(own);
        const bool sizes = std::any_of(own.begin(), own.end(), [&](const auto& s) { return used.count(s) > 0; });
        if (!sizes && !(fixed && network.feedsShape(shell))) tensor.elements.clear();
        tensor.onHost = tensor.isShapeTensor() || shell.outputForShapes || shell.location == TensorLocation::kHOST;
        for (size_t d = 0; d < shell.dimNames.size() && d < tensor.dimNames.size(); ++d) {
            tensor.dimNames[d] = shell.dimNames[d];
        }
    }
}

void tellResult(const Plan& plan, api::Reporter& log, double seconds) {
    int64_t weights = 0, activations = 0;
    for (const Tensor& blob : plan.blobs) weights += blob.bytes();
    for (const int64_t bytes : plan.programs[0].arenaBytes) activations = std::max(activations, bytes);
    for (const PlanStep& step : plan.programs[0].steps)
        log.verbose("Layer ", step.name, ": ", step.op, " by ", step.tactic, ", ", step.buildTimeMs, " ms");
    log.info("Total weights memory: ", weights, " bytes");
    log.info("Total activation memory: ", activations, " bytes");
    if (const int32_t lanes = StepOrder(plan.programs[0].steps).laneCount(); lanes > 1)
        log.info("Auxiliary streams: ", lanes - 1);
    log.info("Engine generation completed in ", seconds, " seconds; it has ", plan.programs[0].steps.size(), " layers");
}

//! Symbols at min, opt and max of the first profile; nothing is known for a static network.
std::vector<SymbolValues> symbolsOf(const Graph& graph, const std::vector<PlanProfile>& profiles) {
    std::vector<SymbolValues> points(3);
    for (int p = 0; p < 3 && !profiles.empty(); ++p) points[static_cast<size_t>(p)] = symbolsAt(graph, profiles[0], p);
    return points;
}

bool environmentSays(const char* name, std::string_view value) {
    const char* given = std::getenv(name);
    return given && given == value;
}

int64_t workspaceOf(const BuilderConfig& config) {
    const auto& pools = config.options().pools;
    const auto at = pools.find(MemoryPoolType::kWORKSPACE);
    return at == pools.end() || at->second > INT64_MAX ? INT64_MAX : static_cast<int64_t>(at->second);
}

void rememberRequest(const CompileRequest& request, PlanRefit& refit) {
    refit.optimizationLevel = request.optimizationLevel;
    refit.timingIterations = request.timingIterations;
    refit.workspaceBytes = request.workspaceBytes;
    refit.tacticSources = request.tacticSources;
    refit.tf32 = request.tf32;
    refit.stronglyTyped = request.pipeline.stronglyTyped;
    refit.probeUnfused = request.probeUnfused;
    refit.maxAuxStreams = request.maxAuxStreams;
    refit.narrow = request.pipeline.narrow ? static_cast<int32_t>(*request.pipeline.narrow) : -1;
}

//! A build whose plan can be made again: of the network's text, with times of its own, which the others learn.
Plan compileForRefit(const BuildRequest& request, Graph graph, CompileRequest compiling) {
    RefitRecord record = recordForRefit(graph, request.network, request.config.has(BuilderFlag::kREFIT_INDIVIDUAL));
    rememberRequest(compiling, *record.refit);
    const Backend& backend = compiling.backend ? *compiling.backend : defaultBackend();
    TimingCache times(backend.device()), *shared = compiling.cache;
    if (shared) times.combine(*shared, true);
    compiling.cache = &times;
    graph = parseGraph(record.refit->graph, record.constants);
    Plan plan = compile(std::move(graph), std::move(compiling));
    if (shared) shared->combine(times, true);
    record.refit->times = times.serialize();
    keepForRefit(plan, std::move(record));
    if (request.config.has(BuilderFlag::kSTRIP_PLAN)) strip(plan);
    return plan;
}

}  // namespace

bool isRefittable(const BuilderConfig& config) {
    return config.has(BuilderFlag::kREFIT) || config.has(BuilderFlag::kREFIT_IDENTICAL) ||
           config.has(BuilderFlag::kREFIT_INDIVIDUAL) || config.has(BuilderFlag::kSTRIP_PLAN);
}

void checkRequest(const BuildRequest& request) {
    const BuilderConfig& config = request.config;
    if (config.getEngineCapability() != EngineCapability::kSTANDARD) {
        throw Error(ErrorCode::Unsupported, "",
                    "the engine capability is not kSTANDARD: there is no safety runtime and no DLA");
    }
    const int ways = config.has(BuilderFlag::kREFIT) + config.has(BuilderFlag::kREFIT_IDENTICAL) +
                     config.has(BuilderFlag::kREFIT_INDIVIDUAL);
    if (ways > 1) {
        throw Error(ErrorCode::InvalidConfig, "",
                    "more than one of kREFIT, kREFIT_IDENTICAL and kREFIT_INDIVIDUAL is set; choose one");
    }
    bool dla = config.getDefaultDeviceType() == DeviceType::kDLA;
    for (const auto& [layer, device] : config.options().devices) dla = dla || device == DeviceType::kDLA;
    if (dla && !config.has(BuilderFlag::kGPU_FALLBACK)) {
        throw Error(
            ErrorCode::Unsupported, "",
            "layers are placed on a DLA when this machine has none; set BuilderFlag::kGPU_FALLBACK to run them here");
    }
}

//! Linear where that is allowed; otherwise with the channels last, which is the only other one that there is.
Format chosenFormat(const network::TensorShell& tensor, size_t rank) {
    const auto allows = [&](TensorFormat format) {
        return ((tensor.formats >> static_cast<uint32_t>(format)) & 1U) != 0;
    };
    if (allows(TensorFormat::kLINEAR)) return Format::Linear;
    if ((rank == 4 && allows(TensorFormat::kHWC)) || (rank == 5 && allows(TensorFormat::kDHWC))) return Format::Nhwc;
    throw Error(ErrorCode::Unsupported, tensor.name,
                cat("the formats that are allowed for this tensor of rank ", rank, ", ", tensor.formats,
                    " as a mask, have none of kLINEAR, kHWC (rank 4) and kDHWC (rank 5); allow one of these"));
}

std::vector<Format> ioFormats(network::Network& network, const Graph& graph) {
    std::vector<Format> formats;
    for (size_t i = 0; i < network.inputs().size(); ++i)
        formats.push_back(chosenFormat(*network.inputs()[i], graph.fact(graph.inputs()[i]).shape.size()));
    for (size_t o = 0; o < network.outputs().size(); ++o)
        formats.push_back(chosenFormat(*network.outputs()[o], graph.fact(graph.outputs()[o]).shape.size()));
    return formats;
}

Plan buildPlan(const BuildRequest& request) {
    const auto start = std::chrono::steady_clock::now();
    const BuilderConfig& config = request.config;
    const auto& options = config.options();
    checkRequest(request);
    tellIgnored(request);
    Phase building(options.monitor, kBuilding, nullptr, kBuildingSteps);
    Graph graph = request.network.buildGraph(shapeInputs(config));

    CompileRequest compiling;
    compiling.profiles = planProfiles(request, graph);
    compiling.formats = ioFormats(request.network, graph);
    compiling.log = &request.reporter;
    compiling.plugins = request.plugins;
    compiling.memory = request.memory;
    compiling.probeUnfused = request.network.showsUnfusedTensors();
    compiling.pipeline.stronglyTyped =
        request.network.getFlag(nvinfer1::NetworkDefinitionCreationFlag::kSTRONGLY_TYPED) ||
        request.reporter.era() >= 11;
    if (wantsCalibration(request))
        calibrate(request, graph.clone(), calibrationProfiles(request, graph), compiling.pipeline.stronglyTyped);
    useRanges(request, graph, defaultBackend(), compiling.pipeline.stronglyTyped);
    if (config.has(BuilderFlag::kBF16)) compiling.pipeline.narrow = DType::BF16;
    if (config.has(BuilderFlag::kFP16)) compiling.pipeline.narrow = DType::F16;
    const bool sharesTimes = options.timingCache && !config.has(BuilderFlag::kDISABLE_TIMING_CACHE);
    if (sharesTimes) compiling.cache = options.timingCache->cache().get();
    compiling.timingIterations = std::max(compiling.timingIterations, std::max(options.avgTiming, options.minTiming));
    compiling.optimizationLevel = options.optimizationLevel;
    compiling.errorOnCacheMiss = config.has(BuilderFlag::kERROR_ON_TIMING_CACHE_MISS);
    compiling.workspaceBytes = workspaceOf(config);
    compiling.tacticSources = options.choosesSources ? options.sources : UINT32_MAX;
    compiling.tf32 = config.has(BuilderFlag::kTF32) && !environmentSays("NVIDIA_TF32_OVERRIDE", "0");
    compiling.maxAuxStreams = options.maxAuxStreams;
    compiling.verify = environmentSays("OPENTRT_VERIFY", "1");

    std::optional<AlgorithmSelection> selection;
    if (options.selector) {
        const bool rejectEmpty =
            config.has(BuilderFlag::kREJECT_EMPTY_ALGORITHMS) || config.has(BuilderFlag::kSTRICT_TYPES);
        selection.emplace(*options.selector, rejectEmpty, symbolsOf(graph, compiling.profiles));
        compiling.select = [&](const Graph& g, NodeId node, std::vector<Tactic>& tactics, std::vector<double>& times) {
            selection->select(g, node, tactics, times);
        };
    }
    std::optional<Phase> choosing;
    int chosen = 0, steps = 0;
    compiling.progress = [&](int done, int total) {
        if (!choosing) {
            building.stepOrThrow(0);
            choosing.emplace(options.monitor, kChoosing, kBuilding, steps = total);
        }
        // Bodies of If and Loop count for themselves; only the network's own layers are steps.
        if (total != steps || done != chosen + 1) return true;
        return choosing->step(chosen++);
    };
    std::optional<Phase> kernels;
    int finished = 0;
    compiling.compiled = [&](int done, int total) {
        if (!kernels) kernels.emplace(options.monitor, kKernels, kChoosing, total);
        bool wanted = true;
        while (wanted && finished < done) wanted = kernels->step(finished++);
        if (!wanted || done == total) kernels.reset(), finished = 0;
        return wanted;
    };
    compiling.inspect = [&](const Graph& g, const Tuned& tuned) {
        if (choosing) choosing->stepOrThrow(steps - 1);
        choosing.reset();
        building.stepOrThrow(1);
        if (selection) selection->report(g, tuned);
    };
    if (request.adjust) request.adjust(compiling);
    Plan plan = isRefittable(config) ? compileForRefit(request, std::move(graph), std::move(compiling))
                                     : compile(std::move(graph), std::move(compiling));
    plan.name = request.network.getName();
    plan.verbosity = static_cast<int32_t>(options.verbosity);
    plan.tacticSources = static_cast<int32_t>(options.sources);
    plan.capability = static_cast<int32_t>(options.capability);
    plan.streamsWeights = config.has(BuilderFlag::kWEIGHT_STREAMING) && plan.backend != cpuBackend().name();
    plan.implicitBatch = request.network.hasImplicitBatchDimension();
    plan.maxBatch = plan.implicitBatch ? request.maxBatch : 1;
    describeTensors(request.network, plan);
    building.stepOrThrow(kBuildingSteps - 1);
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    tellResult(plan, request.reporter, time.count());
    return plan;
}

}  // namespace opentrt::builder
