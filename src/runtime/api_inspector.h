// SPDX-License-Identifier: Apache-2.0
// IEngineInspector: what the plan's steps are, as a line of text or JSON that stays parseable whatever the names hold.
// The build's profiling verbosity says how much is told.
#pragma once
#include "runtime/api_engine.h"

namespace opentrt::runtime {

//! Layout and type as the inspector's tensors and the engine's format descriptions spell them.
std::string formatText(Format format, DType type);

class Inspector final : public IEngineInspector, public apiv::VEngineInspector {
public:
    explicit Inspector(const EngineShell& engine);

    IEngineInspector* getPImpl() noexcept override { return this; }
    bool setExecutionContext(IExecutionContext const* context) noexcept override;
    IExecutionContext const* getExecutionContext() const noexcept override { return context_; }
    char const* getLayerInformation(int32_t layerIndex, LayerInformationFormat format) const noexcept override;
    char const* getEngineInformation(LayerInformationFormat format) const noexcept override;
    void setErrorRecorder(IErrorRecorder* recorder) noexcept override { reporter_.setRecorder(recorder); }
    IErrorRecorder* getErrorRecorder() const noexcept override { return reporter_.recorder(); }

private:
    SymbolValues symbols() const;

    const EngineShell& engine_;
    mutable api::Reporter reporter_;
    IExecutionContext const* context_ = nullptr;
    mutable std::string text_;
};

std::unique_ptr<Inspector> makeInspector(const EngineShell& engine);

}  // namespace opentrt::runtime
