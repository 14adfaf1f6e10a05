// SPDX-License-Identifier: Apache-2.0
// What operators that only move elements share, whether these are bytes or packed two to a byte.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "backends/cuda/arguments.h"
#include "backends/region.h"

namespace opentrt::cuda {

//! Transposes, slices, concatenations and expansions.
bool isCopy(const RegionView& region);
//! Why a slice is no plain copy; nothing for other operators.
std::string whyNotSliced(const RegionView& region);

//! Such an operator in a plan.
struct CopyParams : HasFields {
    std::string kind, op;  //!< its fields; slices have a start and a stride for every dimension
    void fields(FieldVisitor& v) override {
        v.field("kind", kind);
        v.field("op", op);
    }
    template <class Op>
    Op parsed() const {
        Op parsed;
        parseFields(parsed, op);
        return parsed;
    }
};
//! A step of such an operator without its code.
CompiledStep copyStep(const char* kernel, const RegionView& region);

//! A box of the result, and where its elements are in the operand that it comes from.
struct Move {
    Dims dims;           //!< of the box
    int64_t offset = 0;  //!< of its first element in the operand
    Dims strides;        //!< in the operand, by dimension of the result
    size_t axis = 0;     //!< of the result, which the box fills in all other dimensions
    int64_t from = 0;    //!< its first place along that axis
};
//! One for each operand. Throws Error where the operator is not one of these operands.
std::vector<Move> movesOf(const CopyParams& copy, std::span<const Port> in, std::span<const Port> out);

//! Several copies, one after the other.
class Copies final : public Launch {
public:
    void add(std::unique_ptr<Launch> copy) { copies_.push_back(std::move(copy)); }
    void run(const LaunchArgs& args) override {
        for (const auto& copy : copies_) copy->run(args);
    }

private:
    std::vector<std::unique_ptr<Launch>> copies_;
};

}  // namespace opentrt::cuda
