// SPDX-License-Identifier: Apache-2.0
// What the kernels for convolutions and matrix products share: which regions they take, how weights are packed, and how
// tactics are named: "family.tf32.64x32/2" rounds floats, has tiles of 64 rows and 32 columns, and two blocks share a
// sum.
#pragma once
#include <algorithm>

#include "backends/cuda/arguments.h"
#include "backends/cuda/cost.h"
#include "backends/cuda/epilogue.h"
#include "ops/convolution.h"
#include "ops/matrix_multiply.h"

namespace opentrt::cuda {

//! Bytes of k that kernels take in one step.
inline constexpr int64_t kStepBytes = 128;

//! What stays of a contraction in the plan.
struct ContractionParams : HasFields, ops::WindowParams {
    bool image = false;
    DType type = DType::F32;
    int64_t tile = 0, split = 1;  //!< of the family's list, and how many blocks share a sum
    int64_t groups = 1;
    int64_t aMode = 0;
    bool packed = false;            //!< b is a weight of the step, not an input
    int64_t a = 0, b = 0;           //!< ops::MatrixOperation of a matrix product
    std::vector<int64_t> kernel;    //!< of a convolution: K, C / groups, window
    int64_t columns = 0;            //!< of packed weights
    int64_t rowBytes = kStepBytes;  //!< of k that the copy engine brings at once
    std::vector<int64_t> extras;    //!< kinds, in the order of the inputs behind a and b
    bool leaves = false;            //!< statistics of rows, as output 1
    //! Of the operands behind a and b, the first that lies like the result; -1: there is none.
    int64_t likeResult() const {
        const auto at = std::find(extras.begin(), extras.end(), kLikeResult);
        return at == extras.end() ? -1 : at - extras.begin();
    }
    //! Whether an operand behind the product does.
    bool dependsOnRow() const { return std::any_of(extras.begin(), extras.end(), differsByRow); }
    void fields(FieldVisitor& v) override {
        v.field("image", image);
        v.field("type", type);
        v.field("tile", tile);
        v.field("split", split);
        v.field("groups", groups);
        v.field("aMode", aMode);
        v.field("packed", packed);
        v.field("a", a);
        v.field("b", b);
        v.field("kernel", kernel);
        v.field("columns", columns);
        v.field("rowBytes", rowBytes);
        v.field("extras", extras);
        v.field("leaves", leaves);
        windowFields(v);
    }
};

//! How a kernel finds the elements of a row: they are neighbours; windows in pieces of 16 bytes of channels, or of
//! single elements; lines of the window in each plane of an image, in pieces of 16 bytes; elements with strides.
enum AMode { kRows = 0, kWindows = 1, kWindowElements = 2, kElements = 3, kPlanes = 4 };

//! Null when the anchor is something else.
const ops::Convolution* convolution(const RegionView& region);
const ops::MatrixMultiply* product(const RegionView& region);
//! Of a convolution whose windows are one pixel each: how many places these are apart, along all axes alike; 0: it is
//! none.
int64_t stepOfPixels(const RegionView& region);
//! Whether none is left out: a product of rows.
inline bool readsSinglePixels(const RegionView& region) {
    return stepOfPixels(region) == 1;
}
//! Dimension of the result that the columns of b make.
size_t columnAxis(const RegionView& region);

//! Why none of the kernels takes the region; empty when the general one does.
std::string whyNotContraction(const RegionView& region);
//! Whether b is packed into the plan.
bool packsWeights(const RegionView& region);
//! k with the zeros that packing adds.
int64_t paddedK(int64_t k, DType type);
//! Rows of k for each column, window outside and channels inside.
Tensor packWeights(const RegionView& region, const ContractionParams& params);
//! The same of a convolution without padding: output channels, window, channels.
Tensor packChannelsLast(const Tensor& w);

//! Rows, columns and inner size at the opt point.
struct ContractionSizes {
    int64_t rows, columns, k;
};
ContractionSizes sizesOf(const RegionView& region, const TacticRequest& request);
//! Whether operands by column may be read before the kernel in front has ended. `extras`: kinds of the operands, which
//! stand among the step's `inputs` behind the rows.
bool hasConstantColumns(const RegionView& region, const std::vector<int64_t>& extras, const std::vector<int>& inputs);
//! All that decides about the time of a contraction, whoever computes it.
ProductSize productSize(const RegionView& region, const TacticRequest& request);
//! Blocks that a multiprocessor holds, by the shared memory that each takes.
int64_t blocksHeld(const Target& target, int64_t shared);

//! Formats of a tactic: images are channels-last, matrices row-major. Its name is left open.
Tactic contractionTactic(const RegionView& region);
//! "family.tf32.64x32/2"
std::string tacticName(const char* family, const RegionView& region, const TacticRequest& request,
                       const std::string& tile, int64_t split);
//! Which of the tiles a tactic names, and the split.
std::pair<size_t, int64_t> readTactic(const Tactic& tactic, const std::vector<std::string>& tiles);
template <class Tile, size_t N>
std::pair<size_t, int64_t> readTactic(const Tactic& tactic, const Tile (&tiles)[N]) {
    std::vector<std::string> names;
    for (const Tile& tile : tiles) names.push_back(tile.name());
    return readTactic(tactic, names);
}
//! The same into the parameters; gives the tile.
template <class Tile, size_t N>
const Tile& takeTile(const Tactic& tactic, const Tile (&tiles)[N], ContractionParams& p) {
    const auto [index, split] = readTactic(tactic, tiles);
    p.tile = static_cast<int64_t>(index);
    p.split = split;
    return tiles[index];
}

//! Everything but the code, which comes first among the weights.
ContractionParams beginContraction(const RegionView& region, CompiledStep& step);
//! Types of operands, sums and result, and how floats are multiplied.
std::string contractionTypes(const RegionView& region, const Tactic& tactic);
//! The functions behind the product.
std::string contractionFinish(const RegionView& region, const ContractionParams& p);

}  // namespace opentrt::cuda
