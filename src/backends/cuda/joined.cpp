// SPDX-License-Identifier: Apache-2.0
// A 1x1 convolution and another one whose result is added to it in one kernel (code/joined.cu), where all that a block
// multiplies fits into shared memory: the ends of the first block of a stage of a residual network. For compute
// capability 9.0. Tested by the conformance cases on a device, by tests/cuda without.
#include <cstring>

#include "backends/cuda/copied.h"
#include "backends/cuda/group_product.h"
#include "backends/cuda/rows.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.joined";
constexpr int64_t kFront = 1024;     // bytes of shared memory for barriers
constexpr int64_t kRows = 64;        // of a tile, and its columns for each group of warps
constexpr int64_t kNeighbours = 32;  // columns of weights that are in the order of their sums
constexpr int64_t kMostUnits = 32;   // pieces of k of both products
constexpr int64_t kMostColumns = 1 << 16;

//! Layouts of code/joined.cu.
struct alignas(64) ProductArgs {
    TensorMap a, b;
    void* y = nullptr;
    Extras extra;
};
struct JoinedArgs {
    ProductArgs products[2];  // beside, own
    int32_t M = 0, N = 0;
    int32_t windows = 0;
    int32_t stride[2] = {1, 1};
    Divisor pixels{1}, width{1};
};
//! What else placeRows() tells.
struct RowArgs : JoinedArgs {
    int32_t chunks = 0, taps = 1, windowW = 1, pad[2] = {0, 0};
};

struct Tile {
    int groups;
    int64_t columns() const { return groups * kRows; }
    int threads() const { return groups * 128 + 32; }
    int64_t shared(int64_t units) const { return kFront + units * (kRows + columns()) * kStepBytes; }
    //! Blocks that a multiprocessor holds.
    int resident(const Target& target, int64_t units) const {
        return 2 * (shared(units) + kFront) <= target.sharedPerMultiprocessor ? 2 : 1;
    }
    std::string name() const { return cat(kRows, "x", columns()); }
};
constexpr Tile kTiles[] = {{1}, {2}};

struct JoinedParams final : HasFields {
    DType type = DType::F16;
    int64_t tile = 0, columns = 0;
    int64_t stride = 1;                   //!< of the product beside
    std::vector<int64_t> channels;        //!< of the image beside, of the own one
    std::vector<int64_t> counts, extras;  //!< of each: operands behind the product; kinds of all of them
    void fields(FieldVisitor& v) override {
        v.field("type", type);
        v.field("tile", tile);
        v.field("columns", columns);
        v.field("stride", stride);
        v.field("channels", channels);
        v.field("counts", counts);
        v.field("extras", extras);
    }
    int64_t units(size_t product) const { return channels[product] * bytesOf(type) / kStepBytes; }
    int64_t weightBytes(size_t product) const { return columns * channels[product] * bytesOf(type); }
};

//! The product beside, and the own one; nothing for other regions.
std::vector<RegionView> productsOf(const RegionView& region) {
    const bool areTwo = convolution(region) && region.further.size() == 1 && region.front.empty() &&
                        as<ops::Convolution>(*region.further[0]->op) && region.node->outputs.size() == 1;
    if (!areTwo) return {};
    std::vector<RegionView> products = linksOf(region);
    const bool isBeside = products[1].beside.valid() && products[1].beside == products[0].leaves;
    return isBeside ? products : std::vector<RegionView>{};
}

std::string whyNotProduct(const RegionView& product, DType type) {
    if (const std::string reason = whyNotContraction(product); !reason.empty()) return reason;
    const Shape& w = product.anchorInput(1)->shape;
    const int64_t step = stepOfPixels(product);
    if (w.size() != 4 || step < 1 || step > 2) return "a window, or other than two spatial axes";
    if (product.anchorInput(0)->type != type) return "numbers of several types";
    for (const int operand : pointwisePart(product).operands) {
        if (operand == kBeside) {
            if (product.holder().fact(product.beside).shape == product.anchorOutput().shape) continue;
            return "an operand of another shape";
        }
        const auto kind =
            operand < 0 ? std::nullopt : extraKind(product.input(operand).shape, product.anchorOutput().shape, 1);
        if (kind != kNumber && kind != kByColumn) return "a further operand like the result";
    }
    if (w[0].constant() % kRows != 0) return "columns that are not in steps of 64";
    return whyNotWholeSteps(product, kStepBytes);
}

std::string whyNot(const Site& site, const std::vector<RegionView>& products) {
    if (!site.target.isHopper()) return "the device has no products of warp groups";
    const Fact& x = *products[0].anchorInput(0);
    if (const std::string reason = whyNotType(x, {DType::F16, DType::BF16, DType::I8}); !reason.empty()) return reason;
    for (const RegionView& product : products) {
        if (const std::string reason = whyNotProduct(product, x.type); !reason.empty()) return reason;
    }
    return readsSinglePixels(products[1]) ? "" : "a step between pixels";
}

JoinedParams begin(const std::vector<RegionView>& products, std::vector<int>& inputs) {
    JoinedParams p;
    p.type = products[0].anchorInput(0)->type;
    p.stride = stepOfPixels(products[0]);
    for (const RegionView& product : products) inputs.push_back(product.anchorInputs[0]);
    for (const RegionView& product : products) {
        CompiledStep own;
        const ContractionParams params = beginContraction(product, own);
        inputs.insert(inputs.end(), own.inputs.begin() + 1, own.inputs.end());
        p.counts.push_back(static_cast<int64_t>(params.extras.size()));
        p.extras.insert(p.extras.end(), params.extras.begin(), params.extras.end());
        p.channels.push_back(product.anchorInput(0)->shape[1].constant());
        p.columns = params.columns;
    }
    return p;
}

void tactics(const Site& site, const RegionView& region, const TacticRequest& request, TacticList& list) {
    const std::vector<RegionView> products = productsOf(region);
    if (products.empty()) return;
    if (const std::string reason = whyNot(site, products); !reason.empty()) return list.refuse(kName, reason);
    std::vector<int> inputs;
    const JoinedParams p = begin(products, inputs);
    const Dims y = evalShape(region.anchorOutput().shape, request.opt);
    const int64_t units = p.units(0) + p.units(1), rows = (volumeOf(y) / p.columns + kRows - 1) / kRows;
    Tactic tactic;
    for (size_t i = 0; i < region.node->inputs.size(); ++i) {
        const auto index = static_cast<int>(i);
        const bool isImage = index == inputs[0] || index == inputs[1];
        tactic.inputs.push_back(isImage ? Format::Nhwc : Format::Linear);
    }
    tactic.outputs = {Format::Nhwc};
    for (const Tile& tile : kTiles) {
        const int64_t blocks = rows * (p.columns / tile.columns()), processors = site.target.multiprocessors;
        const bool fits =
            units <= kMostUnits && tile.shared(units) <= site.target.sharedPerBlock && p.columns % tile.columns() == 0;
        if (!fits || blocks * 3 < processors || blocks > processors * tile.resident(site.target, units)) continue;
        tactic.name = tacticName(kName, region, request, tile.name(), 1);
        list.tactics.push_back(tactic);
    }
    if (list.tactics.empty()) list.refuse(kName, "sizes that no tile fits");
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic& tactic, const TacticRequest&) {
    const std::vector<RegionView> products = productsOf(region);
    CompiledStep step;
    step.kernel = kName;
    JoinedParams p = begin(products, step.inputs);
    std::vector<std::string> names;
    for (const Tile& tile : kTiles) names.push_back(tile.name());
    p.tile = static_cast<int64_t>(readTactic(tactic, names).first);
    const Tile& tile = kTiles[p.tile];
    std::string source =
        cat(typeLine("T", p.type), typeLine("Sum", p.type == DType::I8 ? DType::I32 : DType::F32),
            "constexpr int GROUPS = ", tile.groups, ", BESIDE_UNITS = ", p.units(0), ", OWN_UNITS = ", p.units(1),
            ", THREADS = ", tile.threads(), ", RESIDENT = ", tile.resident(site.target, p.units(0) + p.units(1)), ";\n",
            codeText("mma"), codeText("hopper"), groupProductCode("multiplyGroup", kRows, p.type), codeText("joined"));
    Tensor all(DType::U8, {p.weightBytes(0) + p.weightBytes(1)});
    auto* to = static_cast<char*>(all.mutableData());
    for (size_t i = 0; i < products.size(); ++i) {
        const RegionView& product = products[i];
        CompiledStep own;
        const ContractionParams params = beginContraction(product, own);
        source +=
            cat("namespace ", i == 0 ? "beside" : "own", " {\ntypedef ProductArgs Args;\n",
                typeLine("R", product.finished().type),
                "constexpr bool EARLY = ", hasConstantColumns(product, params.extras, own.inputs) ? "true" : "false",
                ";\n", contractionFinish(product, params), "}\n");
        const Tensor packed = inOrderOfSums(packWeights(product, params), kNeighbours);
        check(packed.bytes() == p.weightBytes(i), "the weights of a product");
        std::memcpy(to, packed.data(), static_cast<size_t>(packed.bytes()));
        to += packed.bytes();
    }
    source += codeText("joined_body");
    step.weights = {compileCode(site.target, source), std::move(all)};
    step.params = printFields(p);
    return step;
}

void checkParams(const JoinedParams& p) {
    const auto isWhole = [&](int64_t channels) {
        return channels > 0 && channels * bytesOf(p.type) % kStepBytes == 0 &&
               channels * bytesOf(p.type) <= kMostUnits * kStepBytes;
    };
    const auto isCount = [](int64_t count) { return count >= 0 && count <= static_cast<int64_t>(kMostExtras); };
    check((p.type == DType::I8 || p.type == DType::F16 || p.type == DType::BF16) && p.tile >= 0 &&
              p.tile < static_cast<int64_t>(std::size(kTiles)) && p.channels.size() == 2 &&
              std::all_of(p.channels.begin(), p.channels.end(), isWhole) && p.stride >= 1 && p.stride <= 2 &&
              p.counts.size() == 2 && std::all_of(p.counts.begin(), p.counts.end(), isCount) &&
              p.counts[0] + p.counts[1] == static_cast<int64_t>(p.extras.size()) && p.columns > 0 &&
              p.columns <= kMostColumns && p.columns % kTiles[p.tile].columns() == 0,
          "the parameters of two joined products");
}

//! Which operand behind which product an input is.
struct Operand {
    size_t product, at;
};
std::vector<Operand> operandsOf(const JoinedParams& p, std::span<const Port> in) {
    std::vector<Operand> operands;
    size_t extra = 0;
    for (size_t i = 0; i < 2; ++i) {
        for (int64_t e = 0; e < p.counts[i]; ++e) {
            const int64_t kind = p.extras[extra++];
            if (kind == kMadeBeside) continue;
            const size_t input = 2 + operands.size();
            fit(input < in.size() && volumeOf(in[input].dims) == (kind == kNumber ? 1 : p.columns) &&
                    (kind == kNumber || kind == kByColumn),
                "an operand of two joined products");
            operands.push_back({i, static_cast<size_t>(e)});
        }
    }
    fit(in.size() == 2 + operands.size(), "two joined products of other operands");
    return operands;
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    auto p = std::make_shared<JoinedParams>();
    parseFields(*p, params);
    checkParams(*p);
    const Tile& tile = kTiles[p->tile];
    const int64_t shared = tile.shared(p->units(0) + p->units(1));
    fit(shared <= site.target.sharedPerBlock, "the shared memory of two joined products");
    fitBytes(weights.at(1), p->weightBytes(0) + p->weightBytes(1));
    auto module = loadModule(*site.machine, weights[0]);
    auto packed = std::make_shared<const DeviceWeights>(*site.machine, weights[1]);
    return makeKernel([p, module, packed, &tile, shared](std::span<const Port> in,
                                                         std::span<const Port> out) -> std::unique_ptr<Launch> {
        const Machine& machine = module->machine();
        const std::vector<Operand> operands = operandsOf(*p, in);
        fit(out.size() == 1 && out[0].dims.size() == 4 && out[0].dims[1] == p->columns && out[0].format == Format::Nhwc,
            "two joined products of another result");
        const Dims& y = out[0].dims;
        if (volumeOf(y) == 0) return makeLaunch([](const LaunchArgs&) {});
        JoinedArgs args;
        std::vector<MappedOperand> images;
        int64_t offset = 0;
        for (size_t i = 0; i < 2; ++i) {
            const int64_t stride = i == 0 ? p->stride : 1;
            const Dims& x = in[i].dims;
            const auto places = [&](int64_t size) { return (size - 1) / stride + 1; };
            fit(x.size() == 4 && x[0] == y[0] && x[1] == p->channels[i] && places(x[2]) == y[2] &&
                    places(x[3]) == y[3] && in[i].type == p->type && in[i].format == Format::Nhwc,
                "two joined products of other images");
            ContractionParams rows;
            rows.image = true;
            rows.type = p->type;
            rows.kernel = {p->columns, x[1], 1, 1};
            rows.stride = {stride, stride};
            RowArgs placed;
            images.emplace_back(placeRows(rows, static_cast<int>(kRows), x, y, placed));
            if (i == 0) args = placed;
            args.products[i].b = makeTensorMap(machine, mapOfWeights(p->type, x[1], p->columns, tile.columns()),
                                               static_cast<const char*>(packed->data()) + offset);
            offset += p->weightBytes(i);
        }
        Grid grid;
        grid.x = (args.M + kRows - 1) / kRows;
        grid.y = p->columns / tile.columns();
        grid.threads = tile.threads();
        grid.shared = shared;
        return makeKernelLaunch(module, "joined", grid, args,
                                [packed, &machine, images, operands](JoinedArgs& a, const LaunchArgs& launch) mutable {
                                    for (size_t i = 0; i < 2; ++i) {
                                        requireAligned({launch.inputs[i], launch.outputs[0]}, "two joined products");
                                        images[i].place(machine, launch.inputs[i], a.products[i].a);
                                        a.products[i].y = launch.outputs[0];
                                    }
                                    for (size_t o = 0; o < operands.size(); ++o) {
                                        const auto [product, at] = operands[o];
                                        requireAligned({launch.inputs[2 + o]}, "two joined products");
                                        a.products[product].extra.address[at] = launch.inputs[2 + o];
                                    }
                                });
    });
}

//! Whether the kernel is one for products of these sizes.
bool fuses(const Site& site, const RegionView& region) {
    TacticList list;
    if (!productsOf(region).empty() && isStatic(region.output(0).shape)) tactics(site, region, {}, list);
    return !list.tactics.empty();
}

}  // namespace

const Family kJoinedFamily{kName, tactics, compile, load, fuses, 1, true};

}  // namespace opentrt::cuda
