// SPDX-License-Identifier: Apache-2.0
// Convolutions that read one another's results in one kernel (code/chain.cu): for few pixels, where each of them by
// itself would mostly start, wait and store. For compute capability 9.0. Tested by the conformance cases on a device,
// by tests/cuda without.
#include <algorithm>
#include <cstring>

#include "backends/cuda/copied.h"
#include "backends/cuda/elements.h"
#include "backends/cuda/group_product.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.chain";
constexpr size_t kMostLinks = 3;
constexpr int64_t kFront = 1024;                        // bytes of shared memory for barriers
constexpr int64_t kChannels = 64;                       // of a group of warps at once
constexpr int64_t kMostChannels = 1 << 16;              // that plans may ask for
constexpr int64_t kFewestStages = 4, kMostStages = 16;  // of the ring of weights
constexpr int64_t kMostOfLink = 200 << 10;              // bytes of weights, on average
constexpr int64_t kMostBytes = int64_t{40} << 20;       // of weights that all blocks bring, each or two together

//! Layouts of code/chain.cu.
struct LinkArgs {
    void* y = nullptr;
    const void* extra[kMostExtras + 1] = {};
};
struct alignas(64) ChainArgs {
    TensorMap maps[1 + 3 * kMostLinks];  // of the image; of weights, operands like results and results, of each link
    LinkArgs links[kMostLinks];
    Divisor along{1}, tiles{1};
};

struct Tile {
    int wide, down, across;
    //! Of a product, of which those of whole numbers have fewer sizes.
    int64_t columns(DType type) const { return roundUp(wide, type == DType::I8 && wide > 32 ? 16 : 8); }
    //! Places of a line of a result, whose matrices are stored four at once.
    int64_t places(DType type) const { return roundUp(columns(type), 32 / bytesOf(type)); }
    int threads() const { return down * across * 128 + 64; }
    int64_t stageBytes() const { return across * kChannels * kStepBytes; }
    std::string name() const { return cat(wide, "x", down, "x", across); }
    //! Blocks for images of these sizes.
    int64_t blocks(int64_t images, int64_t h, int64_t w) const {
        return images * ((h + down - 1) / down) * ((w + wide - 1) / wide);
    }
};
constexpr Tile kTiles[] = {{56, 1, 1}, {56, 2, 1}, {28, 1, 2}, {14, 1, 2}};

struct ChainParams final : HasFields {
    DType type = DType::F16;
    int64_t tile = 0, stages = 0, cluster = 1;
    int64_t window = 1, stride = 1;       //!< of the first link, along a side
    std::vector<int64_t> channels;        //!< of the image, then of what each link makes
    std::vector<int64_t> counts, extras;  //!< of each link: operands behind the product; kinds of all of them
    std::vector<int64_t> stores;          //!< links whose results are outputs
    size_t links() const { return counts.size(); }
    void fields(FieldVisitor& v) override {
        v.field("type", type);
        v.field("tile", tile);
        v.field("stages", stages);
        v.field("cluster", cluster);
        v.field("window", window);
        v.field("stride", stride);
        v.field("channels", channels);
        v.field("counts", counts);
        v.field("extras", extras);
        v.field("stores", stores);
    }
    int64_t pad() const { return window / 2; }
    //! More lines, and places of a line, than the result has, where the window's pixels are brought.
    int64_t halo() const { return (window - 1) / stride; }
    int64_t taps(size_t link) const { return link == 0 ? window * window : 1; }
    //! Bytes that a pixel of the link's operand, or of what the link in front makes, has.
    int64_t pixelBytes(size_t link) const { return channels[link] * bytesOf(type); }
    //! Bytes of it that lie side by side.
    int64_t rowBytes(size_t link) const { return pixelBytes(link) % kStepBytes == 0 ? kStepBytes : kStepBytes / 2; }
    int64_t weightBytes(size_t link) const {
        return channels[link + 1] * paddedK(taps(link) * channels[link], type) * bytesOf(type);
    }
    int64_t weightBytes() const {
        int64_t all = 0;
        for (size_t l = 0; l < links(); ++l) all += weightBytes(l);
        return all;
    }
    bool isStored(size_t link) const {
        return std::count(stores.begin(), stores.end(), static_cast<int64_t>(link)) > 0;
    }
};

//! Where things are in the shared memory of a block: behind the ring of weights pixels of the window, then results.
struct Room {
    int64_t lines = 0, planeBytes = 0, total = 0;
    std::vector<int64_t> results;
};
//! With so many stages as `p` says.
Room roomFor(const Tile& tile, const ChainParams& p) {
    Room room;
    const int64_t rows = (tile.wide + p.halo()) * (tile.down + p.halo()) + tile.columns(p.type) - tile.wide;
    room.planeBytes = roundUp(rows * p.rowBytes(0), kFront);
    room.lines = kFront + p.stages * tile.stageBytes();
    room.total = room.lines + p.pixelBytes(0) / p.rowBytes(0) * p.stride * p.stride * room.planeBytes;
    for (size_t l = 0; l < p.links(); ++l) {
        room.results.push_back(room.total);
        room.total += tile.down * tile.places(p.type) * p.pixelBytes(l + 1);
    }
    return room;
}
//! Stages of the ring that fit; 0: too few.
int64_t stagesFor(const Target& target, const Tile& tile, const ChainParams& p) {
    int64_t units = 0;
    for (size_t l = 0; l < p.links(); ++l) {
        const int64_t passes = roundUp(p.channels[l + 1], tile.across * kChannels) / (tile.across * kChannels);
        units += passes * p.taps(l) * p.pixelBytes(l) / p.rowBytes(l);
    }
    ChainParams without = p;
    without.stages = 0;
    const int64_t fit = (target.sharedPerBlock - roomFor(tile, without).total) / tile.stageBytes();
    const int64_t stages = std::min({kMostStages, units, fit});
    return stages < std::min(kFewestStages, units) ? 0 : stages;
}

//! The same steps along both axes, and a pixel around it for a window of 3x3.
bool isPadded(const ops::Convolution& conv, int64_t window) {
    bool is = conv.groups == 1 && conv.paddingMode == ops::PaddingMode::ExplicitRoundDown;
    for (size_t s = 0; s < 2; ++s) {
        is = is && conv.strideAt(s) == conv.strideAt(0) && conv.strideAt(s) <= (window == 3 ? 2 : 1) &&
             conv.dilationAt(s) == 1 && conv.preAt(s) == window / 2 && conv.postAt(s) == window / 2;
    }
    return is;
}

std::string whyNotLink(const RegionView& link, DType type) {
    if (const std::string reason = whyNotContraction(link); !reason.empty()) return reason;
    if (link.anchorInput(0)->type != type || link.finished().type != type) return "numbers of several types";
    const PointwisePart part = pointwisePart(link);
    int64_t like = 0;
    for (const int operand : part.operands) {
        if (operand < 0) return "an operand that another link makes";
        const auto kind = extraKind(link.input(operand).shape, link.anchorOutput().shape, 1);
        if (kind == kByRow) return "an operand by row";
        like += kind == kLikeResult ? 1 : 0;
        if (kind == kLikeResult && bytesOf(link.input(operand).type) != bytesOf(type))
            return "an operand like the result of another size";
    }
    if (like > 1) return "several operands like the result";
    return link.anchorOutput().shape[1].constant() % kChannels == 0 ? "" : "channels that are not in steps of 64";
}

bool isChain(const RegionView& region) {
    return convolution(region) && !region.further.empty() && region.front.empty() &&
           std::all_of(region.further.begin(), region.further.end(),
                       [](const Node* node) { return as<ops::Convolution>(*node->op); });
}

std::string whyNot(const Site& site, const RegionView& region, const std::vector<RegionView>& links) {
    if (!site.target.isHopper()) return "the device has no products of warp groups";
    if (links.size() > kMostLinks) return "too many links";
    const Fact& x = *region.anchorInput(0);
    if (x.shape.size() != 4) return "other than two spatial axes";
    if (const std::string reason = whyNotType(x, {DType::F16, DType::BF16, DType::I8}); !reason.empty()) return reason;
    if (const std::string reason = whyNotWholeSteps(region, kStepBytes / 2); !reason.empty()) return reason;
    const Shape& w = region.anchorInput(1)->shape;
    const bool isKnown = w.size() == 4 && w[2] == w[3] && (w[2] == Dim(1) || w[2] == Dim(3));
    if (!isKnown || !isPadded(*convolution(region), w[2].constant()))
        return "a window of other than 1x1 or 3x3 pixels around each";
    for (const RegionView& link : links) {
        if (link.anchor != region.anchor && !readsSinglePixels(link)) return "a further link with a window";
        if (link.anchor != region.anchor && !link.anchorInput(1)->constant) return "weights that are not known";
        if (const std::string reason = whyNotLink(link, x.type); !reason.empty()) return reason;
    }
    return {};
}

ChainParams begin(const RegionView& region, const std::vector<RegionView>& links, std::vector<int>& inputs) {
    ChainParams p;
    p.type = region.anchorInput(0)->type;
    p.window = region.anchorInput(1)->shape[2].constant();
    p.stride = convolution(region)->strideAt(0);
    p.channels = {region.anchorInput(0)->shape[1].constant()};
    inputs = {region.anchorInputs[0]};
    const auto& outputs = region.holder().outputs();
    for (const RegionView& link : links) {
        CompiledStep own;
        const ContractionParams params = beginContraction(link, own);
        inputs.insert(inputs.end(), own.inputs.begin() + 1, own.inputs.end());
        p.counts.push_back(static_cast<int64_t>(params.extras.size()));
        p.extras.insert(p.extras.end(), params.extras.begin(), params.extras.end());
        p.channels.push_back(params.columns);
        if (std::find(outputs.begin(), outputs.end(), link.leaves) != outputs.end())
            p.stores.push_back(static_cast<int64_t>(p.links()) - 1);
    }
    return p;
}

//! Images are channels-last.
Tactic tacticOf(const RegionView& region, const std::vector<RegionView>& links) {
    Tactic tactic;
    for (size_t i = 0; i < region.node->inputs.size(); ++i) {
        const auto index = static_cast<int>(i);
        const bool isImage =
            index == region.anchorInputs[0] || std::any_of(links.begin(), links.end(), [&](const RegionView& link) {
                return region.input(index).shape == link.anchorOutput().shape;
            });
        tactic.inputs.push_back(isImage ? Format::Nhwc : Format::Linear);
    }
    tactic.outputs.assign(region.node->outputs.size(), Format::Nhwc);
    return tactic;
}

void tactics(const Site& site, const RegionView& region, const TacticRequest& request, TacticList& list) {
    if (!isChain(region)) return;
    const std::vector<RegionView> links = linksOf(region);
    if (const std::string reason = whyNot(site, region, links); !reason.empty()) return list.refuse(kName, reason);
    std::vector<int> inputs;
    const ChainParams p = begin(region, links, inputs);
    if (p.weightBytes() > kMostOfLink * static_cast<int64_t>(links.size()))
        return list.refuse(kName, "so many weights that other kernels bring them faster");
    if (p.stores.size() != region.node->outputs.size()) return list.refuse(kName, "outputs that no link makes");
    const Dims y = evalShape(region.anchorOutput().shape, request.opt);
    const int64_t processors = site.target.multiprocessors;
    Tactic tactic = tacticOf(region, links);
    for (const Tile& tile : kTiles) {
        const int64_t blocks = tile.blocks(y[0], y[2], y[3]);
        if (tile.wide > y[3] || y[3] % tile.wide != 0 || blocks * 3 < processors || blocks > processors) continue;
        if (stagesFor(site.target, tile, p) == 0) continue;
        // Blocks that share weights wait for each other.
        const int64_t brought = blocks * p.weightBytes(), cluster = brought > kMostBytes ? 2 : 1;
        if (blocks % cluster != 0 || brought / cluster > kMostBytes) continue;
        tactic.name = tacticName(kName, region, request, tile.name(), cluster);
        list.tactics.push_back(tactic);
        return;  // the widest: narrower ones bring weights more often; of these the one of most blocks
    }
    list.refuse(kName, "sizes that no tile fits, or for which weights are brought too often");
}

//! In the order in which a thread has rows of a product of whole numbers: two of 16 are neighbours.
Tensor inPairs(const Tensor& packed) {
    constexpr int64_t kTogether = 16;
    Tensor ordered(packed.type(), packed.dims());
    const int64_t rows = packed.dims()[0], pitch = packed.bytes() / std::max<int64_t>(rows, 1);
    for (int64_t n = 0; n < rows; ++n) {
        const int64_t inside = n % kTogether, from = n - inside + inside % 8 * 2 + inside / 8;
        std::memcpy(static_cast<char*>(ordered.mutableData()) + n * pitch,
                    static_cast<const char*>(packed.data()) + from * pitch, static_cast<size_t>(pitch));
    }
    return ordered;
}

//! Of all links, one behind the other.
Tensor packAll(const std::vector<RegionView>& links, const ChainParams& p) {
    Tensor all(DType::U8, {p.weightBytes()});
    auto* to = static_cast<char*>(all.mutableData());
    for (size_t l = 0; l < links.size(); to += p.weightBytes(l++)) {
        CompiledStep unused;
        Tensor packed = packWeights(links[l], beginContraction(links[l], unused));
        if (p.type == DType::I8) packed = inPairs(packed);
        check(packed.bytes() == p.weightBytes(l), "the weights of a link");
        std::memcpy(to, packed.data(), static_cast<size_t>(packed.bytes()));
    }
    return all;
}

//! Whether operands by column may be read before the kernel in front has ended.
bool hasConstantColumns(const RegionView& link) {
    CompiledStep own;
    const ContractionParams p = beginContraction(link, own);
    for (size_t e = 0; e < p.extras.size(); ++e) {
        if (!differsByRow(p.extras[e]) && !link.isConstant(own.inputs[e + 1])) return false;
    }
    return true;
}

std::string codeOf(const RegionView& link, const ChainParams& p, const Tile& tile, const Room& room, size_t l) {
    const int64_t inRow = p.rowBytes(l), places = tile.places(p.type),
                  chunk = l == 0 ? p.stride * p.stride * room.planeBytes : tile.down * places * inRow,
                  line = (l == 0 ? tile.wide + p.halo() : places) * inRow;
    CompiledStep unused;
    return cat("namespace link", l, " {\ntypedef LinkArgs Args;\n", typeLine("R", link.finished().type),
               "constexpr int COLUMNS = ", p.channels[l + 1], ", INDEX = ", l, ", TAPS = ", l == 0 ? p.window : 1,
               ", CHUNKS = ", p.pixelBytes(l) / inRow, ", IN_ROW = ", inRow,
               ", IN_AT = ", l == 0 ? room.lines : room.results[l - 1], ", IN_CHUNK = ", chunk, ", IN_LINE = ", line,
               ", OUT_AT = ", room.results[l], ", OUT_ROW = ", p.rowBytes(l + 1),
               ";\nconstexpr bool STORES = ", p.isStored(l) ? "true" : "false",
               ", EARLY = ", hasConstantColumns(link) ? "true" : "false", ";\n",
               contractionFinish(link, beginContraction(link, unused)), codeText("chain_link"), "}\n");
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic& tactic, const TacticRequest&) {
    const std::vector<RegionView> links = linksOf(region);
    CompiledStep step;
    step.kernel = kName;
    ChainParams p = begin(region, links, step.inputs);
    std::vector<std::string> names;
    for (const Tile& tile : kTiles) names.push_back(tile.name());
    const auto [index, cluster] = readTactic(tactic, names);
    p.tile = static_cast<int64_t>(index);
    p.cluster = cluster;
    const Tile& tile = kTiles[index];
    p.stages = stagesFor(site.target, tile, p);
    const Room room = roomFor(tile, p);
    std::string source =
        cat(typeLine("T", p.type), typeLine("Sum", p.type == DType::I8 ? DType::I32 : DType::F32),
            "constexpr int WIDE = ", tile.wide, ", BN = ", tile.columns(p.type), ", PIXELS = ", tile.places(p.type),
            ", DOWN = ", tile.down, ", ACROSS = ", tile.across, ", STAGES = ", p.stages, ", CLUSTER = ", cluster,
            ", LINKS = ", links.size(), ", MOST_LINKS = ", kMostLinks, ", PAD = ", p.pad(), ", STRIDE = ", p.stride,
            ", HALO = ", p.halo(), ", PLANE_BYTES = ", room.planeBytes, ", THREADS = ", tile.threads(), ";\n",
            codeText("mma"), codeText("hopper"), groupProductCode("multiplyGroup", tile.columns(p.type), p.type),
            codeText("chain"));
    std::string each = "#define EACH_LINK(DO)";
    for (size_t l = 0; l < links.size(); ++l) {
        source += codeOf(links[l], p, tile, room, l);
        each += cat(" DO(link", l, ")");
    }
    source += cat(each, "\n", codeText("chain_body"));
    step.weights = {compileCode(site.target, source), packAll(links, p)};
    step.params = printFields(p);
    return step;
}

//! Parts of lines of an image, so many bytes of each pixel; with steps, every other pixel of every other line.
BoxMap mapOfPixels(DType type, const Dims& image, int64_t rowBytes, int64_t wide, int64_t lines, int64_t stride = 1) {
    BoxMap map;
    const auto bytes = static_cast<uint64_t>(bytesOf(type)), c = static_cast<uint64_t>(image[1]),
               h = static_cast<uint64_t>(image[2]), w = static_cast<uint64_t>(image[3]);
    map.type = type;
    map.rank = 4;
    map.dims = {c, w, h, static_cast<uint64_t>(image[0])};
    map.strides = {c * bytes, c * bytes * w, c * bytes * w * h};
    const auto step = static_cast<uint32_t>(stride);
    map.box = {static_cast<uint32_t>(rowBytes / bytesOf(type)), static_cast<uint32_t>(wide) * step,
               static_cast<uint32_t>(lines) * step, 1};
    map.steps = {1, step, step, 1};
    return map;
}

//! What a launch puts into its arguments when addresses change.
struct Mapped {
    size_t at;  //!< among the maps
    bool isOutput;
    size_t port;
    MappedOperand operand;
};

//! Checks a link's operands, from input `first` on, and adds the maps of those that lie like its result.
void addOperands(const ChainParams& p, const Tile& tile, size_t l, size_t first, std::span<const Port> in,
                 const Dims& y, std::vector<Mapped>& mapped) {
    for (int64_t e = 0; e < p.counts[l]; ++e) {
        const size_t at = first + static_cast<size_t>(e);
        const int64_t kind = p.extras[at - 1], count = volumeOf(in[at].dims);
        fit(kind == kNumber     ? count == 1
            : kind == kByColumn ? count == y[1]
                                : kind == kLikeResult && in[at].dims == y,
            "an operand of a chain");
        if (kind != kLikeResult) continue;
        fit(bytesOf(in[at].type) == bytesOf(p.type) && in[at].format == Format::Nhwc, "an operand of a chain");
        mapped.push_back(
            {1 + kMostLinks + l, false, at, MappedOperand(mapOfPixels(p.type, y, p.rowBytes(l + 1), tile.wide, 1))});
    }
}

void checkParams(const ChainParams& p) {
    const auto isWhole = [](int64_t channels) {
        return channels > 0 && channels <= kMostChannels && channels % kChannels == 0;
    };
    int64_t operands = 0;
    for (const int64_t count : p.counts) {
        check(count >= 0 && count <= static_cast<int64_t>(kMostExtras), "the operands of a chain");
        operands += count;
    }
    check(p.cluster >= 1 && p.cluster <= 2 && p.stages > 0 && p.stages <= kMostStages && p.tile >= 0 &&
              p.tile < static_cast<int64_t>(std::size(kTiles)) && (p.window == 1 || p.window == 3) && p.stride >= 1 &&
              p.stride <= (p.window == 3 ? 2 : 1) && p.links() >= 2 && p.links() <= kMostLinks &&
              p.channels.size() == p.links() + 1 && std::all_of(p.channels.begin() + 1, p.channels.end(), isWhole) &&
              p.channels[0] > 0 && p.channels[0] <= kMostChannels && p.pixelBytes(0) % (kStepBytes / 2) == 0 &&
              operands == static_cast<int64_t>(p.extras.size()) &&
              (p.type == DType::I8 || p.type == DType::F16 || p.type == DType::BF16),
          "the parameters of a chain");
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    auto p = std::make_shared<ChainParams>();
    parseFields(*p, params);
    checkParams(*p);
    fitBytes(weights.at(1), p->weightBytes());
    auto module = loadModule(*site.machine, weights[0]);
    auto packed = std::make_shared<const DeviceWeights>(*site.machine, weights[1]);
    return makeKernel([p, module, packed, target = site.target](std::span<const Port> in,
                                                                std::span<const Port> out) -> std::unique_ptr<Launch> {
        const Machine& machine = module->machine();
        const Tile& tile = kTiles[p->tile];
        const Room room = roomFor(tile, *p);
        fit(in.size() == p->extras.size() + 1 && out.size() == p->stores.size() && in[0].dims.size() == 4 &&
                in[0].dims[1] == p->channels[0] && in[0].type == p->type && in[0].format == Format::Nhwc,
            "a chain of other operands");
        const Dims x = in[0].dims;
        const auto made = [&](int64_t size) { return (size + 2 * p->pad() - p->window) / p->stride + 1; };
        const int64_t h = made(x[2]), w = made(x[3]);
        fit(h > 0 && w > 0 && room.total <= target.sharedPerBlock, "a chain of other images");
        if (volumeOf(x) == 0) return makeLaunch([](const LaunchArgs&) {});
        ChainArgs args;
        std::vector<Mapped> mapped{{0, false, 0,
                                    MappedOperand(mapOfPixels(p->type, x, p->rowBytes(0), tile.wide + p->halo(),
                                                              tile.down + p->halo(), p->stride))}};
        size_t output = 0, first = 1;
        int64_t offset = 0;
        for (size_t l = 0; l < p->links(); ++l) {
            const Dims y{x[0], p->channels[l + 1], h, w};
            args.maps[1 + l] = makeTensorMap(machine,
                                             mapOfWeights(p->type, p->taps(l) * p->channels[l], y[1],
                                                          tile.across * kChannels / p->cluster, p->rowBytes(l)),
                                             static_cast<const char*>(packed->data()) + offset);
            offset += p->weightBytes(l);
            addOperands(*p, tile, l, first, in, y, mapped);
            first += static_cast<size_t>(p->counts[l]);
            if (!p->isStored(l)) continue;
            fit(output < out.size() && out[output].dims == y && out[output].type == p->type &&
                    out[output].format == Format::Nhwc,
                "a chain of other results");
            mapped.push_back({1 + 2 * kMostLinks + l, true, output++,
                              MappedOperand(mapOfPixels(p->type, y, p->rowBytes(l + 1), tile.wide, 1))});
        }
        const int64_t along = (w + tile.wide - 1) / tile.wide;
        args.along = Divisor(along);
        args.tiles = Divisor(along * ((h + tile.down - 1) / tile.down));
        Grid grid;
        const int64_t blocks = tile.blocks(x[0], h, w);
        fit(blocks % p->cluster == 0, "a chain of other images");
        grid.x = blocks / p->cluster;
        grid.z = p->cluster;
        grid.cluster = static_cast<int>(p->cluster);
        grid.threads = tile.threads();
        grid.shared = room.total;
        return makeKernelLaunch(
            module, "chain", grid, args,
            [p, packed, &machine, mapped = std::move(mapped)](ChainArgs& a, const LaunchArgs& launch) mutable {
                for (Mapped& m : mapped) {
                    const void* address = m.isOutput ? launch.outputs[m.port] : launch.inputs[m.port];
                    requireAligned({address}, "a chain");
                    m.operand.place(machine, address, a.maps[m.at]);
                }
                size_t input = 1;
                for (size_t l = 0; l < p->links(); ++l) {
                    for (int64_t e = 0; e < p->counts[l]; ++e) {
                        requireAligned({launch.inputs[input]}, "a chain");
                        a.links[l].extra[e] = launch.inputs[input++];
                    }
                }
            });
    });
}

//! Whether the kernel is one for chains of these sizes.
bool fuses(const Site& site, const RegionView& region) {
    TacticList list;
    if (isChain(region) && isStatic(region.output(0).shape)) tactics(site, region, {}, list);
    return !list.tactics.empty();
}

}  // namespace

const Family kChainFamily{kName, tactics, compile, load, fuses, 1, true};

}  // namespace opentrt::cuda
