// SPDX-License-Identifier: Apache-2.0
#include "runtime/tool_range.h"

#include <cstdlib>
#include <dlfcn.h>
#include <gtest/gtest.h>

namespace opentrt {
namespace {

TEST(ToolRange, IsShownToTheToolThatTheEnvironmentNames) {
    ASSERT_EQ(setenv("NVTX_INJECTION64_PATH", OPENTRT_TOOL, 1), 0);
    {
        const ToolRange outer("outer"), none(nullptr);
        const ToolRange inner("inner");
    }
    EXPECT_TRUE(ToolRange::isWanted());
    void* tool = dlopen(OPENTRT_TOOL, RTLD_LAZY);
    ASSERT_TRUE(tool);
    const auto told = reinterpret_cast<const char* (*)()>(dlsym(tool, "whatItWasTold"));
    EXPECT_STREQ(told(), "<outer<inner>>");
    dlclose(tool);
}

}  // namespace
}  // namespace opentrt
