// SPDX-License-Identifier: Apache-2.0
#include "backends/cuda/dnn_plan.h"

#include <algorithm>
#include <charconv>

#include "backends/cuda/library.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

using dnn::Attribute;
using dnn::Kind;
using dnn::Value;

constexpr int64_t kMostKnobs = 40;  // the library does not say how many it has set
//! How many engines are taken of those that the library recommends, unless the search is thorough. Of 8 and 8 for each
//! convolution of ResNet-50, the best stood among these everywhere, or was faster by 1%.
constexpr size_t kMostOfA = 6, kMostOfB = 2;

//! A graph as the library's descriptors.
class Described {
public:
    Described(const DnnDevice& device, const DnnGraph& graph, dnn::Handle handle)
        : library_(*device.library), graph_(library_, Kind::kGraph) {
        for (size_t i = 0; i < graph.tensors().size(); ++i) describe(graph.tensors()[i], static_cast<int64_t>(i) + 1);
        std::vector<dnn::Descriptor> operations;
        for (const DnnOperation& operation : graph.operations()) operations.push_back(describe(operation));
        graph_.set(Attribute::kGraphOps, Value::kDescriptor, static_cast<int64_t>(operations.size()),
                   operations.data());
        graph_.set(Attribute::kGraphHandle, Value::kHandle, 1, &handle);
        graph_.finish("describing a graph");
    }
    const DnnDescriptor& graph() const { return graph_; }

private:
    DnnDescriptor& make(Kind kind) { return *kept_.emplace_back(std::make_unique<DnnDescriptor>(library_, kind)); }
    const DnnDescriptor& tensor(int index) const { return *kept_[static_cast<size_t>(index)]; }

    void describe(const DnnTensor& tensor, int64_t id) {
        DnnDescriptor& made = make(Kind::kTensor);
        const auto flag = [&](Attribute attribute, bool value) { made.set(attribute, Value::kBool, 1, &value); };
        made.setEnum(Attribute::kTensorType, Value::kDataType, tensor.type);
        made.setNumbers(Attribute::kTensorDims, tensor.dims);
        made.setNumbers(Attribute::kTensorStrides, tensor.strides);
        made.setNumber(Attribute::kTensorId, id);
        made.setNumber(Attribute::kTensorAlignment, kAlignment);
        flag(Attribute::kTensorIsVirtual, tensor.place == DnnPlace::kBetween);
        flag(Attribute::kTensorIsByValue, tensor.place == DnnPlace::kNumber);
        made.finish("describing a tensor");
    }

    dnn::Descriptor describe(const DnnOperation& operation) {
        DnnDescriptor& made = make(operation.kind);
        switch (operation.kind) {
            case Kind::kConvolutionOp:
                describeConvolution(operation, made);
                break;
            case Kind::kProductOp: {
                DnnDescriptor& how = make(Kind::kProduct);
                how.setEnum(Attribute::kProductPrecision, Value::kDataType, operation.precision);
                how.finish("describing a product");
                made.setDescriptor(Attribute::kProductOpDesc, how);
                made.setDescriptor(Attribute::kProductOpA, tensor(operation.operands[0]));
                made.setDescriptor(Attribute::kProductOpB, tensor(operation.operands[1]));
                made.setDescriptor(Attribute::kProductOpC, tensor(operation.result));
                break;
            }
            case Kind::kReductionOp: {
                DnnDescriptor& how = make(Kind::kReduction);
                how.setEnum(Attribute::kReductionMode, Value::kReductionMode, operation.mode);
                how.setEnum(Attribute::kReductionPrecision, Value::kDataType, operation.precision);
                how.finish("describing a reduction");
                made.setDescriptor(Attribute::kReductionOpDesc, how);
                made.setDescriptor(Attribute::kReductionOpX, tensor(operation.operands[0]));
                made.setDescriptor(Attribute::kReductionOpY, tensor(operation.result));
                break;
            }
            default:
                describePointwise(operation, made);
        }
        made.finish("describing an operation");
        return made.raw();
    }

    void describeConvolution(const DnnOperation& operation, DnnDescriptor& made) {
        const DnnWindow& window = operation.window;
        DnnDescriptor& how = make(Kind::kConvolution);
        how.setEnum(Attribute::kConvolutionPrecision, Value::kDataType, operation.precision);
        how.setEnum(Attribute::kConvolutionMode, Value::kConvolutionMode, dnn::kCrossCorrelation);
        how.setNumber(Attribute::kConvolutionAxes, static_cast<int64_t>(window.stride.size()));
        how.setNumbers(Attribute::kConvolutionPre, window.pre);
        how.setNumbers(Attribute::kConvolutionPost, window.post);
        how.setNumbers(Attribute::kConvolutionStrides, window.stride);
        how.setNumbers(Attribute::kConvolutionDilations, window.dilation);
        how.finish("describing a convolution");
        const float alpha = 1, beta = 0;
        made.set(Attribute::kConvolutionOpAlpha, Value::kFloat, 1, &alpha);
        made.set(Attribute::kConvolutionOpBeta, Value::kFloat, 1, &beta);
        made.setDescriptor(Attribute::kConvolutionOpDesc, how);
        made.setDescriptor(Attribute::kConvolutionOpX, tensor(operation.operands[0]));
        made.setDescriptor(Attribute::kConvolutionOpW, tensor(operation.operands[1]));
        made.setDescriptor(Attribute::kConvolutionOpY, tensor(operation.result));
    }

    void describePointwise(const DnnOperation& operation, DnnDescriptor& made) {
        DnnDescriptor& how = make(Kind::kPointwise);
        how.setEnum(Attribute::kPointwiseMode, Value::kPointwiseMode, operation.mode);
        how.setEnum(Attribute::kPointwisePrecision, Value::kDataType, operation.precision);
        if (operation.axis >= 0) how.setNumber(Attribute::kPointwiseAxis, operation.axis);
        how.finish("describing an elementwise operation");
        constexpr Attribute kOperands[] = {Attribute::kPointwiseOpX, Attribute::kPointwiseOpB,
                                           Attribute::kPointwiseOpT};
        made.setDescriptor(Attribute::kPointwiseOpDesc, how);
        for (size_t i = 0; i < operation.operands.size(); ++i)
            made.setDescriptor(kOperands[i], tensor(operation.operands[i]));
        made.setDescriptor(Attribute::kPointwiseOpY, tensor(operation.result));
    }

    static constexpr int64_t kAlignment = 16;  // as our own kernels want it
    const Cudnn& library_;
    std::vector<std::unique_ptr<DnnDescriptor>> kept_;  // tensors first, in their order
    DnnDescriptor graph_;
};

//! Whether results are what other kernels give: the same every time, sums in f32, factors as they are.
bool isExact(const DnnDescriptor& engine, bool roundsFloats, bool ofFloats) {
    std::vector<int> notes(32);
    notes.resize(static_cast<size_t>(engine.get(Attribute::kEngineNotes, Value::kNumericalNote, 32, notes.data())));
    return std::none_of(notes.begin(), notes.end(), [&](int note) {
        const bool transforms = note == dnn::kFft || (note >= dnn::kWinograd && note <= dnn::kLastWinograd);
        const bool rounds = note == dnn::kRoundsInputs || note == dnn::kTensorCore;
        return note == dnn::kRoundsSums || note == dnn::kVaries || transforms || (ofFloats && !roundsFloats && rounds);
    });
}

std::string nameOf(const Cudnn& library, const DnnDescriptor& config, const DnnDescriptor& engine) {
    int64_t index = 0;
    engine.get(Attribute::kEngineIndex, Value::kInt64, 1, &index);
    std::vector<std::unique_ptr<DnnDescriptor>> choices;
    std::vector<dnn::Descriptor> raw;
    for (int64_t i = 0; i < kMostKnobs; ++i)
        raw.push_back(choices.emplace_back(std::make_unique<DnnDescriptor>(library, Kind::kKnobChoice))->raw());
    const int64_t count = config.get(Attribute::kConfigKnobs, Value::kDescriptor, kMostKnobs, raw.data());
    choices.resize(static_cast<size_t>(std::min(count, kMostKnobs)));
    std::vector<std::pair<int, int64_t>> knobs;
    for (const auto& choice : choices) {
        auto& [knob, value] = knobs.emplace_back();
        choice->get(Attribute::kKnobType, Value::kKnob, 1, &knob);
        choice->get(Attribute::kKnobValue, Value::kInt64, 1, &value);
    }
    std::sort(knobs.begin(), knobs.end());
    std::string name = cat(index);
    for (const auto& [knob, value] : knobs) name += cat(".k", knob, "=", value);
    return name;
}

struct NamedEngine {
    int64_t index = 0;
    std::vector<std::pair<int, int64_t>> knobs;
};
NamedEngine readEngine(const std::string& text) {
    const auto number = [&](const char*& at, auto& value) {
        const auto [end, failed] = std::from_chars(at, text.data() + text.size(), value);
        if (failed != std::errc()) throw Error(ErrorCode::InvalidArgument, "", cat("no engine of cuDNN: ", text));
        at = end;
    };
    const auto expect = [&](const char*& at, std::string_view what) {
        for (const char c : what) {
            if (at == text.data() + text.size() || *at++ != c)
                throw Error(ErrorCode::InvalidArgument, "", cat("no engine of cuDNN: ", text));
        }
    };
    NamedEngine engine;
    const char* at = text.data();
    number(at, engine.index);
    while (at != text.data() + text.size()) {
        auto& [knob, value] = engine.knobs.emplace_back();
        expect(at, ".k");
        number(at, knob);
        expect(at, "=");
        number(at, value);
    }
    return engine;
}

}  // namespace

DnnDescriptor::DnnDescriptor(const Cudnn& library, dnn::Kind kind)
    : library_(&library), raw_(nullptr, library.descriptorDestroy) {
    dnn::Descriptor made = nullptr;
    library.check(library.descriptorCreate(kind, &made), "a description");
    raw_.reset(made);
}

void DnnDescriptor::set(Attribute attribute, Value type, int64_t count, const void* values) {
    library_->check(library_->set(raw(), attribute, type, count, values), "a description");
}

void DnnDescriptor::setNumbers(Attribute attribute, const Dims& numbers) {
    set(attribute, Value::kInt64, static_cast<int64_t>(numbers.size()), numbers.data());
}

void DnnDescriptor::setDescriptor(Attribute attribute, const DnnDescriptor& other) {
    const dnn::Descriptor raw = other.raw();
    set(attribute, Value::kDescriptor, 1, &raw);
}

void DnnDescriptor::finish(const char* what) {
    library_->check(library_->finalize(raw()), what);
}

int64_t DnnDescriptor::get(Attribute attribute, Value type, int64_t room, void* values) const {
    int64_t count = 0;
    const int status = library_->get(raw(), attribute, type, room, &count, values);
    return status == 0 ? count : 0;
}

bool DnnDescriptor::getDescriptor(Attribute attribute, const DnnDescriptor& into) const {
    dnn::Descriptor raw = into.raw();
    return get(attribute, Value::kDescriptor, 1, &raw) == 1;
}

DnnPlan::DnnPlan(const DnnDevice& device, const DnnGraph& graph)
    : device_(device), plan_(*device.library, Kind::kPlan), tensors_(graph.tensors()) {}

DnnPlan::DnnPlan(const DnnDevice& device, const DnnGraph& graph, const std::string& engine) : DnnPlan(device, graph) {
    const NamedEngine named = readEngine(engine);
    const Cudnn& library = *device.library;
    const DnnDevice::Lease lease(device);
    const Described described(device, graph, lease.handle);
    DnnDescriptor chosen(library, Kind::kEngine), config(library, Kind::kConfig);
    chosen.setDescriptor(Attribute::kEngineGraph, described.graph());
    chosen.setNumber(Attribute::kEngineIndex, named.index);
    chosen.finish("choosing an engine");
    config.setDescriptor(Attribute::kConfigEngine, chosen);
    std::vector<std::unique_ptr<DnnDescriptor>> choices;
    std::vector<dnn::Descriptor> raw;
    for (const auto& [knob, value] : named.knobs) {
        DnnDescriptor& choice = *choices.emplace_back(std::make_unique<DnnDescriptor>(library, Kind::kKnobChoice));
        choice.setEnum(Attribute::kKnobType, Value::kKnob, knob);
        choice.setNumber(Attribute::kKnobValue, value);
        choice.finish("setting a knob of an engine");
        raw.push_back(choice.raw());
    }
    if (!raw.empty())
        config.set(Attribute::kConfigKnobs, Value::kDescriptor, static_cast<int64_t>(raw.size()), raw.data());
    config.finish("choosing an engine");
    plan_.set(Attribute::kPlanHandle, Value::kHandle, 1, &lease.handle);
    plan_.setDescriptor(Attribute::kPlanConfig, config);
    finish();
}

DnnPlan::DnnPlan(const DnnDevice& device, const DnnGraph& graph, const Tensor& text) : DnnPlan(device, graph) {
    const DnnDevice::Lease lease(device);
    plan_.set(Attribute::kPlanHandle, Value::kHandle, 1, &lease.handle);
    plan_.set(Attribute::kPlanText, Value::kChar, text.bytes(), text.data());
    finish();
}

void DnnPlan::finish() {
    plan_.finish("making a plan");
    plan_.get(Attribute::kPlanWorkspace, Value::kInt64, 1, &workspaceBytes_);
}

Tensor DnnPlan::text() const {
    const int64_t bytes = plan_.get(Attribute::kPlanText, Value::kChar, 0, nullptr);
    Tensor text(DType::U8, {bytes});
    plan_.get(Attribute::kPlanText, Value::kChar, bytes, text.mutableData());
    return text;
}

DnnDescriptor DnnPlan::pack(const std::vector<const void*>& addresses, void* workspace) const {
    Dims ids;
    std::vector<const void*> places;
    size_t next = 0;
    for (size_t i = 0; i < tensors_.size(); ++i) {
        const DnnTensor& tensor = tensors_[i];
        if (tensor.place == DnnPlace::kBetween) continue;
        ids.push_back(static_cast<int64_t>(i) + 1);
        places.push_back(tensor.place == DnnPlace::kNumber ? &tensor.number : addresses.at(next++));
    }
    DnnDescriptor pack(*device_.library, Kind::kVariantPack);
    pack.setNumbers(Attribute::kPackIds, ids);
    pack.set(Attribute::kPackAddresses, Value::kAddress, static_cast<int64_t>(places.size()), places.data());
    pack.set(Attribute::kPackWorkspace, Value::kAddress, 1, &workspace);
    pack.finish("placing operands");
    return pack;
}

void DnnPlan::run(const DnnDescriptor& pack, void* stream) const {
    const Cudnn& library = *device_.library;
    const std::lock_guard lock(device_.mutex);
    device_.machine.makeCurrent();
    library.check(library.setStream(device_.handle, static_cast<StreamHandle>(stream)), "entering a stream");
    library.check(library.execute(device_.handle, plan_.raw(), pack.raw()), "running a plan");
}

DnnDevice::DnnDevice(const Machine& machine) : machine(machine) {
    library = findCudnn(&whyNot);
    if (!library) return;
    version = static_cast<int64_t>(library->version());
    machine.makeCurrent();
    const int status = library->create(&handle);
    if (status == 0) return;
    whyNot = cat("cuDNN ", versionText(version), " does not start on this device: ", library->statusText(status));
    library = nullptr;
}

DnnDevice::Lease::Lease(const DnnDevice& device) : device_(device) {
    device.machine.makeCurrent();
    {
        const std::lock_guard lock(device.mutex);
        if (!device.idle_.empty()) {
            handle = device.idle_.back();
            device.idle_.pop_back();
            return;
        }
    }
    device.library->check(device.library->create(&handle), "starting");
}

DnnDevice::Lease::~Lease() {
    const std::lock_guard lock(device_.mutex);
    device_.idle_.push_back(handle);
}

const std::vector<std::string>& DnnDevice::engines(const DnnGraph& graph, bool roundsFloats, bool all) const {
    const std::lock_guard lock(mutex);
    const std::string key = cat(roundsFloats ? "tf32\n" : "", all ? "all\n" : "", graph.text());
    const auto at = known_.find(key);
    return at != known_.end() ? at->second : known_.emplace(key, askFor(graph, roundsFloats, all)).first->second;
}

std::shared_ptr<const DnnPlan> DnnDevice::share(const DnnGraph& graph, const std::string& engine,
                                                const std::function<std::shared_ptr<const DnnPlan>()>& make) const {
    const std::lock_guard lock(mutex);
    std::erase_if(plans_, [](const auto& kept) { return kept.second.expired(); });
    std::weak_ptr<const DnnPlan>& kept = plans_[cat(engine, "\n", graph.text())];
    std::shared_ptr<const DnnPlan> plan = kept.lock();
    if (!plan) kept = plan = make();
    return plan;
}

std::vector<std::string> DnnDevice::askFor(const DnnGraph& graph, bool roundsFloats, bool all) const {
    machine.makeCurrent();
    const Described described(*this, graph, handle);
    const bool ofFloats = graph.tensors()[0].type == dnn::kF32;
    std::vector<std::string> names;
    for (const dnn::Heuristic mode : {dnn::kModeA, dnn::kModeB, dnn::kFallback}) {
        if (mode == dnn::kFallback && !names.empty()) break;
        DnnDescriptor heuristic(*library, Kind::kHeuristic);
        heuristic.setDescriptor(Attribute::kHeuristicGraph, described.graph());
        heuristic.setEnum(Attribute::kHeuristicMode, Value::kHeuristicMode, mode);
        if (library->finalize(heuristic.raw()) != 0) continue;
        const int64_t there = heuristic.get(Attribute::kHeuristicResults, Value::kDescriptor, 0, nullptr);
        std::vector<std::unique_ptr<DnnDescriptor>> configs;
        std::vector<dnn::Descriptor> raw;
        for (int64_t i = 0; i < there; ++i)
            raw.push_back(configs.emplace_back(std::make_unique<DnnDescriptor>(*library, Kind::kConfig))->raw());
        const int64_t count = heuristic.get(Attribute::kHeuristicResults, Value::kDescriptor, there, raw.data());
        const size_t most = all ? static_cast<size_t>(there) : mode == dnn::kModeB ? kMostOfB : kMostOfA;
        size_t taken = 0;
        for (int64_t i = 0; i < std::min(count, there) && taken < most; ++i) {
            const DnnDescriptor& config = *configs[static_cast<size_t>(i)];
            DnnDescriptor engine(*library, Kind::kEngine);
            if (!config.getDescriptor(Attribute::kConfigEngine, engine)) continue;
            if (!isExact(engine, roundsFloats, ofFloats)) continue;
            std::string name = nameOf(*library, config, engine);
            if (std::find(names.begin(), names.end(), name) != names.end()) continue;
            names.push_back(std::move(name));
            ++taken;
        }
    }
    return names;
}

}  // namespace opentrt::cuda
