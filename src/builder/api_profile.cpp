// SPDX-License-Identifier: Apache-2.0
#include "builder/api_profile.h"

#include <algorithm>

#include "api/convert.h"

namespace opentrt::builder {

using api::guarded;

namespace {

constexpr const char* kPoints[] = {"min", "opt", "max"};

size_t indexOf(OptProfileSelector select) {
    const auto index = static_cast<size_t>(select);
    if (index > 2)
        throw Error(ErrorCode::InvalidArgument, "", cat("the profile selector ", index, " is none of min, opt, max"));
    return index;
}

const char* named(const char* inputName) {
    if (!inputName || !*inputName)
        throw Error(ErrorCode::InvalidArgument, "", "a range of a profile needs the name of an input");
    return inputName;
}

//! min <= opt <= max, element by element, and all three there or none.
template <class T>
void checkThree(const std::string& input, const char* what, const std::optional<std::vector<T>> (&three)[3]) {
    for (size_t p = 0; p < 3; ++p) {
        if (three[p].has_value() == three[0].has_value()) continue;
        throw Error(ErrorCode::InvalidArgument, input, cat("the profile has not all of min, opt and max ", what));
    }
    for (size_t p = 1; p < 3 && three[0]; ++p) {
        for (size_t i = 0; i < three[p]->size(); ++i) {
            const T before = (*three[p - 1])[i], now = (*three[p])[i];
            if (before <= now) continue;
            throw Error(ErrorCode::InvalidArgument, input,
                        cat("the profile's ", what, " ", i, " is ", before, " at ", kPoints[p - 1], " when it is ", now,
                            " at ", kPoints[p]));
        }
    }
}

}  // namespace

const OptimizationProfile::Range* OptimizationProfile::find(const char* inputName) const {
    const auto at = inputName ? ranges_.find(inputName) : ranges_.end();
    return at == ranges_.end() ? nullptr : &at->second;
}

bool OptimizationProfile::setDimensions(char const* inputName, OptProfileSelector select, Dims64 const& dims) noexcept {
    return guarded(reporter_, [&] {
        const size_t point = indexOf(select);
        const std::vector<int64_t> sizes = api::toVector(dims);
        for (const int64_t size : sizes) {
            if (size >= 0) continue;
            throw Error(ErrorCode::InvalidArgument, named(inputName),
                        cat("the profile's ", kPoints[point], " shape ", sizes, " has a negative dimension"));
        }
        Range& range = ranges_[named(inputName)];
        for (const auto& other : range.dims) {
            if (!other || other->nbDims == dims.nbDims) continue;
            throw Error(ErrorCode::InvalidArgument, inputName,
                        cat("the profile's ", kPoints[point], " shape has ", dims.nbDims,
                            " dimensions when another one of this input has ", other->nbDims));
        }
        range.dims[point] = dims;
    });
}

Dims64 OptimizationProfile::getDimensions(char const* inputName, OptProfileSelector select) const noexcept {
    return guarded(reporter_, api::invalidDims(), [&] {
        const Range* range = find(inputName);
        const auto& dims = range ? range->dims[indexOf(select)] : std::nullopt;
        return dims ? *dims : api::invalidDims();
    });
}

void OptimizationProfile::setValues(const char* inputName, OptProfileSelector select, std::vector<int64_t> values) {
    const size_t point = indexOf(select);
    Range& range = ranges_[named(inputName)];
    for (const auto& other : range.values) {
        if (!other || other->size() == values.size()) continue;
        throw Error(ErrorCode::InvalidArgument, inputName,
                    cat("the profile's ", kPoints[point], " has ", values.size(),
                        " shape values when another point of this input has ", other->size()));
    }
    range.narrow[point].clear();
    for (const int64_t v : values) {
        range.narrow[point].push_back(static_cast<int32_t>(std::clamp<int64_t>(v, INT32_MIN, INT32_MAX)));
    }
    range.values[point] = std::move(values);
}

bool OptimizationProfile::setShapeValues(char const* inputName, OptProfileSelector select, int32_t const* values,
                                         int32_t nbValues) noexcept {
    return guarded(reporter_, [&] {
        if (nbValues < 0 || (!values && nbValues > 0))
            throw Error(ErrorCode::InvalidArgument, named(inputName), "the shape values are null");
        setValues(inputName, select, {values, values + nbValues});
    });
}

bool OptimizationProfile::setShapeValuesV2(char const* inputName, OptProfileSelector select, int64_t const* values,
                                           int32_t nbValues) noexcept {
    return guarded(reporter_, [&] {
        if (nbValues < 0 || (!values && nbValues > 0))
            throw Error(ErrorCode::InvalidArgument, named(inputName), "the shape values are null");
        setValues(inputName, select, {values, values + nbValues});
    });
}

int32_t OptimizationProfile::getNbShapeValues(char const* inputName) const noexcept {
    const Range* range = find(inputName);
    for (size_t p = 0; range && p < 3; ++p) {
        if (range->values[p]) return static_cast<int32_t>(range->values[p]->size());
    }
    return -1;
}

int32_t const* OptimizationProfile::getShapeValues(char const* inputName, OptProfileSelector select) const noexcept {
    return guarded(reporter_, static_cast<int32_t const*>(nullptr), [&]() -> int32_t const* {
        const Range* range = find(inputName);
        const size_t point = indexOf(select);
        return range && range->values[point] ? range->narrow[point].data() : nullptr;
    });
}

int64_t const* OptimizationProfile::getShapeValuesV2(char const* inputName, OptProfileSelector select) const noexcept {
    return guarded(reporter_, static_cast<int64_t const*>(nullptr), [&]() -> int64_t const* {
        const Range* range = find(inputName);
        const size_t point = indexOf(select);
        return range && range->values[point] ? range->values[point]->data() : nullptr;
    });
}

bool OptimizationProfile::setExtraMemoryTarget(float target) noexcept {
    if (!(target >= 0 && target <= 1)) return false;
    extraMemory_ = target;
    return true;
}

void OptimizationProfile::check() const {
    for (const auto& [input, range] : ranges_) {
        std::optional<std::vector<int64_t>> dims[3];
        for (size_t p = 0; p < 3; ++p) {
            if (range.dims[p]) dims[p] = api::toVector(*range.dims[p]);
        }
        checkThree(input, "dimension", dims);
        checkThree(input, "shape value", range.values);
    }
}

bool OptimizationProfile::isValid() const noexcept {
    try {
        check();
        return true;
    } catch (const Error&) {  // a question, not a failure: nothing is reported
        return false;
    } catch (const std::bad_alloc&) {
        return false;
    }
}

}  // namespace opentrt::builder
