// SPDX-License-Identifier: Apache-2.0
// What operators that only move elements share, whether these are bytes or packed two to a byte.
#pragma once
#include <memory>
#include <vector>

#include "backends/backend.h"
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
