// SPDX-License-Identifier: Apache-2.0
// Reads tests/ops/*.case (written by hand) and tests/ops/golden/*.case (made by tests/ops/generate.py from ONNX Runtime
// and numpy), for the tests of the operators and of the backends. A case is one operator, or a graph, with its inputs
// and what must come out:
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
// instead of op.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "graph/graph.h"

namespace opentrt {

struct CaseInput {
    DType type = DType::F32;
    Shape shape;
    Tensor value;  //!< empty: inference only
    enum { Given, Constant, Contents, None } kind = Given;
};

struct Case {
    std::string title, op, graph, error, fixedReason;
    std::vector<CaseInput> inputs;
    std::vector<Tensor> outputs;
    std::vector<std::string> shapes;
    std::vector<std::pair<size_t, std::string>> elements;  //!< output, text
    double tolerance = -1;                                 //!< -1: by type

    bool runs() const;                        //!< every input has a value
    std::vector<Tensor> graphInputs() const;  //!< values of those that are not constants
};

struct CaseFile {
    std::string name;  //!< for the test, from the path
    std::vector<Case> cases;
    std::string problem;  //!< why it could not be read
};

//! All files of the folder and of its subfolder golden, sorted.
std::vector<CaseFile> loadCaseFiles(const std::string& folder);
//! The graph of a case; the sizes of the first `unknown` inputs are forgotten.
Graph caseGraph(const Case& c, size_t unknown);

std::string withoutSpaces(std::string_view text);

}  // namespace opentrt
