// SPDX-License-Identifier: Apache-2.0
// cuDNN 9, found at run time: our own declarations of the few functions of its graph interface and of the numbers that
// go with them. Everything there is a descriptor that is given attributes by number. Tested by
// tests/cuda/cudnn_test.cpp on a library that computes on the CPU.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "backends/cuda/machine.h"

namespace opentrt::cuda {

namespace dnn {

struct HandleTag;
using Handle = HandleTag*;
using Descriptor = void*;

enum class Kind : int {
    kPointwise = 0,
    kConvolution = 1,
    kEngine = 2,
    kConfig = 3,
    kHeuristic = 4,
    kPlan = 5,
    kKnobChoice = 7,
    kConvolutionOp = 10,
    kPointwiseOp = 13,
    kGraph = 15,
    kVariantPack = 16,
    kTensor = 17,
    kProduct = 18,
    kProductOp = 19,
    kReduction = 21,
    kReductionOp = 22,
};
//! What an attribute holds.
enum class Value : int {
    kHandle = 0,
    kDataType = 1,
    kBool = 2,
    kInt64 = 3,
    kFloat = 4,
    kAddress = 6,
    kConvolutionMode = 7,
    kHeuristicMode = 8,
    kKnob = 9,
    kNumericalNote = 11,
    kPointwiseMode = 14,
    kDescriptor = 15,
    kReductionMode = 18,
    kChar = 24,
};
enum class Attribute : int {
    kPointwiseMode = 0,
    kPointwisePrecision = 1,
    kPointwiseAxis = 9,
    kConvolutionPrecision = 100,
    kConvolutionMode = 101,
    kConvolutionDilations = 102,
    kConvolutionStrides = 103,
    kConvolutionPost = 104,
    kConvolutionPre = 105,
    kConvolutionAxes = 106,
    kHeuristicMode = 200,
    kHeuristicGraph = 201,
    kHeuristicResults = 202,
    kConfigEngine = 300,
    kConfigKnobs = 302,
    kPlanHandle = 400,
    kPlanConfig = 401,
    kPlanWorkspace = 402,
    kPlanText = 405,
    kKnobType = 600,
    kKnobValue = 601,
    kConvolutionOpAlpha = 700,
    kConvolutionOpBeta = 701,
    kConvolutionOpDesc = 702,
    kConvolutionOpW = 703,
    kConvolutionOpX = 704,
    kConvolutionOpY = 705,
    kPointwiseOpDesc = 750,
    kPointwiseOpX = 751,
    kPointwiseOpB = 752,
    kPointwiseOpY = 753,
    kPointwiseOpT = 758,
    kGraphHandle = 800,
    kGraphOps = 801,
    kTensorAlignment = 900,
    kTensorType = 901,
    kTensorDims = 902,
    kTensorStrides = 903,
    kTensorId = 906,
    kTensorIsVirtual = 907,
    kTensorIsByValue = 908,
    kPackIds = 1000,
    kPackAddresses = 1001,
    kPackWorkspace = 1003,
    kEngineGraph = 1300,
    kEngineIndex = 1301,
    kEngineNotes = 1303,
    kProductPrecision = 1500,
    kProductOpA = 1520,
    kProductOpB = 1521,
    kProductOpC = 1522,
    kProductOpDesc = 1523,
    kReductionMode = 1600,
    kReductionPrecision = 1601,
    kReductionOpX = 1610,
    kReductionOpY = 1611,
    kReductionOpDesc = 1612,
};
enum DataType : int { kF32 = 0, kF16 = 2, kI8 = 3, kI32 = 4, kBF16 = 9, kBool = 11 };
enum Pointwise : int {
    kAdd = 0,
    kMul = 1,
    kDiv = 6,
    kSub = 9,
    kExp = 13,
    kLog = 15,
    kRelu = 100,
    kTanh = 101,
    kSigmoid = 102,
    kGelu = 104,
    kGeluTanh = 107,
    kGreaterEqual = 303,
    kIndex = 501,
    kSelect = 601,
};
enum Reduction : int { kSum = 0, kMaximum = 3 };
enum Heuristic : int { kFallback = 2, kModeB = 1, kModeA = 3 };
enum Note : int {
    kTensorCore = 0,
    kRoundsInputs = 1,
    kRoundsSums = 2,
    kFft = 3,
    kVaries = 4,
    kWinograd = 5,  // and its tiles
    kLastWinograd = 8,
};
inline constexpr int kCrossCorrelation = 1;

}  // namespace dnn

// result, name in the table, name in the library, parameters
#define OPENTRT_CUDNN_FUNCTIONS(X)                                                                                \
    X(size_t, version, "cudnnGetVersion", ())                                                                     \
    X(const char*, statusText, "cudnnGetErrorString", (int status))                                               \
    X(void, lastError, "cudnnGetLastErrorString", (char* text, size_t bytes))                                     \
    X(int, create, "cudnnCreate", (dnn::Handle * handle))                                                         \
    X(int, setStream, "cudnnSetStream", (dnn::Handle handle, StreamHandle stream))                                \
    X(int, descriptorCreate, "cudnnBackendCreateDescriptor", (dnn::Kind kind, dnn::Descriptor * descriptor))      \
    X(int, descriptorDestroy, "cudnnBackendDestroyDescriptor", (dnn::Descriptor descriptor))                      \
    X(int, finalize, "cudnnBackendFinalize", (dnn::Descriptor descriptor))                                        \
    X(int, set, "cudnnBackendSetAttribute",                                                                       \
      (dnn::Descriptor descriptor, dnn::Attribute attribute, dnn::Value type, int64_t count, const void* values)) \
    X(int, get, "cudnnBackendGetAttribute",                                                                       \
      (dnn::Descriptor descriptor, dnn::Attribute attribute, dnn::Value type, int64_t room, int64_t * count,      \
       void* values))                                                                                             \
    X(int, execute, "cudnnBackendExecute", (dnn::Handle handle, dnn::Descriptor plan, dnn::Descriptor variantPack))

struct Cudnn {
#define OPENTRT_CUDNN_MEMBER(result, member, symbol, parameters) result(*member) parameters = nullptr;
    OPENTRT_CUDNN_FUNCTIONS(OPENTRT_CUDNN_MEMBER)
#undef OPENTRT_CUDNN_MEMBER

    //! Throws Error(FailedExecution), or Unsupported, that names what was done and the library's reason.
    void check(int status, const char* what) const;
};

//! Loads the library; null and why there is none. Looks again only when OPENTRT_CUDNN has changed.
const Cudnn* findCudnn(std::string* whyNot);

}  // namespace opentrt::cuda
