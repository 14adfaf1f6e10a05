// SPDX-License-Identifier: Apache-2.0
// Convolutions that read one another's results in one kernel (code/chain.cu): for few pixels, where each of them by
// itself would mostly start, wait and store. For compute capability 9.0. Tested by the conformance cases on a device,
// by tests/cuda without.
#include "backends/cuda/chain.h"

#include <algorithm>
#include <cstring>

#include "backends/cuda/elements.h"
#include "backends/cuda/group_product.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

using namespace chains;

constexpr const char* kName = "cuda.chain";
constexpr int64_t kFewestStages = 4;                 // of the ring of weights
constexpr int64_t kMostOfLink = 200 << 10;           // bytes of weights, on average
constexpr int64_t kMostBytes = int64_t{48} << 20;    // of weights that all blocks bring
constexpr int64_t kMostInPairs = int64_t{40} << 20;  // the same where two bring them together

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
        if (operand == kBeside) {
            const Fact& made = link.holder().fact(link.beside);
            if (made.shape != link.anchorOutput().shape || made.type != type)
                return "an operand that is not like the result";
            like++;
            continue;
        }
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

//! The links of a region, and what stands beside one of them.
struct Parts {
    std::vector<RegionView> links;
    std::optional<RegionView> beside;
    size_t besideOf = 0;
    //! In the order of weights, operands and code: what is beside the links comes last.
    std::vector<RegionView> all() const {
        std::vector<RegionView> list = links;
        if (beside) list.push_back(*beside);
        return list;
    }
};
Parts partsOf(const RegionView& region) {
    Parts parts{linksOf(region), {}, 0};
    std::vector<RegionView>& links = parts.links;
    const auto reader = std::find_if(links.begin() + 1, links.end(), [&](const RegionView& link) {
        return link.beside.valid() && link.beside == links[0].leaves;
    });
    if (reader == links.end()) return parts;
    parts.besideOf = static_cast<size_t>(reader - links.begin()) - 1;
    parts.beside = links[0];
    links.erase(links.begin());
    return parts;
}

std::string whyNotBeside(const RegionView& beside) {
    const int64_t step = stepOfPixels(beside);
    if (beside.anchorInput(1)->shape.size() != 4 || step < 1 || step > 2) return "a window beside the links";
    return whyNotWholeSteps(beside, kStepBytes / 2);
}

std::string whyNot(const Site& site, const Parts& parts) {
    if (!site.target.isHopper()) return "the device has no products of warp groups";
    if (parts.links.size() > kMostLinks) return "too many links";
    const RegionView& first = parts.links[0];
    const Fact& x = *first.anchorInput(0);
    if (x.shape.size() != 4) return "other than two spatial axes";
    if (const std::string reason = whyNotType(x, {DType::F16, DType::BF16, DType::I8}); !reason.empty()) return reason;
    if (const std::string reason = whyNotWholeSteps(first, kStepBytes / 2); !reason.empty()) return reason;
    const Shape& w = first.anchorInput(1)->shape;
    const bool isKnown = w.size() == 4 && w[2] == w[3] && (w[2] == Dim(1) || w[2] == Dim(3));
    if (!isKnown || !isPadded(*convolution(first), w[2].constant()))
        return "a window of other than 1x1 or 3x3 pixels around each";
    for (const RegionView& link : parts.all()) {
        const bool isFurther = link.anchor != first.anchor,
                   isBeside = parts.beside && link.anchor == parts.beside->anchor;
        if (isFurther && !isBeside && !readsSinglePixels(link)) return "a further link with a window";
        if (isFurther && !link.anchorInput(1)->constant) return "weights that are not known";
        if (const std::string reason = whyNotLink(link, x.type); !reason.empty()) return reason;
    }
    return parts.beside ? whyNotBeside(*parts.beside) : "";
}

ChainParams begin(const Parts& parts, std::vector<int>& inputs) {
    const RegionView& first = parts.links[0];
    ChainParams p;
    p.type = first.anchorInput(0)->type;
    p.window = first.anchorInput(1)->shape[2].constant();
    p.stride = convolution(first)->strideAt(0);
    p.channels = {first.anchorInput(0)->shape[1].constant()};
    inputs = {first.anchorInputs[0]};
    const auto& outputs = first.holder().outputs();
    const auto addOperands = [&](const RegionView& link) {
        CompiledStep own;
        const ContractionParams params = beginContraction(link, own);
        inputs.insert(inputs.end(), own.inputs.begin() + 1, own.inputs.end());
        p.counts.push_back(static_cast<int64_t>(params.extras.size()));
        p.extras.insert(p.extras.end(), params.extras.begin(), params.extras.end());
        return params.columns;
    };
    for (const RegionView& link : parts.links) {
        p.channels.push_back(addOperands(link));
        if (std::find(outputs.begin(), outputs.end(), link.leaves) != outputs.end())
            p.stores.push_back(static_cast<int64_t>(p.links()) - 1);
    }
    if (!parts.beside) return p;
    p.besideChannels = parts.beside->anchorInput(0)->shape[1].constant();
    p.besideStride = stepOfPixels(*parts.beside);
    p.besideOf = static_cast<int64_t>(parts.besideOf);
    inputs.insert(inputs.begin() + 1, parts.beside->anchorInputs[0]);
    addOperands(*parts.beside);
    return p;
}

//! Images are channels-last.
Tactic tacticOf(const RegionView& region, const std::vector<RegionView>& links) {
    Tactic tactic;
    for (size_t i = 0; i < region.node->inputs.size(); ++i) {
        const auto index = static_cast<int>(i);
        const bool isImage = std::any_of(links.begin(), links.end(), [&](const RegionView& link) {
            return index == link.anchorInputs[0] || region.input(index).shape == link.anchorOutput().shape;
        });
        tactic.inputs.push_back(isImage ? Format::Nhwc : Format::Linear);
    }
    tactic.outputs.assign(region.node->outputs.size(), Format::Nhwc);
    return tactic;
}

void tactics(const Site& site, const RegionView& region, const TacticRequest& request, TacticList& list) {
    if (!isChain(region)) return;
    const Parts parts = partsOf(region);
    if (parts.links.size() < 2) return;
    if (const std::string reason = whyNot(site, parts); !reason.empty()) return list.refuse(kName, reason);
    std::vector<int> inputs;
    const ChainParams p = begin(parts, inputs);
    if (p.weightBytes() > kMostOfLink * static_cast<int64_t>(parts.links.size()))
        return list.refuse(kName, "so many weights that other kernels bring them faster");
    if (p.stores.size() != region.node->outputs.size()) return list.refuse(kName, "outputs that no link makes");
    const Dims y = evalShape(parts.links[0].anchorOutput().shape, request.opt);
    const int64_t processors = site.target.multiprocessors;
    Tactic tactic = tacticOf(region, parts.all());
    for (const Tile& tile : kTiles) {
        const int64_t blocks = tile.blocks(y[0], y[2], y[3]);
        if (tile.wide > y[3] || y[3] % tile.wide != 0 || blocks * 3 < processors || blocks > processors) continue;
        if (stagesFor(site.target, tile, p) == 0) continue;
        // Blocks that share weights wait for each other.
        const int64_t brought = blocks * p.weightBytes(), cluster = brought > kMostBytes ? 2 : 1;
        if (blocks % cluster != 0 || (cluster > 1 && brought > cluster * kMostInPairs)) continue;
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

//! The l-th of the links, or, behind the last one, the convolution beside them.
std::string codeOf(const RegionView& link, const ChainParams& p, const Tile& tile, const Room& room, size_t l) {
    const bool isBeside = l == p.links();
    const auto to = static_cast<size_t>(isBeside ? p.besideOf : static_cast<int64_t>(l));
    const Source from = sourceOf(p, tile, room, l);
    CompiledStep own;
    const ContractionParams params = beginContraction(link, own);
    const bool isMade = std::count(params.extras.begin(), params.extras.end(), kMadeBeside) > 0;
    const auto flag = [](bool is) { return is ? "true" : "false"; };
    return cat(
        "namespace ", isBeside ? "beside" : cat("link", l), " {\ntypedef LinkArgs Args;\n",
        typeLine("R", link.finished().type), "constexpr int COLUMNS = ", p.made(l),
        ", INDEX = ", isBeside ? kMostLinks : l, ", TAPS = ", l == 0 ? p.window : 1,
        ", STEP = ", isBeside ? p.besideStride : 1, ", CHUNKS = ", from.chunks, ", IN_ROW = ", from.row,
        ", IN_AT = ", from.at, ", IN_CHUNK = ", from.chunk, ", IN_LINE = ", from.line, ", OUT_AT = ", room.results[to],
        ", OUT_ROW = ", p.rowBytes(to + 1), ";\nconstexpr bool STORES = ", flag(!isBeside && p.isStored(l)),
        ", EARLY = ", flag(hasConstantColumns(link, params.extras, own.inputs)), ", LIKE_IS_MADE = ", flag(isMade),
        ";\n", contractionFinish(link, params), codeText("chain_link"), "}\n");
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic& tactic, const TacticRequest&) {
    const Parts parts = partsOf(region);
    const std::vector<RegionView> links = parts.all();
    CompiledStep step;
    step.kernel = kName;
    ChainParams p = begin(parts, step.inputs);
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
            ", MOST_LINKS = ", kMostLinks, ", PAD = ", p.pad(), ", STRIDE = ", p.stride, ", HALO = ", p.halo(),
            ", PLANE_BYTES = ", room.planeBytes, ", THREADS = ", tile.threads(), ";\n", codeText("mma"),
            codeText("hopper"), groupProductCode("multiplyGroup", tile.columns(p.type), p.type), codeText("chain"));
    // What is beside the links comes first, where its result is to lie for one of them.
    std::string each =
        cat("#define BESIDE ", p.hasBeside() ? 1 : 0, "\n#define EACH_LINK(DO)", p.hasBeside() ? " DO(beside)" : "");
    for (size_t l = 0; l < links.size(); ++l) {
        source += codeOf(links[l], p, tile, room, l);
        if (l < p.links()) each += cat(" DO(link", l, ")");
    }
    source += cat(each, "\n", codeText("chain_body"));
    step.weights = {compileCode(site.target, source), packAll(links, p)};
    step.params = printFields(p);
    return step;
}

//! Whether the kernel is one for chains of these sizes.
bool fuses(const Site& site, const RegionView& region) {
    TacticList list;
    if (isChain(region) && isStatic(region.output(0).shape)) tactics(site, region, {}, list);
    return !list.tactics.empty();
}

}  // namespace

const Family kChainFamily{kName, tactics, compile, chains::load, fuses, 1, true};

}  // namespace opentrt::cuda
