// SPDX-License-Identifier: Apache-2.0
// Test fixture that repeats a check on every compiled instruction set that this CPU has.
#pragma once
#include <cstdint>
#include <gtest/gtest.h>

// clang-format off
#include "backends/cpu/kernels/targets.h"
#include "hwy/highway.h"
#include "hwy/targets.h"
// clang-format on

namespace opentrt::cpu::kernels {

class OnEachTarget : public ::testing::Test {
protected:
    template <class Body>
    void forEachTarget(const Body& body) {
        for (int64_t target : hwy::SupportedAndGeneratedTargets()) {
            hwy::SetSupportedTargetsForTest(target);
            SCOPED_TRACE(hwy::TargetName(target));
            body();
        }
        hwy::SetSupportedTargetsForTest(0);
    }
    void TearDown() override { hwy::SetSupportedTargetsForTest(0); }
};

}  // namespace opentrt::cpu::kernels
