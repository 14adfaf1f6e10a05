// SPDX-License-Identifier: Apache-2.0
// Symbolic integer expressions over the input dimensions: the sizes of tensors, and the elements of shape tensors.
// A Dim is a polynomial with integer coefficients over atoms; an atom is a symbol or a function that is not polynomial
// (floordiv, min, max, select, equal, less; ceilDiv and mod are written with floordiv). The form is canonical for + -
// *, so equality of what users write as different sums of products is found by comparison. Arithmetic wraps as int64
// tensors do. Constants, which most Dims are, need no allocation. Tested by dim_test.cpp.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace opentrt {

struct Interval {
    int64_t min, max;
};
using SymbolValues = std::map<std::string, int64_t, std::less<>>;
using SymbolRanges = std::map<std::string, Interval, std::less<>>;

class Dim {
public:
    struct Poly;

    Dim(int64_t constant = 0) : constant_(constant) {}  // NOLINT: numbers are dimensions
    //! `name` is an identifier: letters, digits, '_', '.', '#', '$'; starting with a letter, '_' or '$'. Symbols are
    //! sizes, so never negative, except those with a '#', which are elements of shape tensors.
    static Dim symbol(std::string name);

    bool isConstant() const { return poly_ == nullptr; }
    int64_t constant() const;  //!< throws Error when symbolic
    bool isSymbol() const;
    const std::string& symbolName() const;

    friend Dim operator+(const Dim& a, const Dim& b);
    friend Dim operator-(const Dim& a, const Dim& b);
    friend Dim operator*(const Dim& a, const Dim& b);
    static Dim floorDiv(const Dim& a, const Dim& b);  //!< exact quotients of polynomials are found
    static Dim ceilDiv(const Dim& a, const Dim& b);
    static Dim mod(const Dim& a, const Dim& b);  //!< a - b*floorDiv(a,b)
    static Dim min(const Dim& a, const Dim& b);
    static Dim max(const Dim& a, const Dim& b);
    static Dim equal(const Dim& a, const Dim& b);  //!< 1 or 0
    static Dim less(const Dim& a, const Dim& b);   //!< 1 or 0
    static Dim select(const Dim& condition, const Dim& then, const Dim& otherwise);

    friend bool operator==(const Dim& a, const Dim& b);
    friend bool operator<(const Dim& a, const Dim& b);  //!< a total order for containers, without numeric meaning

    //! Text that parse reads back: "4", "N", "2*H*W+1", "floordiv(H+1,2)-1". parse knows
    //! ceildiv and mod, too.
    std::string str() const;
    static Dim parse(std::string_view text);

    //! Throws Error naming the first symbol without a value, and on division by zero.
    int64_t eval(const SymbolValues& values) const;
    //! Bounds over all values of the symbols in their ranges (without a range: [0, 2^31-1], or any number for elements
    //! of shape tensors). Never too narrow. The ends saturate at +-(2^63-1), which stand for "unbounded".
    Interval bounds(const SymbolRanges& ranges) const;
    //! Replaces symbols by expressions and simplifies again.
    Dim substitute(const std::map<std::string, Dim, std::less<>>& by) const;
    void collectSymbols(std::set<std::string>& into) const;

private:
    explicit Dim(std::shared_ptr<const Poly> poly) : poly_(std::move(poly)) {}
    int64_t constant_ = 0;
    std::shared_ptr<const Poly> poly_;  //!< null for constants
    friend struct DimAccess;
};

using Shape = std::vector<Dim>;

std::ostream& operator<<(std::ostream& out, const Dim& dim);
std::string str(const Shape& shape);  //!< "[N,3,224,224]"
Shape shapeOf(const std::vector<int64_t>& dims);
bool isStatic(const Shape& shape);
//! Numbers of a static shape; throws Error otherwise.
std::vector<int64_t> staticDims(const Shape& shape);
Dim volume(const Shape& shape);
std::vector<int64_t> evalShape(const Shape& shape, const SymbolValues& values);

}  // namespace opentrt
