// SPDX-License-Identifier: Apache-2.0
// Names and descriptions of the error codes, and the last error of the thread. Codes that cannot arise here are
// described by their name alone. Tested by errors_test.cpp.
#include "entry.h"

namespace {

struct Description {
    cudaError_t code;
    const char* name;
    const char* text;
};

#define HOSTCUDA_ERROR(code, text) \
    { code, #code, text }
// clang-format off
constexpr Description descriptions[] = {
    HOSTCUDA_ERROR(cudaSuccess, "no error"),
    HOSTCUDA_ERROR(cudaErrorInvalidValue, "invalid argument"),
    HOSTCUDA_ERROR(cudaErrorMemoryAllocation, "out of memory"),
    HOSTCUDA_ERROR(cudaErrorInitializationError, "the runtime cannot be used here (a process that used it was forked)"),
    HOSTCUDA_ERROR(cudaErrorCudartUnloading, "the runtime is being unloaded"),
    HOSTCUDA_ERROR(cudaErrorProfilerDisabled, "the profiler is disabled"),
    HOSTCUDA_ERROR(cudaErrorProfilerNotInitialized, "the profiler was not initialized"),
    HOSTCUDA_ERROR(cudaErrorProfilerAlreadyStarted, "the profiler runs already"),
    HOSTCUDA_ERROR(cudaErrorProfilerAlreadyStopped, "the profiler is stopped already"),
    HOSTCUDA_ERROR(cudaErrorInvalidConfiguration, "invalid launch configuration"),
    HOSTCUDA_ERROR(cudaErrorInvalidPitchValue, "invalid pitch: a row does not fit into it"),
    HOSTCUDA_ERROR(cudaErrorInvalidSymbol, "invalid device symbol"),
    HOSTCUDA_ERROR(cudaErrorInvalidHostPointer, "invalid host pointer"),
    HOSTCUDA_ERROR(cudaErrorInvalidDevicePointer, "invalid device pointer"),
    HOSTCUDA_ERROR(cudaErrorInvalidTexture, "invalid texture"),
    HOSTCUDA_ERROR(cudaErrorInvalidTextureBinding, "invalid texture binding"),
    HOSTCUDA_ERROR(cudaErrorInvalidChannelDescriptor, "invalid channel descriptor"),
    HOSTCUDA_ERROR(cudaErrorInvalidMemcpyDirection, "invalid copy direction"),
    HOSTCUDA_ERROR(cudaErrorAddressOfConstant, "address of constant"),
    HOSTCUDA_ERROR(cudaErrorTextureFetchFailed, "texture fetch failed"),
    HOSTCUDA_ERROR(cudaErrorTextureNotBound, "texture not bound"),
    HOSTCUDA_ERROR(cudaErrorSynchronizationError, "synchronization error"),
    HOSTCUDA_ERROR(cudaErrorInvalidFilterSetting, "invalid filter setting"),
    HOSTCUDA_ERROR(cudaErrorInvalidNormSetting, "invalid norm setting"),
    HOSTCUDA_ERROR(cudaErrorMixedDeviceExecution, "mixed device execution"),
    HOSTCUDA_ERROR(cudaErrorNotYetImplemented, "not yet implemented"),
    HOSTCUDA_ERROR(cudaErrorMemoryValueTooLarge, "memory value too large"),
    HOSTCUDA_ERROR(cudaErrorStubLibrary, "stub library"),
    HOSTCUDA_ERROR(cudaErrorInsufficientDriver, "insufficient driver"),
    HOSTCUDA_ERROR(cudaErrorCallRequiresNewerDriver, "call requires newer driver"),
    HOSTCUDA_ERROR(cudaErrorInvalidSurface, "invalid surface"),
    HOSTCUDA_ERROR(cudaErrorDuplicateVariableName, "duplicate variable name"),
    HOSTCUDA_ERROR(cudaErrorDuplicateTextureName, "duplicate texture name"),
    HOSTCUDA_ERROR(cudaErrorDuplicateSurfaceName, "duplicate surface name"),
    HOSTCUDA_ERROR(cudaErrorDevicesUnavailable, "devices unavailable"),
    HOSTCUDA_ERROR(cudaErrorIncompatibleDriverContext, "incompatible driver context"),
    HOSTCUDA_ERROR(cudaErrorMissingConfiguration, "missing configuration"),
    HOSTCUDA_ERROR(cudaErrorPriorLaunchFailure, "prior launch failure"),
    HOSTCUDA_ERROR(cudaErrorLaunchMaxDepthExceeded, "launch max depth exceeded"),
    HOSTCUDA_ERROR(cudaErrorLaunchFileScopedTex, "launch file scoped tex"),
    HOSTCUDA_ERROR(cudaErrorLaunchFileScopedSurf, "launch file scoped surf"),
    HOSTCUDA_ERROR(cudaErrorSyncDepthExceeded, "sync depth exceeded"),
    HOSTCUDA_ERROR(cudaErrorLaunchPendingCountExceeded, "launch pending count exceeded"),
    HOSTCUDA_ERROR(cudaErrorInvalidDeviceFunction, "not a function of device code"),
    HOSTCUDA_ERROR(cudaErrorNoDevice, "no CUDA device was found"),
    HOSTCUDA_ERROR(cudaErrorInvalidDevice, "invalid device number"),
    HOSTCUDA_ERROR(cudaErrorDeviceNotLicensed, "device not licensed"),
    HOSTCUDA_ERROR(cudaErrorSoftwareValidityNotEstablished, "software validity not established"),
    HOSTCUDA_ERROR(cudaErrorStartupFailure, "startup failure"),
    HOSTCUDA_ERROR(cudaErrorInvalidKernelImage, "invalid device code"),
    HOSTCUDA_ERROR(cudaErrorDeviceUninitialized, "the device is not initialized"),
    HOSTCUDA_ERROR(cudaErrorMapBufferObjectFailed, "map buffer object failed"),
    HOSTCUDA_ERROR(cudaErrorUnmapBufferObjectFailed, "unmap buffer object failed"),
    HOSTCUDA_ERROR(cudaErrorArrayIsMapped, "array is mapped"),
    HOSTCUDA_ERROR(cudaErrorAlreadyMapped, "already mapped"),
    HOSTCUDA_ERROR(cudaErrorNoKernelImageForDevice,
                   "no kernel image for this device (the host CUDA runtime runs no GPU kernels)"),
    HOSTCUDA_ERROR(cudaErrorAlreadyAcquired, "already acquired"),
    HOSTCUDA_ERROR(cudaErrorNotMapped, "not mapped"),
    HOSTCUDA_ERROR(cudaErrorNotMappedAsArray, "not mapped as array"),
    HOSTCUDA_ERROR(cudaErrorNotMappedAsPointer, "not mapped as pointer"),
    HOSTCUDA_ERROR(cudaErrorECCUncorrectable, "ECC uncorrectable"),
    HOSTCUDA_ERROR(cudaErrorUnsupportedLimit, "this limit does not exist on the device"),
    HOSTCUDA_ERROR(cudaErrorDeviceAlreadyInUse, "device already in use"),
    HOSTCUDA_ERROR(cudaErrorPeerAccessUnsupported, "peer access is not supported between these devices"),
    HOSTCUDA_ERROR(cudaErrorInvalidPtx, "invalid ptx"),
    HOSTCUDA_ERROR(cudaErrorInvalidGraphicsContext, "invalid graphics context"),
    HOSTCUDA_ERROR(cudaErrorNvlinkUncorrectable, "nvlink uncorrectable"),
    HOSTCUDA_ERROR(cudaErrorJitCompilerNotFound, "jit compiler not found"),
    HOSTCUDA_ERROR(cudaErrorUnsupportedPtxVersion, "unsupported ptx version"),
    HOSTCUDA_ERROR(cudaErrorJitCompilationDisabled, "jit compilation disabled"),
    HOSTCUDA_ERROR(cudaErrorUnsupportedExecAffinity, "unsupported exec affinity"),
    HOSTCUDA_ERROR(cudaErrorUnsupportedDevSideSync, "unsupported dev side sync"),
    HOSTCUDA_ERROR(cudaErrorContained, "contained"),
    HOSTCUDA_ERROR(cudaErrorInvalidSource, "invalid source"),
    HOSTCUDA_ERROR(cudaErrorFileNotFound, "file not found"),
    HOSTCUDA_ERROR(cudaErrorSharedObjectSymbolNotFound, "symbol not found in the shared library"),
    HOSTCUDA_ERROR(cudaErrorSharedObjectInitFailed, "shared object init failed"),
    HOSTCUDA_ERROR(cudaErrorOperatingSystem, "an operating system call failed"),
    HOSTCUDA_ERROR(cudaErrorInvalidResourceHandle, "invalid handle"),
    HOSTCUDA_ERROR(cudaErrorIllegalState, "the object is not in a state that allows this"),
    HOSTCUDA_ERROR(cudaErrorLossyQuery, "lossy query"),
    HOSTCUDA_ERROR(cudaErrorSymbolNotFound, "symbol not found"),
    HOSTCUDA_ERROR(cudaErrorNotReady, "not ready: work is still running"),
    HOSTCUDA_ERROR(cudaErrorIllegalAddress, "illegal memory access"),
    HOSTCUDA_ERROR(cudaErrorLaunchOutOfResources, "launch out of resources"),
    HOSTCUDA_ERROR(cudaErrorLaunchTimeout, "launch timeout"),
    HOSTCUDA_ERROR(cudaErrorLaunchIncompatibleTexturing, "launch incompatible texturing"),
    HOSTCUDA_ERROR(cudaErrorPeerAccessAlreadyEnabled, "peer access is enabled already"),
    HOSTCUDA_ERROR(cudaErrorPeerAccessNotEnabled, "peer access is not enabled"),
    HOSTCUDA_ERROR(cudaErrorSetOnActiveProcess, "set on active process"),
    HOSTCUDA_ERROR(cudaErrorContextIsDestroyed, "context is destroyed"),
    HOSTCUDA_ERROR(cudaErrorAssert, "assert"),
    HOSTCUDA_ERROR(cudaErrorTooManyPeers, "too many peers"),
    HOSTCUDA_ERROR(cudaErrorHostMemoryAlreadyRegistered, "the host memory is registered already"),
    HOSTCUDA_ERROR(cudaErrorHostMemoryNotRegistered, "the host memory is not registered"),
    HOSTCUDA_ERROR(cudaErrorHardwareStackError, "hardware stack error"),
    HOSTCUDA_ERROR(cudaErrorIllegalInstruction, "illegal instruction"),
    HOSTCUDA_ERROR(cudaErrorMisalignedAddress, "misaligned address"),
    HOSTCUDA_ERROR(cudaErrorInvalidAddressSpace, "invalid address space"),
    HOSTCUDA_ERROR(cudaErrorInvalidPc, "invalid pc"),
    HOSTCUDA_ERROR(cudaErrorLaunchFailure, "a launch failed"),
    HOSTCUDA_ERROR(cudaErrorCooperativeLaunchTooLarge, "cooperative launch too large"),
    HOSTCUDA_ERROR(cudaErrorTensorMemoryLeak, "tensor memory leak"),
    HOSTCUDA_ERROR(cudaErrorNotPermitted, "not permitted here (a host function in a stream must not call the runtime)"),
    HOSTCUDA_ERROR(cudaErrorNotSupported, "not supported by the host CUDA runtime"),
    HOSTCUDA_ERROR(cudaErrorSystemNotReady, "the system is not ready"),
    HOSTCUDA_ERROR(cudaErrorSystemDriverMismatch, "system driver mismatch"),
    HOSTCUDA_ERROR(cudaErrorCompatNotSupportedOnDevice, "compat not supported on device"),
    HOSTCUDA_ERROR(cudaErrorMpsConnectionFailed, "mps connection failed"),
    HOSTCUDA_ERROR(cudaErrorMpsRpcFailure, "mps rpc failure"),
    HOSTCUDA_ERROR(cudaErrorMpsServerNotReady, "mps server not ready"),
    HOSTCUDA_ERROR(cudaErrorMpsMaxClientsReached, "mps max clients reached"),
    HOSTCUDA_ERROR(cudaErrorMpsMaxConnectionsReached, "mps max connections reached"),
    HOSTCUDA_ERROR(cudaErrorMpsClientTerminated, "mps client terminated"),
    HOSTCUDA_ERROR(cudaErrorCdpNotSupported, "cdp not supported"),
    HOSTCUDA_ERROR(cudaErrorCdpVersionMismatch, "cdp version mismatch"),
    HOSTCUDA_ERROR(cudaErrorStreamCaptureUnsupported, "not allowed while a stream is capturing"),
    HOSTCUDA_ERROR(cudaErrorStreamCaptureInvalidated, "an earlier error invalidated the capture"),
    HOSTCUDA_ERROR(cudaErrorStreamCaptureMerge, "this would merge two separate captures"),
    HOSTCUDA_ERROR(cudaErrorStreamCaptureUnmatched, "the capture did not begin on this stream"),
    HOSTCUDA_ERROR(cudaErrorStreamCaptureUnjoined,
                   "work forked to another stream was not joined before the capture ended"),
    HOSTCUDA_ERROR(cudaErrorStreamCaptureIsolation, "a captured stream would depend on work outside its capture"),
    HOSTCUDA_ERROR(cudaErrorStreamCaptureImplicit, "the legacy stream would implicitly depend on a capturing stream"),
    HOSTCUDA_ERROR(cudaErrorCapturedEvent, "the event was last recorded in a capture"),
    HOSTCUDA_ERROR(cudaErrorStreamCaptureWrongThread,
                   "the capture began on another thread and its mode is not relaxed"),
    HOSTCUDA_ERROR(cudaErrorTimeout, "timed out"),
    HOSTCUDA_ERROR(cudaErrorGraphExecUpdateFailure, "the changes do not fit the instantiated graph"),
    HOSTCUDA_ERROR(cudaErrorExternalDevice, "an error outside the runtime"),
    HOSTCUDA_ERROR(cudaErrorInvalidClusterSize, "invalid cluster size"),
    HOSTCUDA_ERROR(cudaErrorFunctionNotLoaded, "function not loaded"),
    HOSTCUDA_ERROR(cudaErrorInvalidResourceType, "invalid resource type"),
    HOSTCUDA_ERROR(cudaErrorInvalidResourceConfiguration, "invalid resource configuration"),
    HOSTCUDA_ERROR(cudaErrorUnknown, "unknown error"),
    HOSTCUDA_ERROR(cudaErrorApiFailureBase, "api failure base"),
};
// clang-format on
#undef HOSTCUDA_ERROR

const Description* describe(cudaError_t code) {
    for (const Description& d : descriptions)
        if (d.code == code) return &d;
    return nullptr;
}

constexpr char unknownCode[] = "unrecognized error code";

}  // namespace

using opentrt::hostcuda::lastError;

HOSTCUDA_API(cudaGetLastError)() {
    return lastError(true);
}

HOSTCUDA_API(cudaPeekAtLastError)() {
    return lastError(false);
}

HOSTCUDA_VERSIONS(cudaGetErrorName);
HOSTCUDA_DECLARE(cudaGetErrorName);
extern "C" const char* hostcuda_cudaGetErrorName(cudaError_t error) {
    const Description* d = describe(error);
    return d ? d->name : unknownCode;
}

HOSTCUDA_VERSIONS(cudaGetErrorString);
HOSTCUDA_DECLARE(cudaGetErrorString);
extern "C" const char* hostcuda_cudaGetErrorString(cudaError_t error) {
    const Description* d = describe(error);
    return d ? d->text : unknownCode;
}
