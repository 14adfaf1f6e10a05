// SPDX-License-Identifier: Apache-2.0
#include "small_graphs.h"

namespace opentrt::fuzz {
namespace {

constexpr const char* kConvolutions = R"(graph convolutions {
  input %x: f32[N,3,8,8]
  const %w0: f32[8,3,3,3] = random(1)
  const %b0: f32[8] = random(2)
  %a = Convolution(%x, %w0, %b0) {pre=[1,1], post=[1,1]} "first"
  %a1 = Activation(%a) {function=relu} "relu"
  const %w1: f32[8,1,3,3] = random(3)
  %b = Convolution(%a1, %w1, _) {groups=8, stride=[2,2], pre=[1,1], post=[1,1]} "depthwise"
  %c = Pooling(%b) {operation=max, window=[2,2], stride=[2,2]} "pool"
  output %c
}
)";

constexpr const char* kDense = R"(graph dense {
  input %x: f32[N,7,12]
  const %w0: f32[1,12,20] = random(1)
  const %b0: f32[1,1,20] = random(2)
  %a = MatrixMultiply(%x, %w0) "dense"
  %a1 = ElementWise(%a, %b0) {operation=sum} "bias"
  %a2 = Activation(%a1) {function=gelu_erf} "gelu"
  %b = MatrixMultiply(%a2, %a2) {b=transpose} "scores"
  %c = Softmax(%b) {axis=-1} "weights"
  %d = Transpose(%c) {permutation=[1,0,2]} "turned"
  output %d
}
)";

constexpr const char* kBranch = R"(graph branch {
  input %c: bool[]
  input %x: f32[N,4]
  %y = If(%c, %x) {} "branch"
    body { input %a %r = ElementWise(%a, %a) {operation=sum} output %r }
    body { input %a %r = Activation(%a) {function=relu} output %r }
  output %y
}
)";

constexpr const char* kLoop = R"(graph loop {
  input %n: i64[]
  input %x: f32[2]
  %last, %all = Loop(%n, _, %x, _) {carried=1, scanAxes=[0]} "loop"
    body { input %i input %v %r = ElementWise(%v, %v) {operation=sum} output %r output %v }
  output %last
  output %all
}
)";

constexpr const char* kDataSizes = R"(graph data_sizes {
  input %x: f32[N,3]
  %i = NonZero(%x) "where"
  %t = Transpose(%i) {permutation=[1,0]} "turned"
  output %t
}
)";

constexpr const char* kContents = R"(graph contents {
  input %x: f32[N,4]
  input %s: i64[2] shape
  %y = Reshape(%x, %s) "view"
  %z = Activation(%y) {function=sigmoid} "gate"
  output %z
}
)";

}  // namespace

const std::vector<SmallGraph>& smallGraphs() {
    static const std::vector<SmallGraph> graphs{
        {"convolutions", kConvolutions, {{1, 3, 8, 8}}, {{3, 3, 8, 8}}, {{}}},
        {"dense", kDense, {{1, 7, 12}}, {{4, 7, 12}}, {{}}},
        {"branch", kBranch, {{}, {1, 4}}, {{}, {5, 4}}, {{}, {}}},
        {"loop", kLoop, {{}, {2}}, {{}, {2}}, {{}, {}}},
        {"data_sizes", kDataSizes, {{1, 3}}, {{4, 3}}, {{}}},
        {"contents", kContents, {{6, 4}, {2}}, {{6, 4}, {2}}, {{}, {8, 3}}},
    };
    return graphs;
}

}  // namespace opentrt::fuzz
