// SPDX-License-Identifier: Apache-2.0
#include "backends/cpu/kernels/bench/bench.h"
#include "backends/cpu/kernels/depthwise.h"
#include "backends/cpu/kernels/direct.h"
#include "backends/cpu/kernels/winograd.h"

namespace opentrt::cpu::kernels::bench {
namespace {

using Tag = dnnl::memory::format_tag;
using Type = dnnl::memory::data_type;

struct Conv {
    int64_t batch, in, out, size, kernel, stride, groups;
    int64_t outSize() const { return (size + kernel / 2 * 2 - kernel) / stride + 1; }
    double flops() const {
        return 2.0 * static_cast<double>(batch * out * outSize() * outSize() * (in / groups) * kernel * kernel);
    }
    std::string name() const {
        char text[100];
        std::snprintf(text, sizeof text, "%ldx%ldx%ldx%ld -> %ld k%ld s%ld g%ld", batch, in, size, size, out, kernel,
                      stride, groups);
        return text;
    }
};

//! oneDNN's convolution with bias and relu, in the layouts that it prefers or in channels-last.
std::function<void()> oneDnn(const Conv& c, Tag tag = Tag::any) {
    const int64_t pad = c.kernel / 2, o = c.outSize();
    dnnl::memory::desc x({c.batch, c.in, c.size, c.size}, Type::f32, tag), y({c.batch, c.out, o, o}, Type::f32, tag);
    dnnl::memory::dims weightDims = {c.out, c.in, c.kernel, c.kernel};
    if (c.groups > 1) weightDims = {c.groups, c.out / c.groups, c.in / c.groups, c.kernel, c.kernel};
    dnnl::memory::desc w(weightDims, Type::f32, Tag::any), bias({c.out}, Type::f32, Tag::a);
    dnnl::post_ops ops;
    ops.append_eltwise(dnnl::algorithm::eltwise_relu, 0, 0);
    dnnl::primitive_attr attr;
    attr.set_post_ops(ops);
    dnnl::convolution_forward::primitive_desc pd(engine(), dnnl::prop_kind::forward_inference,
                                                 dnnl::algorithm::convolution_direct, x, w, bias, y,
                                                 {c.stride, c.stride}, {pad, pad}, {pad, pad}, attr);
    auto memories = std::make_shared<std::unordered_map<int, dnnl::memory>>();
    (*memories)[DNNL_ARG_SRC] = filledMemory(pd.src_desc());
    (*memories)[DNNL_ARG_WEIGHTS] = filledMemory(pd.weights_desc());
    (*memories)[DNNL_ARG_BIAS] = filledMemory(pd.bias_desc());
    (*memories)[DNNL_ARG_DST] = filledMemory(pd.dst_desc());
    dnnl::convolution_forward primitive(pd);
    return [=] {
        primitive.execute(stream(), *memories);
        stream().wait();
    };
}

void benchWinograd(const Conv& p, int tile, WinogradConv::Split split) {
    WinogradConv c{tile, p.batch, p.in, p.out, p.size, p.size, p.size, p.size, 1, 1};
    c.split = split;
    const auto x = values(p.batch * roundUpTo16(p.in) * p.size * p.size, 1), w = values(p.in * p.out * 9, 2);
    const auto bias = values(p.out, 3);
    const int threads = threadCount();
    std::vector<float> u(static_cast<size_t>(winogradWeightsSize(c)));
    std::vector<float> y(static_cast<size_t>(p.batch * roundUpTo16(p.out) * p.size * p.size));
    std::vector<float> workspace(static_cast<size_t>(winogradWorkspace(c, threads)));
    winogradWeights(c, w.data(), u.data());
    ConvEpilogue e;
    e.bias = bias.data();
    e.clampLow = 0;
    const char* splits[] = {"auto", "tiles", "channels"};
    report("winograd F" + std::to_string(tile) + " " + splits[static_cast<int>(split)] + " " + p.name(), p.flops(),
           "GFLOP/s",
           compare({[&] { winograd(c, x.data(), u.data(), e, y.data(), workspace.data(), threads); }, oneDnn(p)}));
}

void benchDepthwise(const Conv& p, ImageLayout layout) {
    const int64_t o = p.outSize(), pad = p.kernel / 2;
    const DepthwiseConv c{p.batch,  p.in,     p.size, p.size, o,   o,   p.kernel, p.kernel,
                          p.stride, p.stride, 1,      1,      pad, pad, layout};
    const auto x = values(p.batch * roundUpTo16(p.in) * p.size * p.size, 1), bias = values(p.in, 3);
    const auto packed = values(depthwiseWeightsSize(c), 2);
    std::vector<float> y(static_cast<size_t>(p.batch * roundUpTo16(p.out) * o * o));
    ConvEpilogue e;
    e.bias = bias.data();
    e.clampLow = 0;
    const char* layouts[] = {"nchw", "nhwc", "8c", "16c"};
    report(std::string("depthwise ") + layouts[static_cast<int>(layout)] + " " + p.name(), p.flops(), "GFLOP/s",
           compare({[&] { depthwise(c, x.data(), packed.data(), e, y.data()); },
                    oneDnn(p, layout == ImageLayout::Nhwc   ? Tag::nhwc
                              : layout == ImageLayout::Nchw ? Tag::nchw
                                                            : Tag::any)}));
}

void benchDirect(const Conv& p, ImageLayout in, ImageLayout out) {
    const int64_t o = p.outSize(), pad = p.kernel / 2;
    const DirectConv c{p.batch,  p.in,     p.out, p.size, p.size, o,   o,  p.kernel, p.kernel,
                       p.stride, p.stride, 1,     1,      pad,    pad, in, out};
    const DirectConvolution kernel(c);
    const auto x = values(p.batch * roundUpTo16(p.in) * p.size * p.size, 1), bias = values(roundUpTo16(p.out), 3);
    const auto packed = values(directWeightsSize(c), 2);
    std::vector<float> y(static_cast<size_t>(p.batch * roundUpTo16(p.out) * o * o)),
        workspace(static_cast<size_t>(kernel.workspace()));
    ConvEpilogue e;
    e.bias = bias.data();
    e.clampLow = 0;
    const char* layouts[] = {"nchw", "nhwc", "8c", "16c"};
    report(std::string("direct ") + layouts[static_cast<int>(in)] + " " + p.name(), p.flops(), "GFLOP/s",
           compare({[&] { kernel.run(x.data(), packed.data(), e, y.data(), workspace.data()); }, oneDnn(p)}));
}

}  // namespace

void benchDepthwiseAndDirect() {
    for (ImageLayout layout : {ImageLayout::Nchw16c, ImageLayout::Nhwc}) {
        benchDepthwise({1, 32, 32, 112, 3, 1, 32}, layout);
        benchDepthwise({1, 96, 96, 112, 3, 2, 96}, layout);
        benchDepthwise({1, 144, 144, 56, 3, 1, 144}, layout);
        benchDepthwise({1, 192, 192, 28, 3, 1, 192}, layout);
        benchDepthwise({1, 384, 384, 14, 3, 1, 384}, layout);
        benchDepthwise({1, 960, 960, 7, 3, 1, 960}, layout);
        benchDepthwise({1, 240, 240, 28, 5, 1, 240}, layout);
        benchDepthwise({1, 672, 672, 14, 5, 2, 672}, layout);
        benchDepthwise({1, 96, 96, 56, 7, 1, 96}, layout);
    }
    benchDepthwise({1, 144, 144, 56, 3, 1, 144}, ImageLayout::Nchw);
    benchDirect({1, 3, 64, 224, 7, 2, 1}, ImageLayout::Nchw, ImageLayout::Nchw16c);
    benchDirect({1, 3, 32, 224, 3, 2, 1}, ImageLayout::Nchw, ImageLayout::Nchw16c);
    benchDirect({1, 3, 16, 640, 3, 2, 1}, ImageLayout::Nchw, ImageLayout::Nchw16c);
    benchDirect({1, 3, 32, 640, 6, 2, 1}, ImageLayout::Nchw, ImageLayout::Nchw16c);
    for (ImageLayout layout : {ImageLayout::Nchw16c, ImageLayout::Nhwc}) {
        benchDirect({1, 128, 128, 56, 3, 2, 1}, layout, layout);
        benchDirect({1, 256, 256, 28, 3, 2, 1}, layout, layout);
        benchDirect({1, 512, 512, 14, 3, 2, 1}, layout, layout);
        benchDirect({1, 256, 512, 56, 1, 2, 1}, layout, layout);
        benchDirect({1, 64, 64, 56, 3, 1, 1}, layout, layout);
        benchDirect({1, 512, 512, 7, 3, 1, 1}, layout, layout);
    }
}

void benchConvolution() {
    const Conv convs[] = {{1, 64, 64, 56, 3, 1, 1},   {1, 128, 128, 28, 3, 1, 1}, {1, 256, 256, 14, 3, 1, 1},
                          {1, 512, 512, 7, 3, 1, 1},  {4, 64, 64, 56, 3, 1, 1},   {4, 128, 128, 28, 3, 1, 1},
                          {4, 256, 256, 14, 3, 1, 1}, {4, 512, 512, 7, 3, 1, 1},  {1, 32, 32, 160, 3, 1, 1},
                          {1, 64, 64, 80, 3, 1, 1}};
    for (const Conv& c : convs)
        for (int tile : {2, 4})
            for (auto split : {WinogradConv::Split::Tiles, WinogradConv::Split::Channels})
                benchWinograd(c, tile, split);
}

}  // namespace opentrt::cpu::kernels::bench
