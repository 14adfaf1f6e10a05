// SPDX-License-Identifier: Apache-2.0
// Layers that move elements without computing, and the sources of tensors: constants, fills, shapes.
#include <algorithm>

#include "network/composer.h"
#include "network/rules.h"
#include "network/weights.h"
#include "ops/concatenation.h"
#include "ops/fill.h"
#include "ops/gather.h"
#include "ops/padding.h"
#include "ops/shape_of.h"
#include "ops/shuffle.h"
#include "ops/slice.h"
#include "ops/squeeze.h"
#include "ops/unsqueeze.h"

namespace opentrt::network {

namespace {

using api::guarded;

class ConcatenationLayer final : public LayerShell<IConcatenationLayer, apiv::VConcatenationLayer> {
public:
    using LayerShell::LayerShell;
    void setAxis(int32_t axis) noexcept override {
        axisSet_ = true;
        edit<ops::Concatenation>().axis = axis + (network.implicitBatch() ? 1 : 0);
    }
    int32_t getAxis() const noexcept override {
        if (!axisSet_) return defaultAxis(*this);
        return static_cast<int32_t>(peek<ops::Concatenation>().axis) - (network.implicitBatch() ? 1 : 0);
    }
    std::vector<ValueId> addTo(Graph& graph, const std::vector<ValueId>& values) override {
        if (!axisSet_) {
            static_cast<ops::Concatenation&>(*op).axis = defaultAxis(network, graph.fact(values[0]).shape.size());
        }
        return LayerBase::addTo(graph, values);
    }

private:
    bool axisSet_ = false;
};

class ShuffleLayer final : public LayerShell<IShuffleLayer, apiv::VShuffleLayer> {
public:
    using LayerShell::LayerShell;
    int32_t inputLimit() const override { return 2; }
    std::vector<ValueId> addTo(Graph& graph, const std::vector<ValueId>& values) override {
        const size_t rank = graph.fact(values[0]).shape.size(), batch = network.implicitBatch() ? 1 : 0;
        ops::Shuffle shuffle = peek<ops::Shuffle>();
        shuffle.first = permutation(first_, rank - batch);
        const size_t after = shuffle.reshapes ? shuffle.dims.size() - batch : rank - batch;
        const bool dynamic = values.size() > 1 && values[1].valid();
        const size_t reshaped = dynamic ? static_cast<size_t>(graph.fact(values[1]).shape[0].constant()) : after;
        shuffle.second = permutation(second_, reshaped);
        const NodeId node = graph.addNode(shuffle.clone(), values, name);
        return graph[node].outputs;
    }

    void setFirstTranspose(Permutation const& p) noexcept override {
        first_ = p;
        touch();
    }
    Permutation const& getFirstTranspose() const noexcept override { return first_; }
    void setSecondTranspose(Permutation const& p) noexcept override {
        second_ = p;
        touch();
    }
    Permutation const& getSecondTranspose() const noexcept override { return second_; }
    void setReshapeDimensions(Dims64 const& dims) noexcept override {
        guarded(network.reporter(), [&] {
            auto& shuffle = edit<ops::Shuffle>();
            shuffle.dims = api::toVector(dims);
            shuffle.reshapes = true;
            if (network.implicitBatch()) shuffle.dims.insert(shuffle.dims.begin(), 0);  // the batch is copied
            disconnect(1);
        });
    }
    Dims64 getReshapeDimensions() const noexcept override {
        if (!peek<ops::Shuffle>().reshapes || connected(1)) return api::invalidDims();
        std::vector<int64_t> dims = peek<ops::Shuffle>().dims;
        if (network.implicitBatch()) dims.erase(dims.begin());
        return api::toDims(dims);
    }
    void setZeroIsPlaceholder(bool zero) noexcept override { edit<ops::Shuffle>().zeroIsPlaceholder = zero; }
    bool getZeroIsPlaceholder() const noexcept override { return peek<ops::Shuffle>().zeroIsPlaceholder; }

private:
    //! The first `rank` entries; nothing for the identity. The batch of an implicit-batch network stays in front.
    std::vector<int64_t> permutation(const Permutation& p, size_t rank) const {
        std::vector<int64_t> order;
        bool identity = true;
        if (network.implicitBatch()) order.push_back(0);
        for (size_t i = 0; i < rank && i < static_cast<size_t>(Dims64::MAX_DIMS); ++i) {
            identity = identity && p.order[i] == static_cast<int32_t>(i);
            order.push_back(p.order[i] + (network.implicitBatch() ? 1 : 0));
        }
        return identity ? std::vector<int64_t>() : order;
    }

    Permutation first_{{0, 1, 2, 3, 4, 5, 6, 7}}, second_{{0, 1, 2, 3, 4, 5, 6, 7}};
};

class SliceLayer final : public LayerShell<ISliceLayer, apiv::VSliceLayer> {
public:
    using LayerShell::LayerShell;
    int32_t inputLimit() const override { return 6; }
    std::vector<ValueId> addTo(Graph& graph, const std::vector<ValueId>& given) override {
        std::vector<ValueId> values = given;
        convertFill(graph, values);
        ops::Slice slice = peek<ops::Slice>();
        if (network.implicitBatch() && slice.axes.empty()) {  // the batch is kept whole
            for (size_t a = 0; a < slice.start.size(); ++a) slice.axes.push_back(static_cast<int64_t>(a) + 1);
        }
        const NodeId node = graph.addNode(slice.clone(), values, name);
        return graph[node].outputs;
    }
    void setStart(Dims64 const& d) noexcept override { set(&ops::Slice::start, 1, d); }
    Dims64 getStart() const noexcept override { return get(&ops::Slice::start, 1); }
    void setSize(Dims64 const& d) noexcept override { set(&ops::Slice::size, 2, d); }
    Dims64 getSize() const noexcept override { return get(&ops::Slice::size, 2); }
    void setStride(Dims64 const& d) noexcept override { set(&ops::Slice::stride, 3, d); }
    Dims64 getStride() const noexcept override { return get(&ops::Slice::stride, 3); }
    void setAxes(Dims64 const& d) noexcept override { set(&ops::Slice::axes, 5, d); }
    Dims64 getAxes() const noexcept override { return get(&ops::Slice::axes, 5); }
    void setMode(SampleMode mode) noexcept override {
        checked(*this,
                [&] { edit<ops::Slice>().mode = static_cast<ops::SampleMode>(known(name, "slice mode", mode)); });
    }
    SampleMode getMode() const noexcept override { return static_cast<SampleMode>(peek<ops::Slice>().mode); }

private:
    //! The value that fills may be of another type of these four, unless the network is strongly typed.
    void convertFill(Graph& graph, std::vector<ValueId>& values) const {
        constexpr size_t kFill = 4;
        if (values.size() <= kFill || !values[kFill].valid() || network.stronglyTyped()) return;
        const DType from = graph.fact(values[kFill]).type, to = graph.fact(values[0]).type;
        const auto converts = [](DType type) {
            return type == DType::F32 || type == DType::F16 || type == DType::I8 || type == DType::F8;
        };
        if (from != to && converts(from) && converts(to)) values[kFill] = Composer(graph, name).cast(values[kFill], to);
    }
    // Each list may also be an input, which a setter takes the place of.
    void set(std::vector<int64_t> ops::Slice::*field, size_t input, Dims64 const& dims) noexcept {
        checked(*this, [&] {
            edit<ops::Slice>().*field = api::toVector(dims);
            disconnect(input);
        });
    }
    Dims64 get(std::vector<int64_t> ops::Slice::*field, size_t input) const noexcept {
        return connected(input) ? api::invalidDims() : api::toDims(peek<ops::Slice>().*field);
    }
};

class GatherLayer final : public LayerShell<IGatherLayer, apiv::VGatherLayer> {
public:
    using LayerShell::LayerShell;
    void setGatherAxis(int32_t axis) noexcept override {
        edit<ops::Gather>().axis = axis + (network.implicitBatch() ? 1 : 0);
    }
    int32_t getGatherAxis() const noexcept override {
        return static_cast<int32_t>(peek<ops::Gather>().axis) - (network.implicitBatch() ? 1 : 0);
    }
    void setNbElementWiseDims(int32_t k) noexcept override { edit<ops::Gather>().elementwiseDims = k; }
    int32_t getNbElementWiseDims() const noexcept override {
        return static_cast<int32_t>(peek<ops::Gather>().elementwiseDims);
    }
    void setMode(GatherMode mode) noexcept override {
        checked(*this,
                [&] { edit<ops::Gather>().mode = static_cast<ops::GatherMode>(known(name, "gather mode", mode)); });
    }
    GatherMode getMode() const noexcept override { return static_cast<GatherMode>(peek<ops::Gather>().mode); }
};

class PaddingLayer final : public LayerShell<IPaddingLayer, apiv::VPaddingLayer> {
public:
    using LayerShell::LayerShell;
    void setPrePaddingNd(Dims64 const& d) noexcept override { set(&ops::Padding::pre, d); }
    Dims64 getPrePaddingNd() const noexcept override { return api::toDims(peek<ops::Padding>().pre); }
    void setPostPaddingNd(Dims64 const& d) noexcept override { set(&ops::Padding::post, d); }
    Dims64 getPostPaddingNd() const noexcept override { return api::toDims(peek<ops::Padding>().post); }

private:
    void set(std::vector<int64_t> ops::Padding::*field, Dims64 const& dims) noexcept {
        guarded(network.reporter(), [&] { edit<ops::Padding>().*field = api::toVector(dims); });
    }
};

class ConstantLayer final : public LayerShell<IConstantLayer, apiv::VConstantLayer> {
public:
    using LayerShell::LayerShell;
    Weights weights{};
    std::vector<int64_t> dims;

    std::vector<ValueId> addTo(Graph& graph, const std::vector<ValueId>&) override {
        std::vector<int64_t> shape = dims;
        const auto wild = std::find(shape.begin(), shape.end(), -1);
        if (wild != shape.end()) {  // as long as the weights reach
            *wild = 1;
            const int64_t rest = volumeOf(shape);
            *wild = rest > 0 ? weights.count / rest : 0;
        }
        if (network.implicitBatch()) shape.insert(shape.begin(), 1);
        return {addWeights(graph, weights, std::move(shape), name, "constant")};
    }
    void setWeights(Weights w) noexcept override {
        weights = w;
        touch();
    }
    Weights getWeights() const noexcept override { return weights; }
    void setDimensions(Dims64 const& d) noexcept override {
        guarded(network.reporter(), [&] {
            dims = api::toVector(d);
            touch();
        });
    }
    Dims64 getDimensions() const noexcept override { return api::toDims(dims); }
};

class FillLayer final : public LayerShell<IFillLayer, apiv::VFillLayer> {
public:
    using LayerShell::LayerShell;
    static DType typeOf(const std::string& layer, DataType type) {  // three of these are ours, for ONNX
        return oneOf(layer, "output type", type,
                     {DType::F32, DType::F16, DType::BF16, DType::I32, DType::I64, DType::Bool});
    }
    int32_t inputLimit() const override { return 3; }
    std::vector<ValueId> addTo(Graph& graph, const std::vector<ValueId>& given) override {
        std::vector<ValueId> values = given;
        Composer composer(graph, name);
        // One number is a list of one.
        if (connected(0) && composer.rank(values[0]) == 0) values[0] = composer.unsqueeze(values[0], {0});
        const auto isLarge = [](int64_t value) { return value != whole(static_cast<double>(value)); };
        const bool fits = peek<ops::Fill>().type == DType::I64 && !connected(1) && !connected(2);
        if (integers_ && fits && (isLarge(alpha_) || isLarge(beta_))) {  // the attributes are floating point numbers
            values.resize(3);
            values[1] = composer.constant("alpha", Tensor::of(DType::I64, {}, std::vector<int64_t>{alpha_}));
            values[2] = composer.integers("beta", {beta_});
        }
        auto op = std::make_unique<ops::Fill>(peek<ops::Fill>());
        if (typeOfAlpha && op->operation == ops::FillOperation::Linspace && connected(1))
            op->type = composer.type(values[1]);
        return graph[graph.addNode(std::move(op), values, name, {}, 1)].outputs;
    }
    //! Made without an output type: integers where alpha is one.
    bool typeOfAlpha = false;
    void setDimensions(Dims64 const& d) noexcept override {
        checked(*this, [&] {
            edit<ops::Fill>().dims = api::toVector(d);
            disconnect(0);
        });
    }
    Dims64 getDimensions() const noexcept override {
        return connected(0) ? api::invalidDims() : api::toDims(peek<ops::Fill>().dims);
    }
    void setOperation(FillOperation operation) noexcept override {
        checked(*this, [&] {
            const auto given = known(name, "fill operation", operation);
            edit<ops::Fill>().operation = static_cast<ops::FillOperation>(given);
        });
    }
    FillOperation getOperation() const noexcept override {
        return static_cast<FillOperation>(peek<ops::Fill>().operation);
    }
    // Alpha and beta may also be inputs; then the getters give -1, and a setter takes their place.
    void setAlpha(double alpha) noexcept override {
        integers_ = false;
        alpha_ = whole(alpha);
        set(&ops::Fill::alpha, 1, alpha);
    }
    double getAlpha() const noexcept override { return connected(1) ? -1 : peek<ops::Fill>().alpha; }
    void setBeta(double beta) noexcept override {
        integers_ = false;
        beta_ = whole(beta);
        set(&ops::Fill::beta, 2, beta);
    }
    double getBeta() const noexcept override { return connected(2) ? -1 : peek<ops::Fill>().beta; }
    void setAlphaInt64(int64_t alpha) noexcept override {
        integers_ = true;
        alpha_ = alpha;
        set(&ops::Fill::alpha, 1, static_cast<double>(alpha));
    }
    int64_t getAlphaInt64() const noexcept override { return connected(1) ? -1 : alpha_; }
    void setBetaInt64(int64_t beta) noexcept override {
        integers_ = true;
        beta_ = beta;
        set(&ops::Fill::beta, 2, static_cast<double>(beta));
    }
    int64_t getBetaInt64() const noexcept override { return connected(2) ? -1 : beta_; }
    bool isAlphaBetaInt64() const noexcept override { return integers_; }
    DataType getToType() const noexcept override { return api::toDataType(peek<ops::Fill>().type); }
    void setToType(DataType to) noexcept override {
        checked(*this, [&] { edit<ops::Fill>().type = typeOf(name, to); });
    }

private:
    void set(double ops::Fill::*field, size_t input, double value) noexcept {
        checked(*this, [&] {
            edit<ops::Fill>().*field = value;
            disconnect(input);
        });
    }
    static int64_t whole(double value) { return std::abs(value) < 0x1p63 ? static_cast<int64_t>(value) : 0; }

    bool integers_ = false;
    int64_t alpha_ = 0, beta_ = 1;
};

using ShapeLayer = LayerShell<IShapeLayer, apiv::VShapeLayer>;
template <class Public, class V>
class AxesLayer final : public LayerShell<Public, V> {
public:
    using LayerShell<Public, V>::LayerShell;
    int32_t inputLimit() const override { return 2; }
};

}  // namespace

IConcatenationLayer* Network::addConcatenation(ITensor* const* tensors, int32_t count) noexcept {
    return guarded(reporter_, static_cast<IConcatenationLayer*>(nullptr), [&] {
        const auto inputs = listOf("addConcatenation", tensors, count);
        return add(std::make_unique<ConcatenationLayer>(*this, LayerType::kCONCATENATION,
                                                        std::make_unique<ops::Concatenation>()),
                   inputs);
    });
}

IShuffleLayer* Network::addShuffle(ITensor& input) noexcept {
    return making<IShuffleLayer>(*this, [&] {
        return add(std::make_unique<ShuffleLayer>(*this, LayerType::kSHUFFLE, std::make_unique<ops::Shuffle>()),
                   {&input});
    });
}

ISliceLayer* Network::addSlice(ITensor& input, Dims64 const& start, Dims64 const& size, Dims64 const& stride) noexcept {
    return guarded(reporter_, static_cast<ISliceLayer*>(nullptr), [&] {
        auto op = std::make_unique<ops::Slice>(api::toVector(start), api::toVector(size), api::toVector(stride));
        return add(std::make_unique<SliceLayer>(*this, LayerType::kSLICE, std::move(op)), {&input});
    });
}

IGatherLayer* Network::addGather(ITensor& data, ITensor& indices, int32_t axis) noexcept {
    return making<IGatherLayer>(*this, [&] {
        auto op = std::make_unique<ops::Gather>(axis + (implicitBatch_ ? 1 : 0));
        return add(std::make_unique<GatherLayer>(*this, LayerType::kGATHER, std::move(op)), {&data, &indices});
    });
}

IGatherLayer* Network::addGatherV2(ITensor& data, ITensor& indices, GatherMode mode) noexcept {
    return making<IGatherLayer>(*this, [&] {
        if (known("addGatherV2", "gather mode", mode) != GatherMode::kDEFAULT)
            requireExplicitBatch(*this, "addGatherV2");
        auto op = std::make_unique<ops::Gather>(implicitBatch_ ? 1 : 0);
        op->mode = static_cast<ops::GatherMode>(mode);
        return add(std::make_unique<GatherLayer>(*this, LayerType::kGATHER, std::move(op)), {&data, &indices});
    });
}

IShapeLayer* Network::addShape(ITensor& input) noexcept {
    return making<IShapeLayer>(*this, [&] {
        requireExplicitBatch(*this, "addShape");
        auto op = std::make_unique<ops::ShapeOf>(reporter_.era() >= 10 ? DType::I64 : DType::I32);
        return add(std::make_unique<ShapeLayer>(*this, LayerType::kSHAPE, std::move(op)), {&input});
    });
}

IPaddingLayer* Network::addPaddingNd(ITensor& input, Dims64 const& pre, Dims64 const& post) noexcept {
    return guarded(reporter_, static_cast<IPaddingLayer*>(nullptr), [&] {
        auto op = std::make_unique<ops::Padding>(api::toVector(pre), api::toVector(post));
        return add(std::make_unique<PaddingLayer>(*this, LayerType::kPADDING, std::move(op)), {&input});
    });
}

IConstantLayer* Network::addConstant(Dims64 const& dims, Weights weights) noexcept {
    return guarded(reporter_, static_cast<IConstantLayer*>(nullptr), [&] {
        auto layer = std::make_unique<ConstantLayer>(*this, LayerType::kCONSTANT, nullptr);
        layer->weights = weights;
        layer->dims = api::toVector(dims);
        return add(std::move(layer), {});
    });
}

IFillLayer* Network::addFill(Dims64 const& dims, FillOperation operation) noexcept {
    IFillLayer* fill = addFillV2(dims, operation, DataType::kFLOAT);
    if (fill) static_cast<FillLayer&>(*layers_.back()).typeOfAlpha = true;
    return fill;
}

IFillLayer* Network::addFillV2(Dims64 const& dims, FillOperation operation, DataType type) noexcept {
    return making<IFillLayer>(*this, [&] {
        requireExplicitBatch(*this, "addFill");
        auto op = std::make_unique<ops::Fill>();
        op->dims = api::toVector(dims);
        op->operation = static_cast<ops::FillOperation>(known("addFill", "fill operation", operation));
        op->type = FillLayer::typeOf("addFill", type);
        return add(std::make_unique<FillLayer>(*this, LayerType::kFILL, std::move(op)), {});
    });
}

ISqueezeLayer* Network::addSqueeze(ITensor& input, ITensor& axes) noexcept {
    return making<ISqueezeLayer>(*this, [&] {
        requireExplicitBatch(*this, "addSqueeze");
        using Layer = AxesLayer<ISqueezeLayer, apiv::VSqueezeLayer>;
        return add(std::make_unique<Layer>(*this, LayerType::kSQUEEZE, std::make_unique<ops::Squeeze>()),
                   {&input, &axes});
    });
}

IUnsqueezeLayer* Network::addUnsqueeze(ITensor& input, ITensor& axes) noexcept {
    return making<IUnsqueezeLayer>(*this, [&] {
        requireExplicitBatch(*this, "addUnsqueeze");
        using Layer = AxesLayer<IUnsqueezeLayer, apiv::VUnsqueezeLayer>;
        return add(std::make_unique<Layer>(*this, LayerType::kUNSQUEEZE, std::make_unique<ops::Unsqueeze>()),
                   {&input, &axes});
    });
}

}  // namespace opentrt::network
