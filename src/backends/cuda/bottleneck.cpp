// SPDX-License-Identifier: Apache-2.0
// Inverted bottlenecks in one kernel (code/bottleneck.cu): a convolution of each channel by itself with the 1x1
// convolution in front of it, the one behind it, or both. Tested by the conformance cases (bottlenecks.graph), on a
// device and emulated.
#include <algorithm>
#include <cstring>

#include "backends/cuda/contraction.h"
#include "backends/cuda/copied.h"
#include "backends/cuda/elements.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.bottleneck";
constexpr int64_t kGroup = 16;         // channels of a product, and numbers of which it sums at once
constexpr int64_t kPiece = 8;          // channels that are brought at once
constexpr int64_t kPairBytes = 256;    // weights of two taps of so many channels
constexpr int64_t kMostChunk = 112;    // channels of the middle at once
constexpr int64_t kMostChannels = 96;  // of the image, whose weights wait in registers
constexpr int64_t kMostMade = 96;      // whose sums do
constexpr int64_t kMostMiddle = 160;   // of more, as in small images, each kernel by itself was faster

//! Places of the result that a block makes.
struct Tile {
    int64_t down, across;
    std::string name() const { return cat(down, "x", across); }
    int64_t blocks(int64_t h, int64_t w) const { return ((h + down - 1) / down) * ((w + across - 1) / across); }
};
constexpr Tile kTiles[] = {{14, 8}, {28, 8}, {7, 8}, {4, 8}, {4, 4}};

//! Layouts of code/bottleneck.cu.
struct LinkArgs {
    void* y = nullptr;
    Extras extra;
};
struct BottleneckArgs {
    const void *x = nullptr, *weights = nullptr;
    LinkArgs links[3];
    Divisor along{1}, tiles{1};
    int32_t in[2] = {}, out[2] = {}, pad[2] = {};
};
enum Place : size_t { kExpand, kMiddle, kProject };

struct Params final : HasFields, ops::WindowParams {
    DType type = DType::F16;
    int64_t tile = 0, window = 3;
    int64_t channels = 0, middle = 0, made = 0;  //!< made: 0 where nothing is projected
    bool expands = false;
    std::vector<int64_t> counts, extras;  //!< of each place: operands behind it; kinds of all of them
    void fields(FieldVisitor& v) override {
        v.field("type", type);
        v.field("tile", tile);
        v.field("window", window);
        v.field("channels", channels);
        v.field("middle", middle);
        v.field("made", made);
        v.field("expands", expands);
        v.field("counts", counts);
        v.field("extras", extras);
        windowFields(v);
    }
    bool projects() const { return made > 0; }
    size_t last() const { return projects() ? kProject : kMiddle; }
    int64_t resultChannels() const { return projects() ? made : middle; }
    //! So few channels at once that few are filled up with zeros.
    int64_t chunk() const {
        int64_t best = kGroup;
        const auto cost = [&](int64_t c) { return (middle + c - 1) / c * (c + kPiece); };
        for (int64_t c = kGroup; c <= kMostChunk; c += kGroup) best = cost(c) < cost(best) ? c : best;
        return best;
    }
    int64_t passes() const { return (middle + chunk() - 1) / chunk(); }
    int64_t steps() const { return roundUp(channels, kGroup) / kGroup; }
    //! Bytes of the weights of each place.
    int64_t expandBytes() const { return expands ? passes() * chunk() * steps() * kGroup * 2 : 0; }
    int64_t pairs() const { return (window * window + 1) / 2; }
    int64_t middleBytes() const { return passes() * chunk() / kPiece * pairs() * kPairBytes; }
    int64_t projectBytes() const { return roundUp(made, kGroup) * passes() * chunk() * 2; }
    int64_t weightBytes() const { return expandBytes() + middleBytes() + projectBytes(); }
    //! Shared memory of a block.
    int64_t shared() const {
        const Tile& t = kTiles[tile];
        const int64_t step = strideAt(0), seen = ((t.down - 1) * step + window) * ((t.across - 1) * step + window);
        const int64_t rows = expands ? roundUp(seen, kGroup) : seen;
        const int64_t front = rows * (chunk() * 2 + 16);
        const int64_t image = expands ? rows * (steps() * 32 + 16) : 0;
        const int64_t result = roundUp(t.down * t.across, kGroup) * (chunk() * 2 + 16);
        return front + (projects() && passes() > 1 ? image + result : std::max(image, result));
    }
    //! Blocks that a multiprocessor holds at once, with so many registers as sums of the last product take.
    int64_t resident(const Target& target) const {
        const Tile& t = kTiles[tile];
        const int64_t products = roundUp(made, kGroup) / kGroup * (roundUp(t.down * t.across, kGroup) / kGroup);
        constexpr int64_t kWarps = 8;
        return std::min<int64_t>(blocksHeld(target, shared()), products > 2 * kWarps ? 2 : 4);
    }
};

bool isDepthwise(const RegionView& link) {
    const auto* conv = convolution(link);
    const Fact* w = conv ? link.anchorInput(1) : nullptr;
    return w && w->constant && w->shape.size() == 4 && conv->isDepthwise(w->shape);
}

//! The convolutions by place; nothing for other regions.
struct Links {
    const RegionView *places[3] = {}, *first = nullptr;
    std::vector<RegionView> all;
};
std::optional<Links> linksIn(const RegionView& region) {
    const bool areConvolutions = convolution(region) && region.front.empty() && !region.further.empty() &&
                                 region.further.size() < 3 &&
                                 std::all_of(region.further.begin(), region.further.end(),
                                             [](const Node* node) { return as<ops::Convolution>(*node->op); });
    if (!areConvolutions || region.node->outputs.size() != 1) return {};
    Links links;
    links.all = linksOf(region);
    const size_t at = isDepthwise(links.all[0]) ? 0 : 1, count = links.all.size();
    if (!isDepthwise(links.all[at]) || count > at + 2) return {};
    for (size_t l = 0; l < count; ++l) links.places[l + kMiddle - at] = &links.all[l];
    links.first = links.all.data();
    return std::optional(std::move(links));
}

std::string whyNotLink(const RegionView& link, DType type, bool projects) {
    if (link.beside.valid()) return "an operand that another convolution makes";
    if (!link.anchorInput(0) || !link.anchorInput(1) || !link.anchorInput(1)->constant)
        return "an operand that is left out, or weights that are not known";
    if (convolution(link)->quantized || link.anchorInput(0)->type != type || link.anchorInput(1)->type != type ||
        link.finished().type != type)
        return "numbers of several types";
    if (const std::string reason = whyNotEpilogue(link, 1); !reason.empty()) return reason;
    for (const int operand : pointwisePart(link).operands) {
        if (operand < 0) return "an operand that is made inside";
        const auto kind = extraKind(link.input(operand).shape, link.anchorOutput().shape, 1);
        if (kind != kNumber && kind != kByColumn && !(projects && kind == kLikeResult))
            return "an operand that lies in another way";
    }
    return link.anchorInput(1)->shape[0].constant() % kPiece == 0 ? "" : "channels that are not in steps of 8";
}

std::string whyNot(const Links& links) {
    const Fact& x = *links.first->anchorInput(0);
    if (const std::string reason = whyNotType(x, {DType::F16, DType::BF16}); !reason.empty()) return reason;
    for (const RegionView& link : links.all) {
        const bool isMiddle = &link == links.places[kMiddle];
        if (!isMiddle && !readsSinglePixels(link)) return "a window or a step around the middle";
        if (const std::string reason = whyNotLink(link, x.type, &link == links.places[kProject]); !reason.empty())
            return reason;
    }
    const ops::Convolution& conv = *convolution(*links.places[kMiddle]);
    const Shape& w = links.places[kMiddle]->anchorInput(1)->shape;
    const bool isKnown = w[2] == w[3] && (w[2] == Dim(3) || w[2] == Dim(5)) && conv.strideAt(0) == conv.strideAt(1) &&
                         conv.strideAt(0) <= 2 && conv.dilationAt(0) == 1 && conv.dilationAt(1) == 1;
    if (!isKnown) return "a window of other than 3x3 or 5x5 neighbours, one or two places apart";
    if (x.shape[1].constant() % kPiece != 0 || (links.places[kExpand] && x.shape[1].constant() > kMostChannels))
        return "an image of other channels";
    const bool projectsMany =
        links.places[kProject] && links.places[kProject]->anchorInput(1)->shape[0].constant() > kMostMade;
    if (projectsMany) return "too many channels of the result";
    return w[0].constant() > kMostMiddle ? "so many channels in the middle that other kernels are faster" : "";
}

Params begin(const Links& links, std::vector<int>& inputs) {
    Params p;
    const RegionView& middle = *links.places[kMiddle];
    static_cast<ops::WindowParams&>(p) = *convolution(middle);
    p.type = links.first->anchorInput(0)->type;
    p.window = middle.anchorInput(1)->shape[2].constant();
    p.middle = middle.anchorInput(1)->shape[0].constant();
    p.channels = links.first->anchorInput(0)->shape[1].constant();
    p.expands = links.places[kExpand] != nullptr;
    if (const RegionView* project = links.places[kProject]) p.made = project->anchorInput(1)->shape[0].constant();
    inputs = {links.first->anchorInputs[0]};
    for (const RegionView* link : links.places) {
        CompiledStep own;
        const auto kinds = link ? addExtras(*link, link->anchorInput(2) != nullptr, 1, own) : std::vector<int64_t>{};
        inputs.insert(inputs.end(), own.inputs.begin(), own.inputs.end());
        p.counts.push_back(static_cast<int64_t>(kinds.size()));
        p.extras.insert(p.extras.end(), kinds.begin(), kinds.end());
    }
    return p;
}

void tactics(const Site& site, const RegionView& region, const TacticRequest& request, TacticList& list) {
    const auto links = linksIn(region);
    if (!links) return;
    if (const std::string reason = whyNot(*links); !reason.empty()) return list.refuse(kName, reason);
    std::vector<int> inputs;
    Params p = begin(*links, inputs);
    Tactic tactic;
    for (size_t i = 0; i < region.node->inputs.size(); ++i) {
        const auto index = static_cast<int>(i);
        const bool isImage = index == inputs[0] || region.input(index).shape == region.output(0).shape;
        tactic.inputs.push_back(isImage ? Format::Nhwc : Format::Linear);
    }
    tactic.outputs = {Format::Nhwc};
    const Dims y = evalShape(region.output(0).shape, request.opt);
    for (const Tile& tile : kTiles) {
        p.tile = &tile - kTiles;
        const int64_t places = tile.blocks(y[2], y[3]) * tile.down * tile.across;
        // Two blocks a multiprocessor, so that one brings pixels while the other multiplies; few places beyond the
        // image.
        if (p.shared() > site.target.sharedPerBlock || p.resident(site.target) < 2) continue;
        if (places > 2 * y[2] * y[3]) continue;
        tactic.name = cat(kName, ".", tile.name());
        list.tactics.push_back(tactic);
    }
    if (list.tactics.empty()) list.refuse(kName, "sizes that no tile fits");
}

//! In fragments: 16 rows by 16 numbers at a time, of which each thread has eight; zeros where there are none. Sums of a
//! thread are those of four neighbouring rows.
void packFragments(const Tensor& w, int64_t rows, int64_t k, char* to) {
    const int64_t ownRows = w.dims()[0], ownK = w.count() / ownRows;
    const auto* from = w.as<uint16_t>();
    auto* packed = reinterpret_cast<uint16_t*>(to);
    for (int64_t i = 0; i < rows * k; ++i) {
        const int64_t inside = i % 2, high = i / 2 % 2, pair = i / 4 % 2, lane = i / 8 % 32, block = i / 256;
        const int64_t n = lane / 4, step = block % (k / kGroup), group = block / (k / kGroup);
        const int64_t row = group * kGroup + n / 2 * 4 + pair * 2 + n % 2;
        const int64_t at = step * kGroup + high * 8 + lane % 4 * 2 + inside;
        packed[i] = row < ownRows && at < ownK ? from[row * ownK + at] : uint16_t{0};
    }
}

//! Which taps a product takes together (code/bottleneck.cu); the second one of the last pair is none.
std::vector<std::pair<int64_t, int64_t>> pairsOfTaps(int64_t window) {
    std::vector<std::pair<int64_t, int64_t>> pairs;
    for (int64_t r = 0; r < window; ++r) {
        for (int64_t s = 0; s + 1 < window; s += 2) pairs.emplace_back(r * window + s, r * window + s + 1);
    }
    for (int64_t r = 1; r <= window; r += 2) {
        const int64_t tap = r * window - 1;
        pairs.emplace_back(tap, r < window ? tap + window : -1);
    }
    return pairs;
}

//! Of 8 channels and a pair of taps the fragments with the weights on their diagonals.
void packPairs(const Tensor& w, const Params& p, char* to) {
    const auto pairs = pairsOfTaps(p.window);
    const auto* from = w.as<uint16_t>();
    auto* packed = reinterpret_cast<uint16_t*>(to);
    for (int64_t i = 0; i < p.middleBytes() / 2; ++i) {
        const int64_t inside = i % 2, second = i / 2 % 2, lane = i / 4 % 32, block = i / 128;
        const auto [a, b] = pairs[static_cast<size_t>(block % p.pairs())];
        const int64_t n = lane / 4, tap = second ? b : a, c = block / p.pairs() * kPiece + n;
        const bool there = lane % 4 * 2 + inside == n && tap >= 0 && c < p.middle;
        packed[i] = there ? from[c * p.window * p.window + tap] : uint16_t{0};
    }
}

Tensor packAll(const Links& links, const Params& p) {
    Tensor all(DType::U8, {p.weightBytes()});
    auto* to = static_cast<char*>(all.mutableData());
    const auto weights = [&](Place place) -> const Tensor& { return *links.places[place]->anchorInput(1)->constant; };
    const int64_t middle = p.passes() * p.chunk();
    if (p.expands) packFragments(weights(kExpand), middle, p.steps() * kGroup, to);
    packPairs(weights(kMiddle), p, to + p.expandBytes());
    if (p.projects())
        packFragments(weights(kProject), roundUp(p.made, kGroup), middle, to + p.expandBytes() + p.middleBytes());
    return all;
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic& tactic, const TacticRequest&) {
    const Links links = *linksIn(region);
    CompiledStep step;
    step.kernel = kName;
    Params p = begin(links, step.inputs);
    p.tile = static_cast<int64_t>(readTactic(tactic, kTiles).first);
    const Tile& tile = kTiles[p.tile];
    std::string source =
        cat(typeLine("T", p.type), "#define EXPANDS ", p.expands ? 1 : 0, "\n#define PROJECTS ", p.projects() ? 1 : 0,
            "\nconstexpr int CHANNELS = ", p.channels, ", MIDDLE = ", p.middle, ", MADE = ", p.made,
            ", WINDOW = ", p.window, ", STRIDE = ", p.strideAt(0), ", DOWN = ", tile.down, ", ACROSS = ", tile.across,
            ", CHUNK = ", p.chunk(), ", PASSES = ", p.passes(), ", RESIDENT = ", p.resident(site.target), ";\n",
            codeText("mma"), codeText("bottleneck"));
    constexpr const char* kPlaces[] = {"expand", "middle", "project"};
    auto kind = p.extras.begin();
    for (size_t place = 0; place < std::size(kPlaces); ++place) {
        const RegionView* link = links.places[place];
        if (!link) continue;
        const std::vector<int64_t> kinds(kind, kind + p.counts[place]);
        kind += p.counts[place];
        source +=
            cat("namespace ", kPlaces[place], " {\ntypedef LinkArgs Args;\n", typeLine("R", link->finished().type),
                finishCode(*link, link->anchorInput(2) != nullptr, kinds), "}\n");
    }
    source += codeText("bottleneck_body");
    step.weights = {compileCode(site.target, source), packAll(links, p)};
    step.params = printFields(p);
    return step;
}

void checkParams(const Params& p) {
    const auto isChannels = [](int64_t channels, int64_t most) {
        return channels > 0 && channels <= most && channels % kPiece == 0;
    };
    const auto isCount = [](int64_t count) { return count >= 0 && count <= static_cast<int64_t>(kMostExtras); };
    check((p.type == DType::F16 || p.type == DType::BF16) && p.tile >= 0 &&
              p.tile < static_cast<int64_t>(std::size(kTiles)) && (p.window == 3 || p.window == 5) &&
              p.strideAt(0) == p.strideAt(1) && p.strideAt(0) >= 1 && p.strideAt(0) <= 2 &&
              isChannels(p.channels, p.expands ? kMostChannels : kMostMiddle) && isChannels(p.middle, kMostMiddle) &&
              (p.made == 0 || isChannels(p.made, kMostMade)) && (p.expands || p.channels == p.middle) &&
              (p.expands || p.projects()) && p.counts.size() == 3 &&
              std::all_of(p.counts.begin(), p.counts.end(), isCount) &&
              p.counts[0] + p.counts[1] + p.counts[2] == static_cast<int64_t>(p.extras.size()),
          "the parameters of a bottleneck");
}

//! Which operand behind which convolution an input is.
struct Operand {
    size_t place, at;
};
std::vector<Operand> operandsOf(const Params& p, std::span<const Port> in, const Port& out) {
    std::vector<Operand> operands;
    for (size_t place = 0; place < p.counts.size(); ++place) {
        const int64_t columns = place == kProject ? p.made : p.middle;
        for (int64_t e = 0; e < p.counts[place]; ++e) {
            const int64_t kind = p.extras[operands.size()];
            const size_t input = 1 + operands.size();
            const bool isLike = kind == kLikeResult && place == kProject && input < in.size() &&
                                in[input].dims == out.dims && in[input].format == Format::Nhwc;
            fit(input < in.size() && (isLike || ((kind == kNumber || kind == kByColumn) &&
                                                 volumeOf(in[input].dims) == (kind == kNumber ? 1 : columns))),
                "an operand of a bottleneck");
            operands.push_back({place, static_cast<size_t>(e)});
        }
    }
    fit(in.size() == 1 + operands.size(), "a bottleneck of other operands");
    return operands;
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    auto p = std::make_shared<Params>();
    parseFields(*p, params);
    checkParams(*p);
    fit(p->shared() <= site.target.sharedPerBlock, "the shared memory of a bottleneck");
    fitBytes(weights.at(1), p->weightBytes());
    auto module = loadModule(*site.machine, weights[0]);
    auto packed = std::make_shared<const DeviceWeights>(*site.machine, weights[1]);
    return makeKernel(
        [p, module, packed](std::span<const Port> in, std::span<const Port> out) -> std::unique_ptr<Launch> {
            fit(!in.empty() && out.size() == 1 && in[0].dims.size() == 4 && out[0].dims.size() == 4 &&
                    in[0].dims[1] == p->channels && in[0].type == p->type && in[0].format == Format::Nhwc &&
                    out[0].type == p->type && out[0].format == Format::Nhwc,
                "a bottleneck of another image");
            const Dims &x = in[0].dims, &y = out[0].dims;
            BottleneckArgs args;
            Dims made{x[0], p->resultChannels()};
            for (size_t s = 0; s < 2; ++s) {
                const ops::WindowExtent extent = p->extent(s, x[s + 2], p->window);
                made.push_back(extent.size);
                args.in[s] = static_cast<int32_t>(x[s + 2]);
                args.out[s] = static_cast<int32_t>(extent.size);
                args.pad[s] = static_cast<int32_t>(extent.pre);
            }
            fit(y == made, "a bottleneck of another result");
            const std::vector<Operand> operands = operandsOf(*p, in, out[0]);
            if (volumeOf(y) == 0) return makeLaunch([](const LaunchArgs&) {});
            const Tile& tile = kTiles[p->tile];
            args.along = Divisor((y[3] + tile.across - 1) / tile.across);
            args.tiles = Divisor(tile.blocks(y[2], y[3]));
            requireCount(volumeOf(x));
            Grid grid;
            grid.x = requireCount(y[0] * tile.blocks(y[2], y[3]));
            grid.y = p->projects() ? 1 : p->passes();
            grid.shared = p->shared();
            return makeKernelLaunch(
                module, "bottleneck", grid, args, [p, packed, operands](BottleneckArgs& a, const LaunchArgs& launch) {
                    a.x = launch.inputs[0];
                    a.weights = packed->data();
                    a.links[p->last()].y = launch.outputs[0];
                    requireAligned({a.x, launch.outputs[0]}, "a bottleneck");
                    for (size_t o = 0; o < operands.size(); ++o) {
                        requireAligned({launch.inputs[1 + o]}, "a bottleneck");
                        a.links[operands[o].place].extra.address[operands[o].at] = launch.inputs[1 + o];
                    }
                });
        });
}

//! Whether the kernel is one for convolutions of these sizes.
bool fuses(const Site& site, const RegionView& region) {
    TacticList list;
    if (linksIn(region) && isStatic(region.output(0).shape)) tactics(site, region, {}, list);
    return !list.tactics.empty();
}

}  // namespace

const Family kBottleneckFamily{kName, tactics, compile, load, fuses, 1, true};

}  // namespace opentrt::cuda
