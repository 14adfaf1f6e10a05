// SPDX-License-Identifier: Apache-2.0
// Layers that compute element by element, and the conversions between types.
#include "network/rules.h"
#include "network/weights.h"
#include "ops/activation.h"
#include "ops/cast.h"
#include "ops/dequantize.h"
#include "ops/dynamic_quantize.h"
#include "ops/element_wise.h"
#include "ops/identity.h"
#include "ops/parametric_relu.h"
#include "ops/quantize.h"
#include "ops/scale.h"
#include "ops/select.h"
#include "ops/unary.h"

namespace opentrt::network {

namespace {

using api::guarded;

class ActivationLayer final : public LayerShell<IActivationLayer, apiv::VActivationLayer> {
public:
    using LayerShell::LayerShell;
    void setActivationType(ActivationType kind) noexcept override {
        checked(*this, [&] {
            const auto given = known(name, "activation type", kind);
            edit<ops::Activation>().function = static_cast<ops::ActivationFunction>(given);
        });
    }
    ActivationType getActivationType() const noexcept override {
        return static_cast<ActivationType>(peek<ops::Activation>().function);
    }
    void setAlpha(float alpha) noexcept override {
        checked(*this, [&] { edit<ops::Activation>().alpha = finite(name, "alpha", alpha); });
    }
    void setBeta(float beta) noexcept override {
        checked(*this, [&] { edit<ops::Activation>().beta = finite(name, "beta", beta); });
    }
    float getAlpha() const noexcept override { return static_cast<float>(peek<ops::Activation>().alpha); }
    float getBeta() const noexcept override { return static_cast<float>(peek<ops::Activation>().beta); }
};

class UnaryLayer final : public LayerShell<IUnaryLayer, apiv::VUnaryLayer> {
public:
    using LayerShell::LayerShell;
    void setOperation(UnaryOperation operation) noexcept override {
        checked(*this, [&] {
            const auto given = known(name, "unary operation", operation);
            edit<ops::Unary>().operation = static_cast<ops::UnaryOperation>(given);
        });
    }
    UnaryOperation getOperation() const noexcept override {
        return static_cast<UnaryOperation>(peek<ops::Unary>().operation);
    }
};

class ElementWiseLayer final : public LayerShell<IElementWiseLayer, apiv::VElementWiseLayer> {
public:
    using LayerShell::LayerShell;
    void setOperation(ElementWiseOperation operation) noexcept override {
        checked(*this, [&] {
            const auto given = known(name, "elementwise operation", operation);
            edit<ops::ElementWise>().operation = static_cast<ops::ElementWiseOperation>(given);
        });
    }
    ElementWiseOperation getOperation() const noexcept override {
        return static_cast<ElementWiseOperation>(peek<ops::ElementWise>().operation);
    }
};

class CastLayer final : public LayerShell<ICastLayer, apiv::VCastLayer> {
public:
    using LayerShell::LayerShell;
    void setToType(DataType to) noexcept override {
        checked(*this, [&] { edit<ops::Cast>().to = api::toDType(known(name, "type", to)); });
    }
    DataType getToType() const noexcept override { return api::toDataType(peek<ops::Cast>().to); }
};

using IdentityLayer = LayerShell<IIdentityLayer, apiv::VIdentityLayer>;
using SelectLayer = LayerShell<ISelectLayer, apiv::VSelectLayer>;
using ParametricReluLayer = LayerShell<IParametricReLULayer, apiv::VParametricReLULayer>;

class ScaleLayer final : public LayerShell<IScaleLayer, apiv::VScaleLayer> {
public:
    using LayerShell::LayerShell;
    Weights shift{}, scale{}, power{};

    std::vector<ValueId> addTo(Graph& graph, const std::vector<ValueId>& given) override {
        std::vector<ValueId> values = given;
        const DType type = graph.fact(values[0]).type;
        const auto append = [&](const Weights& weights, const char* role) {
            values.push_back(weights.count > 0 ? addWeights(graph, weights, {weights.count}, name, role, type)
                                               : ValueId());
        };
        append(shift, "shift");
        append(scale, "scale");
        append(power, "power");
        return LayerBase::addTo(graph, values);
    }

    void setMode(ScaleMode mode) noexcept override {
        checked(*this, [&] { edit<ops::Scale>().mode = static_cast<ops::ScaleMode>(known(name, "scale mode", mode)); });
    }
    ScaleMode getMode() const noexcept override { return static_cast<ScaleMode>(peek<ops::Scale>().mode); }
    void setShift(Weights weights) noexcept override { set(shift, weights); }
    Weights getShift() const noexcept override { return shift; }
    void setScale(Weights weights) noexcept override { set(scale, weights); }
    Weights getScale() const noexcept override { return scale; }
    void setPower(Weights weights) noexcept override { set(power, weights); }
    Weights getPower() const noexcept override { return power; }
    int32_t getChannelAxis() const noexcept override {
        return static_cast<int32_t>(peek<ops::Scale>().channelAxis) - (network.implicitBatch() ? 1 : 0);
    }
    void setChannelAxis(int32_t axis) noexcept override {
        edit<ops::Scale>().channelAxis = axis + (network.implicitBatch() ? 1 : 0);
    }

private:
    void set(Weights& field, Weights weights) {
        field = weights;
        touch();
    }
};

//! Quantize and dequantize have the same properties.
template <class Public, class V, class Operator>
class QuantizationLayer final : public LayerShell<Public, V> {
public:
    using LayerShell<Public, V>::LayerShell;
    static DType typeOf(const std::string& layer, DataType type) {
        if constexpr (std::is_same_v<Operator, ops::Dequantize>)
            return oneOf(layer, "output type", type, {DType::F32, DType::F16, DType::BF16});
        else  // unsigned bytes are ours, for ONNX
            return oneOf(layer, "output type", type, {DType::I8, DType::F8, DType::I4, DType::F4, DType::U8});
    }
    int32_t inputLimit() const override { return 3; }  // the third is the zero point
    std::vector<ValueId> addTo(Graph& graph, const std::vector<ValueId>& values) override {
        Operator op = this->template peek<Operator>();
        op.blockShape = wholeBlocks(op.blockShape, graph.fact(values[0]).shape);
        return {graph.add(op.clone(), values, this->name)};
    }
    int32_t getAxis() const noexcept override { return static_cast<int32_t>(this->template peek<Operator>().axis); }
    void setAxis(int32_t axis) noexcept override { this->template edit<Operator>().axis = axis; }
    DataType getToType() const noexcept override { return api::toDataType(this->template peek<Operator>().to); }
    void setToType(DataType to) noexcept override {
        checked(*this, [&] { this->template edit<Operator>().to = typeOf(this->name, to); });
    }
    Dims64 getBlockShape() const noexcept override { return api::toDims(this->template peek<Operator>().blockShape); }
    bool setBlockShape(Dims64 const& shape) noexcept override {
        return checked(*this, [&] { this->template edit<Operator>().blockShape = blocksOf(this->name, shape); });
    }
};
using QuantizeLayer = QuantizationLayer<IQuantizeLayer, apiv::VQuantizeLayer, ops::Quantize>;
using DequantizeLayer = QuantizationLayer<IDequantizeLayer, apiv::VDequantizeLayer, ops::Dequantize>;

//! Blocks are given either as a length along one axis or, by the second factory, as a shape.
class DynamicQuantizeLayer final : public LayerShell<IDynamicQuantizeLayer, apiv::VDynamicQuantizeLayer> {
public:
    DynamicQuantizeLayer(Network& network, std::unique_ptr<Op> op, bool byShape)
        : LayerShell(network, LayerType::kDYNAMIC_QUANTIZE, std::move(op)), byShape_(byShape) {}

    static DType quantizedType(const std::string& layer, DataType type) {
        return oneOf(layer, "quantized type", type, {DType::F4, DType::F8, DType::I8});
    }
    static DType scaleTypeOf(const std::string& layer, DataType type) {
        return oneOf(layer, "scale type", type, {DType::F8, DType::E8M0, DType::F32});
    }
    static int32_t blockSizeOf(const std::string& layer, int32_t size) {
        if (size == 16 || size == 32) return size;
        throw Error(ErrorCode::InvalidArgument, layer, cat("block size is ", size, " when it should be 16 or 32"));
    }

    int32_t inputLimit() const override { return 2; }  // the second quantizes the scales
    std::vector<ValueId> addTo(Graph& graph, const std::vector<ValueId>& values) override {
        ops::DynamicQuantize quantize = op();
        quantize.blockShape = wholeBlocks(quantize.blockShape, graph.fact(values[0]).shape);
        return graph[graph.addNode(quantize.clone(), values, name)].outputs;
    }
    int32_t getAxis() const noexcept override { return static_cast<int32_t>(op().axis); }
    void setAxis(int32_t axis) noexcept override {
        checked(*this, [&] {
            requireAxis();
            edit<ops::DynamicQuantize>().axis = axis;
        });
    }
    int32_t getBlockSize() const noexcept override { return byShape_ ? 0 : static_cast<int32_t>(op().blockSize); }
    void setBlockSize(int32_t size) noexcept override {
        checked(*this, [&] {
            requireAxis();
            edit<ops::DynamicQuantize>().blockSize = blockSizeOf(name, size);
        });
    }
    DataType getScaleType() const noexcept override { return api::toDataType(op().scaleType); }
    void setScaleType(DataType type) noexcept override {
        checked(*this, [&] { edit<ops::DynamicQuantize>().scaleType = scaleTypeOf(name, type); });
    }
    DataType getToType() const noexcept override { return api::toDataType(op().to); }
    void setToType(DataType type) noexcept override {
        checked(*this, [&] { edit<ops::DynamicQuantize>().to = quantizedType(name, type); });
    }
    Dims64 getBlockShape() const noexcept override { return api::toDims(op().blockShape); }
    void setBlockShape(Dims64 const& shape) noexcept override {
        checked(*this, [&] {
            edit<ops::DynamicQuantize>().blockShape = blocksOf(name, shape);
            byShape_ = true;
        });
    }

private:
    const ops::DynamicQuantize& op() const { return peek<ops::DynamicQuantize>(); }
    void requireAxis() const {
        if (!byShape_) return;
        throw Error(ErrorCode::InvalidArgument, name,
                    "the layer has a block shape, so it takes no axis and no block size; use setBlockShape");
    }

    bool byShape_;
};

}  // namespace

IActivationLayer* Network::addActivation(ITensor& input, ActivationType kind) noexcept {
    return making<IActivationLayer>(*this, [&] {
        known("addActivation", "activation type", kind);
        auto op = std::make_unique<ops::Activation>(static_cast<ops::ActivationFunction>(kind));
        return add(std::make_unique<ActivationLayer>(*this, LayerType::kACTIVATION, std::move(op)), {&input});
    });
}

IUnaryLayer* Network::addUnary(ITensor& input, UnaryOperation operation) noexcept {
    return making<IUnaryLayer>(*this, [&] {
        known("addUnary", "unary operation", operation);
        auto op = std::make_unique<ops::Unary>(static_cast<ops::UnaryOperation>(operation));
        return add(std::make_unique<UnaryLayer>(*this, LayerType::kUNARY, std::move(op)), {&input});
    });
}

IElementWiseLayer* Network::addElementWise(ITensor& a, ITensor& b, ElementWiseOperation operation) noexcept {
    return making<IElementWiseLayer>(*this, [&] {
        known("addElementWise", "elementwise operation", operation);
        auto op = std::make_unique<ops::ElementWise>(static_cast<ops::ElementWiseOperation>(operation));
        return add(std::make_unique<ElementWiseLayer>(*this, LayerType::kELEMENTWISE, std::move(op)), {&a, &b});
    });
}

ICastLayer* Network::addCast(ITensor& input, DataType to) noexcept {
    return making<ICastLayer>(*this, [&] {
        auto op = std::make_unique<ops::Cast>(api::toDType(known("addCast", "type", to)));
        return add(std::make_unique<CastLayer>(*this, LayerType::kCAST, std::move(op)), {&input});
    });
}

IIdentityLayer* Network::addIdentity(ITensor& input) noexcept {
    return making<IIdentityLayer>(*this, [&] {
        return add(std::make_unique<IdentityLayer>(*this, LayerType::kIDENTITY, std::make_unique<ops::Identity>()),
                   {&input});
    });
}

ISelectLayer* Network::addSelect(ITensor& condition, ITensor& then, ITensor& otherwise) noexcept {
    return making<ISelectLayer>(*this, [&] {
        requireExplicitBatch(*this, "addSelect");
        return add(std::make_unique<SelectLayer>(*this, LayerType::kSELECT, std::make_unique<ops::Select>()),
                   {&condition, &then, &otherwise});
    });
}

IParametricReLULayer* Network::addParametricReLU(ITensor& input, ITensor& slope) noexcept {
    return making<IParametricReLULayer>(*this, [&] {
        return add(std::make_unique<ParametricReluLayer>(*this, LayerType::kPARAMETRIC_RELU,
                                                         std::make_unique<ops::ParametricRelu>()),
                   {&input, &slope});
    });
}

IScaleLayer* Network::addScaleNd(ITensor& input, ScaleMode mode, Weights shift, Weights scale, Weights power,
                                 int32_t channelAxis) noexcept {
    return making<IScaleLayer>(*this, [&] {
        known("addScale", "scale mode", mode);
        auto op =
            std::make_unique<ops::Scale>(static_cast<ops::ScaleMode>(mode), channelAxis + (implicitBatch_ ? 1 : 0));
        auto layer = std::make_unique<ScaleLayer>(*this, LayerType::kSCALE, std::move(op));
        layer->shift = shift;
        layer->scale = scale;
        layer->power = power;
        return add(std::move(layer), {&input});
    });
}

IScaleLayer* Network::addScale(ITensor& input, ScaleMode mode, Weights shift, Weights scale, Weights power) noexcept {
    // The channel axis is the third from the end: C of CHW.
    return guarded(reporter_, static_cast<IScaleLayer*>(nullptr), [&]() -> IScaleLayer* {
        const auto rank = static_cast<int32_t>(factOf(shell(input)).shape.size()) - (implicitBatch_ ? 1 : 0);
        if (rank < 3) {
            throw Error(ErrorCode::InvalidArgument, input.getName(),
                        cat("addScale needs at least 3 dimensions when the tensor has ", rank, "; use addScaleNd"));
        }
        return addScaleNd(input, mode, shift, scale, power, rank - 3);
    });
}

IQuantizeLayer* Network::addQuantize(ITensor& input, ITensor& scale) noexcept {
    return addQuantizeV2(input, scale, DataType::kINT8);
}

IQuantizeLayer* Network::addQuantizeV2(ITensor& input, ITensor& scale, DataType to) noexcept {
    return making<IQuantizeLayer>(*this, [&] {
        auto op = std::make_unique<ops::Quantize>();
        op->to = QuantizeLayer::typeOf("addQuantize", to);
        return add(std::make_unique<QuantizeLayer>(*this, LayerType::kQUANTIZE, std::move(op)), {&input, &scale});
    });
}

IDequantizeLayer* Network::addDequantize(ITensor& input, ITensor& scale) noexcept {
    return addDequantizeV2(input, scale, DataType::kFLOAT);
}

IDequantizeLayer* Network::addDequantizeV2(ITensor& input, ITensor& scale, DataType to) noexcept {
    return making<IDequantizeLayer>(*this, [&] {
        auto op = std::make_unique<ops::Dequantize>();
        op->to = DequantizeLayer::typeOf("addDequantize", to);
        return add(std::make_unique<DequantizeLayer>(*this, LayerType::kDEQUANTIZE, std::move(op)), {&input, &scale});
    });
}

IDynamicQuantizeLayer* Network::addDynamicQuantize(ITensor& input, int32_t axis, int32_t blockSize, DataType to,
                                                   DataType scaleType) noexcept {
    return making<IDynamicQuantizeLayer>(*this, [&] {
        requireExplicitBatch(*this, "addDynamicQuantize");
        auto op = std::make_unique<ops::DynamicQuantize>();
        op->axis = axis;
        op->blockSize = DynamicQuantizeLayer::blockSizeOf("addDynamicQuantize", blockSize);
        op->to = DynamicQuantizeLayer::quantizedType("addDynamicQuantize", to);
        op->scaleType = DynamicQuantizeLayer::scaleTypeOf("addDynamicQuantize", scaleType);
        return add(std::make_unique<DynamicQuantizeLayer>(*this, std::move(op), false), {&input}, 2);
    });
}

IDynamicQuantizeLayer* Network::addDynamicQuantizeV2(ITensor& input, Dims64 const& blockShape, DataType to,
                                                     DataType scaleType) noexcept {
    return making<IDynamicQuantizeLayer>(*this, [&] {
        requireExplicitBatch(*this, "addDynamicQuantizeV2");
        auto op = std::make_unique<ops::DynamicQuantize>();
        op->blockShape = blocksOf("addDynamicQuantizeV2", blockShape);
        op->to = DynamicQuantizeLayer::quantizedType("addDynamicQuantizeV2", to);
        op->scaleType = DynamicQuantizeLayer::scaleTypeOf("addDynamicQuantizeV2", scaleType);
        return add(std::make_unique<DynamicQuantizeLayer>(*this, std::move(op), true), {&input}, 2);
    });
}

}  // namespace opentrt::network
