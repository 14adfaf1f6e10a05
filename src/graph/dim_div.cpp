// SPDX-License-Identifier: Apache-2.0
// floorDiv and what is written with it. The rules, for integers and any sign unless said otherwise:
//   (q*b + r) / b = q + r/b        taking multiples of the divisor out
//   (g*x) / (g*y) = x/y            cancelling
//   (g*x + c) / (g*y) = (x + c/g) / y   for numbers g > 0, y > 0
//   (x/a + c) / b = (x + a*c) / (a*b)   for numbers a, b > 0: strides one after the other
// A divisor that is zero only for some sizes may be cancelled; where it is, the run fails anyway.
#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "graph/dim_poly.h"

namespace opentrt {
namespace {

constexpr int64_t kMin = INT64_MIN;
constexpr int64_t kNestedLimit = int64_t{1} << 31;

//! a / b, null when b does not divide a.
std::optional<Monomial> divide(const Monomial& a, const Monomial& b) {
    Monomial quotient;
    size_t j = 0;
    for (const auto& factor : a) {
        const bool both = j < b.size() && compare(*factor.atom, *b[j].atom) == 0;
        const int power = factor.power - (both ? b[j].power : 0);
        if (power < 0) return std::nullopt;
        if (power > 0) quotient.push_back({factor.atom, power});
        j += both;
    }
    if (j != b.size()) return std::nullopt;
    return quotient;
}

Dim ofTerm(Monomial monomial, int64_t coefficient) {
    if (monomial.empty()) return Dim(coefficient);
    return DimAccess::make({{std::move(monomial), coefficient}}, 0);
}

//! Long division of polynomials; null unless it ends without remainder. The leading coefficient of `b` is positive.
std::optional<Dim> exactQuotient(Dim a, const Dim& b) {
    if (!isTame(a) || !isTame(b)) return std::nullopt;
    const Term& lead = DimAccess::terms(b).front();
    Dim quotient;
    for (int steps = 0; steps < 100; ++steps) {
        if (a == Dim(0)) return quotient;
        if (a.isConstant()) return std::nullopt;
        const Term& first = DimAccess::terms(a).front();
        auto monomial = divide(first.monomial, lead.monomial);
        if (!monomial || first.coefficient % lead.coefficient != 0) return std::nullopt;
        const Dim part = ofTerm(std::move(*monomial), first.coefficient / lead.coefficient);
        quotient = quotient + part;
        a = a - part * b;
    }
    return std::nullopt;
}

//! Greatest common divisor of all numbers in a polynomial; the constant counts if `withConstant`.
int64_t content(const Dim& dim, int64_t start, bool withConstant) {
    int64_t result = start;
    for (const auto& term : DimAccess::terms(dim)) result = std::gcd(result, term.coefficient);
    return withConstant ? std::gcd(result, DimAccess::constantPart(dim)) : result;
}

//! Keeps of `common` only what divides every term of `dim`, too.
void reduceToCommon(Monomial& common, const Dim& dim) {
    if (DimAccess::constantPart(dim) != 0) common.clear();
    for (const auto& term : DimAccess::terms(dim)) {
        Monomial both;
        for (const auto& factor : common)
            for (const auto& other : term.monomial)
                if (compare(*factor.atom, *other.atom) == 0)
                    both.push_back({factor.atom, std::min(factor.power, other.power)});
        common = std::move(both);
    }
}

Dim divideAll(const Dim& dim, const Monomial& monomial, int64_t number) {
    Dim result = Dim(DimAccess::constantPart(dim) / number);
    for (const auto& term : DimAccess::terms(dim))
        result = result + ofTerm(*divide(term.monomial, monomial), term.coefficient / number);
    return result;
}

struct Split {
    Dim quotient, rest;
};

//! a = quotient * (coefficient * monomial) + rest, term by term; quotients are cut towards zero so that rests keep the
//! sign of their term, which keeps bounds tight.
Split splitMultiples(const Dim& a, const Monomial& monomial, int64_t coefficient) {
    Split split;
    for (const auto& term : DimAccess::terms(a)) {
        const auto left = divide(term.monomial, monomial);
        const int64_t times = left ? term.coefficient / coefficient : 0;
        if (times != 0) split.quotient = split.quotient + ofTerm(*left, times);
        split.rest = split.rest + ofTerm(term.monomial, term.coefficient - times * coefficient);
    }
    return split;
}

//! The one term x/n with a number n in `a`, when it is the only function there and its coefficient is 1.
const Atom* onlyNestedDivision(const Dim& a) {
    const Atom* found = nullptr;
    for (const auto& term : DimAccess::terms(a))
        for (const auto& factor : term.monomial) {
            if (factor.atom->fn == DimFn::Symbol) continue;
            const bool fits = factor.atom->fn == DimFn::FloorDiv && factor.power == 1 && term.monomial.size() == 1 &&
                              term.coefficient == 1 && factor.atom->args[1].isConstant();
            if (!fits || found) return nullptr;
            found = factor.atom.get();
        }
    return found;
}

Dim divideByNumber(const Dim& a, int64_t b) {
    auto [quotient, rest] = splitMultiples(a, {}, b);
    const int64_t constant = DimAccess::constantPart(a);
    const int64_t times = floorDivide(constant, b);
    quotient = quotient + Dim(times);
    int64_t left = constant - times * b;
    const int64_t common = content(rest, b, false);
    if (common > 1) {
        rest = divideAll(rest, {}, common);
        left /= common;
        b /= common;
    }
    rest = rest + Dim(left);
    if (b == 1) return quotient + rest;

    const Interval range = boundsOf(rest);
    if (floorDivide(range.min, b) == floorDivide(range.max, b)) return quotient + Dim(floorDivide(range.min, b));
    const Atom* inner = onlyNestedDivision(rest);
    const int64_t innerBy = inner ? inner->args[1].constant() : 0;
    if (inner && innerBy > 0 && innerBy < kNestedLimit && b < kNestedLimit && isTame(inner->args[0]) && isTame(rest)) {
        const Dim others = rest - DimAccess::ofAtom(DimFn::FloorDiv, inner->args);
        return quotient + Dim::floorDiv(inner->args[0] + others * inner->args[1], Dim(innerBy * b));
    }
    return quotient + DimAccess::ofAtom(DimFn::FloorDiv, {rest, Dim(b)});
}

Dim divideByPolynomial(const Dim& a, const Dim& b) {
    const auto& divisor = DimAccess::terms(b);
    if (divisor.front().coefficient < 0) return Dim::floorDiv(a * Dim(-1), b * Dim(-1));
    if (auto exact = exactQuotient(a, b)) return *exact;

    Monomial common = divisor.front().monomial;
    reduceToCommon(common, b);
    reduceToCommon(common, a);
    const int64_t number = content(a, content(b, 0, true), true);
    if (!common.empty() || number > 1) return Dim::floorDiv(divideAll(a, common, number), divideAll(b, common, number));

    if (divisor.size() == 1 && DimAccess::constantPart(b) == 0) {
        const auto [quotient, rest] = splitMultiples(a, divisor[0].monomial, divisor[0].coefficient);
        if (!(quotient == Dim(0))) return quotient + Dim::floorDiv(rest + Dim(DimAccess::constantPart(a)), b);
    }
    return DimAccess::ofAtom(DimFn::FloorDiv, {a, b});
}

bool holdsMinimum(const Dim& dim) {
    for (const auto& term : DimAccess::terms(dim))
        if (term.coefficient == kMin) return true;
    return DimAccess::constantPart(dim) == kMin;
}

}  // namespace

Dim Dim::floorDiv(const Dim& a, const Dim& b) {
    if (b.isConstant() && b.constant_ == 1) return a;
    if (a.isConstant() && b.isConstant() && b.constant_ != 0) return Dim(floorDivide(a.constant_, b.constant_));
    // Division by zero is left to eval, which may never reach it; -2^63 has no negative, so nothing may be rearranged.
    if ((b.isConstant() && b.constant_ == 0) || holdsMinimum(a) || holdsMinimum(b))
        return DimAccess::ofAtom(DimFn::FloorDiv, {a, b});
    if (a.isConstant() && a.constant_ == 0) return a;
    if (!b.isConstant()) return divideByPolynomial(a, b);
    return b.constant_ < 0 ? floorDiv(a * Dim(-1), b * Dim(-1)) : divideByNumber(a, b.constant_);
}

Dim Dim::ceilDiv(const Dim& a, const Dim& b) {
    if (b.isConstant() && b.constant_ > 0 && isTame(a) && isTame(b)) return floorDiv(a + b - Dim(1), b);
    return Dim(0) - floorDiv(Dim(0) - a, b);
}

Dim Dim::mod(const Dim& a, const Dim& b) {
    const Dim quotient = floorDiv(a, b);
    return b == Dim(0) ? quotient : a - b * quotient;
}

}  // namespace opentrt
