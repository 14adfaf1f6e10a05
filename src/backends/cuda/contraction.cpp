// SPDX-License-Identifier: Apache-2.0
// Convolutions in channels-last order and matrix products, with the pointwise operators behind them, on tensor cores
// (code/contraction.cu). Weights are packed when the plan is made: one row for each output channel, padded to steps of
// 128 bytes. Floats are multiplied as tf32 where that is allowed, else in three parts that keep their precision. Tested
// by the conformance cases on a device, by code_test without one.
#include <algorithm>

#include "backends/cuda/arguments.h"
#include "backends/cuda/epilogue.h"
#include "backends/cuda/family.h"
#include "backends/cuda/rows.h"
#include "base/error.h"
#include "ops/convolution.h"
#include "ops/matrix_multiply.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.contraction";
constexpr int64_t kStepBytes = 128, kPieceBytes = 16;

//! Layout of code/contraction.cu.
struct ContractionArgs {
    const void *a = nullptr, *b = nullptr;
    void* y = nullptr;
    Extras extra;
    int32_t M = 0, N = 0, K = 0;
    int32_t steps = 0;
    int32_t vector = 1;
    int64_t aRow = 0, aCol = 1, bRow = 0, bCol = 1, yRow = 0;
    Divisor batch[4] = {Divisor(1), Divisor(1), Divisor(1), Divisor(1)};
    int64_t aBatch[4] = {}, bBatch[4] = {}, yBatch[4] = {}, columnBatch[4] = {};
    Divisor outW{1}, outH{1}, outD{1}, channels{1}, windowW{1}, windowH{1};
    int32_t in[3] = {1, 1, 1}, stride[3] = {1, 1, 1}, pad[3] = {}, dilation[3] = {1, 1, 1};
    int64_t imageStride = 0, placeStride[3] = {};
};

struct Tile {
    int m, n, warpsM, warpsN, stages;
    bool splits = true;  //!< whether blocks may share the sum over k
    int threads() const { return warpsM * warpsN * 32; }
    int64_t shared() const {
        return std::max<int64_t>(int64_t{stages} * (m + n) * kStepBytes, int64_t{m} * (n + 4) * 4);
    }
    std::string name() const { return cat(m, "x", n); }
};
constexpr Tile kTiles[] = {{64, 64, 2, 2, 4},  {32, 32, 2, 2, 8, true}, {64, 32, 2, 2, 6},         {32, 64, 2, 2, 6},
                           {128, 64, 4, 2, 4}, {64, 128, 2, 4, 4},      {128, 128, 2, 4, 3, false}};
constexpr int kSplits[] = {1, 2, 4, 8};

enum AMode { kRows = 0, kWindows = 1, kWindowElements = 2, kElements = 3 };

struct Params : HasFields, ops::WindowParams {
    bool image = false;
    DType type = DType::F32;
    int64_t tile = 0, split = 1, groups = 1;
    int64_t aMode = 0;
    bool packed = false;          //!< b is a weight of the step, not an input
    int64_t a = 0, b = 0;         //!< ops::MatrixOperation of a matrix product
    std::vector<int64_t> kernel;  //!< of a convolution: K, C / groups, window
    int64_t columns = 0;          //!< of packed weights
    std::vector<int64_t> extras;  //!< kinds, in the order of the inputs behind a and b
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
        v.field("extras", extras);
        windowFields(v);
    }
};

int64_t pieceOf(DType type) {
    return kPieceBytes / bytesOf(type);
}

const ops::Convolution* convolution(const RegionView& region) {
    return region.anchor ? as<ops::Convolution>(region.op()) : nullptr;
}
const ops::MatrixMultiply* product(const RegionView& region) {
    return region.anchor ? as<ops::MatrixMultiply>(region.op()) : nullptr;
}

size_t columnAxis(const RegionView& region) {
    return convolution(region) ? 1 : region.output(0).shape.size() - 1;
}

std::string whyNotConvolution(const RegionView& region, const ops::Convolution& conv) {
    const Fact &x = *region.anchorInput(0), &w = *region.anchorInput(1);
    if (!w.constant) return "the weights are not constant";
    if (x.shape.size() != w.shape.size() || x.shape.size() < 3 || x.shape.size() > 5)
        return cat("rank ", x.shape.size(), " is not 3 to 5");
    const int64_t perGroup = w.shape[1].constant();
    if (w.constant->count() == 0) return "the weights are empty";
    if (conv.groups > 1 && perGroup < 4) return "groups of few channels";
    return {};
}

std::string whyNotProduct(const RegionView& region, const ops::MatrixMultiply& op) {
    if (op.a == ops::MatrixOperation::Vector || op.b == ops::MatrixOperation::Vector) return "a vector operand";
    const size_t rank = region.anchorOutput().shape.size();
    return rank > 6 ? "more than 4 dimensions of batch" : std::string();
}

std::string whyNot(const RegionView& region) {
    const auto* conv = convolution(region);
    const auto* matrices = product(region);
    const Fact* x = region.anchorInput(0);
    if (!x || !region.anchorInput(1)) return "an operand is left out";
    const std::string type = whyNotType(*x, {DType::F32, DType::F16, DType::BF16});
    if (!type.empty()) return type;
    const std::string own = conv ? whyNotConvolution(region, *conv) : whyNotProduct(region, *matrices);
    return own.empty() ? whyNotEpilogue(region, columnAxis(region)) : own;
}

//! Whether b is packed into the plan.
bool packs(const RegionView& region) {
    const Fact& b = *region.anchorInput(1);
    if (!b.constant) return false;
    if (convolution(region)) return true;
    return std::all_of(b.shape.begin(), b.shape.end() - 2, [](const Dim& d) { return d == Dim(1); });
}

bool isMultiple(const Dim& d, int64_t of) {
    return d.isConstant() && d.constant() % of == 0;
}

AMode modeOf(const RegionView& region) {
    const Fact& x = *region.anchorInput(0);
    const int64_t piece = pieceOf(x.type);
    if (const auto* conv = convolution(region)) {
        const Shape& w = region.anchorInput(1)->shape;
        if (w[1].constant() % piece != 0) return kWindowElements;
        bool plain = conv->groups == 1;
        for (size_t d = 2; d < w.size(); ++d) {
            const size_t s = d - 2;
            const bool explicitPadding = conv->paddingMode == ops::PaddingMode::ExplicitRoundDown;
            plain = plain && w[d] == Dim(1) && conv->strideAt(s) == 1 && conv->preAt(s) == 0 && conv->postAt(s) == 0 &&
                    explicitPadding;
        }
        return plain ? kRows : kWindows;
    }
    const bool straight = product(region)->a == ops::MatrixOperation::None;
    return straight && isMultiple(x.shape.back(), piece) ? kRows : kElements;
}

//! B of a product that is not packed: rows along k when it is transposed already.
bool bIsRows(const RegionView& region) {
    if (packs(region)) return true;
    const Fact& b = *region.anchorInput(1);
    return product(region)->b == ops::MatrixOperation::Transpose && isMultiple(b.shape.back(), pieceOf(b.type));
}

//! Blocks share a sum when the tiles alone leave most of the device idle and each part keeps some steps.
bool isWorthSplitting(const Target& target, const RegionView& region, const TacticRequest& request, const Tile& tile,
                      int split) {
    const auto* conv = convolution(region);
    if (!tile.splits || !target.launchesEarly() || (conv && conv->groups > 1) || !packs(region)) return false;
    const Dims y = evalShape(region.anchorOutput().shape, request.opt);
    const int64_t columns = y[columnAxis(region)];
    const int64_t rows = volumeOf(y) / std::max<int64_t>(columns, 1);
    const int64_t k = region.anchorInput(1)->constant->count() / std::max<int64_t>(columns, 1);
    const int64_t blocks = ((rows + tile.m - 1) / tile.m) * ((columns + tile.n - 1) / tile.n);
    const int64_t steps = k * bytesOf(region.anchorInput(0)->type) / kStepBytes;
    return blocks * split <= 4 * target.multiprocessors && steps >= 2 * split;
}

void tactics(const Site& site, const RegionView& region, const TacticRequest& request, TacticList& list) {
    if (!convolution(region) && !product(region)) return;
    if (const std::string reason = whyNot(region); !reason.empty()) return list.refuse(kName, reason);
    const Format format = convolution(region) ? Format::Nhwc : Format::Linear;
    const Shape& out = region.output(0).shape;
    const bool rounds = region.anchorInput(0)->type == DType::F32 && request.tf32;
    Tactic tactic;
    for (size_t i = 0; i < region.node->inputs.size(); ++i) {
        const bool valid = region.node->inputs[i].valid();
        const bool image =
            valid && (static_cast<int>(i) == region.anchorInputs[0] || region.input(static_cast<int>(i)).shape == out);
        tactic.inputs.push_back(image ? format : Format::Linear);
    }
    tactic.outputs = {format};
    for (const Tile& tile : kTiles) {
        if (tile.shared() > site.target.sharedPerBlock) continue;
        for (const int split : kSplits) {
            if (split > 1 && !isWorthSplitting(site.target, region, request, tile, split)) break;
            tactic.name = cat(kName, rounds ? ".tf32." : ".", tile.name(), split > 1 ? cat("/", split) : "");
            list.tactics.push_back(tactic);
        }
    }
}

//! Rows of k for each output channel, padded with zeros.
template <class E>
void packRows(const E* from, E* to, int64_t rows, int64_t channels, int64_t taps, int64_t padded) {
    for (int64_t r = 0; r < rows; ++r) {
        for (int64_t c = 0; c < channels; ++c) {
            for (int64_t t = 0; t < taps; ++t) to[r * padded + t * channels + c] = from[(r * channels + c) * taps + t];
        }
    }
}
template <class E>
void packColumns(const E* from, E* to, int64_t k, int64_t columns, int64_t padded) {
    for (int64_t i = 0; i < k; ++i) {
        for (int64_t n = 0; n < columns; ++n) to[n * padded + i] = from[i * columns + n];
    }
}

int64_t paddedTo(int64_t k, DType type) {
    const int64_t step = kStepBytes / bytesOf(type);
    return (k + step - 1) / step * step;
}

Tensor pack(const RegionView& region, Params& p) {
    const Tensor& w = *region.anchorInput(1)->constant;
    const bool wide = bytesOf(w.type()) == 4;
    const auto put = [&](int64_t rows, int64_t k, const auto& function) {
        const int64_t padded = paddedTo(k, w.type());
        Tensor packed(w.type(), {rows, padded});
        p.columns = rows;
        if (wide) function(w.as<uint32_t>(), static_cast<uint32_t*>(packed.mutableData()), padded);
        if (!wide) function(w.as<uint16_t>(), static_cast<uint16_t*>(packed.mutableData()), padded);
        return packed;
    };
    if (p.image) {
        int64_t taps = 1;
        for (size_t d = 2; d < p.kernel.size(); ++d) taps *= p.kernel[d];
        const int64_t rows = p.kernel[0], channels = p.kernel[1];
        return put(rows, channels * taps,
                   [&](auto* from, auto* to, int64_t padded) { packRows(from, to, rows, channels, taps, padded); });
    }
    const bool transposed = product(region)->b == ops::MatrixOperation::Transpose;
    const auto& dims = w.dims();
    const int64_t k = dims[dims.size() - (transposed ? 1 : 2)], n = dims[dims.size() - (transposed ? 2 : 1)];
    return put(n, k, [&](auto* from, auto* to, int64_t padded) {
        transposed ? packRows(from, to, n, k, 1, padded) : packColumns(from, to, k, n, padded);
    });
}

std::string sourceOf(const RegionView& region, const Params& p, bool rounds) {
    const Tile& tile = kTiles[p.tile];
    const bool hasBias = convolution(region) && region.anchorInput(2);
    return cat(typeLine("T", p.type), typeLine("R", region.output(0).type),
               p.type == DType::F32 ? cat("#define EXACT ", rounds ? 0 : 1, "\n") : std::string(), "#define BM ",
               tile.m, "\n#define BN ", tile.n, "\n#define WM ", tile.warpsM, "\n#define WN ", tile.warpsN,
               "\n#define STAGES ", tile.stages, "\n#define SPLIT ", p.split, "\n#define B_CONSTANT ", p.packed ? 1 : 0,
               "\n#define A_MODE ", p.aMode, "\n#define B_MODE ", bIsRows(region) ? 0 : 3, "\n", codeText("mma"),
               codeText("contraction"), finishCode(region, hasBias));
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic& tactic, const TacticRequest&) {
    Params p;
    CompiledStep step;
    step.kernel = kName;
    p.type = region.anchorInput(0)->type;
    p.aMode = modeOf(region);
    p.packed = packs(region);
    for (size_t t = 0; t < std::size(kTiles); ++t) {
        const size_t at = tactic.name.rfind("." + kTiles[t].name());
        if (at == std::string::npos) continue;
        const std::string rest = tactic.name.substr(at + 1 + kTiles[t].name().size());
        if (!rest.empty() && rest[0] != '/') continue;  // a longer name
        p.tile = static_cast<int64_t>(t);
        p.split = rest.empty() ? 1 : rest[1] - '0';
    }
    step.inputs = {region.anchorInputs[0]};
    const auto* conv = convolution(region);
    if (conv) {
        static_cast<ops::WindowParams&>(p) = *conv;
        p.image = true;
        p.groups = conv->groups;
        p.kernel = staticDims(region.anchorInput(1)->shape);
    } else {
        p.a = static_cast<int64_t>(product(region)->a);
        p.b = static_cast<int64_t>(product(region)->b);
    }
    if (!p.packed) step.inputs.push_back(region.anchorInputs[1]);
    p.extras = addExtras(region, conv && region.anchorInput(2), columnAxis(region), step);
    step.weights = {compileCode(site.target, sourceOf(region, p, tactic.name.find(".tf32.") != std::string::npos))};
    if (p.packed) step.weights.push_back(pack(region, p));
    step.params = printFields(p);
    return step;
}

void placeImage(const Params& p, const Port& x, const Port& y, ContractionArgs& args) {
    const size_t spatial = x.dims.size() - 2;
    const Dims xs = stridesIn(Format::Nhwc, x.dims);
    const int64_t perGroup = p.kernel[1], columns = p.kernel[0] / p.groups;
    Divisor* outs[3] = {&args.outD, &args.outH, &args.outW};
    int64_t window[3] = {1, 1, 1}, pixels = x.dims[0];
    for (size_t s = 0; s < spatial; ++s) {
        const size_t at = 3 - spatial + s;
        const auto extent = p.extent(s, x.dims[s + 2], p.kernel[s + 2]);
        window[at] = p.kernel[s + 2];
        args.in[at] = static_cast<int32_t>(x.dims[s + 2]);
        args.stride[at] = static_cast<int32_t>(p.strideAt(s));
        args.pad[at] = static_cast<int32_t>(extent.pre);
        args.dilation[at] = static_cast<int32_t>(p.dilationAt(s));
        args.placeStride[at] = xs[s + 2];
        *outs[at] = Divisor(std::max<int64_t>(y.dims[s + 2], 1));
        pixels *= y.dims[s + 2];
    }
    args.imageStride = xs[0];
    args.channels = Divisor(perGroup);
    args.windowW = Divisor(window[2]);
    args.windowH = Divisor(window[1]);
    args.M = static_cast<int32_t>(requireCount(pixels));
    args.N = static_cast<int32_t>(columns);
    args.K = static_cast<int32_t>(perGroup * window[0] * window[1] * window[2]);
    args.aRow = x.dims[1];
    args.bRow = paddedTo(args.K, p.type);
    args.yRow = p.kernel[0];
    args.batch[3] = Divisor(p.groups);
    args.aBatch[3] = perGroup;
    args.bBatch[3] = columns * args.bRow;
    args.yBatch[3] = args.columnBatch[3] = columns;
}

//! Returns how many products there are.
int64_t placeMatrices(const Params& p, const Port& a, const Port* b, const Port& y, ContractionArgs& args) {
    const bool aTransposed = p.a == static_cast<int64_t>(ops::MatrixOperation::Transpose);
    const bool bTransposed = p.b == static_cast<int64_t>(ops::MatrixOperation::Transpose);
    const size_t rank = y.dims.size();
    const Dims as = broadcast(a.dims, stridesOf(a.dims)), ys = stridesOf(y.dims);
    args.M = static_cast<int32_t>(requireCount(y.dims[rank - 2]));
    args.N = static_cast<int32_t>(requireCount(y.dims[rank - 1]));
    args.K = static_cast<int32_t>(requireCount(a.dims[rank - (aTransposed ? 2 : 1)]));
    args.aRow = aTransposed ? 1 : a.dims[rank - 1];
    args.aCol = aTransposed ? a.dims[rank - 1] : 1;
    args.yRow = y.dims[rank - 1];
    Dims bs(rank, 0);
    if (b) {
        bs = broadcast(b->dims, stridesOf(b->dims));
        args.bRow = bTransposed ? b->dims[rank - 1] : 1;
        args.bCol = bTransposed ? 1 : b->dims[rank - 1];
    } else {
        args.bRow = paddedTo(args.K, p.type);
    }
    int64_t count = 1;
    for (size_t d = 0; d + 2 < rank; ++d) count *= y.dims[d];
    const bool sharesB = std::all_of(bs.begin(), bs.end() - 2, [](int64_t s) { return s == 0; });
    const bool denseA = !aTransposed && volumeOf(a.dims) == count * args.M * args.K;
    if (sharesB && denseA) {  // all matrices of a are rows of one
        args.M = static_cast<int32_t>(requireCount(count * args.M));
        return 1;
    }
    for (size_t d = 0; d + 2 < rank; ++d) {
        const size_t at = d + 6 - rank;
        args.batch[at] = Divisor(std::max<int64_t>(y.dims[d], 1));
        args.aBatch[at] = as[d];
        args.bBatch[at] = bs[d];
        args.yBatch[at] = ys[d];
    }
    return count;
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    auto p = std::make_shared<Params>();
    parseFields(*p, params);
    check(p->tile >= 0 && p->tile < static_cast<int64_t>(std::size(kTiles)) && p->extras.size() <= kMostExtras,
          "the parameters of a contraction");
    auto module = loadModule(*site.machine, weights.at(0));
    std::shared_ptr<const DeviceWeights> packed;
    if (p->packed) packed = std::make_shared<const DeviceWeights>(*site.machine, weights.at(1));
    return makeKernel([p, module, packed](auto in, auto out) -> std::unique_ptr<Launch> {
        const Tile& tile = kTiles[p->tile];
        ContractionArgs args;
        int64_t batch = p->groups;
        if (p->image) {
            placeImage(*p, in[0], out[0], args);
        } else {
            batch = placeMatrices(*p, in[0], p->packed ? nullptr : &in[1], out[0], args);
        }
        const int64_t step = kStepBytes / bytesOf(p->type);
        args.steps = static_cast<int32_t>((args.K + step - 1) / step);
        args.extra = Extras(p->extras);
        if (volumeOf(out[0].dims) == 0) return makeLaunch([](const LaunchArgs&) {});
        Grid grid;
        grid.x = (args.M + tile.m - 1) / tile.m;
        grid.y = (args.N + tile.n - 1) / tile.n;
        grid.z = batch * p->split;
        grid.cluster = static_cast<int>(p->split);
        grid.threads = tile.threads();
        grid.shared = tile.shared();
        if (grid.y > 65535 || grid.z > 65535) {
            throw Error(ErrorCode::Unsupported, "", cat(grid.z, " products of ", grid.y, " tiles are too many"));
        }
        const int firstExtra = p->packed ? 1 : 2;
        const bool aligns = p->aMode == kRows || p->aMode == kWindows;
        return makeKernelLaunch(
            module, "contraction", grid, args,
            [packed, firstExtra, count = p->extras.size(), aligns](ContractionArgs& a, const LaunchArgs& launch) {
                a.a = launch.inputs[0];
                a.b = packed ? packed->data() : launch.inputs[1];
                a.y = launch.outputs[0];
                if (aligns && (!isAligned(a.a) || !isAligned(a.b))) {
                    throw Error(ErrorCode::InvalidArgument, "", "an operand of a product is not aligned to 16 bytes");
                }
                a.vector = a.extra.place(launch, firstExtra, count) && isAligned(a.y);
            });
    });
}

}  // namespace

const Family kContractionFamily{kName, tactics, compile, load, [](const RegionView& r) {
                                    return (convolution(r) || product(r)) && whyNot(r).empty();
                                }};

}  // namespace opentrt::cuda
