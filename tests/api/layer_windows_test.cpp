// SPDX-License-Identifier: Apache-2.0
// Parameters and element types of the layers that read neighbourhoods.
#include "layer_rows.h"

namespace apitest {
namespace {

//! A convolution of one channel with a 2x2 kernel of ones and bias 1.
template <class Layer>
ITensor* finish(Layer* layer, const std::function<void(Layer&)>& set) {
    set(*layer);
    return layer->getOutput(0);
}

TEST(LayerWindows, Convolution) {
    const Doubles image{1, 2, 3, 4, 5, 6, 7, 8, 9};
    const auto conv = [&](std::function<void(IConvolutionLayer&)> set) {
        return [=](Rig& r) {
            ITensor& x = r.data({1, 1, 3, 3}, image);
            return finish<IConvolutionLayer>(
                r.n.addConvolutionNd(x, 1, Dims2(2, 2), r.weights({1, 1, 1, 1}), r.weights({1})), set);
        };
    };
    runRows({
        {"convolution", kReal, conv([](auto&) {}), {1, 1, 2, 2}, {13, 17, 25, 29}},
        {"stride", kReal, conv([](auto& c) { c.setStrideNd(Dims2(2, 2)); }), {1, 1, 1, 1}, {13}},
        {"dilation", kReal, conv([](auto& c) { c.setDilationNd(Dims2(2, 2)); }), {1, 1, 1, 1}, {21}},
        {"symmetric padding",
         kReal,
         conv([](auto& c) {
             c.setPaddingNd(Dims2(1, 1));
             c.setStrideNd(Dims2(3, 3));
         }),
         {1, 1, 2, 2},
         {2, 4, 8, 10}},
        {"pre-padding",
         kReal,
         conv([](auto& c) {
             c.setPrePadding(Dims2(1, 0));
             c.setStrideNd(Dims2(2, 1));
         }),
         {1, 1, 2, 2},
         {4, 6, 25, 29}},
        {"post-padding",
         kReal,
         conv([](auto& c) {
             c.setPostPadding(Dims2(0, 1));
             c.setStrideNd(Dims2(2, 2));
         }),
         {1, 1, 1, 2},
         {13, 10}},
        {"round up",
         kReal,
         conv([](auto& c) {
             c.setPaddingMode(PaddingMode::kEXPLICIT_ROUND_UP);
             c.setStrideNd(Dims2(2, 2));
         }),
         {1, 1, 2, 2},
         {13, 10, 16, 10}},
        {"same upper",
         kReal,
         conv([](auto& c) {
             c.setPaddingMode(PaddingMode::kSAME_UPPER);
             c.setStrideNd(Dims2(2, 2));
         }),
         {1, 1, 2, 2},
         {13, 10, 16, 10}},
        {"same lower",
         kReal,
         conv([](auto& c) {
             c.setPaddingMode(PaddingMode::kSAME_LOWER);
             c.setStrideNd(Dims2(2, 2));
         }),
         {1, 1, 2, 2},
         {2, 6, 12, 29}},
        {"groups",
         kReal,
         [](Rig& r) {
             IConvolutionLayer* c =
                 r.n.addConvolutionNd(r.data({1, 2, 1, 1}, {2, 3}), 2, Dims2(1, 1), r.weights({10, 100}), Weights{});
             c->setNbGroups(2);
             return c->getOutput(0);
         },
         {1, 2, 1, 1},
         {20, 300}},
        {"kernel and bias as tensors",
         kReal,
         [](Rig& r) {
             IConvolutionLayer* c =
                 r.n.addConvolutionNd(r.data({1, 1, 1, 2}, {2, 3}), 1, Dims2(1, 1), Weights{}, Weights{});
             c->setInput(1, r.data({1, 1, 1, 1}, {4}));
             c->setInput(2, r.data({1}, {1}));
             return c->getOutput(0);
         },
         {1, 1, 1, 2},
         {9, 13}},
        {"three dimensions",
         kReal,
         [](Rig& r) {
             return r.n
                 .addConvolutionNd(r.data({1, 1, 2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}), 1, Dims3(2, 1, 2),
                                   r.weights({1, 1, 1, 1}), Weights{})
                 ->getOutput(0);
         },
         {1, 1, 1, 2, 1},
         {14, 22}},
        {"dimensions beyond four multiply the batch",
         kReal,
         [](Rig& r) {
             return r.n
                 .addConvolutionNd(r.data({2, 2, 1, 1, 2}, {1, 2, 3, 4, 5, 6, 7, 8}), 1, Dims2(1, 2), r.weights({1, 1}),
                                   Weights{})
                 ->getOutput(0);
         },
         {2, 2, 1, 1, 1},
         {3, 7, 11, 15}},
    });
}

TEST(LayerWindows, Deconvolution) {
    const auto deconv = [](std::function<void(IDeconvolutionLayer&)> set) {
        return [=](Rig& r) {
            ITensor& x = r.data({1, 1, 1, 2}, {1, 2});
            return finish<IDeconvolutionLayer>(
                r.n.addDeconvolutionNd(x, 1, Dims2(1, 3), r.weights({1, 10, 100}), r.weights({5})), set);
        };
    };
    runRows({
        {"deconvolution", kReal, deconv([](auto&) {}), {1, 1, 1, 4}, {6, 17, 125, 205}},
        {"stride", kReal, deconv([](auto& d) { d.setStrideNd(Dims2(1, 2)); }), {1, 1, 1, 5}, {6, 15, 107, 25, 205}},
        {"dilation",
         kReal,
         deconv([](auto& d) { d.setDilationNd(Dims2(1, 2)); }),
         {1, 1, 1, 6},
         {6, 7, 15, 25, 105, 205}},
        {"padding trims the output",
         kReal,
         deconv([](auto& d) { d.setPaddingNd(Dims2(0, 1)); }),
         {1, 1, 1, 2},
         {17, 125}},
        {"post-padding trims the end",
         kReal,
         deconv([](auto& d) { d.setPostPadding(Dims2(0, 1)); }),
         {1, 1, 1, 3},
         {6, 17, 125}},
        {"same upper",
         kReal,
         deconv([](auto& d) {
             d.setPaddingMode(PaddingMode::kSAME_UPPER);
             d.setStrideNd(Dims2(1, 2));
         }),
         {1, 1, 1, 4},
         {6, 15, 107, 25}},
        {"same lower",
         kReal,
         deconv([](auto& d) {
             d.setPaddingMode(PaddingMode::kSAME_LOWER);
             d.setStrideNd(Dims2(1, 2));
         }),
         {1, 1, 1, 4},
         {15, 107, 25, 205}},
        {"groups",
         kReal,
         [](Rig& r) {
             IDeconvolutionLayer* d =
                 r.n.addDeconvolutionNd(r.data({1, 2, 1, 1}, {2, 3}), 2, Dims2(1, 1), r.weights({10, 100}), Weights{});
             d->setNbGroups(2);
             return d->getOutput(0);
         },
         {1, 2, 1, 1},
         {20, 300}},
        {"three dimensions",
         kReal,
         [](Rig& r) {
             return r.n
                 .addDeconvolutionNd(r.data({1, 1, 1, 1, 1}, {3}), 1, Dims3(2, 1, 2), r.weights({1, 2, 3, 4}),
                                     Weights{})
                 ->getOutput(0);
         },
         {1, 1, 2, 1, 2},
         {3, 6, 9, 12}},
        {"kernel as a tensor",
         kReal,
         [](Rig& r) {
             IDeconvolutionLayer* d =
                 r.n.addDeconvolutionNd(r.data({1, 1, 1, 1}, {3}), 1, Dims2(1, 2), Weights{}, Weights{});
             d->setInput(1, r.data({1, 1, 1, 2}, {4, 5}));
             return d->getOutput(0);
         },
         {1, 1, 1, 2},
         {12, 15}},
    });
}

TEST(LayerWindows, Pooling) {
    const auto pool = [](PoolingType type, std::function<void(IPoolingLayer&)> set) {
        return [=](Rig& r) {
            ITensor& x = r.data({1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
            return finish<IPoolingLayer>(r.n.addPoolingNd(x, type, Dims2(2, 2)), set);
        };
    };
    const auto padded = [](IPoolingLayer& p) {
        p.setPaddingNd(Dims2(1, 1));
        p.setStrideNd(Dims2(2, 2));
    };
    using P = PoolingType;
    runRows({
        {"max", kReal + kEight, pool(P::kMAX, [](auto&) {}), {1, 1, 2, 2}, {5, 6, 8, 9}},
        {"average", kReal, pool(P::kAVERAGE, [](auto&) {}), {1, 1, 2, 2}, {3, 4, 6, 7}},
        {"blend",
         kReal,
         pool(P::kMAX_AVERAGE_BLEND, [](auto& p) { p.setBlendFactor(0.5F); }),
         {1, 1, 2, 2},
         {4, 5, 7, 8}},
        {"padding of a maximum is minus infinity", kReal + kEight, pool(P::kMAX, padded), {1, 1, 2, 2}, {1, 3, 7, 9}},
        {"average counts no padding by default", kReal, pool(P::kAVERAGE, padded), {1, 1, 2, 2}, {1, 2.5, 5.5, 7}},
        {"average counts padding",
         kReal,
         pool(P::kAVERAGE,
              [=](auto& p) {
                  padded(p);
                  p.setAverageCountExcludesPadding(false);
              }),
         {1, 1, 2, 2},
         {0.25, 1.25, 2.75, 7}},
        {"round up",
         kReal,
         pool(P::kMAX,
              [](auto& p) {
                  p.setPaddingMode(PaddingMode::kEXPLICIT_ROUND_UP);
                  p.setStrideNd(Dims2(2, 2));
              }),
         {1, 1, 2, 2},
         {5, 6, 8, 9}},
        {"same lower",
         kReal,
         pool(P::kMAX,
              [](auto& p) {
                  p.setPaddingMode(PaddingMode::kSAME_LOWER);
                  p.setStrideNd(Dims2(2, 2));
              }),
         {1, 1, 2, 2},
         {1, 3, 7, 9}},
        {"three dimensions",
         kReal,
         [](Rig& r) {
             return r.n.addPoolingNd(r.data({1, 1, 2, 1, 2}, {1, 4, 3, 2}), P::kMAX, Dims3(2, 1, 1))->getOutput(0);
         },
         {1, 1, 1, 1, 2},
         {3, 4}},
    });
}

TEST(LayerWindows, ResizeAndGridSample) {
    const auto resize = [](InterpolationMode mode, std::function<void(IResizeLayer&)> set) {
        return [=](Rig& r) {
            IResizeLayer* layer = r.n.addResize(r.data({1, 1, 1, 2}, {2, 4}));
            layer->setResizeMode(mode);
            layer->setOutputDimensions(dimsOf({1, 1, 1, 4}));
            set(*layer);
            return layer->getOutput(0);
        };
    };
    using I = InterpolationMode;
    using C = ResizeCoordinateTransformation;
    const Sizes wide{1, 1, 1, 4};
    runRows({
        {"nearest, asymmetric, floor",
         kReal + kEight + kBytes + Types{DataType::kINT32},
         resize(I::kNEAREST, [](auto&) {}),
         wide,
         {2, 2, 4, 4}},
        {"nearest, half pixel, ceil",
         kReal,
         resize(I::kNEAREST,
                [](auto& l) {
                    l.setCoordinateTransformation(C::kHALF_PIXEL);
                    l.setNearestRounding(ResizeRoundMode::kCEIL);
                }),
         wide,
         {2, 4, 4, 4}},
        {"linear, align corners",
         kReal,
         resize(I::kLINEAR, [](auto& l) { l.setCoordinateTransformation(C::kALIGN_CORNERS); }),
         wide,
         {2, 8.0 / 3, 10.0 / 3, 4}},
        {"linear, half pixel",
         kReal,
         resize(I::kLINEAR, [](auto& l) { l.setCoordinateTransformation(C::kHALF_PIXEL); }),
         wide,
         {2, 2.5, 3.5, 4}},
        {"linear, asymmetric", kReal, resize(I::kLINEAR, [](auto&) {}), wide, {2, 3, 4, 4}},
        {"cubic",
         kReal,
         resize(I::kCUBIC,
                [](auto& l) {
                    l.setCubicCoeff(-0.5F);
                    l.setCoordinateTransformation(C::kALIGN_CORNERS);
                }),
         wide,
         {2, 70.0 / 27, 92.0 / 27, 4}},
        {"linear in three dimensions",
         kReal,
         [](Rig& r) {
             IResizeLayer* layer = r.n.addResize(r.data({1, 1, 1, 1, 2}, {2, 4}));
             layer->setResizeMode(I::kLINEAR);
             const float scales[] = {1, 1, 2, 1, 2};
             layer->setScales(scales, 5);
             return layer->getOutput(0);
         },
         {1, 1, 2, 1, 4},
         {2, 3, 4, 4, 2, 3, 4, 4}},
        {"a single pixel by formula",
         kReal,
         resize(I::kNEAREST,
                [](auto& l) {
                    l.setOutputDimensions(dimsOf({1, 1, 1, 1}));
                    l.setCoordinateTransformation(C::kHALF_PIXEL);
                    l.setNearestRounding(ResizeRoundMode::kHALF_UP);
                }),
         {1, 1, 1, 1},
         {4}},
        {"a single pixel from the upper corner",
         kReal,
         resize(I::kNEAREST,
                [](auto& l) {
                    l.setOutputDimensions(dimsOf({1, 1, 1, 1}));
                    l.setCoordinateTransformation(C::kHALF_PIXEL);
                    l.setSelectorForSinglePixel(ResizeSelector::kUPPER);
                    l.setNearestRounding(ResizeRoundMode::kHALF_UP);
                }),
         {1, 1, 1, 1},
         {2}},
        {"grid sample",
         kReal,
         [](Rig& r) {
             return r.n.addGridSample(r.data({1, 1, 1, 2}, {2, 4}), r.data({1, 1, 2, 2}, {0, 0, -0.5, 0}))
                 ->getOutput(0);
         },
         {1, 1, 1, 2},
         {3, 2}},
    });
}

}  // namespace
}  // namespace apitest
