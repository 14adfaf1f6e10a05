// SPDX-License-Identifier: Apache-2.0
// Runs tests/passes/<pass>/*.graph: a graph, a line "=>", and the graph that the pass must leave. With
// OPENTRT_UPDATE_GOLDENS=1 the part behind the line is written anew; the diff is reviewed. Every pass must also leave
// its own result alone when it runs again.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <map>

#include "backends/forwarding_backend.h"
#include "backends/region.h"
#include "graph/evaluate.h"
#include "graph/text.h"
#include "ops/convolution.h"
#include "ops/normalization.h"
#include "ops/unary.h"
#include "passes/pipeline.h"

namespace opentrt {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kArrow = "=>\n";

std::string readFile(const fs::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

const Pass& passNamed(const std::string& name) {
    for (const Pass& pass : pipeline()) {
        if (pass.name == name) return pass;
    }
    throw Error(ErrorCode::InvalidArgument, name, "tests/passes has a folder that is no pass");
}

std::string text(const Graph& graph) {
    return print(graph, {.weights = false, .hashes = false});
}

//! The CPU's, as if products of narrow numbers were worth having there, those of few channels too, or products kept
//! statistics of rows, or normalised what they make, or ran together with one or two others behind them.
class RicherBackend final : public ForwardingBackend {
public:
    enum Gift { kNarrow, kFewChannels, kStatistics, kNormalises, kPairs, kChains };
    explicit RicherBackend(Gift gift) : ForwardingBackend(cpuBackend()), gift_(gift) {}
    bool multipliesQuantized(DType type) const override {
        return (gift_ == kNarrow || gift_ == kFewChannels) && (type == DType::I8 || type == DType::F8);
    }
    bool multipliesFewChannels(const Graph&, NodeId, DType type) const override {
        return gift_ == kFewChannels && type == DType::I8;
    }
    bool keepsRowStatistics() const override { return gift_ == kStatistics || gift_ == kNormalises; }
    bool canRun(const Graph& graph, NodeId node) const override {
        const RegionView region = viewRegion(graph, node);
        if (region.rowStatistics || region.rowFactors) return gift_ == kStatistics;
        if (region.further.empty()) return true;
        if (as<ops::Normalization>(*region.further[0]->op)) return gift_ == kNormalises;
        if (!as<ops::Convolution>(region.op()) || !as<ops::Convolution>(*region.further[0]->op)) return true;
        return gift_ == kChains || (gift_ == kPairs && region.further.size() == 1);
    }

private:
    Gift gift_;
};

//! Which backend a case is for: what it says in its first lines, or the CPU's.
const Backend& backendOf(const std::string& text) {
    static const std::map<std::string, RicherBackend> kBackends{
        {"# narrow products\n", RicherBackend(RicherBackend::kNarrow)},
        {"# few channels\n", RicherBackend(RicherBackend::kFewChannels)},
        {"# statistics of rows\n", RicherBackend(RicherBackend::kStatistics)},
        {"# products normalise\n", RicherBackend(RicherBackend::kNormalises)},
        {"# pairs of products\n", RicherBackend(RicherBackend::kPairs)},
        {"# chains of products\n", RicherBackend(RicherBackend::kChains)}};
    for (const auto& [line, backend] : kBackends) {
        if (text.find(line) != std::string::npos) return backend;
    }
    return cpuBackend();
}

//! The whole pipeline with every other pass disabled, so that stages and cleanup are as in a build.
void runPass(const Pass& pass, Graph& graph, const Backend& backend) {
    PipelineRequest request;
    request.backend = &backend;
    request.verify = true;
    for (const Pass& other : pipeline()) {
        if (other.name != std::string_view(pass.name)) request.disabled.insert(other.name);
    }
    runPipeline(graph, request);
}

Tensor inputFor(const Fact& fact) {
    std::vector<int64_t> dims;
    for (const Dim& d : fact.shape) dims.push_back(d.isConstant() ? d.constant() : 2);
    Tensor t(fact.type, dims);
    for (int64_t i = 0; i < t.count(); ++i) t.set(i, static_cast<double>((i * 7919) % 101) / 50.0 - 1.0);
    return t;
}

//! A rewrite must not change what the graph computes.
void expectSameValues(const Graph& before, const Graph& after) {
    std::vector<Tensor> inputs;
    for (ValueId in : before.inputs()) inputs.push_back(inputFor(before.fact(in)));
    const std::vector<Tensor> a = evaluate(before, inputs), b = evaluate(after, inputs);
    ASSERT_EQ(a.size(), b.size());
    for (size_t o = 0; o < a.size(); ++o) {
        ASSERT_EQ(a[o].dims(), b[o].dims());
        for (int64_t i = 0; i < a[o].count(); ++i) {
            EXPECT_NEAR(a[o].get(i), b[o].get(i), 2e-3 * std::max(1.0, std::abs(a[o].get(i)))) << "element " << i;
        }
    }
}

class PassCase : public ::testing::TestWithParam<std::string> {};

TEST_P(PassCase, LeavesTheExpectedGraph) {
    const fs::path file = fs::path(OPENTRT_PASS_CASES) / GetParam();
    const std::string content = readFile(file);
    const size_t arrow = content.find(kArrow);
    const std::string before = content.substr(0, arrow);
    const Pass& pass = passNamed(file.parent_path().filename());
    const Graph original = parseGraph(before);
    Graph graph = parseGraph(before);
    const Backend& backend = backendOf(before);
    runPass(pass, graph, backend);
    expectSameValues(original, graph);
    const std::string result = text(graph);
    if (std::getenv("OPENTRT_UPDATE_GOLDENS")) {
        std::ofstream(file) << before << kArrow << result;
        return;
    }
    ASSERT_NE(arrow, std::string::npos) << file << " has no line \"=>\"";
    EXPECT_EQ(result, content.substr(arrow + kArrow.size()));
    runPass(pass, graph, backend);
    EXPECT_EQ(text(graph), result) << "the pass changed its own result";
}

std::vector<std::string> caseFiles() {
    std::vector<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(OPENTRT_PASS_CASES)) {
        if (entry.path().extension() == ".graph") files.push_back(fs::relative(entry.path(), OPENTRT_PASS_CASES));
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::string caseName(const ::testing::TestParamInfo<std::string>& info) {
    std::string name = info.param.substr(0, info.param.rfind('.'));
    std::replace_if(
        name.begin(), name.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(Passes, PassCase, ::testing::ValuesIn(caseFiles()), caseName);

std::string tableOfRules() {
    std::string text =
        "# Rules\n\nMade by `OPENTRT_UPDATE_GOLDENS=1 build/tests/passes_test` from the tables in `src/passes/rules`, "
        "in the "
        "order in\nwhich they are asked. `docs/add_a_rule.md` says what a rule is.\n\n| pass | rule | ends at | "
        "purpose |\n"
        "|---|---|---|---|\n";
    for (const Pass& pass : pipeline()) {
        if (!pass.rules) continue;
        for (const passes::Rule& rule : pass.rules()) {
            text += cat("| ", pass.name, " | ", rule.name, " | ", rule.root->kind, " | ", rule.purpose, " |\n");
        }
    }
    return text;
}

TEST(Rules, AreAllInTheDocumentation) {
    const fs::path file = OPENTRT_RULES_DOC;
    if (std::getenv("OPENTRT_UPDATE_GOLDENS")) std::ofstream(file) << tableOfRules();
    EXPECT_EQ(readFile(file), tableOfRules());
}

TEST(Rules, HaveNamesOfTheirOwn) {
    std::set<std::string> names;
    for (const Pass& pass : pipeline()) {
        if (!pass.rules) continue;
        for (const passes::Rule& rule : pass.rules()) EXPECT_TRUE(names.insert(rule.name).second) << rule.name;
    }
}

//! A convolution, a factor and a summand of one name, as a batch normalisation is imported.
constexpr const char* kBatchNormalization = R"(graph net {
  stage canonical
  input %x: f32[1,3,5,5]
  const %w: f32[4,3,3,3] = random(1)
  const %s: f32[1,4,1,1] = random(2)
  const %t: f32[1,4,1,1] = random(3)
  %c = Convolution(%x, %w) "conv"
  %m = ElementWise(%c, %s) {operation=prod} "norm"
  %y = ElementWise(%m, %t) {operation=sum} "norm"
  output %y
})";

class Lines final : public Log {
public:
    void write(Severity, const std::string& message) override {
        if (message.rfind("pass ", 0) != 0) lines.push_back(message);
    }
    std::vector<std::string> lines;
};

TEST(Rules, LogEachRewriteOnceUnderTheirName) {
    Graph graph = parseGraph(kBatchNormalization);
    Lines log;
    PipelineRequest request;
    request.backend = &cpuBackend();
    request.log = &log;
    runPipeline(graph, request);
    EXPECT_EQ(log.lines, (std::vector<std::string>{"factor_into_weights: folding norm into the weights of conv",
                                                   "summand_into_bias: folding norm into the bias of conv"}));
}

TEST(Rules, StopWhenTheBudgetIsSpent) {
    Graph graph = parseGraph(kBatchNormalization);
    Lines log;
    PipelineRequest request;
    request.backend = &cpuBackend();
    request.log = &log;
    request.maxRewrites = 1;
    request.disabled = {"fold", "fold_canonical", "cse", "fuse_epilogues", "fuse_pointwise"};
    runPipeline(graph, request);
    EXPECT_EQ(log.lines.size(), 1u);
    EXPECT_EQ(graph.order().size(), 2u);
}

TEST(Rules, HandTheMetadataOfAllReplacedNodesOn) {
    Graph graph = parseGraph(kBatchNormalization);
    for (NodeId id : graph.order()) graph[id].options.metadata = graph[id].name + std::to_string(id.index);
    PipelineRequest request;
    request.backend = &cpuBackend();
    runPipeline(graph, request);
    ASSERT_EQ(graph.order().size(), 1u);
    EXPECT_EQ(graph[graph.order()[0]].options.metadata, "conv0\x1enorm1\x1enorm2");
}

TEST(Rules, ThatUndoEachOtherAreStopped) {
    static constexpr passes::Rule kEndless[] = {
        {"turns_round", "-x = -x", &ops::Unary::kInfo,
         [](const Graph&, const Node& node, const PassContext&) -> std::optional<passes::Rewrite> {
             return passes::Rewrite{node.outputs[0], "again", [x = node.inputs[0], op = node.op.get()](Graph& g) {
                                        return g.add(op->clone(), {x}, "again");
                                    }};
         }}};
    Graph graph = parseGraph(R"(graph net {
        stage canonical
        input %x: f32[2]
        %y = Unary(%x) {operation=neg} "negate"
        output %y
    })");
    PassContext context{cpuBackend(), Log::silent()};
    EXPECT_THROW(passes::applyRules(graph, context, kEndless), Error);
}

TEST(Pipeline, RefusesToDisableAPassThatDoesNotExist) {
    Graph graph;
    PipelineRequest request;
    request.backend = &cpuBackend();
    request.disabled = {"no_such_pass"};
    EXPECT_THROW(runPipeline(graph, request), Error);
}

TEST(Pipeline, StopsRewritingWhenTheBudgetIsSpent) {
    const std::string net = R"(graph net {
        input %x: f32[1,4]
        %a = Activation(%x) {function=relu} "a"
        %b = Activation(%a) {function=sigmoid} "b"
        output %b
    })";
    const auto nodesAfter = [&](int64_t budget) {
        Graph graph = parseGraph(net);
        PipelineRequest request;
        request.backend = &cpuBackend();
        request.maxRewrites = budget;
        runPipeline(graph, request);
        return graph.order().size();
    };
    EXPECT_EQ(nodesAfter(0), 2u);
    EXPECT_EQ(nodesAfter(INT64_MAX), 1u);
}

}  // namespace
}  // namespace opentrt
