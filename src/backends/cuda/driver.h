// SPDX-License-Identifier: Apache-2.0
// The CUDA driver, found at run time: our own declarations of the few types and entry points that the backend uses, so
// it builds without a toolkit and loads without a GPU. Tests put a table of their own in place of the driver's.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace opentrt::cuda {

using DevicePointer = unsigned long long;
using Status = int;
struct ContextTag;
struct ModuleTag;
struct FunctionTag;
struct StreamTag;
struct EventTag;
struct GraphTag;
struct GraphExecTag;
struct GraphNodeTag;
using ContextHandle = ContextTag*;
using ModuleHandle = ModuleTag*;
using FunctionHandle = FunctionTag*;
using StreamHandle = StreamTag*;
using EventHandle = EventTag*;
using GraphHandle = GraphTag*;
using GraphExecHandle = GraphExecTag*;
using GraphNodeHandle = GraphNodeTag*;

//! One attribute of a launch, in the driver's layout.
struct LaunchAttribute {
    enum Id : int { kCluster = 4, kProgrammatic = 6 };
    Id id;
    int reserved = 0;
    union {
        struct {
            unsigned x, y, z;
        } cluster;
        int programmatic;  //!< whether this kernel may start before the one in front of it has ended
        char bytes[64];
    } value;
};
static_assert(sizeof(LaunchAttribute) == 72);

//! A launch, in the driver's layout.
struct LaunchConfig {
    unsigned gridX = 1, gridY = 1, gridZ = 1, blockX = 1, blockY = 1, blockZ = 1;
    unsigned sharedBytes = 0;
    StreamHandle stream = nullptr;
    LaunchAttribute* attributes = nullptr;
    unsigned attributeCount = 0;
};

//! A kernel of a graph, in the driver's layout.
struct KernelNode {
    FunctionHandle function = nullptr;
    unsigned gridX = 1, gridY = 1, gridZ = 1, blockX = 1, blockY = 1, blockZ = 1;
    unsigned sharedBytes = 0;
    void** parameters = nullptr;
    void *extra = nullptr, *kernel = nullptr, *context = nullptr;
};

//! What an update of a graph says, in the driver's layout.
struct GraphUpdateResult {
    int result = 0;
    void *errorNode = nullptr, *errorFromNode = nullptr;
};

//! Attributes of devices and functions that are asked for, by the driver's numbers.
enum class DeviceAttribute : int {
    kMultiprocessors = 16,
    kSharedPerMultiprocessor = 81,
    kL2Bytes = 38,
    kMajor = 75,
    kMinor = 76,
    kSharedPerBlock = 97,
};
enum class FunctionAttribute : int { kMaxDynamicShared = 8 };

// name in the table, name in the library, parameters
#define OPENTRT_DRIVER_FUNCTIONS(X)                                                                                  \
    X(init, "cuInit", (unsigned flags))                                                                              \
    X(driverVersion, "cuDriverGetVersion", (int* version))                                                           \
    X(deviceCount, "cuDeviceGetCount", (int* count))                                                                 \
    X(deviceGet, "cuDeviceGet", (int* device, int ordinal))                                                          \
    X(deviceName, "cuDeviceGetName", (char* name, int size, int device))                                             \
    X(deviceAttribute, "cuDeviceGetAttribute", (int* value, DeviceAttribute attribute, int device))                  \
    X(primaryRetain, "cuDevicePrimaryCtxRetain", (ContextHandle * context, int device))                              \
    X(contextGet, "cuCtxGetCurrent", (ContextHandle * context))                                                      \
    X(contextSet, "cuCtxSetCurrent", (ContextHandle context))                                                        \
    X(contextDevice, "cuCtxGetDevice", (int* device))                                                                \
    X(hostAllocate, "cuMemAllocHost_v2", (void** memory, size_t bytes))                                              \
    X(hostFree, "cuMemFreeHost", (void* memory))                                                                     \
    X(memoryInfo, "cuMemGetInfo_v2", (size_t * unused, size_t * total))                                              \
    X(memoryAllocate, "cuMemAlloc_v2", (DevicePointer * memory, size_t bytes))                                       \
    X(memoryFree, "cuMemFree_v2", (DevicePointer memory))                                                            \
    X(copyIn, "cuMemcpyHtoDAsync_v2", (DevicePointer to, const void* from, size_t bytes, StreamHandle stream))       \
    X(copyOut, "cuMemcpyDtoHAsync_v2", (void* to, DevicePointer from, size_t bytes, StreamHandle stream))            \
    X(copyWithin, "cuMemcpyDtoDAsync_v2", (DevicePointer to, DevicePointer from, size_t bytes, StreamHandle stream)) \
    X(fillBytes, "cuMemsetD8Async", (DevicePointer to, unsigned char value, size_t bytes, StreamHandle stream))      \
    X(streamCreate, "cuStreamCreate", (StreamHandle * stream, unsigned flags))                                       \
    X(streamDestroy, "cuStreamDestroy_v2", (StreamHandle stream))                                                    \
    X(streamSynchronize, "cuStreamSynchronize", (StreamHandle stream))                                               \
    X(streamWait, "cuStreamWaitEvent", (StreamHandle stream, EventHandle event, unsigned flags))                     \
    X(captureBegin, "cuStreamBeginCapture_v2", (StreamHandle stream, int mode))                                      \
    X(captureEnd, "cuStreamEndCapture", (StreamHandle stream, GraphHandle * graph))                                  \
    X(captureStatus, "cuStreamIsCapturing", (StreamHandle stream, int* status))                                      \
    X(captureInfo, "cuStreamGetCaptureInfo_v2",                                                                      \
      (StreamHandle stream, int* status, unsigned long long* id, GraphHandle* graph, const GraphNodeHandle** latest, \
       size_t* count))                                                                                               \
    X(graphNodes, "cuGraphGetNodes", (GraphHandle graph, GraphNodeHandle * nodes, size_t * count))                   \
    X(graphKernelSet, "cuGraphExecKernelNodeSetParams_v2",                                                           \
      (GraphExecHandle exec, GraphNodeHandle node, const KernelNode* kernel))                                        \
    X(graphUpdate, "cuGraphExecUpdate_v2", (GraphExecHandle exec, GraphHandle graph, GraphUpdateResult * result))    \
    X(graphInstantiate, "cuGraphInstantiateWithFlags",                                                               \
      (GraphExecHandle * exec, GraphHandle graph, unsigned long long flags))                                         \
    X(graphLaunch, "cuGraphLaunch", (GraphExecHandle exec, StreamHandle stream))                                     \
    X(graphExecDestroy, "cuGraphExecDestroy", (GraphExecHandle exec))                                                \
    X(graphDestroy, "cuGraphDestroy", (GraphHandle graph))                                                           \
    X(eventCreate, "cuEventCreate", (EventHandle * event, unsigned flags))                                           \
    X(eventDestroy, "cuEventDestroy_v2", (EventHandle event))                                                        \
    X(eventRecord, "cuEventRecord", (EventHandle event, StreamHandle stream))                                        \
    X(eventRecordAs, "cuEventRecordWithFlags", (EventHandle event, StreamHandle stream, unsigned flags))             \
    X(eventSynchronize, "cuEventSynchronize", (EventHandle event))                                                   \
    X(eventElapsed, "cuEventElapsedTime", (float* milliseconds, EventHandle from, EventHandle to))                   \
    X(moduleLoad, "cuModuleLoadData", (ModuleHandle * module, const void* image))                                    \
    X(moduleUnload, "cuModuleUnload", (ModuleHandle module))                                                         \
    X(moduleFunction, "cuModuleGetFunction", (FunctionHandle * function, ModuleHandle module, const char* name))     \
    X(functionSet, "cuFuncSetAttribute", (FunctionHandle function, FunctionAttribute attribute, int value))          \
    X(launch, "cuLaunchKernelEx",                                                                                    \
      (const LaunchConfig* config, FunctionHandle function, void** parameters, void** extra))                        \
    X(tensorMapTiled, "cuTensorMapEncodeTiled",                                                                      \
      (void* map, int type, unsigned rank, void* address, const uint64_t* dims, const uint64_t* strides,             \
       const unsigned* box, const unsigned* elementStrides, int interleave, int swizzle, int promotion, int fill))   \
    X(tensorMapWindows, "cuTensorMapEncodeIm2col",                                                                   \
      (void* map, int type, unsigned rank, void* address, const uint64_t* dims, const uint64_t* strides,             \
       const int* lower, const int* upper, unsigned channels, unsigned places, const unsigned* elementStrides,       \
       int interleave, int swizzle, int promotion, int fill))                                                        \
    X(errorName, "cuGetErrorName", (Status status, const char** name))                                               \
    X(errorText, "cuGetErrorString", (Status status, const char** text))

struct Driver {
#define OPENTRT_DRIVER_MEMBER(member, symbol, parameters) Status(*member) parameters = nullptr;
    OPENTRT_DRIVER_FUNCTIONS(OPENTRT_DRIVER_MEMBER)
#undef OPENTRT_DRIVER_MEMBER

    //! Throws Error(FailedExecution) that names the call and the driver's reason; out of memory is FailedAllocation.
    void check(Status status, const char* call) const;
};

//! The machine's driver, or null and why there is none.
const Driver* findDriver(std::string* whyNot);

}  // namespace opentrt::cuda
