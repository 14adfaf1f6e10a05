// SPDX-License-Identifier: Apache-2.0
// What becomes of a Dim when something is known of its symbols: its value, its bounds, or another Dim.
#include <algorithm>

#include "base/error.h"
#include "graph/dim_poly.h"

namespace opentrt {
namespace {

constexpr int64_t kInfinite = INT64_MAX;
constexpr int64_t kLargestSize = (int64_t{1} << 31) - 1;

int64_t evalAtom(const Atom& atom, const SymbolValues& values) {
    const auto arg = [&](size_t i) { return atom.args[i].eval(values); };
    switch (atom.fn) {
        case DimFn::Symbol: {
            const auto found = values.find(atom.name);
            if (found == values.end())
                throw Error(ErrorCode::InvalidState, "", cat("dimension ", atom.name, " has no value yet"));
            return found->second;
        }
        case DimFn::FloorDiv: {
            const int64_t divisor = arg(1);
            if (divisor == 0)
                throw Error(ErrorCode::InvalidArgument, "",
                            cat("division by zero in floordiv(", atom.args[0].str(), ",", atom.args[1].str(), ")"));
            return floorDivide(arg(0), divisor);
        }
        case DimFn::Min:
        case DimFn::Max: {
            int64_t result = arg(0);
            for (size_t i = 1; i < atom.args.size(); ++i)
                result = atom.fn == DimFn::Min ? std::min(result, arg(i)) : std::max(result, arg(i));
            return result;
        }
        case DimFn::Select:
            return arg(0) != 0 ? arg(1) : arg(2);
        case DimFn::Equal:
            return arg(0) == arg(1);
        case DimFn::Less:
            return arg(0) < arg(1);
    }
    internalError("unknown function in a dimension");
}

// Interval arithmetic. An infinite end swallows whatever is added to it.
int64_t clamp(__int128 value) {
    if (value > kInfinite) return kInfinite;
    return value < -kInfinite ? -kInfinite : static_cast<int64_t>(value);
}

Interval add(Interval a, Interval b) {
    const bool below = a.min <= -kInfinite || b.min <= -kInfinite;
    const bool above = a.max >= kInfinite || b.max >= kInfinite;
    return {below ? -kInfinite : clamp(__int128{a.min} + b.min), above ? kInfinite : clamp(__int128{a.max} + b.max)};
}

Interval multiply(Interval a, Interval b) {
    const int64_t ends[] = {clamp(__int128{a.min} * b.min), clamp(__int128{a.min} * b.max),
                            clamp(__int128{a.max} * b.min), clamp(__int128{a.max} * b.max)};
    return {*std::min_element(ends, ends + 4), *std::max_element(ends, ends + 4)};
}

int64_t divideEnd(int64_t a, int64_t b) {
    if (a >= kInfinite || a <= -kInfinite) return (a > 0) == (b > 0) ? kInfinite : -kInfinite;
    return floorDivide(a, b);
}

Interval divide(Interval a, Interval b) {
    // Zero is no divisor, so the ends next to it are 1 and -1.
    std::vector<int64_t> divisors;
    if (b.min < 0) divisors.insert(divisors.end(), {b.min, std::min<int64_t>(b.max, -1)});
    if (b.max > 0) divisors.insert(divisors.end(), {std::max<int64_t>(b.min, 1), b.max});
    if (divisors.empty()) return {-kInfinite, kInfinite};
    Interval result{kInfinite, -kInfinite};
    for (int64_t divisor : divisors)
        for (int64_t end : {a.min, a.max}) {
            const int64_t quotient = divideEnd(end, divisor);
            result.min = std::min(result.min, quotient);
            result.max = std::max(result.max, quotient);
        }
    return result;
}

// Tightening costs several passes over an expression, so it is done near the top only: `level` counts from there.
constexpr int kTightLevels = 2;
Interval boundsAt(const Dim& dim, const SymbolRanges& ranges, int level);

Interval boundsOfAtom(const Atom& atom, const SymbolRanges& ranges, int level) {
    const auto arg = [&](size_t i) { return boundsAt(atom.args[i], ranges, level + 1); };
    switch (atom.fn) {
        case DimFn::Symbol: {
            const auto found = ranges.find(atom.name);
            if (found != ranges.end()) return found->second;
            if (atom.name.find('#') != std::string::npos) return {-kInfinite, kInfinite};
            return {0, kLargestSize};
        }
        case DimFn::FloorDiv:
            return divide(arg(0), arg(1));
        case DimFn::Min:
        case DimFn::Max: {
            Interval result = arg(0);
            for (size_t i = 1; i < atom.args.size(); ++i) {
                const Interval next = arg(i);
                const bool min = atom.fn == DimFn::Min;
                result.min = min ? std::min(result.min, next.min) : std::max(result.min, next.min);
                result.max = min ? std::min(result.max, next.max) : std::max(result.max, next.max);
            }
            return result;
        }
        case DimFn::Select: {
            const Interval condition = arg(0);
            if (condition.min > 0 || condition.max < 0) return arg(1);
            if (condition.min == 0 && condition.max == 0) return arg(2);
            const Interval a = arg(1), b = arg(2);
            return {std::min(a.min, b.min), std::max(a.max, b.max)};
        }
        case DimFn::Equal: {
            const Interval a = arg(0), b = arg(1);
            const bool apart = a.max < b.min || b.max < a.min;
            const bool same = a.min == a.max && b.min == b.max && a.min == b.min;
            return {same, !apart};
        }
        case DimFn::Less: {
            const Interval a = arg(0), b = arg(1);
            return {a.max < b.min, a.min < b.max};
        }
    }
    internalError("unknown function in a dimension");
}

Interval sumOfTerms(const Dim& dim, const SymbolRanges& ranges, int level) {
    Interval sum{DimAccess::constantPart(dim), DimAccess::constantPart(dim)};
    for (const auto& term : DimAccess::terms(dim)) {
        Interval product{term.coefficient, term.coefficient};
        for (const auto& factor : term.monomial) {
            const Interval one = boundsOfAtom(*factor.atom, ranges, level);
            for (int i = 0; i < factor.power; ++i) product = multiply(product, one);
        }
        sum = add(sum, product);
    }
    return sum;
}

//! The first term c * floordiv(n, b) with a number b > 0, null if there is none.
const Term* plainDivision(const Dim& dim) {
    for (const auto& term : DimAccess::terms(dim)) {
        const auto& factor = term.monomial[0];
        if (term.monomial.size() > 1 || factor.power > 1 || factor.atom->fn != DimFn::FloorDiv) continue;
        const Dim& by = factor.atom->args[1];
        if (by.isConstant() && by.constant() > 0) return &term;
    }
    return nullptr;
}

//! Terms that depend on each other, as in H - floordiv(H,2), give sums that are too wide. With m = n mod b,
//!   p = rest + c*floordiv(n,b)   means   b*p = b*rest + c*n - c*m,   m in [0, b-1],
//! where rest and n may cancel. Each division is removed once, and the tightest bounds win.
Interval tighten(Interval best, const Dim& dim, const SymbolRanges& ranges, int level) {
    constexpr int64_t largestDivisor = 1 << 20;
    Dim scaled = dim;
    Interval slack{0, 0};
    int64_t scale = 1;
    for (int step = 0; step < 4 && DimAccess::terms(scaled).size() > 1; ++step) {
        const Term* division = plainDivision(scaled);
        if (!division || !isTame(scaled)) break;
        const Atom& atom = *division->monomial[0].atom;
        const int64_t by = atom.args[1].constant();
        if (by > largestDivisor || !isTame(atom.args[0]) || scale > largestDivisor) break;
        const int64_t times = division->coefficient;
        const Dim term = DimAccess::make({*division}, 0);
        const Dim numerator = atom.args[0];
        slack = add(multiply(slack, {by, by}), multiply({-times, -times}, {0, by - 1}));
        scaled = (scaled - term) * Dim(by) + numerator * Dim(times);
        scale *= by;
        const Interval total = add(sumOfTerms(scaled, ranges, level), slack);
        best.min = std::max(best.min, -divideEnd(-total.min, scale));
        best.max = std::min(best.max, divideEnd(total.max, scale));
    }
    return best;
}

Interval boundsAt(const Dim& dim, const SymbolRanges& ranges, int level) {
    if (dim.isConstant()) {
        const int64_t value = std::max(DimAccess::constantPart(dim), -kInfinite);
        return {value, value};
    }
    const Interval sum = sumOfTerms(dim, ranges, level);
    return level < kTightLevels ? tighten(sum, dim, ranges, level) : sum;
}

}  // namespace

int64_t Dim::eval(const SymbolValues& values) const {
    int64_t sum = DimAccess::constantPart(*this);
    for (const auto& term : DimAccess::terms(*this)) {
        int64_t product = term.coefficient;
        for (const auto& factor : term.monomial) {
            const int64_t value = evalAtom(*factor.atom, values);
            for (int i = 0; i < factor.power; ++i) product = wrapMul(product, value);
        }
        sum = wrapAdd(sum, product);
    }
    return sum;
}

Interval Dim::bounds(const SymbolRanges& ranges) const {
    return boundsAt(*this, ranges, 0);
}

Interval boundsOf(const Dim& dim) {
    static const SymbolRanges none;
    return dim.bounds(none);
}

Dim Dim::substitute(const std::map<std::string, Dim, std::less<>>& by) const {
    if (isConstant()) return *this;
    const auto ofAtom = [&](const Atom& atom) {
        if (atom.fn == DimFn::Symbol) {
            const auto found = by.find(atom.name);
            return found == by.end() ? symbol(atom.name) : found->second;
        }
        std::vector<Dim> args;
        for (const auto& arg : atom.args) args.push_back(arg.substitute(by));
        Dim result = args[0];
        switch (atom.fn) {
            case DimFn::FloorDiv:
                return floorDiv(args[0], args[1]);
            case DimFn::Select:
                return select(args[0], args[1], args[2]);
            case DimFn::Equal:
                return equal(args[0], args[1]);
            case DimFn::Less:
                return less(args[0], args[1]);
            default:
                break;
        }
        for (size_t i = 1; i < args.size(); ++i)
            result = atom.fn == DimFn::Min ? min(result, args[i]) : max(result, args[i]);
        return result;
    };
    Dim sum = DimAccess::constantPart(*this);
    for (const auto& term : poly_->terms) {
        Dim product = term.coefficient;
        for (const auto& factor : term.monomial) {
            const Dim value = ofAtom(*factor.atom);
            for (int i = 0; i < factor.power; ++i) product = product * value;
        }
        sum = sum + product;
    }
    return sum;
}

void Dim::collectSymbols(std::set<std::string>& into) const {
    for (const auto& term : DimAccess::terms(*this))
        for (const auto& factor : term.monomial) {
            if (factor.atom->fn == DimFn::Symbol) into.insert(factor.atom->name);
            for (const auto& arg : factor.atom->args) arg.collectSymbols(into);
        }
}

}  // namespace opentrt
