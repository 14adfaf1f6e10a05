// SPDX-License-Identifier: Apache-2.0
#include "base/scanner.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

#include "base/error.h"

namespace opentrt {
namespace {

std::string errorOf(void (*read)(Scanner&), std::string_view text) {
    Scanner scanner(text);
    try {
        read(scanner);
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

TEST(Scanner, SkipsSpaceAndComments) {
    Scanner in("  a # rest of the line\n  b");
    EXPECT_EQ(in.expectName("a"), "a");
    EXPECT_EQ(in.expectName("b"), "b");
    EXPECT_TRUE(in.atEnd());
}

TEST(Scanner, WordsDoNotMatchLongerNames) {
    Scanner in("inputs");
    EXPECT_FALSE(in.accept("input"));
    EXPECT_TRUE(in.accept("inputs"));
}

TEST(Scanner, ErrorsGiveLineAndColumn) {
    const auto error = errorOf(
        [](Scanner& in) {
            in.expect("a");
            in.expect("b");
        },
        "a\n  c");
    EXPECT_EQ(error, "line 2, column 3: expected 'b'");
}

TEST(Scanner, RefusesNumbersThatDoNotFit) {
    EXPECT_NE(errorOf([](Scanner& in) { in.expectInteger(); }, "9223372036854775808").find("64 bits"),
              std::string::npos);
    EXPECT_NE(errorOf([](Scanner& in) { in.expectInteger(); }, "12x").find("whole number"), std::string::npos);
    EXPECT_NE(errorOf([](Scanner& in) { in.expectNumber(); }, "1e999").find("range"), std::string::npos);
}

TEST(Scanner, QuotedTextRoundTrips) {
    const std::string text = "a \"quote\" \\ back\nline \x01 \xc3\xa4";
    const std::string printed = quoteText(text);
    EXPECT_EQ(printed.find('\n'), std::string::npos);
    EXPECT_EQ(Scanner(printed).expectQuoted(), text);
}

TEST(Scanner, UnfinishedQuotesAreErrors) {
    for (const char* text : {"\"abc", "\"abc\\", "\"a\\x1", "\"a\\q\""})
        EXPECT_NE(errorOf([](Scanner& in) { in.expectQuoted(); }, text), "no error") << text;
}

TEST(Scanner, BracketsInQuotesDoNotCount) {
    Scanner in("{a=\"}\", b=[1]} rest");
    EXPECT_EQ(in.expectBracketed('{', '}'), "{a=\"}\", b=[1]}");
    EXPECT_TRUE(in.accept("rest"));
    EXPECT_NE(errorOf([](Scanner& in) { in.expectBracketed('{', '}'); }, "{{}").find("never closed"),
              std::string::npos);
}

TEST(Scanner, NumbersReadBackBitForBit) {
    std::mt19937_64 random(1);
    for (int i = 0; i < 100000; ++i) {
        const auto value = std::bit_cast<double>(random());
        if (std::isnan(value)) continue;
        const std::string text = numberText(value);
        Scanner in(text);
        ASSERT_EQ(std::bit_cast<uint64_t>(in.expectNumber()), std::bit_cast<uint64_t>(value)) << text;
    }
    EXPECT_EQ(numberText(0.1), "0.1");
    EXPECT_EQ(numberText(-std::numeric_limits<double>::infinity()), "-inf");
}

}  // namespace
}  // namespace opentrt
