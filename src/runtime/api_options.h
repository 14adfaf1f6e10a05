// SPDX-License-Identifier: Apache-2.0
// The two small option objects of the runtime.
#pragma once
#include "NvInferRuntime.h"
#include "api/reporter.h"

namespace opentrt::runtime {

using namespace nvinfer1;  // NOLINT: this room's border speaks the API's language

class SerializationConfig final : public ISerializationConfig, public apiv::VSerializationConfig {
public:
    explicit SerializationConfig(const api::Reporter& reporter) : reporter_(reporter) { mImpl = this; }

    bool setFlags(SerializationFlags flags) noexcept override {
        if (flags >> EnumMax<SerializationFlag>()) return unknown(flags);
        flags_ = flags;
        return true;
    }
    SerializationFlags getFlags() const noexcept override { return flags_; }
    bool clearFlag(SerializationFlag flag) noexcept override { return setFlags(flags_ & ~bit(flag)); }
    bool setFlag(SerializationFlag flag) noexcept override { return setFlags(flags_ | bit(flag)); }
    bool getFlag(SerializationFlag flag) const noexcept override { return (flags_ & bit(flag)) != 0; }

private:
    static SerializationFlags bit(SerializationFlag flag) { return 1U << static_cast<uint32_t>(flag); }
    bool unknown(SerializationFlags flags) noexcept {
        reporter_.report(
            Error(ErrorCode::InvalidArgument, "", cat("the serialization flags ", flags, " are not known")));
        return false;
    }

    api::Reporter reporter_;
    SerializationFlags flags_ = 0;
};

class RuntimeConfig final : public IRuntimeConfig, public apiv::VRuntimeConfig {
public:
    explicit RuntimeConfig(ExecutionContextAllocationStrategy strategy) : strategy_(strategy) { mImpl = this; }

    IRuntimeConfig* getPImpl() noexcept override { return this; }
    void setExecutionContextAllocationStrategy(ExecutionContextAllocationStrategy strategy) noexcept override {
        strategy_ = strategy;
    }
    ExecutionContextAllocationStrategy getExecutionContextAllocationStrategy() const noexcept override {
        return strategy_;
    }

private:
    ExecutionContextAllocationStrategy strategy_;
};

}  // namespace opentrt::runtime
