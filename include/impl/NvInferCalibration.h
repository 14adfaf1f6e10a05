// SPDX-License-Identifier: Apache-2.0
//! \file NvInferCalibration.h
//! INT8 calibration, implemented by the user (until 10.16; quantized models carry their scales since).
#ifndef NV_INFER_CALIBRATION_H
#define NV_INFER_CALIBRATION_H

#include "../NvInferRuntime.h"

namespace nvinfer1 {

enum class CalibrationAlgoType : int32_t {
    kLEGACY_CALIBRATION = 0,
    kENTROPY_CALIBRATION = 1,
    kENTROPY_CALIBRATION_2 = 2,
    kMINMAX_CALIBRATION = 3,
};

class IInt8Calibrator : public IVersionedInterface {
public:
    TRT_DEPRECATED virtual int32_t getBatchSize() const = 0;

    virtual bool getBatch(void* bindings[], char const* names[], int32_t nbBindings) = 0;

    virtual void const* readCalibrationCache(std::size_t& length) = 0;

    virtual void writeCalibrationCache(void const* ptr, std::size_t length) = 0;

    virtual CalibrationAlgoType getAlgorithm() = 0;

    ~IInt8Calibrator() noexcept override = default;
};

class IInt8EntropyCalibrator : public IInt8Calibrator {
public:
    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"IInt8EntropyCalibrator", 1, 0}; }

    CalibrationAlgoType getAlgorithm() override { return CalibrationAlgoType ::kENTROPY_CALIBRATION; }

    ~IInt8EntropyCalibrator() noexcept override = default;
};

class IInt8EntropyCalibrator2 : public IInt8Calibrator {
public:
    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"IInt8EntropyCalibrator2", 1, 0}; }

    CalibrationAlgoType getAlgorithm() override { return CalibrationAlgoType ::kENTROPY_CALIBRATION_2; }

    ~IInt8EntropyCalibrator2() noexcept override = default;
};

class IInt8MinMaxCalibrator : public IInt8Calibrator {
public:
    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"IInt8MinMaxCalibrator", 1, 0}; }

    CalibrationAlgoType getAlgorithm() override { return CalibrationAlgoType ::kMINMAX_CALIBRATION; }

    ~IInt8MinMaxCalibrator() noexcept override = default;
};

class IInt8LegacyCalibrator : public IInt8Calibrator {
public:
    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"IInt8Calibrator", 1, 0}; }

    CalibrationAlgoType getAlgorithm() override { return CalibrationAlgoType ::kLEGACY_CALIBRATION; }

    virtual double getQuantile() const = 0;

    virtual double getRegressionCutoff() const = 0;

    virtual void const* readHistogramCache(std::size_t& length) = 0;

    virtual void writeHistogramCache(void const* ptr, std::size_t length) = 0;

    ~IInt8LegacyCalibrator() noexcept override = default;
};

enum class QuantizationFlag : int32_t {
    kCALIBRATE_BEFORE_FUSION TRT_DEPRECATED_ENUM = 0,
};

namespace impl {
template <>
struct EnumMaxImpl<CalibrationAlgoType> : EnumCount<4> {};
template <>
struct EnumMaxImpl<QuantizationFlag> : EnumCount<1> {};
}  // namespace impl

}  // namespace nvinfer1

#endif  // NV_INFER_CALIBRATION_H
