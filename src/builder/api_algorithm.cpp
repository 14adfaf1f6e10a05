// SPDX-License-Identifier: Apache-2.0
#include "builder/api_algorithm.h"

#include <cmath>
#include <memory>

#include "api/convert.h"
#include "base/hash.h"

namespace opentrt::builder {

namespace {

TensorFormat publicFormat(Format format) {
    switch (format) {
        case Format::Linear:
            return TensorFormat::kLINEAR;
        case Format::Nhwc:
            return TensorFormat::kHWC;
        case Format::Chw8:
            return TensorFormat::kLINEAR;  // no public name; the vectors are told by the other queries
        case Format::Chw16:
            return TensorFormat::kCHW16;
    }
    return TensorFormat::kLINEAR;
}

Dims64 dimsAt(const Shape& shape, const SymbolValues& symbols) {
    std::vector<int64_t> dims;
    for (const Dim& d : shape) {
        try {
            dims.push_back(d.eval(symbols));
        } catch (const Error&) {  // data dependent: not known before the run
            dims.push_back(-1);
        }
    }
    return api::toDims(dims);
}

class IOInfo final : public IAlgorithmIOInfo, public apiv::VAlgorithmIOInfoExt {
public:
    IOInfo(DType type, Format format, const Dims64& dims) : type_(type), format_(format), strides_(dims) {
        mImpl = this;
        int64_t stride = 1;
        for (int32_t d = dims.nbDims - 1; d >= 0; --d) {
            strides_.d[d] = stride;
            stride = stride < 0 || dims.d[d] < 0 ? -1 : stride * dims.d[d];
        }
    }
    DataType getDataType() const noexcept override { return api::toDataType(type_); }
    Dims64 getStrides() const noexcept override { return strides_; }
    int64_t getVectorizedDim() const noexcept override { return getComponentsPerElement() > 1 ? 1 : -1; }
    int64_t getComponentsPerElement() const noexcept override {
        return format_ == Format::Chw8 ? 8 : format_ == Format::Chw16 ? 16 : 1;
    }
    TensorFormat getTensorFormat() const noexcept override { return publicFormat(format_); }

private:
    DType type_;
    Format format_;
    Dims64 strides_;
};

class Variant final : public IAlgorithmVariant, public apiv::VAlgorithmVariant {
public:
    explicit Variant(const Tactic& tactic) {
        mImpl = this;
        const auto positive = [](uint64_t hash) { return static_cast<int64_t>(hash >> 1); };
        std::string formats;
        for (const auto* list : {&tactic.inputs, &tactic.outputs}) {
            for (const Format f : *list) formats += cat(name(f), ' ');
            formats += '>';
        }
        implementation_ = positive(hashText(tactic.name.substr(0, tactic.name.rfind('.'))));
        tactic_ = positive(hashText(tactic.name + ' ' + formats));
    }
    int64_t getImplementation() const noexcept override { return implementation_; }
    int64_t getTactic() const noexcept override { return tactic_; }

private:
    int64_t implementation_, tactic_;
};

class Context final : public IAlgorithmContext, public apiv::VAlgorithmContext {
public:
    Context(const Graph& graph, NodeId node, const std::vector<SymbolValues>& points)
        : graph_(graph), node_(graph[node]), points_(points) {
        mImpl = this;
    }
    char const* getName() const noexcept override { return node_.name.c_str(); }
    Dims64 getDimensions(int32_t index, OptProfileSelector select) const noexcept override {
        const auto point = static_cast<size_t>(select);
        const ValueId value = port(index);
        if (!value.valid() || point >= points_.size()) return api::invalidDims();
        return dimsAt(graph_.fact(value).shape, points_[point]);
    }
    int32_t getNbInputs() const noexcept override { return static_cast<int32_t>(node_.inputs.size()); }
    int32_t getNbOutputs() const noexcept override { return static_cast<int32_t>(node_.outputs.size()); }

private:
    ValueId port(int32_t index) const {
        if (index < 0 || index >= getNbInputs() + getNbOutputs()) return {};
        return index < getNbInputs() ? node_.inputs[static_cast<size_t>(index)]
                                     : node_.outputs[static_cast<size_t>(index - getNbInputs())];
    }

    const Graph& graph_;
    const Node& node_;
    const std::vector<SymbolValues>& points_;
};

class Algorithm final : public IAlgorithm, public apiv::VAlgorithm {
public:
    Algorithm(const Graph& graph, NodeId id, const Tactic& tactic, double ms, const SymbolValues& opt)
        : variant_(tactic), ms_(std::isfinite(ms) ? static_cast<float>(ms) : 0) {
        mImpl = this;
        const Node& node = graph[id];
        add(graph, node.inputs, tactic.inputs, opt);
        add(graph, node.outputs, tactic.outputs, opt);
    }
    IAlgorithmVariant const& getAlgorithmVariant() const noexcept override { return variant_; }
    float getTimingMSec() const noexcept override { return ms_; }
    std::size_t getWorkspaceSize() const noexcept override { return 0; }  // known only when a context binds shapes
    IAlgorithmIOInfo const* getAlgorithmIOInfoByIndex(int32_t index) const noexcept override {
        const bool valid = index >= 0 && static_cast<size_t>(index) < ports_.size();
        return valid ? ports_[static_cast<size_t>(index)].get() : nullptr;
    }

private:
    void add(const Graph& graph, const std::vector<ValueId>& values, const std::vector<Format>& formats,
             const SymbolValues& opt) {
        for (size_t i = 0; i < values.size(); ++i) {
            const bool given = values[i].valid();
            const Format format = i < formats.size() ? formats[i] : Format::Linear;
            ports_.push_back(std::make_unique<IOInfo>(given ? graph.fact(values[i]).type : DType::F32, format,
                                                      given ? dimsAt(graph.fact(values[i]).shape, opt) : Dims64{}));
        }
    }

    Variant variant_;
    float ms_;
    std::vector<std::unique_ptr<IOInfo>> ports_;
};

struct Report {
    std::vector<std::unique_ptr<Context>> contexts;
    std::vector<std::unique_ptr<Algorithm>> algorithms;
};

template <class Public, class T>
std::vector<Public const*> pointers(const std::vector<std::unique_ptr<T>>& objects) {
    std::vector<Public const*> result;
    for (const auto& object : objects) result.push_back(object.get());
    return result;
}

}  // namespace

void AlgorithmSelection::select(const Graph& graph, NodeId node, std::vector<Tactic>& tactics,
                                std::vector<double>& times) const {
    const Context context(graph, node, points_);
    std::vector<std::unique_ptr<Algorithm>> algorithms;
    for (size_t t = 0; t < tactics.size(); ++t) {
        algorithms.push_back(
            std::make_unique<Algorithm>(graph, node, tactics[t], t < times.size() ? times[t] : 0, points_[1]));
    }
    std::vector<int32_t> picked(tactics.size(), -1);
    const int32_t count = selector_.selectAlgorithms(context, pointers<IAlgorithm>(algorithms).data(),
                                                     static_cast<int32_t>(algorithms.size()), picked.data());
    if (count < 0 || count > static_cast<int32_t>(tactics.size())) {
        throw Error(ErrorCode::InvalidArgument, graph[node].name,
                    cat("the algorithm selector answered ", count, " when it had ", tactics.size(),
                        " algorithms to pick from"));
    }
    if (count == 0) {
        if (rejectEmpty_ && !tactics.empty()) {
            throw Error(ErrorCode::InvalidConfig, graph[node].name,
                        "the algorithm selector picked nothing, which BuilderFlag::kREJECT_EMPTY_ALGORITHMS forbids");
        }
        return;
    }
    std::vector<Tactic> left;
    std::vector<double> leftTimes;
    for (int32_t i = 0; i < count; ++i) {
        const int32_t index = picked[static_cast<size_t>(i)];
        if (index < 0 || index >= static_cast<int32_t>(tactics.size())) {
            throw Error(ErrorCode::InvalidArgument, graph[node].name,
                        cat("the algorithm selector picked algorithm ", index, " of ", tactics.size()));
        }
        left.push_back(tactics[static_cast<size_t>(index)]);
        if (static_cast<size_t>(index) < times.size()) leftTimes.push_back(times[static_cast<size_t>(index)]);
    }
    tactics = std::move(left);
    times = std::move(leftTimes);
}

namespace {

void collect(const Graph& graph, const Tuned& tuned, const std::vector<SymbolValues>& points, Report& report) {
    for (const auto& [node, choice] : tuned.nodes) {
        for (size_t b = 0; b < choice.bodies.size() && b < graph[node].bodies.size(); ++b) {
            collect(*graph[node].bodies[b], choice.bodies[b], points, report);
        }
        if (!choice.backend) continue;
        report.contexts.push_back(std::make_unique<Context>(graph, node, points));
        report.algorithms.push_back(std::make_unique<Algorithm>(graph, node, choice.tactic, choice.timeMs, points[1]));
    }
}

}  // namespace

void AlgorithmSelection::report(const Graph& graph, const Tuned& tuned) const {
    Report report;
    collect(graph, tuned, points_, report);
    selector_.reportAlgorithms(pointers<IAlgorithmContext>(report.contexts).data(),
                               pointers<IAlgorithm>(report.algorithms).data(),
                               static_cast<int32_t>(report.algorithms.size()));
}

}  // namespace opentrt::builder
