// SPDX-License-Identifier: Apache-2.0
// Layer normalisation over the last dimensions, of rows whose length is known. Tested by the conformance cases on a
// device, by tests/cuda without one.
#include "backends/cuda/norm_rows.h"

#include <algorithm>

#include "backends/cuda/epilogue.h"
#include "backends/cuda/rows.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

//! Pieces of 16 bytes that a lane holds at most.
constexpr int64_t kMostPieces = 8;
//! With more rows, warps take one after the other, which costs some instructions.
constexpr int64_t kManyRows = 2048;

//! Layout of code/norm_rows.cu.
struct NormRowsArgs {
    const void *x = nullptr, *scale = nullptr, *bias = nullptr;
    void* y = nullptr;
    int32_t rows = 0, count = 0;
    float epsilon = 0;
};

//! Elements of a row, when the normalised dimensions are the last ones and known; else 0.
int64_t rowLength(const Shape& shape, const ops::Normalization& op) {
    std::vector<bool> isElement(shape.size(), false);
    for (const int64_t axis : op.axes) isElement[axisOf(axis, shape.size())] = true;
    int64_t count = 1;
    bool ended = false;
    for (size_t d = shape.size(); d-- > 0;) {
        if (!isElement[d]) ended = true;
        if (!isElement[d]) continue;
        if (ended || !shape[d].isConstant()) return 0;
        count *= shape[d].constant();
    }
    return count;
}

//! Pieces of a row that a lane holds.
int64_t piecesOf(int64_t count, DType type) {
    const int64_t lanes = 32 * (kPieceBytes / bytesOf(type));
    return (count + lanes - 1) / lanes;
}

//! Blocks of a multiprocessor that loop: as many as there are registers for rows, scale and bias.
int residentOf(int64_t count, DType type) {
    const int64_t numbers = piecesOf(count, type) * (kPieceBytes / bytesOf(type));
    return numbers <= 8 ? 8 : numbers <= 16 ? 5 : numbers <= 24 ? 4 : numbers <= 40 ? 3 : 2;
}

bool mayBeMany(const Shape& shape, int64_t count) {
    return !isStatic(shape) || volumeOf(staticDims(shape)) / count > kManyRows;
}

struct NormRowsDef {
    using Op = ops::Normalization;
    static constexpr const char* kName = "cuda.norm_rows";

    static std::string whyNot(const RegionView& region, const Op& op) {
        return whyNotNormRows(op, region.input(0), region.anchorInput(kScale), region.anchorInput(kBias));
    }

    static std::string source(const RegionView& region, const Op& op) {
        const Fact& x = region.input(0);
        const std::string front = normRowsCode(op, x, region.anchorInput(kScale), region.anchorInput(kBias),
                                               mayBeMany(x.shape, rowLength(x.shape, op)));
        return cat(front, codeText("dense_rows"), codeText("norm_rows_body"));
    }

    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, std::shared_ptr<const Module> module) {
        const Dims& dims = call.in[0].dims;
        NormRowsArgs args;
        int64_t count = 1;
        for (const int64_t axis : call.op.axes) count *= dims[axisOf(axis, dims.size())];
        args.count = static_cast<int32_t>(count);
        args.rows = static_cast<int32_t>(requireCount(volumeOf(dims)) / std::max<int64_t>(count, 1));
        args.epsilon = static_cast<float>(call.op.epsilon);
        if (args.rows == 0) return makeLaunch([](const LaunchArgs&) {});
        Grid grid;
        grid.x = blocksOfRows(args.rows);
        const int64_t atOnce = module->machine().target().multiprocessors * residentOf(count, call.in[0].type);
        if (args.rows > kManyRows) grid.x = std::min(grid.x, atOnce);
        grid.threads = kNormRowsThreads;
        const bool scale = call.has(kScale), bias = call.has(kBias);
        return makeKernelLaunch(std::move(module), "norm_rows", grid, args,
                                [scale, bias](NormRowsArgs& a, const LaunchArgs& launch) {
                                    a.x = launch.inputs[0];
                                    a.scale = scale ? launch.inputs[kScale] : nullptr;
                                    a.bias = bias ? launch.inputs[kBias] : nullptr;
                                    a.y = launch.outputs[0];
                                    requireAligned({a.x, a.scale, a.bias, a.y}, "a normalisation");
                                });
    }
};

}  // namespace

std::string whyNotNormRows(const ops::Normalization& op, const Fact& x, const Fact* scale, const Fact* bias) {
    const auto allowed = {DType::F32, DType::F16, DType::BF16};
    if (op.groups > 1) return "groups of channels";
    if (const std::string reason = whyNotType(x, allowed); !reason.empty()) return reason;
    const int64_t count = rowLength(x.shape, op);
    const int64_t piece = kPieceBytes / bytesOf(x.type);
    if (count == 0 || count % piece != 0 || count > 32 * kMostPieces * piece) return "rows of another length";
    for (const Fact* factors : {scale, bias}) {
        if (!factors) continue;
        if (const std::string reason = whyNotType(*factors, allowed); !reason.empty()) return reason;
        if (!isStatic(factors->shape) || volumeOf(staticDims(factors->shape)) != count)
            return "factors that are not one for each element of a row";
    }
    return {};
}

std::string normRowsCode(const ops::Normalization& op, const Fact& x, const Fact* scale, const Fact* bias, bool loops) {
    const DType factor = scale ? scale->type : bias ? bias->type : x.type;
    const int64_t count = rowLength(x.shape, op);
    return cat(typeLine("T", x.type), typeLine("P", factor), "#define RMS ", op.rms ? 1 : 0, "\n#define HAS_SCALE ",
               scale ? 1 : 0, "\n#define HAS_BIAS ", bias ? 1 : 0, "\n#define CONSTANT ",
               (!scale || scale->constant) && (!bias || bias->constant) ? 1 : 0, "\n#define LOOPS ", loops ? 1 : 0,
               "\n#define RESIDENT ", residentOf(count, x.type), "\n#define PIECES ", piecesOf(count, x.type), "\n",
               codeText("norm_rows"));
}

int64_t blocksOfRows(int64_t rows) {
    constexpr int64_t kWarps = kNormRowsThreads / 32;
    return (rows + kWarps - 1) / kWarps;
}

const Family kNormRowsFamily = opFamily<NormRowsDef>();

}  // namespace opentrt::cuda
