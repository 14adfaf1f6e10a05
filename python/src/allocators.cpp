// SPDX-License-Identifier: Apache-2.0
// Allocators: of device memory, and of outputs whose size becomes known while running. Addresses are integers; None
// and 0 mean no memory.
#include <nanobind/stl/optional.h>

#include "callbacks.h"

namespace opentrt::python {
namespace {

using Address = std::optional<std::uintptr_t>;

void* memoryOf(Address const& address) {
    return asPointer<void>(address.value_or(0));
}

template <typename Base>
class PyAllocator : public Base {
public:
    NB_TRAMPOLINE(Base);
    void* allocate(uint64_t size, uint64_t alignment, AllocatorFlags flags) override {
        return memoryOf(callPython(self(), "allocate", Address(), size, alignment, flags));
    }
    void* reallocate(void* base, uint64_t alignment, uint64_t size) override {
        return memoryOf(callPython(self(), "reallocate", Address(), asAddress(base), alignment, size));
    }
    bool deallocate(void* memory) override { return callPython(self(), "deallocate", false, asAddress(memory)); }
    void* allocateAsync(uint64_t size, uint64_t alignment, AllocatorFlags flags, cudaStream_t stream) override {
        return memoryOf(callPython(self(), "allocate_async", Address(), size, alignment, flags, asAddress(stream)));
    }
    bool deallocateAsync(void* memory, cudaStream_t stream) override {
        return callPython(self(), "deallocate_async", false, asAddress(memory), asAddress(stream));
    }
    void free(void* memory) override { notifyPython(self(), "free", asAddress(memory)); }
    APILanguage getAPILanguage() const noexcept override { return APILanguage::kPYTHON; }

private:
    nb::handle self() const { return this->nb_trampoline.base(); }
};

class PyOutputAllocator final : public IOutputAllocator {
public:
    NB_TRAMPOLINE(IOutputAllocator);
    void* reallocateOutput(char const* name, void* memory, uint64_t size, uint64_t alignment) override {
        return memoryOf(callPython(self(), "reallocate_output", Address(), name, asAddress(memory), size, alignment));
    }
    void* reallocateOutputAsync(char const* name, void* memory, uint64_t size, uint64_t alignment,
                                cudaStream_t stream) override {
        return memoryOf(callPython(self(), "reallocate_output_async", Address(), name, asAddress(memory), size,
                                   alignment, asAddress(stream)));
    }
    void notifyShape(char const* name, Dims const& dims) override {
        notifyPython(self(), "notify_shape", name, Dims(dims));
    }
    APILanguage getAPILanguage() const noexcept override { return APILanguage::kPYTHON; }

private:
    nb::handle self() const { return nb_trampoline.base(); }
};

void bindAllocator(nb::module_& m) {
    using A = IGpuAllocator;
    Bound<A, PyAllocator<A>>(m, "IGpuAllocator", "Provides device memory; override allocate and deallocate.")
        .def(nb::init<>())
        .def(
            "allocate", [](A&, uint64_t, uint64_t, AllocatorFlags) -> Address { notImplemented("allocate"); }, "size"_a,
            "alignment"_a, "flags"_a)
        .def(
            "deallocate",
            [](A& self, std::uintptr_t memory) {
                self.free(asPointer<void>(memory));
                return true;
            },
            "memory"_a)
        .def(
            "free", [](A&, std::uintptr_t) {}, "memory"_a)
        .def(
            "reallocate", [](A&, std::uintptr_t, uint64_t, uint64_t) { return Address(); }, "address"_a, "alignment"_a,
            "new_size"_a)
        .def(
            "allocate_async",
            [](A& self, uint64_t size, uint64_t alignment, AllocatorFlags flags, std::uintptr_t) {
                return asAddress(self.allocate(size, alignment, flags));
            },
            "size"_a, "alignment"_a, "flags"_a, "stream"_a)
        .def(
            "deallocate_async",
            [](A& self, std::uintptr_t memory, std::uintptr_t) { return self.deallocate(asPointer<void>(memory)); },
            "memory"_a, "stream"_a);

    using B = IGpuAsyncAllocator;
    Bound<B, A, PyAllocator<B>>(m, "IGpuAsyncAllocator", "Provides device memory in the order of a stream.")
        .def(nb::init<>())
        .def(
            "allocate",
            [](B& self, uint64_t size, uint64_t alignment, AllocatorFlags flags) {
                return asAddress(self.allocateAsync(size, alignment, flags, nullptr));
            },
            "size"_a, "alignment"_a, "flags"_a)
        .def(
            "deallocate",
            [](B& self, std::uintptr_t memory) { return self.deallocateAsync(asPointer<void>(memory), nullptr); },
            "memory"_a);
}

}  // namespace

void bindAllocators(nb::module_& m) {
    bindAllocator(m);
    using O = IOutputAllocator;
    Bound<O, PyOutputAllocator>(m, "IOutputAllocator", "Provides the memory of one output while the engine runs.")
        .def(nb::init<>())
        .def(
            "reallocate_output",
            [](O&, char const*, std::uintptr_t, uint64_t, uint64_t) -> Address { notImplemented("reallocate_output"); },
            "tensor_name"_a, "memory"_a, "size"_a, "alignment"_a)
        .def(
            "reallocate_output_async",
            [](O& self, char const* name, std::uintptr_t memory, uint64_t size, uint64_t alignment, std::uintptr_t) {
                return asAddress(self.reallocateOutput(name, asPointer<void>(memory), size, alignment));
            },
            "tensor_name"_a, "memory"_a, "size"_a, "alignment"_a, "stream"_a)
        .def(
            "notify_shape", [](O&, char const*, Dims const&) { notImplemented("notify_shape"); }, "tensor_name"_a,
            "shape"_a);
}

}  // namespace opentrt::python
