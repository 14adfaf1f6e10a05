// SPDX-License-Identifier: Apache-2.0
#include "device.h"

#include <algorithm>
#include <cstdio>

#include "log.h"

namespace trtexec {
namespace {

std::string uuidText(const cudaDeviceProp& device) {
    std::string text = "GPU-";
    for (int i = 0; i < 16; ++i) {
        char byte[4];
        std::snprintf(byte, sizeof byte, "%02x", static_cast<unsigned char>(device.uuid.bytes[i]));
        text += byte;
        if (i == 3 || i == 5 || i == 7 || i == 9) text += '-';
    }
    return text;
}

double clockGHz(cudaDeviceAttr attribute, int device) {
    int kHz = 0;
    TRTEXEC_CUDA(cudaDeviceGetAttribute(&kHz, attribute, device));
    return kHz / 1e6;
}

}  // namespace

void check(cudaError_t code, const char* what) {
    if (code != cudaSuccess)
        throw CudaError(std::string(what) + ": " + cudaGetErrorName(code) + ", " + cudaGetErrorString(code));
}

void selectDevice(int device) {
    info("=== Device Information ===");
    int count = 0;
    TRTEXEC_CUDA(cudaGetDeviceCount(&count));
    info("Available Devices: ");
    cudaDeviceProp chosen{};
    for (int d = 0; d < count; ++d) {
        cudaDeviceProp properties{};
        TRTEXEC_CUDA(cudaGetDeviceProperties(&properties, d));
        info("  Device ", d, ": \"", properties.name, "\" UUID: ", uuidText(properties));
        if (d == device) chosen = properties;
    }
    if (device < 0 || device >= count)
        throw CudaError("there is no device " + std::to_string(device) + "; the machine has " + std::to_string(count));
    TRTEXEC_CUDA(cudaSetDevice(device));
    info("Selected Device: ", chosen.name);
    info("Selected Device ID: ", device);
    info("Selected Device UUID: ", uuidText(chosen));
    info("Compute Capability: ", chosen.major, ".", chosen.minor);
    info("SMs: ", chosen.multiProcessorCount);
    info("Device Global Memory: ", chosen.totalGlobalMem >> 20, " MiB");
    info("Shared Memory per SM: ", chosen.sharedMemPerMultiprocessor >> 10, " KiB");
    info("Memory Bus Width: ", chosen.memoryBusWidth, " bits (ECC ", chosen.ECCEnabled ? "enabled" : "disabled", ")");
    info("Application Compute Clock Rate: ", clockGHz(cudaDevAttrClockRate, device), " GHz");
    info("Application Memory Clock Rate: ", clockGHz(cudaDevAttrMemoryClockRate, device), " GHz");
    info("");
    info("Note: the clock rates are nominal, not those of this moment.");
    info("");
}

Stream::Stream() {
    TRTEXEC_CUDA(cudaStreamCreate(&stream_));
}

Stream::~Stream() {
    cudaStreamDestroy(stream_);
}

Event::Event(bool spin) {
    TRTEXEC_CUDA(cudaEventCreateWithFlags(&event_, spin ? cudaEventDefault : cudaEventBlockingSync));
}

Event::~Event() {
    cudaEventDestroy(event_);
}

float Event::since(const Event& start) const {
    float ms = 0;
    TRTEXEC_CUDA(cudaEventElapsedTime(&ms, start.event_, event_));
    return ms;
}

void* Memory::reserve(size_t bytes) {
    bytes = std::max<size_t>(bytes, 1);
    if (bytes <= size_) return data_;
    release();
    switch (kind_) {
        case Kind::Device:
            TRTEXEC_CUDA(cudaMalloc(&data_, bytes));
            break;
        case Kind::Host:
            TRTEXEC_CUDA(cudaMallocHost(&data_, bytes));
            break;
        case Kind::Managed:
            TRTEXEC_CUDA(cudaMallocManaged(&data_, bytes, cudaMemAttachGlobal));
            break;
    }
    size_ = bytes;
    return data_;
}

void Memory::release() noexcept {
    if (data_) kind_ == Kind::Host ? cudaFreeHost(data_) : cudaFree(data_);
    data_ = nullptr;
    size_ = 0;
}

}  // namespace trtexec
