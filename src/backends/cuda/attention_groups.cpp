// SPDX-License-Identifier: Apache-2.0
// Attention by the products of warp groups (code/attention_groups.cu), in f16 and bf16, for compute capability 9.0.
// Each shape of blocks is a tactic. Tested by the conformance cases on a device, by tests/cuda without one.
#include <algorithm>

#include "backends/cuda/attention.h"
#include "backends/cuda/copied.h"
#include "backends/cuda/group_product.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.attention_groups";
constexpr int64_t kRowsOfGroup = 64, kRowsOfWarp = 16, kColumnGroup = 64, kStep = 16, kFewColumns = 128,
                  kMostColumns = 256;

//! How a block works: groups of warps with 64 rows of queries each; blocks of a multiprocessor. Keys come in tiles of
//! at most so many, of which `stages` are in memory; so many steps of 16 keys are weighed at once. Some are for keys
//! that are one tile: registers have no room for sums of several, or a block takes whole heads and their keys stay.
//! Some are for wide heads, of more than 128 columns: a block's queries, once only, are where its result goes.
struct Shape {
    const char* name;
    int64_t groups, resident, mostKeys, stages, chunk;
    bool isForOneTile = false, takesHeads = false, isWide = false;
    int64_t rows() const { return groups * kRowsOfGroup; }
};
constexpr Shape kShapes[] = {
    {"4x208", 4, 1, 208, 2, 1, true},
    {"4x128", 4, 1, 128, 4, 2},
    {"2x128", 2, 2, 128, 2, 4},
    {"1x256", 1, 1, 256, 2, 4},
    {"1x128", 1, 2, 128, 2, 2},
    {"1x128all", 1, 3, 128, 1, 2},
    {"1x128heads", 1, 3, 128, 1, 4, true, true},
    {"2x112wide", 2, 1, 112, 2, 2, false, false, true},
    {"2x80wide", 2, 1, 80, 2, 2, false, false, true},
    {"1x80wide", 1, 1, 80, 2, 2, false, false, true},
};

//! Layout of code/attention_groups.cu.
struct alignas(64) GroupsArgs {
    TensorMap q, k, v, y;
    const void* mask = nullptr;
    int32_t queries = 0, keys = 0, works = 0, blocks = 0;
    float scale = 1;
    Divisor blocksOf{1}, headsOf{1}, allHeads{1}, group{1};
    int64_t maskStride[4] = {};
};

struct GroupsParams : HasFields {
    std::string step;  //!< of backends/op_step.h
    int64_t shape = 0;
    int64_t keys = 0;     //!< of a tile
    int64_t allKeys = 0;  //!< that the code is for; 0: any
    void fields(FieldVisitor& v) override {
        v.field("step", step);
        v.field("shape", shape);
        v.field("keys", keys);
        v.field("allKeys", allKeys);
    }
};

int64_t roundedUp(int64_t n, int64_t step) {
    return (n + step - 1) / step * step;
}

//! Keys of a tile when there are `all`: as few tiles as there may be, alike.
int64_t tileOf(const Shape& shape, int64_t all) {
    const int64_t tiles = std::max<int64_t>((all + shape.mostKeys - 1) / shape.mostKeys, 1);
    return std::max<int64_t>(roundedUp((all + tiles - 1) / tiles, 8), kStep);
}

//! Bytes of shared memory, as the text works them out.
int64_t sharedBytes(const Shape& shape, int64_t keys, int64_t columns, int64_t valueColumns) {
    constexpr int64_t kFront = 1024, kLine = 128;
    const auto lines = [](int64_t c) { return (c + kColumnGroup - 1) / kColumnGroup; };
    const int64_t rows = shape.rows() * (shape.isWide ? lines(columns) : 2 * lines(columns) + lines(valueColumns));
    const int64_t tile = keys * lines(columns) + roundedUp(keys, kStep) * lines(valueColumns);
    return kFront + kLine * (rows + shape.stages * tile);
}

std::string whyNotShape(const Target& target, const Shape& shape, int64_t keys, int64_t columns, int64_t values) {
    if (shape.isWide != (std::max(columns, values) > kFewColumns))
        return shape.isWide ? "columns so few that queries of two turns fit"
                            : "columns so many that queries of two turns do not fit";
    if (shape.isWide && values > columns) return "more columns of values than of queries, whose place they take";
    constexpr int64_t kReserved = 1024;  // of each block
    const int64_t shared = sharedBytes(shape, keys, columns, values);
    const bool fits =
        shared <= target.sharedPerBlock && shape.resident * (shared + kReserved) <= target.sharedPerMultiprocessor;
    return fits ? "" : "tiles of too much shared memory";
}

std::string whyNotGroups(const RegionView& region, const ops::Attention& op) {
    const std::string reason = whyNotTiles(region, op, kMostColumns);
    return reason.empty() ? whyNotExact(region) : reason;
}
std::string whyNot(const Site& site, const RegionView& region, const ops::Attention& op) {
    return site.target.isHopper() ? whyNotGroups(region, op) : "the device has no products of warp groups";
}

//! The number of keys when it is known, else 0.
int64_t knownKeysOf(const RegionView& region, const ops::Attention& op) {
    const Dim& all = region.input(Operand::kKey).shape[op.axesOf(Operand::kKey)[2]];
    return all.isConstant() ? all.constant() : 0;
}
int64_t keysOf(const RegionView& region, const ops::Attention& op, const TacticRequest& request) {
    return evalShape(region.input(Operand::kKey).shape, request.opt)[op.axesOf(Operand::kKey)[2]];
}

//! Whether keys, `known` as knownKeysOf() says, are one tile if they need be.
bool suits(const Shape& shape, int64_t known) {
    return !shape.isForOneTile || (known > 0 && known <= shape.mostKeys);
}

//! `rows` of queries of each of the `heads` of all batches.
bool isWorthTrying(const Target& target, const Shape& shape, int64_t rows, int64_t heads) {
    if (shape.takesHeads) return rows > shape.rows() && 2 * heads >= target.multiprocessors * shape.resident;
    const int64_t works = (rows + shape.rows() - 1) / shape.rows() * heads;
    if (shape.groups == 1) return works <= 8 * target.multiprocessors;
    return rows > shape.rows() - kRowsOfGroup && works >= target.multiprocessors / 8;
}

void tactics(const Site& site, const RegionView& region, const TacticRequest& request, TacticList& list) {
    if (!region.anchor || !region.pointwise.empty()) return;
    const auto* op = as<ops::Attention>(region.op());
    if (!op) return;
    if (const std::string reason = whyNot(site, region, *op); !reason.empty()) return list.refuse(kName, reason);
    const Dims q = evalShape(region.input(Operand::kQuery).shape, request.opt);
    const auto axes = op->axesOf(Operand::kQuery);
    const int64_t heads = q[axes[0]] * op->headsOf(Operand::kQuery, q[axes[1]]).second;
    for (const Shape& shape : kShapes) {
        if (!isWorthTrying(site.target, shape, q[axes[2]], heads)) continue;
        const std::string name = cat(kName, ".", shape.name);
        const int64_t keys = tileOf(shape, keysOf(region, *op, request));
        std::string reason = !suits(shape, knownKeysOf(region, *op))
                                 ? "keys that may be several tiles"
                                 : whyNotShape(site.target, shape, keys, columnsOf(region, *op, Operand::kKey),
                                               columnsOf(region, *op, Operand::kValue));
        if (reason.empty())
            addOpTactics(name.c_str(), region, {Format::Linear}, list);
        else
            list.refuse(name, std::move(reason));
    }
}

//! Whether neighbours in the mask may be read together: rows begin at even numbers.
bool hasPairs(const RegionView& region) {
    const Fact* mask = region.anchorInput(kMask);
    return mask && mask->shape.back().isConstant() && mask->shape.back().constant() % 2 == 0;
}

std::string sourceOf(const RegionView& region, const ops::Attention& op, const Shape& shape, const GroupsParams& p) {
    const int64_t values = roundedUp(columnsOf(region, op, Operand::kValue), kStep);
    const DType type = region.input(0).type;
    const int64_t half = roundedUp(p.keys / 2, kStep);
    return cat(maskCode(region), "#define MASK_PAIRS ", hasPairs(region) ? 1 : 0, "\n#define CAUSAL ",
               static_cast<int>(op.causal), "\n#define DEPTH ", roundedUp(columnsOf(region, op, Operand::kKey), kStep),
               "\n#define VALUES ", values, "\n#define GROUPS ", shape.groups, "\n#define RESIDENT ", shape.resident,
               "\n#define KEYS ", p.keys, "\n#define ALL_KEYS ", p.allKeys, "\n#define STAGES ", shape.stages,
               "\n#define CHUNK ", shape.chunk, "\n#define HEADS ", shape.takesHeads ? 1 : 0, "\n#define IN_PLACE ",
               shape.isWide ? 1 : 0, "\n", codeText("mma"), codeText("hopper"),
               groupProductCode("multiplyKeys", p.keys, type),
               half < p.keys ? groupProductCode("multiplyKeys", half, type) : "",
               groupProductCode("multiplyValues", values, type, LeftFactor::Registers), codeText("attention_groups"));
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic& tactic, const TacticRequest& request) {
    const auto& op = *as<ops::Attention>(region.op());
    CompiledStep step = compileOpStep(kName, region);
    const auto* shape = std::find_if(std::begin(kShapes), std::end(kShapes),
                                     [&](const Shape& s) { return tactic.name == cat(kName, ".", s.name); });
    check(shape != std::end(kShapes), "a tactic of no known shape");
    GroupsParams p;
    p.step = step.params;
    p.shape = shape - std::begin(kShapes);
    p.keys = tileOf(*shape, keysOf(region, op, request));
    p.allKeys = knownKeysOf(region, op);
    step.weights.push_back(compileCode(site.target, sourceOf(region, op, *shape, p)));
    step.params = printFields(p);
    return step;
}

//! How the copy engine sees an operand: boxes of `rows`.
BoxMap mapOf(const AttentionOperand& at, DType type, int64_t rows) {
    BoxMap map;
    map.type = type;
    map.rank = 4;
    for (size_t i = 0; i < 4; ++i) map.dims[i] = static_cast<uint64_t>(std::max<int64_t>(at.dims[3 - i], 1));
    for (size_t i = 0; i < 3; ++i) map.strides[i] = static_cast<uint64_t>(at.stride[2 - i] * bytesOf(type));
    map.box = {kColumnGroup, static_cast<uint32_t>(rows), 1, 1};
    return map;
}

GroupsArgs argsOf(const OpCall<ops::Attention>& call, const Shape& shape, const AttentionOperand& q,
                  const AttentionOperand& k) {
    GroupsArgs args;
    args.queries = static_cast<int32_t>(requireCount(q.dims[2]));
    args.keys = static_cast<int32_t>(requireCount(k.dims[2]));
    args.blocks = static_cast<int32_t>((q.dims[2] + shape.rows() - 1) / shape.rows());
    args.works = static_cast<int32_t>(requireCount((shape.takesHeads ? 1 : args.blocks) * q.dims[0] * q.dims[1]));
    args.scale = static_cast<float>(call.op.scale);
    args.blocksOf = Divisor(args.blocks);
    args.headsOf = Divisor(q.dims[1]);
    args.allHeads = Divisor(q.dims[0] * q.dims[1]);
    args.group = Divisor(std::max<int64_t>(q.dims[1] / std::max<int64_t>(k.dims[1], 1), 1));
    if (call.has(kMask)) {
        const Dims strides = maskStrides(call);
        std::copy(strides.begin(), strides.end(), args.maskStride);
    }
    return args;
}

std::unique_ptr<Launch> prepare(const OpCall<ops::Attention>& call, const Shape& shape, int64_t keys,
                                std::shared_ptr<const Module> module) {
    if (volumeOf(call.out[0].dims) == 0) return makeLaunch([](const LaunchArgs&) {});
    const AttentionOperand q(call.op, Operand::kQuery, call.in[0]), k(call.op, Operand::kKey, call.in[1]),
        v(call.op, Operand::kValue, call.in[2]), y(call.op, Operand::kOutput, call.out[0]);
    const GroupsArgs args = argsOf(call, shape, q, k);
    const Machine& machine = module->machine();
    Grid grid;
    grid.x = std::min<int64_t>(args.works, shape.resident * machine.target().multiprocessors);
    grid.threads = static_cast<int>(shape.groups * 128);
    grid.shared = sharedBytes(shape, keys, k.dims[3], v.dims[3]);
    const DType type = call.in[0].type;
    const bool masked = call.has(kMask);
    return makeKernelLaunch(std::move(module), "attention_groups", grid, args,
                            [&machine, masked, mq = MappedOperand(mapOf(q, type, shape.rows()), q.offset),
                             mk = MappedOperand(mapOf(k, type, keys), k.offset),
                             mv = MappedOperand(mapOf(v, type, roundedUp(keys, kStep)), v.offset),
                             my = MappedOperand(mapOf(y, type, kRowsOfWarp), y.offset),
                             isEmpty = args.keys == 0](GroupsArgs& a, const LaunchArgs& launch) mutable {
                                mq.place(machine, launch.inputs[0], a.q);
                                if (!isEmpty) {
                                    mk.place(machine, launch.inputs[1], a.k);
                                    mv.place(machine, launch.inputs[2], a.v);
                                }
                                my.place(machine, launch.outputs[0], a.y);
                                a.mask = masked ? launch.inputs[kMask] : nullptr;
                                if (masked) requireAligned({a.mask}, "attention");
                            });
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    auto kept = std::make_shared<GroupsParams>();
    parseFields(*kept, params);
    fit(kept->shape >= 0 && kept->shape < static_cast<int64_t>(std::size(kShapes)), "a shape of blocks");
    fit(kept->keys >= kStep && kept->keys <= kShapes[kept->shape].mostKeys && kept->keys % 8 == 0, "a tile of keys");
    auto step = std::make_shared<OpStep>(loadOpStep(kept->step, weights));
    auto op = std::make_shared<ops::Attention>();
    parseFields(*op, step->op);
    fit(!weights.empty(), "a kernel without machine code");
    return makeKernel([kept, step, op, module = loadModule(*site.machine, weights.back())](auto in, auto out) {
        const FittedNode node(*op, factsOf(*step, in), out);
        const Target& target = module->machine().target();
        const Shape& shape = kShapes[kept->shape];
        fit(target.isHopper() && whyNotGroups(node.region(), *op).empty(), "another kernel's operator");
        fit(whyNotShape(target, shape, kept->keys, columnsOf(node.region(), *op, Operand::kKey),
                        columnsOf(node.region(), *op, Operand::kValue))
                .empty(),
            "tiles that do not fit");
        fit(suits(shape, kept->allKeys), "keys of several tiles");
        fit(kept->allKeys == 0 || kept->allKeys == in[Operand::kKey].dims[op->axesOf(Operand::kKey)[2]], "keys");
        fitFormats({Format::Linear}, in, out);
        return prepare(OpCall<ops::Attention>{*op, *step, in, out}, shape, kept->keys, module);
    });
}

}  // namespace

const Family kAttentionGroupsFamily{kName, tactics, compile, load};

}  // namespace opentrt::cuda
