// SPDX-License-Identifier: Apache-2.0
// What layers that compute refuse, and where weakly and strongly typed networks differ.
#include <limits>

#include "network/rule_table.h"

namespace opentrt::network {
namespace {

std::function<ILayer*(TestNet&)> conv(std::function<void(IConvolutionLayer&)> set) {
    return [set](TestNet& net) -> ILayer* {
        ITensor& x = net.input("x", {1, 2, 4, 4});
        return with<IConvolutionLayer>(net->addConvolutionNd(x, 2, dims({1, 1}), net.weights({1, 2, 3, 4}), none()),
                                       set);
    };
}
std::function<ILayer*(TestNet&)> deconv(std::function<void(IDeconvolutionLayer&)> set) {
    return [set](TestNet& net) -> ILayer* {
        ITensor& x = net.input("x", {1, 1, 4, 4});
        return with<IDeconvolutionLayer>(net->addDeconvolutionNd(x, 1, dims({1, 1}), net.weights({1}), none()), set);
    };
}
std::function<ILayer*(TestNet&)> pool(std::function<void(IPoolingLayer&)> set) {
    return [set](TestNet& net) -> ILayer* {
        return with<IPoolingLayer>(net->addPoolingNd(net.input("x", {1, 1, 4, 4}), PoolingType::kMAX, dims({2, 2})),
                                   set);
    };
}

TEST(LayerRules, WindowsAtOnce) {
    const auto x = [](TestNet& net) -> ITensor& { return net.input("x", {1, 1, 4, 4}); };
    expectAtOnce({
        {"maps of a convolution", conv([](auto& c) { c.setNbOutputMaps(0); }),
         "layer: number of output maps is 0 when it should be between 1 and 2147483647"},
        {"groups", conv([](auto& c) { c.setNbGroups(-1); }),
         "layer: number of groups is -1 when it should be between 1 and 2147483647"},
        {"kernel size", conv([](auto& c) {
             c.setKernelSizeNd(dims({0, 1}));
         }),
         "layer: kernel size is [0,1] when each entry should be at least 1"},
        {"stride", conv([](auto& c) {
             c.setStrideNd(dims({1, 0}));
         }),
         "layer: stride is [1,0] when each entry should be at least 1"},
        {"dilation", conv([](auto& c) {
             c.setDilationNd(dims({0, 0}));
         }),
         "layer: dilation is [0,0] when each entry should be at least 1"},
        {"padding", conv([](auto& c) {
             c.setPaddingNd(dims({0, -1}));
         }),
         "layer: padding is [0,-1] when each entry should be at least 0"},
        {"pre-padding", conv([](auto& c) {
             c.setPrePadding(dims({-1, 0}));
         }),
         "layer: pre-padding is [-1,0] when each entry should be at least 0"},
        {"post-padding", conv([](auto& c) {
             c.setPostPadding(dims({-1, 0}));
         }),
         "layer: post-padding is [-1,0] when each entry should be at least 0"},
        {"padding mode", conv([](auto& c) { c.setPaddingMode(static_cast<PaddingMode>(9)); }),
         "layer: padding mode is 9 when it should be between 0 and 5"},
        {"maps of a deconvolution", deconv([](auto& d) { d.setNbOutputMaps(0); }),
         "layer: number of output maps is 0 when it should be between 1 and 2147483647"},
        {"stride of a deconvolution", deconv([](auto& d) {
             d.setStrideNd(dims({0, 1}));
         }),
         "layer: stride is [0,1] when each entry should be at least 1"},
        {"window", pool([](auto& p) {
             p.setWindowSizeNd(dims({0, 2}));
         }),
         "layer: window size is [0,2] when each entry should be at least 1"},
        {"blend factor", pool([](auto& p) { p.setBlendFactor(1.5F); }),
         "layer: blend factor is 1.5 when it should be between 0 and 1"},
        {"factory, maps",
         [=](TestNet& net) {
             return net->addConvolutionNd(x(net), 0, dims({1, 1}), none(), none());
         },
         "addConvolutionNd: number of output maps is 0 when it should be between 1 and 2147483647"},
        {"factory, kernel size",
         [=](TestNet& net) {
             return net->addDeconvolutionNd(x(net), 1, dims({1, 0}), none(), none());
         },
         "addDeconvolutionNd: kernel size is [1,0] when each entry should be at least 1"},
        {"factory, window",
         [=](TestNet& net) {
             return net->addPoolingNd(x(net), PoolingType::kMAX, dims({0, 1}));
         },
         "addPoolingNd: window size is [0,1] when each entry should be at least 1"},
    });
}

TEST(LayerRules, Windows) {
    const auto of = [](DataType type) {
        return [type](TestNet& net) -> ILayer* {
            return net->addConvolutionNd(net.input("x", {1, 1, 4, 4}, type), 1, dims({1, 1}), net.weights({1}), none());
        };
    };
    const char* real = "input 0 is i32 when it should be f32, f16 or bf16";
    expectOnDemand({
        {"convolution of i32", of(DataType::kINT32), real},
        {"deconvolution of i32",
         [](TestNet& net) {
             return net->addDeconvolutionNd(net.input("x", {1, 1, 4, 4}, DataType::kINT32), 1, dims({1, 1}),
                                            net.weights({1}), none());
         },
         real},
        {"pooling of i32",
         [](TestNet& net) {
             return net->addPoolingNd(net.input("x", {1, 1, 4, 4}, DataType::kINT32), PoolingType::kMAX, dims({1, 1}));
         },
         "input 0 is i32 when it should be f32, f16, bf16, i8 or u8"},
        {"channels that are dynamic",
         [](TestNet& net) {
             return net->addConvolutionNd(net.input("x", {1, -1, 4, 4}), 1, dims({1, 1}), net.weights({1}), none());
         },
         "the input [1,x.1,4,4] has no fixed channel dimension before its 2 spatial dimensions"},
        {"stride of another rank", conv([](auto& c) {
             c.setStrideNd(dims({1, 1, 1}));
         }),
         "stride has 3 entries when the window has 2 dimensions"},
        {"kernel twice",
         [](TestNet& net) -> ILayer* {
             ILayer* layer = conv([](auto&) {})(net);
             layer->setInput(1, net.input("kernel", {2, 2, 1, 1}));
             return layer;
         },
         "the kernel is given both as a tensor and as 4 weights; give one"},
        {"bias of another length",
         [](TestNet& net) {
             return net->addConvolutionNd(net.input("x", {1, 1, 4, 4}), 2, dims({1, 1}), net.weights({1, 2}),
                                          net.weights({1}));
         },
         "bias weights have count 1 but 2 was expected for [2]"},
        {"window larger than the image", pool([](auto& p) {
             p.setWindowSizeNd(dims({9, 9}));
         }),
         "output size is -4 along spatial axis 0 for input size 4 and window 9"},
    });
}

TEST(LayerRules, PointwiseAtOnce) {
    const auto activation = [](std::function<void(IActivationLayer&)> set) {
        return [set](TestNet& net) {
            return with<IActivationLayer>(net->addActivation(net.input("x", {2}), ActivationType::kELU), set);
        };
    };
    constexpr float inf = std::numeric_limits<float>::infinity();
    expectAtOnce({
        {"alpha", activation([](auto& a) { a.setAlpha(inf); }), "layer: alpha is inf when it should be finite"},
        {"beta", activation([](auto& a) { a.setBeta(-inf); }), "layer: beta is -inf when it should be finite"},
        {"ranks", activation([](auto& a) { EXPECT_FALSE(a.setNbRanks(2)); }),
         "layer: number of ranks is 2 when it should be between 1 and 1"},
        {"name", activation([](auto& a) { a.setName(std::string(4096, 'x').c_str()); }),
         "layer: a text has 4096 bytes when it may have 4095"},
        {"metadata", activation([](auto& a) { a.setMetadata(std::string(5000, 'x').c_str()); }),
         "layer: a text has 5000 bytes when it may have 4095"},
        {"scale of fewer than three dimensions",
         [](TestNet& net) {
             return net->addScale(net.input("x", {2, 2}), ScaleMode::kUNIFORM, none(), none(), none());
         },
         "x: addScale needs at least 3 dimensions when the tensor has 2; use addScaleNd"},
    });
}

TEST(LayerRules, Pointwise) {
    const auto unary = [](UnaryOperation operation, DataType type) {
        return [=](TestNet& net) { return net->addUnary(net.input("x", {2}, type), operation); };
    };
    const auto binary = [](ElementWiseOperation operation, DataType a, DataType b) {
        return [=](TestNet& net) {
            return net->addElementWise(net.input("a", {2}, a), net.input("b", {2}, b), operation);
        };
    };
    const auto f32 = DataType::kFLOAT, i32 = DataType::kINT32, flag = DataType::kBOOL;
    const char* floating = "input 0 is i32 when it should be f32, f16, bf16 or f8e4m3";
    expectOnDemand({
        {"sigmoid of i32",
         [](TestNet& net) {
             return net->addActivation(net.input("x", {2}, DataType::kINT32), ActivationType::kSIGMOID);
         },
         floating},
        {"exp of i32", unary(UnaryOperation::kEXP, i32), floating},
        {"isinf of i32", unary(UnaryOperation::kISINF, i32), floating},
        {"not of f32", unary(UnaryOperation::kNOT, f32), "input 0 is f32 when it should be bool"},
        {"abs of bool", unary(UnaryOperation::kABS, flag),
         "input 0 is bool when it should be f32, f16, bf16, f8e4m3, i8, i32 or i64"},
        {"and of f32", binary(ElementWiseOperation::kAND, f32, f32), "input 0 is f32 when it should be bool"},
        {"sum of bool", binary(ElementWiseOperation::kSUM, flag, flag),
         "input 0 is bool when it should be f32, f16, bf16, f8e4m3, i8, u8, i32 or i64"},
        {"sum of f32 and i32", binary(ElementWiseOperation::kSUM, f32, i32),
         "inputs 0 and 1 are f32 and i32 when they should be alike; insert a cast"},
        {"ranks that differ",
         [](TestNet& net) {
             return net->addElementWise(net.input("a", {2}), net.input("b", {1, 2}), ElementWiseOperation::kSUM);
         },
         "inputs 0 and 1 have ranks 1 and 2 when they should be alike; insert an unsqueeze"},
        {"lengths that differ",
         [](TestNet& net) {
             return net->addElementWise(net.input("a", {2, 3}), net.input("b", {2, 4}), ElementWiseOperation::kSUM);
         },
         "inputs 0 and 1 have dimensions [2,3] and [2,4] that do not broadcast at axis 1: 3 and 4"},
        {"condition of i32",
         [](TestNet& net) {
             ITensor& x = net.input("x", {2});
             return net->addSelect(net.input("c", {2}, DataType::kINT32), x, x);
         },
         "input 0 is i32 when it should be bool"},
        {"slopes that do not broadcast",
         [](TestNet& net) {
             return net->addParametricReLU(net.input("x", {2, 3}), net.input("s", {2, 2}));
         },
         "input 1 has dimensions [2,2] when they should broadcast to [2,3]"},
        {"parametric relu of i64",
         [](TestNet& net) {
             ITensor& x = net.input("x", {2}, DataType::kINT64);
             return net->addParametricReLU(x, x);
         },
         "input 0 is i64 when it should be f32, f16 or bf16"},
        {"scale of i32",
         [](TestNet& net) {
             return net->addScaleNd(net.input("x", {1, 1, 1, 1}, DataType::kINT32), ScaleMode::kUNIFORM, none(), none(),
                                    none(), 1);
         },
         "input 0 is i32 when it should be f32, f16 or bf16"},
        {"channel weights of another count",
         [](TestNet& net) {
             return net->addScaleNd(net.input("x", {1, 3, 1, 1}), ScaleMode::kCHANNEL, net.weights({1, 2}), none(),
                                    none(), 1);
         },
         "shift weights count is 2 when it should be 3"},
        {"elementwise weights of another count",
         [](TestNet& net) {
             return net->addScaleNd(net.input("x", {1, 3, 2, 1}), ScaleMode::kELEMENTWISE, none(), net.weights({1, 2}),
                                    none(), 1);
         },
         "scale weights count is 2 when it should be 6"},
        {"lrn of i32",
         [](TestNet& net) {
             return net->addLRN(net.input("x", {1, 1, 1, 1}, DataType::kINT32), 3, 1, 1, 1);
         },
         "input 0 is i32 when it should be f32, f16 or bf16"},
    });
}

TEST(LayerRules, WeaklyTypedNetworksMixReals) {
    TestNet net;
    ITensor &a = net.input("a", {2, 2}), &h = net.input("h", {2, 2}, DataType::kHALF),
            &c = net.input("c", {2, 2}, DataType::kBOOL);
    ITensor* both[] = {&a, &h};
    for (ILayer* layer : std::initializer_list<ILayer*>{
             net->addElementWise(a, h, ElementWiseOperation::kSUM), net->addSelect(c, h, a),
             net->addConcatenation(both, 2), net->addParametricReLU(h, a), net->addEinsum(both, 2, "ij,jk->ik"),
             net->addMatrixMultiply(h, MatrixOperation::kNONE, a, MatrixOperation::kNONE)}) {
        EXPECT_EQ(layer->getOutput(0)->getType(), DataType::kFLOAT);
        EXPECT_EQ(layer->getOutput(0)->getDimensions().nbDims, 2);
    }
    ISliceLayer* slice = net->addSlice(h, dims({0, 0}), dims({3, 3}), dims({1, 1}));
    slice->setMode(SampleMode::kFILL);
    slice->setInput(4, net.constant({}, {1}));
    EXPECT_EQ(slice->getOutput(0)->getType(), DataType::kHALF);
    EXPECT_EQ(sizes(slice->getOutput(0)->getDimensions()), (std::vector<int64_t>{3, 3}));
    EXPECT_EQ(net.error(), "");
}

TEST(LayerRules, StronglyTypedNetworksInferTypes) {
    const auto unary = [](std::function<void(IUnaryLayer&)> set) {
        return [set](TestNet& net) {
            return with<IUnaryLayer>(net->addUnary(net.input("x", {2}), UnaryOperation::kEXP), set);
        };
    };
    expectAtOnce(
        {{"precision", unary([](auto& u) { u.setPrecision(DataType::kHALF); }),
          "layer: setPrecision does not work in a strongly typed network; insert a cast"},
         {"output type", unary([](auto& u) { u.setOutputType(0, DataType::kHALF); }),
          "layer: setOutputType does not work in a strongly typed network; insert a cast"},
         {"type of an output", unary([](auto& u) {
              u.getOutput(0)->setName("y");
              u.getOutput(0)->setType(DataType::kFLOAT);
              u.getOutput(0)->setType(DataType::kHALF);
              EXPECT_EQ(u.getOutput(0)->getType(), DataType::kFLOAT);
          }),
          "y: the type of a tensor of a strongly typed network is inferred: it is f32, not f16; insert a cast"},
         {"compute precision",
          [](TestNet& net) {
              ITensor& one = net.input("one", {1, 1});
              return with<INormalizationLayer>(net->addNormalizationV2(net.input("x", {2, 2}), one, one, 2),
                                               [](auto& n) { n.setComputePrecision(DataType::kHALF); });
          },
          "layer: setComputePrecision does not work in a strongly typed network; insert a cast"}},
        kStrong);
    expectOnDemand({{"sum of f32 and f16",
                     [](TestNet& net) {
                         return net->addElementWise(net.input("a", {2}), net.input("b", {2}, DataType::kHALF),
                                                    ElementWiseOperation::kSUM);
                     },
                     "inputs 0 and 1 are f32 and f16 when they should be alike; insert a cast"}},
                   kStrong);
}

}  // namespace
}  // namespace opentrt::network
