// SPDX-License-Identifier: Apache-2.0
// Inputs, outputs, names, and what a network answers about its tensors before it is built.
#include "network/test_support.h"

namespace opentrt::network {
namespace {

TEST(Network, KnowsShapesWithoutABuild) {
    TestNet net;
    ITensor& x = net.input("x", {-1, 3, 8, 8});
    ITensor* y = net->addPoolingNd(x, PoolingType::kMAX, dims({2, 2}))->getOutput(0);
    EXPECT_EQ(sizes(y->getDimensions()), (std::vector<int64_t>{-1, 3, 7, 7}));
    EXPECT_EQ(y->getType(), DataType::kFLOAT);
    EXPECT_EQ(net.error(), "");
}

TEST(Network, ForgetsShapesWhenALayerChanges) {
    TestNet net;
    ITensor& x = net.input("x", {1, 3, 8, 8});
    IPoolingLayer* pool = net->addPoolingNd(x, PoolingType::kMAX, dims({2, 2}));
    EXPECT_EQ(sizes(pool->getOutput(0)->getDimensions()), (std::vector<int64_t>{1, 3, 7, 7}));
    pool->setStrideNd(dims({2, 2}));
    EXPECT_EQ(sizes(pool->getOutput(0)->getDimensions()), (std::vector<int64_t>{1, 3, 4, 4}));
    x.setDimensions(dims({1, 3, 4, 4}));
    EXPECT_EQ(sizes(pool->getOutput(0)->getDimensions()), (std::vector<int64_t>{1, 3, 2, 2}));
}

TEST(Network, ReportsTheLayerWhoseInputsDoNotFit) {
    TestNet net;
    ILayer* sum = net->addElementWise(net.input("a", {2}), net.input("b", {3}), ElementWiseOperation::kSUM);
    sum->setName("sum");
    EXPECT_EQ(sum->getOutput(0)->getDimensions().nbDims, -1);
    const std::string error = net.error();
    EXPECT_NE(error.find("sum"), std::string::npos) << error;
    EXPECT_NE(error.find("2"), std::string::npos) << error;
    EXPECT_NE(error.find("3"), std::string::npos) << error;
}

TEST(Network, NamesDynamicDimensions) {
    TestNet net;
    ITensor &a = net.input("a", {-1, 4}), &b = net.input("b", {-1, 4});
    a.setDimensionName(0, "rows");
    b.setDimensionName(0, "rows");
    EXPECT_STREQ(a.getDimensionName(0), "rows");
    EXPECT_EQ(a.getDimensionName(1), nullptr);
    net.output(net->addElementWise(a, b, ElementWiseOperation::kSUM), "y");
    EXPECT_EQ(str(net.graph().fact(net.graph().outputs()[0]).shape), "[rows,4]");
    EXPECT_EQ(net.error(), "");
    a.setDimensionName(7, "none");
    EXPECT_NE(net.error().find("dimension 7 cannot be named"), std::string::npos);
}

TEST(Network, RefusesInputsItCannotTake) {
    TestNet net;
    net.input("x", {1});
    EXPECT_EQ(net->addInput("x", DataType::kFLOAT, dims({1})), nullptr);
    EXPECT_EQ(net.error(), "x: the network already has an input of this name\n");
    EXPECT_EQ(net->addInput("", DataType::kFLOAT, dims({1})), nullptr);
    EXPECT_EQ(net.error(), "a network input needs a name\n");
    EXPECT_EQ(net->addInput("y", DataType::kFLOAT, dims({-2})), nullptr);
    EXPECT_EQ(net.error(), "y: dimension -2 is neither -1 nor a size\n");
    EXPECT_EQ(net->addInput("y", DataType::kFLOAT, dims({65536, 32768})), nullptr);
    EXPECT_EQ(net.error(), "y: a shape of [65536,32768] has more than 2^31-1 elements\n");
    ITensor& z = net.input("z", {2, 2});
    z.setDimensions(dims({-3}));
    EXPECT_EQ(net.error(), "z: dimension -3 is neither -1 nor a size\n");
    EXPECT_EQ(sizes(z.getDimensions()), (std::vector<int64_t>{2, 2}));
    TestNet implicit(true);
    EXPECT_EQ(implicit->addInput("x", DataType::kFLOAT, dims({-1})), nullptr);
    EXPECT_EQ(implicit.error(), "x: a network with an implicit batch dimension has no dynamic dimensions\n");
}

TEST(Network, RefusesTensorsOfOtherNetworks) {
    TestNet net, other;
    ITensor &mine = net.input("mine", {1}), &theirs = other.input("theirs", {1});
    EXPECT_EQ(net->addIdentity(theirs), nullptr);
    EXPECT_EQ(net.error(), "theirs: the tensor belongs to another network\n");
    ILayer* layer = net->addIdentity(mine);
    layer->setInput(0, theirs);
    EXPECT_EQ(net.error(), "theirs: the tensor belongs to another network\n");
    EXPECT_EQ(layer->getInput(0), &mine);
}

TEST(Network, HasOutputsOfDifferentNames) {
    TestNet net;
    ITensor& x = net.input("x", {1});
    ITensor *a = net->addIdentity(x)->getOutput(0), *b = net->addIdentity(x)->getOutput(0);
    a->setName("y");
    b->setName("y");
    net->markOutput(*a);
    net->markOutput(*b);
    EXPECT_EQ(net.error(), "y: two outputs of the network have this name\n");
    EXPECT_EQ(net->getNbOutputs(), 1);
    EXPECT_TRUE(a->isNetworkOutput());
    net->unmarkOutput(*a);
    EXPECT_EQ(net->getNbOutputs(), 0);
    EXPECT_EQ(net.text(), "the network has no output; mark one with markOutput");
}

TEST(Network, NumbersItsLayers) {
    TestNet net;
    ITensor& x = net.input("x", {1});
    ILayer *first = net->addIdentity(x), *second = net->addUnary(x, UnaryOperation::kEXP);
    EXPECT_EQ(net->getNbLayers(), 2);
    EXPECT_EQ(net->getLayer(1), second);
    EXPECT_EQ(net->getLayer(2), nullptr);
    EXPECT_STREQ(first->getName(), "(Unnamed Layer* 0)");
    EXPECT_STREQ(second->getOutput(0)->getName(), "(Unnamed Layer* 1)_output");
    second->setName("exp");
    EXPECT_STREQ(second->getOutput(0)->getName(), "exp_output");
    EXPECT_EQ(second->getType(), LayerType::kUNARY);
    EXPECT_EQ(second->getOutput(1), nullptr);
    EXPECT_EQ(second->getInput(1), nullptr);
    second->setInput(1, x);
    EXPECT_EQ(net.error(), "exp: input 1 cannot be set when the layer has 1 inputs\n");
}

TEST(Network, ConvertsToTheTypeThatAnOutputAsksFor) {
    TestNet net;
    ILayer* layer = net->addIdentity(net.input("x", {2}));
    layer->setOutputType(0, DataType::kHALF);
    EXPECT_TRUE(layer->outputTypeIsSet(0));
    EXPECT_EQ(layer->getOutput(0)->getType(), DataType::kHALF);
    layer->resetOutputType(0);
    EXPECT_EQ(layer->getOutput(0)->getType(), DataType::kFLOAT);
    layer->setOutputType(3, DataType::kHALF);
    EXPECT_NE(net.error().find("there is no output 3"), std::string::npos);
}

TEST(Network, SeesWhichInputsAreShapes) {
    TestNet net;
    ITensor &x = net.input("x", {-1, 4}), &size = net.input("size", {2}, DataType::kINT64);
    IShuffleLayer* shuffle = net->addShuffle(x);
    shuffle->setInput(1, size);
    EXPECT_TRUE(size.isShapeTensor());
    EXPECT_FALSE(size.isExecutionTensor());
    EXPECT_FALSE(x.isShapeTensor());
    EXPECT_FALSE(x.isExecutionTensor());  // nothing leads from it to an output yet
    net.output(shuffle, "y");
    EXPECT_TRUE(x.isExecutionTensor());
    EXPECT_EQ(net.error(), "");
}

TEST(Network, SeesWhichTensorsAreShapes) {
    TestNet net;
    ITensor &x = net.input("x", {-1, 4}), &two = net.constant({2}, {2, 1}, DType::I64);
    ITensor& shape = *net->addShape(x)->getOutput(0);
    ITensor& sum = *net->addElementWise(shape, two, ElementWiseOperation::kPROD)->getOutput(0);
    EXPECT_FALSE(shape.isShapeTensor() || two.isShapeTensor() || sum.isShapeTensor());
    IResizeLayer* resize = net->addResize(x);
    resize->setInput(1, sum);
    for (const ITensor* t : {&shape, &two, &sum}) {
        EXPECT_TRUE(t->isShapeTensor()) << t->getName();
        EXPECT_FALSE(t->isExecutionTensor()) << t->getName();
    }
    EXPECT_FALSE(x.isShapeTensor());
    net.output(resize, "y");
    net.output(net->addCast(two, DataType::kFLOAT), "two");  // a constant may be both
    EXPECT_TRUE(two.isShapeTensor() && two.isExecutionTensor());
    EXPECT_FALSE(sum.isExecutionTensor());
    EXPECT_TRUE(x.isExecutionTensor() && resize->getOutput(0)->isExecutionTensor());
    EXPECT_FALSE(resize->getOutput(0)->isShapeTensor());
    net->markOutputForShapes(sum);
    EXPECT_TRUE(sum.isShapeTensor());
    EXPECT_EQ(net.error(), "");
}

TEST(Network, SeesShapesBeforeAnythingElseIsAsked) {
    TestNet net;
    ITensor &x = net.input("x", {-1, 4}), &size = net.input("size", {2}, DataType::kINT64);
    IShuffleLayer* shuffle = net->addShuffle(x);
    shuffle->setInput(1, size);
    net->markOutput(*shuffle->getOutput(0));
    EXPECT_TRUE(size.isShapeTensor());
}

TEST(Network, RefusesALayerThatFeedsItself) {
    TestNet net;
    ITensor& x = net.input("x", {1});
    ILayer *a = net->addUnary(x, UnaryOperation::kEXP), *b = net->addUnary(*a->getOutput(0), UnaryOperation::kEXP);
    a->setInput(0, *b->getOutput(0));
    EXPECT_EQ(b->getOutput(0)->getDimensions().nbDims, -1);
    EXPECT_NE(net.error().find("the layer depends on its own output"), std::string::npos);
}

TEST(Network, RemovesOnlyTensorsThatNoLayerHas) {
    TestNet net;
    ITensor &x = net.input("x", {2}), &spare = net.input("spare", {2});
    ILayer* layer = net->addIdentity(x);
    net->removeTensor(x);
    net->removeTensor(*layer->getOutput(0));
    EXPECT_EQ(layer->getInput(0), &x);
    EXPECT_EQ(net->getNbInputs(), 2);
    layer->setInput(0, spare);
    net->removeTensor(x);
    EXPECT_EQ(net->getNbInputs(), 1);
    net.output(layer, "y");
    EXPECT_EQ(net.run({floats({2}, {1, 2})}), (std::vector<double>{1, 2}));
    EXPECT_EQ(net.error(), "");
}

TEST(Network, ChecksWeights) {
    TestNet net;
    ITensor& x = net.input("x", {1, 2, 4, 4});
    IConvolutionLayer* conv = net->addConvolutionNd(x, 3, dims({1, 1}), net.weights({1, 2}), {});
    conv->setName("conv");
    const auto answer = [&] {
        EXPECT_EQ(conv->getOutput(0)->getDimensions().nbDims, -1);
        return net.error();
    };
    EXPECT_EQ(answer(), "conv: kernel weights have count 2 but 6 was expected for [3,2,1,1]\n");
    conv->setKernelWeights({DataType::kFLOAT, nullptr, 6});
    EXPECT_EQ(answer(), "conv: kernel weights have count 6 but no values\n");
    Weights odd = net.weights({1, 2, 3, 4, 5, 6});
    odd.type = static_cast<DataType>(40);
    conv->setKernelWeights(odd);
    EXPECT_EQ(answer(), "conv: weights type is 40 when it should be between 0 and 11\n");
    odd.type = DataType::kFLOAT;
    conv->setKernelWeights(odd);
    conv->setNbGroups(2);
    EXPECT_EQ(answer(), "conv: 2 input channels and 3 output maps are not both divisible by 2 groups\n");
    IConstantLayer* constant = net->addConstant(dims({2, 2}), net.weights({1, 2, 3}));
    constant->setName("constant");
    EXPECT_EQ(constant->getOutput(0)->getDimensions().nbDims, -1);
    EXPECT_EQ(net.error(), "constant: constant weights have count 3 but 4 was expected for [2,2]\n");
    constant->setDimensions(dims({-1, 1}));
    EXPECT_EQ(sizes(constant->getOutput(0)->getDimensions()), (std::vector<int64_t>{3, 1}));
    constant->setDimensions(dims({-1, 2}));
    EXPECT_EQ(constant->getOutput(0)->getDimensions().nbDims, -1);
    EXPECT_EQ(net.error(), "constant: constant weights have count 3 but 2 was expected for [1,2]\n");
}

TEST(Network, HasEmptyTensors) {
    TestNet net;
    ITensor& x = net.input("x", {0, 3});
    ITensor& sum = *net->addReduce(x, ReduceOperation::kSUM, 1, false)->getOutput(0);
    EXPECT_EQ(sizes(sum.getDimensions()), (std::vector<int64_t>{3}));
    ITensor* both[] = {&x, &net.constant({0, 3}, {})};
    net.output(net->addConcatenation(both, 2), "none");
    net.output(net->addIdentity(sum), "sum");
    EXPECT_TRUE(net.run({floats({0, 3}, {})}).empty());
    EXPECT_EQ(net.run({floats({0, 3}, {})}, 1), (std::vector<double>{0, 0, 0}));
    EXPECT_EQ(net.error(), "");
}

}  // namespace
}  // namespace opentrt::network
