// SPDX-License-Identifier: Apache-2.0
// Runs the cases of tests/ops (see case_file.h). Every case that runs is repeated with all sizes unknown to inference,
// which holds the inferred sizes against the real ones.
#include <cmath>
#include <gtest/gtest.h>

#include "base/error.h"
#include "graph/evaluate.h"
#include "graph/text.h"
#include "graph/verify.h"
#include "ops/case_file.h"

namespace opentrt {

std::ostream& operator<<(std::ostream& out, const CaseFile& file) {
    return out << file.cases.size() << " cases";
}

namespace {

double defaultTolerance(DType type) {
    if (!isFloat(type)) return 0;
    return type == DType::F32 ? 2e-6 : type == DType::F16 ? 1e-3 : type == DType::BF16 ? 8e-3 : 0;
}

void compare(const Tensor& got, const Tensor& expected, double tolerance, size_t output) {
    ASSERT_EQ(name(got.type()), name(expected.type())) << "output " << output;
    ASSERT_EQ(got.dims(), expected.dims()) << "output " << output;
    if (tolerance < 0) tolerance = defaultTolerance(got.type());
    for (int64_t i = 0; i < got.count(); ++i) {
        if (!isFloat(got.type())) {
            ASSERT_EQ(got.getInt(i), expected.getInt(i)) << "output " << output << ", element " << i;
            continue;
        }
        const double a = got.get(i), b = expected.get(i);
        if (std::isnan(a) && std::isnan(b)) continue;
        const double room = std::isinf(b) ? 0 : tolerance * (1 + std::fabs(b));
        ASSERT_TRUE(a == b || std::fabs(a - b) <= room)
            << "output " << output << ", element " << i << ": " << a << " and " << b;
    }
}

void checkFacts(const Case& c, const Graph& graph) {
    ASSERT_LE(c.shapes.size(), graph.outputs().size());
    for (size_t i = 0; i < c.shapes.size(); ++i) {
        const Fact& fact = graph.fact(graph.outputs()[i]);
        EXPECT_EQ(cat(name(fact.type), withoutSpaces(str(fact.shape))), c.shapes[i]) << "output " << i;
    }
    for (const auto& [output, text] : c.elements) {
        const Fact& fact = graph.fact(graph.outputs()[output]);
        EXPECT_EQ(fact.elements ? withoutSpaces(str(*fact.elements)) : "unknown", text) << "output " << output;
    }
}

void checkResults(const Case& c, const Graph& graph) {
    const auto results = evaluate(graph, c.graphInputs());
    ASSERT_LE(c.outputs.size(), results.size());
    for (size_t i = 0; i < c.outputs.size(); ++i) compare(results[i], c.outputs[i], c.tolerance, i);
}

void check(const Case& c) {
    std::string message;
    try {
        const Graph graph = caseGraph(c, 0);
        if (c.graph.empty()) {
            const auto op = parseOp(c.op);
            EXPECT_EQ(str(*parseOp(str(*op))), str(*op));
        }
        verify(graph);
        checkFacts(c, graph);
        if (c.runs() && (!c.outputs.empty() || !c.error.empty())) checkResults(c, graph);
    } catch (const Error& error) {
        message = error.what();
    }
    // The layer's name stands in front.
    const size_t length = c.error.size();
    const bool ends = message.size() >= length && message.compare(message.size() - length, length, c.error) == 0;
    EXPECT_TRUE(ends && message.empty() == c.error.empty())
        << "error is '" << message << "', expected '" << c.error << "'";
}

void checkWithUnknownSizes(const Case& c) {
    if (!c.graph.empty() || !c.fixedReason.empty() || !c.error.empty() || !c.runs()) return;
    try {
        Graph graph;
        try {
            graph = caseGraph(c, c.inputs.size());
        } catch (const Error&) {
            graph = caseGraph(c, 1);
        }
        checkResults(c, graph);
    } catch (const Error& error) {
        FAIL() << "error is '" << error.what() << "'";
    }
}

//! The texts of an operator with each of its numbers in turn replaced by hostile ones.
std::vector<std::string> hostileTexts(const std::string& op) {
    std::vector<std::string> out;
    for (size_t begin = 0; begin < op.size(); ++begin) {
        const bool starts = std::isdigit(static_cast<unsigned char>(op[begin])) || op[begin] == '-';
        if (!starts || (op[begin - 1] != '=' && op[begin - 1] != ',' && op[begin - 1] != '[')) continue;
        size_t end = begin + 1;
        while (std::isdigit(static_cast<unsigned char>(op[end])) || op[end] == '.' || op[end] == 'e') ++end;
        for (const char* number :
             {"0", "-1", "2", "-3", "1000", "9223372036854775807", "-9223372036854775808", "1099511627776"})
            out.push_back(op.substr(0, begin) + number + op.substr(end));
    }
    return out;
}

//! Such operators are refused or run; they do not crash, and inference keeps its word.
void checkHostileNumbers(const Case& c) {
    if (!c.graph.empty() || !c.runs()) return;
    for (const auto& text : hostileTexts(c.op)) {
        SCOPED_TRACE(text);
        Case hostile = c;
        hostile.op = text;
        try {
            const Graph graph = caseGraph(hostile, 0);
            bool small = true;
            for (ValueId output : graph.outputs())
                small = small && volume(graph.fact(output).shape).bounds({}).max < 1 << 20;
            if (small) evaluate(graph, hostile.graphInputs());
        } catch (const Error& error) {
            EXPECT_NE(error.code(), ErrorCode::Internal) << error.what();
        }
    }
}

class OpCases : public testing::TestWithParam<CaseFile> {};

TEST_P(OpCases, Hold) {
    EXPECT_EQ(GetParam().problem, "");
    EXPECT_FALSE(GetParam().cases.empty());
    for (const Case& c : GetParam().cases) {
        {
            SCOPED_TRACE(c.title);
            check(c);
        }
        SCOPED_TRACE(c.title + ", with unknown sizes");
        checkWithUnknownSizes(c);
    }
}

TEST_P(OpCases, SurviveHostileNumbers) {
    for (const Case& c : GetParam().cases) checkHostileNumbers(c);
}

INSTANTIATE_TEST_SUITE_P(Files, OpCases, testing::ValuesIn(loadCaseFiles(OPENTRT_CASES)),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace opentrt
