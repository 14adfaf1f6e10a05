// SPDX-License-Identifier: Apache-2.0
// A plan as a file and back. Layout (docs/plan_format.md): a 64-byte header that TensorRT's tools can read the version
// from, the FlatBuffers body, then the weights, each 64-byte aligned, so that a mapped file is used in place.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "plan/plan.h"

namespace opentrt {

//! Writes the file piece by piece; `write` returns false to stop with an error.
void serialize(const Plan& plan, const std::function<bool(const void* bytes, size_t size)>& write);
std::vector<uint8_t> serialize(const Plan& plan);
//! Fills the memory that `allocate` gives for the size of the file. Lets go of each weight once it is written, so that
//! a caller who gives the plan away never holds all weights twice.
void serializeInto(Plan plan, const std::function<void*(size_t bytes)>& allocate);

//! Whose checksums are computed. Small: only those of integers, which may address memory, and of weights of up to
//! 64 KiB, so that a mapped file is not read as a whole; damage to the others gives wrong numbers and nothing worse.
enum class WeightCheck { All, Small };

//! Checks header, checksums, FlatBuffers structure and every index before anything is used; throws Error that says what
//! is wrong. Weights are used where they lie when `bytes` is 64-byte aligned and `keep` owns it; otherwise they are
//! copied.
Plan deserialize(std::span<const uint8_t> bytes, std::shared_ptr<const void> keep = {},
                 WeightCheck check = WeightCheck::All);

}  // namespace opentrt
