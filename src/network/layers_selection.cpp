// SPDX-License-Identifier: Apache-2.0
// Layers that address elements by index, and those that say which elements count: scatter, one-hot, non-zero,
// suppression of boxes, reversal of sequences, assertions.
#include "network/rules.h"
#include "ops/assertion.h"
#include "ops/nms.h"
#include "ops/non_zero.h"
#include "ops/one_hot.h"
#include "ops/reverse_sequence.h"
#include "ops/scatter.h"

namespace opentrt::network {

namespace {

//! How many boxes of a batch item TensorRT looks at, at most and by default.
constexpr int32_t kMostBoxes = 5000;

class ScatterLayer final : public LayerShell<IScatterLayer, apiv::VScatterLayer> {
public:
    using LayerShell::LayerShell;
    void setMode(ScatterMode mode) noexcept override {
        checked(*this, [&] {
            const auto given = known(name, "scatter mode", mode);
            edit<ops::Scatter>().mode = static_cast<ops::ScatterMode>(given);
        });
    }
    ScatterMode getMode() const noexcept override { return static_cast<ScatterMode>(peek<ops::Scatter>().mode); }
    void setAxis(int32_t axis) noexcept override { edit<ops::Scatter>().axis = axis; }
    int32_t getAxis() const noexcept override { return static_cast<int32_t>(peek<ops::Scatter>().axis); }
};

class OneHotLayer final : public LayerShell<IOneHotLayer, apiv::VOneHotLayer> {
public:
    using LayerShell::LayerShell;
    void setAxis(int32_t axis) noexcept override { edit<ops::OneHot>().axis = axis; }
    int32_t getAxis() const noexcept override { return static_cast<int32_t>(peek<ops::OneHot>().axis); }
};

//! Layers whose first output are indices.
template <class Public, class V, class Operator>
class IndexLayer : public LayerShell<Public, V> {
public:
    using LayerShell<Public, V>::LayerShell;
    bool setIndicesType(DataType type) noexcept override {
        return checked(*this, [&] { this->template edit<Operator>().indicesType = indexType(this->name, type); });
    }
    DataType getIndicesType() const noexcept override {
        return api::toDataType(this->template peek<Operator>().indicesType);
    }
};

using NonZeroLayer = IndexLayer<INonZeroLayer, apiv::VNonZeroLayer, ops::NonZero>;

class NmsLayer final : public IndexLayer<INMSLayer, apiv::VNMSLayer, ops::Nms> {
public:
    using IndexLayer::IndexLayer;
    int32_t inputLimit() const override { return 5; }  // behind the three: the thresholds of overlap and score
    void setBoundingBoxFormat(BoundingBoxFormat format) noexcept override {
        checked(*this, [&] {
            const auto given = known(name, "bounding box format", format);
            edit<ops::Nms>().format = static_cast<ops::BoxFormat>(given);
        });
    }
    BoundingBoxFormat getBoundingBoxFormat() const noexcept override {
        return static_cast<BoundingBoxFormat>(peek<ops::Nms>().format);
    }
    void setTopKBoxLimit(int32_t limit) noexcept override {
        checked(*this, [&] { edit<ops::Nms>().topK = between(name, "top-k box limit", limit, 1, kMostBoxes); });
    }
    int32_t getTopKBoxLimit() const noexcept override { return static_cast<int32_t>(peek<ops::Nms>().topK); }
};

class ReverseSequenceLayer final : public LayerShell<IReverseSequenceLayer, apiv::VReverseSequenceLayer> {
public:
    using LayerShell::LayerShell;
    void setBatchAxis(int32_t axis) noexcept override { edit<ops::ReverseSequence>().batchAxis = axis; }
    int32_t getBatchAxis() const noexcept override {
        return static_cast<int32_t>(peek<ops::ReverseSequence>().batchAxis);
    }
    void setSequenceAxis(int32_t axis) noexcept override { edit<ops::ReverseSequence>().sequenceAxis = axis; }
    int32_t getSequenceAxis() const noexcept override {
        return static_cast<int32_t>(peek<ops::ReverseSequence>().sequenceAxis);
    }
};

class AssertionLayer final : public LayerShell<IAssertionLayer, apiv::VAssertionLayer> {
public:
    using LayerShell::LayerShell;
    void setMessage(char const* message) noexcept override {
        checked(*this, [&] { edit<ops::Assertion>().message = message ? message : ""; });
    }
    char const* getMessage() const noexcept override { return peek<ops::Assertion>().message.c_str(); }
};

}  // namespace

IScatterLayer* Network::addScatter(ITensor& data, ITensor& indices, ITensor& updates, ScatterMode mode) noexcept {
    return making<IScatterLayer>(*this, [&] {
        requireExplicitBatch(*this, "addScatter");
        auto op = std::make_unique<ops::Scatter>();
        op->mode = static_cast<ops::ScatterMode>(known("addScatter", "scatter mode", mode));
        return add(std::make_unique<ScatterLayer>(*this, LayerType::kSCATTER, std::move(op)),
                   {&data, &indices, &updates});
    });
}

IOneHotLayer* Network::addOneHot(ITensor& indices, ITensor& values, ITensor& depth, int32_t axis) noexcept {
    return making<IOneHotLayer>(*this, [&] {
        requireExplicitBatch(*this, "addOneHot");
        auto op = std::make_unique<ops::OneHot>();
        op->axis = axis;
        return add(std::make_unique<OneHotLayer>(*this, LayerType::kONE_HOT, std::move(op)),
                   {&indices, &values, &depth});
    });
}

INonZeroLayer* Network::addNonZero(ITensor& input) noexcept {
    return addNonZeroV2(input, DataType::kINT32);
}

INonZeroLayer* Network::addNonZeroV2(ITensor& input, DataType type) noexcept {
    return making<INonZeroLayer>(*this, [&] {
        requireExplicitBatch(*this, "addNonZero");
        auto op = std::make_unique<ops::NonZero>();
        op->indicesType = indexType("addNonZero", type);
        return add(std::make_unique<NonZeroLayer>(*this, LayerType::kNON_ZERO, std::move(op)), {&input});
    });
}

INMSLayer* Network::addNMS(ITensor& boxes, ITensor& scores, ITensor& most) noexcept {
    return addNMSV2(boxes, scores, most, DataType::kINT32);
}

INMSLayer* Network::addNMSV2(ITensor& boxes, ITensor& scores, ITensor& most, DataType type) noexcept {
    return making<INMSLayer>(*this, [&] {
        requireExplicitBatch(*this, "addNMS");
        auto op = std::make_unique<ops::Nms>();
        op->indicesType = indexType("addNMS", type);
        op->topK = kMostBoxes;
        return add(std::make_unique<NmsLayer>(*this, LayerType::kNMS, std::move(op)), {&boxes, &scores, &most}, 2);
    });
}

IReverseSequenceLayer* Network::addReverseSequence(ITensor& input, ITensor& lengths) noexcept {
    return making<IReverseSequenceLayer>(*this, [&] {
        requireExplicitBatch(*this, "addReverseSequence");
        auto op = std::make_unique<ops::ReverseSequence>();
        return add(std::make_unique<ReverseSequenceLayer>(*this, LayerType::kREVERSE_SEQUENCE, std::move(op)),
                   {&input, &lengths});
    });
}

IAssertionLayer* Network::addAssertion(ITensor& condition, char const* message) noexcept {
    return making<IAssertionLayer>(*this, [&] {
        requireExplicitBatch(*this, "addAssertion");
        auto op = std::make_unique<ops::Assertion>(message ? message : "");
        return add(std::make_unique<AssertionLayer>(*this, LayerType::kASSERTION, std::move(op)), {&condition}, 0);
    });
}

}  // namespace opentrt::network
