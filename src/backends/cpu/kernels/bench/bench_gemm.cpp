// SPDX-License-Identifier: Apache-2.0
#include "backends/cpu/kernels/bench/bench.h"
#include "backends/cpu/kernels/gemm.h"

namespace opentrt::cpu::kernels::bench {
namespace {

using Tag = dnnl::memory::format_tag;
using Type = dnnl::memory::data_type;

std::function<void()> oneDnn(int64_t m, int64_t n, int64_t k) {
    dnnl::memory::desc a({m, k}, Type::f32, Tag::ab), b({k, n}, Type::f32, Tag::any), c({m, n}, Type::f32, Tag::ab);
    dnnl::memory::desc bias({1, n}, Type::f32, Tag::ab);
    dnnl::post_ops ops;
    ops.append_eltwise(dnnl::algorithm::eltwise_relu, 0, 0);
    dnnl::primitive_attr attr;
    attr.set_post_ops(ops);
    dnnl::matmul::primitive_desc pd(engine(), a, b, bias, c, attr);
    auto memories = std::make_shared<std::unordered_map<int, dnnl::memory>>();
    (*memories)[DNNL_ARG_SRC] = filledMemory(pd.src_desc());
    (*memories)[DNNL_ARG_WEIGHTS] = filledMemory(pd.weights_desc());
    (*memories)[DNNL_ARG_BIAS] = filledMemory(pd.bias_desc());
    (*memories)[DNNL_ARG_DST] = filledMemory(pd.dst_desc());
    dnnl::matmul primitive(pd);
    return [=] {
        primitive.execute(stream(), *memories);
        stream().wait();
    };
}

void one(const char* what, int64_t m, int64_t n, int64_t k, bool blocked) {
    const auto a = values(m * roundUpTo16(k), 1), b = values(k * n, 2), bias = values(roundUpTo16(n), 3);
    std::vector<float> packed(static_cast<size_t>(packedSize(k, n))), c(static_cast<size_t>(m * roundUpTo16(n)));
    packB(k, n, b.data(), n, 1, packed.data());
    GemmArgs g;
    g.m = m, g.n = n, g.k = k;
    g.a = a.data(), g.aRow = blocked ? 16 : k, g.aBlock = blocked ? m * 16 : 16;
    g.b = packed.data();
    g.c = c.data(), g.cRow = blocked ? 16 : n, g.cBlock = blocked ? m * 16 : 16;
    g.epilogue.bias = bias.data();
    g.epilogue.clampLow = 0;
    const std::string name = std::string(what) + " " + std::to_string(m) + "x" + std::to_string(n) + "x" +
                             std::to_string(k) + (blocked ? " blocked" : "");
    report(name, 2.0 * static_cast<double>(m * n * k), "GFLOP/s", compare({[&] { gemm(g); }, oneDnn(m, n, k)}));
}

}  // namespace

void benchGemm() {
    for (bool blocked : {false, true}) {
        one("resnet", 3136, 64, 64, blocked);
        one("resnet", 3136, 256, 64, blocked);
        one("resnet", 3136, 64, 256, blocked);
        one("resnet", 784, 512, 128, blocked);
        one("resnet", 196, 1024, 256, blocked);
        one("resnet", 196, 256, 1024, blocked);
        one("resnet", 49, 512, 2048, blocked);
        one("resnet", 49, 2048, 512, blocked);
    }
    one("bert", 128, 768, 768, false);
    one("bert", 128, 3072, 768, false);
    one("bert", 128, 768, 3072, false);
    one("bert", 384, 1024, 1024, false);
    one("bert", 384, 4096, 1024, false);
    one("square", 1024, 1024, 1024, false);
    for (int64_t m : {1, 2, 4, 8, 16}) one("few rows", m, 1000, 2048, false);
    one("few rows", 1, 4096, 4096, false);
}

}  // namespace opentrt::cpu::kernels::bench
