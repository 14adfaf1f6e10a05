// SPDX-License-Identifier: Apache-2.0
#include "backends/cuda/machine.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "base/error.h"

namespace opentrt::cuda {

namespace {

DevicePointer device(const void* memory) {
    return reinterpret_cast<DevicePointer>(memory);
}
StreamHandle streamOf(void* stream) {
    return static_cast<StreamHandle>(stream);
}

thread_local std::shared_ptr<MemorySource> usedMemory;
thread_local LaunchWatch* launchWatch = nullptr;

}  // namespace

std::shared_ptr<MemorySource> memoryInUse() {
    return usedMemory;
}
KeptMemory::KeptMemory(const Machine& machine, int64_t bytes) : HeldMemory(machine, usedMemory, bytes) {}

PinnedMemory::PinnedMemory(const Machine& machine, int64_t bytes) : machine_(machine) {
    machine.makeCurrent();
    const auto size = static_cast<size_t>(std::max<int64_t>(bytes, 1));
    machine.driver().check(machine.driver().hostAllocate(&data_, size), "allocating memory that the device can read");
}
PinnedMemory::~PinnedMemory() {
    if (!data_) return;
    machine_.makeCurrent();
    machine_.driver().hostFree(data_);
}

Machine::Machine(const Driver& driver, int ordinal) : driver_(driver) {
    int number = 0, version = 0;
    driver.check(driver.deviceGet(&number, ordinal), "cuDeviceGet");
    driver.check(driver.primaryRetain(&context_, number), "cuDevicePrimaryCtxRetain");
    const auto ask = [&](DeviceAttribute attribute) {
        int value = 0;
        driver.check(driver.deviceAttribute(&value, attribute, number), "cuDeviceGetAttribute");
        return value;
    };
    target_.sm = ask(DeviceAttribute::kMajor) * 10 + ask(DeviceAttribute::kMinor);
    target_.multiprocessors = ask(DeviceAttribute::kMultiprocessors);
    target_.sharedPerBlock = ask(DeviceAttribute::kSharedPerBlock);
    target_.sharedPerMultiprocessor = ask(DeviceAttribute::kSharedPerMultiprocessor);
    target_.l2Bytes = ask(DeviceAttribute::kL2Bytes);
    char name[128] = {};
    driver.check(driver.deviceName(name, sizeof name - 1, number), "cuDeviceGetName");
    target_.model = name;
    driver.check(driver.driverVersion(&version), "cuDriverGetVersion");
    driverText_ = cat("driver ", version / 1000, ".", version % 1000 / 10);
}

void Machine::makeCurrent() const {
    ContextHandle current = nullptr;
    driver_.check(driver_.contextGet(&current), "cuCtxGetCurrent");
    if (current != context_) driver_.check(driver_.contextSet(context_), "cuCtxSetCurrent");
}

void* Machine::enter() const {
    ContextHandle current = nullptr;
    driver_.check(driver_.contextGet(&current), "cuCtxGetCurrent");
    if (current == context_) return nullptr;
    driver_.check(driver_.contextSet(context_), "cuCtxSetCurrent");
    return current;
}

void Machine::leave(void* entered) const {
    if (entered) driver_.contextSet(static_cast<ContextHandle>(entered));
}

void* Machine::allocate(int64_t bytes) const {
    makeCurrent();
    DevicePointer memory = 0;
    const Status status = driver_.memoryAllocate(&memory, static_cast<size_t>(std::max<int64_t>(bytes, 1)));
    driver_.check(status, cat("allocating ", bytes, " bytes of device memory").c_str());
    return reinterpret_cast<void*>(memory);
}

void Machine::release(void* memory) const {
    makeCurrent();
    driver_.memoryFree(device(memory));  // a device that is lost has nothing to release
}

std::shared_ptr<void> Machine::useMemory(const std::shared_ptr<MemorySource>& source) const {
    struct Scope {
        explicit Scope(std::shared_ptr<MemorySource> wanted) : outer(std::exchange(usedMemory, std::move(wanted))) {}
        ~Scope() { usedMemory = std::move(outer); }
        std::shared_ptr<MemorySource> outer;
    };
    return std::make_shared<Scope>(source);
}

void Machine::upload(void* to, const void* from, int64_t bytes, void* stream) const {
    if (bytes == 0) return;
    makeCurrent();
    driver_.check(driver_.copyIn(device(to), from, static_cast<size_t>(bytes), streamOf(stream)),
                  "copying to the device");
}

void Machine::refuseCapture(void* stream) const {
    if (!isRecorded(stream)) return;
    throw Error(ErrorCode::Unsupported, "",
                "the stream is being captured, and the host has to wait for numbers of the device: sizes, conditions "
                "and layers on the host cannot be part of a graph");
}

void Machine::download(void* to, const void* from, int64_t bytes, void* stream) const {
    if (bytes == 0) return;
    refuseCapture(stream);
    makeCurrent();
    driver_.check(driver_.copyOut(to, device(from), static_cast<size_t>(bytes), streamOf(stream)),
                  "copying from the device");
    synchronize(stream);
}

void Machine::copy(void* to, const void* from, int64_t bytes, void* stream) const {
    if (bytes == 0) return;
    makeCurrent();
    driver_.check(driver_.copyWithin(device(to), device(from), static_cast<size_t>(bytes), streamOf(stream)),
                  "copying on the device");
}

void Machine::fill(void* to, unsigned char value, int64_t bytes, void* stream) const {
    if (bytes == 0) return;
    makeCurrent();
    driver_.check(driver_.fillBytes(device(to), value, static_cast<size_t>(bytes), streamOf(stream)), "filling memory");
}

std::shared_ptr<void> Machine::hostMemory(int64_t bytes) const {
    auto memory = std::make_shared<PinnedMemory>(*this, bytes);
    return {memory, memory->data()};
}

int64_t Machine::freeBytes() const {
    makeCurrent();
    size_t unused = 0, total = 0;
    driver_.check(driver_.memoryInfo(&unused, &total), "asking for free memory");
    return static_cast<int64_t>(unused);
}

void Machine::synchronize(void* stream) const {
    makeCurrent();
    driver_.check(driver_.streamSynchronize(streamOf(stream)), "waiting for the device");
}

Module::Module(const Machine& machine, const Tensor& code) : machine_(machine), code_(code) {
    machine.makeCurrent();
    machine.driver().check(machine.driver().moduleLoad(&handle_, code.data()), "loading a kernel");
}

Module::~Module() {
    machine_.makeCurrent();
    machine_.driver().moduleUnload(handle_);
}

FunctionHandle Module::function(const char* name, int64_t sharedBytes) const {
    const Driver& driver = machine_.driver();
    machine_.makeCurrent();
    FunctionHandle function = nullptr;
    driver.check(driver.moduleFunction(&function, handle_, name), name);
    constexpr int64_t kAlwaysThere = 48 * 1024;
    if (sharedBytes > kAlwaysThere) {
        // The limit belongs to the code, which other launches with other needs share, so it is set to the device's.
        const auto limit = static_cast<int>(machine_.target().sharedPerBlock);
        if (sharedBytes > limit) {
            throw Error(ErrorCode::Unsupported, "",
                        cat("a kernel needs ", sharedBytes, " bytes of shared memory when a block has ", limit));
        }
        driver.check(driver.functionSet(function, FunctionAttribute::kMaxDynamicShared, limit),
                     "asking for shared memory");
    }
    return function;
}

std::shared_ptr<const Module> loadModule(const Machine& machine, const Tensor& code) {
    static std::mutex mutex;
    static std::map<std::pair<const Machine*, uint64_t>, std::weak_ptr<const Module>> loaded;
    const std::lock_guard lock(mutex);
    auto& known = loaded[{&machine, contentHash(code)}];
    if (auto module = known.lock()) return module;
    auto module = std::make_shared<const Module>(machine, code);
    known = module;
    return module;
}

LaunchWatch::LaunchWatch() {
    launchWatch = this;
}
LaunchWatch::~LaunchWatch() {
    launchWatch = nullptr;
}

void launchKernel(const Machine& machine, const KernelCall& call, void* stream) {
    if (launchWatch && !launchWatch->before(call)) return;
    const Grid& grid = call.grid;
    LaunchAttribute attributes[2];
    LaunchConfig config;
    setSizes(config, grid);
    config.stream = streamOf(stream);
    config.attributes = attributes;
    if (machine.target().launchesEarly()) {
        LaunchAttribute& early = attributes[config.attributeCount++];
        early.id = LaunchAttribute::kProgrammatic;
        early.value.programmatic = 1;
    }
    if (grid.cluster > 1) {
        LaunchAttribute& cluster = attributes[config.attributeCount++];
        cluster.id = LaunchAttribute::kCluster;
        cluster.value.cluster = {1, 1, static_cast<unsigned>(grid.cluster)};
    }
    void* parameters[] = {call.args};
    const Driver& driver = machine.driver();
    driver.check(driver.launch(&config, call.function, parameters, nullptr), "launching a kernel");
    if (launchWatch) launchWatch->after(call, config.stream);
}

}  // namespace opentrt::cuda
