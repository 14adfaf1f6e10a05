// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>
#include <string_view>

#include "model/onnx/errors.h"
#include "model/onnx/fold_rules.h"
#include "model/onnx/tensor_reader.h"

namespace opentrt::model {
namespace {

using nvinfer1::DataType;

//! Integer arithmetic wraps, as on every machine that runs ONNX models; unsigned avoids undefined behaviour.
int64_t wrapped(std::string_view op, int64_t a, int64_t b) {
    const auto x = static_cast<uint64_t>(a);
    const auto y = static_cast<uint64_t>(b);
    if (op == "Add") return static_cast<int64_t>(x + y);
    if (op == "Sub") return static_cast<int64_t>(x - y);
    return static_cast<int64_t>(x * y);
}

std::optional<int64_t> quotient(std::string_view op, int64_t a, int64_t b, bool fmod) {
    if (b == 0 || (b == -1 && a == std::numeric_limits<int64_t>::min())) return {};
    if (op == "Div") return a / b;
    const int64_t rest = a % b;
    return (!fmod && rest != 0 && (rest < 0) != (b < 0)) ? rest + b : rest;
}

std::optional<int64_t> power(int64_t base, int64_t exponent) {
    if (exponent < 0 || exponent > 64) return {};
    int64_t result = 1;
    for (int64_t i = 0; i < exponent; ++i) result = wrapped("Mul", result, base);
    return result;
}

bool isComparison(std::string_view op) {
    return op == "Equal" || op == "Greater" || op == "GreaterOrEqual" || op == "Less" || op == "LessOrEqual";
}

template <class T>
bool compare(std::string_view op, T a, T b) {
    if (op == "Equal") return a == b;
    if (op == "Greater") return a > b;
    if (op == "GreaterOrEqual") return a >= b;
    return op == "Less" ? a < b : a <= b;
}

std::optional<int64_t> integerBinary(std::string_view op, int64_t a, int64_t b, bool fmod) {
    if (op == "Add" || op == "Sub" || op == "Mul") return wrapped(op, a, b);
    if (op == "Div" || op == "Mod") return quotient(op, a, b, fmod);
    if (op == "Max") return std::max(a, b);
    if (op == "Min") return std::min(a, b);
    if (op == "And") return a && b;
    if (op == "Or") return a || b;
    return op == "Pow" ? power(a, b) : std::nullopt;
}

std::optional<double> realBinary(std::string_view op, double a, double b) {
    if (op == "Add") return a + b;
    if (op == "Sub") return a - b;
    if (op == "Mul") return a * b;
    if (op == "Div") return a / b;
    if (op == "Pow") return std::pow(a, b);
    if (std::isnan(a) || std::isnan(b)) return std::nan("");
    if (op == "Max") return std::max(a, b);
    if (op == "Min") return std::min(a, b);
    return {};
}

Element binary(const Node& node, DataType type, const Element& a, const Element& b) {
    const std::string_view op = node.op();
    const bool real = isFloating(type);
    // A zero or a false decides the result even when the other side depends on a dynamic dimension.
    const auto decides = [&](const Element& e) {
        return e.known && e.integer == 0 && (op == "And" || (op == "Mul" && !real));
    };
    if (decides(a) || decides(b)) return integerElement(type, 0);
    if (!a.known || !b.known) return {};
    if (isComparison(op)) {
        return integerElement(DataType::kBOOL, real ? compare(op, a.real, b.real) : compare(op, a.integer, b.integer));
    }
    if (real) {
        const auto value = realBinary(op, a.real, b.real);
        return value ? realElement(type, *value) : Element{};
    }
    const auto value = integerBinary(op, a.integer, b.integer, node.flag("fmod"));
    return value ? integerElement(type, *value) : Element{};
}

Folded binaryPair(const Node& node, const Elements& a, const Elements& b) {
    const auto dims = broadcastDims(a.dims, b.dims);
    if (!dims || a.type != b.type) return {};
    Elements out;
    out.type = isComparison(node.op()) ? DataType::kBOOL : a.type;
    out.dims = *dims;
    out.values.resize(*smallVolume(*dims));
    for (size_t i = 0; i < out.size(); ++i) {
        out.values[i] = binary(node, a.type, a.values[broadcastOffset(a.dims, out.dims, i)],
                               b.values[broadcastOffset(b.dims, out.dims, i)]);
    }
    return out;
}

std::optional<double> realUnary(std::string_view op, double x) {
    if (op == "Abs") return std::fabs(x);
    if (op == "Ceil") return std::ceil(x);
    if (op == "Floor") return std::floor(x);
    if (op == "Neg") return -x;
    if (op == "Round") return std::nearbyint(x);
    if (op == "Sqrt") return std::sqrt(x);
    return {};
}

std::optional<int64_t> integerUnary(std::string_view op, int64_t x) {
    if (op == "Abs") return x < 0 ? wrapped("Sub", 0, x) : x;
    if (op == "Neg") return wrapped("Sub", 0, x);
    if (op == "Not") return x == 0;
    return {};
}

Element castElement(DataType from, DataType to, const Element& e) {
    if (!e.known) return {};
    if (!isFloating(from)) {
        return isFloating(to) ? realElement(to, static_cast<double>(e.integer)) : integerElement(to, e.integer);
    }
    if (isFloating(to)) return realElement(to, e.real);
    if (to == DataType::kBOOL) return integerElement(to, e.real != 0);
    if (!(std::fabs(e.real) < 9e18)) return {};
    return integerElement(to, static_cast<int64_t>(e.real));
}

}  // namespace

Folded foldBinary(const Node& node, FoldInputs inputs) {
    const Elements* first = contentsAt(inputs, 0);
    if (!first) return {};
    if (inputs.size() == 1) return *first;  // Max and Min take any number
    Folded result = *first;
    for (size_t i = 1; i < inputs.size() && result; ++i) {
        const Elements* next = contentsAt(inputs, i);
        if (!next) return {};
        result = binaryPair(node, *result, *next);
    }
    return result;
}

Folded foldUnary(const Node& node, FoldInputs inputs) {
    const Elements* x = contentsAt(inputs, 0);
    if (!x) return {};
    Elements out = *x;
    for (Element& e : out.values) {
        if (!e.known) continue;
        if (x->floating()) {
            const auto value = realUnary(node.op(), e.real);
            e = value ? realElement(x->type, *value) : Element{};
        } else {
            const auto value = integerUnary(node.op(), e.integer);
            e = value ? integerElement(x->type, *value) : Element{};
        }
    }
    return out;
}

Folded foldSelect(const Node&, FoldInputs inputs) {
    const Elements* condition = contentsAt(inputs, 0);
    const Elements* yes = contentsAt(inputs, 1);
    const Elements* no = contentsAt(inputs, 2);
    if (!condition || !yes || !no || yes->type != no->type) return {};
    auto dims = broadcastDims(yes->dims, no->dims);
    if (dims) dims = broadcastDims(*dims, condition->dims);
    if (!dims) return {};
    Elements out{yes->type, *dims, std::vector<Element>(*smallVolume(*dims))};
    for (size_t i = 0; i < out.size(); ++i) {
        const Element& c = condition->values[broadcastOffset(condition->dims, out.dims, i)];
        const Elements& from = c.integer ? *yes : *no;
        if (c.known) out.values[i] = from.values[broadcastOffset(from.dims, out.dims, i)];
    }
    return out;
}

Folded foldCast(const Node& node, FoldInputs inputs) {
    const Elements* x = contentsAt(inputs, 0);
    if (!x) return {};
    const auto to = static_cast<int32_t>(node.integer("to"));
    if (holdsMore(to)) return {};
    Elements out = *x;
    out.type = networkType(to);
    if (out.type == DataType::kFP4 || out.type == DataType::kE8M0 || out.type == DataType::kINT4) return {};
    for (Element& e : out.values) e = castElement(x->type, out.type, e);
    return out;
}

Folded foldReduce(const Node& node, FoldInputs inputs) {
    const Elements* x = contentsAt(inputs, 0);
    if (!x || x->rank() != 1 || x->size() == 0) return {};
    const auto axes = integersAt(node, "axes", inputs, 1, {});
    if (!axes || (axes->empty() && node.flag("noop_with_empty_axes"))) return {};
    if (!axes->empty() && !axisOf(axes->front(), 1)) return {};
    const std::string_view op = node.op();
    const std::string_view step = op == "ReduceMax"    ? "Max"
                                  : op == "ReduceMin"  ? "Min"
                                  : op == "ReduceProd" ? "Mul"
                                                       : "Add";
    Element sum = x->values[0];
    for (size_t i = 1; i < x->size() && sum.known; ++i) {
        const Element& e = x->values[i];
        if (!e.known) {
            sum = {};
        } else if (x->floating()) {
            sum = realElement(x->type, *realBinary(step, sum.real, e.real));
        } else {
            sum = integerElement(x->type, *integerBinary(step, sum.integer, e.integer, false));
        }
    }
    Elements out{x->type, {}, {sum}};
    if (node.flag("keepdims", true)) out.dims.push_back(1);
    return out;
}

Folded foldRange(const Node&, FoldInputs inputs) {
    for (size_t i = 0; i < 3; ++i) {
        const Elements* e = contentsAt(inputs, i);
        if (!e || e->size() != 1 || !e->complete()) return {};
    }
    const Elements& start = *inputs[0].elements;
    const Element from = start.values[0];
    const Element to = inputs[1].elements->values[0];
    const Element step = inputs[2].elements->values[0];
    const bool real = start.floating();
    if (real ? step.real == 0 : step.integer == 0) return {};
    const double exact = real ? (to.real - from.real) / step.real
                              : (static_cast<double>(to.integer) - static_cast<double>(from.integer)) /
                                    static_cast<double>(step.integer);
    if (!(exact <= static_cast<double>(kMostElements))) return {};
    const auto count = static_cast<int64_t>(std::max(0.0, std::ceil(exact)));
    Elements out{start.type, {count}, {}};
    for (int64_t i = 0; i < count; ++i) {
        out.values.push_back(
            real ? realElement(start.type, from.real + static_cast<double>(i) * step.real)
                 : integerElement(start.type, wrapped("Add", from.integer, wrapped("Mul", i, step.integer))));
    }
    return out;
}

}  // namespace opentrt::model
