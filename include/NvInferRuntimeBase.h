// SPDX-License-Identifier: Apache-2.0
//! \file NvInferRuntimeBase.h
//! Types that everything else builds on: data types, dimensions, versioned interfaces, error recorder.
#ifndef NV_INFER_RUNTIME_BASE_H
#define NV_INFER_RUNTIME_BASE_H

#include "NvInferVersion.h"
#include "impl/NvInferCompat.h"

//! \namespace nvinfer1 The TensorRT API.
namespace nvinfer1 {

using char_t = char;       //!< Character of all strings of the API.
using AsciiChar = char_t;  //!< Strings of the API are zero-terminated ASCII unless said otherwise.

namespace impl {
//! Specialised for each enumeration: kVALUE is the number of its values.
template <typename T>
struct EnumMaxImpl;

//! Base of those specialisations.
template <int32_t N>
struct EnumCount {
    static constexpr int32_t kVALUE = N;
};
}  // namespace impl

//! Number of values of enumeration T, aliases and retired names not counted: a loop bound.
template <typename T>
constexpr int32_t EnumMax() noexcept {
    return impl::EnumMaxImpl<T>::kVALUE;
}

//! Type of the elements of tensors and weights.
enum class DataType : int32_t {
    kFLOAT = 0,  //!< IEEE binary32.
    kHALF = 1,   //!< IEEE binary16.
    kINT8 = 2,   //!< Signed 8-bit integer, also the quantized type.
    kINT32 = 3,  //!< Signed 32-bit integer.
    kBOOL = 4,   //!< One byte, 0 or 1. Since 7.0.
    kUINT8 = 5,  //!< Unsigned 8-bit integer: network inputs and outputs, casts only. Since 8.5.
    kFP8 = 6,    //!< 8-bit float, 4 exponent and 3 mantissa bits, no infinities. Since 8.6.
    kBF16 = 7,   //!< bfloat16: 8 exponent and 7 mantissa bits. Since 9.1.
    kINT64 = 8,  //!< Signed 64-bit integer. Since 9.1.
    kINT4 = 9,   //!< Signed 4-bit integer, two per byte, low half first. Since 10.0.
    kFP4 = 10,   //!< 4-bit float, 2 exponent bits and 1 mantissa bit, two per byte. Since 10.8.
    kE8M0 = 11,  //!< Power-of-two scale, 8 exponent bits only. Since 10.12.
};

//! Meaning of one dimension, an annotation of the 5.x to 7.x versions. Nothing depends on it.
enum class DimensionType : int32_t {
    kSPATIAL = 0,   //!< Height, width or depth.
    kCHANNEL = 1,   //!< Channel.
    kINDEX = 2,     //!< Position in a list.
    kSEQUENCE = 3,  //!< Time step.
};

//! Extents of a tensor, outermost first, 64 bits each: the form that every function of the library takes.
//! -1 as an extent means known only at run time, nbDims == -1 means invalid.
class Dims64 {
public:
    static constexpr int32_t MAX_DIMS{8};  //!< Largest rank.
    int32_t nbDims;                        //!< Rank.
    int64_t d[MAX_DIMS];                   //!< Extents; those at and beyond nbDims mean nothing.
};

//! Extents with 32 bits each, the form of 8.x and 9.x source code.
class Dims32 {
public:
    static constexpr int32_t MAX_DIMS{8};  //!< Largest rank.
    int32_t nbDims;                        //!< Rank.
    int32_t d[MAX_DIMS];                   //!< Extents.
};

#if NV_TENSORRT_COMPAT_MAJOR >= 10
using Dims = Dims64;  //!< Extents of a tensor.
#elif NV_TENSORRT_COMPAT_MAJOR >= 8
using Dims = Dims32;   //!< Extents of a tensor.
#else
//! Extents of a tensor as 5.x to 7.x declared them, with the unused kind of each dimension.
class Dims {
public:
    static constexpr int32_t MAX_DIMS{8};  //!< Largest rank.
    int32_t nbDims;                        //!< Rank.
    int32_t d[MAX_DIMS];                   //!< Extents.
    DimensionType type[MAX_DIMS];          //!< Kinds.
};
#endif

namespace impl {
#if NV_TENSORRT_COMPAT_MAJOR >= 10
using DimsArg = Dims const&;  //!< How dimensions are passed to the SDK's objects.

inline Dims const& toDims64(Dims const& dims) noexcept {
    return dims;
}
inline Dims const& fromDims64(Dims64 const& dims) noexcept {
    return dims;
}
#else
using DimsArg = Dims;  //!< How dimensions are passed to the SDK's objects.

//! The library's form of an old program's dimensions.
TRT_ERA inline Dims64 toDims64(Dims const& dims) noexcept {
    Dims64 wide{};
    wide.nbDims = dims.nbDims;
    for (int32_t i = 0; i < dims.nbDims && i < Dims64::MAX_DIMS; ++i) {
        wide.d[i] = dims.d[i];
    }
    return wide;
}

//! An old program's form of the library's dimensions: an extent beyond 32 bits becomes the largest that fits.
TRT_ERA inline Dims fromDims64(Dims64 const& dims) noexcept {
    Dims narrow{};
    narrow.nbDims = dims.nbDims;
    for (int32_t i = 0; i < dims.nbDims && i < Dims64::MAX_DIMS; ++i) {
        narrow.d[i] = dims.d[i] > INT32_MAX ? INT32_MAX : static_cast<int32_t>(dims.d[i]);
    }
    return narrow;
}
#endif
}  // namespace impl

using InterfaceKind = char const*;  //!< Name of an interface family.

//! Identity and version of an interface that an application implements.
class InterfaceInfo {
public:
    InterfaceKind kind;  //!< Family; compared as a string.
    int32_t major;       //!< Raised when the layout changes.
    int32_t minor;       //!< Raised when a function is appended.
};

//! Language in which an object was implemented.
enum class APILanguage : int32_t {
    kCPP = 0,     //!< C++.
    kPYTHON = 1,  //!< Python, through the binding.
};

//! Base of interfaces that an application implements and that may grow in later versions. Since 10.0.
class IVersionedInterface {
public:
    //! Language of the implementation; only the Python binding overrides it.
    virtual APILanguage getAPILanguage() const noexcept { return APILanguage::kCPP; }
    //! What the object implements; each interface overrides it, applications leave it alone.
    virtual InterfaceInfo getInterfaceInfo() const noexcept = 0;

    virtual ~IVersionedInterface() noexcept = default;

protected:
    IVersionedInterface() = default;
    IVersionedInterface(IVersionedInterface const&) = default;
    IVersionedInterface(IVersionedInterface&&) = default;
    IVersionedInterface& operator=(IVersionedInterface const&) & = default;
    IVersionedInterface& operator=(IVersionedInterface&&) & = default;
};

//! Class of an error handed to an error recorder.
enum class ErrorCode : int32_t {
    kSUCCESS = 0,                //!< No error.
    kUNSPECIFIED_ERROR = 1,      //!< Anything that fits nowhere else.
    kINTERNAL_ERROR = 2,         //!< The library contradicts itself: a bug.
    kINVALID_ARGUMENT = 3,       //!< A parameter has no meaning: null, out of range, wrong type.
    kINVALID_CONFIG = 4,         //!< Options contradict each other.
    kFAILED_ALLOCATION = 5,      //!< Memory of host or device ran out.
    kFAILED_INITIALIZATION = 6,  //!< A component or device could not be prepared.
    kFAILED_EXECUTION = 7,       //!< Running a layer or a copy failed.
    kFAILED_COMPUTATION = 8,     //!< A layer ran but its result is unusable.
    kINVALID_STATE = 9,          //!< The object was not ready for the call.
    kUNSUPPORTED_STATE = 10,     //!< A feature is missing on this device, in this library or in this combination.
};

//! Collects errors for later queries. The application implements it, one may serve many objects.
//!
//! Set on a builder, network, runtime, engine, context, refitter, inspector or registry, which then hands errors to it
//! instead of the logger and passes it to what they create. The library counts its references, calls from any thread,
//! and reports an exception of any function below to the logger. Since 6.0.
class IErrorRecorder : public IVersionedInterface {
public:
    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"IErrorRecorder", 1, 0}; }

    using ErrorDesc = char const*;                   //!< Text of an error.
    static constexpr size_t kMAX_DESC_LENGTH{127U};  //!< Longest text a recorder must keep, without the final zero.
    using RefCount = int32_t;                        //!< Reference count.

    IErrorRecorder() = default;
    ~IErrorRecorder() noexcept override = default;

    //! Number of errors stored.
    virtual int32_t getNbErrors() const = 0;
    //! Class of error `errorIdx`, 0 to getNbErrors() - 1, oldest first; kINVALID_ARGUMENT for another index.
    virtual ErrorCode getErrorCode(int32_t errorIdx) const = 0;
    //! Text of error `errorIdx`, valid until clear(); an empty string for another index.
    virtual ErrorDesc getErrorDesc(int32_t errorIdx) const = 0;
    //! Whether errors were dropped for lack of room.
    virtual bool hasOverflowed() const = 0;
    //! Forgets all errors.
    virtual void clear() = 0;
    //! Stores an error; copies `desc`. \return Whether the caller should stop what it does.
    virtual bool reportError(ErrorCode val, ErrorDesc desc) = 0;
    //! Adds a reference. \return The new count.
    virtual RefCount incRefCount() = 0;
    //! Drops a reference. \return The new count; the owner may delete the recorder when it reaches 0.
    virtual RefCount decRefCount() = 0;

protected:
    IErrorRecorder(IErrorRecorder const&) = default;
    IErrorRecorder(IErrorRecorder&&) = default;
    IErrorRecorder& operator=(IErrorRecorder const&) & = default;
    IErrorRecorder& operator=(IErrorRecorder&&) & = default;
};

//! Role of a tensor of an engine. Since 8.5.
enum class TensorIOMode : int32_t {
    kNONE = 0,    //!< Neither: no such input or output.
    kINPUT = 1,   //!< Read by the engine.
    kOUTPUT = 2,  //!< Written by the engine.
};

//! Interfaces under the names with their version, as 10.x spells them.
namespace v_1_0 {
using nvinfer1::IErrorRecorder;
}  // namespace v_1_0

namespace impl {
template <>
struct EnumMaxImpl<DataType> : EnumCount<12> {};
template <>
struct EnumMaxImpl<DimensionType> : EnumCount<4> {};
template <>
struct EnumMaxImpl<APILanguage> : EnumCount<2> {};
template <>
struct EnumMaxImpl<ErrorCode> : EnumCount<11> {};
template <>
struct EnumMaxImpl<TensorIOMode> : EnumCount<3> {};
}  // namespace impl

}  // namespace nvinfer1

//! Version of the loaded library, major * 10000 + minor * 100 + patch, whatever era the headers present.
extern "C" TENSORRTAPI int32_t getInferLibVersion() noexcept;

#endif  // NV_INFER_RUNTIME_BASE_H
