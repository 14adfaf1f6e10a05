// SPDX-License-Identifier: Apache-2.0
// Graphs as cuDNN runs them: which engines it recommends, and plans, which are graphs bound to an engine. An engine is
// named by a text, "41.k2=3.k14=4": its number and what its knobs are set to.
#pragma once
#include <functional>
#include <memory>

#include "backends/cuda/dnn_graph.h"
#include "graph/tensor.h"

namespace opentrt::cuda {

class DnnDevice;

//! A descriptor of the library that is given back in the end.
class DnnDescriptor {
public:
    DnnDescriptor(const Cudnn& library, dnn::Kind kind);

    void set(dnn::Attribute attribute, dnn::Value type, int64_t count, const void* values);
    void setNumbers(dnn::Attribute attribute, const Dims& numbers);
    void setNumber(dnn::Attribute attribute, int64_t number) { setNumbers(attribute, {number}); }
    void setDescriptor(dnn::Attribute attribute, const DnnDescriptor& other);
    template <class E>
    void setEnum(dnn::Attribute attribute, dnn::Value type, E value) {
        const int number = value;
        set(attribute, type, 1, &number);
    }
    //! Throws Error when what was set makes no sense to the library.
    void finish(const char* what);
    //! How many there are; fills up to `room` of them.
    int64_t get(dnn::Attribute attribute, dnn::Value type, int64_t room, void* values) const;
    //! Fills a descriptor that the library has inside of this one.
    bool getDescriptor(dnn::Attribute attribute, const DnnDescriptor& into) const;
    dnn::Descriptor raw() const { return raw_.get(); }

private:
    const Cudnn* library_;
    std::unique_ptr<void, int (*)(void*)> raw_;
};

//! A graph bound to an engine; any thread may run it, one at a time.
class DnnPlan {
public:
    //! Has the library choose code for the engine.
    DnnPlan(const DnnDevice& device, const DnnGraph& graph, const std::string& engine);
    //! From what text() gave.
    DnnPlan(const DnnDevice& device, const DnnGraph& graph, const Tensor& text);

    int64_t workspaceBytes() const { return workspaceBytes_; }
    //! As bytes, of this version of the library only.
    Tensor text() const;
    //! What execution is given: addresses of the tensors in memory, in the order of the graph.
    DnnDescriptor pack(const std::vector<const void*>& addresses, void* workspace) const;
    void run(const DnnDescriptor& pack, void* stream) const;

private:
    DnnPlan(const DnnDevice& device, const DnnGraph& graph);
    void finish();

    const DnnDevice& device_;
    DnnDescriptor plan_;
    std::vector<DnnTensor> tensors_;  // numbers are read from here while a plan runs
    int64_t workspaceBytes_ = 0;
};

//! The library on one device; Machine::keep() makes it.
class DnnDevice {
public:
    explicit DnnDevice(const Machine& machine);

    const Machine& machine;
    const Cudnn* library = nullptr;  //!< null: `whyNot`
    std::string whyNot;
    int64_t version = 0;
    dnn::Handle handle = nullptr;  //!< runs plans, under `mutex`; kept until the process ends, as all are
    mutable std::recursive_mutex mutex;

    //! A handle for one thread while it lives, so that several make plans at the same time.
    class Lease {
    public:
        explicit Lease(const DnnDevice& device);
        Lease(const Lease&) = delete;
        ~Lease();
        dnn::Handle handle = nullptr;

    private:
        const DnnDevice& device_;
    };

    //! Recommended engines that give the same results every time and keep sums in f32, asked once for each
    //! graph: the first few, or all. `roundsFloats`: they may round f32 operands.
    const std::vector<std::string>& engines(const DnnGraph& graph, bool roundsFloats, bool all = false) const;

    //! The one plan of a graph and an engine while someone holds it: many layers are alike, and code that they share
    //! stays in the device's caches. Null when `make` gives null.
    std::shared_ptr<const DnnPlan> share(const DnnGraph& graph, const std::string& engine,
                                         const std::function<std::shared_ptr<const DnnPlan>()>& make) const;

private:
    std::vector<std::string> askFor(const DnnGraph& graph, bool roundsFloats, bool all) const;

    mutable std::vector<dnn::Handle> idle_;
    mutable std::map<std::string, std::vector<std::string>> known_;
    mutable std::map<std::string, std::weak_ptr<const DnnPlan>> plans_;
};

}  // namespace opentrt::cuda
