// SPDX-License-Identifier: Apache-2.0
#include "base/fields.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace opentrt {
namespace {

enum class Mode { Valid, Same };
constexpr const char* kModes[] = {"valid", "same"};

struct Sample : HasFields {
    bool keep = false;
    int64_t axis = 0;
    double alpha = 1;
    std::string label;
    DType type = DType::F32;
    Mode mode = Mode::Valid;
    std::vector<int64_t> stride;
    std::vector<double> scales;
    std::vector<std::string> words;

    void fields(FieldVisitor& v) override {
        v.field("keep", keep);
        v.field("axis", axis);
        v.field("alpha", alpha);
        v.field("label", label);
        v.field("type", type);
        v.field("mode", mode, kModes);
        v.field("stride", stride);
        v.field("scales", scales);
        v.field("words", words);
    }
};

struct Empty : HasFields {
    void fields(FieldVisitor&) override {}
};

Sample full() {
    Sample s;
    s.keep = true;
    s.axis = -3;
    s.alpha = 0.1;
    s.label = "a, \"b\" }";
    s.type = DType::F8;
    s.mode = Mode::Same;
    s.stride = {1, -2};
    s.scales = {0.5, 1e-30};
    s.words = {"x]", "", "y"};
    return s;
}

std::string errorOf(std::string_view text) {
    Sample s;
    try {
        parseFields(s, text);
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

TEST(Fields, PrintsInOrder) {
    EXPECT_EQ(printFields(full()),
              R"({keep=true, axis=-3, alpha=0.1, label="a, \"b\" }", type=f8e4m3, mode=same, stride=[1,-2], )"
              R"(scales=[0.5,1e-30], words=["x]","","y"]})");
    EXPECT_EQ(printFields(Empty()), "");
}

TEST(Fields, LeavesOutDefaults) {
    Sample s, defaults;
    EXPECT_EQ(printFields(s, &defaults), "");
    s.axis = 2;
    EXPECT_EQ(printFields(s, &defaults), "{axis=2}");
}

TEST(Fields, ReadsBackWhatItPrinted) {
    Sample read;
    parseFields(read, printFields(full()));
    EXPECT_TRUE(sameFields(read, full()));
    EXPECT_EQ(hashFields(read), hashFields(full()));
    EXPECT_EQ(read.words, full().words);
    EXPECT_EQ(read.mode, Mode::Same);
}

TEST(Fields, AbsentFieldsStayUntouched) {
    Sample s = full();
    parseFields(s, "{ stride = [ 4 ] , axis=7 }");
    EXPECT_EQ(s.axis, 7);
    EXPECT_EQ(s.stride, std::vector<int64_t>{4});
    EXPECT_EQ(s.label, full().label);
    parseFields(s, "");
    parseFields(s, "{}");
    EXPECT_EQ(s.axis, 7);
}

TEST(Fields, DifferentValuesAreNotTheSame) {
    Sample other = full();
    other.scales[1] = 1e-31;
    EXPECT_FALSE(sameFields(other, full()));
    EXPECT_NE(hashFields(other), hashFields(full()));
}

TEST(Fields, ErrorsNameTheFieldAndThePlace) {
    EXPECT_EQ(errorOf("{axis=1, axes=2}"),
              "line 1, column 15: unknown field axes; known are: keep, axis, alpha, label, type, mode, stride, scales, "
              "words");
    EXPECT_EQ(errorOf("{axis=one}"), "line 1, column 7: expected a whole number (field axis)");
    EXPECT_EQ(errorOf("{mode=sam}"), "line 1, column 10: unknown choice sam; known are: valid, same (field mode)");
    EXPECT_EQ(errorOf("{axis=1, axis=2}"), "line 1, column 15: field axis occurs twice");
    EXPECT_EQ(errorOf("{stride=[1 2]}"), "line 1, column 12: expected ',' or ']' (field stride)");
}

TEST(Fields, BrokenTextsAreErrors) {
    for (const char* text : {"{", "}", "{axis}", "{axis=}", "{axis=1", "{=1}", "{axis=1}}", "{label=\"a}",
                             "{stride=[1}", "{keep=yes}", "{type=f7}", "{words=[a]}", "{axis=1 2}", "axis=1"})
        EXPECT_NE(errorOf(text), "no error") << text;
}

}  // namespace
}  // namespace opentrt
