// SPDX-License-Identifier: Apache-2.0
// Before anything runs: is every value inside the memory that it has? Sizes come from the caller and places from a
// file, so both are compared whenever sizes change. Tested by tests/fuzz and tests/api.
#include <algorithm>
#include <set>

#include "base/error.h"
#include "runtime/executor.h"

namespace opentrt {

int64_t Executor::bytesOf(int32_t v) const {
    return bytesIn(value(v).format, value(v).type, dimsOf(v));
}

//! The value whose memory this one is a view of, and how many bytes behind its start.
Executor::Root Executor::rootOf(int32_t v) const {
    Root root{v, 0};
    while (value(root.value).storage == Storage::Alias) {
        const PlanValue& view = value(root.value);
        root = {view.index, root.offset + bytesFor(view.type, view.aliasOffset)};
    }
    return root;
}

//! Bytes of the memory of a value that is no view; INT64_MAX where only the run or the caller knows.
int64_t Executor::roomOf(int32_t v) const {
    const PlanValue& root = value(v);
    const auto profile = static_cast<size_t>(profile_);
    switch (root.storage) {
        case Storage::Constant:
            return engine_.plan().blobs[static_cast<size_t>(root.index)].bytes();
        case Storage::Arena:
            return program().arenaBytes[profile] - root.offsets[profile];
        // The caller gives what the operand itself takes.
        case Storage::Input:
            v = program().inputs[static_cast<size_t>(root.index)];
            break;
        case Storage::Output:
            v = program().outputs[static_cast<size_t>(root.index)];
            break;
        default:
            break;
    }
    return known(v) ? bytesOf(v) : INT64_MAX;
}

void Executor::checkPlaces() const {
    for (size_t i = 0; i < program().values.size(); ++i) {
        const auto v = static_cast<int32_t>(i);
        if (!known(v)) continue;
        const Root root = rootOf(v);
        const int64_t bytes = bytesOf(v), room = roomOf(root.value);
        if (bytes == 0 || (root.offset <= room && bytes <= room - root.offset)) continue;
        throw Error(ErrorCode::InvalidArgument, value(v).name,
                    cat("a tensor of the shape ", dimsOf(v), " takes ", bytes, " bytes when its place has ",
                        std::max<int64_t>(room - root.offset, 0)));
    }
}

int64_t Executor::arenaBytesAt(const SymbolValues& symbols, int32_t profile) const {
    if (profile != reach_.profile || symbols != reach_.symbols) {
        reach_ = {symbols, profile, reachOf(symbols, profile)};
    }
    return reach_.bytes;
}

int64_t Executor::reachOf(const SymbolValues& symbols, int32_t profile) const {
    int64_t end = 0;
    for (const PlanValue& value : program().values) {
        if (value.storage != Storage::Arena) continue;
        std::vector<int64_t> dims;
        for (const int32_t d : value.dims) {
            const Dim& dim = program().dims[static_cast<size_t>(d)];
            std::set<std::string> needed;
            dim.collectSymbols(needed);
            const bool known =
                std::all_of(needed.begin(), needed.end(), [&](const auto& s) { return symbols.count(s) > 0; });
            if (!known) return arenaBytes(profile);
            dims.push_back(std::max<int64_t>(dim.eval(symbols), 0));
        }
        end = std::max(end, value.offsets[static_cast<size_t>(profile)] + bytesIn(value.format, value.type, dims));
    }
    return std::min(end, arenaBytes(profile));
}

//! A view has as many elements as what it shows; shapes that come from values may say otherwise.
void Executor::checkViews() const {
    for (size_t v = 0; v < program().values.size(); ++v) {
        const PlanValue& view = program().values[v];
        if (view.storage != Storage::Alias || view.aliasOffset != 0) continue;
        const auto index = static_cast<int32_t>(v);
        if (!known({index, view.index})) continue;
        const std::vector<int64_t> dims = dimsOf(index), source = dimsOf(view.index);
        if (volumeOf(dims) == volumeOf(source)) continue;
        throw Error(ErrorCode::InvalidArgument, view.name,
                    cat("the shape ", dims, " has ", volumeOf(dims), " elements when the tensor of shape ", source,
                        " that it is made from has ", volumeOf(source)));
    }
}

//! What a body is given must have the sizes that it was made for.
void Executor::checkInputs(const std::string& layer, const std::vector<std::vector<int64_t>>& dims) const {
    for (size_t i = 0; i < dims.size(); ++i) {
        const std::vector<int64_t> own = inputDims(static_cast<int>(i));
        if (own == dims[i]) continue;
        throw Error(ErrorCode::InvalidArgument, layer,
                    cat("input ", i, " of the body has the shape ", dims[i], " when the body was made for ", own));
    }
}

}  // namespace opentrt
