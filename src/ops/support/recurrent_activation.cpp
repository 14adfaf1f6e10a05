// SPDX-License-Identifier: Apache-2.0
#include "ops/support/recurrent_activation.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "base/error.h"

namespace opentrt::ops {
namespace {

struct NamedActivation {
    const char* name;  //!< lower case
    double (*function)(double, double, double);
    int parameters;  //!< 0, 1 (alpha), or 2 (alpha and beta)
    double alpha, beta;
};

constexpr NamedActivation kActivations[] = {
    {"relu", [](double x, double, double) { return x < 0 ? 0 : x; }, 0, 0, 0},
    {"tanh", [](double x, double, double) { return std::tanh(x); }, 0, 0, 0},
    {"sigmoid", [](double x, double, double) { return 1 / (1 + std::exp(-x)); }, 0, 0, 0},
    {"affine", [](double x, double a, double b) { return a * x + b; }, 2, 1, 0},
    {"leakyrelu", [](double x, double a, double) { return x < 0 ? a * x : x; }, 1, 0.01, 0},
    {"thresholdedrelu", [](double x, double a, double) { return x < a ? 0 : x; }, 1, 1, 0},
    {"scaledtanh", [](double x, double a, double b) { return a * std::tanh(b * x); }, 2, 1, 1},
    {"hardsigmoid", [](double x, double a, double b) { return std::clamp(a * x + b, 0.0, 1.0); }, 2, 0.2, 0.5},
    {"elu", [](double x, double a, double) { return x < 0 ? a * std::expm1(x) : x; }, 1, 1, 0},
    {"softsign", [](double x, double, double) { return x / (1 + std::fabs(x)); }, 0, 0, 0},
    {"softplus", [](double x, double, double) { return std::max(x, 0.0) + std::log1p(std::exp(-std::fabs(x))); }, 0, 0,
     0},
};

const NamedActivation* find(std::string name) {
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char ch) { return std::tolower(ch); });
    for (const auto& activation : kActivations) {
        if (name == activation.name) return &activation;
    }
    return nullptr;
}

std::vector<std::string> defaults(RecurrentCell cell) {
    if (cell == RecurrentCell::Rnn) return {"tanh"};
    return cell == RecurrentCell::Gru ? std::vector<std::string>{"sigmoid", "tanh"}
                                      : std::vector<std::string>{"sigmoid", "tanh", "tanh"};
}

}  // namespace

std::optional<std::vector<CellActivation>> cellActivations(const Recurrent& op, std::string& problem) {
    auto names = op.activations;
    const auto perDirection = defaults(op.cell);
    const auto count = perDirection.size() * static_cast<size_t>(op.directions());
    while (op.activations.empty() && names.size() < count)
        names.insert(names.end(), perDirection.begin(), perDirection.end());
    if (names.size() != count) {
        problem = cat("number of activations is ", names.size(), " when it should be ", count);
        return std::nullopt;
    }
    std::vector<CellActivation> out;
    size_t nextAlpha = 0, nextBeta = 0;
    for (const auto& name : names) {
        const auto* activation = find(name);
        if (!activation) {
            problem = cat("activation '", name, "' is unknown");
            return std::nullopt;
        }
        out.push_back({activation->name, activation->function, activation->alpha, activation->beta});
        if (activation->parameters > 0 && nextAlpha < op.alphas.size()) out.back().alpha = op.alphas[nextAlpha++];
        if (activation->parameters > 1 && nextBeta < op.betas.size()) out.back().beta = op.betas[nextBeta++];
    }
    return out;
}

}  // namespace opentrt::ops
