// SPDX-License-Identifier: Apache-2.0
// Matching with backtracking: every step calls what is left to do, so a choice (order of operands, alternative) that
// leads nowhere later is taken back.
#include "passes/pattern.h"

#include <functional>

#include "base/error.h"

namespace opentrt::passes {

using Binary = ops::ElementWiseOperation;
using Form = Pattern::Form;

struct Pattern::Form {
    enum class Kind { Any, Number, Operator, Either };
    Kind kind;
    std::string_view name;                                   // of Any, Number, Operator; may be empty
    std::optional<double> number;                            // of Number; nothing: any
    bool (*isOperator)(const Op&, int operation) = nullptr;  // of Operator
    int operation = 0;
    bool commutes = false;
    std::vector<Pattern> parts;  // operands, or the two alternatives
};

namespace {

using Next = std::function<bool()>;

class Matcher {
public:
    explicit Matcher(const Graph& graph) : graph_(graph) {}

    bool match(const Form& form, ValueId value, const Next& next) {
        if (!value.valid()) return false;
        switch (form.kind) {
            case Form::Kind::Any:
                return bound(form.name, value, next);
            case Form::Kind::Number: {
                const auto number = numberIn(graph_, value);
                if (!number || (form.number && !isAbout(number, *form.number))) return false;
                return bound(form.name, value, next);
            }
            case Form::Kind::Either:
                return match(form.parts[0].form(), value, next) || match(form.parts[1].form(), value, next);
            case Form::Kind::Operator:
                return matchOperator(form, value, next);
        }
        return false;
    }
    const Bindings& bindings() const { return bindings_; }

private:
    bool bound(std::string_view name, ValueId value, const Next& next) {
        const size_t size = bindings_.size();
        if (!name.empty() && !bindings_.bind(name, value)) return false;
        if (next()) return true;
        bindings_.forget(size);
        return false;
    }

    bool matchOperator(const Form& form, ValueId value, const Next& next) {
        const NodeId producer = graph_[value].producer;
        if (!producer.valid() || !form.isOperator(*graph_[producer].op, form.operation)) return false;
        const std::vector<ValueId>& inputs = graph_[producer].inputs;
        const auto operands = [&] {
            if (form.parts.size() == 1) return match(form.parts[0].form(), inputs[0], next);
            const auto inOrder = [&](ValueId a, ValueId b) {
                return match(form.parts[0].form(), a, [&, b] { return match(form.parts[1].form(), b, next); });
            };
            return inOrder(inputs[0], inputs[1]) || (form.commutes && inOrder(inputs[1], inputs[0]));
        };
        return bound(form.name, value, operands);
    }

    const Graph& graph_;
    Bindings bindings_;
};

Pattern make(Form form) {
    return Pattern(std::make_shared<const Form>(std::move(form)));
}

Pattern binary(Binary operation, const Pattern& a, const Pattern& b) {
    const auto is = [](const Op& op, int wanted) {
        const auto* e = as<ops::ElementWise>(op);
        return e && static_cast<int>(e->operation) == wanted;
    };
    const bool commutes = operation == Binary::Sum || operation == Binary::Prod;
    return make({Form::Kind::Operator, {}, {}, is, static_cast<int>(operation), commutes, {a, b}});
}

Pattern unary(ops::UnaryOperation operation, const Pattern& a) {
    const auto is = [](const Op& op, int wanted) {
        const auto* u = as<ops::Unary>(op);
        return u && static_cast<int>(u->operation) == wanted;
    };
    return make({Form::Kind::Operator, {}, {}, is, static_cast<int>(operation), false, {a}});
}

}  // namespace

std::optional<ValueId> Bindings::find(std::string_view name) const {
    for (const auto& [n, value] : values_) {
        if (n == name) return value;
    }
    return std::nullopt;
}

ValueId Bindings::operator[](std::string_view name) const {
    const auto value = find(name);
    if (!value) internalError(cat("a rule asks for \"", name, "\", which its pattern does not bind"));
    return *value;
}

bool Bindings::bind(std::string_view name, ValueId value) {
    if (const auto known = find(name)) return *known == value;
    values_.emplace_back(name, value);
    return true;
}

Pattern::Pattern(double number)
    : form_(std::make_shared<const Form>(Form{Form::Kind::Number, {}, number, nullptr, 0, false, {}})) {}

Pattern any(std::string_view name) {
    return make({Form::Kind::Any, name, {}, nullptr, 0, false, {}});
}
Pattern anyNumber(std::string_view name) {
    return make({Form::Kind::Number, name, {}, nullptr, 0, false, {}});
}
Pattern operator|(const Pattern& a, const Pattern& b) {
    return make({Form::Kind::Either, {}, {}, nullptr, 0, false, {a, b}});
}
Pattern operator+(const Pattern& a, const Pattern& b) {
    return binary(Binary::Sum, a, b);
}
Pattern operator-(const Pattern& a, const Pattern& b) {
    return binary(Binary::Sub, a, b);
}
Pattern operator*(const Pattern& a, const Pattern& b) {
    return binary(Binary::Prod, a, b);
}
Pattern operator/(const Pattern& a, const Pattern& b) {
    return binary(Binary::Div, a, b);
}
Pattern pow(const Pattern& a, const Pattern& b) {
    return binary(Binary::Pow, a, b);
}
Pattern sqrt(const Pattern& a) {
    return unary(ops::UnaryOperation::Sqrt, a);
}
Pattern erf(const Pattern& a) {
    return unary(ops::UnaryOperation::Erf, a);
}
Pattern tanh(const Pattern& a) {
    const auto is = [](const Op& op, int) {
        const auto* activation = as<ops::Activation>(op);
        return activation && activation->function == ops::ActivationFunction::Tanh;
    };
    return make({Form::Kind::Operator, {}, {}, is, 0, false, {a}});
}
Pattern mean(std::string_view name, const Pattern& a) {
    const auto is = [](const Op& op, int) {
        const auto* reduce = as<ops::Reduce>(op);
        return reduce && reduce->operation == ops::ReduceOperation::Avg && reduce->keep;
    };
    return make({Form::Kind::Operator, name, {}, is, 0, false, {a}});
}

std::optional<Bindings> match(const Graph& graph, ValueId value, const Pattern& pattern) {
    Matcher matcher(graph);
    std::optional<Bindings> found;
    matcher.match(pattern.form(), value, [&] {
        found = matcher.bindings();
        return true;
    });
    return found;
}

}  // namespace opentrt::passes
