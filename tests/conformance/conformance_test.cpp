// SPDX-License-Identifier: Apache-2.0
// Conformance of the CPU backend: every case of tests/ops and every graph of this folder, with each tactic, sizes known
// and unknown. What only the reference backend runs is compared with ref_only.txt; a line that is gone there is
// progress, a new line is a regression. OPENTRT_TEST_TARGET=avx2 or generic takes instruction sets away from our own
// kernels; ONEDNN_MAX_CPU_ISA does the same for oneDNN. OPENTRT_UPDATE_GOLDENS=1 writes ref_only.txt.
// OPENTRT_BACKEND=cuda runs the same on a GPU. With OPENTRT_TEST_TACTICS=cuda.cublaslt only tactics whose names
// begin so are forced, where a node has any.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

#include "backends/cpu/kernels/test_targets.h"
#include "base/error.h"
#include "graph/evaluate.h"
#include "graph/text.h"
#include "ops/case_file.h"
#include "ops/registry.h"
#include "runner.h"

namespace opentrt {

std::ostream& operator<<(std::ostream& out, const CaseFile& file) {
    return out << file.cases.size() << " cases";
}

namespace conformance {
namespace {

//! Of the whole program, for ref_only.txt.
Report& total() {
    static Report report;
    return report;
}

//! OPENTRT_BACKEND=cuda tests another than the CPU's.
const Backend& tested() {
    return std::getenv("OPENTRT_BACKEND") ? defaultBackend() : cpuBackend();
}

//! Sets up what the environment asks for, and looks back when all tests have run.
class WholeRun : public testing::Environment {
public:
    void SetUp() override {
        const char* asked = std::getenv("OPENTRT_TEST_TARGET");
        if (!asked) return;
        const std::string target = asked;
        ASSERT_TRUE(target == "avx2" || target == "generic") << target;
        hwy::DisableTargets(target == "avx2" ? HWY_AVX2 - 1 : hwy::SupportedTargets() & (HWY_STATIC_TARGET - 1));
    }
    void TearDown() override {
        for (const auto& [family, count] : total().runs) std::printf("%7d runs of %s\n", count, family.c_str());
        std::printf("%7zu kinds of node that only the reference runs\n", total().referenceOnly.size());
        if (&tested() != &cpuBackend()) {  // the list is the CPU's
            for (const std::string& line : total().referenceOnly) std::printf("    %s\n", line.c_str());
            return;
        }
        if (std::getenv("OPENTRT_UPDATE_GOLDENS")) return write();
        std::set<std::string> golden;
        std::ifstream in(kGolden);
        for (std::string line; std::getline(in, line);) golden.insert(kindOf(line));
        for (const std::string& line : total().referenceOnly) {
            EXPECT_TRUE(golden.count(kindOf(line))) << "only the reference runs " << line;
        }
    }

private:
    static constexpr const char* kGolden = OPENTRT_GRAPHS "/ref_only.txt";

    //! Without the reasons, which may be reworded.
    static std::string kindOf(const std::string& line) { return line.substr(0, line.find("):")); }

    static void write() {
        std::ofstream out(kGolden);
        out << "# SPDX-License-Identifier: Apache-2.0\n# Nodes that no CPU tactic takes, and why. Written by "
               "conformance_test with OPENTRT_UPDATE_GOLDENS=1.\n";
        for (const std::string& line : total().referenceOnly) out << line << "\n";
    }
};
const auto* const kWholeRun = testing::AddGlobalTestEnvironment(new WholeRun);

void expectGood(const Report& report) {
    for (const std::string& failure : report.failures) ADD_FAILURE() << failure;
    total().add(report);
}

//! A layer of the API that passes replace: its weights are constants and its sizes known.
bool isLayerOnly(const Case& c) {
    const OpEntry* entry = c.op.empty() ? nullptr : findOperator(parseOp(c.op)->kind());
    return entry && !entry->canonical;
}

bool isPlannedOnly(const Case& c) {
    const OpEntry* entry = c.op.empty() ? nullptr : findOperator(parseOp(c.op)->kind());
    const auto has = [&](const char* text) { return c.graph.find(text) != std::string::npos; };
    return (entry && !entry->imported) || has(" Region") || has("stage planned");
}

//! The case with constants for all inputs but the first.
Case withConstants(Case c) {
    for (size_t i = 1; i < c.inputs.size(); ++i) {
        if (c.inputs[i].kind != CaseInput::None) c.inputs[i].kind = CaseInput::Constant;
    }
    return c;
}

Problem problemOf(const Case& c, const std::string& title, size_t unknown, int64_t slack) {
    Graph graph = caseGraph(c, unknown);
    const std::vector<Tensor> inputs = c.graphInputs();
    const PlanProfile profile = profileOf(graph, inputs, slack);
    return {title, std::move(graph), inputs, {profile}, c.tolerance};
}

std::vector<Problem> problemsOf(const Case& c, const std::string& file) {
    std::vector<Problem> problems;
    if (!c.runs() || !c.error.empty() || isPlannedOnly(c) || caseGraph(c, 0).outputs().empty()) return problems;
    const std::string title = cat(file, ": ", c.title);
    if (!isLayerOnly(c)) problems.push_back(problemOf(c, title, 0, 0));
    if (!c.graph.empty()) return problems;
    if (c.inputs.size() > 1) problems.push_back(problemOf(withConstants(c), title + ", constants", 0, 0));
    if (!c.fixedReason.empty() || isLayerOnly(c)) return problems;
    try {
        problems.push_back(problemOf(c, title + ", open sizes", c.inputs.size(), 2));
    } catch (const Error&) {
        problems.push_back(problemOf(c, title + ", open sizes", 1, 2));
    }
    return problems;
}

class Cases : public testing::TestWithParam<CaseFile> {};

TEST_P(Cases, AgreeWithTheReference) {
    for (const Case& c : GetParam().cases) {
        for (const Problem& problem : problemsOf(c, GetParam().name)) expectGood(runAllTactics(problem, tested()));
    }
}

INSTANTIATE_TEST_SUITE_P(Files, Cases, testing::ValuesIn(loadCaseFiles(OPENTRT_CASES)),
                         [](const auto& info) { return info.param.name; });

//! A graph file. Comments say sizes of its symbols ("# sizes N=3 M=5", each line one run), and how much its operators
//! together may lose ("# tolerance 1e-4"). "# narrow products" says that it is for backends that multiply such,
//! "# for devices" that it has sizes which only the kernels of devices need.
struct GraphFile {
    std::string name, text;
    std::vector<SymbolValues> sizes;
    double tolerance = -1;
};

std::ostream& operator<<(std::ostream& out, const GraphFile& file) {
    return out << file.sizes.size() << " sizes";
}

std::vector<GraphFile> loadGraphs() {
    std::vector<GraphFile> files;
    for (const auto& entry : std::filesystem::directory_iterator(OPENTRT_GRAPHS)) {
        if (entry.path().extension() != ".graph") continue;
        GraphFile file{entry.path().stem().string(), {}, {}, -1};
        std::ifstream stream(entry.path());
        for (std::string line; std::getline(stream, line);) {
            file.text += line + "\n";
            if (line.rfind("# tolerance", 0) == 0) file.tolerance = std::stod(line.substr(11));
            if (line.rfind("# sizes", 0) != 0) continue;
            std::istringstream words(line.substr(7));
            SymbolValues& values = file.sizes.emplace_back();
            for (std::string word; words >> word;) {
                const size_t equals = word.find('=');
                values[word.substr(0, equals)] = std::stoll(word.substr(equals + 1));
            }
        }
        if (file.sizes.empty()) file.sizes.emplace_back();
        files.push_back(std::move(file));
    }
    std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return files;
}

//! Reproducible contents: reals in [-1, 1], integers in [0, 4).
Tensor someTensor(DType type, const std::vector<int64_t>& dims, int64_t seed) {
    Tensor t(type, dims);
    for (int64_t i = 0; i < t.count(); ++i) {
        const int64_t noise = (i + 13 * seed + 1) * 7919 % 10007;
        if (isFloat(type)) {
            t.set(i, static_cast<double>(noise % 2001) / 1000.0 - 1.0);
        } else {
            t.setInt(i, type == DType::Bool ? noise % 2 : noise % 4);
        }
    }
    return t;
}

class Graphs : public testing::TestWithParam<GraphFile> {};

TEST_P(Graphs, AgreeWithTheReference) {
    const bool narrow = GetParam().text.find("# narrow products\n") != std::string::npos;
    if (narrow && !tested().multipliesQuantized(DType::I8)) GTEST_SKIP() << "the backend multiplies no narrow numbers";
    const bool large = GetParam().text.find("# for devices\n") != std::string::npos;
    if (large && std::getenv("OPENTRT_TEST_TARGET"))
        GTEST_SKIP() << "its sizes are for kernels of devices; a CPU runs them once, with all of its instructions";
    for (const SymbolValues& sizes : GetParam().sizes) {
        Problem problem{GetParam().name, parseGraph(GetParam().text), {}, {}, GetParam().tolerance};
        for (ValueId in : problem.graph.inputs()) {
            const Fact& fact = problem.graph.fact(in);
            problem.inputs.push_back(someTensor(fact.type, evalShape(fact.shape, sizes), in.index));
        }
        for (const auto& [symbol, value] : sizes) problem.title += cat(" ", symbol, "=", value);
        if (!sizes.empty()) problem.profiles = {profileOf(problem.graph, problem.inputs, 3)};
        expectGood(runAllTactics(problem, tested()));
    }
}

INSTANTIATE_TEST_SUITE_P(Files, Graphs, testing::ValuesIn(loadGraphs()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace conformance
}  // namespace opentrt
