// SPDX-License-Identifier: Apache-2.0
#include "shapes.h"

#include <gtest/gtest.h>
#include <stdexcept>

namespace opentrt::tools {
namespace {

TEST(Shapes, SplitsAtTheLastColon) {
    EXPECT_EQ(splitPair("a:0:1x3").name, "a:0");
    EXPECT_EQ(splitPair("a:0:1x3").value, "1x3");
    EXPECT_EQ(splitPair("x").name, "x");
    EXPECT_EQ(splitPair("x").value, "");
}

TEST(Shapes, StripsQuotesAndKeepsColonsOfTheValue) {
    EXPECT_EQ(splitPair("'a:0':1x3").name, "a:0");
    EXPECT_EQ(splitPair("'a:0':1x3").value, "1x3");
    EXPECT_EQ(splitPair("'x':C:\\d.bin").value, "C:\\d.bin");
    EXPECT_EQ(splitPair("'x'").name, "x");
}

TEST(Shapes, RefusesStrayQuotes) {
    for (const char* text : {"a'b':1", "'a:1", "'a''b':1", "'a'1x2", "x:'1'"})
        EXPECT_THROW(splitPair(text), std::invalid_argument) << text;
}

TEST(Shapes, RefusesEmptyListElements) {
    EXPECT_TRUE(splitList("").empty());
    EXPECT_EQ(splitList("a,b"), (std::vector<std::string>{"a", "b"}));
    for (const char* text : {"a,", ",a", "a,,b", ","}) EXPECT_THROW(splitList(text), std::invalid_argument) << text;
}

TEST(Shapes, ReadsSizes) {
    EXPECT_EQ(parseSizes("1x3x224x224"), (Sizes{1, 3, 224, 224}));
    EXPECT_EQ(parseSizes("-1x8"), (Sizes{-1, 8}));
    EXPECT_TRUE(parseSizes("scalar").empty());
    EXPECT_TRUE(parseSizes("").empty());
    for (const char* text : {"1x", "x1", "1xx2", "a", "1x2a", "1 x2"})
        EXPECT_THROW(parseSizes(text), std::invalid_argument) << text;
}

TEST(Shapes, ReadsAMapAndRefusesANameTwice) {
    const ShapeMap shapes = parseShapes("x:1x3,y:0:4,s:scalar");
    EXPECT_EQ(shapes.at("x"), (Sizes{1, 3}));
    EXPECT_EQ(shapes.at("y:0"), (Sizes{4}));
    EXPECT_EQ(shapes.at("s"), Sizes{});
    EXPECT_THROW(parseShapes("x:1,x:2"), std::invalid_argument);
}

TEST(Shapes, MatchesOneStar) {
    EXPECT_TRUE(matches("a*b", "ab"));
    EXPECT_TRUE(matches("a*b", "axyb"));
    EXPECT_TRUE(matches("*", ""));
    EXPECT_FALSE(matches("a*b", "a"));
    EXPECT_FALSE(matches("ab*ba", "aba"));
    EXPECT_FALSE(matches("ab", "abc"));
}

TEST(Shapes, ExactNameBeatsAPattern) {
    const ShapeMap shapes = parseShapes("in*:1,input:2");
    EXPECT_EQ(*findEntry(shapes, "input"), Sizes{2});
    EXPECT_EQ(*findEntry(shapes, "inner"), Sizes{1});
    EXPECT_EQ(findEntry(shapes, "x"), nullptr);
}

TEST(Shapes, ConvertsToDimsAndBack) {
    EXPECT_EQ(toSizes(toDims({2, 3})), (Sizes{2, 3}));
    EXPECT_EQ(str(toDims({2, 3})), "2x3");
    EXPECT_EQ(str(Sizes{}), "scalar");
    EXPECT_THROW(toDims(Sizes(9, 1)), std::invalid_argument);
    EXPECT_EQ(volume({2, 3, 4}), 24);
    EXPECT_EQ(volume({}), 1);
    EXPECT_EQ(volume({2, -1}), -1);
    EXPECT_EQ(volume({0, 5}), 0);
}

}  // namespace
}  // namespace opentrt::tools
