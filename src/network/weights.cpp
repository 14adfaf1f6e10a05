// SPDX-License-Identifier: Apache-2.0
#include "network/weights.h"

#include "network/rules.h"

namespace opentrt::network {

ValueId addWeights(Graph& graph, const nvinfer1::Weights& weights, std::vector<int64_t> dims, const std::string& layer,
                   const char* role, std::optional<DType> type) {
    const int64_t expected = volumeOf(dims);
    if (weights.count != expected) {
        throw Error(ErrorCode::InvalidArgument, layer,
                    cat(role, " weights have count ", weights.count, " but ", expected, " was expected for ", dims));
    }
    if (!weights.values && expected > 0) {
        throw Error(ErrorCode::InvalidArgument, layer,
                    cat(role, " weights have count ", weights.count, " but no values"));
    }
    const DType given = api::toDType(known(layer, "weights type", weights.type));
    Tensor tensor =
        expected > 0 ? Tensor::borrow(given, std::move(dims), weights.values) : Tensor(given, std::move(dims));
    if (type && *type != given) tensor = tensor.cast(*type);
    const ValueId constant = graph.addConstant(graph.uniqueName(cat(layer, ".", role)), std::move(tensor));
    graph[constant].origin = std::make_shared<WeightOrigin>(WeightOrigin{layer, role, given, weights.values});
    return constant;
}

}  // namespace opentrt::network
