// SPDX-License-Identifier: Apache-2.0
// Setters and getters of the layers, and what setters and factories refuse at once.
#include <cmath>

#include "network/test_support.h"

namespace opentrt::network {
namespace {

TEST(LayerProperties, Lrn) {
    TestNet net;
    ITensor& x = net.input("x", {1, 4, 2, 2});
    ILRNLayer* lrn = net->addLRN(x, 5, 0.5F, 0.75F, 2);
    lrn->setName("lrn");
    EXPECT_EQ(lrn->getType(), LayerType::kLRN);
    EXPECT_EQ(lrn->getWindowSize(), 5);
    EXPECT_EQ(lrn->getAlpha(), 0.5F);
    EXPECT_EQ(lrn->getBeta(), 0.75F);
    EXPECT_EQ(lrn->getK(), 2);
    lrn->setWindowSize(7);
    lrn->setAlpha(1);
    lrn->setBeta(2);
    lrn->setK(3);
    EXPECT_EQ(lrn->getWindowSize(), 7);
    EXPECT_EQ(lrn->getAlpha(), 1);
    EXPECT_EQ(lrn->getBeta(), 2);
    EXPECT_EQ(lrn->getK(), 3);
    lrn->setWindowSize(4);
    EXPECT_EQ(net.error(), "lrn: window size is 4 when it should be odd\n");
    lrn->setWindowSize(17);
    EXPECT_EQ(net.error(), "lrn: window size is 17 when it should be between 1 and 15\n");
    EXPECT_EQ(lrn->getWindowSize(), 7);
    lrn->setAlpha(1e21F);
    lrn->setBeta(0);
    lrn->setK(std::nanf(""));
    EXPECT_EQ(lrn->getAlpha(), 1);
    EXPECT_EQ(lrn->getBeta(), 2);
    EXPECT_EQ(lrn->getK(), 3);
    EXPECT_NE(net.error(), "");
    EXPECT_EQ(net->addLRN(x, 0, 1, 1, 1), nullptr);
    EXPECT_EQ(net.error(), "addLRN: window size is 0 when it should be between 1 and 15\n");
}

TEST(LayerProperties, GridSample) {
    TestNet net;
    IGridSampleLayer* layer = net->addGridSample(net.input("x", {1, 1, 2, 2}), net.input("grid", {1, 3, 3, 2}));
    layer->setName("grid");
    EXPECT_EQ(layer->getInterpolationMode(), InterpolationMode::kLINEAR);
    EXPECT_EQ(layer->getSampleMode(), SampleMode::kFILL);
    EXPECT_FALSE(layer->getAlignCorners());
    layer->setInterpolationMode(InterpolationMode::kCUBIC);
    layer->setAlignCorners(true);
    EXPECT_TRUE(layer->setSampleMode(SampleMode::kREFLECT));
    EXPECT_EQ(layer->getInterpolationMode(), InterpolationMode::kCUBIC);
    EXPECT_EQ(layer->getSampleMode(), SampleMode::kREFLECT);
    EXPECT_TRUE(layer->getAlignCorners());
    EXPECT_FALSE(layer->setSampleMode(SampleMode::kWRAP));
    EXPECT_EQ(net.error(), "grid: sample mode is 1 when it should be kCLAMP (2), kFILL (3) or kREFLECT (4)\n");
    layer->setInterpolationMode(static_cast<InterpolationMode>(9));
    EXPECT_EQ(net.error(), "grid: interpolation mode is 9 when it should be between 0 and 2\n");
    EXPECT_EQ(sizes(layer->getOutput(0)->getDimensions()), (std::vector<int64_t>{1, 1, 3, 3}));
}

TEST(LayerProperties, Scatter) {
    TestNet net;
    ITensor &data = net.input("data", {4, 3}), &at = net.input("at", {2, 1}, DataType::kINT32),
            &updates = net.input("updates", {2, 3});
    IScatterLayer* layer = net->addScatter(data, at, updates, ScatterMode::kND);
    layer->setName("scatter");
    EXPECT_EQ(layer->getMode(), ScatterMode::kND);
    EXPECT_EQ(layer->getAxis(), 0);
    EXPECT_EQ(sizes(layer->getOutput(0)->getDimensions()), (std::vector<int64_t>{4, 3}));
    layer->setMode(ScatterMode::kELEMENT);
    layer->setAxis(1);
    EXPECT_EQ(layer->getMode(), ScatterMode::kELEMENT);
    EXPECT_EQ(layer->getAxis(), 1);
    EXPECT_EQ(layer->getOutput(0)->getDimensions().nbDims, -1);  // indices and updates differ now
    EXPECT_NE(net.error().find("scatter"), std::string::npos);
    EXPECT_EQ(net->addScatter(data, at, updates, static_cast<ScatterMode>(5)), nullptr);
    EXPECT_EQ(net.error(), "addScatter: scatter mode is 5 when it should be between 0 and 1\n");
}

TEST(LayerProperties, OneHotReverseSequenceAndAssertion) {
    TestNet net;
    ITensor &at = net.input("at", {2, 3}, DataType::kINT32), &lengths = net.input("lengths", {3}, DataType::kINT32);
    IOneHotLayer* oneHot = net->addOneHot(at, net.constant({2}, {0, 1}), net.constant({}, {5}, DType::I32), 1);
    EXPECT_EQ(oneHot->getAxis(), 1);
    EXPECT_EQ(sizes(oneHot->getOutput(0)->getDimensions()), (std::vector<int64_t>{2, 5, 3}));
    oneHot->setAxis(-1);
    EXPECT_EQ(sizes(oneHot->getOutput(0)->getDimensions()), (std::vector<int64_t>{2, 3, 5}));
    IReverseSequenceLayer* reverse = net->addReverseSequence(at, lengths);
    EXPECT_EQ(reverse->getBatchAxis(), 1);
    EXPECT_EQ(reverse->getSequenceAxis(), 0);
    reverse->setBatchAxis(0);
    reverse->setSequenceAxis(1);
    EXPECT_EQ(reverse->getBatchAxis(), 0);
    EXPECT_EQ(reverse->getSequenceAxis(), 1);
    IAssertionLayer* assertion = net->addAssertion(net.input("ok", {1}, DataType::kBOOL), "first");
    EXPECT_EQ(assertion->getNbOutputs(), 0);
    EXPECT_STREQ(assertion->getMessage(), "first");
    assertion->setMessage("second");
    EXPECT_STREQ(assertion->getMessage(), "second");
    EXPECT_EQ(net.error(), "");
}

TEST(LayerProperties, IndicesAreOfTwoTypes) {
    TestNet net;
    ITensor& x = net.input("x", {3});
    INonZeroLayer* nonZero = net->addNonZero(x);
    nonZero->setName("nz");
    EXPECT_EQ(nonZero->getIndicesType(), DataType::kINT32);
    EXPECT_TRUE(nonZero->setIndicesType(DataType::kINT64));
    EXPECT_EQ(nonZero->getOutput(0)->getType(), DataType::kINT64);
    EXPECT_FALSE(nonZero->setIndicesType(DataType::kFLOAT));
    EXPECT_EQ(net.error(), "nz: indices type is f32 when it should be i32 or i64\n");
    EXPECT_EQ(nonZero->getIndicesType(), DataType::kINT64);
    EXPECT_EQ(net->addNonZero(x, DataType::kBOOL), nullptr);
    EXPECT_EQ(net.error(), "addNonZero: indices type is bool when it should be i32 or i64\n");
    EXPECT_EQ(sizes(nonZero->getOutput(0)->getDimensions()), (std::vector<int64_t>{1, -1}));
}

TEST(LayerProperties, Nms) {
    TestNet net;
    INMSLayer* layer = net->addNMS(net.input("boxes", {1, 9, 4}), net.input("scores", {1, 9, 2}),
                                   net.constant({}, {3}, DType::I32), DataType::kINT64);
    layer->setName("nms");
    EXPECT_EQ(layer->getNbOutputs(), 2);
    EXPECT_EQ(layer->getIndicesType(), DataType::kINT64);
    EXPECT_EQ(layer->getBoundingBoxFormat(), BoundingBoxFormat::kCORNER_PAIRS);
    EXPECT_EQ(layer->getTopKBoxLimit(), 5000);
    layer->setBoundingBoxFormat(BoundingBoxFormat::kCENTER_SIZES);
    layer->setTopKBoxLimit(10);
    EXPECT_EQ(layer->getBoundingBoxFormat(), BoundingBoxFormat::kCENTER_SIZES);
    EXPECT_EQ(layer->getTopKBoxLimit(), 10);
    layer->setTopKBoxLimit(5001);
    EXPECT_EQ(net.error(), "nms: top-k box limit is 5001 when it should be between 1 and 5000\n");
    EXPECT_EQ(layer->getTopKBoxLimit(), 10);
    layer->setInput(4, net.constant({}, {0.5}));
    EXPECT_EQ(layer->getNbInputs(), 5);
    EXPECT_EQ(layer->getInput(3), nullptr);
    EXPECT_EQ(sizes(layer->getOutput(0)->getDimensions()), (std::vector<int64_t>{-1, 3}));
    EXPECT_EQ(layer->getOutput(1)->getDimensions().nbDims, 0);
    EXPECT_EQ(net.error(), "");
}

TEST(LayerProperties, Einsum) {
    TestNet net;
    ITensor* inputs[] = {&net.input("a", {2, 3}), &net.input("b", {3, 4})};
    IEinsumLayer* layer = net->addEinsum(inputs, 2, "ij,jk->ik");
    layer->setName("einsum");
    EXPECT_STREQ(layer->getEquation(), "ij,jk->ik");
    EXPECT_TRUE(layer->setEquation("ij,jk"));
    EXPECT_EQ(sizes(layer->getOutput(0)->getDimensions()), (std::vector<int64_t>{2, 4}));
    EXPECT_FALSE(layer->setEquation("ij->ij"));
    EXPECT_EQ(net.error(), "einsum: the equation 'ij->ij' has 1 terms when the layer has 2 inputs\n");
    EXPECT_FALSE(layer->setEquation("ij,j1->i"));
    EXPECT_NE(net.error().find("the character '1'"), std::string::npos);
    EXPECT_FALSE(layer->setEquation("ij,jk->iz"));
    EXPECT_NE(net.error(), "");
    EXPECT_STREQ(layer->getEquation(), "ij,jk");
    EXPECT_EQ(net->addEinsum(inputs, 0, ""), nullptr);
    EXPECT_EQ(net.error(), "addEinsum: the layer needs an input\n");
}

TEST(LayerProperties, Cumulative) {
    TestNet net;
    ITensor &x = net.input("x", {2, 3}), &axis = net.constant({}, {1}, DType::I32);
    ICumulativeLayer* layer = net->addCumulative(x, axis, CumulativeOperation::kSUM, true, false);
    layer->setName("sum");
    EXPECT_TRUE(layer->getExclusive());
    EXPECT_FALSE(layer->getReverse());
    layer->setExclusive(false);
    layer->setReverse(true);
    EXPECT_FALSE(layer->getExclusive());
    EXPECT_TRUE(layer->getReverse());
    EXPECT_TRUE(layer->setOperation(CumulativeOperation::kSUM));
    EXPECT_FALSE(layer->setOperation(static_cast<CumulativeOperation>(1)));
    EXPECT_EQ(net.error(), "sum: cumulative operation is 1 when it should be between 0 and 0\n");
    EXPECT_EQ(layer->getOperation(), CumulativeOperation::kSUM);
}

TEST(LayerProperties, DynamicQuantize) {
    TestNet net;
    ITensor& x = net.input("x", {4, 32});
    IDynamicQuantizeLayer* layer = net->addDynamicQuantize(x, 1, 16, DataType::kFP4, DataType::kFP8);
    layer->setName("quantize");
    EXPECT_EQ(layer->getAxis(), 1);
    EXPECT_EQ(layer->getBlockSize(), 16);
    EXPECT_EQ(layer->getToType(), DataType::kFP4);
    EXPECT_EQ(layer->getScaleType(), DataType::kFP8);
    EXPECT_EQ(layer->getBlockShape().nbDims, 0);
    EXPECT_EQ(sizes(layer->getOutput(1)->getDimensions()), (std::vector<int64_t>{4, 2}));
    layer->setBlockSize(32);
    layer->setToType(DataType::kFP8);
    layer->setScaleType(DataType::kE8M0);
    EXPECT_EQ(layer->getOutput(0)->getType(), DataType::kFP8);
    EXPECT_EQ(layer->getOutput(1)->getType(), DataType::kE8M0);
    layer->setBlockSize(8);
    EXPECT_EQ(net.error(), "quantize: block size is 8 when it should be 16 or 32\n");
    layer->setToType(DataType::kHALF);
    EXPECT_EQ(net.error(), "quantize: quantized type is f16 when it should be f4, f8e4m3 or i8\n");
    layer->setBlockShape(dims({2, 16}));
    EXPECT_EQ(sizes(layer->getBlockShape()), (std::vector<int64_t>{2, 16}));
    EXPECT_EQ(sizes(layer->getOutput(1)->getDimensions()), (std::vector<int64_t>{2, 2}));
    layer->setAxis(0);
    EXPECT_NE(net.error().find("the layer has a block shape"), std::string::npos);
    EXPECT_EQ(net->addDynamicQuantizeV2(x, dims({1, 16}), DataType::kFP8, DataType::kHALF), nullptr);
    EXPECT_EQ(net.error(), "addDynamicQuantizeV2: scale type is f16 when it should be f8e4m3, f8e8m0 or f32\n");
}

TEST(LayerProperties, Attention) {
    TestNet net;
    ITensor &q = net.input("q", {1, 4, 5, 8}), &k = net.input("k", {1, 2, 6, 8}), &v = net.input("v", {1, 2, 6, 8});
    IAttention* attention = net->addAttention(q, k, v, AttentionNormalizationOp::kSOFTMAX, true);
    EXPECT_EQ(net->getNbLayers(), 2);
    EXPECT_EQ(net->getLayer(0)->getType(), LayerType::kATTENTION_INPUT);
    EXPECT_EQ(net->getLayer(1)->getType(), LayerType::kATTENTION_OUTPUT);
    EXPECT_EQ(static_cast<IAttentionInputLayer*>(net->getLayer(0))->getAttention(), attention);
    EXPECT_EQ(static_cast<IAttentionOutputLayer*>(net->getLayer(1))->getAttention(), attention);
    EXPECT_EQ(net->getLayer(0)->getInput(1), &k);
    EXPECT_EQ(net->getLayer(1)->getOutput(0), attention->getOutput(0));
    EXPECT_TRUE(attention->setName("attention"));
    EXPECT_STREQ(attention->getName(), "attention");
    EXPECT_TRUE(attention->getCausal());
    EXPECT_EQ(attention->getCausalKind(), CausalMaskKind::kUPPER_LEFT);
    EXPECT_TRUE(attention->setCausalKind(CausalMaskKind::kNONE));
    EXPECT_FALSE(attention->getCausal());
    EXPECT_EQ(attention->getNbInputs(), 3);
    EXPECT_EQ(attention->getMask(), nullptr);
    ITensor& mask = net.input("mask", {1, 1, 5, 6});
    EXPECT_TRUE(attention->setMask(mask));
    EXPECT_EQ(attention->getMask(), &mask);
    EXPECT_EQ(attention->getNbInputs(), 4);
    EXPECT_EQ(sizes(attention->getOutput(0)->getDimensions()), (std::vector<int64_t>{1, 4, 5, 8}));
    EXPECT_EQ(attention->getOutput(1), nullptr);
    EXPECT_FALSE(attention->getDecomposable());
    EXPECT_TRUE(attention->setDecomposable(true));
    EXPECT_TRUE(attention->getDecomposable());
    EXPECT_TRUE(attention->setNormalizationOperation(AttentionNormalizationOp::kNONE));
    EXPECT_EQ(attention->getNormalizationOperation(), AttentionNormalizationOp::kNONE);
    EXPECT_TRUE(attention->setMetadata("mine"));
    EXPECT_STREQ(attention->getMetadata(), "mine");
    EXPECT_TRUE(attention->setNbRanks(2));
    EXPECT_EQ(attention->getNbRanks(), 2);
    EXPECT_EQ(net.error(), "");
    EXPECT_FALSE(attention->setNbRanks(0));
    EXPECT_EQ(net.error(), "attention: number of ranks is 0 when it should be between 1 and 2147483647\n");
    EXPECT_FALSE(attention->setInput(5, q));
    EXPECT_EQ(net.error(), "attention: input index is 5 when it should be between 0 and 4\n");
    EXPECT_FALSE(attention->setCausalKind(static_cast<CausalMaskKind>(3)));
    EXPECT_FALSE(attention->setNormalizationOperation(static_cast<AttentionNormalizationOp>(2)));
    EXPECT_FALSE(attention->setQueryForm(static_cast<AttentionIOForm>(2)));
    EXPECT_NE(net.error(), "");
}

TEST(LayerProperties, AttentionQuantization) {
    TestNet net;
    IAttention* attention = net->addAttention(net.input("q", {1, 1, 2, 4}), net.input("k", {1, 1, 2, 4}),
                                              net.input("v", {1, 1, 2, 4}), AttentionNormalizationOp::kSOFTMAX, false);
    attention->setName("attention");
    EXPECT_EQ(attention->getNormalizationQuantizeToType(), DataType::kFLOAT);
    EXPECT_TRUE(attention->setNormalizationQuantizeScale(net.constant({}, {0.5})));
    EXPECT_EQ(attention->getOutput(0)->getDimensions().nbDims, -1);
    EXPECT_NE(net.error().find("call setNormalizationQuantizeToType"), std::string::npos);
    EXPECT_FALSE(attention->setNormalizationQuantizeToType(DataType::kHALF));
    EXPECT_EQ(net.error(), "attention: normalization type is f16 when it should be f8e4m3 or i8\n");
    EXPECT_TRUE(attention->setNormalizationQuantizeToType(DataType::kINT8));
    EXPECT_EQ(attention->getNormalizationQuantizeToType(), DataType::kINT8);
    EXPECT_EQ(attention->getOutput(0)->getDimensions().nbDims, 4);
    EXPECT_EQ(net.error(), "");
}

TEST(LayerProperties, RotaryEmbeddingAndCache) {
    TestNet net;
    ITensor &x = net.input("x", {1, 2, 3, 8}), &table = net.input("table", {1, 3, 2});
    IRotaryEmbeddingLayer* rotary = net->addRotaryEmbedding(x, table, table, true, 4);
    rotary->setName("rotary");
    EXPECT_TRUE(rotary->getInterleaved());
    EXPECT_EQ(rotary->getRotaryEmbeddingDim(), 4);
    rotary->setInterleaved(false);
    EXPECT_FALSE(rotary->getInterleaved());
    EXPECT_FALSE(rotary->setRotaryEmbeddingDim(3));
    EXPECT_EQ(net.error(), "rotary: rotary embedding dimension is 3 when it should be even and at least 0\n");
    EXPECT_EQ(sizes(rotary->getOutput(0)->getDimensions()), (std::vector<int64_t>{1, 2, 3, 8}));
    ITensor& at = net.input("at", {1}, DataType::kINT32);
    IKVCacheUpdateLayer* cache = net->addKVCacheUpdate(x, net.input("update", {1, 2, 1, 8}), at, KVCacheMode::kLINEAR);
    cache->setName("cache");
    EXPECT_EQ(cache->getCacheMode(), KVCacheMode::kLINEAR);
    EXPECT_FALSE(cache->setCacheMode(static_cast<KVCacheMode>(1)));
    EXPECT_EQ(net.error(), "cache: cache mode is 1 when it should be between 0 and 0\n");
    EXPECT_EQ(sizes(cache->getOutput(0)->getDimensions()), (std::vector<int64_t>{1, 2, 3, 8}));
    EXPECT_TRUE(cache->setUpdateForm(AttentionIOForm::kPACKED_NHD));
    EXPECT_EQ(cache->getUpdateForm(), AttentionIOForm::kPACKED_NHD);
    EXPECT_EQ(cache->getOutput(0)->getDimensions().nbDims, -1);
    EXPECT_NE(net.error().find("give them with setUpdateLengths"), std::string::npos);
    EXPECT_TRUE(cache->setUpdateLengths(&at));
    EXPECT_EQ(cache->getUpdateLengths(), &at);
    EXPECT_TRUE(cache->setUpdateLengths(nullptr));
    EXPECT_EQ(cache->getUpdateLengths(), nullptr);
}

TEST(LayerProperties, MixtureOfExperts) {
    TestNet net;
    IMoELayer* moe = net->addMoE(net.input("x", {1, 2, 4}), net.input("experts", {1, 2, 1}, DataType::kINT32),
                                 net.input("scores", {1, 2, 1}));
    moe->setName("moe");
    EXPECT_EQ(moe->getActivationType(), MoEActType::kSILU);
    EXPECT_TRUE(std::isinf(moe->getSwigluParamLimit()));
    EXPECT_EQ(moe->getSwigluParamAlpha(), 1);
    EXPECT_EQ(moe->getSwigluParamBeta(), 0);
    EXPECT_EQ(moe->getOutput(0)->getDimensions().nbDims, -1);
    EXPECT_NE(net.error().find("moe: the experts have no weights; call setGatedWeights"), std::string::npos);
    ITensor &wide = net.input("wide", {3, 4, 6}), &narrow = net.input("narrow", {3, 6, 4});
    moe->setGatedWeights(wide, wide, narrow, MoEActType::kNONE);
    EXPECT_EQ(moe->getActivationType(), MoEActType::kNONE);
    EXPECT_EQ(sizes(moe->getOutput(0)->getDimensions()), (std::vector<int64_t>{1, 2, 4}));
    moe->setSwigluParams(7, 1.5F, 1);
    EXPECT_EQ(moe->getSwigluParamLimit(), 7);
    EXPECT_EQ(moe->getSwigluParamAlpha(), 1.5F);
    EXPECT_EQ(moe->getSwigluParamBeta(), 1);
    EXPECT_EQ(moe->getQuantizationToType(), DataType::kFLOAT);
    moe->setQuantizationToType(DataType::kINT8);
    EXPECT_EQ(net.error(), "moe: quantized type is i8 when it should be f8e4m3, f4 or f32\n");
    moe->setQuantizationDynamicDblQ(net.input("scale", {}), DataType::kFP4, dims({1, 1, 2, 16}), DataType::kFP8);
    EXPECT_EQ(moe->getQuantizationToType(), DataType::kFP4);
    EXPECT_EQ(moe->getDynQOutputScaleType(), DataType::kFP8);
    EXPECT_EQ(sizes(moe->getQuantizationBlockShape()), (std::vector<int64_t>{1, 1, 2, 16}));
    EXPECT_EQ(moe->getOutput(0)->getDimensions().nbDims, -1);
    EXPECT_NE(net.error().find("only [1, 1, n] and [1, 1, 1, n] are"), std::string::npos);
}

TEST(LayerProperties, CollectivesOfOneDevice) {
    using C = CollectiveOperation;
    using R = ReduceOperation;
    TestNet net;
    ITensor& x = net.input("x", {2});
    int64_t self[] = {0}, all[] = {0, 1};
    for (const auto& [operation, reduce] : {std::pair{C::kALL_REDUCE, R::kAVG},
                                            {C::kALL_GATHER, R::kNONE},
                                            {C::kBROADCAST, R::kNONE},
                                            {C::kREDUCE, R::kSUM},
                                            {C::kREDUCE_SCATTER, R::kMAX}}) {
        TestNet one;
        IDistCollectiveLayer* layer = one->addDistCollective(one.input("x", {2}), operation, reduce, 0, self, 1);
        one.output(layer, "y");
        EXPECT_EQ(layer->getType(), LayerType::kDIST_COLLECTIVE);
        EXPECT_EQ(one.run({floats({2}, {1, 2})}), (std::vector<double>{1, 2}));
    }
    EXPECT_EQ(net->addDistCollective(x, C::kALL_REDUCE, R::kSUM, -1, all, 2), nullptr);
    EXPECT_EQ(
        net.error(),
        "addDistCollective: a collective across 2 ranks is not supported by this version of OpenTRT; only 1 is\n");
    EXPECT_EQ(net->addDistCollective(x, C::kALL_REDUCE, R::kNONE, -1, nullptr, 0), nullptr);
    EXPECT_EQ(net->addDistCollective(x, C::kALL_GATHER, R::kSUM, -1, nullptr, 0), nullptr);
    EXPECT_EQ(net->addDistCollective(x, C::kBROADCAST, R::kNONE, 3, nullptr, 0), nullptr);
    EXPECT_NE(net.error(), "");
    IDistCollectiveLayer* layer = net->addDistCollective(x, C::kALL_GATHER, R::kNONE, -1, nullptr, 0);
    EXPECT_TRUE(layer->setNbRanks(1));
    EXPECT_FALSE(layer->setNbRanks(2));
    EXPECT_NE(net.error().find("a collective across 2 ranks is not supported"), std::string::npos);
}

TEST(LayerProperties, FullyConnected) {
    TestNet net;
    ITensor& x = net.input("x", {2, 3, 4, 5});
    IFullyConnectedLayer* layer = net->addFullyConnected(x, 7, net.weights(std::vector<double>(420)), {});
    layer->setName("fc");
    EXPECT_EQ(layer->getType(), LayerType::kFULLY_CONNECTED);
    EXPECT_EQ(layer->getNbOutputChannels(), 7);
    EXPECT_EQ(layer->getKernelWeights().count, 420);
    EXPECT_EQ(layer->getBiasWeights().count, 0);
    EXPECT_EQ(sizes(layer->getOutput(0)->getDimensions()), (std::vector<int64_t>{2, 7, 1, 1}));
    layer->setNbOutputChannels(6);
    EXPECT_EQ(layer->getOutput(0)->getDimensions().nbDims, -1);
    EXPECT_EQ(net.error(), "fc: kernel weights have count 420 but 360 was expected for [6,60]\n");
    layer->setKernelWeights(net.weights(std::vector<double>(360)));
    layer->setBiasWeights(net.weights({1, 2}));
    EXPECT_EQ(layer->getBiasWeights().count, 2);
    EXPECT_EQ(layer->getOutput(0)->getDimensions().nbDims, -1);
    EXPECT_NE(net.error().find("fc: bias weights have count 2 but 6 was expected"), std::string::npos);
    EXPECT_EQ(net->addFullyConnected(x, 0, {}, {}), nullptr);
    EXPECT_NE(net.error().find("addFullyConnected: number of outputs is 0"), std::string::npos);
}

TEST(LayerProperties, RNNv2) {
    TestNet net;
    ITensor& x = net.input("x", {2, 5, 3});
    IRNNv2Layer* rnn = net->addRNNv2(x, 2, 4, 5, RNNOperation::kTANH);
    rnn->setName("rnn");
    EXPECT_EQ(rnn->getType(), LayerType::kRNN_V2);
    EXPECT_EQ(rnn->getLayerCount(), 2);
    EXPECT_EQ(rnn->getHiddenSize(), 4);
    EXPECT_EQ(rnn->getMaxSeqLength(), 5);
    EXPECT_EQ(rnn->getDataLength(), 3);
    EXPECT_EQ(rnn->getOperation(), RNNOperation::kTANH);
    EXPECT_EQ(rnn->getInputMode(), RNNInputMode::kLINEAR);
    EXPECT_EQ(rnn->getDirection(), RNNDirection::kUNIDIRECTION);
    EXPECT_EQ(rnn->getNbOutputs(), 2);
    rnn->setOperation(RNNOperation::kLSTM);
    EXPECT_EQ(rnn->getNbOutputs(), 3);
    ITensor* cell = rnn->getOutput(2);
    rnn->setOperation(RNNOperation::kGRU);
    EXPECT_EQ(rnn->getNbOutputs(), 2);
    rnn->setOperation(RNNOperation::kLSTM);
    EXPECT_EQ(rnn->getOutput(2), cell);
    rnn->setInputMode(RNNInputMode::kSKIP);
    rnn->setDirection(RNNDirection::kBIDIRECTION);
    EXPECT_EQ(rnn->getInputMode(), RNNInputMode::kSKIP);
    EXPECT_EQ(rnn->getDirection(), RNNDirection::kBIDIRECTION);
    const Weights w = net.weights({1, 2, 3, 4});
    rnn->setBiasForGate(3, RNNGateType::kOUTPUT, false, w);
    EXPECT_EQ(rnn->getBiasForGate(3, RNNGateType::kOUTPUT, false).values, w.values);
    EXPECT_EQ(rnn->getBiasForGate(3, RNNGateType::kOUTPUT, true).count, 0);
    EXPECT_EQ(rnn->getWeightsForGate(3, RNNGateType::kOUTPUT, false).values, nullptr);
    rnn->setWeightsForGate(4, RNNGateType::kINPUT, true, w);
    EXPECT_EQ(net.error(), "rnn: layer index is 4 when it should be between 0 and 3\n");
    ITensor &lengths = net.input("lengths", {2}, DataType::kINT32), &state = net.input("state", {2, 4, 4});
    EXPECT_EQ(rnn->getSequenceLengths(), nullptr);
    EXPECT_EQ(rnn->getCellState(), nullptr);
    rnn->setSequenceLengths(lengths);
    rnn->setHiddenState(state);
    rnn->setCellState(state);
    EXPECT_EQ(rnn->getSequenceLengths(), &lengths);
    EXPECT_EQ(rnn->getHiddenState(), &state);
    EXPECT_EQ(rnn->getCellState(), &state);
    EXPECT_EQ(rnn->getNbInputs(), 4);
    EXPECT_EQ(rnn->getOutput(0)->getDimensions().nbDims, -1);
    EXPECT_NE(net.error().find("it should be the hidden size 4"), std::string::npos);
    EXPECT_EQ(net->addRNNv2(x, 0, 4, 5, RNNOperation::kTANH), nullptr);
    EXPECT_EQ(net->addRNN(x, 1, 4, 5, RNNOperation::kTANH, RNNInputMode::kLINEAR, RNNDirection::kUNIDIRECTION, {}, {}),
              nullptr);
    EXPECT_NE(net.error().find("addRNN: the layer works only with an implicit batch dimension"), std::string::npos);
}

}  // namespace
}  // namespace opentrt::network
