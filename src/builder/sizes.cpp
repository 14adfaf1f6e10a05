// SPDX-License-Identifier: Apache-2.0
#include "builder/sizes.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "graph/limits.h"

namespace opentrt {

namespace {

constexpr const char* kPointNames[] = {"min", "opt", "max"};

void bind(SymbolValues& symbols, const Dim& dim, int64_t value, const std::string& tensor, const char* point) {
    if (dim.isConstant()) {
        if (dim.constant() == value) return;
        throw Error(ErrorCode::InvalidArgument, tensor,
                    cat("the profile's ", point, " has size ", value, " where the network has ", dim.constant()));
    }
    check(dim.isSymbol(), "an input has a computed dimension");
    const auto [at, isNew] = symbols.try_emplace(dim.symbolName(), value);
    if (!isNew && at->second != value) {
        throw Error(ErrorCode::InvalidArgument, tensor,
                    cat("dimension ", dim, " is ", value, " at ", point, " when another input of the profile says ",
                        at->second));
    }
}

//! Nothing when only the data tell the size, or when it makes no sense for these values.
std::optional<std::vector<int64_t>> dimsAt(const Shape& shape, const SymbolValues& sizes) {
    std::set<std::string> symbols;
    for (const Dim& d : shape) d.collectSymbols(symbols);
    if (!std::all_of(symbols.begin(), symbols.end(), [&](const auto& s) { return sizes.count(s) > 0; })) return {};
    try {
        return evalShape(shape, sizes);
    } catch (const Error&) {
        return {};
    }
}

//! Elements of all tensors together, as far as the sizes tell; 0 when they contradict each other.
double elementsAt(const Graph& graph, const SymbolValues& sizes) {
    double total = 0;
    for (const NodeId node : graph.order()) {
        for (const ValueId value : graph[node].outputs) {
            const auto dims = dimsAt(graph.fact(value).shape, sizes);
            if (!dims) continue;
            double count = 1;
            for (const int64_t d : *dims) count *= static_cast<double>(std::max<int64_t>(d, 0));
            total += count;
        }
    }
    return total;
}

//! Between two sizes in their ratios; contents of shape tensors may be negative.
SymbolValues between(const SymbolValues& a, const SymbolValues& b) {
    SymbolValues middle;
    for (const auto& [symbol, from] : a) {
        const int64_t to = b.at(symbol);
        middle[symbol] = from > 0 && to > 0
                             ? std::llround(std::sqrt(static_cast<double>(from) * static_cast<double>(to)))
                             : (from + to) / 2;
    }
    return middle;
}

}  // namespace

SymbolValues symbolsAt(const Graph& graph, const PlanProfile& profile, int point) {
    SymbolValues symbols;
    check(profile.inputs.size() == graph.inputs().size(), "a profile does not cover the inputs");
    for (size_t i = 0; i < profile.inputs.size(); ++i) {
        const Value& input = graph[graph.inputs()[i]];
        const auto& dims = profile.inputs[i].dims[point];
        const auto& values = profile.inputs[i].values[point];
        if (dims.size() != input.fact.shape.size()) {
            throw Error(ErrorCode::InvalidArgument, input.name,
                        cat("the profile's ", kPointNames[point], " has ", dims.size(),
                            " dimensions when the input has ", input.fact.shape.size()));
        }
        for (size_t d = 0; d < dims.size(); ++d)
            bind(symbols, input.fact.shape[d], dims[d], input.name, kPointNames[point]);
        if (!input.fact.elements || values.empty()) continue;
        if (values.size() != input.fact.elements->size()) {
            throw Error(ErrorCode::InvalidArgument, input.name,
                        cat("the profile's ", kPointNames[point], " has ", values.size(),
                            " shape values when the input has ", input.fact.elements->size(), " elements"));
        }
        for (size_t e = 0; e < values.size(); ++e) {
            bind(symbols, (*input.fact.elements)[e], values[e], input.name, kPointNames[point]);
        }
    }
    return symbols;
}

PlanProfile staticProfile(const Graph& graph) {
    PlanProfile profile;
    for (ValueId in : graph.inputs()) {
        const Shape& shape = graph.fact(in).shape;
        if (!isStatic(shape)) {
            throw Error(ErrorCode::InvalidArgument, graph[in].name,
                        cat("the input has dynamic dimensions ", str(shape),
                            "; add an optimization profile with its min, opt and max"));
        }
        ProfileRange& range = profile.inputs.emplace_back();
        for (auto& dims : range.dims) dims = staticDims(shape);
    }
    return profile;
}

SymbolRanges rangesOf(const Graph& graph, const PlanProfile& profile) {
    SymbolRanges ranges;
    const SymbolValues low = symbolsAt(graph, profile, 0), high = symbolsAt(graph, profile, 2);
    for (const auto& [symbol, value] : low) {
        const int64_t top = high.at(symbol);
        if (value > top) {
            throw Error(ErrorCode::InvalidArgument, symbol,
                        cat("the profile's min is ", value, " when its max is ", top));
        }
        ranges[symbol] = {value, top};
    }
    return ranges;
}

void requireElements(const Graph& graph, const PlanProfile& profile, size_t index) {
    const SymbolValues sizes = symbolsAt(graph, profile, 2);
    const auto check = [&](ValueId value) {
        const auto dims = dimsAt(graph.fact(value).shape, sizes);
        if (!dims || std::any_of(dims->begin(), dims->end(), [](int64_t d) { return d <= 0; })) return;
        int64_t count = 1;
        for (const int64_t dim : *dims) {
            if (__builtin_mul_overflow(count, dim, &count)) count = INT64_MAX;
        }
        if (count <= kMostElements) return;
        throw Error(ErrorCode::InvalidArgument, graph[value].name,
                    cat("at the max of profile ", index, " the tensor has dimensions ", *dims,
                        ", which are more than 2^31-1 elements; lower the max"));
    };
    for (const ValueId in : graph.inputs()) check(in);
    for (const NodeId node : graph.order()) {
        for (const ValueId out : graph[node].outputs) check(out);
    }
}

void fixSingleValues(Graph& graph) {
    std::map<std::string, Dim, std::less<>> fixed;
    for (const auto& [symbol, range] : graph.ranges) {
        if (range.min == range.max) fixed.emplace(symbol, Dim(range.min));
    }
    if (fixed.empty()) return;
    for (ValueId in : graph.inputs()) {
        Fact& fact = graph[in].fact;
        for (Dim& d : fact.shape) d = d.substitute(fixed);
        if (!fact.elements) continue;
        for (Dim& d : *fact.elements) d = d.substitute(fixed);
    }
    graph.inferAll();
}

void guessSizes(const Graph& graph, TacticRequest& request) {
    constexpr int64_t kLarge = 256;
    std::set<std::string> symbols;
    for (const NodeId node : graph.order()) {
        for (const ValueId value : graph[node].outputs) {
            for (const Dim& d : graph.fact(value).shape) d.collectSymbols(symbols);
        }
        for (const auto& body : graph[node].bodies) guessSizes(*body, request);
    }
    for (const std::string& symbol : symbols) {
        const auto range = graph.ranges.find(symbol);
        const int64_t size =
            range == graph.ranges.end() ? kLarge : std::max(range->second.min, std::min(kLarge, range->second.max));
        if (request.opt.emplace(symbol, size).second) request.guessed.insert(symbol);
    }
}

std::vector<PlanPoint> pointsOf(const Graph& graph, const std::vector<PlanProfile>& profiles) {
    constexpr double kFar = 5;  // in elements of all tensors
    std::vector<PlanPoint> points;
    const double first = elementsAt(graph, symbolsAt(graph, profiles.front(), 1));
    for (size_t p = 0; p < profiles.size(); ++p) {
        const auto add = [&](SymbolValues sizes) {
            for (auto& [symbol, size] : sizes) size = size == 0 ? 1 : size;
            const PlanPoint point{static_cast<int32_t>(p), std::move(sizes)};
            const bool isNew = std::none_of(points.begin(), points.end(), [&](const PlanPoint& other) {
                return other.profile == point.profile && other.sizes == point.sizes;
            });
            if (isNew && elementsAt(graph, point.sizes) <= kFar * first) points.push_back(point);
        };
        const SymbolValues opt = symbolsAt(graph, profiles[p], 1), min = symbolsAt(graph, profiles[p], 0);
        const double atOpt = elementsAt(graph, opt);
        add(opt);
        add(min);
        if (atOpt > kFar * elementsAt(graph, min)) add(between(opt, min));
        SymbolValues large = symbolsAt(graph, profiles[p], 2);
        const bool isFar = elementsAt(graph, large) > kFar * atOpt;
        while (isFar && elementsAt(graph, large) > kFar * first && between(opt, large) != large)
            large = between(opt, large);
        if (isFar) add(large);
    }
    return points;
}

}  // namespace opentrt
