// SPDX-License-Identifier: Apache-2.0
//! \file NvInferRuntimeEnums.h
//! Enumerations of the runtime: formats, locations, roles, flags. Part of NvInferRuntime.h.
#ifndef NV_INFER_RUNTIME_ENUMS_H
#define NV_INFER_RUNTIME_ENUMS_H

#include "../NvInferRuntimeBase.h"

namespace nvinfer1 {

//! Order and packing of a tensor's elements in memory. N, C, H, W (D: depth) are the dimensions from the outside in;
//! a number is how many channels are interleaved innermost, the last group padded with zeros.
enum class TensorFormat : int32_t {
    kLINEAR = 0,      //!< Row major.
    kCHW2 = 1,        //!< [N][C/2][H][W][2].
    kHWC8 = 2,        //!< [N][H][W][C rounded up to 8].
    kCHW4 = 3,        //!< [N][C/4][H][W][4].
    kCHW16 = 4,       //!< [N][C/16][H][W][16].
    kCHW32 = 5,       //!< [N][C/32][H][W][32].
    kDHWC8 = 6,       //!< [N][D][H][W][C rounded up to 8]. Since 7.2.
    kCDHW32 = 7,      //!< [N][C/32][D][H][W][32]. Since 7.2.
    kHWC = 8,         //!< [N][H][W][C], no padding. Since 7.2.
    kDLA_LINEAR = 9,  //!< DLA planar, rows aligned to 64 bytes. Since 8.0.
    kDLA_HWC4 = 10,   //!< DLA image, channels rounded up to 4. Since 8.0.
    kHWC16 = 11,      //!< [N][H][W][C rounded up to 16]. Since 8.0.
    kDHWC = 12,       //!< [N][D][H][W][C], no padding. Since 8.6.

    kNCHW TRT_DEPRECATED_ENUM = kLINEAR,  //!< Old name of kLINEAR, until 7.2.
    kNC2HW2 TRT_DEPRECATED_ENUM = kCHW2,  //!< Old name of kCHW2, until 7.2.
    kNHWC8 TRT_DEPRECATED_ENUM = kHWC8,   //!< Old name of kHWC8, until 7.2.
};
using PluginFormat = TensorFormat;  //!< The name plugins use.
using TensorFormats = uint32_t;     //!< Set of formats: `1U << format` each.

//! Which restricted runtime an engine is built for.
enum class EngineCapability : int32_t {
    kSTANDARD = 0,        //!< No restriction.
    kSAFETY = 1,          //!< The safety runtime.
    kDLA_STANDALONE = 2,  //!< A DLA loadable outside this library.

    kDEFAULT TRT_DEPRECATED_ENUM = kSTANDARD,         //!< Old name of kSTANDARD, until 9.x.
    kSAFE_GPU TRT_DEPRECATED_ENUM = kSAFETY,          //!< Old name of kSAFETY, until 9.x.
    kSAFE_DLA TRT_DEPRECATED_ENUM = kDLA_STANDALONE,  //!< Old name of kDLA_STANDALONE, until 9.x.
};

//! Arithmetic on dimensions, see IExprBuilder::operation(). Since 6.0.
enum class DimensionOperation : int32_t {
    kSUM = 0,        //!< a + b.
    kPROD = 1,       //!< a * b.
    kMAX = 2,        //!< The larger.
    kMIN = 3,        //!< The smaller.
    kSUB = 4,        //!< a - b.
    kEQUAL = 5,      //!< 1 if a == b, else 0.
    kLESS = 6,       //!< 1 if a < b, else 0.
    kFLOOR_DIV = 7,  //!< a / b rounded down.
    kCEIL_DIV = 8,   //!< a / b rounded up.
};

//! Where the bytes of a tensor live.
enum class TensorLocation : int32_t {
    kDEVICE = 0,  //!< Memory of the execution device.
    kHOST = 1,    //!< Memory of the host, as shape tensors need it.
};

//! Which weights of a layer are meant, see IRefitter.
enum class WeightsRole : int32_t {
    kKERNEL = 0,    //!< Kernel of a convolution, deconvolution or fully connected layer.
    kBIAS = 1,      //!< Bias of the same layers.
    kSHIFT = 2,     //!< Shift of a scale layer.
    kSCALE = 3,     //!< Scale of a scale layer.
    kCONSTANT = 4,  //!< Values of a constant layer.
    kANY = 5,       //!< Weights known by their own name. Since 8.0.
};

//! Processor that runs a layer.
enum class DeviceType : int32_t {
    kGPU = 0,  //!< The main device: the GPU, or the CPU backend on a machine without one.
    kDLA = 1,  //!< Deep learning accelerator.
};

//! What a runtime may do when it must load code from a file, see IRuntime::setTempfileControlFlags(). Since 8.6.
enum class TempfileControlFlag : int32_t {
    kALLOW_IN_MEMORY_FILES = 0,  //!< Anonymous files in memory.
    kALLOW_TEMPORARY_FILES = 1,  //!< Files in the temporary directory.
};
using TempfileControlFlags = uint32_t;  //!< Set: `1U << flag` each.

//! Properties that the library asks of an allocation. Since 8.0.
enum class AllocatorFlag : int32_t {
    kRESIZABLE = 0,  //!< The library may call IGpuAllocator::reallocate() on it.
};
using AllocatorFlags = uint32_t;  //!< Set: `1U << flag` each.

//! Which shape of an optimization profile is meant. Since 6.0.
enum class OptProfileSelector : int32_t {
    kMIN = 0,  //!< Smallest allowed.
    kOPT = 1,  //!< The one that tactics are chosen for.
    kMAX = 2,  //!< Largest allowed.
};

//! Sources of kernels that the builder may choose among.
enum class TacticSource : int32_t {
    kCUBLAS TRT_DEPRECATED_ENUM = 0,     //!< cuBLAS.
    kCUBLAS_LT TRT_DEPRECATED_ENUM = 1,  //!< cuBLASLt.
    kCUDNN TRT_DEPRECATED_ENUM = 2,      //!< cuDNN. Since 8.0.
    kEDGE_MASK_CONVOLUTIONS = 3,  //!< Convolutions with precomputed edge masks: more memory, less time. Since 8.4.
    kJIT_CONVOLUTIONS = 4,        //!< Convolutions compiled at build time. Since 8.5.
};
using TacticSources = uint32_t;  //!< Set: `1U << source` each.

//! How much an engine remembers about its layers for the inspector and NVTX.
enum class ProfilingVerbosity : int32_t {
    kLAYER_NAMES_ONLY = 0,  //!< Names.
    kNONE = 1,              //!< Nothing.
    kDETAILED = 2,          //!< Names, shapes, types, tactics.

    kDEFAULT TRT_DEPRECATED_ENUM = kLAYER_NAMES_ONLY,  //!< Old name, until 9.x.
    kVERBOSE TRT_DEPRECATED_ENUM = kDETAILED,          //!< Old name, until 9.x.
};

//! What a serialized engine leaves out or keeps, see ISerializationConfig. Since 9.3.
enum class SerializationFlag : int32_t {
    kEXCLUDE_WEIGHTS = 0,       //!< Refittable weights.
    kEXCLUDE_LEAN_RUNTIME = 1,  //!< The lean runtime of a version-compatible plan.
    kINCLUDE_REFIT = 2,         //!< Leaves nothing out: a plan with weights stays refittable. Since 10.14.
};
using SerializationFlags = uint32_t;  //!< Set: `1U << flag` each.

//! When a context gets its activation memory. Since 10.0.
enum class ExecutionContextAllocationStrategy : int32_t {
    kSTATIC = 0,             //!< Once, enough for every profile.
    kON_PROFILE_CHANGE = 1,  //!< Enough for the current profile, again when it changes.
    kUSER_MANAGED = 2,       //!< Never: the application gives it, see IExecutionContext::setDeviceMemoryV2().
};

//! Figures that ICudaEngine::getEngineStat() knows. Since 10.14.
enum class EngineStat : int32_t {
    kTOTAL_WEIGHTS_SIZE = 0,     //!< Bytes of all weights.
    kSTRIPPED_WEIGHTS_SIZE = 1,  //!< Bytes of the weights that a stripped plan lacks.
};

//! Form of the inspector's texts. Since 8.2.
enum class LayerInformationFormat : int32_t {
    kONELINE = 0,  //!< One line per layer.
    kJSON = 1,     //!< JSON.
};

//! Start point of a seek, see IStreamReaderV2. Since 10.7.
enum class SeekPosition : int32_t {
    kSET = 0,  //!< From the beginning.
    kCUR = 1,  //!< From the current position.
    kEND = 2,  //!< From the end.
};

namespace impl {
template <>
struct EnumMaxImpl<TensorFormat> : EnumCount<13> {};
template <>
struct EnumMaxImpl<EngineCapability> : EnumCount<3> {};
template <>
struct EnumMaxImpl<DimensionOperation> : EnumCount<9> {};
template <>
struct EnumMaxImpl<TensorLocation> : EnumCount<2> {};
template <>
struct EnumMaxImpl<WeightsRole> : EnumCount<6> {};
template <>
struct EnumMaxImpl<DeviceType> : EnumCount<2> {};
template <>
struct EnumMaxImpl<TempfileControlFlag> : EnumCount<2> {};
template <>
struct EnumMaxImpl<AllocatorFlag> : EnumCount<1> {};
template <>
struct EnumMaxImpl<OptProfileSelector> : EnumCount<3> {};
template <>
struct EnumMaxImpl<TacticSource> : EnumCount<5> {};
template <>
struct EnumMaxImpl<ProfilingVerbosity> : EnumCount<3> {};
template <>
struct EnumMaxImpl<SerializationFlag> : EnumCount<3> {};
template <>
struct EnumMaxImpl<ExecutionContextAllocationStrategy> : EnumCount<3> {};
template <>
struct EnumMaxImpl<EngineStat> : EnumCount<2> {};
template <>
struct EnumMaxImpl<LayerInformationFormat> : EnumCount<2> {};
template <>
struct EnumMaxImpl<SeekPosition> : EnumCount<3> {};
}  // namespace impl

}  // namespace nvinfer1

#endif  // NV_INFER_RUNTIME_ENUMS_H
