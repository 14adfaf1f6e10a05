// SPDX-License-Identifier: Apache-2.0
#include "arguments.h"

#include <gtest/gtest.h>

namespace trtexec {
namespace {

using Words = std::vector<std::string>;

TEST(Arguments, SplitAtTheFirstEqualsSign) {
    Arguments arguments(Words{"--a=b=c", "--flag"});
    EXPECT_EQ(arguments.take("--a"), "b=c");
    EXPECT_EQ(arguments.take("--flag"), "");
    EXPECT_EQ(arguments.take("--flag"), std::nullopt);
    EXPECT_TRUE(arguments.rest().empty());
}

TEST(Arguments, AFlagIgnoresItsValue) {
    Arguments arguments(Words{"--fp16=0"});
    EXPECT_TRUE(arguments.takeFlag("--fp16"));
    EXPECT_FALSE(arguments.takeFlag("--fp16"));
}

TEST(Arguments, ARepeatedOptionLeavesItsTwin) {
    Arguments arguments(Words{"--n=1", "--n=2"});
    int n = 0;
    arguments.take("--n", n);
    EXPECT_EQ(n, 1);
    ASSERT_EQ(arguments.rest().size(), 1U);
    EXPECT_EQ(arguments.rest()[0].value, "2");
    EXPECT_EQ(arguments.takeAll("--n"), Words{"2"});
}

TEST(Arguments, LeadingDigitsMakeANumber) {
    Arguments arguments(Words{"--a=10x", "--b=x", "--c=99999999999", "--d=2.5e1z", "--e="});
    int a = 0, b = 7;
    float d = 0;
    arguments.take("--a", a);
    arguments.take("--d", d);
    arguments.take("--missing", b);
    EXPECT_EQ(a, 10);
    EXPECT_EQ(b, 7);
    EXPECT_EQ(d, 25);
    for (const char* flag : {"--b", "--c", "--e"}) EXPECT_THROW(arguments.take(flag, b), ArgumentError) << flag;
}

TEST(Arguments, ErrorsNameTheFlag) {
    Arguments arguments(Words{"--shapes=x:1xq", "--list=a,"});
    opentrt::tools::ShapeMap shapes;
    try {
        arguments.takeShapes("--shapes", shapes);
        FAIL();
    } catch (const ArgumentError& e) {
        EXPECT_STREQ(e.what(), "--shapes=x:1xq: '1xq' is not a shape such as 1x3x224x224");
    }
    EXPECT_THROW(arguments.takeList("--list"), ArgumentError);
}

TEST(Arguments, AGroupTakesWhatStandsDirectlyBehind) {
    Arguments arguments(Words{"--min=0", "--group=1", "--max=1", "--min=2", "--other", "--min=3"});
    const auto group = arguments.takeGroup("--group", {"--min", "--max"}, 3);
    ASSERT_EQ(group.size(), 3U);
    EXPECT_EQ(group[0].value, "1");
    EXPECT_EQ(group[1].flag, "--max");
    EXPECT_EQ(group[2].value, "2");
    EXPECT_EQ(arguments.rest().size(), 3U);
    EXPECT_TRUE(arguments.takeGroup("--group", {"--min"}, 3).empty());
}

}  // namespace
}  // namespace trtexec
