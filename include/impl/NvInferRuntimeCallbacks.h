// SPDX-License-Identifier: Apache-2.0
//! \file NvInferRuntimeCallbacks.h
//! Interfaces that the application implements: logger, profiler, allocators, streams, listeners.
//! Part of NvInferRuntime.h.
//!
//! The library catches exceptions thrown by these functions and turns them into errors. Unless said otherwise they may
//! be called from any thread, and the object must outlive everything it was given to.
#ifndef NV_INFER_RUNTIME_CALLBACKS_H
#define NV_INFER_RUNTIME_CALLBACKS_H

#include "NvInferRuntimeEnums.h"

namespace nvinfer1 {

//! Receives the library's messages. Every factory function takes one; it may be called from several threads at once.
class ILogger {
public:
    //! How serious a message is; a lower value is worse.
    enum class Severity : int32_t {
        kINTERNAL_ERROR = 0,  //!< The library found a mistake of its own.
        kERROR = 1,           //!< A call failed.
        kWARNING = 2,         //!< Something was changed or ignored.
        kINFO = 3,            //!< Progress.
        kVERBOSE = 4,         //!< Details for debugging.
    };

    //! Receives one message; `msg` is valid during the call only.
    virtual void log(Severity severity, AsciiChar const* msg) = 0;

    ILogger() = default;
    virtual ~ILogger() = default;

    //! Language of the implementation. Since 11.0; not used.
    virtual APILanguage getAPILanguage() const noexcept { return APILanguage::kCPP; }
    //! What the object implements. Since 11.0; not used.
    virtual InterfaceInfo getInterfaceInfo() const noexcept { return InterfaceInfo{"ILogger", 1, 0}; }

protected:
    ILogger(ILogger const&) = default;
    ILogger(ILogger&&) = default;
    ILogger& operator=(ILogger const&) & = default;
    ILogger& operator=(ILogger&&) & = default;
};

//! Finds the logger of the program that opened a plugin library: handed to its `setLoggerFinder`. Since 8.6.
class ILoggerFinder {
public:
    //! The logger, null if there is none yet.
    virtual ILogger* findLogger() = 0;

protected:
    virtual ~ILoggerFinder() = default;

public:
    //! Language of the implementation. Since 11.0; not used.
    virtual APILanguage getAPILanguage() const noexcept { return APILanguage::kCPP; }
    //! What the object implements. Since 11.0; not used.
    virtual InterfaceInfo getInterfaceInfo() const noexcept { return InterfaceInfo{"ILoggerFinder", 1, 0}; }
};

//! Receives the time of each layer after an inference, see IExecutionContext::setProfiler().
class IProfiler {
public:
    //! Time of layer `layerName` in milliseconds; called once per layer and inference, in execution order.
    virtual void reportLayerTime(char const* layerName, float ms) = 0;

    virtual ~IProfiler() noexcept {}

    //! Language of the implementation. Since 11.0; not used.
    virtual APILanguage getAPILanguage() const noexcept { return APILanguage::kCPP; }
    //! What the object implements. Since 11.0; not used.
    virtual InterfaceInfo getInterfaceInfo() const noexcept { return InterfaceInfo{"IProfiler", 1, 0}; }
};

//! Gives the library its device memory. Must be safe to call from several threads at once.
class IGpuAllocator : public IVersionedInterface {
public:
    //! `size` bytes aligned to `alignment` (a power of two, 0 for no wish); null on failure or for size 0.
    //! Deprecated since 10.0 in favour of allocateAsync(), yet still called where there is no stream.
    virtual void* allocate(uint64_t const size, uint64_t const alignment, AllocatorFlags const flags) = 0;

    ~IGpuAllocator() override = default;
    IGpuAllocator() = default;

    //! Changes the size of a block made with kRESIZABLE, keeping its contents and alignment; null keeps the old block
    //! valid and makes the library copy by itself. Since 8.0.
    virtual void* reallocate(void* const /*baseAddr*/, uint64_t /*alignment*/, uint64_t /*newSize*/) { return nullptr; }

    //! Frees a block, null included. \return Whether it was one. Since 8.2; older code overrides free().
    virtual bool deallocate(void* const memory) {
        this->free(memory);
        return true;
    }

    //! allocate() in the order of `stream`. Since 10.0.
    virtual void* allocateAsync(uint64_t const size, uint64_t const alignment, AllocatorFlags const flags,
                                cudaStream_t /*stream*/) {
        return allocate(size, alignment, flags);
    }
    //! deallocate() in the order of `stream`. Since 10.0.
    virtual bool deallocateAsync(void* const memory, cudaStream_t /*stream*/) { return deallocate(memory); }

    InterfaceInfo getInterfaceInfo() const noexcept override { return {"IGpuAllocator", 1, 0}; }

    //! What 5.x to 9.x code overrides instead of deallocate().
    virtual void free(void* const /*memory*/) {}

protected:
    IGpuAllocator(IGpuAllocator const&) = default;
    IGpuAllocator(IGpuAllocator&&) = default;
    IGpuAllocator& operator=(IGpuAllocator const&) & = default;
    IGpuAllocator& operator=(IGpuAllocator&&) & = default;
};

//! IGpuAllocator for stream-ordered memory: the synchronous calls use the null stream. Since 10.0.
class IGpuAsyncAllocator : public IGpuAllocator {
public:
    IGpuAsyncAllocator() = default;
    ~IGpuAsyncAllocator() override = default;

    //! Memory usable by what is put on `stream` from now on; else as allocate().
    void* allocateAsync(uint64_t const size, uint64_t const alignment, AllocatorFlags const flags,
                        cudaStream_t stream) override = 0;
    //! Frees a block once what is on `stream` now is done.
    bool deallocateAsync(void* const memory, cudaStream_t stream) override = 0;

    //! allocateAsync() on the null stream.
    void* allocate(uint64_t const size, uint64_t const alignment, AllocatorFlags const flags) override {
        return allocateAsync(size, alignment, flags, nullptr);
    }
    //! deallocateAsync() on the null stream.
    bool deallocate(void* const memory) override { return deallocateAsync(memory, nullptr); }

    InterfaceInfo getInterfaceInfo() const noexcept override { return {"IGpuAllocator", 1, 0}; }
};

//! Gives an output its memory during an inference, once its size is known, see IExecutionContext::setOutputAllocator().
//! Called from the thread that enqueues. Since 8.5.
class IOutputAllocator : public IVersionedInterface {
public:
    //! Major version 0 tells the library which era's Dims notifyShape() expects.
    TRT_ERA InterfaceInfo getInterfaceInfo() const noexcept override {
#if NV_TENSORRT_COMPAT_MAJOR >= 10
        return {"IOutputAllocator", 1, 0};
#else
        return {"IOutputAllocator", 0, NV_TENSORRT_COMPAT_MAJOR};
#endif
    }

    //! Memory for `size` bytes of output `tensorName`, perhaps `currentMemory` again if that is large enough; null on
    //! failure. The engine's old output in it need not be kept. Deprecated since 10.0.
    virtual void* reallocateOutput(char const* /*tensorName*/, void* /*currentMemory*/, uint64_t /*size*/,
                                   uint64_t /*alignment*/) {
        return nullptr;
    }
    //! The same in the order of `stream`. Since 10.0.
    virtual void* reallocateOutputAsync(char const* tensorName, void* currentMemory, uint64_t size, uint64_t alignment,
                                        cudaStream_t /*stream*/) {
        return reallocateOutput(tensorName, currentMemory, size, alignment);
    }
    //! Tells the shape of the output, before or after its memory is asked for.
    virtual void notifyShape(char const* tensorName, Dims const& dims) = 0;

    //! Version of this interface in 8.5 to 9.x; the library does not ask it.
    virtual int32_t getInterfaceVersion() const {
        return 1;
    }
};

//! Receives tensors that were marked for debugging, see INetworkDefinition::markDebug(). Since 10.0.
class IDebugListener : public IVersionedInterface {
public:
    InterfaceInfo getInterfaceInfo() const noexcept override { return {"IDebugListener", 1, 0}; }

    //! One tensor, at the time it is computed, in the order of `stream`; `addr` is valid during the call only.
    //! \return Whether the tensor was handled; false makes the inference fail.
    virtual bool processDebugTensor(void const* addr, TensorLocation location, DataType type, Dims64 const& shape,
                                    char const* name, cudaStream_t stream) = 0;

    ~IDebugListener() override = default;
};

//! Source of a serialized engine, read from begin to end. Since 10.0; deprecated in favour of IStreamReaderV2.
class IStreamReader : public IVersionedInterface {
public:
    ~IStreamReader() override = default;
    IStreamReader() = default;

    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"IStreamReader", 1, 0}; }

    //! Copies the next `nbBytes` bytes to host memory. \return Bytes copied, fewer at the end, negative on failure.
    virtual int64_t read(void* destination, int64_t nbBytes) = 0;

protected:
    IStreamReader(IStreamReader const&) = default;
    IStreamReader(IStreamReader&&) = default;
    IStreamReader& operator=(IStreamReader const&) & = default;
    IStreamReader& operator=(IStreamReader&&) & = default;
};

//! Destination of a serialized engine, see IBuilder::buildSerializedNetworkToStream(). Since 10.13.
class IStreamWriter : public IVersionedInterface {
public:
    ~IStreamWriter() override = default;
    IStreamWriter() = default;

    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"IStreamWriter", 1, 0}; }

    //! Takes the next `nbBytes` bytes of host memory. \return Bytes taken; fewer, or a negative number, is a failure.
    virtual int64_t write(void const* data, int64_t nbBytes) = 0;

protected:
    IStreamWriter(IStreamWriter const&) = default;
    IStreamWriter(IStreamWriter&&) = default;
    IStreamWriter& operator=(IStreamWriter const&) & = default;
    IStreamWriter& operator=(IStreamWriter&&) & = default;
};

//! Source of a serialized engine with random access that can fill device memory itself. Since 10.7.
class IStreamReaderV2 : public IVersionedInterface {
public:
    ~IStreamReaderV2() override = default;
    IStreamReaderV2() = default;

    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"IStreamReaderV2", 1, 0}; }

    //! Copies the next `nbBytes` bytes to host or device memory in the order of `stream`. \return Bytes copied.
    virtual int64_t read(void* destination, int64_t nbBytes, cudaStream_t stream) = 0;
    //! Moves the read position. \return Whether the position exists.
    virtual bool seek(int64_t offset, SeekPosition where) = 0;

protected:
    IStreamReaderV2(IStreamReaderV2 const&) = default;
    IStreamReaderV2(IStreamReaderV2&&) = default;
    IStreamReaderV2& operator=(IStreamReaderV2 const&) & = default;
    IStreamReaderV2& operator=(IStreamReaderV2&&) & = default;
};

namespace v_1_0 {
using nvinfer1::IDebugListener;
using nvinfer1::IGpuAllocator;
using nvinfer1::IGpuAsyncAllocator;
using nvinfer1::ILogger;
using nvinfer1::IOutputAllocator;
using nvinfer1::IProfiler;
using nvinfer1::IStreamReader;
using nvinfer1::IStreamReaderV2;
using nvinfer1::IStreamWriter;
}  // namespace v_1_0

namespace impl {
template <>
struct EnumMaxImpl<ILogger::Severity> : EnumCount<5> {};
}  // namespace impl

}  // namespace nvinfer1

#endif  // NV_INFER_RUNTIME_CALLBACKS_H
