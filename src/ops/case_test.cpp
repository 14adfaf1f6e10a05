// SPDX-License-Identifier: Apache-2.0
// Runs tests/ops/*.case (written by hand) and tests/ops/golden/*.case (made by tests/ops/generate.py from ONNX Runtime
// and numpy). A case is one operator, or a graph, with its inputs and what must come out:
//
//   case "pads with zeros" {
//     op Padding{pre=[1],post=[0]}
//     in f32[N] as [2] = [1,2]       # `as` and a value make the case run; without them only inference is tested
//     type f32[N+1]                  # the inferred type of the next output
//     out f32[3] = [0,1,2]           # the value of the next output
//   }
//
// Further statements: const (a constant input), none (an input left out), `in i64[2] shape` (contents are symbols),
// elements [N+1] or elements unknown (tracked contents of the output whose type stands before), tolerance 1e-3, error
// "text" (the message, from inference or the run), static "reason" (do not repeat with unknown sizes), graph {...}
// instead of op. Every case that runs is repeated with all sizes unknown to inference, which holds the inferred sizes
// against the real ones.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

#include "base/error.h"
#include "base/scanner.h"
#include "graph/evaluate.h"
#include "graph/graph.h"
#include "graph/text.h"
#include "graph/text_tensor.h"
#include "graph/verify.h"

namespace opentrt {
namespace {

struct Input {
    DType type = DType::F32;
    Shape shape;
    Tensor value;  //!< empty: inference only
    enum { Given, Constant, Contents, None } kind = Given;
};

struct Case {
    std::string title, op, graph, error, fixedReason;
    std::vector<Input> inputs;
    std::vector<Tensor> outputs;
    std::vector<std::string> shapes;
    std::vector<std::pair<size_t, std::string>> elements;  //!< output, text
    double tolerance = -1;                                 //!< -1: by type
};

struct CaseFile {
    std::string name;  //!< for the test, from the path
    std::vector<Case> cases;
    std::string problem;  //!< why it could not be read
};

std::ostream& operator<<(std::ostream& out, const CaseFile& file) {
    return out << file.cases.size() << " cases";
}

std::string withoutSpaces(std::string_view text) {
    std::string out;
    std::copy_if(text.begin(), text.end(), std::back_inserter(out), [](char ch) { return ch != ' '; });
    return out;
}

DType readType(Scanner& in) {
    const auto text = in.expectName("an element type");
    const auto type = dtypeFromName(text);
    if (!type) in.fail(cat("unknown element type ", text));
    return *type;
}

Shape readShape(Scanner& in) {
    Scanner list(in.expectBracketed('[', ']'));
    list.expect("[");
    Shape out;
    while (!list.accept("]")) {
        out.push_back(Dim::parse(list.until(",]")));
        list.accept(",");
    }
    return out;
}

Tensor readTensor(Scanner& in, DType type, const Shape& shape) {
    int64_t budget = 1 << 26;
    return parseTensor(in, type, staticDims(shape), budget);
}

Input readInput(Scanner& in, bool constant) {
    Input input;
    input.type = readType(in);
    input.shape = readShape(in);
    input.kind = constant ? Input::Constant : Input::Given;
    Shape actual = input.shape;
    if (in.accept("shape")) input.kind = Input::Contents;
    if (in.accept("as")) actual = readShape(in);
    if (in.accept("=")) input.value = readTensor(in, input.type, actual);
    return input;
}

Case readCase(Scanner& in) {
    Case c;
    in.expect("case");
    c.title = in.expectQuoted();
    in.expect("{");
    while (!in.accept("}")) {
        const auto word = in.expectName("a statement");
        if (word == "op") {
            c.op = in.expectName("an operator");
            if (in.peek() == '{') c.op += in.expectBracketed('{', '}');
        } else if (word == "graph") {
            c.graph = cat("graph g ", in.expectBracketed('{', '}'));
        } else if (word == "in" || word == "const") {
            c.inputs.push_back(readInput(in, word == "const"));
        } else if (word == "none") {
            c.inputs.emplace_back().kind = Input::None;
        } else if (word == "out") {
            const DType type = readType(in);
            const Shape shape = readShape(in);
            in.expect("=");
            c.outputs.push_back(readTensor(in, type, shape));
        } else if (word == "type") {
            const auto type = std::string(in.expectName("an element type"));
            c.shapes.push_back(type + withoutSpaces(in.expectBracketed('[', ']')));
        } else if (word == "elements") {
            const auto text = in.accept("unknown") ? "unknown" : withoutSpaces(in.expectBracketed('[', ']'));
            c.elements.emplace_back(c.shapes.empty() ? 0 : c.shapes.size() - 1, text);
        } else if (word == "tolerance") {
            c.tolerance = in.expectNumber();
        } else if (word == "error") {
            c.error = in.expectQuoted();
        } else if (word == "static") {
            c.fixedReason = in.expectQuoted();
        } else {
            in.fail(cat("unknown statement ", word));
        }
    }
    return c;
}

CaseFile loadFile(const std::filesystem::path& path) {
    const bool golden = path.parent_path().filename() == "golden";
    CaseFile file{path.stem().string() + (golden ? "_golden" : ""), {}, {}};
    std::ifstream stream(path);
    std::stringstream text;
    text << stream.rdbuf();
    const std::string contents = text.str();
    Scanner in(contents);
    try {
        while (!in.atEnd()) file.cases.push_back(readCase(in));
    } catch (const std::exception& error) {
        file.problem = cat(path.string(), ": ", error.what());
    }
    return file;
}

std::vector<CaseFile> loadFiles() {
    std::vector<std::filesystem::path> paths;
    for (const char* folder : {"", "/golden"}) {
        for (const auto& entry : std::filesystem::directory_iterator(std::string(OPENTRT_CASES) + folder)) {
            if (entry.path().extension() == ".case") paths.push_back(entry.path());
        }
    }
    std::sort(paths.begin(), paths.end());
    std::vector<CaseFile> files;
    for (const auto& path : paths) files.push_back(loadFile(path));
    return files;
}

//! The graph of a case; the sizes of the first `unknown` inputs are forgotten.
Graph makeGraph(const Case& c, size_t unknown) {
    if (!c.graph.empty()) return parseGraph(c.graph);
    Graph graph("g");
    std::vector<ValueId> ids;
    for (size_t i = 0; i < c.inputs.size(); ++i) {
        const Input& input = c.inputs[i];
        Shape shape = input.shape;
        if (i < unknown) {
            for (size_t axis = 0; axis < shape.size(); ++axis) shape[axis] = Dim::symbol(cat("s", i, "_", axis));
        }
        const auto name = cat("in", i);
        switch (input.kind) {
            case Input::None:
                ids.emplace_back();
                break;
            case Input::Constant:
                ids.push_back(graph.addConstant(name, input.value));
                break;
            case Input::Contents:
                ids.push_back(graph.addShapeInput(name, input.type, input.shape));
                break;
            case Input::Given:
                ids.push_back(graph.addInput(name, input.type, shape));
                break;
        }
    }
    auto op = parseOp(c.op);
    const int count = static_cast<int>(std::max(c.outputs.size(), c.shapes.size()));
    const int outputs = op->info().outputs >= 0 ? -1 : count;
    const NodeId node = graph.addNode(std::move(op), ids, "layer", {}, outputs);
    for (ValueId value : graph[node].outputs) graph.markOutput(value);
    return graph;
}

bool runs(const Case& c) {
    for (const Input& input : c.inputs) {
        if (input.kind != Input::None && input.value.empty()) return false;
    }
    return true;
}

std::vector<Tensor> runGraph(const Graph& graph, const Case& c) {
    std::vector<Tensor> values;
    for (const Input& input : c.inputs) {
        if (input.kind == Input::Given || input.kind == Input::Contents) values.push_back(input.value);
    }
    return evaluate(graph, values);
}

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
    const auto results = runGraph(graph, c);
    ASSERT_LE(c.outputs.size(), results.size());
    for (size_t i = 0; i < c.outputs.size(); ++i) compare(results[i], c.outputs[i], c.tolerance, i);
}

void check(const Case& c) {
    std::string message;
    try {
        const Graph graph = makeGraph(c, 0);
        if (c.graph.empty()) {
            const auto op = parseOp(c.op);
            EXPECT_EQ(str(*parseOp(str(*op))), str(*op));
        }
        verify(graph);
        checkFacts(c, graph);
        if (runs(c) && (!c.outputs.empty() || !c.error.empty())) checkResults(c, graph);
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
    if (!c.graph.empty() || !c.fixedReason.empty() || !c.error.empty() || !runs(c)) return;
    try {
        Graph graph;
        try {
            graph = makeGraph(c, c.inputs.size());
        } catch (const Error&) {
            graph = makeGraph(c, 1);
        }
        checkResults(c, graph);
    } catch (const Error& error) {
        FAIL() << "error is '" << error.what() << "'";
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

INSTANTIATE_TEST_SUITE_P(Files, OpCases, testing::ValuesIn(loadFiles()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace opentrt
