// SPDX-License-Identifier: Apache-2.0
// Shared objects compiled for different eras meet in one process: each keeps its own dimensions and versions. They are
// loaded with global symbols, the case in which the loader merges inline functions of the same name.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <string>

#include "eras_probe.h"

namespace {

struct EraCase {
    int major;
    EraReport expected;
};

constexpr int64_t kHUGE = int64_t{1} << 40;
constexpr int32_t kIOEXT = 2 << 24;

EraCase const kCASES[] = {
    {5, {5105, 68, INT32_MAX, 7, 0, kIOEXT | 5105, 0, 5}},  {7, {7203, 68, INT32_MAX, 7, 0, kIOEXT | 7203, 0, 7}},
    {9, {9300, 36, INT32_MAX, 7, 0, kIOEXT | 9300, 0, 9}},  {10, {101600, 72, kHUGE, 7, 0, kIOEXT | 101600, 1, 0}},
    {11, {110100, 72, kHUGE, 7, 0, kIOEXT | 110100, 1, 0}},
};

ProbeFunction loadProbe(int major) {
    std::string path = ERA_PROBE_FOLDER "/libera_probe_";
    path += std::to_string(major);
    path += ".so";
    void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
    if (library == nullptr) {
        ADD_FAILURE() << dlerror();
        return nullptr;
    }
    return reinterpret_cast<ProbeFunction>(dlsym(library, "probeEra"));
}

}  // namespace

TEST(Headers, ErasLiveSideBySideInOneProcess) {
    for (EraCase const& era : kCASES) {
        ASSERT_NE(loadProbe(era.major), nullptr);
    }
    for (EraCase const& era : kCASES) {
        SCOPED_TRACE(era.major);
        EraReport report{};
        loadProbe(era.major)(&report);
        EXPECT_EQ(report.version, era.expected.version);
        EXPECT_EQ(report.dimsSize, era.expected.dimsSize);
        EXPECT_EQ(report.extentOfHugeDims, era.expected.extentOfHugeDims);
        EXPECT_EQ(report.wideExtent, era.expected.wideExtent);
        EXPECT_EQ(report.lastExtentOfDims3, era.expected.lastExtentOfDims3);
        EXPECT_EQ(report.pluginVersion, era.expected.pluginVersion);
        EXPECT_EQ(report.allocatorMajor, era.expected.allocatorMajor);
        EXPECT_EQ(report.allocatorMinor, era.expected.allocatorMinor);
    }
}
