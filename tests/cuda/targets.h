// SPDX-License-Identifier: Apache-2.0
// Devices that are not here, for tests that compile for them.
#pragma once
#include "backends/cuda/target.h"

namespace opentrt::cuda {

inline Target target(int sm) {
    return Target{sm, 132, sm == 90 ? 232448 : 101376, 233472, 62914560, "a device"};
}

}  // namespace opentrt::cuda
