// SPDX-License-Identifier: Apache-2.0
// Kernels that memory limits: pointwise chains, rows, movement, pooling; and recurrent cells.
#include "backends/cpu/kernels/bench/bench.h"
#include "backends/cpu/kernels/copy.h"
#include "backends/cpu/kernels/norm.h"
#include "backends/cpu/kernels/pointwise.h"
#include "backends/cpu/kernels/pool.h"
#include "backends/cpu/kernels/recurrent.h"
#include "backends/cpu/kernels/reduce.h"
#include "backends/cpu/kernels/reformat.h"
#include "backends/cpu/kernels/resize.h"
#include "backends/cpu/kernels/softmax.h"

namespace opentrt::cpu::kernels::bench {
namespace {

using Tag = dnnl::memory::format_tag;
using Type = dnnl::memory::data_type;
using Arguments = std::unordered_map<int, dnnl::memory>;

template <class P>
std::function<void()> runner(P primitive, Arguments arguments) {
    auto shared = std::make_shared<Arguments>(std::move(arguments));
    return [=] {
        primitive.execute(stream(), *shared);
        stream().wait();
    };
}

struct Program {
    ScalarProgram p;
    int32_t input() {
        p.inputs.push_back(DType::F32);
        p.code.push_back({ScalarOp::Input, DType::F32, static_cast<int32_t>(p.inputs.size()) - 1});
        return static_cast<int32_t>(p.code.size()) - 1;
    }
    int32_t op(ScalarOp o, int32_t a, int32_t b = -1) {
        p.code.push_back({o, DType::F32, a, b});
        return static_cast<int32_t>(p.code.size()) - 1;
    }
    int32_t constant(double v) {
        p.code.push_back({ScalarOp::Constant, DType::F32, -1, -1, -1, v});
        return static_cast<int32_t>(p.code.size()) - 1;
    }
};

//! Strides of each input: dense, or per channel of [1, channels, pixels].
void pointwise(const char* name, Program program, int32_t output, int64_t channels, int64_t pixels,
               const std::vector<bool>& perChannel) {
    program.p.outputs = {output};
    auto compiled = std::make_shared<const PointwiseProgram>(program.p);
    const int64_t count = channels * pixels, dims[] = {channels, pixels};
    std::vector<std::vector<int64_t>> in, out{{pixels, 1}};
    std::vector<std::vector<float>> data;
    std::vector<const void*> pointers;
    double bytes = 4.0 * static_cast<double>(count);
    for (bool c : perChannel) {
        in.push_back(c ? std::vector<int64_t>{1, 0} : std::vector<int64_t>{pixels, 1});
        data.push_back(values(c ? channels : count, 1));
        if (!c) bytes += 4.0 * static_cast<double>(count);
    }
    for (auto& d : data) pointers.push_back(d.data());
    std::vector<float> y(static_cast<size_t>(count));
    void* outputs[] = {y.data()};
    const PointwisePlan plan(compiled, dims, in, out);
    std::vector<std::function<void()>> candidates{[&] { plan.run(pointers, outputs); }};
    char text[100];
    std::snprintf(text, sizeof text, "%s %ldx%ld", name, channels, pixels);
    dnnl::memory::desc md({count}, Type::f32, Tag::a);
    const auto eltwise = [&](dnnl::algorithm a) {
        dnnl::eltwise_forward::primitive_desc pd(engine(), dnnl::prop_kind::forward_inference, a, md, md, 1.0f, 0.0f);
        candidates.push_back(
            runner(dnnl::eltwise_forward(pd), {{DNNL_ARG_SRC, filledMemory(md)}, {DNNL_ARG_DST, filledMemory(md)}}));
    };
    const std::string n = name;
    if (n == "relu") eltwise(dnnl::algorithm::eltwise_relu);
    if (n == "swish") eltwise(dnnl::algorithm::eltwise_swish);
    if (n == "tanh") eltwise(dnnl::algorithm::eltwise_tanh);
    if (n == "gelu") eltwise(dnnl::algorithm::eltwise_gelu_erf);
    if (n == "exp") eltwise(dnnl::algorithm::eltwise_exp);
    if (n == "add") {
        dnnl::binary::primitive_desc pd(engine(), dnnl::algorithm::binary_add, md, md, md);
        candidates.push_back(runner(dnnl::binary(pd), {{DNNL_ARG_SRC_0, filledMemory(md)},
                                                       {DNNL_ARG_SRC_1, filledMemory(md)},
                                                       {DNNL_ARG_DST, filledMemory(md)}}));
    }
    report(text, bytes, "GB/s", compare(candidates));
}

void benchPrograms(int64_t channels, int64_t pixels) {
    {
        Program p;
        const int32_t x = p.input();
        pointwise("relu", p, p.op(ScalarOp::Max, x, p.constant(0)), channels, pixels, {false});
    }
    const auto with = [&](auto f) {
        Program p;
        f(p);
    };
    with([&](Program& p) {
        const int32_t x = p.input(), r = p.op(ScalarOp::Max, x, p.constant(0));
        pointwise("relu", p, r, channels, pixels, {false});
    });
    with([&](Program& p) {
        const int32_t x = p.input(), y = p.input(), r = p.op(ScalarOp::Add, x, y);
        pointwise("add", p, r, channels, pixels, {false, false});
    });
    with([&](Program& p) {
        const int32_t x = p.input(), y = p.input(), r = p.op(ScalarOp::Max, p.op(ScalarOp::Add, x, y), p.constant(0));
        pointwise("add+relu", p, r, channels, pixels, {false, false});
    });
    with([&](Program& p) {
        const int32_t x = p.input(), s = p.input(), b = p.input(),
                      r = p.op(ScalarOp::Add, p.op(ScalarOp::Mul, x, s), b);
        pointwise("scale+bias per channel", p, r, channels, pixels, {false, true, true});
    });
    with([&](Program& p) {
        const int32_t x = p.input(), r = p.op(ScalarOp::Mul, x, p.op(ScalarOp::Sigmoid, x));
        pointwise("swish", p, r, channels, pixels, {false});
    });
    with([&](Program& p) {
        const int32_t x = p.input();
        const int32_t c = p.op(ScalarOp::Min, p.op(ScalarOp::Max, p.op(ScalarOp::Add, x, p.constant(3)), p.constant(0)),
                               p.constant(6));
        const int32_t r = p.op(ScalarOp::Mul, p.op(ScalarOp::Mul, x, c), p.constant(1 / 6.0));
        pointwise("hard swish", p, r, channels, pixels, {false});
    });
    with([&](Program& p) {
        const int32_t x = p.input(), e = p.op(ScalarOp::Erf, p.op(ScalarOp::Mul, x, p.constant(0.70710678)));
        const int32_t r =
            p.op(ScalarOp::Mul, p.op(ScalarOp::Mul, x, p.constant(0.5)), p.op(ScalarOp::Add, e, p.constant(1)));
        pointwise("gelu", p, r, channels, pixels, {false});
    });
    with([&](Program& p) {
        const int32_t x = p.input(), r = p.op(ScalarOp::Tanh, x);
        pointwise("tanh", p, r, channels, pixels, {false});
    });
    with([&](Program& p) {
        const int32_t x = p.input(), r = p.op(ScalarOp::Exp, x);
        pointwise("exp", p, r, channels, pixels, {false});
    });
}

void benchSoftmax(int64_t rows, int64_t axis, int64_t inner) {
    const auto x = values(rows * axis * inner, 1);
    std::vector<float> y(x.size());
    SoftmaxArgs a;
    a.outer[2] = rows, a.axis = axis, a.inner = inner, a.x = x.data(), a.y = y.data();
    dnnl::memory::desc md({rows, axis, inner}, Type::f32, Tag::abc);
    dnnl::softmax_forward::primitive_desc pd(engine(), dnnl::prop_kind::forward_inference,
                                             dnnl::algorithm::softmax_accurate, md, md, 1);
    char text[100];
    std::snprintf(text, sizeof text, "softmax %ldx%ldx%ld", rows, axis, inner);
    report(text, 8.0 * static_cast<double>(x.size()), "GB/s",
           compare({[&] { softmax(a); }, runner(dnnl::softmax_forward(pd), {{DNNL_ARG_SRC, filledMemory(md)},
                                                                            {DNNL_ARG_DST, filledMemory(md)}})}));
}

void benchLayerNorm(int64_t rows, int64_t cols) {
    const auto x = values(rows * cols, 1), scale = values(cols, 2), bias = values(cols, 3);
    std::vector<float> y(x.size());
    LayerNormArgs a;
    a.rows = rows, a.cols = cols, a.x = x.data(), a.y = y.data(), a.scale = scale.data(), a.bias = bias.data();
    dnnl::memory::desc md({rows, cols}, Type::f32, Tag::ab), vector({cols}, Type::f32, Tag::a);
    dnnl::layer_normalization_forward::primitive_desc pd(
        engine(), dnnl::prop_kind::forward_inference, md, md, 1e-5f,
        dnnl::normalization_flags::use_scale | dnnl::normalization_flags::use_shift);
    char text[100];
    std::snprintf(text, sizeof text, "layer norm %ldx%ld", rows, cols);
    report(text, 8.0 * static_cast<double>(x.size()), "GB/s",
           compare({[&] { layerNorm(a); },
                    runner(dnnl::layer_normalization_forward(pd), {{DNNL_ARG_SRC, filledMemory(md)},
                                                                   {DNNL_ARG_DST, filledMemory(md)},
                                                                   {DNNL_ARG_SCALE, filledMemory(vector)},
                                                                   {DNNL_ARG_SHIFT, filledMemory(vector)}})}));
}

void benchReformat(int64_t channels, int64_t size, ImageLayout from, ImageLayout to) {
    const Tag tags[] = {Tag::nchw, Tag::nhwc, Tag::nChw8c, Tag::nChw16c};
    const char* names[] = {"nchw", "nhwc", "8c", "16c"};
    const auto x = values(roundUpTo16(channels) * size * size, 1);
    std::vector<float> y(x.size());
    dnnl::memory::desc a({1, channels, size, size}, Type::f32, tags[static_cast<int>(from)]),
        b({1, channels, size, size}, Type::f32, tags[static_cast<int>(to)]);
    dnnl::reorder::primitive_desc pd(engine(), a, engine(), b);
    char text[100];
    std::snprintf(text, sizeof text, "reformat %s -> %s %ldx%ldx%ld", names[static_cast<int>(from)],
                  names[static_cast<int>(to)], channels, size, size);
    report(text, 8.0 * static_cast<double>(channels * size * size), "GB/s",
           compare({[&] { reformat(4, 1, channels, size * size, from, x.data(), to, y.data()); },
                    runner(dnnl::reorder(pd), {{DNNL_ARG_FROM, filledMemory(a)}, {DNNL_ARG_TO, filledMemory(b)}})}));
}

void benchTranspose(std::vector<int64_t> dims, std::vector<int32_t> perm) {
    int64_t count = 1;
    for (int64_t d : dims) count *= d;
    const auto x = values(count, 1);
    std::vector<float> y(x.size());
    const CopyPlan plan = transposePlan(4, dims, perm);
    std::string name = "transpose";
    for (int32_t p : perm) name += " " + std::to_string(dims[static_cast<size_t>(p)]);
    report(name, 8.0 * static_cast<double>(count), "GB/s", compare({[&] { plan.run(x.data(), y.data()); }}));
}

void benchPool(ImageLayout layout, int64_t channels, int64_t size, int64_t kernel, int64_t stride) {
    PoolArgs a;
    a.layout = layout, a.channels = channels;
    const int64_t pad = kernel / 2, o = (size + 2 * pad - kernel) / stride + 1;
    a.axes[1] = a.axes[2] = {size, o, kernel, stride, 1, pad, pad};
    const auto x = values(roundUpTo16(channels) * size * size, 1);
    std::vector<float> y(static_cast<size_t>(roundUpTo16(channels) * o * o));
    a.x = x.data(), a.y = y.data();
    const Tag tag = layout == ImageLayout::Nchw ? Tag::nchw : layout == ImageLayout::Nhwc ? Tag::nhwc : Tag::nChw16c;
    dnnl::memory::desc in({1, channels, size, size}, Type::f32, tag), out({1, channels, o, o}, Type::f32, tag);
    dnnl::pooling_forward::primitive_desc pd(engine(), dnnl::prop_kind::forward_inference, dnnl::algorithm::pooling_max,
                                             in, out, {stride, stride}, {kernel, kernel}, {0, 0}, {pad, pad},
                                             {pad, pad});
    char text[100];
    std::snprintf(text, sizeof text, "max pool %s %ldx%ld k%ld s%ld",
                  layout == ImageLayout::Nchw   ? "nchw"
                  : layout == ImageLayout::Nhwc ? "nhwc"
                                                : "16c",
                  channels, size, kernel, stride);
    report(text, 4.0 * static_cast<double>(channels * (size * size + o * o)), "GB/s",
           compare({[&] { pool(a); }, runner(dnnl::pooling_forward(pd),
                                             {{DNNL_ARG_SRC, filledMemory(in)}, {DNNL_ARG_DST, filledMemory(out)}})}));
}

void benchLstm(int64_t steps, int64_t batch, int64_t hidden, int directions) {
    RecurrentCell c;
    c.inputs = c.hidden = hidden, c.directions = directions;
    const auto x = values(steps * batch * hidden, 1), packed = values(recurrentWeightsSize(c), 2);
    std::vector<float> y(static_cast<size_t>(steps * batch * hidden * directions)),
        workspace(static_cast<size_t>(recurrentWorkspace(c, steps, batch)));
    RecurrentArgs a{steps, batch};
    a.x = x.data(), a.y = y.data();
    dnnl::memory::desc src({steps, batch, hidden}, Type::f32, Tag::tnc),
        dst({steps, batch, hidden * directions}, Type::f32, Tag::tnc);
    dnnl::memory::desc w({1, directions, hidden, 4, hidden}, Type::f32, Tag::any),
        bias({1, directions, 4, hidden}, Type::f32, Tag::ldgo), none;
    dnnl::lstm_forward::primitive_desc pd(
        engine(), dnnl::prop_kind::forward_inference,
        directions == 2 ? dnnl::rnn_direction::bidirectional_concat : dnnl::rnn_direction::unidirectional_left2right,
        src, none, none, w, w, bias, dst, none, none);
    char text[100];
    std::snprintf(text, sizeof text, "lstm steps %ld batch %ld hidden %ld x%d", steps, batch, hidden, directions);
    report(text, 16.0 * static_cast<double>(steps * batch * hidden * hidden * directions), "GFLOP/s",
           compare({[&] { recurrent(c, packed.data(), a, workspace.data()); },
                    runner(dnnl::lstm_forward(pd), {{DNNL_ARG_SRC_LAYER, filledMemory(src)},
                                                    {DNNL_ARG_WEIGHTS_LAYER, filledMemory(pd.weights_layer_desc())},
                                                    {DNNL_ARG_WEIGHTS_ITER, filledMemory(pd.weights_iter_desc())},
                                                    {DNNL_ARG_BIAS, filledMemory(bias)},
                                                    {DNNL_ARG_DST_LAYER, filledMemory(dst)}})}));
}

}  // namespace

void benchPointwise() {
    benchPrograms(64, 56 * 56);
    benchPrograms(512, 49);
    benchPrograms(256, 200 * 200);
}

void benchRows() {
    benchSoftmax(12 * 128, 128, 1);
    benchSoftmax(12 * 384, 384, 1);
    benchSoftmax(100, 1000, 1);
    benchSoftmax(4, 21, 4096);
    benchLayerNorm(128, 768);
    benchLayerNorm(2048, 1024);
    benchPool(ImageLayout::Nchw16c, 64, 112, 3, 2);
    benchPool(ImageLayout::Nhwc, 64, 112, 3, 2);
    benchPool(ImageLayout::Nchw, 64, 112, 3, 2);
    benchPool(ImageLayout::Nchw16c, 256, 20, 5, 1);
}

void benchMovement() {
    for (int64_t size : {56, 14, 224})
        for (auto [from, to] :
             {std::pair(ImageLayout::Nchw, ImageLayout::Nhwc), std::pair(ImageLayout::Nhwc, ImageLayout::Nchw),
              std::pair(ImageLayout::Nchw, ImageLayout::Nchw16c), std::pair(ImageLayout::Nchw16c, ImageLayout::Nchw),
              std::pair(ImageLayout::Nhwc, ImageLayout::Nchw16c), std::pair(ImageLayout::Nchw16c, ImageLayout::Nhwc)})
            benchReformat(size == 224 ? 3 : 256, size, from, to);
    benchTranspose({1024, 1024}, {1, 0});
    benchTranspose({128, 12, 64}, {1, 0, 2});
    benchTranspose({12, 128, 64}, {0, 2, 1});
    benchTranspose({2, 8, 32, 56}, {3, 1, 2, 0});
}

void benchRecurrent() {
    benchLstm(50, 1, 128, 1);
    benchLstm(50, 1, 256, 2);
    benchLstm(50, 8, 256, 1);
    benchLstm(50, 1, 512, 1);
    benchLstm(20, 16, 512, 1);
}

}  // namespace opentrt::cpu::kernels::bench
