// SPDX-License-Identifier: Apache-2.0
// The imported graph of small networks as text, one test for each family of layers.
#include "network/test_support.h"

namespace opentrt::network {
namespace {

TEST(LayerGraph, Pointwise) {
    TestNet net;
    ITensor& x = net.input("x", {-1, 4});
    ILayer* relu = net->addActivation(x, ActivationType::kLEAKY_RELU);
    static_cast<IActivationLayer*>(relu)->setAlpha(0.5F);
    relu->setName("leaky");
    ILayer* sum = net->addElementWise(*relu->getOutput(0), x, ElementWiseOperation::kSUM);
    sum->setName("sum");
    ILayer* half = net->addCast(*sum->getOutput(0), DataType::kHALF);
    half->setName("half");
    net.output(net->addUnary(*half->getOutput(0), UnaryOperation::kEXP), "y");
    EXPECT_EQ(net.text(), R"(graph {
  stage imported
  input %x: f32[x.0,4]
  %leaky_output: f32[x.0,4] = Activation(%x) {function=leaky_relu, alpha=0.5} "leaky"
  %sum_output: f32[x.0,4] = ElementWise(%leaky_output, %x) "sum"
  %half_output: f16[x.0,4] = Cast(%sum_output) {to=f16} "half"
  %y_output: f16[x.0,4] = Unary(%half_output) "y"
  output %y_output
}
)");
}

TEST(LayerGraph, Window) {
    TestNet net;
    ITensor& x = net.input("x", {1, 2, 4, 4});
    IConvolutionLayer* conv = net->addConvolutionNd(x, 1, dims({1, 1}), net.weights({1, 2}), net.weights({3}));
    conv->setName("conv");
    conv->setStrideNd(dims({2, 2}));
    IPoolingLayer* pool = net->addPoolingNd(*conv->getOutput(0), PoolingType::kAVERAGE, dims({2, 2}));
    pool->setName("pool");
    net.output(net->addLRN(*pool->getOutput(0), 3, 1, 0.5F, 2), "y");
    EXPECT_EQ(net.text(), R"(graph {
  stage imported
  input %x: f32[1,2,4,4]
  const %conv.kernel: f32[1,2,1,1] = [1,2]
  const %conv.bias: f32[1] = [3]
  %conv_output: f32[1,1,2,2] = Convolution(%x, %conv.kernel, %conv.bias) {stride=[2,2], outputMaps=1, window=[1,1]} "conv"
  %pool_output: f32[1,1,1,1] = Pooling(%conv_output) {operation=average, window=[2,2]} "pool"
  %y_output: f32[1,1,1,1] = Lrn(%pool_output) {window=3, alpha=1, beta=0.5, k=2} "y"
  output %y_output
}
)");
}

TEST(LayerGraph, Movement) {
    TestNet net;
    ITensor& x = net.input("x", {2, 3, -1});
    IShuffleLayer* shuffle = net->addShuffle(x);
    shuffle->setFirstTranspose({{2, 0, 1}});
    shuffle->setReshapeDimensions(dims({0, 6}));
    shuffle->setName("shuffle");
    ITensor* parts[] = {shuffle->getOutput(0), shuffle->getOutput(0)};
    IConcatenationLayer* both = net->addConcatenation(parts, 2);
    both->setAxis(1);
    both->setName("both");
    ILayer* slice = net->addSlice(*both->getOutput(0), dims({0, 1}), dims({1, 4}), dims({1, 2}));
    slice->setName("slice");
    net.output(net->addGather(*slice->getOutput(0), net.constant({2}, {1, 0}, DType::I32), 1), "y");
    EXPECT_EQ(net.text(), R"(graph {
  stage imported
  input %x: f32[2,3,x.2]
  const %c1_output: i32[2] = [1,0]
  %shuffle_output: f32[x.2,6] = Shuffle(%x) {first=[2,0,1], reshapes=true, dims=[0,6]} "shuffle"
  %both_output: f32[x.2,12] = Concatenation(%shuffle_output, %shuffle_output) {axis=1} "both"
  %slice_output: f32[1,4] = Slice(%both_output) {start=[0,1], size=[1,4], stride=[1,2]} "slice"
  %y_output: f32[1,2] = Gather(%slice_output, %c1_output) {axis=1} "y"
  output %y_output
}
)");
}

TEST(LayerGraph, Selection) {
    TestNet net;
    ITensor &x = net.input("x", {3, 4}), &at = net.input("at", {2, 1}, DataType::kINT32),
            &updates = net.input("updates", {2, 4}), &values = net.constant({2}, {0, 1}),
            &depth = net.constant({}, {3}, DType::I32);
    ILayer* scatter = net->addScatter(x, at, updates, ScatterMode::kND);
    scatter->setName("scatter");
    ILayer* where = net->addNonZero(*scatter->getOutput(0), DataType::kINT64);
    where->setName("where");
    net.output(net->addOneHot(*where->getOutput(0), values, depth, -1), "y");
    EXPECT_EQ(net.text(), R"(graph {
  stage imported
  range $where.1 [0,12]
  input %x: f32[3,4]
  input %at: i32[2,1] shape
  input %updates: f32[2,4]
  const %c2_output: i32[] = [3]
  const %c1_output: f32[2] = [0,1]
  %scatter_output: f32[3,4] = Scatter(%x, %at, %updates) {mode=nd} "scatter"
  %where_output: i64[2,$where.1] = NonZero(%scatter_output) {indicesType=i64} "where"
  %y_output: f32[2,$where.1,3] = OneHot(%where_output, %c1_output, %c2_output) "y"
  output %y_output
}
)");
}

TEST(LayerGraph, Reduction) {
    TestNet net;
    ITensor& x = net.input("x", {2, 3, 4});
    ILayer* mean = net->addReduce(x, ReduceOperation::kAVG, 4, true);
    mean->setName("mean");
    ILayer* running = net->addCumulative(*mean->getOutput(0), net.constant({}, {1}, DType::I32),
                                         CumulativeOperation::kSUM, true, false);
    running->setName("running");
    ITensor* inputs[] = {&x, running->getOutput(0)};
    ILayer* product = net->addEinsum(inputs, 2, "bij,bik->bj");
    product->setName("product");
    ISoftMaxLayer* softmax = net->addSoftMax(*product->getOutput(0));
    softmax->setAxes(2);
    net.output(softmax, "y");
    EXPECT_EQ(net.text(), R"(graph {
  stage imported
  input %x: f32[2,3,4]
  const %c1_output: i32[] = [1]
  %mean_output: f32[2,3,1] = Reduce(%x) {operation=avg, axes=[2], keep=true} "mean"
  %running_output: f32[2,3,1] = Cumulative(%mean_output, %c1_output) {exclusive=true} "running"
  %product_output: f32[2,4] = Einsum(%x, %running_output) {equation="bij,bik->bj"} "product"
  %y_output: f32[2,4] = Softmax(%product_output) "y"
  output %y_output
}
)");
}

TEST(LayerGraph, Attention) {
    TestNet net;
    ITensor &q = net.input("q", {1, 4, -1, 8}), &k = net.input("k", {1, 2, 5, 8});
    IAttention* attention = net->addAttentionV2(q, k, net.input("v", {1, 2, 5, 8}), AttentionNormalizationOp::kSOFTMAX,
                                                CausalMaskKind::kLOWER_RIGHT);
    attention->setName("attention");
    net->markOutput(*attention->getOutput(0));
    EXPECT_EQ(net.text(), R"(graph {
  stage imported
  input %q: f32[1,4,q.2,8]
  input %k: f32[1,2,5,8]
  input %v: f32[1,2,5,8]
  %attention_output: f32[1,4,q.2,8] = Attention(%q, %k, %v) {causal=lower_right} "attention"
  output %attention_output
}
)");
}

TEST(LayerGraph, Quantization) {
    TestNet net;
    IDynamicQuantizeLayer* quantize =
        net->addDynamicQuantizeV2(net.input("x", {2, 32}), dims({1, 16}), DataType::kFP8, DataType::kFLOAT);
    quantize->setName("quantize");
    IDequantizeLayer* back = net->addDequantize(*quantize->getOutput(0), *quantize->getOutput(1));
    back->setBlockShape(dims({1, 16}));
    net.output(back, "y");
    EXPECT_EQ(net.text(), R"(graph {
  stage imported
  input %x: f32[2,32]
  %quantize_output: f8e4m3[2,32], %quantize_output_1: f32[2,2] = DynamicQuantize(%x) {blockShape=[1,16], to=f8e4m3, scaleType=f32} "quantize"
  %y_output: f32[2,32] = Dequantize(%quantize_output, %quantize_output_1) {blockShape=[1,16]} "y"
  output %y_output
}
)");
}

TEST(LayerGraph, ImplicitBatch) {
    TestNet net(true);
    ITensor& x = net.input("x", {2, 1, 1});
    ILayer* fc = net->addFullyConnected(x, 2, net.weights({1, 2, 3, 4}), {});
    fc->setName("fc");
    ISoftMaxLayer* softmax = net->addSoftMax(*fc->getOutput(0));
    softmax->setAxes(1);
    net.output(softmax, "y");
    EXPECT_EQ(net.text(), R"(graph {
  stage imported
  input %x: f32[batch,2,1,1]
  const %fc.kernel: f32[2,2] = [1,2,3,4]
  %fc_output: f32[batch,2,1,1] = FullyConnected(%x, %fc.kernel) {outputMaps=2} "fc"
  %y_output: f32[batch,2,1,1] = Softmax(%fc_output) "y"
  output %y_output
}
)");
    EXPECT_EQ(sizes(softmax->getOutput(0)->getDimensions()), (std::vector<int64_t>{2, 1, 1}));
}

TEST(LayerGraph, Recurrent) {
    TestNet net;
    IRNNv2Layer* rnn = net->addRNNv2(net.input("x", {-1, 2, 1}), 2, 1, 2, RNNOperation::kRELU);
    for (int32_t layer : {0, 1}) {
        for (const bool isW : {true, false}) rnn->setWeightsForGate(layer, RNNGateType::kINPUT, isW, net.weights({2}));
    }
    net.output(rnn, "rnn");
    EXPECT_EQ(net.text(), R"(graph {
  stage imported
  input %x: f32[x.0,2,1]
  const %rnn.W: f32[1,1,1] = [2]
  const %rnn.R: f32[1,1,1] = [2]
  const %rnn.W_1: f32[1,1,1] = [2]
  const %rnn.R_1: f32[1,1,1] = [2]
  %"rnn.0:0": f32[x.0,2,1,1], %"rnn.0:1": f32[x.0,1,1] = Recurrent(%x, %rnn.W, %rnn.R) {cell=rnn, hidden=1, activations=["Relu"], layout=1}
  %rnn.reshape: f32[x.0,2,1] = Reshape(%"rnn.0:0") {dims=[0,0,1]}
  %"rnn.1:0": f32[x.0,2,1,1], %"rnn.1:1": f32[x.0,1,1] = Recurrent(%rnn.reshape, %rnn.W_1, %rnn.R_1) {cell=rnn, hidden=1, activations=["Relu"], layout=1}
  %rnn_output: f32[x.0,2,1] = Reshape(%"rnn.1:0") {dims=[0,0,1]} "rnn.reshape_1"
  %rnn_output_1: f32[x.0,2,1] = Concatenation(%"rnn.0:1", %"rnn.1:1") {axis=1} "rnn.states"
  output %rnn_output
}
)");
}

TEST(LayerGraph, Assertion) {
    TestNet net;
    ITensor &a = net.input("a", {-1}), &b = net.input("b", {-1});
    ILayer *sizeA = net->addShape(a), *sizeB = net->addShape(b);
    sizeA->setName("sizeA");
    sizeB->setName("sizeB");
    ILayer* same = net->addElementWise(*sizeA->getOutput(0), *sizeB->getOutput(0), ElementWiseOperation::kEQUAL);
    same->setName("same");
    net->addAssertion(*same->getOutput(0), "lengths differ")->setName("check");
    net.output(net->addIdentity(a), "y");
    EXPECT_EQ(net.text(), R"(graph {
  stage imported
  input %a: f32[a.0]
  input %b: f32[b.0]
  %y_output: f32[a.0] = Identity(%a) "y"
  %sizeB_output: i64[1] = Shape(%b) "sizeB"
  %sizeA_output: i64[1] = Shape(%a) "sizeA"
  %same_output: bool[1] = ElementWise(%sizeA_output, %sizeB_output) {operation=equal} "same"
  Assertion(%same_output) {message="lengths differ"} "check"
  output %y_output
}
)");
}

//! One more row and column than fit.
class OneMore final : public IOutputDimensionsFormula {
public:
    DimsHW compute(DimsHW input, DimsHW kernel, DimsHW stride, DimsHW padding, DimsHW,
                   char const* layer) const override {
        name = layer;
        return {(input.d[0] + 2 * padding.d[0] - kernel.d[0]) / stride.d[0] + 2,
                (input.d[1] + 2 * padding.d[1] - kernel.d[1]) / stride.d[1] + 2};
    }
    mutable std::string name;
};

//! The same for a program that was compiled for 7.x, where Dims are 17 integers of 32 bits.
struct OldDims {
    int32_t nbDims;
    int32_t d[8];
    int32_t kinds[8];
};
class OldOneMore {
public:
    virtual OldDims compute(OldDims input, OldDims kernel, OldDims stride, OldDims padding, OldDims,
                            char const*) const {
        OldDims out = input;
        for (int i = 0; i < 2; ++i) out.d[i] = (input.d[i] + 2 * padding.d[i] - kernel.d[i]) / stride.d[i] + 2;
        return out;
    }
    virtual ~OldOneMore() = default;
};

//! The library's formula is of the same layout, but of another class.
__attribute__((no_sanitize("vptr"))) DimsHW computed(const IOutputDimensionsFormula& formula) {
    return formula.compute({4, 5}, {2, 2}, {2, 1}, {0, 1}, {1, 1}, "");
}

TEST(LayerGraph, OutputSizesOfTheApplication) {
    OneMore wide;
    OldOneMore old;
    for (const int32_t era : {7, 10}) {
        TestNet net(false, era);
        ITensor& x = net.input("x", {1, 1, 4, 4});
        IPoolingLayer* pool = net->addPoolingNd(x, PoolingType::kMAX, dims({2, 2}));
        pool->setName("pool");
        pool->setStrideNd(dims({2, 2}));
        ILayer *conv = net->addConvolutionNd(x, 1, dims({1, 1}), net.weights({1}), {}),
               *deconv = net->addDeconvolutionNd(x, 1, dims({1, 1}), net.weights({1}), {});
        EXPECT_EQ(sizes(pool->getOutput(0)->getDimensions()), (std::vector<int64_t>{1, 1, 2, 2}));
        auto* formula = era == 7 ? reinterpret_cast<IOutputDimensionsFormula*>(&old) : &wide;
        net->setPoolingOutputDimensionsFormula(formula);
        net->setConvolutionOutputDimensionsFormula(formula);
        net->setDeconvolutionOutputDimensionsFormula(formula);
        EXPECT_EQ(&net->getPoolingOutputDimensionsFormula(), formula);
        EXPECT_EQ(sizes(pool->getOutput(0)->getDimensions()), (std::vector<int64_t>{1, 1, 3, 3}));
        EXPECT_EQ(sizes(conv->getOutput(0)->getDimensions()), (std::vector<int64_t>{1, 1, 5, 5}));
        EXPECT_EQ(sizes(deconv->getOutput(0)->getDimensions()), (std::vector<int64_t>{1, 1, 5, 5}));
        net->setPoolingOutputDimensionsFormula(nullptr);
        EXPECT_EQ(sizes(pool->getOutput(0)->getDimensions()), (std::vector<int64_t>{1, 1, 2, 2}));
        EXPECT_NE(&net->getPoolingOutputDimensionsFormula(), formula);
        EXPECT_EQ(net.error(), "");
    }
    EXPECT_NE(wide.name, "");
    TestNet net;
    const DimsHW out = computed(net->getPoolingOutputDimensionsFormula());
    EXPECT_EQ(out.h(), 2);
    EXPECT_EQ(out.w(), 6);
}

}  // namespace
}  // namespace opentrt::network
