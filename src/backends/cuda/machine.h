// SPDX-License-Identifier: Apache-2.0
// A CUDA device that is here: its driver, its memory, loaded code and launches.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <typeindex>
#include <vector>

#include "backends/backend.h"
#include "backends/cuda/driver.h"
#include "backends/cuda/target.h"

namespace opentrt::cuda {

class Stopwatch;

//! The device on which everything happens; its primary context is made current where needed.
class Machine final : public Device {
public:
    //! `driver` must outlive it.
    Machine(const Driver& driver, int ordinal);

    const Driver& driver() const { return driver_; }
    const Target& target() const { return target_; }
    const std::string& driverText() const { return driverText_; }
    //! Of the calling thread.
    void makeCurrent() const;
    void* enter() const override;
    void leave(void* entered) const override;

    bool isHost() const override { return false; }
    void* allocate(int64_t bytes) const override;
    void release(void* memory) const override;
    std::shared_ptr<void> useMemory(const std::shared_ptr<MemorySource>& source) const override;
    void upload(void* to, const void* from, int64_t bytes, void* stream) const override;
    void download(void* to, const void* from, int64_t bytes, void* stream) const override;
    void copy(void* to, const void* from, int64_t bytes, void* stream) const override;
    void clear(void* to, int64_t bytes, void* stream) const override { fill(to, 0, bytes, stream); }
    //! Throws Error when the stream is being captured: the host will wait for what is put into it.
    void refuseCapture(void* stream) const;
    void fill(void* to, unsigned char value, int64_t bytes, void* stream) const;
    void synchronize(void* stream) const override;
    std::shared_ptr<void> hostMemory(int64_t bytes) const override;
    std::unique_ptr<Courier> courier(size_t places) const override;
    std::unique_ptr<Lanes> lanes(size_t streams, size_t marks) const override;
    int64_t freeBytes() const override;
    std::unique_ptr<Marks> marks(bool recorded) const override;
    std::unique_ptr<Recording> record(const std::function<void(void* stream)>& work) const override;
    bool isRecorded(void* stream) const override;
    void signal(void* event, void* stream, bool asWork) const override;
    //! Replays of a captured graph, so that the cost of launching stays out.
    double time(const std::function<void(void* stream)>& work, const Trials& trials) const override;
    int64_t cacheBytes() const override { return target_.l2Bytes; }

    //! The one T(machine) of this device, made when it is first asked for: what libraries keep for a device.
    template <class T>
    const T& keep() const {
        const std::lock_guard lock(mutex_);
        auto& kept = kept_[std::type_index(typeid(T))];
        if (!kept) kept = std::make_shared<T>(*this);
        return *static_cast<const T*>(kept.get());
    }

private:
    const Driver& driver_;
    ContextHandle context_ = nullptr;
    Target target_;
    std::string driverText_;
    mutable std::mutex mutex_;
    mutable std::vector<std::shared_ptr<Stopwatch>> idle_;  // of measurements that have ended
    mutable std::map<std::type_index, std::shared_ptr<void>> kept_;
};

//! What Device::useMemory() says in this thread, for launches that bind others when they run; null: the device's own.
std::shared_ptr<MemorySource> memoryInUse();
//! Memory on the device that a kernel keeps: of the source that is in use (Device::useMemory), or the device's own.
class KeptMemory : public HeldMemory {
public:
    KeptMemory(const Machine& machine, int64_t bytes);
};

//! Memory of this process that the device reads and writes without a copy in between.
class PinnedMemory {
public:
    PinnedMemory(const Machine& machine, int64_t bytes);
    PinnedMemory(PinnedMemory&& other) noexcept : machine_(other.machine_), data_(other.data_) {
        other.data_ = nullptr;
    }
    PinnedMemory& operator=(PinnedMemory&&) = delete;
    ~PinnedMemory();
    void* data() const { return data_; }

private:
    const Machine& machine_;
    void* data_ = nullptr;
};

//! Loaded machine code; equal code is loaded once while someone holds it.
class Module {
public:
    Module(const Machine& machine, const Tensor& code);
    Module(const Module&) = delete;
    Module& operator=(const Module&) = delete;
    ~Module();

    const Machine& machine() const { return machine_; }
    //! Throws Error when the code has no such kernel, or the device cannot give it so much shared memory.
    FunctionHandle function(const char* name, int64_t sharedBytes = 0) const;

private:
    const Machine& machine_;
    Tensor code_;  // keeps the bytes
    ModuleHandle handle_ = nullptr;
};
std::shared_ptr<const Module> loadModule(const Machine& machine, const Tensor& code);

//! Shape of a launch.
struct Grid {
    int64_t x = 1, y = 1, z = 1;
    int threads = 256;
    int64_t shared = 0;
    int cluster = 1;  //!< blocks along z that share their memory
};

//! Puts the sizes of a grid into what the driver takes them in.
template <class Sizes>
void setSizes(Sizes& to, const Grid& grid) {
    to.gridX = static_cast<unsigned>(grid.x);
    to.gridY = static_cast<unsigned>(grid.y);
    to.gridZ = static_cast<unsigned>(grid.z);
    to.blockX = static_cast<unsigned>(grid.threads);
    to.sharedBytes = static_cast<unsigned>(grid.shared);
}

//! What is launched: `args` is the one parameter.
struct KernelCall {
    FunctionHandle function;
    Grid grid;
    void* args;
    size_t bytes;
};
//! Sees what the thread launches while it lives.
class LaunchWatch {
public:
    LaunchWatch();
    LaunchWatch(const LaunchWatch&) = delete;
    LaunchWatch& operator=(const LaunchWatch&) = delete;
    virtual ~LaunchWatch();
    //! False: it is not launched.
    virtual bool before(const KernelCall& call) = 0;
    virtual void after(const KernelCall& call, StreamHandle stream) = 0;
};
//! Puts a kernel into the stream; it may start while the one in front of it ends.
void launchKernel(const Machine& machine, const KernelCall& call, void* stream);
template <class Args>
void launchKernel(const Machine& machine, FunctionHandle function, const Grid& grid, Args* args, void* stream) {
    launchKernel(machine, {function, grid, args, sizeof(Args)}, stream);
}

//! A launch with one parameter, a struct of type Args. `fill` puts the addresses of a run into it.
template <class Args, class Fill>
class KernelLaunch final : public Launch {
public:
    KernelLaunch(std::shared_ptr<const Module> module, FunctionHandle function, const Grid& grid, const Args& args,
                 Fill fill, int64_t workspace)
        : module_(std::move(module)),
          function_(function),
          grid_(grid),
          args_(args),
          fill_(std::move(fill)),
          workspace_(workspace) {}
    int64_t workspaceBytes() const override { return workspace_; }
    void run(const LaunchArgs& launch) override;

private:
    std::shared_ptr<const Module> module_;
    FunctionHandle function_;
    Grid grid_;
    Args args_;
    Fill fill_;
    int64_t workspace_;
};

template <class Args, class Fill>
void KernelLaunch<Args, Fill>::run(const LaunchArgs& launch) {
    fill_(args_, launch);
    launchKernel(module_->machine(), function_, grid_, &args_, launch.stream);
}

template <class Args, class Fill>
std::unique_ptr<Launch> makeKernelLaunch(std::shared_ptr<const Module> module, const char* kernel, const Grid& grid,
                                         const Args& args, Fill fill, int64_t workspace = 0) {
    const FunctionHandle function = module->function(kernel, grid.shared);
    return std::make_unique<KernelLaunch<Args, Fill>>(std::move(module), function, grid, args, std::move(fill),
                                                      workspace);
}

}  // namespace opentrt::cuda
