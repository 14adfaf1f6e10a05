// SPDX-License-Identifier: Apache-2.0
#include "graph/dim.h"

#include <functional>
#include <gtest/gtest.h>
#include <random>

#include "base/error.h"

namespace opentrt {
namespace {

std::string simplified(std::string_view text) {
    return Dim::parse(text).str();
}

TEST(Dim, ConstantsComputeAsIntegers) {
    EXPECT_EQ(simplified("2+3*4-1"), "13");
    EXPECT_EQ(simplified("floordiv(-7,2)"), "-4");
    EXPECT_EQ(simplified("ceildiv(-7,2)"), "-3");
    EXPECT_EQ(simplified("mod(-7,3)"), "2");
    EXPECT_EQ(simplified("mod(7,-3)"), "-2");
    EXPECT_EQ(simplified("min(3,max(1,2),9)"), "2");
    EXPECT_EQ(simplified("select(less(1,2),10,20)+equal(1,2)"), "10");
    EXPECT_TRUE(Dim(4).isConstant());
    EXPECT_EQ(Dim(4).constant(), 4);
    EXPECT_EQ((Dim(1) - Dim::parse("H") + Dim::parse("H")).constant(), 1);
}

TEST(Dim, PolynomialsHaveOneForm) {
    EXPECT_EQ(simplified("W*2*H+1"), "2*H*W+1");
    EXPECT_EQ(simplified("(H+1)*(H-1)"), "H*H-1");
    EXPECT_EQ(simplified("3-H-W*H"), "-H*W-H+3");
    EXPECT_EQ(Dim::parse("(H+W)*(H+W)"), Dim::parse("W*W+2*H*W+H*H"));
    EXPECT_EQ(simplified("H-H"), "0");
    EXPECT_FALSE(Dim::parse("H") == Dim::parse("W"));
}

TEST(Dim, DivisionFindsExactQuotients) {
    EXPECT_EQ(simplified("floordiv(2*a*b,2*b)"), "a");
    EXPECT_EQ(simplified("floordiv((H+1)*(W+2)*N,(W+2)*N)"), "H+1");
    EXPECT_EQ(simplified("floordiv(H*W*12*64,64*12)"), "H*W");
    EXPECT_EQ(simplified("ceildiv(4*H,2)"), "2*H");
    EXPECT_EQ(simplified("mod(6*H,3)"), "0");
    EXPECT_EQ(simplified("floordiv(0,H)"), "0");
}

TEST(Dim, DivisionTakesMultiplesOutAndCancels) {
    EXPECT_EQ(simplified("floordiv(H+6,3)"), "floordiv(H,3)+2");
    EXPECT_EQ(simplified("floordiv(H-1,2)+1"), "floordiv(H+1,2)");
    EXPECT_EQ(simplified("floordiv(H+3*W,3)"), "W+floordiv(H,3)");
    EXPECT_EQ(simplified("floordiv(4*H+3,6)"), "floordiv(2*H+1,3)");
    EXPECT_EQ(simplified("floordiv(H*N,2*N)"), "floordiv(H,2)");
    EXPECT_EQ(simplified("floordiv(H*W+1,W)"), "H+floordiv(1,W)");
    EXPECT_EQ(simplified("floordiv(H,-2)"), "floordiv(-H,2)");
    EXPECT_EQ(Dim::parse("ceildiv(H,2)"), Dim::parse("floordiv(H-1,2)+1"));
    EXPECT_EQ(Dim::parse("mod(H,W)+W*floordiv(H,W)"), Dim::parse("H"));
}

TEST(Dim, StridesOneAfterTheOtherJoin) {
    EXPECT_EQ(simplified("ceildiv(ceildiv(ceildiv(H,2),2),2)"), "floordiv(H+7,8)");
    EXPECT_EQ(simplified("floordiv(floordiv(H,3)+W,5)"), "floordiv(H+3*W,15)");
}

TEST(Dim, BoundsDecideMinAndMax) {
    EXPECT_EQ(simplified("max(H,0)"), "H");
    EXPECT_EQ(simplified("min(H,9223372036854775807)"), "H");
    EXPECT_EQ(simplified("max(H,-9223372036854775808)"), "H");
    EXPECT_EQ(simplified("min(H,H-3)"), "H-3");
    EXPECT_EQ(simplified("min(floordiv(H,2),H)"), "floordiv(H,2)");
    EXPECT_EQ(simplified("max(W,max(H,W),H)"), "max(H,W)");
    EXPECT_EQ(simplified("max(H,1)"), "max(H,1)");
    EXPECT_EQ(simplified("max(x#0,0)"), "max(x#0,0)") << "elements of shape tensors may be negative";
    EXPECT_EQ(simplified("min(min(H,W),min(N,H))"), "min(H,N,W)");
}

TEST(Dim, ComparisonsAreReduced) {
    EXPECT_EQ(simplified("equal(2*H+2,2*W)"), simplified("equal(W,H+1)"));
    EXPECT_EQ(simplified("equal(2*H,2*W+1)"), "0");
    EXPECT_EQ(simplified("equal(H,-1)"), "0");
    EXPECT_EQ(simplified("less(H,0)"), "0");
    EXPECT_EQ(simplified("less(H,H+1)"), "1");
    EXPECT_EQ(simplified("less(2*H,7)"), simplified("less(H,4)"));
    EXPECT_EQ(simplified("equal(H,W)*equal(H,W)"), "equal(H,W)");
    EXPECT_EQ(simplified("select(equal(H,W),1,0)"), "equal(H,W)");
    EXPECT_EQ(simplified("select(H,W,W)"), "W");
    EXPECT_EQ(simplified("select(equal(x#0,-1),N,x#0)"), "select(equal(x#0+1,0),N,x#0)");
}

TEST(Dim, BoundsAreTightForWhatNetworksCompute) {
    const SymbolRanges ranges{{"H", {10, 20}}, {"W", {1, 4}}, {"x#0", {-5, 5}}};
    const auto expect = [&](std::string_view text, int64_t min, int64_t max) {
        const Interval bounds = Dim::parse(text).bounds(ranges);
        EXPECT_EQ(bounds.min, min) << text;
        EXPECT_EQ(bounds.max, max) << text;
    };
    expect("floordiv(H+2-3,2)+1", 5, 10);
    expect("H*W-1", 9, 79);
    expect("mod(H,4)", 0, 3);
    expect("H-floordiv(H,2)", 5, 10);
    expect("10-H", -10, 0);
    expect("max(x#0,0)*W", 0, 20);
    expect("select(less(x#0,0),H,W)", 1, 20);
    expect("floordiv(100,x#0)", -100, 100);
    EXPECT_EQ(Dim::parse("y#1").bounds({}).max, INT64_MAX);
    EXPECT_EQ(Dim::parse("a*b*c*d").bounds({}).max, INT64_MAX) << "saturates";
    EXPECT_EQ(Dim::parse("a").bounds({}).max, (int64_t{1} << 31) - 1);
}

TEST(Dim, EvalNamesTheMissingSymbolAndDivisionByZero) {
    try {
        Dim::parse("H+floordiv(N,W)").eval({{"H", 1}, {"W", 2}});
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "dimension N has no value yet");
    }
    EXPECT_THROW(Dim::parse("floordiv(N,W)").eval({{"N", 1}, {"W", 0}}), Error);
    EXPECT_THROW(Dim::parse("mod(N,0)").eval({{"N", 1}}), Error);
    EXPECT_EQ(Dim::parse("select(W,floordiv(N,W),7)").eval({{"N", 1}, {"W", 0}}), 7) << "only the chosen side counts";
}

TEST(Dim, SubstitutionSimplifiesAgain) {
    const Dim dim = Dim::parse("floordiv(H*W,2)+min(H,N)");
    EXPECT_EQ(dim.substitute({{"H", Dim(4)}}).str(), "2*W+min(N,4)");
    EXPECT_EQ(dim.substitute({{"N", Dim::parse("H+1")}}).str(), "H+floordiv(H*W,2)");
    EXPECT_EQ(dim.substitute({{"H", Dim(4)}, {"W", Dim(3)}, {"N", Dim(9)}}), Dim(10));
}

TEST(Dim, CollectsSymbolsInsideFunctions) {
    std::set<std::string> symbols;
    Dim::parse("floordiv(H,W)+min(N,$a.1)*3").collectSymbols(symbols);
    EXPECT_EQ(symbols, (std::set<std::string>{"$a.1", "H", "N", "W"}));
}

TEST(Dim, RefusesBrokenTexts) {
    for (const char* text : {"", "+", "2*", "H W", "floordiv(H)", "min()", "foo(1)", "(H", "H)", "1x",
                             "99999999999999999999", "H%2", ".a"})
        EXPECT_THROW(Dim::parse(text), Error) << text;
    EXPECT_THROW(Dim::symbol("a b"), Error);
    EXPECT_THROW(Dim::symbol("9a"), Error);
}

TEST(Dim, RefusesExpressionsWithoutEnd) {
    EXPECT_THROW(Dim::parse(std::string(100000, '(')), Error);
    EXPECT_THROW(Dim::parse(std::string(100000, '-') + "1"), Error);
    std::string power = "H";
    for (int i = 0; i < 1000; ++i) power += "*H";
    EXPECT_THROW(Dim::parse(power), Error);
    const auto grow = [] {
        Dim dim = Dim::symbol("H");
        for (int i = 0; i < 100; ++i) dim = Dim::min(dim * dim + Dim(1), dim * Dim::symbol("s" + std::to_string(i)));
    };
    EXPECT_THROW(grow(), Error);
}

TEST(Dim, ExtremeNumbersReadBack) {
    for (const char* text : {"H+-9223372036854775808", "H*W+-9223372036854775808*H", "9223372036854775807*H+1"})
        EXPECT_EQ(Dim::parse(Dim::parse(text).str()), Dim::parse(text)) << text;
}

TEST(Dim, ShapesPrintAndMultiply) {
    const Shape shape{Dim::symbol("N"), 3, Dim::parse("2*H")};
    EXPECT_EQ(str(shape), "[N,3,2*H]");
    EXPECT_EQ(volume(shape).str(), "6*H*N");
    EXPECT_FALSE(isStatic(shape));
    EXPECT_EQ(staticDims(shapeOf({2, 3})), (std::vector<int64_t>{2, 3}));
    EXPECT_THROW(staticDims(shape), Error);
    EXPECT_EQ(evalShape(shape, {{"N", 1}, {"H", 5}}), (std::vector<int64_t>{1, 3, 10}));
}

//! A random expression, both simplified and as the plain computation.
struct Random {
    using Plain = std::function<int64_t(const SymbolValues&)>;
    struct Pair {
        Dim dim;
        Plain plain;
    };
    struct ByZero {};

    std::mt19937 random;
    int64_t number(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random); }

    Pair leaf() {
        static const char* const names[] = {"H", "W", "N", "x#0"};
        if (number(0, 2) == 0) {
            const int64_t value = number(-6, 6);
            return {Dim(value), [value](const SymbolValues&) { return value; }};
        }
        const std::string name = names[number(0, 3)];
        return {Dim::symbol(name), [name](const SymbolValues& v) { return v.at(name); }};
    }

    static int64_t floorDiv(int64_t a, int64_t b) {
        if (b == 0) throw ByZero();
        return a / b - (a % b != 0 && (a < 0) != (b < 0));
    }

    Pair make(int depth) {
        if (depth == 0) return leaf();
        const Pair a = make(depth - 1), b = number(0, 1) ? make(depth - 1) : leaf();
        const Plain x = a.plain, y = b.plain;
        switch (number(0, 10)) {
            case 0:
            case 1:
                return {a.dim + b.dim, [=](const SymbolValues& v) { return x(v) + y(v); }};
            case 2:
                return {a.dim - b.dim, [=](const SymbolValues& v) { return x(v) - y(v); }};
            case 3:
                return {a.dim * b.dim, [=](const SymbolValues& v) { return x(v) * y(v); }};
            case 4:
                return {Dim::floorDiv(a.dim, b.dim), [=](const SymbolValues& v) { return floorDiv(x(v), y(v)); }};
            case 5:
                return {Dim::ceilDiv(a.dim, b.dim), [=](const SymbolValues& v) { return -floorDiv(-x(v), y(v)); }};
            case 6:
                return {Dim::mod(a.dim, b.dim),
                        [=](const SymbolValues& v) { return x(v) - y(v) * floorDiv(x(v), y(v)); }};
            case 7:
                return {Dim::min(a.dim, b.dim), [=](const SymbolValues& v) { return std::min(x(v), y(v)); }};
            case 8:
                return {Dim::max(a.dim, b.dim), [=](const SymbolValues& v) { return std::max(x(v), y(v)); }};
            case 9:
                return {Dim::less(a.dim, b.dim), [=](const SymbolValues& v) { return x(v) < y(v); }};
            default:
                break;
        }
        const Pair c = leaf();
        const Plain z = c.plain;
        return {Dim::select(Dim::equal(c.dim, b.dim), a.dim, c.dim),
                [=](const SymbolValues& v) { return z(v) == y(v) ? x(v) : z(v); }};
    }
};

TEST(Dim, SimplifiedExpressionsHaveTheSameValues) {
    Random source{std::mt19937(5)};
    int compared = 0;
    for (int i = 0; i < 20000; ++i) {
        const auto [dim, plain] = source.make(static_cast<int>(source.number(1, 4)));
        ASSERT_EQ(Dim::parse(dim.str()), dim) << dim;
        const SymbolRanges ranges{{"H", {0, 9}}, {"W", {0, 5}}, {"N", {0, 3}}, {"x#0", {-4, 4}}};
        const Interval bounds = dim.bounds(ranges);
        for (int point = 0; point < 5; ++point) {
            SymbolValues values;
            std::map<std::string, Dim, std::less<>> dims;
            for (const auto& [name, range] : ranges) {
                values[name] = source.number(range.min, range.max);
                dims[name] = values[name];
            }
            int64_t expected = 0;
            try {
                expected = plain(values);
            } catch (Random::ByZero) {
                continue;
            }
            ++compared;
            ASSERT_EQ(dim.eval(values), expected) << dim;
            ASSERT_EQ(dim.substitute(dims), Dim(expected)) << dim;
            ASSERT_LE(bounds.min, expected) << dim;
            ASSERT_GE(bounds.max, expected) << dim;
        }
    }
    EXPECT_GT(compared, 50000);
}

}  // namespace
}  // namespace opentrt
