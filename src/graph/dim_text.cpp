// SPDX-License-Identifier: Apache-2.0
// The text form of Dim, and the few functions on whole shapes.
#include <algorithm>
#include <ostream>

#include "base/error.h"
#include "base/scanner.h"
#include "graph/dim_parse.h"
#include "graph/dim_poly.h"

namespace opentrt {
namespace {

constexpr int kMaxNesting = 50;

const char* name(DimFn fn) {
    switch (fn) {
        case DimFn::FloorDiv:
            return "floordiv";
        case DimFn::Min:
            return "min";
        case DimFn::Max:
            return "max";
        case DimFn::Select:
            return "select";
        case DimFn::Equal:
            return "equal";
        case DimFn::Less:
            return "less";
        case DimFn::Symbol:
            break;
    }
    internalError("unknown function in a dimension");
}

void put(std::string& out, const Atom& atom) {
    if (atom.fn == DimFn::Symbol) {
        out += atom.name;
        return;
    }
    out += name(atom.fn);
    for (size_t i = 0; i < atom.args.size(); ++i) {
        out += i == 0 ? '(' : ',';
        out += atom.args[i].str();
    }
    out += ')';
}

void put(std::string& out, const Term& term) {
    if (term.coefficient == -1) {
        out += '-';
    } else {
        // -2^63 has no positive, so its sign must stay with the number.
        const bool plus = term.coefficient > 0 || term.coefficient == INT64_MIN;
        if (!out.empty() && plus) out += '+';
        if (term.coefficient != 1) out += std::to_string(term.coefficient) + '*';
    }
    bool first = true;
    for (const auto& factor : term.monomial)
        for (int i = 0; i < factor.power; ++i) {
            if (!first) out += '*';
            first = false;
            put(out, *factor.atom);
        }
}

class Parser {
public:
    explicit Parser(Scanner& in) : in_(in) {}

    Dim sum() {
        if (++depth_ > kMaxNesting) in_.fail("this expression is nested too deeply");
        Dim total = product();
        while (in_.peek() == '+' || in_.peek() == '-') total = in_.accept("+") ? total + product() : minus(total);
        --depth_;
        return total;
    }

private:
    Dim minus(const Dim& total) {
        in_.expect("-");
        return total - product();
    }

    Dim product() {
        Dim total = factor();
        while (in_.accept("*")) total = total * factor();
        return total;
    }

    Dim factor() {
        const char c = in_.peek();
        if (c >= '0' && c <= '9') return Dim(in_.expectInteger());
        if (c == '-') return negative();
        if (in_.accept("(")) {
            Dim inner = sum();
            in_.expect(")");
            return inner;
        }
        const size_t start = in_.position();
        const auto word = in_.expectName("a number, a name or '('");
        return in_.accept("(") ? call(word, start) : Dim::symbol(std::string(word));
    }

    Dim negative() {
        const size_t start = in_.position();
        in_.expect("-");
        const char c = in_.peek();
        if (c < '0' || c > '9' || in_.position() != start + 1) {
            if (++depth_ > kMaxNesting) in_.fail("this expression is nested too deeply");
            const Dim inner = factor();
            --depth_;
            return Dim(0) - inner;
        }
        in_.seek(start);  // read with its sign, so that -2^63 is in range
        return Dim(in_.expectInteger());
    }

    Dim call(std::string_view word, size_t start) {
        std::vector<Dim> args{sum()};
        while (in_.accept(",")) args.push_back(sum());
        in_.expect(")");
        const auto fold = [&](Dim (*fn)(const Dim&, const Dim&)) {
            Dim result = args[0];
            for (size_t i = 1; i < args.size(); ++i) result = fn(result, args[i]);
            return result;
        };
        if (word == "min") return fold(Dim::min);
        if (word == "max") return fold(Dim::max);
        const size_t count = word == "select" ? 3 : 2;
        const bool known = word == "floordiv" || word == "ceildiv" || word == "mod" || word == "equal" ||
                           word == "less" || word == "select";
        if (!known)
            in_.failAt(start, cat("unknown function ", word,
                                  "; known are: floordiv, ceildiv, mod, min, max, equal, less, select"));
        if (args.size() != count) in_.failAt(start, cat(word, " takes ", count, " arguments, not ", args.size()));
        if (word == "select") return Dim::select(args[0], args[1], args[2]);
        if (word == "floordiv") return Dim::floorDiv(args[0], args[1]);
        if (word == "ceildiv") return Dim::ceilDiv(args[0], args[1]);
        if (word == "mod") return Dim::mod(args[0], args[1]);
        return word == "equal" ? Dim::equal(args[0], args[1]) : Dim::less(args[0], args[1]);
    }

    Scanner& in_;
    int depth_ = 0;
};

}  // namespace

std::string Dim::str() const {
    if (isConstant()) return std::to_string(constant_);
    std::string out;
    for (const auto& term : poly_->terms) put(out, term);
    if (poly_->constant > 0 || poly_->constant == INT64_MIN) out += '+';
    if (poly_->constant != 0) out += std::to_string(poly_->constant);
    return out;
}

Dim parseDim(Scanner& in) {
    return Parser(in).sum();
}

Dim Dim::parse(std::string_view text) {
    Scanner in(text);
    Dim result = parseDim(in);
    if (!in.atEnd()) in.fail("expected nothing after the expression");
    return result;
}

std::ostream& operator<<(std::ostream& out, const Dim& dim) {
    return out << dim.str();
}

std::string str(const Shape& shape) {
    std::string out = "[";
    for (size_t i = 0; i < shape.size(); ++i) out += (i ? "," : "") + shape[i].str();
    return out + ']';
}

Shape shapeOf(const std::vector<int64_t>& dims) {
    return Shape(dims.begin(), dims.end());
}

bool isStatic(const Shape& shape) {
    return std::all_of(shape.begin(), shape.end(), [](const Dim& dim) { return dim.isConstant(); });
}

std::vector<int64_t> staticDims(const Shape& shape) {
    std::vector<int64_t> dims;
    for (const auto& dim : shape) dims.push_back(dim.constant());
    return dims;
}

Dim volume(const Shape& shape) {
    Dim product = 1;
    for (const auto& dim : shape) product = product * dim;
    return product;
}

std::vector<int64_t> evalShape(const Shape& shape, const SymbolValues& values) {
    std::vector<int64_t> dims;
    for (const auto& dim : shape) dims.push_back(dim.eval(values));
    return dims;
}

}  // namespace opentrt
