// SPDX-License-Identifier: Apache-2.0
// Whether a step fits its operands. A step may come from a file, whose checksums find damage but not intent, so what a
// kernel relies on is compared with the operands before it is bound to them: the operator is inferred again on their
// types and sizes, and must make the step's outputs. Tested by tests/fuzz (plans with changed steps).
#pragma once
#include <span>

#include "backends/backend.h"
#include "backends/region.h"

namespace opentrt {

//! Throws Error unless `ok`; `what` is at fault.
void fit(bool ok, const char* what);
//! Throws unless there are so many, none of them left out, all sizes known.
//! For sizes that the run finds out: throws unless they are those that the output was given memory for.
void fitFound(const std::vector<int64_t>& found, const Port& out);
void fitPorts(std::span<const Port> ports, size_t count);
//! Throws unless the weight has so many bytes at least.
void fitBytes(const Tensor& weight, int64_t bytes);

//! Shapes in one list of numbers, each with its rank in front.
class ShapeList {
public:
    explicit ShapeList(const std::vector<int64_t>& numbers) : numbers_(numbers) {}
    //! Throws when there is none, or one that no machine holds.
    std::vector<int64_t> next();

private:
    const std::vector<int64_t>& numbers_;
    size_t at_ = 0;
};

//! The weights behind the first `own`, which must be there.
std::vector<Tensor> weightsBehind(const std::vector<Tensor>& weights, size_t own);

Fact factOf(const Port& port);
Fact factOf(DType type, const std::vector<int64_t>& dims);

//! A node made of an operator and the operands of its step, for the questions that a build asks about nodes.
class FittedNode {
public:
    //! Inputs without a fact were left out. Throws when the operator refuses the inputs or makes other outputs than
    //! `out`; sizes that only the run knows fit any. `open`: the kernel itself asks for the memory of outputs whose
    //! size is not known yet.
    FittedNode(const Op& op, std::vector<std::optional<Fact>> in, std::span<const Port> out, bool open = false);
    FittedNode(const FittedNode&) = delete;
    const RegionView& region() const { return region_; }

private:
    Graph graph_;
    RegionView region_;
};

}  // namespace opentrt
