// SPDX-License-Identifier: Apache-2.0
#include "operator_plans.h"

#include "base/error.h"
#include "builder/compile.h"
#include "conformance/runner.h"
#include "ops/case_file.h"
#include "plan/serialize.h"

namespace opentrt::fuzz {
namespace {

std::string planOf(const Case& c, size_t tactic) {
    Graph graph = caseGraph(c, 0);
    CompileRequest request;
    request.optimizationLevel = 0;
    request.profiles = {conformance::profileOf(graph, c.graphInputs(), 0)};
    request.select = [tactic](const Graph&, NodeId, std::vector<Tactic>& tactics, std::vector<double>& times) {
        tactics = {tactics.at(tactic % tactics.size())};
        times = {0};
    };
    const std::vector<uint8_t> bytes = serialize(compile(std::move(graph), std::move(request)));
    return {bytes.begin(), bytes.end()};
}

}  // namespace

std::vector<std::string> operatorPlans() {
    std::vector<std::string> plans;
    for (const CaseFile& file : loadCaseFiles(OPENTRT_CASES)) {
        for (Case c : file.cases) {
            if (!c.runs() || !c.error.empty()) continue;
            // Constant inputs go into the step: packed weights, sizes, axes.
            for (const bool constants : {false, true}) {
                if (constants && c.inputs.size() < 2) break;
                for (size_t i = 1; constants && i < c.inputs.size(); ++i) {
                    if (c.inputs[i].kind != CaseInput::None) c.inputs[i].kind = CaseInput::Constant;
                }
                try {
                    plans.push_back(planOf(c, plans.size()));
                } catch (const Error&) {  // an operator that is never planned, or a graph without outputs
                }
            }
        }
    }
    return plans;
}

}  // namespace opentrt::fuzz
