// SPDX-License-Identifier: Apache-2.0
#include "plan/arena.h"

#include <algorithm>
#include <set>

#include "plan/memory.h"

namespace opentrt {

Shape shapeOf(const PlanProgram& program, int32_t value) {
    Shape shape;
    for (const int32_t d : program.values[static_cast<size_t>(value)].dims)
        shape.push_back(program.dims[static_cast<size_t>(d)]);
    return shape;
}

bool isBounded(const Shape& shape, const SymbolRanges& ranges) {
    std::set<std::string> symbols;
    for (const Dim& d : shape) d.collectSymbols(symbols);
    return std::all_of(symbols.begin(), symbols.end(), [&](const auto& s) { return ranges.count(s) > 0; });
}

namespace {

void layOutProfile(PlanProgram& program, size_t profile, const SymbolRanges& ranges, const std::vector<Uses>& uses,
                   const StepOrder& order) {
    std::vector<Buffer> buffers;
    std::vector<size_t> which;
    for (size_t v = 0; v < program.values.size(); ++v) {
        PlanValue& planned = program.values[v];
        if (planned.storage != Storage::Arena) continue;
        const Shape shape = shapeOf(program, static_cast<int32_t>(v));
        if (!isBounded(shape, ranges)) {
            planned.storage = Storage::Dynamic;
            continue;
        }
        const Dim bytes = bytesIn(planned.format, planned.type, shape);
        buffers.push_back({std::max<int64_t>(1, bytes.bounds(ranges).max), uses[v]});
        which.push_back(v);
    }
    const Placement placement = placeBuffers(buffers, order);
    for (size_t i = 0; i < which.size(); ++i) program.values[which[i]].offsets.push_back(placement.offsets[i]);
    program.arenaBytes[profile] = placement.total;
}

}  // namespace

void layOutArena(PlanProgram& program, const std::vector<SymbolRanges>& ranges) {
    const StepOrder order(program.steps);
    const std::vector<Uses> uses = usesOf(program);
    for (PlanValue& value : program.values) value.offsets.clear();
    program.arenaBytes.assign(ranges.size(), 0);
    for (size_t p = 0; p < ranges.size(); ++p) layOutProfile(program, p, ranges[p], uses, order);
}

}  // namespace opentrt
