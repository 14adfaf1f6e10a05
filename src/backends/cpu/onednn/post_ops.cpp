// SPDX-License-Identifier: Apache-2.0
// Translates the pointwise operators behind an anchor into oneDNN post-operations. Each operator must read the running
// value once; x*sigmoid(x) and x*hard_sigmoid(x), where it is read twice, are recognised as one.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "backends/cpu/onednn/common.h"
#include "backends/fit.h"
#include "base/error.h"
#include "ops/activation.h"
#include "ops/element_wise.h"
#include "ops/unary.h"

namespace opentrt::cpu::onednn {

namespace {

using dnnl::algorithm;
using ops::ActivationFunction;
using ops::ElementWiseOperation;

std::string eltwise(algorithm alg, double alpha, double beta) {
    char text[80];
    std::snprintf(text, sizeof text, "eltwise:%d:%.9g:%.9g", static_cast<int>(alg), alpha, beta);
    return text;
}

std::optional<std::string> activationPostOp(const ops::Activation& op) {
    switch (op.function) {
        case ActivationFunction::Relu:
            return eltwise(algorithm::eltwise_relu, 0, 0);
        case ActivationFunction::Sigmoid:
            return eltwise(algorithm::eltwise_logistic, 0, 0);
        case ActivationFunction::Tanh:
            return eltwise(algorithm::eltwise_tanh, 0, 0);
        case ActivationFunction::LeakyRelu:
            return eltwise(algorithm::eltwise_relu, op.alpha, 0);
        case ActivationFunction::Elu:
            return eltwise(algorithm::eltwise_elu, op.alpha, 0);
        case ActivationFunction::Clip:
            return eltwise(algorithm::eltwise_clip, op.alpha, op.beta);
        case ActivationFunction::HardSigmoid:
            return eltwise(algorithm::eltwise_hardsigmoid, op.alpha, op.beta);
        case ActivationFunction::GeluErf:
            return eltwise(algorithm::eltwise_gelu_erf, 0, 0);
        case ActivationFunction::GeluTanh:
            return eltwise(algorithm::eltwise_gelu_tanh, 0, 0);
        default:
            return std::nullopt;
    }
}

std::optional<std::string> unaryPostOp(const ops::Unary& op) {
    switch (op.operation) {
        case ops::UnaryOperation::Exp:
            return eltwise(algorithm::eltwise_exp, 0, 0);
        case ops::UnaryOperation::Sqrt:
            return eltwise(algorithm::eltwise_sqrt, 0, 0);
        case ops::UnaryOperation::Abs:
            return eltwise(algorithm::eltwise_abs, 0, 0);
        case ops::UnaryOperation::Neg:
            return eltwise(algorithm::eltwise_linear, -1, 0);
        default:
            return std::nullopt;
    }
}

std::optional<algorithm> binaryAlgorithm(ElementWiseOperation op, bool chainIsFirst) {
    switch (op) {
        case ElementWiseOperation::Sum:
            return algorithm::binary_add;
        case ElementWiseOperation::Prod:
            return algorithm::binary_mul;
        case ElementWiseOperation::Max:
            return algorithm::binary_max;
        case ElementWiseOperation::Min:
            return algorithm::binary_min;
        case ElementWiseOperation::Sub:
            return chainIsFirst ? std::optional(algorithm::binary_sub) : std::nullopt;
        case ElementWiseOperation::Div:
            return chainIsFirst ? std::optional(algorithm::binary_div) : std::nullopt;
        default:
            return std::nullopt;
    }
}

//! One float constant broadcast over everything, as a number.
std::optional<double> scalarConstant(const Fact& fact) {
    if (!fact.constant || fact.constant->count() != 1) return std::nullopt;
    return fact.constant->get(0);
}

class Translator {
public:
    Translator(const RegionView& region, bool allowSum, int* sumOperand)
        : region_(region), allowSum_(allowSum), sumOperand_(sumOperand) {}

    std::optional<PostOps> run() {
        if (region_.pointwise.empty()) return result_;
        if (region_.node->outputs.size() != 1) return std::nullopt;
        chain_ = region_.anchor->outputs[0];
        for (size_t i = 0; i < region_.pointwise.size(); ++i) {
            const Node& node = *region_.pointwise[i];
            const Node* next = i + 1 < region_.pointwise.size() ? region_.pointwise[i + 1] : nullptr;
            if (next && swish(node, *next)) {
                ++i;
                chain_ = next->outputs[0];
                continue;
            }
            if (!step(node)) return std::nullopt;
            chain_ = node.outputs[0];
        }
        return result_;
    }

private:
    bool swish(const Node& node, const Node& next) {
        const auto* gate = as<ops::Activation>(*node.op);
        const auto* product = as<ops::ElementWise>(*next.op);
        if (!gate || !product || product->operation != ElementWiseOperation::Prod || node.inputs[0] != chain_) {
            return false;
        }
        const ValueId gated = node.outputs[0];
        const bool both = (next.inputs[0] == chain_ && next.inputs[1] == gated) ||
                          (next.inputs[1] == chain_ && next.inputs[0] == gated);
        if (!both) return false;
        if (gate->function == ActivationFunction::Sigmoid) {
            result_.ops.push_back(eltwise(algorithm::eltwise_swish, 1, 0));
            return true;
        }
        if (gate->function == ActivationFunction::HardSigmoid) {
            result_.ops.push_back(eltwise(algorithm::eltwise_hardswish, gate->alpha, gate->beta));
            return true;
        }
        return false;
    }

    bool step(const Node& node) {
        if (const auto* activation = as<ops::Activation>(*node.op)) {
            return node.inputs[0] == chain_ && append(activationPostOp(*activation));
        }
        if (const auto* unary = as<ops::Unary>(*node.op)) {
            return node.inputs[0] == chain_ && append(unaryPostOp(*unary));
        }
        const auto* binary = as<ops::ElementWise>(*node.op);
        return binary && elementWise(node, *binary);
    }

    bool append(std::optional<std::string> op) {
        if (!op) return false;
        result_.ops.push_back(std::move(*op));
        return true;
    }

    bool elementWise(const Node& node, const ops::ElementWise& op) {
        const bool first = node.inputs[0] == chain_;
        const ValueId other = node.inputs[first ? 1 : 0];
        if (other == chain_ || (!first && node.inputs[1] != chain_)) return false;
        const int operand = operandOf(other);
        if (operand < 0) return false;
        const Fact& fact = region_.input(operand);
        if (!typeOf(fact.type)) return false;
        if (const auto value = scalarConstant(fact)) return append(linear(op.operation, first, *value));
        const auto alg = binaryAlgorithm(op.operation, first);
        if (!alg) return false;
        const bool whole = fact.shape == region_.output(0).shape && fact.type == region_.output(0).type;
        if (allowSum_ && sumOperand_ && *sumOperand_ < 0 && whole && op.operation == ElementWiseOperation::Sum &&
            !fact.constant && !readByAnchor(operand)) {
            result_.ops.push_back("sum");
            *sumOperand_ = operand;
        } else {
            result_.ops.push_back(cat("binary:", static_cast<int>(*alg)));
        }
        result_.operands.push_back(operand);
        return true;
    }

    static std::optional<std::string> linear(ElementWiseOperation op, bool chainIsFirst, double value) {
        switch (op) {
            case ElementWiseOperation::Sum:
                return eltwise(algorithm::eltwise_linear, 1, value);
            case ElementWiseOperation::Prod:
                return eltwise(algorithm::eltwise_linear, value, 0);
            case ElementWiseOperation::Sub:
                return chainIsFirst ? eltwise(algorithm::eltwise_linear, 1, -value)
                                    : eltwise(algorithm::eltwise_linear, -1, value);
            case ElementWiseOperation::Div:
                if (!chainIsFirst || value == 0) return std::nullopt;
                return eltwise(algorithm::eltwise_linear, 1 / value, 0);
            case ElementWiseOperation::Pow:
                if (!chainIsFirst) return std::nullopt;
                return eltwise(algorithm::eltwise_pow, 1, value);
            default:
                return std::nullopt;
        }
    }

    //! In-place addition must not overwrite what the anchor still reads.
    bool readByAnchor(int operand) const {
        const auto& inputs = region_.anchorInputs;
        return std::find(inputs.begin(), inputs.end(), operand) != inputs.end();
    }

    //! Node input behind a value of the body; -1 when it is computed inside the region.
    int operandOf(ValueId value) const {
        const auto& inputs = region_.node->bodies[0]->inputs();
        for (size_t i = 0; i < inputs.size(); ++i) {
            if (inputs[i] == value) return static_cast<int>(i);
        }
        return -1;
    }

    const RegionView& region_;
    bool allowSum_;
    int* sumOperand_;
    ValueId chain_;
    PostOps result_;
};

}  // namespace

std::optional<PostOps> postOpsOf(const RegionView& region, bool allowSum, int* sumOperand) {
    return Translator(region, allowSum, sumOperand).run();
}

dnnl::primitive_attr attributeOf(const std::vector<std::string>& ops, std::span<const Port> operands) {
    dnnl::post_ops post;
    size_t next = 0;
    for (const std::string& op : ops) {
        if (op == "sum") {
            post.append_sum(1.0f);
            ++next;
        } else if (op.starts_with("binary:")) {
            const auto alg = static_cast<algorithm>(std::atoi(op.c_str() + 7));
            fit(next < operands.size(), "a post-operation lacks its operand");
            post.append_binary(alg, descOf(operands[next++]));
        } else {
            int alg = 0;
            float alpha = 0, beta = 0;
            fit(std::sscanf(op.c_str(), "eltwise:%d:%f:%f", &alg, &alpha, &beta) == 3, "a post-operation");
            post.append_eltwise(static_cast<algorithm>(alg), alpha, beta);
        }
    }
    dnnl::primitive_attr attr;
    attr.set_post_ops(post);
    attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    return attr;
}

}  // namespace opentrt::cpu::onednn
