// SPDX-License-Identifier: Apache-2.0
// The same as tactics_test.cpp for attention.
#include "tactics.h"

namespace opentrt::cuda {
namespace {

TEST(Code, OfEveryTacticOfAttentionCompiles) {
    const Names names = tacticsOf(R"(graph net {
  input %q: bf16[1,4,32,80]
  input %k: bf16[1,2,40,80]
  input %v: bf16[1,2,40,64]
  %c = Attention(%q, %k, %v) {causal=lower_right} "attention"
  output %c
})");
    EXPECT_EQ(names, (Names{"cuda.attention", "cuda.attention_groups.1x128", "cuda.attention_groups.1x128all",
                            "cuda.attention_groups.1x256", "cuda.attention_tiles1", "cuda.attention_tiles2",
                            "cuda.attention_tiles2/2", "cuda.attention_tiles2x128", "cuda.attention_tiles4",
                            "cuda.attention_tiles4x128", "cuda.attention_tiles8"}));
    expectTactics(R"(graph net {
  input %q: f16[1,18,200,64]
  input %k: f16[1,2,197,64]
  %c = Attention(%q, %k, %k) {causal=lower_right} "attention"
  output %c
})",
                  {"cuda.attention_groups.2x128", "cuda.attention_groups.4x128", "cuda.attention_groups.4x208",
                   "cuda.attention_tiles2x128/2", "cuda.attention_tiles2/4"});
    const Names several = tacticsOf(R"(graph net {
  input %q: f16[1,18,256,64]
  %c = Attention(%q, %q, %q) "attention"
  output %c
})");
    EXPECT_TRUE(several.contains("cuda.attention_groups.4x128"));
    EXPECT_FALSE(several.contains("cuda.attention_groups.4x208")) << "two tiles of keys";
    expectTactics(
        R"(graph net {
  input %q: bf16[2,100,100,64]
  input %k: bf16[2,50,128,64]
  input %v: bf16[2,50,128,64]
  input %mask: bool[1,1,100,128]
  %c = Attention(%q, %k, %v, %mask) "attention"
  output %c
})",
        {"cuda.attention_groups.1x128heads"});
}

TEST(Code, OfAttentionWithManyColumnsCompiles) {
    const std::string text = R"(graph net {
  input %q: f16[1,20,100,256]
  input %mask: f16[1,1,100,100]
  %c = Attention(%q, %q, %q, %mask) {causal=upper_left} "attention"
  output %c
})";
    expectTactics(text, {"cuda.attention_groups.1x80wide", "cuda.attention_groups.2x80wide",
                         "cuda.attention_tiles2x32/2", "cuda.attention_tiles4", "cuda.attention_tiles8x32"});
    expectTactics(R"(graph net {
  input %q: bf16[1,20,100,192]
  input %v: bf16[1,20,100,128]
  %c = Attention(%q, %q, %v) "attention"
  output %c
})",
                  {"cuda.attention_groups.2x112wide", "cuda.attention_tiles4x32", "cuda.attention_tiles8"});
    const auto small = makeBackend(target(86), cpuBackend());
    const Graph graph = parseGraph(text);
    Names names;
    for (const Tactic& tactic : small->tactics(graph, graph[graph.outputs()[0]].producer, {}).tactics) {
        names.insert(tactic.name);
        small->compile(graph, graph[graph.outputs()[0]].producer, tactic, {});
    }
    EXPECT_EQ(names, (Names{"cuda.attention", "cuda.attention_tiles4x32"})) << "blocks of 99 KiB";
}

TEST(Code, OfAttentionWithRoundedProbabilitiesCompiles) {
    const auto text = [](const char* type) {
        return cat(R"(graph net {
  input %q: f16[1,4,100,64]
  input %mask: bool[1,1,1,100]
  const %s: f32[] = [0.01]
  %c = Attention(%q, %q, %q, %mask, %s) {causal=lower_right, quantizeTo=)",
                   type, R"(} "attention"
  output %c
})");
    };
    EXPECT_EQ(tacticsOf(text("f8e4m3"), {"cuda.attention_tiles4"}),
              (Names{"cuda.attention_tiles1", "cuda.attention_tiles2", "cuda.attention_tiles2x128",
                     "cuda.attention_tiles4", "cuda.attention_tiles4x128", "cuda.attention_tiles8"}));
    expectTactics(text("i8"), {"cuda.attention_tiles2x128"});
}

}  // namespace
}  // namespace opentrt::cuda
