// SPDX-License-Identifier: Apache-2.0
// Layers of the API, one by one, against numbers worked out by hand: selection, reduction, windows, quantization.
#include <cmath>

#include "layer_support.h"

namespace apitest {
namespace {

using Floats = std::vector<float>;
using Ints = std::vector<int32_t>;

TEST(Layers, LrnDividesByItsNeighbours) {
    LayerNet net;
    ITensor& x = net.input<float>("x", {1, 3, 1, 2}, {1, 2, 3, 4, 5, 6});
    net.output(net.network->addLRN(x, 3, 0.3F, 0.75F, 2)->getOutput(0), "y");
    ASSERT_TRUE(net.run()) << net.logger.all();
    const auto y = [](double v, double squares) {
        return static_cast<float>(v / std::pow(2 + 0.3 / 3 * squares, 0.75));
    };
    net.expect("y", {y(1, 10), y(2, 20), y(3, 35), y(4, 56), y(5, 34), y(6, 52)});
}

TEST(Layers, GridSampleReadsBetweenElements) {
    LayerNet net;
    ITensor& x = net.input<float>("x", {1, 1, 2, 2}, {1, 2, 3, 4});
    ITensor& grid = net.input<float>("grid", {1, 1, 3, 2}, {0, 0, -1, -1, 3, 1});
    IGridSampleLayer* layer = net.network->addGridSample(x, grid);
    layer->setAlignCorners(true);
    EXPECT_TRUE(layer->setSampleMode(SampleMode::kCLAMP));
    net.output(layer->getOutput(0), "y");
    ASSERT_TRUE(net.run()) << net.logger.all();
    net.expect("y", {2.5F, 1, 4});
}

TEST(Layers, ScatterWritesElementsAlongAnAxis) {
    LayerNet net;
    ITensor& data = net.input<float>("data", {2, 3}, {0, 0, 0, 0, 0, 0});
    ITensor& at = net.input<int32_t>("at", {2, 2}, {2, 0, 1, -1});
    ITensor& updates = net.input<float>("updates", {2, 2}, {1, 2, 3, 4});
    IScatterLayer* layer = net.network->addScatter(data, at, updates, ScatterMode::kELEMENT);
    layer->setAxis(1);
    net.output(layer->getOutput(0), "y");
    ASSERT_TRUE(net.run()) << net.logger.all();
    net.expect("y", {2, 0, 1, 0, 3, 4});
}

TEST(Layers, ScatterWritesSlices) {
    LayerNet net;
    ITensor& data = net.input<float>("data", {3, 2}, {1, 1, 1, 1, 1, 1});
    ITensor& at = net.input<int32_t>("at", {2, 1}, {2, 0});
    ITensor& updates = net.input<float>("updates", {2, 2}, {5, 6, 7, 8});
    net.output(net.network->addScatter(data, at, updates, ScatterMode::kND)->getOutput(0), "y");
    ASSERT_TRUE(net.run()) << net.logger.all();
    net.expect("y", {7, 8, 1, 1, 5, 6});
}

TEST(Layers, OneHotTakesItsValues) {
    LayerNet net;
    ITensor& at = net.input<int32_t>("at", {3}, {1, -1, 5});
    ITensor& values = net.constant<float>({2}, {-1, 2});
    ITensor& depth = net.constant<int32_t>({}, {3});
    net.output(net.network->addOneHot(at, values, depth, -1)->getOutput(0), "y");
    ASSERT_TRUE(net.run()) << net.logger.all();
    EXPECT_EQ(net.shape("y"), (std::vector<int64_t>{3, 3}));
    net.expect("y", {-1, 2, -1, -1, -1, 2, -1, -1, -1});
}

TEST(Layers, NonZeroGivesIndicesOfBothTypes) {
    for (const DataType type : {DataType::kINT32, DataType::kINT64}) {
        LayerNet net;
        ITensor& x = net.input<float>("x", {2, 3}, {0, 1, 0, 2, 0, 3});
        INonZeroLayer* layer = type == DataType::kINT32 ? net.network->addNonZero(x) : net.network->addNonZero(x, type);
        EXPECT_EQ(layer->getIndicesType(), type);
        net.output(layer->getOutput(0), "y");
        ASSERT_TRUE(net.run()) << net.logger.all();
        EXPECT_EQ(net.shape("y"), (std::vector<int64_t>{2, 3}));
        if (type == DataType::kINT32) {
            EXPECT_EQ(net.get<int32_t>("y"), (Ints{0, 1, 1, 1, 0, 2}));
        } else {
            EXPECT_EQ(net.get<int64_t>("y"), (std::vector<int64_t>{0, 1, 1, 1, 0, 2}));
        }
    }
}

//! Two boxes that overlap by a half, one far away; the second class likes the last box only.
struct Boxes {
    LayerNet net;
    ITensor& boxes = net.input<float>("boxes", {1, 3, 4}, {0, 0, 2, 2, 0, 0.5F, 2, 2.5F, 5, 5, 6, 6});
    ITensor& scores = net.input<float>("scores", {1, 3, 2}, {0.9F, 0, 0.8F, 0.1F, 0.7F, 0.6F});
    ITensor& most = net.constant<int32_t>({}, {2});
};

TEST(Layers, NmsDropsBoxesThatOverlap) {
    Boxes b;
    INMSLayer* layer = b.net.network->addNMS(b.boxes, b.scores, b.most);
    layer->setInput(3, b.net.constant<float>({}, {0.5F}));
    layer->setInput(4, b.net.constant<float>({}, {0.2F}));
    b.net.output(layer->getOutput(0), "kept");
    b.net.output(layer->getOutput(1), "count");
    ASSERT_TRUE(b.net.run()) << b.net.logger.all();
    EXPECT_EQ(b.net.get<int32_t>("count"), (Ints{3}));
    EXPECT_EQ(b.net.get<int32_t>("kept"), (Ints{0, 0, 0, 0, 0, 2, 0, 1, 2}));
}

TEST(Layers, NmsCountsInSixtyFourBits) {
    Boxes b;
    INMSLayer* layer = b.net.network->addNMS(b.boxes, b.scores, b.most, DataType::kINT64);
    layer->setTopKBoxLimit(1);
    b.net.output(layer->getOutput(0), "kept");
    ASSERT_TRUE(b.net.run()) << b.net.logger.all();
    EXPECT_EQ(b.net.get<int64_t>("kept"), (std::vector<int64_t>{0, 0, 0}));
}

TEST(Layers, ReverseSequenceStopsAtEachLength) {
    LayerNet net;
    ITensor& x = net.input<float>("x", {2, 3}, {1, 2, 3, 4, 5, 6});
    ITensor& lengths = net.input<int32_t>("lengths", {2}, {3, 2});
    IReverseSequenceLayer* layer = net.network->addReverseSequence(x, lengths);
    layer->setBatchAxis(0);
    layer->setSequenceAxis(1);
    net.output(layer->getOutput(0), "y");
    ASSERT_TRUE(net.run()) << net.logger.all();
    net.expect("y", {3, 2, 1, 5, 4, 6});
}

TEST(Layers, EinsumMultipliesMatrices) {
    LayerNet net;
    ITensor* inputs[] = {&net.input<float>("a", {2, 2}, {1, 2, 3, 4}),
                         &net.input<float>("b", {2, 3}, {1, 0, 2, 0, 1, 3})};
    net.output(net.network->addEinsum(inputs, 2, "ij, jk -> ki")->getOutput(0), "y");
    ASSERT_TRUE(net.run()) << net.logger.all();
    net.expect("y", {1, 3, 2, 4, 8, 18});
}

TEST(Layers, CumulativeSumsFromEitherEnd) {
    for (const bool reverse : {false, true}) {
        for (const bool exclusive : {false, true}) {
            LayerNet net;
            ITensor& x = net.input<float>("x", {2, 3}, {1, 2, 3, 4, 5, 6});
            ITensor& axis = net.constant<int32_t>({}, {-1});
            const auto sum = CumulativeOperation::kSUM;
            net.output(net.network->addCumulative(x, axis, sum, exclusive, reverse)->getOutput(0), "y");
            ASSERT_TRUE(net.run()) << net.logger.all();
            const Floats forward = exclusive ? Floats{0, 1, 3, 0, 4, 9} : Floats{1, 3, 6, 4, 9, 15};
            const Floats backward = exclusive ? Floats{5, 3, 0, 11, 6, 0} : Floats{6, 5, 3, 15, 11, 6};
            net.expect("y", reverse ? backward : forward);
        }
    }
}

TEST(Layers, RaggedSoftMaxCountsTheFirstElements) {
    LayerNet net;
    ITensor& x = net.input<float>("x", {1, 2, 3}, {0, 0, 9, 1, 1, 1});
    ITensor& bounds = net.input<int32_t>("bounds", {1, 2, 1}, {2, 3});
    net.output(net.network->addRaggedSoftMax(x, bounds)->getOutput(0), "y");
    ASSERT_TRUE(net.run()) << net.logger.all();
    net.expect("y", {0.5F, 0.5F, 0, 1.F / 3, 1.F / 3, 1.F / 3});
}

TEST(Layers, DynamicQuantizeFindsScalesOfBlocks) {
    LayerNet net;
    Floats values(32, 0);
    values[0] = 448;
    values[1] = -3;
    values[16] = 2;
    ITensor& x = net.input<float>("x", {1, 32}, values);
    IDynamicQuantizeLayer* layer =
        net.network->addDynamicQuantizeV2(x, dimsOf({1, 16}), DataType::kFP8, DataType::kFLOAT);
    IDequantizeLayer* back = net.network->addDequantize(*layer->getOutput(0), *layer->getOutput(1));
    back->setBlockShape(dimsOf({1, 16}));
    net.output(back->getOutput(0), "y");
    net.output(layer->getOutput(1), "scales");
    ASSERT_TRUE(net.run()) << net.logger.all();
    net.expect("scales", {1, 2.F / 448});
    net.expect("y", values);
}

TEST(Layers, DynamicQuantizeTakesABlockSizeAlongAnAxis) {
    LayerNet net;
    ITensor& x = net.input<float>("x", {2, 32}, Floats(64, 448));
    IDynamicQuantizeLayer* layer = net.network->addDynamicQuantize(x, 1, 32, DataType::kFP8, DataType::kFLOAT);
    IDequantizeLayer* back = net.network->addDequantize(*layer->getOutput(0), *layer->getOutput(1));
    back->setBlockShape(dimsOf({1, 32}));
    net.output(back->getOutput(0), "y");
    net.output(layer->getOutput(1), "scales");
    ASSERT_TRUE(net.run()) << net.logger.all();
    EXPECT_EQ(net.shape("scales"), (std::vector<int64_t>{2, 1}));
    net.expect("y", Floats(64, 448));
}

//! x is asserted to be as long as y.
struct Asserted {
    explicit Asserted(int64_t length) {
        ITensor& x = net.input<float>("x", {-1}, Floats(3, 1), {3});
        ITensor& y = net.input<float>("y", {-1}, Floats(static_cast<size_t>(length), 1), {length});
        INetworkDefinition& n = *net.network;
        ITensor& same =
            *n.addElementWise(*n.addShape(x)->getOutput(0), *n.addShape(y)->getOutput(0), ElementWiseOperation::kEQUAL)
                 ->getOutput(0);
        n.addAssertion(same, "x and y differ in length");
        net.output(n.addUnary(x, UnaryOperation::kNEG)->getOutput(0), "out");
    }
    LayerNet net;
};

TEST(Layers, AssertionPassesWhatHolds) {
    Asserted a(3);
    ASSERT_TRUE(a.net.run()) << a.net.logger.all();
    a.net.expect("out", {-1, -1, -1});
}

TEST(Layers, AssertionStopsTheRun) {
    Asserted a(4);
    EXPECT_FALSE(a.net.run());
    EXPECT_TRUE(a.net.logger.error("x and y differ in length")) << a.net.logger.all();
}

TEST(Layers, AssertionStopsTheBuildWhenItNeverHolds) {
    LayerNet net;
    ITensor& x = net.input<float>("x", {2}, {1, 2});
    net.network->addAssertion(net.constant<char>({1}, {0}), "never");
    net.output(net.network->addUnary(x, UnaryOperation::kNEG)->getOutput(0), "out");
    EXPECT_FALSE(net.run());
    EXPECT_TRUE(net.logger.error("assertion is always false: never")) << net.logger.all();
}

}  // namespace
}  // namespace apitest
