// SPDX-License-Identifier: Apache-2.0
// Attention, rotary embedding, and the cache of keys and values. An IAttention is no layer: it stands in the list of
// layers as two, of which the second holds the inputs and becomes the nodes.
#include "network/attention_forms.h"
#include "network/rules.h"
#include "ops/kv_cache_update.h"
#include "ops/rotary_embedding.h"

namespace opentrt::network {

namespace {

class AttentionShell;

//! Shows the inputs, which its attention holds.
class AttentionInput final : public LayerShell<IAttentionInputLayer, apiv::VAttentionInputLayer>,
                             public apiv::VAttentionBoundaryLayer {
public:
    AttentionInput(Network& network, AttentionShell& owner)
        : LayerShell(network, LayerType::kATTENTION_INPUT, nullptr), owner_(owner) {
        mBoundary = this;
    }
    IAttention* getAttention() const noexcept override;
    int32_t getNbInputs() const noexcept override;
    ITensor* getInput(int32_t index) const noexcept override;
    void setInput(int32_t index, ITensor& tensor) noexcept override;

private:
    AttentionShell& owner_;
};

//! Yields the output. Inputs: query, key, value, mask, scale of quantization, lengths of queries, lengths of keys.
class AttentionOutput final : public LayerShell<IAttentionOutputLayer, apiv::VAttentionOutputLayer>,
                              public apiv::VAttentionBoundaryLayer {
public:
    AttentionOutput(Network& network, std::unique_ptr<AttentionShell> attention);
    ~AttentionOutput() override;

    const std::unique_ptr<AttentionShell> attention;

    int32_t inputLimit() const override { return 0; }
    std::vector<ValueId> addTo(Graph& graph, const std::vector<ValueId>& values) override;
    int32_t mostRanks() const override { return INT32_MAX; }  // a hint
    IAttention* getAttention() const noexcept override;
    int32_t getNbInputs() const noexcept override { return 0; }
    ITensor* getInput(int32_t) const noexcept override { return nullptr; }
};

class AttentionShell final : public IAttention, public apiv::VAttentionExt {
public:
    enum Input { kQuery, kKey, kValue, kMask, kScale, kQueryLengths, kKeyLengths, kCount };
    static constexpr int32_t kShown = kScale + 1;  //!< how many of them count as inputs

    AttentionShell() { mImpl = this; }

    LayerBase* layer = nullptr;
    AttentionIOForm queryForm = AttentionIOForm::kPADDED_BHND, keyForm = AttentionIOForm::kPADDED_BHND;
    std::optional<DataType> quantizeTo;

    bool setInput(int32_t index, ITensor& input) noexcept override {
        return checked(*layer, [&] { set(between(layer->name, "input index", index, 0, kShown - 1), &input); });
    }
    int32_t getNbInputs() const noexcept override {
        int32_t count = kShown;
        while (count > 0 && !layer->inputs[static_cast<size_t>(count - 1)]) --count;
        return count;
    }
    ITensor* getInput(int32_t index) const noexcept override {
        return index >= 0 && index < kShown ? layer->inputs[static_cast<size_t>(index)] : nullptr;
    }
    int32_t getNbOutputs() const noexcept override { return 1; }
    ITensor* getOutput(int32_t index) const noexcept override { return layer->getOutput(index); }
    bool setName(char const* text) noexcept override {
        return checked(*layer, [&] {
            if (!text) throw Error(ErrorCode::InvalidArgument, layer->name, "an attention needs a name");
            layer->setName(textOf(layer->name, text).c_str());
        });
    }
    char const* getName() const noexcept override { return layer->getName(); }
    bool setNormalizationOperation(AttentionNormalizationOp operation) noexcept override {
        return checked(*layer, [&] {
            const auto given = known(layer->name, "normalization operation", operation);
            edit().normalization = static_cast<ops::AttentionNormalization>(given);
        });
    }
    AttentionNormalizationOp getNormalizationOperation() const noexcept override {
        return static_cast<AttentionNormalizationOp>(peek().normalization);
    }
    bool setCausal(bool causal) noexcept override {
        return setCausalKind(causal ? CausalMaskKind::kUPPER_LEFT : CausalMaskKind::kNONE);
    }
    bool getCausal() const noexcept override { return peek().causal != ops::CausalMask::None; }
    bool setMask(ITensor& mask) noexcept override { return setInput(kMask, mask); }
    ITensor* getMask() const noexcept override { return getInput(kMask); }
    //! Whether one kernel serves it or several makes no difference to the CPU.
    bool setDecomposable(bool decomposable) noexcept override {
        decomposable_ = decomposable;
        return true;
    }
    bool getDecomposable() const noexcept override { return decomposable_; }
    bool setNormalizationQuantizeScale(ITensor& scale) noexcept override { return setInput(kScale, scale); }
    ITensor* getNormalizationQuantizeScale() const noexcept override { return getInput(kScale); }
    bool setNormalizationQuantizeToType(DataType type) noexcept override {
        return checked(*layer, [&] {
            edit().quantizeTo = oneOf(layer->name, "normalization type", type, {DType::F8, DType::I8});
            quantizeTo = type;
        });
    }
    DataType getNormalizationQuantizeToType() const noexcept override { return quantizeTo.value_or(DataType::kFLOAT); }
    bool setMetadata(char const* text) noexcept override {
        return checked(*layer, [&] { layer->options.metadata = textOf(layer->name, text); });
    }
    char const* getMetadata() const noexcept override { return layer->getMetadata(); }
    bool setNbRanks(int32_t ranks) noexcept override { return layer->setNbRanks(ranks); }
    int32_t getNbRanks() const noexcept override { return layer->getNbRanks(); }

    bool setCausalKind(CausalMaskKind kind) noexcept override {
        return checked(*layer, [&] {
            const auto given = known(layer->name, "causal mask kind", kind);
            edit().causal = static_cast<ops::CausalMask>(given);
        });
    }
    CausalMaskKind getCausalKind() const noexcept override { return static_cast<CausalMaskKind>(peek().causal); }
    bool setQueryForm(AttentionIOForm form) noexcept override { return setForm(queryForm, form); }
    AttentionIOForm getQueryForm() const noexcept override { return queryForm; }
    bool setKeyValueForm(AttentionIOForm form) noexcept override { return setForm(keyForm, form); }
    AttentionIOForm getKeyValueForm() const noexcept override { return keyForm; }
    bool setQueryLengths(ITensor* lengths) noexcept override { return setLengths(kQueryLengths, lengths); }
    ITensor* getQueryLengths() const noexcept override { return layer->inputs[kQueryLengths]; }
    bool setKeyValueLengths(ITensor* lengths) noexcept override { return setLengths(kKeyLengths, lengths); }
    ITensor* getKeyValueLengths() const noexcept override { return layer->inputs[kKeyLengths]; }

private:
    ops::Attention& edit() { return layer->edit<ops::Attention>(); }
    const ops::Attention& peek() const { return layer->peek<ops::Attention>(); }
    void set(int32_t index, ITensor* input) {
        layer->setInputAt(static_cast<size_t>(index), own(layer->network, input));
    }
    bool setLengths(Input index, ITensor* lengths) noexcept {
        return checked(*layer, [&] { set(index, lengths); });
    }
    bool setForm(AttentionIOForm& mine, AttentionIOForm form) noexcept {
        return checked(*layer, [&] {
            mine = known(layer->name, "form", form);
            layer->touch();
        });
    }

    bool decomposable_ = false;
};

IAttention* AttentionInput::getAttention() const noexcept {
    return &owner_;
}
int32_t AttentionInput::getNbInputs() const noexcept {
    return owner_.getNbInputs();
}
ITensor* AttentionInput::getInput(int32_t index) const noexcept {
    return owner_.getInput(index);
}
void AttentionInput::setInput(int32_t index, ITensor& tensor) noexcept {
    owner_.setInput(index, tensor);
}

AttentionOutput::AttentionOutput(Network& network, std::unique_ptr<AttentionShell> shell)
    : LayerShell(network, LayerType::kATTENTION_OUTPUT, std::make_unique<ops::Attention>()),
      attention(std::move(shell)) {
    mBoundary = this;
    attention->layer = this;
}
AttentionOutput::~AttentionOutput() = default;
IAttention* AttentionOutput::getAttention() const noexcept {
    return attention.get();
}

std::vector<ValueId> AttentionOutput::addTo(Graph& graph, const std::vector<ValueId>& values) {
    using A = AttentionShell;
    if (values[A::kScale].valid() && !attention->quantizeTo) {
        throw Error(ErrorCode::InvalidArgument, name,
                    "the attention has a quantization scale but no type; call setNormalizationQuantizeToType");
    }
    Composer composer(graph, name);
    const AttentionParts parts{peek<ops::Attention>(),
                               values[A::kQuery],
                               values[A::kKey],
                               values[A::kValue],
                               values[A::kMask],
                               values[A::kScale],
                               values[A::kQueryLengths],
                               values[A::kKeyLengths],
                               attention->queryForm == AttentionIOForm::kPACKED_NHD,
                               attention->keyForm == AttentionIOForm::kPACKED_NHD};
    return {addAttention(graph, composer, parts)};
}

class RotaryEmbeddingLayer final : public LayerShell<IRotaryEmbeddingLayer, apiv::VRotaryEmbeddingLayer> {
public:
    using LayerShell::LayerShell;
    static int64_t dimOf(const std::string& layer, int32_t dim) {
        if (dim >= 0 && dim % 2 == 0) return dim;
        throw Error(ErrorCode::InvalidArgument, layer,
                    cat("rotary embedding dimension is ", dim, " when it should be even and at least 0"));
    }
    int32_t inputLimit() const override { return 4; }  // the fourth: positions
    void setInput(int32_t index, ITensor& tensor) noexcept override { LayerBase::setInput(index, tensor); }
    void setInterleaved(bool interleaved) noexcept override { edit<ops::RotaryEmbedding>().interleaved = interleaved; }
    bool getInterleaved() const noexcept override { return peek<ops::RotaryEmbedding>().interleaved; }
    bool setRotaryEmbeddingDim(int32_t dim) noexcept override {
        return checked(*this, [&] { edit<ops::RotaryEmbedding>().dim = dimOf(name, dim); });
    }
    int32_t getRotaryEmbeddingDim() const noexcept override {
        return static_cast<int32_t>(peek<ops::RotaryEmbedding>().dim);
    }
};

//! Inputs: cache, update, positions, and offsets of a packed update.
class KvCacheUpdateLayer final : public LayerShell<IKVCacheUpdateLayer, apiv::VKVCacheUpdateLayerExt> {
public:
    using LayerShell::LayerShell;
    enum Input { kCache, kUpdate, kPositions, kOffsets };

    std::vector<ValueId> addTo(Graph& graph, const std::vector<ValueId>& values) override {
        const bool packed = form_ == AttentionIOForm::kPACKED_NHD;
        const bool hasOffsets = values.size() > kOffsets && values[kOffsets].valid();
        if (packed != hasOffsets) {
            throw Error(ErrorCode::InvalidArgument, name,
                        packed ? "the packed update has no offsets; give them with setUpdateLengths"
                               : "update lengths are for packed updates; call setUpdateForm(kPACKED_NHD)");
        }
        if (!packed) return LayerBase::addTo(graph, {values.begin(), values.begin() + kOffsets});
        Composer composer(graph, name);
        return {addPackedCacheUpdate(composer, values[kCache], values[kUpdate], values[kPositions], values[kOffsets])};
    }
    int32_t inputLimit() const override { return kOffsets; }
    bool setCacheMode(KVCacheMode mode) noexcept override {
        return checked(*this, [&] { mode_ = known(name, "cache mode", mode); });
    }
    KVCacheMode getCacheMode() const noexcept override { return mode_; }
    bool setUpdateForm(AttentionIOForm form) noexcept override {
        return checked(*this, [&] {
            form_ = known(name, "form", form);
            touch();
        });
    }
    AttentionIOForm getUpdateForm() const noexcept override { return form_; }
    bool setUpdateLengths(ITensor* lengths) noexcept override {
        return checked(*this, [&] {
            if (lengths || inputs.size() > kOffsets) setInputAt(kOffsets, own(network, lengths));
        });
    }
    ITensor* getUpdateLengths() const noexcept override {
        return inputs.size() > kOffsets ? inputs[kOffsets] : nullptr;
    }

private:
    KVCacheMode mode_ = KVCacheMode::kLINEAR;
    AttentionIOForm form_ = AttentionIOForm::kPADDED_BHND;
};

}  // namespace

IAttention* Network::addAttention(ITensor& query, ITensor& key, ITensor& value, AttentionNormalizationOp operation,
                                  bool causal) noexcept {
    return addAttentionV2(query, key, value, operation, causal ? CausalMaskKind::kUPPER_LEFT : CausalMaskKind::kNONE);
}

IAttention* Network::addAttentionV2(ITensor& query, ITensor& key, ITensor& value, AttentionNormalizationOp operation,
                                    CausalMaskKind causal) noexcept {
    return making<IAttention>(*this, [&]() -> IAttention* {
        requireExplicitBatch(*this, "addAttention");
        known("addAttention", "normalization operation", operation);
        known("addAttention", "causal mask kind", causal);
        auto attention = std::make_unique<AttentionShell>();
        AttentionShell& shell = *attention;
        auto output = std::make_unique<AttentionOutput>(*this, std::move(attention));
        auto& op = output->edit<ops::Attention>();
        op.normalization = static_cast<ops::AttentionNormalization>(operation);
        op.causal = static_cast<ops::CausalMask>(causal);
        std::vector<ITensor*> inputs{&query, &key, &value};
        inputs.resize(AttentionShell::kCount);
        for (ITensor* input : {&query, &key, &value}) own(*this, input);
        add(std::make_unique<AttentionInput>(*this, shell), {}, 0);
        add(std::move(output), inputs);
        return &shell;
    });
}

IRotaryEmbeddingLayer* Network::addRotaryEmbedding(ITensor& input, ITensor& cosCache, ITensor& sinCache,
                                                   bool interleaved, int32_t dim) noexcept {
    return making<IRotaryEmbeddingLayer>(*this, [&] {
        requireExplicitBatch(*this, "addRotaryEmbedding");
        auto op = std::make_unique<ops::RotaryEmbedding>();
        op->interleaved = interleaved;
        op->dim = RotaryEmbeddingLayer::dimOf("addRotaryEmbedding", dim);
        return add(std::make_unique<RotaryEmbeddingLayer>(*this, LayerType::kROTARY_EMBEDDING, std::move(op)),
                   {&input, &cosCache, &sinCache});
    });
}

IKVCacheUpdateLayer* Network::addKVCacheUpdate(ITensor& cache, ITensor& update, ITensor& positions,
                                               KVCacheMode mode) noexcept {
    return making<IKVCacheUpdateLayer>(*this, [&] {
        requireExplicitBatch(*this, "addKVCacheUpdate");
        known("addKVCacheUpdate", "cache mode", mode);
        return add(std::make_unique<KvCacheUpdateLayer>(*this, LayerType::kKVCACHE_UPDATE,
                                                        std::make_unique<ops::KvCacheUpdate>()),
                   {&cache, &update, &positions});
    });
}

}  // namespace opentrt::network
