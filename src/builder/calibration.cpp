// SPDX-License-Identifier: Apache-2.0
// The graph is compiled once more for it, with a probe behind every tensor of floats that has a name in the network, so
// that fusion leaves all of them, and with the first tactic of every node.
#include "builder/calibration.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "builder/calibration_ranges.h"
#include "builder/compile.h"
#include "builder/int8.h"
#include "network/network.h"
#include "ops/probe.h"
#include "runtime/context.h"

namespace opentrt::builder {

namespace {

std::vector<network::TensorShell*> tensorsOf(const network::Network& network) {
    std::vector<network::TensorShell*> all = network.inputs();
    for (const auto& layer : network.layers()) {
        for (const auto& tensor : layer->outputs) all.push_back(tensor.get());
    }
    return all;
}

void probe(Graph& graph, ValueId value) {
    const std::string name = graph[value].name;
    graph.addNode(std::make_unique<ops::Probe>(name, false), {value}, cat("calibration ", name), {}, 0);
}

//! Values of the graph and its bodies that are tensors of the network.
void probeTensors(Graph& graph, const std::set<std::string>& names) {
    std::vector<ValueId> found;
    const auto find = [&](ValueId v) {
        if (isFloat(graph.fact(v).type) && names.count(graph[v].name) > 0) found.push_back(v);
    };
    for (const ValueId in : graph.inputs()) find(in);
    for (const NodeId node : graph.order()) {
        for (const ValueId out : graph[node].outputs) find(out);
        for (const auto& body : graph[node].bodies) probeTensors(*body, names);
    }
    for (const ValueId value : found) probe(graph, value);
}

//! The tensor on the host, as floats.
Tensor fetch(const Device& place, DType type, const std::vector<int64_t>& dims, const void* address) {
    if (place.isHost()) return Tensor::borrow(type, dims, address).cast(DType::F32);
    Tensor host(type, dims);
    if (host.bytes() > 0) place.download(host.mutableData(), address, host.bytes(), nullptr);
    return host.cast(DType::F32);
}

class Collector final : public TensorWatcher {
public:
    explicit Collector(const Device& place) : place_(place) {}
    void show(const PlanStep& step, const Port& tensor, const void* address) override {
        Histogram*& histogram = of_[&step];
        if (!histogram) {
            ops::Probe op;
            parseFields(op, step.params);
            histogram = &histograms_[op.tensor];
        }
        const Tensor values = fetch(place_, tensor.type, tensor.dims, address);
        if (values.count() > 0) histogram->add(values.as<float>(), values.count());
    }
    const std::map<std::string, Histogram>& histograms() const { return histograms_; }

private:
    const Device& place_;
    std::map<std::string, Histogram> histograms_;
    std::map<const PlanStep*, Histogram*> of_;
};

//! One plan with probes, and what it takes to run it over the batches of a calibrator.
class Run {
public:
    Run(Plan plan, const Backend* plugins, std::shared_ptr<MemorySource> memory)
        : engine_(std::move(plan), plugins, std::move(memory)),
          context_(engine_, *engine_.memory()),
          collector_(engine_.place()) {
        context_.setWatcher(&collector_);
        const auto& tensors = engine_.plan().tensors;
        for (size_t t = 0; t < tensors.size(); ++t) {
            blocks_.push_back(std::make_unique<Block>(*engine_.memory()));
            if (tensors[t].isInput) {
                names_.push_back(tensors[t].name.c_str());
                const auto& profile = engine_.plan().profiles.at(0);
                context_.setInputDims(static_cast<int32_t>(t), profile.inputs[t].dims[1]);
            } else {
                context_.setAllocator(static_cast<int32_t>(t), [block = blocks_.back().get()](const auto&, int64_t n) {
                    return block->reserve(std::max<int64_t>(n, 1));
                });
            }
        }
    }

    int64_t overAll(nvinfer1::IInt8Calibrator& calibrator) {
        int64_t batches = 0;
        std::vector<void*> bindings(names_.size());
        while (calibrator.getBatch(bindings.data(), names_.data(), static_cast<int32_t>(names_.size()))) {
            for (size_t i = 0; i < bindings.size(); ++i) give(i, bindings[i]);
            context_.run();
            ++batches;
        }
        return batches;
    }
    const std::map<std::string, Histogram>& histograms() const { return collector_.histograms(); }

private:
    //! Calibrators give floats for inputs of half precision.
    void give(size_t input, void* address) {
        if (!address)
            throw Error(ErrorCode::InvalidArgument, names_[input], "the calibrator gave no address for this input");
        const DType type = engine_.plan().tensors[input].type;
        if (type == DType::F16 || type == DType::BF16) {
            const Tensor narrow =
                fetch(engine_.place(), DType::F32, engine_.plan().profiles[0].inputs[input].dims[1], address)
                    .cast(type);
            address = blocks_[input]->reserve(std::max<int64_t>(narrow.bytes(), 1));
            if (narrow.bytes() > 0) engine_.place().upload(address, narrow.data(), narrow.bytes(), nullptr);
        }
        context_.setAddress(static_cast<int32_t>(input), address);
    }

    Engine engine_;
    Context context_;
    Collector collector_;
    std::vector<std::unique_ptr<Block>> blocks_;  // by tensor
    std::vector<const char*> names_;
};

bool isExplicit(const network::Network& network) {
    const auto& layers = network.layers();
    return std::any_of(layers.begin(), layers.end(), [](const auto& layer) {
        return layer->type == LayerType::kQUANTIZE || layer->type == LayerType::kDEQUANTIZE;
    });
}

double rangeBy(nvinfer1::IInt8Calibrator& calibrator, const Histogram& histogram) {
    switch (calibrator.getAlgorithm()) {
        case CalibrationAlgoType::kMINMAX_CALIBRATION:
            return histogram.max();
        case CalibrationAlgoType::kLEGACY_CALIBRATION:
            return histogram.quantile(static_cast<IInt8LegacyCalibrator&>(calibrator).getQuantile());
        default:
            return histogram.leastLoss();
    }
}

std::optional<Ranges> cachedRanges(nvinfer1::IInt8Calibrator& calibrator, api::Reporter& log) {
    size_t length = 0;
    const void* const cache = calibrator.readCalibrationCache(length);
    if (!cache || length == 0) return {};
    const auto algorithm = calibrator.getAlgorithm();
    auto ranges = parseCache({static_cast<const char*>(cache), length}, algorithm);
    if (!ranges) {
        log.warning("The calibration cache is not one of ", algorithmName(algorithm),
                    ", or is damaged; calibrating anew");
        return {};
    }
    log.info("Took ", ranges->size(), " ranges from the calibration cache of ", algorithmName(algorithm));
    return ranges;
}

Ranges measure(const BuildRequest& request, Graph graph, std::vector<PlanProfile> profiles, bool stronglyTyped) {
    nvinfer1::IInt8Calibrator& calibrator = *request.config.options().calibrator;
    std::set<std::string> names;
    for (const network::TensorShell* tensor : tensorsOf(request.network)) names.insert(tensor->name);
    probeTensors(graph, names);
    CompileRequest compiling;
    compiling.profiles = std::move(profiles);
    compiling.plugins = request.plugins;
    compiling.optimizationLevel = 0;
    compiling.pipeline.stronglyTyped = stronglyTyped;
    compiling.memory = request.memory;
    Run run(compile(std::move(graph), std::move(compiling)), request.plugins, request.memory);
    const int64_t batches = run.overAll(calibrator);
    if (batches == 0) {
        throw Error(ErrorCode::InvalidConfig, "",
                    "the calibrator gave no batch; getBatch() has to give at least one, or readCalibrationCache() a "
                    "cache of an earlier build");
    }
    Ranges ranges;
    for (const auto& [name, histogram] : run.histograms()) {
        ranges[name] = static_cast<float>(rangeBy(calibrator, histogram));
    }
    request.reporter.info("Calibrated ", ranges.size(), " tensors over ", batches, " batches by ",
                          algorithmName(calibrator.getAlgorithm()));
    return ranges;
}

}  // namespace

bool wantsCalibration(const BuildRequest& request) {
    if (!request.config.has(BuilderFlag::kINT8) || !request.config.options().calibrator) return false;
    const bool quantizes = isExplicit(request.network);
    if (quantizes)
        request.reporter.warning("The calibrator is not asked: the network says by its quantize layers what is INT8");
    return !quantizes;
}

void useRanges(const BuildRequest& request, Graph& graph, const Backend& backend, bool stronglyTyped) {
    if (!request.config.has(BuilderFlag::kINT8) || !backend.multipliesQuantized(DType::I8) || stronglyTyped) return;
    Ranges ranges;
    for (const network::TensorShell* tensor : tensorsOf(request.network)) {
        if (tensor->range)
            ranges[tensor->name] = std::max(std::fabs(tensor->range->first), std::fabs(tensor->range->second));
    }
    if (ranges.empty() || isExplicit(request.network)) return;
    if (isRefittable(request.config)) {
        request.reporter.warning(
            "Dynamic ranges are not used: the engine shall be refittable, and scales of its weights are not refitted");
        return;
    }
    const int changed = quantizeByRanges(graph, ranges);
    request.reporter.info(changed, " layers multiply in INT8 by the ranges of ", ranges.size(), " tensors");
}

void calibrate(const BuildRequest& request, Graph graph, std::vector<PlanProfile> profiles, bool stronglyTyped) {
    nvinfer1::IInt8Calibrator& calibrator = *request.config.options().calibrator;
    std::optional<Ranges> ranges = cachedRanges(calibrator, request.reporter);
    if (!ranges) {
        ranges = measure(request, std::move(graph), std::move(profiles), stronglyTyped);
        const std::string text = cacheText(*ranges, calibrator.getAlgorithm());
        calibrator.writeCalibrationCache(text.data(), text.size());
    }
    for (network::TensorShell* tensor : tensorsOf(request.network)) {
        if (tensor->range && !tensor->rangeIsMeasured) continue;
        const auto at = ranges->find(tensor->name);
        tensor->rangeIsMeasured = at != ranges->end();
        tensor->range.reset();
        if (tensor->rangeIsMeasured) tensor->range = {-at->second, at->second};
    }
}

}  // namespace opentrt::builder
