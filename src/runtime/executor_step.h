// SPDX-License-Identifier: Apache-2.0
// The run-time state of one step; shared by the executor's source files only.
#pragma once
#include "runtime/executor.h"

namespace opentrt {

struct Executor::Step {
    std::shared_ptr<const Kernel> own;  //!< when the engine's kernel gives each context one
    std::unique_ptr<Launch> launch;
    std::vector<Port> in, out;
    std::vector<const void*> inAddress;
    std::vector<void*> outAddress;
    std::vector<std::unique_ptr<Executor>> bodies;
};

}  // namespace opentrt
