// SPDX-License-Identifier: Apache-2.0
// Squeeze and excitation as one kernel (code/gate.cu): averages of an image, two products that make a gate for each
// channel of them, and the image times its gates. The region is one of pass fuse_gates. Tested by the conformance cases
// (gates.graph), on a device and emulated.
#include <algorithm>
#include <cstring>

#include "backends/cuda/copied.h"
#include "backends/cuda/emit.h"
#include "backends/cuda/rows.h"
#include "base/error.h"
#include "ops/element_wise.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.gate";
constexpr int64_t kThreads = 512;
constexpr int64_t kTile = 16;  // rows of a product of tensor cores, and numbers of which it sums at once
//! How images are shared: by how many blocks of a cluster, and how many at a time.
struct Way {
    int64_t blocks, images;
};
constexpr Way kWays[] = {{8, 1}, {8, 2}, {8, 3}, {4, 1}, {4, 2}, {2, 1}, {1, 1}, {1, 2}};
constexpr int64_t kMostBlocks = 8, kMostImages = 3;

//! Layout of code/gate.cu.
struct GateArgs {
    const void *x = nullptr, *weights = nullptr;
    void* y = nullptr;
    int32_t images = 0, pixels = 0;
    int32_t keeps = 0;
};

struct GateParams : HasFields {
    DType type = DType::F32;
    int64_t channels = 0, hidden = 0, blocks = 1, images = 1;
    void fields(FieldVisitor& v) override {
        v.field("type", type);
        v.field("channels", channels);
        v.field("hidden", hidden);
        v.field("blocks", blocks);
        v.field("images", images);
    }
};

//! Sizes that the text works out as well.
struct Sizes {
    int64_t width, pieces, own, hiddenPieces, ownHidden;
    explicit Sizes(const GateParams& p)
        : width(kPieceBytes / bytesOf(p.type)),
          pieces(p.channels / width),
          own((pieces + p.blocks - 1) / p.blocks),
          hiddenPieces((p.hidden + width - 1) / width),
          ownHidden((p.hidden + p.blocks - 1) / p.blocks) {}
    int64_t allChannels(const GateParams& p) const { return p.blocks * own * width; }
    //! Shared memory in front of the pixels that are kept.
    int64_t front(const GateParams& p) const {
        const int64_t averages = roundUp(allChannels(p), kTile),
                      hidden = roundUp(std::max(p.blocks * ownHidden, p.hidden), kTile);
        constexpr int64_t kBarriers = 4;
        return (p.images * (averages + hidden + own * width) + kThreads * width + kBarriers) * 4;
    }
};

//! The operators of such a region; values are those of its body.
struct Gate {
    const Node *squeeze, *excite;
    int x;  //!< input of the region
    ScalarProgram inner, outer;
};

//! Whether the node multiplies a vector for each image with a constant matrix.
bool isProduct(const RegionView& region, const Node& node) {
    const auto* conv = as<ops::Convolution>(*node.op);
    if (!conv || conv->groups != 1 || conv->quantized || conv->paddingMode != ops::PaddingMode::ExplicitRoundDown)
        return false;
    for (size_t i = 1; i < node.inputs.size(); ++i) {
        const int input = node.inputs[i].valid() ? region.indexOf(node.inputs[i]) : -1;
        if (node.inputs[i].valid() && (input < 0 || !region.isConstant(input))) return false;
    }
    const Shape& w = region.holder().fact(node.inputs[1]).shape;
    if (w.size() != 4 || w[2] != Dim(1) || w[3] != Dim(1)) return false;
    return conv->preAt(0) == 0 && conv->preAt(1) == 0 && conv->postAt(0) == 0 && conv->postAt(1) == 0;
}

std::optional<Gate> gateOf(const RegionView& region) {
    const auto* reduce = region.anchor ? as<ops::Reduce>(region.op()) : nullptr;
    if (!reduce || region.further.size() != 2 || region.pointwise.empty()) return std::nullopt;
    const Graph& body = region.holder();
    const Node &squeeze = *region.further[0], &excite = *region.further[1], &last = *region.pointwise.back();
    const ValueId x = region.anchor->inputs[0];
    const auto* product = as<ops::ElementWise>(*last.op);
    if (!isProduct(region, squeeze) || !isProduct(region, excite) || !product ||
        product->operation != ops::ElementWiseOperation::Prod || region.node->outputs.size() != 1)
        return std::nullopt;
    const Shape& shape = body.fact(x).shape;
    std::set<size_t> axes;
    for (const int64_t axis : reduce->axes) axes.insert(axisOf(axis, shape.size()));
    const bool averages = reduce->operation == ops::ReduceOperation::Avg && reduce->keep && shape.size() == 4 &&
                          axes == std::set<size_t>{2, 3};
    if (!averages || squeeze.inputs[0] != region.anchor->outputs[0] || body.outputs()[0] != last.outputs[0])
        return std::nullopt;
    const ValueId gate = last.inputs[last.inputs[0] == x ? 1 : 0];
    const bool scales = last.inputs[0] == x || last.inputs[1] == x;
    auto inner = programBetween(region, squeeze.outputs[0], excite.inputs[0]);
    auto outer = programBetween(region, excite.outputs[0], gate);
    if (!scales || region.indexOf(x) < 0 || !inner || !outer) return std::nullopt;
    return Gate{&squeeze, &excite, region.indexOf(x), std::move(*inner), std::move(*outer)};
}

GateParams paramsOf(const RegionView& region, const Gate& gate, const Way& way) {
    GateParams p;
    p.type = region.input(gate.x).type;
    p.channels = region.holder().fact(gate.excite->inputs[1]).shape[0].constant();
    p.hidden = region.holder().fact(gate.squeeze->inputs[1]).shape[0].constant();
    p.blocks = way.blocks;
    p.images = way.images;
    return p;
}

std::string whyNot(const RegionView& region, const Gate& gate) {
    const std::string type = whyNotType(region.input(gate.x), {DType::F32, DType::F16, DType::BF16});
    if (!type.empty()) return type;
    for (const ScalarProgram* program : {&gate.inner, &gate.outer}) {
        if (const std::string reason = whyNotEmitted(*program); !reason.empty()) return reason;
        if (!isFloat(program->code[static_cast<size_t>(program->outputs[0])].type))
            return "gates that are whole numbers";
    }
    const GateParams p = paramsOf(region, gate, {1, 1});
    const Sizes sizes(p);
    if (region.input(gate.x).shape[1] != Dim(p.channels))
        return "channels that are not known, or gates of other channels";
    if (p.channels % sizes.width != 0) return "channels that are not in steps of 16 bytes";
    constexpr int64_t kMostShared = 48 * 1024;  // of every generation
    return p.hidden == 0 || sizes.own > kThreads || sizes.front(p) > kMostShared ? "sizes that no kernel has" : "";
}

//! "cuda.gate.8x2": 8 blocks, 2 images at a time.
std::string nameOf(const Way& way) {
    return cat(kName, ".", way.blocks, way.images > 1 ? cat("x", way.images) : "");
}
Way wayOf(const std::string& tactic) {
    const auto at = std::find_if(std::begin(kWays), std::end(kWays), [&](const Way& w) { return nameOf(w) == tactic; });
    check(at != std::end(kWays), "a tactic of no known way");
    return *at;
}

void tactics(const Site& site, const RegionView& region, const TacticRequest& request, TacticList& list) {
    const auto gate = gateOf(region);
    if (!gate) return;
    if (const std::string reason = whyNot(region, *gate); !reason.empty()) return list.refuse(kName, reason);
    Tactic tactic;
    for (size_t i = 0; i < region.node->inputs.size(); ++i) {
        tactic.inputs.push_back(static_cast<int>(i) == gate->x ? Format::Nhwc : Format::Linear);
    }
    tactic.outputs = {Format::Nhwc};
    const int64_t pieces = Sizes(paramsOf(region, *gate, {1, 1})).pieces;
    const int64_t images = evalShape(region.input(gate->x).shape, request.opt)[0];
    for (const Way& way : kWays) {
        const bool shares = site.target.launchesEarly() && pieces > 1;  // one block alone is slow
        if (shares != (way.blocks > 1) || way.blocks > pieces || way.images > images) continue;
        tactic.name = nameOf(way);
        list.tactics.push_back(tactic);
    }
}

//! Appends rows of `length` elements, then zeros up to `padded` elements a row and `rows` rows.
void putRows(std::string& to, const Tensor& from, int64_t rows, int64_t padded) {
    const int64_t bytes = bytesOf(from.type()), length = from.count() / from.dims()[0];
    const size_t start = to.size();
    to.resize(start + static_cast<size_t>(rows * padded * bytes));
    for (int64_t r = 0; r < from.dims()[0]; ++r) {
        std::memcpy(&to[start + static_cast<size_t>(r * padded * bytes)], from.as<char>() + r * length * bytes,
                    static_cast<size_t>(length * bytes));
    }
}
//! The same for tensor cores: of each block `own` rows in fragments of 16 rows and 16 numbers, of which a thread has
//! eight.
void putFragments(std::string& to, const Tensor& from, int64_t blocks, int64_t own) {
    const int64_t count = from.dims()[0], length = from.count() / count, steps = roundUp(length, kTile) / kTile;
    const int64_t tiles = roundUp(own, kTile) / kTile;
    const size_t start = to.size();
    to.resize(start + static_cast<size_t>(blocks * tiles * steps * kTile * kTile * 2));
    for (int64_t i = 0; i < blocks * tiles * steps * kTile * kTile; ++i) {
        const int64_t inside = i % 2, part = i / 2 % 4, lane = i / 8 % 32, step = i / 256 % steps,
                      tile = i / 256 / steps;
        const int64_t row = tile % tiles * kTile + lane / 4 + part % 2 * 8, all = tile / tiles * own + row;
        const int64_t k = step * kTile + lane % 4 * 2 + inside + part / 2 * 8;
        if (row < own && all < count && k < length)
            std::memcpy(&to[start + static_cast<size_t>(i * 2)], from.as<char>() + (all * length + k) * 2, 2);
    }
}
//! Appends a bias, or zeros, as floats.
void putBias(std::string& to, const Tensor* from, int64_t count) {
    for (int64_t i = 0; i < (count + 3) / 4 * 4; ++i) {
        const auto value = static_cast<float>(from && i < from->count() ? from->get(i) : 0);
        to.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
}

Tensor pack(const RegionView& region, const Gate& gate, const GateParams& p) {
    const auto constant = [&](const Node& node, size_t i) -> const Tensor* {
        const bool there = i < node.inputs.size() && node.inputs[i].valid();
        return there ? &*region.input(region.indexOf(node.inputs[i])).constant : nullptr;
    };
    const Sizes sizes(p);
    std::string bytes;
    const Tensor &squeeze = *constant(*gate.squeeze, 1), &excite = *constant(*gate.excite, 1);
    if (bytesOf(p.type) == 2) {
        putFragments(bytes, squeeze, p.blocks, sizes.ownHidden);
        putFragments(bytes, excite, p.blocks, sizes.own * sizes.width);
    } else {
        putRows(bytes, squeeze, p.blocks * sizes.ownHidden, p.channels);
        putRows(bytes, excite, sizes.allChannels(p), sizes.hiddenPieces * sizes.width);
    }
    putBias(bytes, constant(*gate.squeeze, 2), p.blocks * sizes.ownHidden);
    putBias(bytes, constant(*gate.excite, 2), sizes.allChannels(p));
    Tensor packed(DType::U8, {static_cast<int64_t>(bytes.size())});
    std::memcpy(packed.mutableData(), bytes.data(), bytes.size());
    return packed;
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic& tactic, const TacticRequest&) {
    const Gate gate = *gateOf(region);
    const GateParams p = paramsOf(region, gate, wayOf(tactic.name));
    const std::string source =
        cat(typeLine("T", p.type), "#define V ", Sizes(p).width, "\n#define CHANNELS ", p.channels, "\n#define HIDDEN ",
            p.hidden, "\n#define BLOCKS ", p.blocks, "\n#define IMAGES ", p.images, "\n", codeText("mma"),
            p.blocks > 1 ? codeText("hopper") : "", scalarCode(), emitProgram(gate.inner, "inner"),
            emitProgram(gate.outer, "outer"), codeText("gate"), codeText("gate_body"));
    CompiledStep step;
    step.kernel = kName;
    step.inputs = {gate.x};
    step.weights = {compileCode(site.target, source), pack(region, gate, p)};
    step.params = printFields(p);
    return step;
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    auto p = std::make_shared<GateParams>();
    parseFields(*p, params);
    check(p->blocks >= 1 && p->blocks <= kMostBlocks && p->images >= 1 && p->images <= kMostImages && p->channels > 0 &&
              p->hidden > 0 && (bytesOf(p->type) == 2 || bytesOf(p->type) == 4),
          "the parameters of a gate");
    auto module = loadModule(*site.machine, weights.at(0));
    auto packed = std::make_shared<const DeviceWeights>(*site.machine, weights.at(1));
    return makeKernel([p, module, packed, target = site.target](auto in, auto out) -> std::unique_ptr<Launch> {
        const Dims& x = in[0].dims;
        fit(x.size() == 4 && x[1] == p->channels && out[0].dims == x, "gates of another image");
        if (volumeOf(x) == 0) return makeLaunch([](const LaunchArgs&) {});
        const Sizes sizes(*p);
        GateArgs args;
        args.images = static_cast<int32_t>(requireCount(x[0]));
        args.pixels = static_cast<int32_t>(requireCount(x[2] * x[3]));
        Grid grid;
        grid.threads = kThreads;
        grid.z = grid.cluster = static_cast<int>(p->blocks);
        grid.x = std::min((x[0] + p->images - 1) / p->images, std::max<int64_t>(target.multiprocessors / p->blocks, 1));
        grid.shared = sizes.front(*p);
        const int64_t kept = p->images * args.pixels * sizes.own * kPieceBytes;
        args.keeps = grid.shared + kept <= target.sharedPerBlock / 2;
        if (args.keeps) grid.shared += kept;
        return makeKernelLaunch(module, "gate", grid, args, [packed](GateArgs& a, const LaunchArgs& launch) {
            a.x = launch.inputs[0];
            a.weights = packed->data();
            a.y = launch.outputs[0];
            requireAligned({a.x, a.y}, "a gate");
        });
    });
}

}  // namespace

const Family kGateFamily{kName,
                         tactics,
                         compile,
                         load,
                         [](const Site&, const RegionView& region) {
                             const auto gate = gateOf(region);
                             return gate && whyNot(region, *gate).empty();
                         },
                         1,
                         true};

}  // namespace opentrt::cuda
