// SPDX-License-Identifier: Apache-2.0
// Convolution, deconvolution, pooling, local response normalisation, sampling: layers that read neighbourhoods.
#include "network/output_formula.h"
#include "network/rules.h"
#include "network/weights.h"
#include "ops/convolution.h"
#include "ops/deconvolution.h"
#include "ops/grid_sample.h"
#include "ops/lrn.h"
#include "ops/pooling.h"

namespace opentrt::network {

namespace {

using api::guarded;

//! Padding, stride and padding mode, which the three layers share. An empty list reads as `rank` defaults.
template <class Public, class V, class Operator>
class WindowLayer : public LayerShell<Public, V> {
public:
    using LayerShell<Public, V>::LayerShell;

    void setPrePadding(Dims64 const& padding) noexcept override { set(&Operator::pre, "pre-padding", padding, kLeast); }
    Dims64 getPrePadding() const noexcept override { return get(&Operator::pre, 0); }
    void setPostPadding(Dims64 const& padding) noexcept override {
        set(&Operator::post, "post-padding", padding, kLeast);
    }
    Dims64 getPostPadding() const noexcept override { return get(&Operator::post, 0); }
    void setPaddingNd(Dims64 const& padding) noexcept override {
        checked(*this, [&] {
            auto& op = this->template edit<Operator>();
            op.pre = op.post = eachAtLeast(this->name, "padding", padding, kLeast);
        });
    }
    Dims64 getPaddingNd() const noexcept override { return getPrePadding(); }
    void setStrideNd(Dims64 const& stride) noexcept override { set(&Operator::stride, "stride", stride, 1); }
    Dims64 getStrideNd() const noexcept override { return get(&Operator::stride, 1); }
    void setPaddingMode(PaddingMode mode) noexcept override {
        checked(*this, [&] {
            const auto given = between(this->name, "padding mode", static_cast<int32_t>(mode), 0, 5);
            this->template edit<Operator>().paddingMode = static_cast<ops::PaddingMode>(given);
        });
    }
    PaddingMode getPaddingMode() const noexcept override {
        return static_cast<PaddingMode>(this->template peek<Operator>().paddingMode);
    }

protected:
    //! The operator, with as much padding behind the data as the application's formula for output sizes needs.
    Operator sized(const Shape& x) const {
        Operator op = this->template peek<Operator>();
        const IOutputDimensionsFormula* formula = this->network.formula(this->type);
        if (!formula) return op;
        WindowSizes sizes{};
        const size_t first = x.size() - std::min<size_t>(x.size(), 2);
        if (op.window.size() != 2 || x.size() < 2 || !x[first].isConstant() || !x[first + 1].isConstant()) {
            throw Error(ErrorCode::InvalidArgument, this->name,
                        cat("a formula for output dimensions needs two known ones, not a window of ", op.window.size(),
                            " dimensions on ", str(x)));
        }
        for (size_t i = 0; i < 2; ++i) {
            sizes.input[i] = x[first + i].constant();
            sizes.kernel[i] = op.window[i];
            sizes.stride[i] = op.strideAt(i);
            sizes.padding[i] = op.preAt(i);
            sizes.dilation[i] = op.dilationAt(i);
        }
        const auto wanted = sizeByFormula(*formula, this->network.reporter().era(), sizes, this->name);
        std::vector<int64_t> pre, post;
        for (size_t i = 0; i < 2; ++i) {
            const int64_t span = 1 + sizes.dilation[i] * (sizes.kernel[i] - 1), step = sizes.stride[i];
            pre.push_back(sizes.padding[i]);
            if (std::is_same_v<Operator, ops::Deconvolution>)
                post.push_back((sizes.input[i] - 1) * step + span - pre[i] - wanted[i]);
            else
                post.push_back(std::max<int64_t>((wanted[i] - 1) * step + span - sizes.input[i] - pre[i], 0));
        }
        op.pre = pre;
        op.post = post;
        op.paddingMode = ops::PaddingMode::ExplicitRoundDown;
        return op;
    }

    // A deconvolution whose output is longer than its input reaches has negative padding; TensorRT has no such.
    static constexpr int64_t kLeast = std::is_same_v<Operator, ops::Deconvolution> ? -INT32_MAX : 0;

    void set(std::vector<int64_t> Operator::*field, const char* what, Dims64 const& dims, int64_t least) noexcept {
        checked(*this, [&] { this->template edit<Operator>().*field = eachAtLeast(this->name, what, dims, least); });
    }
    Dims64 get(std::vector<int64_t> Operator::*field, int64_t missing) const noexcept {
        const Operator& op = this->template peek<Operator>();
        const std::vector<int64_t>& list = op.*field;
        return api::toDims(list.empty() ? std::vector<int64_t>(op.window.size(), missing) : list);
    }
};

//! Kernel and bias are weights, or tensors once inputs 1 and 2 are set.
template <class Public, class V, class Operator>
class ConvolutionLayer final : public WindowLayer<Public, V, Operator> {
public:
    using WindowLayer<Public, V, Operator>::WindowLayer;

    Weights kernel{}, bias{};

    static constexpr const char *kMaps = "number of output maps", *kKernelSize = "kernel size";
    static int64_t countOf(const std::string& layer, const char* what, int64_t count) {
        return between<int64_t>(layer, what, count, 1, INT32_MAX);
    }

    int32_t inputLimit() const override { return 3; }
    std::vector<ValueId> addTo(Graph& graph, const std::vector<ValueId>& given) override {
        std::vector<ValueId> values = given;
        values.resize(3);
        requireOneSource(values[1], kernel, "kernel");
        requireOneSource(values[2], bias, "bias");
        const Fact x = graph.fact(values[0]);
        if (!values[1].valid())
            values[1] = addWeights(graph, kernel, kernelDims(x.shape), this->name, "kernel", x.type);
        if (!values[2].valid() && bias.count > 0) {
            values[2] = addWeights(graph, bias, {op().outputMaps}, this->name, "bias", x.type);
        }
        if (!values[2].valid()) values.pop_back();
        return {graph.add(this->sized(x.shape).clone(), values, this->name)};
    }

    void setNbOutputMaps(int64_t maps) noexcept override {
        checked(*this, [&] { this->template edit<Operator>().outputMaps = countOf(this->name, kMaps, maps); });
    }
    int64_t getNbOutputMaps() const noexcept override { return op().outputMaps; }
    void setNbGroups(int64_t groups) noexcept override {
        checked(*this,
                [&] { this->template edit<Operator>().groups = countOf(this->name, "number of groups", groups); });
    }
    int64_t getNbGroups() const noexcept override { return op().groups; }
    void setKernelWeights(Weights weights) noexcept override {
        kernel = weights;
        this->touch();
    }
    Weights getKernelWeights() const noexcept override { return kernel; }
    void setBiasWeights(Weights weights) noexcept override {
        bias = weights;
        this->touch();
    }
    Weights getBiasWeights() const noexcept override { return bias; }
    void setKernelSizeNd(Dims64 const& size) noexcept override { this->set(&Operator::window, kKernelSize, size, 1); }
    Dims64 getKernelSizeNd() const noexcept override { return api::toDims(op().window); }
    void setDilationNd(Dims64 const& dilation) noexcept override {
        this->set(&Operator::dilation, "dilation", dilation, 1);
    }
    Dims64 getDilationNd() const noexcept override { return this->get(&Operator::dilation, 1); }

private:
    const Operator& op() const { return this->template peek<Operator>(); }

    void requireOneSource(ValueId tensor, const Weights& weights, const char* what) const {
        if (!tensor.valid() || weights.count == 0) return;
        throw Error(ErrorCode::InvalidArgument, this->name,
                    cat("the ", what, " is given both as a tensor and as ", weights.count, " weights; give one"));
    }

    //! [K, C/groups, window...], or [C, K/groups, window...] for a deconvolution.
    std::vector<int64_t> kernelDims(const Shape& x) const {
        const size_t spatial = op().window.size();
        if (x.size() < spatial + 1 || !x[x.size() - spatial - 1].isConstant()) {
            throw Error(ErrorCode::InvalidArgument, this->name,
                        cat("the input ", str(x), " has no fixed channel dimension before its ", spatial,
                            " spatial dimensions"));
        }
        const int64_t channels = x[x.size() - spatial - 1].constant(), groups = op().groups;
        if (groups < 1 || channels % groups != 0 || op().outputMaps % groups != 0) {
            throw Error(ErrorCode::InvalidArgument, this->name,
                        cat(channels, " input channels and ", op().outputMaps,
                            " output maps are not both divisible by ", groups, " groups"));
        }
        constexpr bool transposed = std::is_same_v<Operator, ops::Deconvolution>;
        std::vector<int64_t> dims = transposed ? std::vector<int64_t>{channels, op().outputMaps / groups}
                                               : std::vector<int64_t>{op().outputMaps, channels / groups};
        dims.insert(dims.end(), op().window.begin(), op().window.end());
        return dims;
    }
};

template <class Public, class V, class Operator>
std::unique_ptr<ConvolutionLayer<Public, V, Operator>> makeConvolution(Network& network, LayerType type, int64_t maps,
                                                                       Dims64 const& size, Weights kernel,
                                                                       Weights bias) {
    using Layer = ConvolutionLayer<Public, V, Operator>;
    const char* factory = std::is_same_v<Operator, ops::Deconvolution> ? "addDeconvolutionNd" : "addConvolutionNd";
    auto op = std::make_unique<Operator>();
    op->outputMaps = Layer::countOf(factory, Layer::kMaps, maps);
    op->window = eachAtLeast(factory, Layer::kKernelSize, size, 1);
    auto layer = std::make_unique<Layer>(network, type, std::move(op));
    layer->kernel = kernel;
    layer->bias = bias;
    return layer;
}

class PoolingLayer final : public WindowLayer<IPoolingLayer, apiv::VPoolingLayer, ops::Pooling> {
public:
    using WindowLayer::WindowLayer;

    std::vector<ValueId> addTo(Graph& graph, const std::vector<ValueId>& values) override {
        return {graph.add(sized(graph.fact(values[0]).shape).clone(), values, name)};
    }
    void setPoolingType(PoolingType kind) noexcept override {
        checked(*this, [&] {
            const auto given = known(name, "pooling type", kind);
            edit<ops::Pooling>().operation = static_cast<ops::PoolingOperation>(given);
        });
    }
    PoolingType getPoolingType() const noexcept override {
        return static_cast<PoolingType>(peek<ops::Pooling>().operation);
    }
    void setBlendFactor(float factor) noexcept override {
        checked(*this, [&] { edit<ops::Pooling>().blend = between(name, "blend factor", factor, 0.F, 1.F); });
    }
    float getBlendFactor() const noexcept override { return static_cast<float>(peek<ops::Pooling>().blend); }
    void setAverageCountExcludesPadding(bool exclusive) noexcept override {
        edit<ops::Pooling>().excludePadding = exclusive;
    }
    bool getAverageCountExcludesPadding() const noexcept override { return peek<ops::Pooling>().excludePadding; }
    void setWindowSizeNd(Dims64 const& size) noexcept override { set(&ops::Pooling::window, "window size", size, 1); }
    Dims64 getWindowSizeNd() const noexcept override { return api::toDims(peek<ops::Pooling>().window); }
};

class LrnLayer final : public LayerShell<ILRNLayer, apiv::VLRNLayer> {
public:
    using LayerShell::LayerShell;

    // The documented ranges of the four parameters; addLRN checks them, too.
    static int64_t windowOf(const std::string& layer, int64_t size) {
        if (between<int64_t>(layer, "window size", size, 1, 15) % 2 == 0)
            throw Error(ErrorCode::InvalidArgument, layer, cat("window size is ", size, " when it should be odd"));
        return size;
    }
    static float alphaOf(const std::string& layer, float alpha) {
        return between(layer, "alpha", alpha, -1e20F, 1e20F);
    }
    static float betaOf(const std::string& layer, float beta) { return between(layer, "beta", beta, 0.01F, 1e5F); }
    static float kOf(const std::string& layer, float k) { return between(layer, "k", k, 1e-5F, 1e10F); }

    void setWindowSize(int64_t size) noexcept override {
        checked(*this, [&] { edit<ops::Lrn>().window = windowOf(name, size); });
    }
    int64_t getWindowSize() const noexcept override { return peek<ops::Lrn>().window; }
    void setAlpha(float alpha) noexcept override {
        checked(*this, [&] { edit<ops::Lrn>().alpha = alphaOf(name, alpha); });
    }
    float getAlpha() const noexcept override { return static_cast<float>(peek<ops::Lrn>().alpha); }
    void setBeta(float beta) noexcept override {
        checked(*this, [&] { edit<ops::Lrn>().beta = betaOf(name, beta); });
    }
    float getBeta() const noexcept override { return static_cast<float>(peek<ops::Lrn>().beta); }
    void setK(float k) noexcept override {
        checked(*this, [&] { edit<ops::Lrn>().k = kOf(name, k); });
    }
    float getK() const noexcept override { return static_cast<float>(peek<ops::Lrn>().k); }
};

class GridSampleLayer final : public LayerShell<IGridSampleLayer, apiv::VGridSampleLayer> {
public:
    using LayerShell::LayerShell;

    void setInterpolationMode(InterpolationMode mode) noexcept override {
        checked(*this, [&] {
            const auto given = known(name, "interpolation mode", mode);
            edit<ops::GridSample>().mode = static_cast<ops::InterpolationMode>(given);
        });
    }
    InterpolationMode getInterpolationMode() const noexcept override {
        return static_cast<InterpolationMode>(peek<ops::GridSample>().mode);
    }
    void setAlignCorners(bool align) noexcept override { edit<ops::GridSample>().alignCorners = align; }
    bool getAlignCorners() const noexcept override { return peek<ops::GridSample>().alignCorners; }
    bool setSampleMode(SampleMode mode) noexcept override {
        return checked(*this, [&] {
            if (mode != SampleMode::kCLAMP && mode != SampleMode::kFILL && mode != SampleMode::kREFLECT) {
                throw Error(ErrorCode::InvalidArgument, name,
                            cat("sample mode is ", static_cast<int32_t>(mode),
                                " when it should be kCLAMP (2), kFILL (3) or kREFLECT (4)"));
            }
            edit<ops::GridSample>().sampleMode = static_cast<ops::SampleMode>(mode);
        });
    }
    SampleMode getSampleMode() const noexcept override {
        return static_cast<SampleMode>(peek<ops::GridSample>().sampleMode);
    }
};

}  // namespace

IConvolutionLayer* Network::addConvolutionNd(ITensor& input, int64_t maps, Dims64 const& size, Weights kernel,
                                             Weights bias) noexcept {
    return guarded(reporter_, static_cast<IConvolutionLayer*>(nullptr), [&] {
        return add(makeConvolution<IConvolutionLayer, apiv::VConvolutionLayer, ops::Convolution>(
                       *this, LayerType::kCONVOLUTION, maps, size, kernel, bias),
                   {&input});
    });
}

IDeconvolutionLayer* Network::addDeconvolutionNd(ITensor& input, int64_t maps, Dims64 const& size, Weights kernel,
                                                 Weights bias) noexcept {
    return guarded(reporter_, static_cast<IDeconvolutionLayer*>(nullptr), [&] {
        return add(makeConvolution<IDeconvolutionLayer, apiv::VDeconvolutionLayer, ops::Deconvolution>(
                       *this, LayerType::kDECONVOLUTION, maps, size, kernel, bias),
                   {&input});
    });
}

IPoolingLayer* Network::addPoolingNd(ITensor& input, PoolingType type, Dims64 const& size) noexcept {
    return guarded(reporter_, static_cast<IPoolingLayer*>(nullptr), [&] {
        auto op = std::make_unique<ops::Pooling>();
        op->operation = static_cast<ops::PoolingOperation>(known("addPooling", "pooling type", type));
        op->window = eachAtLeast("addPoolingNd", "window size", size, 1);
        return add(std::make_unique<PoolingLayer>(*this, LayerType::kPOOLING, std::move(op)), {&input});
    });
}

ILRNLayer* Network::addLRN(ITensor& input, int64_t window, float alpha, float beta, float k) noexcept {
    return making<ILRNLayer>(*this, [&] {
        auto op = std::make_unique<ops::Lrn>();
        op->window = LrnLayer::windowOf("addLRN", window);
        op->alpha = LrnLayer::alphaOf("addLRN", alpha);
        op->beta = LrnLayer::betaOf("addLRN", beta);
        op->k = LrnLayer::kOf("addLRN", k);
        return add(std::make_unique<LrnLayer>(*this, LayerType::kLRN, std::move(op)), {&input});
    });
}

IGridSampleLayer* Network::addGridSample(ITensor& input, ITensor& grid) noexcept {
    return making<IGridSampleLayer>(*this, [&] {
        requireExplicitBatch(*this, "addGridSample");
        return add(
            std::make_unique<GridSampleLayer>(*this, LayerType::kGRID_SAMPLE, std::make_unique<ops::GridSample>()),
            {&input, &grid});
    });
}

}  // namespace opentrt::network
