// SPDX-License-Identifier: Apache-2.0
// Products of rows with weights of 4 bits and scales, which stay so in memory and become numbers inside of the kernel
// (code/packed_product.cu): what few rows take is the time to read the weights. Tested by the conformance cases on a
// device and emulated, by tests/cuda without one.
#include <algorithm>

#include "backends/cuda/elements.h"
#include "backends/cuda/few_rows.h"
#include "base/error.h"
#include "ops/dequantize.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.packed_product";
//! Of weights in a thread's 16 bytes: k, and columns.
constexpr int64_t kChunk = 64, kColumns = 16;
//! Where there are always more rows than kFewRows, and may be more than kMostRows, weights are better made numbers
//! before.
constexpr int64_t kFewRows = 64, kMostRows = 512;

//! Of a block: tiles of 16 columns, parts of 8 rows, warps that share k.
struct Tile {
    int tiles, parts, warps;
    int rows() const { return parts * 8; }
    int columns() const { return tiles * static_cast<int>(kColumns); }
    std::string name() const { return cat(columns(), "x", rows(), "x", warps); }
};
constexpr Tile kTiles[] = {{1, 1, 16}, {2, 1, 16}, {1, 1, 8}, {2, 1, 8}, {1, 2, 8}, {2, 2, 8},
                           {4, 2, 8},  {1, 4, 8},  {2, 4, 8}, {2, 8, 4}, {1, 8, 8}};
constexpr int64_t kMostTiles = 4;  //!< weights are padded to so many
//! Where more rows may come than the tile of a tactic has.
constexpr Tile kManyRows{2, 8, 4};

//! The weights of a product as the network has them.
struct Weights {
    const Node* node = nullptr;  //!< the Dequantize
    const Tensor *data = nullptr, *scale = nullptr, *zero = nullptr;
    int64_t k = 0, columns = 0;
    int64_t group = 0;  //!< neighbouring k with the same scale
    bool transposed = false;
    ScalePlaces places;
};

const Tensor* constantOf(const RegionView& region, const Node& node, size_t k) {
    if (k >= node.inputs.size() || !node.inputs[k].valid()) return nullptr;
    const int input = region.indexOf(node.inputs[k]);
    return input >= 0 && region.isConstant(input) ? &*region.input(input).constant : nullptr;
}

bool isOurs(const RegionView& region) {
    if (!product(region) || region.front.size() != 1 || !region.further.empty()) return false;
    const Node& front = *region.front[0];
    return as<ops::Dequantize>(*front.op) && region.anchor->inputs[1] == front.outputs[0] &&
           region.anchorInputs[0] >= 0;
}

Interval rowsOf(const RegionView& region) {
    Dim rows(1);
    const Shape& y = region.anchorOutput().shape;
    for (size_t d = 0; d + 1 < y.size(); ++d) rows = rows * y[d];
    return rows.bounds(region.graph->ranges);
}

std::string whyNot(const RegionView& region, Weights& w) {
    if (const std::string reason = whyNotContraction(region); !reason.empty()) return reason;
    const Fact& x = *region.anchorInput(0);
    if (const std::string type = whyNotType(x, {DType::F16, DType::BF16}); !type.empty()) return type;
    w.node = region.front[0];
    w.data = constantOf(region, *w.node, 0);
    w.scale = constantOf(region, *w.node, 1);
    w.zero = constantOf(region, *w.node, 2);
    if (!w.data || !w.scale || (w.node->inputs.size() > 2 && w.node->inputs[2].valid() && !w.zero))
        return "weights, scales or zero points that are not constant";
    if (w.data->type() != DType::I4 && w.data->type() != DType::F4)
        return cat("weights of type ", name(w.data->type()));
    if (w.zero && w.data->type() == DType::F4) return "zero points of floats";
    const Dims& dims = w.data->dims();
    const size_t rank = dims.size();
    w.transposed = product(region)->b == ops::MatrixOperation::Transpose;
    if (rank < 2 || volumeOf(dims) != dims[rank - 1] * dims[rank - 2]) return "several matrices of weights";
    w.k = dims[rank - (w.transposed ? 1 : 2)];
    w.columns = dims[rank - (w.transposed ? 2 : 1)];
    if (product(region)->a != ops::MatrixOperation::None) return "a transposed operand";
    if (w.k == 0 || w.columns == 0 || w.k % kChunk != 0) return cat("an inner size that is not in steps of ", kChunk);
    const auto& op = *as<ops::Dequantize>(*w.node->op);
    const auto places = scalePlaces(dims, w.scale->dims(), op.axis, op.blockShape);
    if (!places) return "scales that do not cover the weights";
    w.places = *places;
    const size_t inner = rank - (w.transposed ? 1 : 2);
    w.group = w.places.stride[inner] == 0 ? w.k : w.places.block[inner];
    if (w.group % kColumns != 0 || (w.group < kChunk ? kChunk % w.group : w.group % kChunk) != 0)
        return cat("scales of ", w.group, " neighbours");
    const auto bounds = rowsOf(region);
    const bool isMany = bounds.min > kFewRows && bounds.max > kMostRows;
    return isMany ? cat(bounds.min, " to ", bounds.max, " rows are many") : std::string();
}

bool fuses(const Site&, const RegionView& region) {
    Weights unused;
    return isOurs(region) && whyNot(region, unused).empty();
}

void tactics(const Site&, const RegionView& region, const TacticRequest& request, TacticList& list) {
    if (!isOurs(region)) return;
    Weights w;
    if (const std::string reason = whyNot(region, w); !reason.empty()) return list.refuse(kName, reason);
    const ContractionSizes sizes = sizesOf(region, request);
    Tactic tactic = contractionTactic(region);
    int least = kTiles[std::size(kTiles) - 1].rows();
    for (const Tile& tile : kTiles) {
        if (tile.rows() >= sizes.rows) least = std::min(least, tile.rows());
    }
    for (const Tile& tile : kTiles) {
        if (tile.rows() != least) continue;
        tactic.name = cat(kName, ".", tile.name());
        list.tactics.push_back(tactic);
    }
}

struct PackedParams : HasFields {
    int64_t rows = 0, columns = 0, blockColumns = 0, warps = 0, k = 0;
    bool mayExceed = false;  //!< there is a second kernel, for more rows
    std::vector<int64_t> extras;
    void fields(FieldVisitor& v) override {
        v.field("rows", rows);
        v.field("columns", columns);
        v.field("blockColumns", blockColumns);
        v.field("warps", warps);
        v.field("k", k);
        v.field("mayExceed", mayExceed);
        v.field("extras", extras);
    }
};

DType scaleType(const Weights& w) {
    return w.scale->type() == DType::F16 || w.scale->type() == DType::F8 ? DType::F16 : DType::F32;
}
//! Neighbouring k that a thread reads of a row at once.
int64_t runOf(const Weights& w) {
    return w.group % 32 == 0 ? 8 : 4;
}
int64_t allTiles(const Weights& w) {
    constexpr int64_t kStep = kColumns * kMostTiles;
    return (w.columns + kStep - 1) / kStep * kMostTiles;
}

//! Weights in the order in which threads take them, scales and zero points (code/packed_product.cu).
Tensor packed(const Weights& w) {
    const int64_t tiles = allTiles(w), chunks = w.k / kChunk, groups = (w.k + w.group - 1) / w.group, run = runOf(w);
    const int64_t words = tiles * chunks * 128, places = tiles * groups * kColumns;
    const DType type = scaleType(w);
    Tensor all(DType::U8, {words * 4 + places * bytesOf(type) + (w.zero ? places : 0)});
    auto* to = all.mutableAs<uint8_t>();
    const auto rank = w.data->dims().size();
    const size_t kAxis = rank - (w.transposed ? 1 : 2), nAxis = rank - (w.transposed ? 2 : 1);
    const int64_t kStride = w.transposed ? 1 : w.columns, nStride = w.transposed ? w.k : 1;
    const auto* from = w.data->as<uint8_t>();
    // An integer n is stored as n + 8.
    const uint32_t sign = w.data->type() == DType::I4 ? 8 : 0;
    auto* word = reinterpret_cast<uint32_t*>(to);
    for (int64_t tile = 0; tile < tiles; ++tile) {
        for (int64_t at = 0; at < chunks * 128; ++at, ++word) {
            const int64_t step = at % 4, lane = at / 4 % 32, chunk = at / 128;
            uint32_t bits = 0;
            for (int64_t e = 0; e < 8; ++e) {  // registers of the fragment, then the halves of each
                const int64_t i = e / 2, n = tile * kColumns + lane / 4 + i % 2 * 8, j = i / 2 * 2 + e % 2;
                const int64_t steps = run / 4;  // of one run
                const int64_t k = chunk * kChunk + step / steps * run * 4 + lane % 4 * run + step % steps * 4 + j;
                if (n >= w.columns) continue;
                const int64_t place = k * kStride + n * nStride;
                const uint32_t number = (static_cast<uint32_t>(from[place / 2]) >> place % 2 * 4 & 15) ^ sign;
                bits |= number << (i * 4 + e % 2 * 16);
            }
            *word = bits;
        }
    }
    Tensor scales(type, {places}), zeros(DType::I8, {w.zero ? places : 0});
    for (int64_t p = 0; p < places; ++p) {
        const int64_t n = p / (groups * kColumns) * kColumns + p % 2 * 8 + p / 2 % 8, group = p / kColumns % groups;
        if (n >= w.columns) continue;
        const auto& [block, stride] = w.places;
        const int64_t place = group * w.group / block[kAxis] * stride[kAxis] + n / block[nAxis] * stride[nAxis];
        scales.set(p, w.scale->get(place));
        if (w.zero) zeros.setInt(p, w.zero->getInt(place));
    }
    std::copy_n(scales.as<uint8_t>(), scales.bytes(), to + words * 4);
    std::copy_n(zeros.as<uint8_t>(), zeros.bytes(), to + words * 4 + scales.bytes());
    return all;
}

std::string sourceOf(const RegionView& region, const Weights& w, const Tile& tile, const std::vector<int64_t>& extras) {
    const DType type = region.anchorInput(0)->type;
    const auto number = [](const char* name, int64_t value) { return cat("#define ", name, " ", value, "\n"); };
    return cat(typeLine("T", type), typeLine("R", region.output(0).type), typeLine("S", scaleType(w)),
               number("HALF", type == DType::F16), number("FLOATS", w.data->type() == DType::F4),
               number("ZEROS", w.zero != nullptr), number("CHUNKS", w.k / kChunk), number("GROUP", w.group),
               number("RUN", runOf(w)), number("TILES", tile.tiles), number("PARTS", tile.parts),
               number("WARPS", tile.warps), number("ALL_TILES", allTiles(w)), codeText("mma"),
               codeText("packed_product"), finishCode(region, false, extras), codeText("packed_product_body"));
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic& tactic, const TacticRequest&) {
    Weights w;
    check(whyNot(region, w).empty(), "a tactic for another product");
    const auto tile = std::find_if(std::begin(kTiles), std::end(kTiles),
                                   [&](const Tile& t) { return tactic.name == cat(kName, ".", t.name()); });
    check(tile != std::end(kTiles), "a tactic of no known tile");
    CompiledStep step;
    step.kernel = kName;
    step.inputs = {region.anchorInputs[0]};
    PackedParams p;
    p.rows = tile->rows();
    p.columns = w.columns;
    p.blockColumns = tile->columns();
    p.warps = tile->warps;
    p.k = w.k;
    p.extras = addExtras(region, false, columnAxis(region), step);
    p.mayExceed = tile->rows() < kManyRows.rows() && rowsOf(region).max > tile->rows();
    step.weights = {compileCode(site.target, sourceOf(region, w, *tile, p.extras)), packed(w)};
    if (p.mayExceed) step.weights.push_back(compileCode(site.target, sourceOf(region, w, kManyRows, p.extras)));
    step.params = printFields(p);
    return step;
}
std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    PackedParams p;
    parseFields(p, params);
    fit(p.rows > 0 && p.columns > 0 && p.blockColumns > 0 && p.warps > 0 && p.warps <= 32 && p.k > 0 &&
            p.extras.size() <= kMostExtras && weights.size() == (p.mayExceed ? 3 : 2),
        "the parameters of a product");
    fitBytes(weights[1], (p.columns + p.blockColumns - 1) / p.blockColumns * p.blockColumns * p.k / 2);
    auto packed = std::make_shared<const DeviceWeights>(*site.machine, weights[1]);
    const auto many = p.mayExceed ? loadModule(*site.machine, weights[2]) : nullptr;
    return makeKernel([p, module = loadModule(*site.machine, weights[0]), many, packed](
                          auto in, auto out) -> std::unique_ptr<Launch> {
        fitPorts(in, 1 + p.extras.size());
        fitPorts(out, 1);
        const int64_t elements = volumeOf(out[0].dims);
        if (elements == 0) return makeLaunch([](const LaunchArgs&) {});
        fit(out[0].dims.back() == p.columns && volumeOf(in[0].dims) == elements / p.columns * p.k,
            "operands of another product");
        const int64_t rows = elements / p.columns;
        const bool exceeds = many && rows > p.rows;
        const int64_t blockRows = exceeds ? kManyRows.rows() : p.rows,
                      blockColumns = exceeds ? kManyRows.columns() : p.blockColumns;
        Grid grid;
        grid.threads = static_cast<int>(exceeds ? kManyRows.warps : p.warps) * 32;
        grid.x = (p.columns + blockColumns - 1) / blockColumns;
        grid.y = (rows + blockRows - 1) / blockRows;
        return makeRowsLaunch(exceeds ? many : module, "packed_product", grid, rows, p.columns, packed,
                              p.extras.size());
    });
}

}  // namespace

const Family kPackedProductFamily{kName, tactics, compile, load, fuses, 1, true};

}  // namespace opentrt::cuda
