// SPDX-License-Identifier: Apache-2.0
// cuBLASLt, found at run time: our own declarations of the few types and functions that are used. Matrices are
// column-major there. Tested by tests/cuda/cublaslt_test.cpp on a library that computes on the CPU.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "backends/cuda/machine.h"

namespace opentrt::cuda {

namespace lt {

struct HandleTag;
struct DescTag;
struct LayoutTag;
struct PreferenceTag;
using Handle = HandleTag*;
using Desc = DescTag*;
using Layout = LayoutTag*;
using Preference = PreferenceTag*;

enum DataType : int { kF32 = 0, kF16 = 2, kBF16 = 14 };
enum Compute : int { kInF32 = 68, kInTf32 = 77 };
enum Operation : int32_t { kAsItIs = 0, kTransposed = 1 };
enum Epilogue : uint32_t { kNothing = 1, kRelu = 2, kBias = 4, kReluBias = 6, kGelu = 32, kGeluBias = 36 };
enum class DescAttribute : int { kTransA = 3, kTransB = 4, kEpilogue = 7, kBiasPointer = 8, kBiasType = 26 };
enum class LayoutAttribute : int { kBatchCount = 5, kBatchStride = 6 };
enum class PreferenceAttribute : int {
    kWorkspaceBytes = 1,
    kReductionMask = 3,
    kAlignmentA = 5,
    kAlignmentB = 6,
    kAlignmentC = 7,
    kAlignmentD = 8,
};
//! Of kReductionMask: how parts of a sum over k may meet.
inline constexpr uint32_t kReduceInComputeType = 2;
enum class AlgoAttribute : int {
    kId = 0,
    kTile = 1,
    kSplit = 2,
    kReduction = 3,
    kSwizzle = 4,
    kCustom = 5,
    kStages = 6,
    kInner = 7,  // 16 bits, as the next
    kCluster = 8,
};

//! Opaque, and of one version of the library only.
struct Algo {
    uint64_t data[8] = {};
};
struct Found {
    Algo algo;
    size_t workspaceBytes = 0;
    int status = 0;
    float waves = 0;
    int reserved[4] = {};
};
static_assert(sizeof(Found) == 96);

}  // namespace lt

// result, name in the table, name in the library, parameters
#define OPENTRT_CUBLASLT_FUNCTIONS(X)                                                                                  \
    X(size_t, version, "cublasLtGetVersion", ())                                                                       \
    X(const char*, statusText, "cublasLtGetStatusString", (int status))                                                \
    X(int, create, "cublasLtCreate", (lt::Handle * handle))                                                            \
    X(int, descCreate, "cublasLtMatmulDescCreate", (lt::Desc * desc, lt::Compute compute, lt::DataType scale))         \
    X(int, descDestroy, "cublasLtMatmulDescDestroy", (lt::Desc desc))                                                  \
    X(int, descSet, "cublasLtMatmulDescSetAttribute",                                                                  \
      (lt::Desc desc, lt::DescAttribute attribute, const void* value, size_t bytes))                                   \
    X(int, layoutCreate, "cublasLtMatrixLayoutCreate",                                                                 \
      (lt::Layout * layout, lt::DataType type, uint64_t rows, uint64_t columns, int64_t stride))                       \
    X(int, layoutDestroy, "cublasLtMatrixLayoutDestroy", (lt::Layout layout))                                          \
    X(int, layoutSet, "cublasLtMatrixLayoutSetAttribute",                                                              \
      (lt::Layout layout, lt::LayoutAttribute attribute, const void* value, size_t bytes))                             \
    X(int, preferenceCreate, "cublasLtMatmulPreferenceCreate", (lt::Preference * preference))                          \
    X(int, preferenceDestroy, "cublasLtMatmulPreferenceDestroy", (lt::Preference preference))                          \
    X(int, preferenceSet, "cublasLtMatmulPreferenceSetAttribute",                                                      \
      (lt::Preference preference, lt::PreferenceAttribute attribute, const void* value, size_t bytes))                 \
    X(int, find, "cublasLtMatmulAlgoGetHeuristic",                                                                     \
      (lt::Handle handle, lt::Desc desc, lt::Layout a, lt::Layout b, lt::Layout c, lt::Layout d,                       \
       lt::Preference preference, int wanted, lt::Found* found, int* count))                                           \
    X(int, checkAlgo, "cublasLtMatmulAlgoCheck",                                                                       \
      (lt::Handle handle, lt::Desc desc, lt::Layout a, lt::Layout b, lt::Layout c, lt::Layout d, const lt::Algo* algo, \
       lt::Found* found))                                                                                              \
    X(int, algoGet, "cublasLtMatmulAlgoConfigGetAttribute",                                                            \
      (const lt::Algo* algo, lt::AlgoAttribute attribute, void* value, size_t bytes, size_t* written))                 \
    X(int, multiply, "cublasLtMatmul",                                                                                 \
      (lt::Handle handle, lt::Desc desc, const void* alpha, const void* a, lt::Layout aLayout, const void* b,          \
       lt::Layout bLayout, const void* beta, const void* c, lt::Layout cLayout, void* d, lt::Layout dLayout,           \
       const lt::Algo* algo, void* workspace, size_t workspaceBytes, StreamHandle stream))

struct CublasLt {
#define OPENTRT_CUBLASLT_MEMBER(result, member, symbol, parameters) result(*member) parameters = nullptr;
    OPENTRT_CUBLASLT_FUNCTIONS(OPENTRT_CUBLASLT_MEMBER)
#undef OPENTRT_CUBLASLT_MEMBER

    //! Throws Error(FailedExecution), or Unsupported, that names what was done and the library's reason.
    void check(int status, const char* what) const;
};

//! Loads the library; null and why there is none. Looks again only when OPENTRT_CUBLASLT has changed.
const CublasLt* findCublasLt(std::string* whyNot);

//! The library on one device; Machine::keep() makes it.
struct LtDevice {
    explicit LtDevice(const Machine& machine);
    const Machine& machine;
    const CublasLt* library = nullptr;  //!< null: `whyNot`
    lt::Handle handle = nullptr;        //!< kept until the process ends; all threads use it
    std::string whyNot;
};

}  // namespace opentrt::cuda
