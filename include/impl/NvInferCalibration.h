// SPDX-License-Identifier: Apache-2.0
//! \file NvInferCalibration.h
//! INT8 calibration, implemented by the user (until 10.16; quantized models carry their scales since).
#ifndef NV_INFER_CALIBRATION_H
#define NV_INFER_CALIBRATION_H

#include "../NvInferRuntime.h"

namespace nvinfer1 {

//! How a calibrator finds ranges. Deprecated since 10.1.
enum class CalibrationAlgoType : int32_t {
    kLEGACY_CALIBRATION = 0,     //!< By quantile and regression cut-off.
    kENTROPY_CALIBRATION = 1,    //!< By least information loss, per tensor.
    kENTROPY_CALIBRATION_2 = 2,  //!< By least information loss, for activations only; what most networks use.
    kMINMAX_CALIBRATION = 3,     //!< By the extreme values.
};

//! Implemented by the user: feeds batches of inputs while the builder measures value ranges. Derive from one of the
//! classes below. Called from the thread that builds. Deprecated since 10.1: quantize the model instead.
class IInt8Calibrator : public IVersionedInterface {
public:
    //! \return the name and version of this interface; code up to 9.x derives from it directly.
    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"IInt8Calibrator", 1, 0}; }

    //! \return the number of items in a batch (implicit batch only); the calibration profile gives it otherwise.
    //! Deprecated since 10.0.
    TRT_DEPRECATED virtual int32_t getBatchSize() const = 0;

    //! Provides the next batch.
    //! \param bindings receives one device address per input
    //! \param names the inputs, in that order
    //! \param nbBindings their number
    //! \return false when there is no further batch.
    virtual bool getBatch(void* bindings[], char const* names[], int32_t nbBindings) = 0;

    //! \return what writeCalibrationCache() was given earlier, `length` bytes; null to calibrate. It must live until
    //! the next call.
    virtual void const* readCalibrationCache(std::size_t& length) = 0;

    //! Receives the calibration result, to be kept for other builds. The bytes are valid during the call only.
    virtual void writeCalibrationCache(void const* ptr, std::size_t length) = 0;

    //! \return the way ranges are found.
    virtual CalibrationAlgoType getAlgorithm() = 0;

    ~IInt8Calibrator() noexcept override = default;
};

//! Calibrator of kind kENTROPY_CALIBRATION. Deprecated since 10.1.
class IInt8EntropyCalibrator : public IInt8Calibrator {
public:
    //! \return the name and version of this interface.
    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"IInt8EntropyCalibrator", 1, 0}; }

    //! \return kENTROPY_CALIBRATION.
    CalibrationAlgoType getAlgorithm() override { return CalibrationAlgoType ::kENTROPY_CALIBRATION; }

    ~IInt8EntropyCalibrator() noexcept override = default;
};

//! Calibrator of kind kENTROPY_CALIBRATION_2. Deprecated since 10.1.
class IInt8EntropyCalibrator2 : public IInt8Calibrator {
public:
    //! \return the name and version of this interface.
    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"IInt8EntropyCalibrator2", 1, 0}; }

    //! \return kENTROPY_CALIBRATION_2.
    CalibrationAlgoType getAlgorithm() override { return CalibrationAlgoType ::kENTROPY_CALIBRATION_2; }

    ~IInt8EntropyCalibrator2() noexcept override = default;
};

//! Calibrator of kind kMINMAX_CALIBRATION. Since 6.0, deprecated since 10.1.
class IInt8MinMaxCalibrator : public IInt8Calibrator {
public:
    //! \return the name and version of this interface.
    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"IInt8MinMaxCalibrator", 1, 0}; }

    //! \return kMINMAX_CALIBRATION.
    CalibrationAlgoType getAlgorithm() override { return CalibrationAlgoType ::kMINMAX_CALIBRATION; }

    ~IInt8MinMaxCalibrator() noexcept override = default;
};

//! Calibrator of kind kLEGACY_CALIBRATION. Deprecated since 10.1.
class IInt8LegacyCalibrator : public IInt8Calibrator {
public:
    //! \return the name and version of this interface.
    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"IInt8Calibrator", 1, 0}; }

    //! \return kLEGACY_CALIBRATION.
    CalibrationAlgoType getAlgorithm() override { return CalibrationAlgoType ::kLEGACY_CALIBRATION; }

    //! \return the share of values, 0 to 1, that the range must cover.
    virtual double getQuantile() const = 0;

    //! \return the share of the range below which regression ignores values.
    virtual double getRegressionCutoff() const = 0;

    //! \return what writeHistogramCache() was given earlier, `length` bytes; null if nothing.
    virtual void const* readHistogramCache(std::size_t& length) = 0;

    //! Receives the histograms, to be kept for other builds. The bytes are valid during the call only.
    virtual void writeHistogramCache(void const* ptr, std::size_t length) = 0;

    ~IInt8LegacyCalibrator() noexcept override = default;
};

//! The versioned names of the reference headers.
namespace v_1_0 {
using nvinfer1::IInt8EntropyCalibrator;
using nvinfer1::IInt8EntropyCalibrator2;
using nvinfer1::IInt8LegacyCalibrator;
using nvinfer1::IInt8MinMaxCalibrator;
}  // namespace v_1_0

//! Options of calibration. 7.1 to 10.16.
enum class QuantizationFlag : int32_t {
    //! Calibrate the network as written, not as fused. Deprecated since 10.7.
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
