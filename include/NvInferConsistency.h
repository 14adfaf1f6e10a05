// SPDX-License-Identifier: Apache-2.0
//! \file NvInferConsistency.h
//! Names of the plan checker of the safety runtime, 8.2 to 10.4. This library has none: the factory answers null.
#ifndef NV_INFER_CONSISTENCY_H
#define NV_INFER_CONSISTENCY_H

#include "NvInferConsistencyImpl.h"
#include "NvInferRuntimeCommon.h"

namespace nvinfer1 {

//! The plan checker.
namespace consistency {

//! Checks a plan of the safety runtime.
class IConsistencyChecker {
public:
    //! Whether the plan is sound.
    bool validate() const noexcept { return mImpl->validate(); }

    virtual ~IConsistencyChecker() = default;

protected:
    apiv::VConsistencyChecker* mImpl{nullptr};
    IConsistencyChecker() = default;
    IConsistencyChecker(IConsistencyChecker const& other) = delete;
    IConsistencyChecker& operator=(IConsistencyChecker const& other) = delete;
    IConsistencyChecker(IConsistencyChecker&& other) = delete;
    IConsistencyChecker& operator=(IConsistencyChecker&& other) = delete;
};

//! A plugin creator that can check its plugins' bytes.
class IPluginChecker : public IPluginCreator {
public:
    //! Whether serialized bytes fit the given tensors and workspace.
    virtual bool validate(char const* name, void const* serialData, size_t serialLength, PluginTensorDesc const* in,
                          size_t nbInputs, PluginTensorDesc const* out, size_t nbOutputs,
                          int64_t workspaceSize) const = 0;

    IPluginChecker() = default;
    ~IPluginChecker() override = default;

protected:
    IPluginChecker(IPluginChecker const&) = default;
    IPluginChecker(IPluginChecker&&) = default;
    IPluginChecker& operator=(IPluginChecker const&) & = default;
    IPluginChecker& operator=(IPluginChecker&&) & = default;
};

//! Reports that there is no checker. \return Null.
inline IConsistencyChecker* createConsistencyChecker(ILogger& logger, void const* /*blob*/, size_t /*size*/) {
    logger.log(ILogger::Severity::kERROR, "the consistency checker of the safety runtime is not supported");
    return nullptr;
}

}  // namespace consistency
}  // namespace nvinfer1

//! Always null: there is no checker.
extern "C" TENSORRTAPI void* createConsistencyChecker_INTERNAL(void* logger, void const* blob, size_t size,
                                                               int32_t version);

#endif  // NV_INFER_CONSISTENCY_H
