// SPDX-License-Identifier: Apache-2.0
#include "ops/support/einsum_plan.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "base/error.h"

namespace opentrt::ops {
namespace {

std::string withoutSpaces(const std::string& text) {
    std::string out;
    std::copy_if(text.begin(), text.end(), std::back_inserter(out), [](char ch) { return ch != ' '; });
    return out;
}

std::vector<std::string> splitTerms(const std::string& text) {
    std::vector<std::string> out{""};
    for (char ch : text) {
        if (ch == ',')
            out.emplace_back();
        else
            out.back() += ch;
    }
    return out;
}

//! Labels of one term; `hidden` dimensions stand behind the ellipsis.
EinsumLabels labelsOf(const std::string& term, int hidden, std::string& problem) {
    EinsumLabels out;
    bool seen = false;
    for (size_t i = 0; i < term.size(); ++i) {
        if (term.compare(i, 3, "...") == 0) {
            if (seen) problem = cat("term '", term, "' has two ellipses");
            seen = true;
            for (int k = hidden - 1; k >= 0; --k) out.push_back(kEllipsis + k);
            i += 2;
        } else if (std::isalpha(static_cast<unsigned char>(term[i]))) {
            out.push_back(term[i]);
        } else {
            problem = cat("equation has the character '", term[i], "' in term '", term, "'");
        }
    }
    return out;
}

int letterCount(const std::string& term) {
    return static_cast<int>(std::count_if(term.begin(), term.end(), [](char ch) { return ch != '.'; }));
}

//! Without "->": the ellipsis, then the labels that occur once, in alphabetical order.
EinsumLabels implicitOutput(const std::vector<EinsumLabels>& inputs, int hidden) {
    std::map<int, int> uses;
    for (const auto& labels : inputs) {
        for (int label : labels) ++uses[label];
    }
    EinsumLabels out;
    for (int k = hidden - 1; k >= 0; --k) out.push_back(kEllipsis + k);
    for (const auto& [label, count] : uses) {
        if (count == 1 && label < kEllipsis) out.push_back(label);
    }
    return out;
}

}  // namespace

EinsumPlan parseEinsum(const std::string& equation, const std::vector<int64_t>& ranks) {
    EinsumPlan plan;
    const auto text = withoutSpaces(equation);
    const auto arrow = text.find("->");
    const auto terms = splitTerms(text.substr(0, arrow));
    if (terms.size() != ranks.size()) {
        plan.problem = cat("equation has ", terms.size(), " terms when there are ", ranks.size(), " inputs");
        return plan;
    }
    int hidden = 0;
    for (size_t i = 0; i < terms.size() && plan.problem.empty(); ++i) {
        const int rest = static_cast<int>(ranks[i]) - letterCount(terms[i]);
        const bool ellipsis = terms[i].find("...") != std::string::npos;
        plan.inputs.push_back(labelsOf(terms[i], std::max(rest, 0), plan.problem));
        if (plan.problem.empty() && (rest < 0 || (rest > 0 && !ellipsis)))
            plan.problem = cat("term '", terms[i], "' has ", letterCount(terms[i]), " labels when input ", i,
                               " has rank ", ranks[i]);
        if (ellipsis) hidden = std::max(hidden, rest);
    }
    if (!plan.problem.empty()) return plan;
    plan.output = arrow == std::string::npos ? implicitOutput(plan.inputs, hidden)
                                             : labelsOf(text.substr(arrow + 2), hidden, plan.problem);
    std::set<int> known, used;
    for (const auto& labels : plan.inputs) known.insert(labels.begin(), labels.end());
    for (int label : plan.output) {
        if (!known.count(label)) plan.problem = cat("output label '", static_cast<char>(label), "' is in no input");
        if (!used.insert(label).second)
            plan.problem = cat("output label '", static_cast<char>(label), "' occurs twice");
    }
    return plan;
}

}  // namespace opentrt::ops
