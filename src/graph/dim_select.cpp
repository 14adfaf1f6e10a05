// SPDX-License-Identifier: Apache-2.0
// Minimum, maximum, comparisons and selection. What bounds already decide becomes plain; the rest gets one form, so
// that equal questions compare equal: nested min and max are flattened, both sides of a comparison are reduced.
#include <algorithm>
#include <numeric>

#include "graph/dim_poly.h"

namespace opentrt {
namespace {

//! a <= b for all sizes.
bool neverGreater(const Dim& a, const Dim& b) {
    if (boundsOf(a).max <= boundsOf(b).min) return true;
    return isTame(a) && isTame(b) && boundsOf(a - b).max <= 0;
}

void flattenInto(std::vector<Dim>& args, DimFn fn, const Dim& dim) {
    const Atom* atom = DimAccess::atom(dim);
    if (atom && atom->fn == fn) {
        args.insert(args.end(), atom->args.begin(), atom->args.end());
    } else {
        args.push_back(dim);
    }
}

Dim extremum(DimFn fn, const Dim& a, const Dim& b) {
    const auto beats = [fn](const Dim& x, const Dim& y) {
        return fn == DimFn::Min ? neverGreater(x, y) : neverGreater(y, x);
    };
    std::vector<Dim> all, kept;
    flattenInto(all, fn, a);
    flattenInto(all, fn, b);
    for (size_t i = 0; i < all.size(); ++i) {
        bool beaten = false;
        for (size_t j = 0; j < all.size() && !beaten; ++j)
            beaten = i != j && beats(all[j], all[i]) && !(j > i && beats(all[i], all[j]));
        if (!beaten) kept.push_back(all[i]);
    }
    if (kept.size() == 1) return kept[0];
    std::sort(kept.begin(), kept.end(), [](const Dim& x, const Dim& y) { return y < x; });  // numbers come last
    return DimAccess::ofAtom(fn, std::move(kept));
}

//! The sides of a comparison of `difference` with zero: what is added, and what is subtracted.
std::pair<Dim, Dim> sides(const Dim& difference) {
    std::vector<Term> plus, minus;
    for (const auto& term : DimAccess::terms(difference)) {
        if (term.coefficient > 0) {
            plus.push_back(term);
        } else {
            minus.push_back({term.monomial, -term.coefficient});
        }
    }
    const int64_t constant = DimAccess::constantPart(difference);
    return {DimAccess::make(std::move(plus), std::max<int64_t>(constant, 0)),
            DimAccess::make(std::move(minus), std::max<int64_t>(-constant, 0))};
}

int64_t contentOfTerms(const Dim& dim) {
    int64_t result = 0;
    for (const auto& term : DimAccess::terms(dim)) result = std::gcd(result, term.coefficient);
    return result;
}

Dim withTermsDivided(const Dim& dim, int64_t by, int64_t constant) {
    auto terms = DimAccess::terms(dim);
    for (auto& term : terms) term.coefficient /= by;
    return DimAccess::make(std::move(terms), constant);
}

}  // namespace

Dim Dim::min(const Dim& a, const Dim& b) {
    if (a.isConstant() && b.isConstant()) return Dim(std::min(a.constant_, b.constant_));
    return extremum(DimFn::Min, a, b);
}

Dim Dim::max(const Dim& a, const Dim& b) {
    if (a.isConstant() && b.isConstant()) return Dim(std::max(a.constant_, b.constant_));
    return extremum(DimFn::Max, a, b);
}

Dim Dim::equal(const Dim& a, const Dim& b) {
    if (a == b) return Dim(1);
    if (a.isConstant() && b.isConstant()) return Dim(0);
    const Interval x = boundsOf(a), y = boundsOf(b);
    if (x.max < y.min || y.max < x.min) return Dim(0);
    if (!isTame(a) || !isTame(b)) return DimAccess::ofAtom(DimFn::Equal, {std::min(a, b), std::max(a, b)});
    Dim difference = a - b;
    if (difference.isConstant()) return Dim(difference.constant_ == 0);
    const Interval range = boundsOf(difference);
    if (range.min > 0 || range.max < 0) return Dim(0);
    const int64_t common = contentOfTerms(difference);
    const int64_t constant = DimAccess::constantPart(difference);
    if (constant % common != 0) return Dim(0);
    const int64_t sign = DimAccess::terms(difference)[0].coefficient < 0 ? -1 : 1;
    auto [plus, minus] = sides(withTermsDivided(difference, sign * common, constant / (sign * common)));
    return DimAccess::ofAtom(DimFn::Equal, {plus, minus});
}

Dim Dim::less(const Dim& a, const Dim& b) {
    if (a.isConstant() && b.isConstant()) return Dim(a.constant_ < b.constant_);
    const Interval x = boundsOf(a), y = boundsOf(b);
    if (x.max < y.min) return Dim(1);
    if (x.min >= y.max) return Dim(0);
    if (!isTame(a) || !isTame(b)) return DimAccess::ofAtom(DimFn::Less, {a, b});
    const Dim difference = b - a;  // is it positive?
    if (difference.isConstant()) return Dim(difference.constant_ > 0);
    const Interval range = boundsOf(difference);
    if (range.min > 0) return Dim(1);
    if (range.max <= 0) return Dim(0);
    // g*x + c > 0 exactly when x > floor(-c/g).
    const int64_t common = contentOfTerms(difference);
    const int64_t limit = floorDivide(-DimAccess::constantPart(difference), common);
    auto [plus, minus] = sides(withTermsDivided(difference, common, -limit));
    return DimAccess::ofAtom(DimFn::Less, {minus, plus});
}

Dim Dim::select(const Dim& condition, const Dim& then, const Dim& otherwise) {
    if (condition.isConstant()) return condition.constant_ != 0 ? then : otherwise;
    if (then == otherwise) return then;
    const Interval range = boundsOf(condition);
    if (range.min > 0 || range.max < 0) return then;
    const bool isBoolean = range.min >= 0 && range.max <= 1;
    if (isBoolean && then == Dim(1) && otherwise == Dim(0)) return condition;
    if (isBoolean && then == Dim(0) && otherwise == Dim(1)) return Dim(1) - condition;
    return DimAccess::ofAtom(DimFn::Select, {condition, then, otherwise});
}

}  // namespace opentrt
