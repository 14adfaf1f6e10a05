// SPDX-License-Identifier: Apache-2.0
//! \file NvInferVersion.h
//! Version numbers that programs test with the preprocessor.
//!
//! `NV_TENSORRT_COMPAT_MAJOR` picks the era of TensorRT whose source dialect the headers speak: 5 to 11, default 10.
//! Define it before the first include, the same for every file of one link unit, or put `include/compat<N>` first in
//! the include path. It changes the type `Dims`, the visibility of a few overloads and deprecation warnings; it never
//! changes a virtual table, so all eras share one library.
#ifndef NV_INFER_VERSION_H
#define NV_INFER_VERSION_H

#ifndef NV_TENSORRT_COMPAT_MAJOR
#define NV_TENSORRT_COMPAT_MAJOR 10  //!< Era of the source dialect.
#endif

#if NV_TENSORRT_COMPAT_MAJOR == 5
#define TRT_MAJOR_ENTERPRISE 5
#define TRT_MINOR_ENTERPRISE 1
#define TRT_PATCH_ENTERPRISE 5
#elif NV_TENSORRT_COMPAT_MAJOR == 6
#define TRT_MAJOR_ENTERPRISE 6
#define TRT_MINOR_ENTERPRISE 0
#define TRT_PATCH_ENTERPRISE 1
#elif NV_TENSORRT_COMPAT_MAJOR == 7
#define TRT_MAJOR_ENTERPRISE 7
#define TRT_MINOR_ENTERPRISE 2
#define TRT_PATCH_ENTERPRISE 3
#elif NV_TENSORRT_COMPAT_MAJOR == 8
#define TRT_MAJOR_ENTERPRISE 8
#define TRT_MINOR_ENTERPRISE 6
#define TRT_PATCH_ENTERPRISE 1
#elif NV_TENSORRT_COMPAT_MAJOR == 9
#define TRT_MAJOR_ENTERPRISE 9
#define TRT_MINOR_ENTERPRISE 3
#define TRT_PATCH_ENTERPRISE 0
#elif NV_TENSORRT_COMPAT_MAJOR == 10
#define TRT_MAJOR_ENTERPRISE 10
#define TRT_MINOR_ENTERPRISE 16
#define TRT_PATCH_ENTERPRISE 0
#elif NV_TENSORRT_COMPAT_MAJOR == 11
#define TRT_MAJOR_ENTERPRISE 11
#define TRT_MINOR_ENTERPRISE 1
#define TRT_PATCH_ENTERPRISE 0
#else
#error "NV_TENSORRT_COMPAT_MAJOR must be 5, 6, 7, 8, 9, 10 or 11"
#endif
#define TRT_BUILD_ENTERPRISE 0

#define NV_TENSORRT_MAJOR TRT_MAJOR_ENTERPRISE  //!< Major version that the headers present.
#define NV_TENSORRT_MINOR TRT_MINOR_ENTERPRISE  //!< Minor version that the headers present.
#define NV_TENSORRT_PATCH TRT_PATCH_ENTERPRISE  //!< Patch version that the headers present.
#define NV_TENSORRT_BUILD TRT_BUILD_ENTERPRISE  //!< Build number, always 0 here.

#define NV_TENSORRT_LWS_MAJOR 0
#define NV_TENSORRT_LWS_MINOR 0
#define NV_TENSORRT_LWS_PATCH 0

#define NV_TENSORRT_SONAME_MAJOR NV_TENSORRT_MAJOR  //!< Suffix of the shared library's name (until 9.x).
#define NV_TENSORRT_SONAME_MINOR NV_TENSORRT_MINOR
#define NV_TENSORRT_SONAME_PATCH NV_TENSORRT_PATCH

#define NV_TENSORRT_RELEASE_TYPE_EARLY_ACCESS 0
#define NV_TENSORRT_RELEASE_TYPE_RELEASE_CANDIDATE 1
#define NV_TENSORRT_RELEASE_TYPE_GENERAL_AVAILABILITY 2
#define NV_TENSORRT_RELEASE_TYPE NV_TENSORRT_RELEASE_TYPE_GENERAL_AVAILABILITY

#endif  // NV_INFER_VERSION_H
