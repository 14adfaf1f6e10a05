// SPDX-License-Identifier: Apache-2.0
// IOptimizationProfile: shapes and values by input name. Knows nothing of the network; the build checks the rest.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "NvInfer.h"
#include "api/reporter.h"

namespace opentrt::builder {

using namespace nvinfer1;  // NOLINT: this room's border speaks the API's language

class OptimizationProfile final : public IOptimizationProfile, public apiv::VOptimizationProfile {
public:
    //! Of one input, by OptProfileSelector.
    struct Range {
        std::optional<Dims64> dims[3];
        std::optional<std::vector<int64_t>> values[3];
        std::vector<int32_t> narrow[3];  // values, for the 32-bit queries
    };

    explicit OptimizationProfile(const api::Reporter& reporter) : reporter_(reporter) { mImpl = this; }
    OptimizationProfile(const OptimizationProfile& other)
        : IOptimizationProfile(),
          VOptimizationProfile(),
          reporter_(other.reporter_),
          ranges_(other.ranges_),
          extraMemory_(other.extraMemory_) {
        mImpl = this;
    }
    ~OptimizationProfile() noexcept override = default;

    const std::map<std::string, Range>& ranges() const { return ranges_; }
    //! Throws Error that names the input whose range is incomplete or upside down.
    void check() const;

    bool setDimensions(char const* inputName, OptProfileSelector select, Dims64 const& dims) noexcept override;
    Dims64 getDimensions(char const* inputName, OptProfileSelector select) const noexcept override;
    bool setShapeValues(char const* inputName, OptProfileSelector select, int32_t const* values,
                        int32_t nbValues) noexcept override;
    int32_t getNbShapeValues(char const* inputName) const noexcept override;
    int32_t const* getShapeValues(char const* inputName, OptProfileSelector select) const noexcept override;
    bool setExtraMemoryTarget(float target) noexcept override;
    float getExtraMemoryTarget() const noexcept override { return extraMemory_; }
    bool isValid() const noexcept override;
    bool setShapeValuesV2(char const* inputName, OptProfileSelector select, int64_t const* values,
                          int32_t nbValues) noexcept override;
    int64_t const* getShapeValuesV2(char const* inputName, OptProfileSelector select) const noexcept override;

private:
    const Range* find(const char* inputName) const;
    void setValues(const char* inputName, OptProfileSelector select, std::vector<int64_t> values);

    mutable api::Reporter reporter_;
    std::map<std::string, Range> ranges_;
    float extraMemory_ = 1;
};

}  // namespace opentrt::builder
