// SPDX-License-Identifier: Apache-2.0
#include "ops/einsum.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "base/error.h"
#include "ops/support/check.h"
#include "ops/support/index.h"
#include "ops/support/numbers.h"

namespace opentrt::ops {
namespace {

//! Labels are characters; the dimensions behind an ellipsis are numbered from its right end, from here on.
constexpr int kEllipsis = 256;
using Labels = std::vector<int>;

struct Plan {
    std::vector<Labels> inputs;
    Labels output;
    std::string problem;  //!< empty when the equation is good
};

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
Labels labelsOf(const std::string& term, int hidden, std::string& problem) {
    Labels out;
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
Labels implicitOutput(const std::vector<Labels>& inputs, int hidden) {
    std::map<int, int> uses;
    for (const auto& labels : inputs) {
        for (int label : labels) ++uses[label];
    }
    Labels out;
    for (int k = hidden - 1; k >= 0; --k) out.push_back(kEllipsis + k);
    for (const auto& [label, count] : uses) {
        if (count == 1 && label < kEllipsis) out.push_back(label);
    }
    return out;
}

Plan parse(const std::string& equation, const std::vector<int64_t>& ranks) {
    Plan plan;
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

}  // namespace

void Einsum::infer(InferContext& c) const {
    requireType(c, 0, kRealsAndInts);
    std::vector<int64_t> ranks;
    for (int i = 0; i < c.inputCount(); ++i) {
        requireSameType(c, 0, i);
        ranks.push_back(c.rank(i));
    }
    const Plan plan = parse(equation, ranks);
    if (!plan.problem.empty()) c.fail(plan.problem);
    std::map<int, Dim> sizes;
    for (int i = 0; i < c.inputCount(); ++i) {
        const auto& labels = plan.inputs[static_cast<size_t>(i)];
        for (size_t axis = 0; axis < labels.size(); ++axis) {
            const Dim& dim = c.shape(i)[axis];
            const auto [entry, isNew] = sizes.emplace(labels[axis], dim);
            const auto common = broadcast(entry->second, dim);
            if (!common)
                c.fail(cat("dimension ", axis, " of input ", i, " is ", dim, " when its label stands for ",
                           entry->second, " in '", equation, "'"));
            entry->second = *common;
        }
    }
    Shape out;
    for (int label : plan.output) out.push_back(sizes.at(label));
    c.output(0, c.type(0), out);
}

void Einsum::eval(EvalContext& c) const {
    std::vector<int64_t> ranks;
    for (int i = 0; i < c.inputCount(); ++i) ranks.push_back(c.input(i).rank());
    const Plan plan = parse(equation, ranks);
    std::map<int, int64_t> sizes;
    for (int i = 0; i < c.inputCount(); ++i) {
        const auto& labels = plan.inputs[static_cast<size_t>(i)];
        for (size_t axis = 0; axis < labels.size(); ++axis) {
            const int64_t dim = c.input(i).dims()[axis];
            int64_t& size = sizes.emplace(labels[axis], dim).first->second;
            if (dim != size && dim != 1 && size != 1)
                c.fail(cat("a label of '", equation, "' stands for ", size, " and ", dim));
            size = size == 1 ? dim : size;
        }
    }
    // The output's labels first, then those that are summed.
    Labels order = plan.output;
    for (const auto& entry : sizes) {
        if (std::find(order.begin(), order.end(), entry.first) == order.end()) order.push_back(entry.first);
    }
    std::vector<int64_t> all;
    for (int label : order) all.push_back(sizes.at(label));
    const auto split = all.begin() + static_cast<std::ptrdiff_t>(plan.output.size());
    Tensor& out = c.output(0, {all.begin(), split});
    const int64_t summed = volumeOf({split, all.end()});
    if (out.count() == 0 || summed == 0) return;

    Odometer at(all);
    for (int i = 0; i < c.inputCount(); ++i) {
        const auto& labels = plan.inputs[static_cast<size_t>(i)];
        const auto own = stridesOf(c.input(i).dims());
        std::vector<int64_t> strides(order.size(), 0);
        for (size_t axis = 0; axis < labels.size(); ++axis) {
            const auto place = static_cast<size_t>(std::find(order.begin(), order.end(), labels[axis]) - order.begin());
            if (c.input(i).dims()[axis] != 1) strides[place] += own[axis];
        }
        at.track(std::move(strides));
    }
    withArithmetic(out.type(), [&](auto zero) {
        using T = decltype(zero);
        std::vector<std::vector<T>> data;
        for (int i = 0; i < c.inputCount(); ++i) data.push_back(load<T>(c.input(i)));
        std::vector<T> sums(static_cast<size_t>(out.count()), zero);
        for (T& sum : sums) {
            for (int64_t k = 0; k < summed; ++k, at.next()) {
                T product = 1;
                for (size_t i = 0; i < data.size(); ++i) product *= data[i][static_cast<size_t>(at.offset(i))];
                sum += product;
            }
        }
        store(out, sums);
    });
}

double Einsum::flops(const std::vector<const Fact*>& inputs, const std::vector<const Fact*>&) const {
    std::vector<int64_t> ranks;
    for (const Fact* fact : inputs) ranks.push_back(static_cast<int64_t>(fact->shape.size()));
    const Plan plan = parse(equation, ranks);
    std::map<int, double> sizes;
    for (size_t i = 0; i < plan.inputs.size(); ++i) {
        for (size_t axis = 0; axis < plan.inputs[i].size(); ++axis) {
            double& size = sizes[plan.inputs[i][axis]];
            size = std::max(size, roughSize(inputs[i]->shape[axis]));
        }
    }
    double count = static_cast<double>(inputs.size());
    for (const auto& entry : sizes) count *= entry.second;
    return count;
}

}  // namespace opentrt::ops
