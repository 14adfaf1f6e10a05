// SPDX-License-Identifier: Apache-2.0
// Construction, order and ring arithmetic of Dim. The other operations are in dim_div.cpp (floorDiv), dim_select.cpp
// (min, max, comparisons), dim_eval.cpp (values, bounds, substitution) and dim_text.cpp.
#include "graph/dim.h"

#include <algorithm>

#include "base/error.h"
#include "base/scanner.h"
#include "graph/dim_limits.h"
#include "graph/dim_poly.h"

namespace opentrt {
namespace {

constexpr int kMaxSize = 10000;
constexpr size_t kMaxTerms = 1000;
constexpr int kMaxDegree = 64;

[[noreturn]] void tooLarge() {
    throw DimTooLarge();
}

template <class T>
int order(const T& a, const T& b) {
    return a < b ? -1 : b < a ? 1 : 0;
}

Monomial multiply(const Monomial& a, const Monomial& b) {
    Monomial product;
    product.reserve(a.size() + b.size());
    size_t i = 0, j = 0;
    while (i < a.size() || j < b.size()) {
        const int c = i == a.size() ? 1 : j == b.size() ? -1 : compare(*a[i].atom, *b[j].atom);
        if (c < 0) {
            product.push_back(a[i++]);
        } else if (c > 0) {
            product.push_back(b[j++]);
        } else {
            const int power = a[i].atom->isBoolean() ? 1 : a[i].power + b[j].power;
            product.push_back({a[i].atom, power});
            ++i;
            ++j;
        }
    }
    if (degree(product) > kMaxDegree) tooLarge();
    return product;
}

}  // namespace

int degree(const Monomial& monomial) {
    int sum = 0;
    for (const auto& factor : monomial) sum += factor.power;
    return sum;
}

int compare(const Atom& a, const Atom& b) {
    if (&a == &b) return 0;
    if (a.fn != b.fn) return order(a.fn, b.fn);
    if (a.fn == DimFn::Symbol) return order(a.name, b.name);
    if (a.args.size() != b.args.size()) return order(a.args.size(), b.args.size());
    for (size_t i = 0; i < a.args.size(); ++i)
        if (const int c = compare(a.args[i], b.args[i])) return c;
    return 0;
}

int compare(const Monomial& a, const Monomial& b) {
    if (const int c = order(degree(a), degree(b))) return c;
    for (size_t i = 0; i < a.size() && i < b.size(); ++i) {
        if (const int c = compare(*a[i].atom, *b[i].atom)) return -c;
        if (const int c = order(a[i].power, b[i].power)) return c;
    }
    return order(a.size(), b.size());
}

int compare(const Dim& a, const Dim& b) {
    const auto* p = DimAccess::poly(a);
    const auto* q = DimAccess::poly(b);
    if (p == q) return order(DimAccess::constantPart(a), DimAccess::constantPart(b));
    if (!p || !q) return p ? 1 : -1;
    if (const int c = order(p->terms.size(), q->terms.size())) return c;
    for (size_t i = 0; i < p->terms.size(); ++i) {
        if (const int c = compare(p->terms[i].monomial, q->terms[i].monomial)) return c;
        if (const int c = order(p->terms[i].coefficient, q->terms[i].coefficient)) return c;
    }
    return order(p->constant, q->constant);
}

const std::vector<Term>& DimAccess::terms(const Dim& dim) {
    static const std::vector<Term> none;
    return dim.poly_ ? dim.poly_->terms : none;
}

Dim DimAccess::make(std::vector<Term> terms, int64_t constant) {
    std::stable_sort(terms.begin(), terms.end(),
                     [](const Term& a, const Term& b) { return compare(a.monomial, b.monomial) > 0; });
    size_t kept = 0;
    for (size_t i = 0; i < terms.size(); ++i) {
        if (kept > 0 && compare(terms[kept - 1].monomial, terms[i].monomial) == 0) {
            terms[kept - 1].coefficient = wrapAdd(terms[kept - 1].coefficient, terms[i].coefficient);
            continue;
        }
        if (kept > 0 && terms[kept - 1].coefficient == 0) --kept;
        if (kept != i) terms[kept] = std::move(terms[i]);
        ++kept;
    }
    if (kept > 0 && terms[kept - 1].coefficient == 0) --kept;
    terms.resize(kept);
    if (terms.empty()) return Dim(constant);
    auto poly = std::make_shared<Dim::Poly>();
    for (const auto& term : terms)
        for (const auto& factor : term.monomial) poly->size += factor.atom->size;
    if (poly->size > kMaxSize || terms.size() > kMaxTerms) tooLarge();
    poly->terms = std::move(terms);
    poly->constant = constant;
    return Dim(std::shared_ptr<const Dim::Poly>(std::move(poly)));
}

Dim DimAccess::ofAtom(DimFn fn, std::vector<Dim> args) {
    auto atom = std::make_shared<Atom>();
    atom->fn = fn;
    for (const auto& arg : args) atom->size += arg.poly_ ? arg.poly_->size : 0;
    atom->args = std::move(args);
    return make({{{{std::move(atom), 1}}, 1}}, 0);
}

const Atom* DimAccess::atom(const Dim& dim) {
    const auto* p = dim.poly_.get();
    const bool one = p && p->constant == 0 && p->terms.size() == 1 && p->terms[0].coefficient == 1 &&
                     p->terms[0].monomial.size() == 1 && p->terms[0].monomial[0].power == 1;
    return one ? p->terms[0].monomial[0].atom.get() : nullptr;
}

bool isTame(const Dim& dim) {
    constexpr int64_t limit = int64_t{1} << 31;
    const auto small = [](int64_t value) { return value >= -limit && value <= limit; };
    if (!small(DimAccess::constantPart(dim))) return false;
    for (const auto& term : DimAccess::terms(dim))
        if (!small(term.coefficient)) return false;
    return true;
}

int64_t floorDivide(int64_t a, int64_t b) {
    if (b == -1) return wrapNeg(a);
    const int64_t quotient = a / b;
    return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

Dim Dim::symbol(std::string name) {
    if (!isName(name))
        throw Error(ErrorCode::InvalidArgument, "",
                    cat("'", name, "' is no name for a dimension; use letters, digits and _ . # $"));
    auto atom = std::make_shared<Atom>();
    atom->fn = DimFn::Symbol;
    atom->name = std::move(name);
    return DimAccess::make({{{{std::move(atom), 1}}, 1}}, 0);
}

int64_t Dim::constant() const {
    if (poly_) throw Error(ErrorCode::InvalidState, "", cat("dimension ", str(), " is not known yet"));
    return constant_;
}

bool Dim::isSymbol() const {
    const Atom* atom = DimAccess::atom(*this);
    return atom && atom->fn == DimFn::Symbol;
}

const std::string& Dim::symbolName() const {
    check(isSymbol(), "asked for the name of a dimension that is no symbol");
    return DimAccess::atom(*this)->name;
}

Dim operator+(const Dim& a, const Dim& b) {
    if (a.isConstant() && b.isConstant()) return Dim(wrapAdd(a.constant_, b.constant_));
    if (b.isConstant() && b.constant_ == 0) return a;
    if (a.isConstant() && a.constant_ == 0) return b;
    auto terms = DimAccess::terms(a);
    const auto& more = DimAccess::terms(b);
    terms.insert(terms.end(), more.begin(), more.end());
    return DimAccess::make(std::move(terms), wrapAdd(DimAccess::constantPart(a), DimAccess::constantPart(b)));
}

Dim operator-(const Dim& a, const Dim& b) {
    if (a.isConstant() && b.isConstant()) return Dim(wrapAdd(a.constant_, wrapNeg(b.constant_)));
    return a + b * Dim(-1);
}

Dim operator*(const Dim& a, const Dim& b) {
    if (a.isConstant() && b.isConstant()) return Dim(wrapMul(a.constant_, b.constant_));
    if (b.isConstant() && b.constant_ == 1) return a;
    if (a.isConstant() && a.constant_ == 1) return b;
    const auto& left = DimAccess::terms(a);
    const auto& right = DimAccess::terms(b);
    const int64_t leftConstant = DimAccess::constantPart(a);
    const int64_t rightConstant = DimAccess::constantPart(b);
    if (left.size() * right.size() > kMaxTerms * 8) tooLarge();
    std::vector<Term> terms;
    terms.reserve((left.size() + 1) * (right.size() + 1));
    for (const auto& x : left)
        for (const auto& y : right)
            terms.push_back({multiply(x.monomial, y.monomial), wrapMul(x.coefficient, y.coefficient)});
    if (rightConstant != 0)
        for (const auto& x : left) terms.push_back({x.monomial, wrapMul(x.coefficient, rightConstant)});
    if (leftConstant != 0)
        for (const auto& y : right) terms.push_back({y.monomial, wrapMul(y.coefficient, leftConstant)});
    return DimAccess::make(std::move(terms), wrapMul(leftConstant, rightConstant));
}

bool operator==(const Dim& a, const Dim& b) {
    return compare(a, b) == 0;
}
bool operator<(const Dim& a, const Dim& b) {
    return compare(a, b) < 0;
}

}  // namespace opentrt
