// SPDX-License-Identifier: Apache-2.0
// The inside of Dim, shared by the dim_*.cpp files: atoms, monomials, polynomials, and their canonical order.
#pragma once
#include <optional>

#include "graph/dim.h"

namespace opentrt {

enum class DimFn : uint8_t { Symbol, FloorDiv, Min, Max, Select, Equal, Less };

struct Atom {
    DimFn fn;
    std::string name;       //!< of a symbol
    std::vector<Dim> args;  //!< of a function
    int size = 1;           //!< nodes of the expression, to refuse those that grow without end
    bool isBoolean() const { return fn == DimFn::Equal || fn == DimFn::Less; }
};
using AtomPtr = std::shared_ptr<const Atom>;

struct Factor {
    AtomPtr atom;
    int power;
};
using Monomial = std::vector<Factor>;  //!< ascending atoms, not empty

struct Term {
    Monomial monomial;
    int64_t coefficient;
};

struct Dim::Poly {
    std::vector<Term> terms;  //!< descending monomials (degree first), not empty, no zero coefficients
    int64_t constant = 0;
    int size = 0;
};

struct DimAccess {
    static const Dim::Poly* poly(const Dim& dim) { return dim.poly_.get(); }
    static const std::vector<Term>& terms(const Dim& dim);
    static int64_t constantPart(const Dim& dim) { return dim.poly_ ? dim.poly_->constant : dim.constant_; }
    //! From terms in any order, equal monomials not yet joined.
    static Dim make(std::vector<Term> terms, int64_t constant);
    static Dim ofAtom(DimFn fn, std::vector<Dim> args);
    //! The atom, when the whole expression is one.
    static const Atom* atom(const Dim& dim);
};

int compare(const Atom& a, const Atom& b);
int compare(const Monomial& a, const Monomial& b);  //!< graded lexicographic; the higher one is greater
int compare(const Dim& a, const Dim& b);
int degree(const Monomial& monomial);

// int64 arithmetic that wraps.
inline int64_t wrapAdd(int64_t a, int64_t b) {
    return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
inline int64_t wrapMul(int64_t a, int64_t b) {
    return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}
inline int64_t wrapNeg(int64_t a) {
    return static_cast<int64_t>(0 - static_cast<uint64_t>(a));
}
int64_t floorDivide(int64_t a, int64_t b);  //!< b is not zero

//! All numbers in it are so small that sums and small multiples cannot overflow.
bool isTame(const Dim& dim);
Interval boundsOf(const Dim& dim);  //!< without any ranges given

}  // namespace opentrt
