// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <gtest/gtest.h>

namespace opentrt {
namespace {

TEST(Error, SaysWhichLayerAndRemembersWhere) {
    const Error error(ErrorCode::InvalidArgument, "conv1", cat("axis is ", 3, " of ", std::vector<int>{1, 2}));
    const int line = __LINE__ - 1;
    EXPECT_STREQ(error.what(), "conv1: axis is 3 of [1,2]");
    EXPECT_EQ(error.layer(), "conv1");
    EXPECT_EQ(error.where().line, line);
    EXPECT_NE(std::string(error.where().file).find("error_test.cpp"), std::string::npos);
    EXPECT_STREQ(Error(ErrorCode::Internal, "", "plain").what(), "plain");
}

TEST(Error, InternalErrorsPointAtTheBrokenCheck) {
    const int line = __LINE__ + 2;
    try {
        check(1 + 1 == 3, "sums are wrong");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Internal);
        EXPECT_EQ(error.where().line, line);
        EXPECT_NE(std::string(error.what()).find(cat("error_test.cpp:", line)), std::string::npos) << error.what();
    }
    EXPECT_NO_THROW(check(true, "fine"));
}

}  // namespace
}  // namespace opentrt
