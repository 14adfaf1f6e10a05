// SPDX-License-Identifier: Apache-2.0
// Layers that reduce, normalise, multiply and resample, and the operators of opentrt/extension.h.
#include "graph/text.h"
#include "network/composer.h"
#include "network/rules.h"
#include "opentrt/extension.h"
#include "ops/matrix_multiply.h"
#include "ops/normalization.h"
#include "ops/reduce.h"
#include "ops/resize.h"
#include "ops/softmax.h"
#include "ops/top_k.h"

namespace opentrt::network {

namespace {

using api::guarded;

//! How elements are joined; kNONE is for collectives.
ops::ReduceOperation reduction(const std::string& layer, ReduceOperation operation) {
    if (known(layer, "reduce operation", operation) == ReduceOperation::kNONE)
        throw Error(ErrorCode::InvalidArgument, layer, "reduce operation kNONE is for collectives only");
    return static_cast<ops::ReduceOperation>(operation);
}

//! Axes of a bit mask; in an implicit-batch network bit 0 is the axis behind the batch.
std::vector<int64_t> axesOf(uint32_t mask, bool implicitBatch) {
    std::vector<int64_t> axes;
    for (int64_t bit = 0; bit < 32; ++bit) {
        if ((mask >> bit) & 1U) axes.push_back(bit + (implicitBatch ? 1 : 0));
    }
    return axes;
}

uint32_t maskOf(const std::vector<int64_t>& axes, bool implicitBatch) {
    uint32_t mask = 0;
    for (const int64_t axis : axes) mask |= 1U << (axis - (implicitBatch ? 1 : 0));
    return mask;
}

int64_t oneAxis(const LayerBase& layer, uint32_t mask) {
    const std::vector<int64_t> axes = axesOf(mask, layer.network.implicitBatch());
    if (axes.size() != 1) {
        throw Error(ErrorCode::InvalidArgument, layer.name,
                    cat("the axes mask ", mask, " names ", axes.size(), " axes when the layer works on one"));
    }
    return axes[0];
}

class SoftMaxLayer final : public LayerShell<ISoftMaxLayer, apiv::VSoftMaxLayer> {
public:
    using LayerShell::LayerShell;
    std::vector<ValueId> addTo(Graph& graph, const std::vector<ValueId>& values) override {
        const int64_t axis = axes_ ? oneAxis(*this, *axes_) : defaultAxis(network, graph.fact(values[0]).shape.size());
        return {graph.add(std::make_unique<ops::Softmax>(axis), values, name)};
    }
    void setAxes(uint32_t axes) noexcept override {
        axes_ = axes;
        touch();
    }
    uint32_t getAxes() const noexcept override { return axes_ ? *axes_ : 1U << defaultAxis(*this); }

private:
    std::optional<uint32_t> axes_;
};

class ReduceLayer final : public LayerShell<IReduceLayer, apiv::VReduceLayer> {
public:
    using LayerShell::LayerShell;
    void setOperation(ReduceOperation operation) noexcept override {
        checked(*this, [&] { edit<ops::Reduce>().operation = reduction(name, operation); });
    }
    ReduceOperation getOperation() const noexcept override {
        return static_cast<ReduceOperation>(peek<ops::Reduce>().operation);
    }
    void setReduceAxes(uint32_t axes) noexcept override {
        edit<ops::Reduce>().axes = axesOf(axes, network.implicitBatch());
    }
    uint32_t getReduceAxes() const noexcept override {
        return maskOf(peek<ops::Reduce>().axes, network.implicitBatch());
    }
    void setKeepDimensions(bool keep) noexcept override { edit<ops::Reduce>().keep = keep; }
    bool getKeepDimensions() const noexcept override { return peek<ops::Reduce>().keep; }
};

class TopKLayer final : public LayerShell<ITopKLayer, apiv::VTopKLayer> {
public:
    using LayerShell::LayerShell;
    int32_t inputLimit() const override { return 2; }
    std::vector<ValueId> addTo(Graph& graph, const std::vector<ValueId>& values) override {
        ops::TopK topK = peek<ops::TopK>();
        topK.axis = oneAxis(*this, mask);
        const NodeId node = graph.addNode(topK.clone(), values, name);
        return graph[node].outputs;
    }
    uint32_t mask = 0;

    void setOperation(TopKOperation operation) noexcept override {
        checked(*this, [&] {
            const auto given = known(name, "top-k operation", operation);
            edit<ops::TopK>().operation = static_cast<ops::TopKOperation>(given);
        });
    }
    TopKOperation getOperation() const noexcept override {
        return static_cast<TopKOperation>(peek<ops::TopK>().operation);
    }
    void setK(int32_t k) noexcept override {
        checked(*this, [&] {
            edit<ops::TopK>().k = between(name, "k", k, 0, INT32_MAX);
            disconnect(1);
        });
    }
    int32_t getK() const noexcept override { return connected(1) ? -1 : static_cast<int32_t>(peek<ops::TopK>().k); }
    void setReduceAxes(uint32_t axes) noexcept override {
        mask = axes;
        touch();
    }
    uint32_t getReduceAxes() const noexcept override { return mask; }
    bool setIndicesType(DataType type) noexcept override {
        return checked(*this, [&] { edit<ops::TopK>().indicesType = indexType(name, type); });
    }
    DataType getIndicesType() const noexcept override { return api::toDataType(peek<ops::TopK>().indicesType); }
};

class MatrixMultiplyLayer final : public LayerShell<IMatrixMultiplyLayer, apiv::VMatrixMultiplyLayer> {
public:
    using LayerShell::LayerShell;
    void setOperation(int32_t index, MatrixOperation operation) noexcept override {
        checked(*this, [&] {
            between(name, "operand", index, 0, 1);
            const auto given = static_cast<ops::MatrixOperation>(known(name, "matrix operation", operation));
            auto& multiply = edit<ops::MatrixMultiply>();
            (index == 0 ? multiply.a : multiply.b) = given;
        });
    }
    MatrixOperation getOperation(int32_t index) const noexcept override {
        const auto& multiply = peek<ops::MatrixMultiply>();
        return static_cast<MatrixOperation>(index == 0 ? multiply.a : multiply.b);
    }
};

class NormalizationLayer final : public LayerShell<INormalizationLayer, apiv::VNormalizationLayer> {
public:
    using LayerShell::LayerShell;
    void setEpsilon(float epsilon) noexcept override { edit<ops::Normalization>().epsilon = epsilon; }
    float getEpsilon() const noexcept override { return static_cast<float>(peek<ops::Normalization>().epsilon); }
    void setAxes(uint32_t axes) noexcept override {
        edit<ops::Normalization>().axes = axesOf(axes, network.implicitBatch());
    }
    uint32_t getAxes() const noexcept override {
        return maskOf(peek<ops::Normalization>().axes, network.implicitBatch());
    }
    void setNbGroups(int64_t groups) noexcept override {
        checked(*this, [&] {
            edit<ops::Normalization>().groups = between<int64_t>(name, "number of groups", groups, 1, INT32_MAX);
        });
    }
    int64_t getNbGroups() const noexcept override { return peek<ops::Normalization>().groups; }
    void setComputePrecision(DataType type) noexcept override {
        checked(*this, [&] {
            requireWeaklyTyped(network, name, "setComputePrecision");
            oneOf(name, "compute precision", type, {DType::F32, DType::F16});
            precision_ = type;
        });
    }
    DataType getComputePrecision() const noexcept override { return precision_; }
    bool isV2() const noexcept override { return peek<ops::Normalization>().v2; }

private:
    DataType precision_ = DataType::kFLOAT;
};

class ResizeLayer final : public LayerShell<IResizeLayer, apiv::VResizeLayer> {
public:
    using LayerShell::LayerShell;
    int32_t inputLimit() const override { return 3; }
    std::vector<ValueId> addTo(Graph& graph, const std::vector<ValueId>& values) override {
        ops::Resize resize = peek<ops::Resize>();
        if (!network.implicitBatch() || resize.dims.empty()) return LayerBase::addTo(graph, values);
        Composer c(graph, name);  // dimensions are those behind the batch
        const ValueId wanted = c.concatenate("dims", {c.dims(values[0], {0}), c.integers("size", resize.dims)}, 0);
        resize.dims.clear();
        return {graph.add(resize.clone(), {values[0], wanted}, name)};
    }
    void setOutputDimensions(Dims64 const& dims) noexcept override {
        guarded(network.reporter(), [&] {
            requireStatic();
            auto& resize = edit<ops::Resize>();
            resize.dims = api::toVector(dims);
            resize.scales.clear();
        });
    }
    Dims64 getOutputDimensions() const noexcept override {
        return connected(1) ? api::invalidDims() : api::toDims(peek<ops::Resize>().dims);
    }
    void setScales(float const* scales, int32_t count) noexcept override {
        guarded(network.reporter(), [&] {
            requireStatic();
            if (!scales) throw Error(ErrorCode::InvalidArgument, name, "there are no scales");
            auto& resize = edit<ops::Resize>();
            resize.dims.clear();
            resize.scales.assign(scales, scales + std::max(count, 0));
            if (network.implicitBatch()) resize.scales.insert(resize.scales.begin(), 1.0);
        });
    }
    int32_t getScales(int32_t size, float* scales) const noexcept override {
        const auto& list = peek<ops::Resize>().scales;
        const size_t skip = network.implicitBatch() && !list.empty() ? 1 : 0;
        const auto count = static_cast<int32_t>(list.size() - skip);
        if (list.empty() || connected(1)) return -1;
        for (size_t i = skip; i < list.size() && scales && size == count; ++i)
            scales[i - skip] = static_cast<float>(list[i]);
        return count;
    }
    void setResizeMode(InterpolationMode mode) noexcept override {
        checked(*this, [&] {
            const auto given = known(name, "resize mode", mode);
            edit<ops::Resize>().mode = static_cast<ops::InterpolationMode>(given);
        });
    }
    InterpolationMode getResizeMode() const noexcept override {
        return static_cast<InterpolationMode>(peek<ops::Resize>().mode);
    }
    void setCoordinateTransformation(ResizeCoordinateTransformation mode) noexcept override {
        checked(*this, [&] {
            const auto given = known(name, "coordinate transformation", mode);
            edit<ops::Resize>().coordinates = static_cast<ops::CoordinateMode>(given);
        });
    }
    ResizeCoordinateTransformation getCoordinateTransformation() const noexcept override {
        return static_cast<ResizeCoordinateTransformation>(peek<ops::Resize>().coordinates);
    }
    void setSelectorForSinglePixel(ResizeSelector selector) noexcept override {
        checked(*this, [&] {
            const auto given = known(name, "selector for a single pixel", selector);
            edit<ops::Resize>().selector = static_cast<ops::ResizeSelector>(given);
        });
    }
    ResizeSelector getSelectorForSinglePixel() const noexcept override {
        return static_cast<ResizeSelector>(peek<ops::Resize>().selector);
    }
    void setNearestRounding(ResizeRoundMode rounding) noexcept override {
        checked(*this, [&] {
            const auto given = known(name, "nearest rounding", rounding);
            edit<ops::Resize>().rounding = static_cast<ops::ResizeRounding>(given);
        });
    }
    ResizeRoundMode getNearestRounding() const noexcept override {
        return static_cast<ResizeRoundMode>(peek<ops::Resize>().rounding);
    }
    void setCubicCoeff(float value) noexcept override {
        checked(*this, [&] { edit<ops::Resize>().cubic = finite(name, "cubic coefficient", value); });
    }
    float getCubicCoeff() const noexcept override { return static_cast<float>(peek<ops::Resize>().cubic); }
    void setExcludeOutside(bool value) noexcept override { edit<ops::Resize>().excludeOutside = value; }
    bool getExcludeOutside() const noexcept override { return peek<ops::Resize>().excludeOutside; }

private:
    void requireStatic() const {
        if (!connected(1)) return;
        throw Error(ErrorCode::InvalidArgument, name,
                    "the output dimensions are an input, so they cannot be set, nor scales");
    }
};

//! An operator that no layer of the API expresses. It reports itself as a plugin, the API's word for such layers.
class OperatorLayer final : public LayerShell<IIdentityLayer, apiv::VIdentityLayer> {
public:
    using LayerShell::LayerShell;
};

INormalizationLayer* addNormalizationLayer(Network& network, std::vector<ITensor*> inputs, uint32_t axes, bool v2) {
    return making<INormalizationLayer>(network, [&] {
        auto op = std::make_unique<ops::Normalization>();
        op->axes = axesOf(axes, network.implicitBatch());
        op->v2 = v2;
        return network.add(std::make_unique<NormalizationLayer>(network, LayerType::kNORMALIZATION, std::move(op)),
                           inputs);
    });
}

}  // namespace

ISoftMaxLayer* Network::addSoftMax(ITensor& input) noexcept {
    return making<ISoftMaxLayer>(*this, [&] {
        return add(std::make_unique<SoftMaxLayer>(*this, LayerType::kSOFTMAX, std::make_unique<ops::Softmax>()),
                   {&input});
    });
}

IReduceLayer* Network::addReduce(ITensor& input, ReduceOperation operation, uint32_t axes, bool keep) noexcept {
    return making<IReduceLayer>(*this, [&] {
        auto op = std::make_unique<ops::Reduce>(reduction("addReduce", operation), axesOf(axes, implicitBatch_), keep);
        return add(std::make_unique<ReduceLayer>(*this, LayerType::kREDUCE, std::move(op)), {&input});
    });
}

ITopKLayer* Network::addTopK(ITensor& input, TopKOperation operation, int32_t k, uint32_t axes) noexcept {
    return addTopKV2(input, operation, k, axes, DataType::kINT32);
}

ITopKLayer* Network::addTopKV2(ITensor& input, TopKOperation operation, int32_t k, uint32_t axes,
                               DataType indices) noexcept {
    return making<ITopKLayer>(*this, [&] {
        auto op = std::make_unique<ops::TopK>();
        op->operation = static_cast<ops::TopKOperation>(known("addTopK", "top-k operation", operation));
        op->k = between("addTopK", "k", k, 0, INT32_MAX);
        op->indicesType = indexType("addTopK", indices);
        auto layer = std::make_unique<TopKLayer>(*this, LayerType::kTOPK, std::move(op));
        layer->mask = axes;
        return add(std::move(layer), {&input}, 2);
    });
}

IMatrixMultiplyLayer* Network::addMatrixMultiply(ITensor& a, MatrixOperation opA, ITensor& b,
                                                 MatrixOperation opB) noexcept {
    return making<IMatrixMultiplyLayer>(*this, [&] {
        for (const MatrixOperation operation : {opA, opB}) known("addMatrixMultiply", "matrix operation", operation);
        auto op = std::make_unique<ops::MatrixMultiply>(static_cast<ops::MatrixOperation>(opA),
                                                        static_cast<ops::MatrixOperation>(opB));
        return add(std::make_unique<MatrixMultiplyLayer>(*this, LayerType::kMATRIX_MULTIPLY, std::move(op)), {&a, &b});
    });
}

INormalizationLayer* Network::addNormalization(ITensor& input, ITensor& scale, ITensor& bias, uint32_t axes) noexcept {
    return addNormalizationLayer(*this, {&input, &scale, &bias}, axes, false);
}

INormalizationLayer* Network::addNormalizationV2(ITensor& input, ITensor& scale, ITensor& bias,
                                                 uint32_t axes) noexcept {
    return addNormalizationLayer(*this, {&input, &scale, &bias}, axes, true);
}

IResizeLayer* Network::addResize(ITensor& input) noexcept {
    return making<IResizeLayer>(*this, [&] {
        return add(std::make_unique<ResizeLayer>(*this, LayerType::kRESIZE, std::make_unique<ops::Resize>()), {&input});
    });
}

ILayer* Network::addOperator(const char* text, ITensor* const* tensors, int32_t count, int32_t outputs) noexcept {
    return guarded(reporter_, static_cast<ILayer*>(nullptr), [&]() -> ILayer* {
        if (!text || (count > 0 && !tensors))
            throw Error(ErrorCode::InvalidArgument, "", "addOperator needs a text and inputs");
        std::unique_ptr<Op> op = parseOp(text);
        const int made = outputs >= 0 ? outputs : op->info().outputs;
        if (made < 0) {
            throw Error(ErrorCode::InvalidArgument, "",
                        cat("the operator ", op->kind(), " does not fix its number of outputs; give it"));
        }
        return add(std::make_unique<OperatorLayer>(*this, LayerType::kPLUGIN, std::move(op)),
                   {tensors, tensors + count}, made);
    });
}

}  // namespace opentrt::network

void opentrtUseModelBatch(void* network) noexcept {
    if (!network) return;
    static_cast<opentrt::network::Network*>(static_cast<nvinfer1::INetworkDefinition*>(network))->useModelBatch();
}

void* opentrtAddOperator(void* network, char const* op, void* const* inputs, int32_t nbInputs,
                         int32_t nbOutputs) noexcept {
    if (!network) return nullptr;
    auto& shell = *static_cast<opentrt::network::Network*>(static_cast<nvinfer1::INetworkDefinition*>(network));
    return shell.addOperator(op, reinterpret_cast<nvinfer1::ITensor* const*>(inputs), nbInputs, nbOutputs);
}
