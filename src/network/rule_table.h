// SPDX-License-Identifier: Apache-2.0
// Tables of refusals: a row is a rule, a network that breaks it, and the words of the refusal. Rules about parameters
// are checked by the factory or setter at once, rules about types and shapes when a tensor is asked for its dimensions,
// and all of them again when the network is built.
#pragma once
#include <functional>

#include "network/test_support.h"

namespace opentrt::network {

inline constexpr uint32_t kStrong = 1U << static_cast<uint32_t>(NetworkDefinitionCreationFlag::kSTRONGLY_TYPED);

struct Rule {
    const char* name;
    //! Makes a layer named "layer"; null when the factory refuses.
    std::function<ILayer*(TestNet&)> make;
    const char* words;
};

//! The setter or factory refuses at once, and what was there before stays.
inline void expectAtOnce(const std::vector<Rule>& rules, uint32_t flags = 0) {
    for (const Rule& rule : rules) {
        SCOPED_TRACE(rule.name);
        TestNet net(false, 10, flags);
        ILayer* layer = rule.make(net);
        EXPECT_EQ(net.error(), cat(rule.words, "\n"));
        if (!layer) continue;
        EXPECT_GE(layer->getOutput(0)->getDimensions().nbDims, 0);
        EXPECT_EQ(net.error(), "");
    }
}

//! Asking for dimensions says what is wrong, and so does building.
inline void expectOnDemand(const std::vector<Rule>& rules, uint32_t flags = 0) {
    for (const Rule& rule : rules) {
        SCOPED_TRACE(rule.name);
        TestNet net(false, 10, flags);
        ILayer* layer = rule.make(net);
        ASSERT_NE(layer, nullptr) << net.error();
        layer->setName("layer");
        EXPECT_EQ(net.error(), "");
        EXPECT_EQ(layer->getOutput(0)->getDimensions().nbDims, -1);
        const std::string said = net.error();
        EXPECT_EQ(said, cat("layer: ", rule.words, "\n"));
        net->markOutput(*layer->getOutput(0));
        EXPECT_NE(net.text().find(rule.words), std::string::npos) << net.text();
    }
}

//! A layer named "layer" after a setter was called.
template <class Layer>
ILayer* with(Layer* layer, const std::function<void(Layer&)>& set) {
    layer->setName("layer");
    set(*layer);
    return layer;
}

inline Weights none() {
    return Weights{DataType::kFLOAT, nullptr, 0};
}

}  // namespace opentrt::network
