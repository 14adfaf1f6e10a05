// SPDX-License-Identifier: Apache-2.0
// Small plugins for the tests. Each counts its objects, so that a test can see that none is left.
#pragma once
#include "support.h"

namespace apitest {

//! Objects alive and calls made, over all plugins of one kind.
struct Counts {
    int objects = 0, initialized = 0, attached = 0;
    bool none() const { return objects == 0 && initialized == 0 && attached == 0; }
};

//! y = x * factor, as IPluginV2DynamicExt that computes in the type `computes` and doubles the first dimension when
//! `twice` is set (the input is repeated).
class ScaleV2 final : public IPluginV2DynamicExt {
public:
    static Counts counts;
    struct State {
        float factor = 1;
        DataType computes = DataType::kFLOAT;
        bool twice = false;
        int status = 0;  //!< of enqueue
    };

    explicit ScaleV2(State state) : state_(state) { ++counts.objects; }
    ~ScaleV2() override { --counts.objects; }
    ScaleV2* clone() const override {
        auto* copy = new ScaleV2(state_);
        copy->space_ = space_;
        return copy;
    }
    AsciiChar const* getPluginType() const override { return "ScaleV2"; }
    AsciiChar const* getPluginVersion() const override { return "1"; }
    int32_t getNbOutputs() const override { return 1; }
    int32_t initialize() override {
        ++counts.initialized;
        return 0;
    }
    void terminate() override { --counts.initialized; }
    void attachToContext(cudnnContext*, cublasContext*, IGpuAllocator* allocator) override {
        ++counts.attached;
        void* memory = allocator->allocate(16, 256, 0);
        allocator->deallocate(memory);
    }
    void detachFromContext() override { --counts.attached; }
    size_t getSerializationSize() const override { return sizeof state_; }
    void serialize(void* buffer) const override { std::memcpy(buffer, &state_, sizeof state_); }
    void destroy() override { delete this; }
    void setPluginNamespace(AsciiChar const* space) override { space_ = space; }
    AsciiChar const* getPluginNamespace() const override { return space_.c_str(); }
    DataType getOutputDataType(int32_t, DataType const* types, int32_t) const override { return types[0]; }
    DimsExprs getOutputDimensions(int32_t, DimsExprs const* inputs, int32_t, IExprBuilder& b) override {
        DimsExprs out = inputs[0];
        if (state_.twice) out.d[0] = b.operation(DimensionOperation::kPROD, *out.d[0], *b.constant(2));
        return out;
    }
    bool supportsFormatCombination(int32_t pos, PluginTensorDesc const* t, int32_t, int32_t) override {
        return t[pos].type == state_.computes && t[pos].format == TensorFormat::kLINEAR;
    }
    void configurePlugin(DynamicPluginTensorDesc const* in, int32_t, DynamicPluginTensorDesc const*, int32_t) override {
        configured_ = in[0].desc.dims.d[0];
    }
    size_t getWorkspaceSize(PluginTensorDesc const* in, int32_t, PluginTensorDesc const*, int32_t) const override {
        return static_cast<size_t>(volume(in[0].dims)) * sizeof(float);
    }
    int32_t enqueue(PluginTensorDesc const* in, PluginTensorDesc const* out, void const* const* inputs,
                    void* const* outputs, void* workspace, cudaStream_t) override {
        if (state_.status != 0) return state_.status;
        if (configured_ != in[0].dims.d[0]) return 2;
        const int64_t count = volume(in[0].dims), made = volume(out[0].dims);
        if (in[0].type == DataType::kHALF) {  // a power of two changes the exponent only
            for (int64_t i = 0; i < made; ++i) {
                const auto bits = static_cast<uint16_t const*>(inputs[0])[i % count];
                static_cast<uint16_t*>(outputs[0])[i] = static_cast<uint16_t>(bits + (bits & 0x7FFF ? 0x400 : 0));
            }
            return 0;
        }
        auto* scratch = static_cast<float*>(workspace);
        for (int64_t i = 0; i < count; ++i) scratch[i] = static_cast<float const*>(inputs[0])[i] * state_.factor;
        for (int64_t i = 0; i < made; ++i) static_cast<float*>(outputs[0])[i] = scratch[i % count];
        return 0;
    }

    static int64_t volume(Dims const& dims) {
        int64_t count = 1;
        for (int32_t i = 0; i < dims.nbDims; ++i) count *= dims.d[i];
        return count;
    }

private:
    State state_;
    int64_t configured_ = -1;
    std::string space_;
};

class ScaleV2Creator final : public IPluginCreator {
public:
    AsciiChar const* getPluginName() const override { return "ScaleV2"; }
    AsciiChar const* getPluginVersion() const override { return "1"; }
    PluginFieldCollection const* getFieldNames() override { return &fields_; }
    IPluginV2* createPlugin(AsciiChar const*, PluginFieldCollection const*) override { return new ScaleV2({}); }
    IPluginV2* deserializePlugin(AsciiChar const*, void const* data, size_t size) override {
        ScaleV2::State state;
        if (size != sizeof state) return nullptr;
        std::memcpy(&state, data, size);
        return new ScaleV2(state);
    }
    void setPluginNamespace(AsciiChar const*) override {}
    AsciiChar const* getPluginNamespace() const override { return "test"; }

private:
    PluginFieldCollection fields_{};
};

//! Outputs: the positive elements of x (f32, [n]) and n. Fields: one bias that is added to them.
class PositiveV3 final : public IPluginV3,
                         public IPluginV3OneCore,
                         public IPluginV3OneBuild,
                         public IPluginV3OneRuntime {
public:
    static Counts counts;

    explicit PositiveV3(float bias) : bias_(bias) { ++counts.objects; }
    ~PositiveV3() override {
        --counts.objects;
        if (attached_) --counts.attached;
    }
    PositiveV3(PositiveV3 const&) = delete;
    PositiveV3& operator=(PositiveV3 const&) = delete;

    IPluginCapability* getCapabilityInterface(PluginCapabilityType type) override {
        switch (type) {
            case PluginCapabilityType::kCORE:
                return static_cast<IPluginV3OneCore*>(this);
            case PluginCapabilityType::kBUILD:
                return static_cast<IPluginV3OneBuild*>(this);
            case PluginCapabilityType::kRUNTIME:
                return static_cast<IPluginV3OneRuntime*>(this);
        }
        return nullptr;
    }
    IPluginV3* clone() override { return new PositiveV3(bias_); }
    AsciiChar const* getPluginName() const override { return "PositiveV3"; }
    AsciiChar const* getPluginVersion() const override { return "2"; }
    AsciiChar const* getPluginNamespace() const override { return ""; }

    int32_t configurePlugin(DynamicPluginTensorDesc const*, int32_t, DynamicPluginTensorDesc const*, int32_t) override {
        return 0;
    }
    int32_t getOutputDataTypes(DataType* out, int32_t, DataType const* in, int32_t) const override {
        out[0] = in[0];
        out[1] = DataType::kINT32;
        return 0;
    }
    int32_t getOutputShapes(DimsExprs const* in, int32_t, DimsExprs const*, int32_t, DimsExprs* out, int32_t,
                            IExprBuilder& b) override {
        const IDimensionExpr* upper = b.constant(1);
        for (int32_t i = 0; i < in[0].nbDims; ++i) upper = b.operation(DimensionOperation::kPROD, *upper, *in[0].d[i]);
        const IDimensionExpr* half = b.operation(DimensionOperation::kCEIL_DIV, *upper, *b.constant(2));
        out[0].nbDims = 1;
        out[0].d[0] = b.declareSizeTensor(1, *half, *upper);
        out[1].nbDims = 0;
        return 0;
    }
    bool supportsFormatCombination(int32_t pos, DynamicPluginTensorDesc const* t, int32_t, int32_t) override {
        return t[pos].desc.type == (pos == 2 ? DataType::kINT32 : DataType::kFLOAT) &&
               t[pos].desc.format == TensorFormat::kLINEAR;
    }
    int32_t getNbOutputs() const override { return 2; }

    int32_t onShapeChange(PluginTensorDesc const*, int32_t, PluginTensorDesc const*, int32_t) override { return 0; }
    int32_t enqueue(PluginTensorDesc const* in, PluginTensorDesc const*, void const* const* inputs,
                    void* const* outputs, void*, cudaStream_t) override {
        int32_t count = 0;
        for (int64_t i = 0; i < ScaleV2::volume(in[0].dims); ++i) {
            const float x = static_cast<float const*>(inputs[0])[i];
            if (x > 0) static_cast<float*>(outputs[0])[count++] = x + bias_;
        }
        *static_cast<int32_t*>(outputs[1]) = count;
        return 0;
    }
    IPluginV3* attachToContext(IPluginResourceContext*) override {
        auto* copy = new PositiveV3(bias_);
        copy->attached_ = true;
        ++counts.attached;
        return copy;
    }
    PluginFieldCollection const* getFieldsToSerialize() override {
        field_ = PluginField("bias", &bias_, PluginFieldType::kFLOAT32, 1);
        fields_ = {1, &field_};
        return &fields_;
    }

private:
    float bias_;
    bool attached_ = false;
    PluginField field_;
    PluginFieldCollection fields_{};
};

class PositiveV3Creator final : public IPluginCreatorV3One {
public:
    IPluginV3* createPlugin(AsciiChar const*, PluginFieldCollection const* fc, TensorRTPhase) override {
        for (int32_t i = 0; i < fc->nbFields; ++i) {
            if (std::string("bias") == fc->fields[i].name)
                return new PositiveV3(*static_cast<float const*>(fc->fields[i].data));
        }
        return nullptr;
    }
    PluginFieldCollection const* getFieldNames() override { return &fields_; }
    AsciiChar const* getPluginName() const override { return "PositiveV3"; }
    AsciiChar const* getPluginVersion() const override { return "2"; }
    AsciiChar const* getPluginNamespace() const override { return ""; }

private:
    PluginField expected_{"bias", nullptr, PluginFieldType::kFLOAT32, 1};
    PluginFieldCollection fields_{1, &expected_};
};

}  // namespace apitest
