// SPDX-License-Identifier: Apache-2.0
//! \file NvInferCompat.h
//! Macros of the public headers: deprecation, export, CUDA types, and the mark of era-dependent inline functions.
#ifndef NV_INFER_COMPAT_H
#define NV_INFER_COMPAT_H

#include <cstddef>
#include <cstdint>

#include "../NvInferVersion.h"

// CUDA types. A host without the CUDA toolkit compiles against opaque stream and event handles.
#if defined(__has_include)
#if __has_include(<cuda_runtime_api.h>)
#include <cuda_runtime_api.h>
#define NV_INFER_HAS_CUDA_RUNTIME 1
#endif
#endif
#ifndef NV_INFER_HAS_CUDA_RUNTIME
typedef struct CUstream_st* cudaStream_t;
typedef struct CUevent_st* cudaEvent_t;
#endif

extern "C" {
struct cublasContext;
struct cudnnContext;
}

// Programs of 9.x and before were often compiled with -Werror and use what is deprecated today: they see no warnings.
#if NV_TENSORRT_COMPAT_MAJOR <= 9 || __cplusplus < 201402L
#define TRT_DEPRECATED
#define TRT_DEPRECATED_BECAUSE(REASON)
#define TRT_DEPRECATED_ENUM
#else
#define TRT_DEPRECATED [[deprecated]]                          //!< Marks what newer versions replace.
#define TRT_DEPRECATED_BECAUSE(REASON) [[deprecated(REASON)]]  //!< The same with a hint.
#define TRT_DEPRECATED_ENUM TRT_DEPRECATED                     //!< The same for enumerators.
#endif

#if __cplusplus >= 201603L
#define TRT_NODISCARD [[nodiscard]]  //!< The caller must look at the result.
#else
#define TRT_NODISCARD
#endif
#if __cplusplus >= 201907L
#define TRT_NODISCARD_BECAUSE(REASON) [[nodiscard(REASON)]]
#else
#define TRT_NODISCARD_BECAUSE(REASON) TRT_NODISCARD
#endif

#if defined(TENSORRT_BUILD_LIB) && !defined(_MSC_VER)
#define TENSORRTAPI __attribute__((visibility("default")))  //!< Exported by the library.
#else
#define TENSORRTAPI
#endif
#ifdef _MSC_VER
#define TRT_DEPRECATED_API __declspec(dllexport)
#else
#define TRT_DEPRECATED_API TRT_DEPRECATED __attribute__((visibility("default")))
#endif

#define TRTNOEXCEPT                  //!< Empty, as in 6.0 and later: kept for old plugin code.
#define _TENSORRT_FINAL final        //!< Kept for plugin code of 5.x to 7.x.
#define _TENSORRT_OVERRIDE override  //!< Kept for plugin code of 5.x to 7.x.

#define NV_TENSORRT_VERSION_INT(major, minor, patch) ((major)*10000L + (minor)*100L + (patch)*1L)

//! One number for the version that the headers present, usable in `#if`. The factory functions pass it to the library,
//! which then behaves as that era did. Up to 9.x the major version counted thousands, since 10.0 ten thousands.
#if NV_TENSORRT_COMPAT_MAJOR <= 9
#define NV_TENSORRT_VERSION (NV_TENSORRT_MAJOR * 1000 + NV_TENSORRT_MINOR * 100 + NV_TENSORRT_PATCH)
#else
#define NV_TENSORRT_VERSION NV_TENSORRT_VERSION_INT(NV_TENSORRT_MAJOR, NV_TENSORRT_MINOR, NV_TENSORRT_PATCH)
#endif

//! Put before an inline function whose meaning depends on the era while its mangled name does not, so that shared
//! objects compiled for different eras keep their own copies when they meet in one process.
#if NV_TENSORRT_COMPAT_MAJOR == 10 || !defined(__GNUC__)
#define TRT_ERA
#else
#define TRT_ERA_NAME_(M) "trt" #M
#define TRT_ERA_NAME(M) TRT_ERA_NAME_(M)
#define TRT_ERA __attribute__((abi_tag(TRT_ERA_NAME(NV_TENSORRT_COMPAT_MAJOR))))
#endif

#endif  // NV_INFER_COMPAT_H
