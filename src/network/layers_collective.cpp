// SPDX-License-Identifier: Apache-2.0
// Collectives, for one device: what it sends comes back to it, so that each of them is the identity. Tested by
// layer_properties_test.cpp.
#include "network/rules.h"
#include "ops/identity.h"

namespace opentrt::network {

namespace {

//! Refuses more devices than there are.
void requireOneRank(const std::string& layer, int64_t ranks) {
    if (ranks <= 1) return;
    throw Error(ErrorCode::Unsupported, layer,
                cat("a collective across ", ranks, " ranks is not supported by this version of OpenTRT; only 1 is"));
}

class DistCollectiveLayer final : public LayerShell<IDistCollectiveLayer, apiv::VDistCollectiveLayer> {
public:
    using LayerShell::LayerShell;
    bool setNbRanks(int32_t ranks) noexcept override {
        return checked(*this, [&] {
            between(name, "number of ranks", ranks, 1, INT32_MAX);
            requireOneRank(name, ranks);
        });
    }
};

}  // namespace

IDistCollectiveLayer* Network::addDistCollective(ITensor& input, CollectiveOperation operation, ReduceOperation reduce,
                                                 int64_t root, int64_t* groups, int64_t groupSize) noexcept {
    return making<IDistCollectiveLayer>(*this, [&] {
        constexpr const char* kFactory = "addDistCollective";
        requireExplicitBatch(*this, kFactory);
        using C = CollectiveOperation;
        known(kFactory, "collective operation", operation);
        known(kFactory, "reduce operation", reduce);
        const bool reduces = operation == C::kALL_REDUCE || operation == C::kREDUCE || operation == C::kREDUCE_SCATTER;
        if (reduces != (reduce != ReduceOperation::kNONE)) {
            throw Error(ErrorCode::InvalidArgument, kFactory,
                        reduces ? "the operation reduces, so it needs a reduce operation other than kNONE"
                                : "the operation reduces nothing, so its reduce operation should be kNONE");
        }
        between<int64_t>(kFactory, "group size", groupSize, 0, INT32_MAX);
        requireOneRank(kFactory, groupSize);
        if (groupSize > 0 && !groups) throw Error(ErrorCode::InvalidArgument, kFactory, "the list of ranks is null");
        const int64_t self = groupSize > 0 ? groups[0] : 0;
        if (self != 0) requireOneRank(kFactory, self + 1);
        if (operation == C::kBROADCAST || operation == C::kREDUCE) between<int64_t>(kFactory, "root", root, self, self);
        return add(std::make_unique<DistCollectiveLayer>(*this, LayerType::kDIST_COLLECTIVE,
                                                         std::make_unique<ops::Identity>()),
                   {&input});
    });
}

}  // namespace opentrt::network
