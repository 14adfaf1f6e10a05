// SPDX-License-Identifier: Apache-2.0
// Patterns of operators, written as the equation that they match:
//   const Pattern x = any("x");
//   const Pattern bracket = erf(x / std::sqrt(2.0)) + 1;
// Sums and products match in either order, a name that occurs twice stands for one value, numbers are compared with the
// tolerance of isAbout() because exporters round. `a | b` matches either. Whether anything else reads the values inside
// is not asked. Used by the rules for what exporters write in pieces; tested through them.
#pragma once
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/graph.h"
#include "passes/match.h"

namespace opentrt::passes {

//! Values that a match gave to the names of a pattern.
class Bindings {
public:
    //! The name must occur in the alternative that matched.
    ValueId operator[](std::string_view name) const;
    std::optional<ValueId> find(std::string_view name) const;
    bool bind(std::string_view name, ValueId value);
    void forget(size_t size) { values_.resize(size); }
    size_t size() const { return values_.size(); }

private:
    std::vector<std::pair<std::string_view, ValueId>> values_;
};

class Pattern {
public:
    struct Form;
    //! A constant that holds this number alone.
    Pattern(double number);  // NOLINT(google-explicit-constructor): equations hold plain numbers
    explicit Pattern(std::shared_ptr<const Form> form) : form_(std::move(form)) {}
    const Form& form() const { return *form_; }

private:
    std::shared_ptr<const Form> form_;
};

Pattern any(std::string_view name);
//! A constant that holds one number, whichever it is.
Pattern anyNumber(std::string_view name);
Pattern operator|(const Pattern& a, const Pattern& b);
Pattern operator+(const Pattern& a, const Pattern& b);
Pattern operator-(const Pattern& a, const Pattern& b);
Pattern operator*(const Pattern& a, const Pattern& b);
Pattern operator/(const Pattern& a, const Pattern& b);
Pattern pow(const Pattern& a, const Pattern& b);
Pattern sqrt(const Pattern& a);
Pattern erf(const Pattern& a);
Pattern tanh(const Pattern& a);
//! An average that keeps its axes; the name stands for it.
Pattern mean(std::string_view name, const Pattern& a);

std::optional<Bindings> match(const Graph& graph, ValueId value, const Pattern& pattern);

}  // namespace opentrt::passes
