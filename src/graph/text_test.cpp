// SPDX-License-Identifier: Apache-2.0
#include "graph/text.h"

#include <gtest/gtest.h>
#include <random>

#include "base/error.h"
#include "graph/evaluate.h"
#include "graph/test_ops.h"
#include "graph/verify.h"

namespace opentrt {
namespace {

using namespace testing;

// In the form in which print writes it.
const char* const kEverything = R"(graph "a net" {
  stage planned
  range $pos.0 [0,8]
  range N [1,8]
  input %x: f32[N]
  input %s: i64[2] shape
  input %known: i32[2] holds [2*N,-1]
  const %w: f32[1] = [0.25]
  const %big: f32[20] = fill(0.5)
  const %odd: f16[3] = hex"007c017e0080"
  const %ints: i64[2] = [1,-9223372036854775808]
  %y: f32[N] = TestAdd(%x, %w) {factor=2.5} "the layer" precision f16 types [f16] dla metadata "line\n\"two\""
  %z: f32[N] = TestAdd(%y, _)
  %"a b/c": f32[s#0,s#1] = TestZeros(%s)
  %pos: f32[$pos.0], %count: i32[] = TestPositive(%z) "positive"
  %"top:0": f32[$pos.0], %"top:1": f32[N] = TestRegion(%pos, %z, %w) body inner {
    input %a: f32[$pos.0]
    input %b: f32[N]
    input %c: f32[1]
    const %k: f32[1] = [3]
    %d: f32[$pos.0] = TestAdd(%a, %k)
    %e: f32[N] = TestRegion(%b, %c) body {
      input %p: f32[N]
      input %q: f32[1]
      %r: f32[N] = TestAdd(%p, %q)
      output %r
    }
    output %d
    output %e
  }
  output %"a b/c"
  output %"top:1"
  output %count
}
)";

std::string errorOf(std::string_view text) {
    try {
        parseGraph(text);
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

std::string inGraph(const std::string& statements) {
    return "graph g {\n  input %x: f32[4]\n" + statements + "\n}\n";
}

TEST(Text, PrintsWhatItRead) {
    const std::string text = kEverything;
    const Graph graph = parseGraph(text);
    EXPECT_EQ(print(graph), text);
    verify(graph);
    EXPECT_EQ(graph.name, "a net");
    const Node& layer = graph[NodeId{0}];
    EXPECT_EQ(layer.name, "the layer");
    EXPECT_EQ(layer.options.precision, DType::F16);
    EXPECT_EQ(layer.options.metadata, "line\n\"two\"");
    EXPECT_TRUE(layer.options.onDla);
    EXPECT_EQ(graph[NodeId{4}].name, "top") << "implied by the names of the outputs";
}

TEST(Text, ReadsShortHandWrittenGraphs) {
    const Graph graph = parseGraph(R"(
        graph {                       # no name, no stage, no types
          input %x: f32[2,N] const %c: f32[2,1]=random(7)
          %y = TestAdd(%x,%c) %z = TestHalve(%y){axis=-1}
          output %z
        })");
    EXPECT_EQ(str(graph.fact(*graph.findValue("z")).shape), "[2,floordiv(N+1,2)]");
    EXPECT_EQ(graph.name, "");
    const Tensor& random = *graph.fact(*graph.findValue("c")).constant;
    EXPECT_NE(random.get(0), random.get(1));
    EXPECT_LT(std::abs(random.get(0)), 1);
}

TEST(Text, ContentsSurviveBitForBit) {
    std::mt19937 source(3);
    for (int i = 0; i < kDTypeCount; ++i) {
        const auto type = static_cast<DType>(i);
        for (int64_t count : {0, 1, 2, 3, 7, 16, 17, 100})
            for (int kind = 0; kind < 3; ++kind) {
                Tensor tensor(type, {count});
                auto* bytes = tensor.mutableAs<uint8_t>();
                for (int64_t b = 0; b < tensor.bytes(); ++b)
                    bytes[b] = static_cast<uint8_t>(kind == 0 ? source() : kind == 1 ? 0x11 : source() % 2);
                Graph graph;
                graph.markOutput(graph.addConstant("c", tensor));
                const Graph again = parseGraph(print(graph));
                ASSERT_TRUE(again.fact(again.outputs()[0]).constant->sameBits(tensor)) << print(graph);
                ASSERT_EQ(print(again), print(graph));
            }
    }
}

TEST(Text, WeightsMayBeLeftOut) {
    const Graph graph = parseGraph(inGraph("const %w: f32[1000]=random(1) const %axes: i32[2]=[0,1] output %x"));
    const auto text = print(graph, {.weights = false});
    EXPECT_NE(text.find("const %w: f32[1000] = hash("), std::string::npos) << text;
    EXPECT_NE(text.find("const %axes: i32[2] = [0,1]"), std::string::npos) << text;
    const Graph other = parseGraph(inGraph("const %w: f32[1000]=random(2) const %axes: i32[2]=[0,1] output %x"));
    EXPECT_NE(print(other, {.weights = false}), text);
    EXPECT_EQ(print(other, {.weights = false, .hashes = false}), print(graph, {.weights = false, .hashes = false}));
    EXPECT_NE(errorOf(text).find("a hash cannot be read back"), std::string::npos);
}

TEST(Text, SampledHashesSeeLargeTensors) {
    Graph graph;
    graph.addInput("x", DType::F32, {1});
    Tensor large(DType::F32, {100000});
    const ValueId c = graph.addConstant("c", large);
    const auto before = print(graph, {.weights = false});
    Tensor other(DType::F32, {100000});
    other.set(99999, 1);
    graph[c].fact.constant = other;
    EXPECT_NE(print(graph, {.weights = false}), before) << "the end is sampled";
}

TEST(Text, CanonicalTextHasNoNames) {
    const auto canonical = [](const std::string& text) { return print(parseGraph(text), {.names = false}); };
    EXPECT_EQ(canonical("graph a { input %x: f32[4] %y = TestAdd(%x) \"l\" metadata \"m\" output %y }"),
              canonical("graph b { input %p: f32[4] %q = TestAdd(%p) \"k\" output %q }"));
    EXPECT_EQ(canonical("graph a { input %x: f32[4] %y = TestAdd(%x){factor=2} output %y }"),
              "graph {\n  stage imported\n  input %0: f32[4]\n  %1: f32[4] = TestAdd(%0) {factor=2}\n  output %1\n}\n");
}

TEST(Text, ClashingNamesAreToldApart) {
    Graph graph;
    const ValueId x = graph.addInput("x", DType::F32, {2});
    ValueId y = graph.add(std::make_unique<TestAdd>(), {x}, "x");
    y = graph.add(std::make_unique<TestAdd>(), {y}, "");
    y = graph.add(std::make_unique<TestAdd>(), {y}, "");
    graph.markOutput(graph.add(std::make_unique<TestAdd>(), {y}, "v"));
    const auto text = print(graph);
    EXPECT_EQ(print(parseGraph(text)), text);
    EXPECT_NE(text.find("%x_1: f32[2] = TestAdd(%x) \"x\""), std::string::npos) << text;
    EXPECT_NE(text.find("output %v\n"), std::string::npos) << "outputs keep their names";
}

TEST(Text, EditedGraphsReadBack) {
    Graph graph = parseGraph(kEverything);
    graph.setOutputs({*graph.findValue("y")});
    graph.removeDead();
    graph.setInput(NodeId{0}, 1, ValueId{});
    graph.infer(NodeId{0});
    graph.removeDead();
    const auto text = print(graph);
    EXPECT_EQ(print(parseGraph(text)), text);
}

TEST(Text, ErrorsGiveThePlace) {
    const auto expect = [](const std::string& statements, std::string_view error) {
        EXPECT_EQ(errorOf(inGraph(statements)), error);
    };
    expect("  %y = TestAdd(%z)", "line 3, column 16: %z is not defined before");
    expect("  %y = TestSub(%x)", "line 3, column 8: unknown operator TestSub");
    expect("  %y = TestAdd(%x){factr=1}", "line 3, column 26: unknown field factr; known are: factor");
    expect("  %y = TestAdd(%x){factor=a}", "line 3, column 27: expected a number (field factor)");
    expect("  %y: f32[5] = TestAdd(%x)", "line 3, column 3: %y is said to be f32[5] but is f32[4]");
    expect("  %y = TestHalve(%x){axis=1}",
           "line 3, column 8: y: axis 1 is out of range for rank 1; it must lie in [-1,0]");
    expect("  %x = TestAdd(%x)", "line 3, column 3: %x is defined twice");
    expect("  %y, %z = TestAdd(%x)", "line 3, column 12: y: TestAdd has 1 outputs, asked for are 2");
    expect("  const %c: f32[2] = [1]", "line 3, column 24: expected ','");
    expect("  const %c: f32[2] = [1,2,3]", "line 3, column 26: expected ']' after 2 elements");
    expect("  const %c: f32[1] = hex\"00\"", "line 3, column 25: expected 8 hexadecimal digits, not 2");
    expect("  const %c: f32[N] = fill(1)",
           "line 3, column 9: a constant needs a type with fixed dimensions: ': f32[2,3]'");
    expect("  const %c: f32[-1] = fill(1)", "line 3, column 9: a dimension of [-1] is negative");
    expect("  input %y", "line 3, column 9: an input needs a type: ': f32[...]'");
    expect("  input %y: f33[1]", "line 3, column 13: unknown element type f33");
    expect("  input %y: f32[1] shape",
           "line 3, column 9: y: a shape tensor has a fixed number of at most 1024 integers, not f32[1]");
    expect("  input %y: i32[2] holds [N]", "line 3, column 26: 1 elements do not fill the shape [2]");
    expect("  stage final", "line 3, column 9: unknown stage final; known are: imported, canonical, planned");
    expect("  foo",
           "line 3, column 3: unknown statement foo; known are: stage, range, input, const, output, %value = ...");
    expect("  %r: f32[4] = TestRegion(%x) body { input %a: f32[5] output %a }",
           "line 3, column 44: %a is said to be f32[5] but is f32[4]");
    EXPECT_EQ(errorOf("graph g {"), "line 1, column 10: expected '}'");
    EXPECT_EQ(errorOf("graph g {} x"), "line 1, column 12: expected nothing after the graph");
}

TEST(Text, HostileTextsAreRefused) {
    std::string nested = "graph {";
    for (int i = 0; i < 10000; ++i) nested += " %r" + std::to_string(i) + " = TestRegion() body {";
    EXPECT_NE(errorOf(nested).find("nested too deeply"), std::string::npos);
    for (const char* type : {"f32[1000000,1000000]", "i4[9223372036854775807,2]", "i8[9223372036854775807]"})
        for (const char* contents : {"fill(1)", "random(1)", "hex\"\"", "[1]"})
            EXPECT_NE(errorOf(inGraph(std::string("const %c: ") + type + " = " + contents)), "no error") << type;
    std::string many;
    for (int i = 0; i < 100; ++i) many += "const %c" + std::to_string(i) + ": f32[10000000] = fill(0)\n";
    EXPECT_NE(errorOf(inGraph(many)).find("too large for a text"), std::string::npos);
    std::string dims = "1";
    for (int i = 0; i < 100; ++i) dims += ",1";
    EXPECT_NE(errorOf("graph { input %y: f32[" + dims + "] }").find("at most 64 dimensions"), std::string::npos);
    std::string product = "input %y: f32[(a0+b0)";
    for (int i = 1; i < 30; ++i) product += "*(a" + std::to_string(i) + "+b" + std::to_string(i) + ")";
    EXPECT_NE(errorOf("graph { " + product + "] }").find("too large"), std::string::npos);
}

TEST(Text, TruncatedAndMutatedTextsNeverCrash) {
    const std::string text = kEverything;
    for (size_t size = 0; size + 2 < text.size(); ++size) EXPECT_NE(errorOf(text.substr(0, size)), "no error") << size;
    std::mt19937 source(11);
    const std::string alphabet = "%{}()[]\"\\:,=_#+-*/ \n0129axN$.\xff";
    int refused = 0;
    for (int i = 0; i < 3000; ++i) {
        std::string mutated = text;
        for (int k = 0; k < 1 + i % 3; ++k) {
            const size_t at = source() % mutated.size();
            if (source() % 2) {
                mutated[at] = alphabet[source() % alphabet.size()];
            } else {
                mutated.erase(at, 1 + source() % 4);
            }
        }
        const auto error = errorOf(mutated);
        refused += error != "no error";
        EXPECT_TRUE(error == "no error" || error.substr(0, 5) == "line ") << error;
    }
    EXPECT_GT(refused, 1000);
}

TEST(Text, OperatorsAloneReadBack) {
    EXPECT_EQ(str(*parseOp("TestAdd{factor=0.1}")), "TestAdd{factor=0.1}");
    EXPECT_EQ(str(*parseOp(" TestAdd ")), "TestAdd");
    EXPECT_THROW(parseOp("Nothing"), Error);
    EXPECT_THROW(parseOp("TestAdd{} more"), Error);
    EXPECT_THROW(parseOp(""), Error);
}

TEST(Text, MayLeaveConstantsToTheCaller) {
    const Graph graph = parseGraph(R"(graph {
        input %x: f32[2]
        const %w: f32[2] = [1,2]
        const %v: f32[2] = [3,4]
        %y = TestAdd(%x, %w)
        %z = TestAdd(%y, %v)
        output %z
    })");
    std::vector<Tensor> kept;
    PrintOptions options;
    options.store = [&](const Value& value) -> std::optional<size_t> {
        if (value.name != "w") return {};
        kept.push_back(*value.fact.constant);
        return kept.size() - 1;
    };
    const std::string text = print(graph, options);
    EXPECT_NE(text.find("const %w: f32[2] = stored(0)"), std::string::npos) << text;
    EXPECT_EQ(parseGraph(text, kept).str(), graph.str());
    EXPECT_THROW(parseGraph(text), Error);
    EXPECT_THROW(parseGraph(text, {Tensor(DType::F32, {3})}), Error);
}

}  // namespace
}  // namespace opentrt
