// SPDX-License-Identifier: Apache-2.0
// Which link does what: the instruction selection tables of the chain compiler.
#pragma once
#include <optional>
#include <vector>

#include "backends/cpu/kernels/pointwise_code.h"

namespace opentrt::cpu::kernels {

//! How a value lies in a lane of 32 bits. None: chains cannot hold it.
enum class Lane : uint8_t { Float, Int, Truth, None };
Lane laneOf(DType type);

//! Links for one operation of two operands; End where there is none.
struct BinaryLinks {
    LinkOp memory, reversedMemory;        // acc op m, m op acc
    LinkOp immediate, reversedImmediate;  // acc op i, i op acc
};
std::optional<BinaryLinks> binaryLinks(ScalarOp op, Lane lane);
std::optional<LinkOp> unaryLink(ScalarOp op, Lane lane);
//! Links that turn a lane of type `from` into one of type `to`; more than one where a range must be cut first.
std::vector<LinkOp> castLinks(DType from, DType to);
LinkOp loadLink(DType type);
LinkOp storeLink(DType type);
//! Takes tens of instructions per vector.
bool isHeavy(LinkOp op);

}  // namespace opentrt::cpu::kernels
