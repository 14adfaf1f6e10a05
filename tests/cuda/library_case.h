// SPDX-License-Identifier: Apache-2.0
// A graph whose operators fuse into one node, for an H200 that is not one, with a library that computes on the CPU: its
// tactics are compiled, loaded and run, and compared with the definition.
#pragma once
#include <functional>
#include <optional>

#include "backends/cuda/cuda_backend.h"
#include "fake_driver.h"
#include "graph/graph.h"

namespace opentrt::cuda {

//! A value of the environment while it lives.
class Setting {
public:
    Setting(const char* name, const char* value);
    Setting(const Setting&) = delete;
    ~Setting();

private:
    const char* name_;
    std::optional<std::string> before_;
};

Tensor randomTensor(DType type, const std::vector<int64_t>& dims, int64_t seed);
std::string errorOf(const std::function<void()>& call);

struct LibraryUnderTest {
    const char *variable, *path;
    const char* family;  //!< "cuda.cublaslt"
    size_t tactics;      //!< that it offers
};

struct LibraryCase {
    LibraryUnderTest tested;
    Setting library{tested.variable, tested.path};
    Machine machine{fakeDriver(), 0};
    std::unique_ptr<Backend> backend = makeBackend(machine, cpuBackend());
    Graph imported, graph;
    NodeId node;
    TacticRequest request;

    LibraryCase(const LibraryUnderTest& tested, const std::string& text);

    std::vector<Tactic> tactics() const;
    std::vector<std::string> names() const;
    std::string refusal() const;
    CompiledStep step(size_t tactic = 0) const { return backend->compile(graph, node, tactics().at(tactic), request); }
    //! Result of the step at these sizes of the graph's inputs.
    Tensor run(const CompiledStep& step, const std::vector<Tensor>& inputs, const Tensor& like) const;
    //! All tactics against the definition, at these sizes.
    void check(const SymbolValues& sizes = {});
    void compare(const CompiledStep& step, const std::vector<Tensor>& inputs) const;
};

}  // namespace opentrt::cuda
