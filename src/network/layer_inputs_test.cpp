// SPDX-License-Identifier: Apache-2.0
// Properties that may also be inputs: while an input is connected the getter says so, and the setter takes its place.
// And enumerators that do not exist.
#include "network/test_support.h"

namespace opentrt::network {
namespace {

TEST(LayerInputs, SliceListsTakeThePlaceOfInputs) {
    TestNet net;
    ISliceLayer* slice = net->addSlice(net.input("x", {4, 6}), dims({0, 0}), dims({1, 1}), dims({1, 1}));
    slice->setInput(1, net.constant({2}, {1, 2}, DType::I32));
    slice->setInput(2, net.constant({2}, {2, 3}, DType::I32));
    EXPECT_EQ(slice->getStart().nbDims, -1);
    EXPECT_EQ(slice->getSize().nbDims, -1);
    EXPECT_EQ(sizes(slice->getStride()), (std::vector<int64_t>{1, 1}));
    EXPECT_EQ(sizes(slice->getOutput(0)->getDimensions()), (std::vector<int64_t>{2, 3}));
    slice->setSize(dims({3, 1}));
    EXPECT_EQ(slice->getInput(2), nullptr);
    EXPECT_EQ(sizes(slice->getSize()), (std::vector<int64_t>{3, 1}));
    EXPECT_EQ(sizes(slice->getOutput(0)->getDimensions()), (std::vector<int64_t>{3, 1}));
    slice->setMode(SampleMode::kFILL);
    slice->setInput(4, net.constant({}, {7}));
    EXPECT_EQ(sizes(slice->getOutput(0)->getDimensions()), (std::vector<int64_t>{3, 1}));
    EXPECT_EQ(net.error(), "");
}

TEST(LayerInputs, ShuffleDimensionsTakeThePlaceOfAnInput) {
    TestNet net;
    IShuffleLayer* shuffle = net->addShuffle(net.input("x", {4, 6}));
    EXPECT_EQ(shuffle->getReshapeDimensions().nbDims, -1);
    shuffle->setInput(1, net.constant({3}, {2, 2, 6}, DType::I32));
    EXPECT_EQ(sizes(shuffle->getOutput(0)->getDimensions()), (std::vector<int64_t>{2, 2, 6}));
    shuffle->setReshapeDimensions(dims({-1, 8}));
    EXPECT_EQ(shuffle->getInput(1), nullptr);
    EXPECT_EQ(sizes(shuffle->getReshapeDimensions()), (std::vector<int64_t>{-1, 8}));
    EXPECT_EQ(sizes(shuffle->getOutput(0)->getDimensions()), (std::vector<int64_t>{3, 8}));
    EXPECT_EQ(net.error(), "");
}

TEST(LayerInputs, FillValuesTakeThePlaceOfInputs) {
    TestNet net;
    IFillLayer* fill = net->addFill(dims({3}), FillOperation::kLINSPACE, DataType::kINT64);
    fill->setInput(0, net.constant({1}, {5}, DType::I64));
    fill->setInput(1, net.constant({}, {2}, DType::I64));
    fill->setInput(2, net.constant({1}, {4}, DType::I64));
    EXPECT_EQ(fill->getDimensions().nbDims, -1);
    EXPECT_EQ(fill->getAlpha(), -1);
    EXPECT_EQ(fill->getBetaInt64(), -1);
    EXPECT_EQ(sizes(fill->getOutput(0)->getDimensions()), (std::vector<int64_t>{5}));
    fill->setInput(0, net.constant({}, {6}, DType::I64));  // one number is a list of one
    EXPECT_EQ(sizes(fill->getOutput(0)->getDimensions()), (std::vector<int64_t>{6}));
    fill->setDimensions(dims({2}));
    fill->setAlphaInt64(3);
    fill->setBetaInt64(1);
    EXPECT_TRUE(fill->isAlphaBetaInt64());
    EXPECT_EQ(fill->getAlphaInt64(), 3);
    net.output(fill, "y");
    IFillLayer* untyped = net->addFill(dims({2}), FillOperation::kLINSPACE);
    untyped->setInput(1, net.constant({}, {7}, DType::I32));
    untyped->setInput(2, net.constant({1}, {2}, DType::I32));
    EXPECT_EQ(untyped->getOutput(0)->getType(), DataType::kINT32);
    EXPECT_EQ(net.run({}), (std::vector<double>{3, 4}));
    EXPECT_EQ(net.error(), "");
}

TEST(LayerInputs, ResizeTakesDimensionsOrScales) {
    TestNet net;
    IResizeLayer* resize = net->addResize(net.input("x", {1, 1, 4, 4}));
    resize->setName("resize");
    const float scales[] = {1, 1, 2, 2};
    resize->setScales(scales, 4);
    float read[4] = {};
    EXPECT_EQ(resize->getScales(0, nullptr), 4);
    EXPECT_EQ(resize->getScales(3, read), 4);
    EXPECT_EQ(read[0], 0);  // too few places
    EXPECT_EQ(resize->getScales(4, read), 4);
    EXPECT_EQ(read[3], 2);
    EXPECT_EQ(sizes(resize->getOutput(0)->getDimensions()), (std::vector<int64_t>{1, 1, 8, 8}));
    resize->setOutputDimensions(dims({1, 1, 3, 3}));
    EXPECT_EQ(resize->getScales(4, read), -1);
    EXPECT_EQ(sizes(resize->getOutput(0)->getDimensions()), (std::vector<int64_t>{1, 1, 3, 3}));
    resize->setInput(1, net.constant({4}, {1, 1, 5, 5}, DType::I32));
    EXPECT_EQ(resize->getOutputDimensions().nbDims, -1);
    resize->setScales(scales, 4);
    EXPECT_EQ(net.error(), "resize: the output dimensions are an input, so they cannot be set, nor scales\n");
    EXPECT_EQ(sizes(resize->getOutput(0)->getDimensions()), (std::vector<int64_t>{1, 1, 5, 5}));
}

TEST(LayerInputs, ResizeBehindAnImplicitBatch) {
    TestNet net(true);
    IResizeLayer* resize = net->addResize(net.input("x", {1, 2, 2}));
    resize->setOutputDimensions(dims({1, 4, 4}));
    EXPECT_EQ(sizes(resize->getOutputDimensions()), (std::vector<int64_t>{1, 4, 4}));
    EXPECT_EQ(sizes(resize->getOutput(0)->getDimensions()), (std::vector<int64_t>{1, 4, 4}));
    EXPECT_EQ(net.error(), "");
}

TEST(LayerInputs, TopKTakesItsCountFromATensor) {
    TestNet net;
    ITopKLayer* topK = net->addTopK(net.input("x", {2, 9}), TopKOperation::kMAX, 2, 2);
    topK->setName("top");
    topK->setInput(1, net.constant({}, {4}, DType::I32));
    EXPECT_EQ(sizes(topK->getOutput(0)->getDimensions()), (std::vector<int64_t>{2, 4}));
    topK->setK(3);
    EXPECT_EQ(sizes(topK->getOutput(0)->getDimensions()), (std::vector<int64_t>{2, 3}));
    topK->setReduceAxes(3);
    EXPECT_EQ(topK->getOutput(0)->getDimensions().nbDims, -1);
    EXPECT_EQ(net.error(), "top: the axes mask 3 names 2 axes when the layer works on one\n");
}

TEST(LayerInputs, AxesHaveDefaults) {
    for (const bool implicitBatch : {false, true}) {
        TestNet net(implicitBatch);
        ITensor &deep = net.input("deep", {2, 3, 4, 5}), &flat = net.input("flat", {6});
        ITensor *deeps[] = {&deep, &deep}, *flats[] = {&flat, &flat};
        EXPECT_EQ(net->addConcatenation(deeps, 2)->getAxis(), 1);
        EXPECT_EQ(sizes(net->addConcatenation(deeps, 2)->getOutput(0)->getDimensions()),
                  (std::vector<int64_t>{2, 6, 4, 5}));
        EXPECT_EQ(net->addConcatenation(flats, 2)->getAxis(), 0);
        EXPECT_EQ(net->addSoftMax(deep)->getAxes(), 2U);
        EXPECT_EQ(net->addSoftMax(flat)->getAxes(), 1U);
        ISoftMaxLayer* softmax = net->addSoftMax(deep);
        softmax->setAxes(8);
        EXPECT_EQ(softmax->getAxes(), 8U);
        EXPECT_EQ(net.error(), "");
    }
}

TEST(LayerInputs, FactoriesRefuseWhatDoesNotExist) {
    TestNet net;
    ITensor& x = net.input("x", {2});
    EXPECT_EQ(net->addActivation(x, static_cast<ActivationType>(99)), nullptr);
    EXPECT_NE(net.error().find("addActivation: activation type is 99 when it should be between 0 and"),
              std::string::npos);
    EXPECT_EQ(net->addUnary(x, static_cast<UnaryOperation>(-1)), nullptr);
    EXPECT_EQ(net->addElementWise(x, x, static_cast<ElementWiseOperation>(99)), nullptr);
    EXPECT_EQ(net->addReduce(x, ReduceOperation::kNONE, 1, false), nullptr);
    EXPECT_NE(net.error().find("addReduce: reduce operation kNONE is for collectives only"), std::string::npos);
    EXPECT_EQ(net->addCast(x, static_cast<DataType>(50)), nullptr);
    EXPECT_EQ(net->addInput("y", static_cast<DataType>(50), dims({1})), nullptr);
    EXPECT_EQ(net->addPoolingNd(x, static_cast<PoolingType>(9), dims({1, 1})), nullptr);
    EXPECT_EQ(net->addFill(dims({1}), static_cast<FillOperation>(7), DataType::kFLOAT), nullptr);
    EXPECT_EQ(net->addGatherV2(x, x, static_cast<GatherMode>(3)), nullptr);
    EXPECT_EQ(net->addMatrixMultiply(x, static_cast<MatrixOperation>(3), x, MatrixOperation::kNONE), nullptr);
    EXPECT_EQ(net->addTopK(x, static_cast<TopKOperation>(2), 1, 1), nullptr);
    EXPECT_NE(net.error(), "");
    ITensor* withNull[] = {&x, nullptr};
    EXPECT_EQ(net->addConcatenation(withNull, 2), nullptr);
    EXPECT_EQ(net.error(), "addConcatenation: input 1 is null\n");
    EXPECT_EQ(net->addEinsum(withNull, 2, "i,i"), nullptr);
    EXPECT_EQ(net.error(), "addEinsum: input 1 is null\n");
    EXPECT_EQ(net->getNbLayers(), 0);
}

TEST(LayerInputs, SettersRefuseWhatDoesNotExist) {
    TestNet net;
    ITensor& x = net.input("x", {1, 1, 2, 2});
    IActivationLayer* activation = net->addActivation(x, ActivationType::kTANH);
    activation->setName("a");
    activation->setActivationType(static_cast<ActivationType>(99));
    EXPECT_EQ(activation->getActivationType(), ActivationType::kTANH);
    EXPECT_NE(net.error().find("a: activation type is 99"), std::string::npos);
    IPoolingLayer* pool = net->addPoolingNd(x, PoolingType::kMAX, dims({2, 2}));
    pool->setPaddingMode(PaddingMode::kSAME_LOWER);
    pool->setPaddingMode(static_cast<PaddingMode>(6));
    EXPECT_EQ(pool->getPaddingMode(), PaddingMode::kSAME_LOWER);
    IResizeLayer* resize = net->addResize(x);
    resize->setResizeMode(static_cast<InterpolationMode>(3));
    resize->setNearestRounding(static_cast<ResizeRoundMode>(4));
    EXPECT_EQ(resize->getResizeMode(), InterpolationMode::kNEAREST);
    EXPECT_EQ(resize->getNearestRounding(), ResizeRoundMode::kFLOOR);
    x.setType(static_cast<DataType>(77));
    EXPECT_EQ(x.getType(), DataType::kFLOAT);
    EXPECT_NE(net.error(), "");
}

TEST(LayerInputs, ImplicitBatchRefusesWhatTensorRtDoes) {
    TestNet net(true);
    ITensor& x = net.input("x", {2});
    EXPECT_EQ(net->addLoop(), nullptr);
    EXPECT_EQ(net->addIfConditional(), nullptr);
    EXPECT_EQ(net->addSelect(x, x, x), nullptr);
    EXPECT_EQ(net->addShape(x), nullptr);
    EXPECT_EQ(net->addFill(dims({1}), FillOperation::kLINSPACE, DataType::kFLOAT), nullptr);
    EXPECT_EQ(net->addAttention(x, x, x, AttentionNormalizationOp::kSOFTMAX, false), nullptr);
    EXPECT_NE(net.error().find("addLoop: the layer does not work with an implicit batch dimension"), std::string::npos);
}

}  // namespace
}  // namespace opentrt::network
