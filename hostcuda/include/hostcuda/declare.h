// SPDX-License-Identifier: Apache-2.0
// How the API headers declare functions.
#pragma once

#if defined(HOSTCUDA_BUILD)
#define HOSTCUDA_DECL __attribute__((visibility("default")))
#else
#define HOSTCUDA_DECL extern
#endif

// Optional parameters exist for C++ callers only, as in the original API.
#if defined(__cplusplus) && !defined(HOSTCUDA_BUILD)
#define HOSTCUDA_DEFAULT(value) = value
#else
#define HOSTCUDA_DEFAULT(value)
#endif
