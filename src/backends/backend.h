// SPDX-License-Identifier: Apache-2.0
// The one interface between the compiler and a device. A backend says which tactics it has for a node of the planned
// graph (an operator, or a Region with a fused body), compiles one into plain data that goes into the plan, loads that
// data in another process, and runs it. Everyone else sees only this header. backends/ref is the smallest one; the
// conformance suite is tests/conformance.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "backends/code_store.h"
#include "backends/device.h"
#include "graph/graph.h"

namespace opentrt {

//! Memory layout of a tensor of rank 3 to 5 with axes N, C, spatial...; other ranks are always Linear.
enum class Format : uint8_t {
    Linear,  //!< row-major
    Nhwc,    //!< channels last
    Chw8,    //!< N, C/8, spatial, 8; channels padded with zeros to a multiple of 8
    Chw16,   //!< N, C/16, spatial, 16; likewise
};
inline constexpr int kFormatCount = 4;
const char* name(Format format);
std::optional<Format> formatFromName(std::string_view text);
//! Whether elements of such a tensor have the same places in both formats: channels or pixels are one.
bool liesAlike(Format a, Format b, const Shape& shape);
//! Bytes that a tensor of these dimensions takes in this format, padding included.
int64_t bytesIn(Format format, DType type, const std::vector<int64_t>& dims);
Dim bytesIn(Format format, DType type, const Shape& shape);

//! One way to run a node. The name is stable: it is the key of timing caches and what the inspector shows.
struct Tactic {
    std::string name;             //!< "cpu.onednn.conv.nhwc"
    std::vector<Format> inputs;   //!< one per node input; what constants say is ignored
    std::vector<Format> outputs;  //!< one per node output
    int inPlaceInput = -1;        //!< output 0 overwrites this input's memory (the tactic is refused if it lives on)
    bool usesReference = false;   //!< slow definition; a warning names the layer when it is chosen
};
struct Refusal {
    std::string tactic;
    std::string reason;
};
struct TacticList {
    std::vector<Tactic> tactics;
    std::vector<Refusal> refusals;
    void refuse(std::string tactic, std::string reason) { refusals.push_back({std::move(tactic), std::move(reason)}); }
};

//! What a build asks of the tactics.
struct TacticRequest {
    SymbolValues opt;               //!< the sizes to tune for: the opt point of the profile
    std::set<std::string> guessed;  //!< symbols of `opt` that only a run tells
    int64_t workspaceBytes = INT64_MAX;
    uint32_t sources = UINT32_MAX;  //!< bit mask of nvinfer1::TacticSource
    bool tf32 = false;              //!< products of floats may round their factors to 11 bits
    bool thorough = false;          //!< all that a library recommends, not only the first
};

//! A tactic made concrete: plain data for the plan.
struct CompiledStep {
    std::string kernel;           //!< loader's name, e.g. "cpu.onednn.conv"
    std::string params;           //!< text that load() reads back
    std::vector<Tensor> weights;  //!< packed; stored 64-byte aligned in the plan
    std::vector<int> inputs;      //!< node inputs that are still read at run time, in the kernel's order
};

//! A tensor as a kernel sees it for one set of shapes. The dims of an input that is left out are {-1}.
struct Port {
    DType type;
    Format format;
    std::vector<int64_t> dims;
};

//! Sizes that only the run tells: the kernel asks for the memory of such an output when it knows its dimensions.
class DynamicOutputs {
public:
    virtual ~DynamicOutputs() = default;
    virtual void* allocate(int output, const std::vector<int64_t>& dims) = 0;
};

//! A call of Backend::compile() that will be made.
struct CompileJob {
    const Graph& graph;
    NodeId node;
    Tactic tactic;
};

struct LaunchArgs {
    const void* const* inputs;
    void* const* outputs;     //!< null where the size is data dependent
    void* workspace;          //!< 64-byte aligned, workspaceBytes() long
    DynamicOutputs* dynamic;  //!< set when an output's size is data dependent
    void* stream = nullptr;   //!< of the caller; work on a device is put into it
};

//! A kernel bound to shapes; belongs to one context. run() does not allocate, lock or decide; on a device it only puts
//! work into the stream.
class Launch {
public:
    virtual ~Launch() = default;
    virtual int64_t workspaceBytes() const { return 0; }
    //! Whether run() puts work into the stream and does nothing else, the same for the same addresses.
    virtual bool isReplayable() const { return true; }
    virtual void run(const LaunchArgs& args) = 0;
    //! Called when all steps behind it have been put into their streams, too. Throws Error for what run() did not wait
    //! to see.
    virtual void finish() {}
};

//! A loaded step; immutable, shared by all contexts and threads.
class Kernel {
public:
    virtual ~Kernel() = default;
    //! Outputs whose size is data dependent have -1 in their dims.
    virtual std::unique_ptr<Launch> prepare(std::span<const Port> inputs, std::span<const Port> outputs) const = 0;
    //! A kernel with state gives each context a kernel of its own; null: all contexts share this one.
    virtual std::shared_ptr<const Kernel> forContext() const { return nullptr; }
};

//! Kernels that multiply narrow numbers (i8, f8) take inner sizes in such steps.
constexpr int64_t kNarrowStep = 16;

class Backend {
public:
    virtual ~Backend() = default;
    virtual std::string_view name() const = 0;
    //! Text that names the device and everything that may change timings or results: "cpu AMD EPYC avx512 2 threads
    //! onednn 3.2".
    virtual std::string device() const = 0;
    //! Whether what it compiles can be loaded and run in this process; otherwise it builds plans for other machines.
    virtual bool isHere() const { return true; }
    //! Where its tensors lie; every address that a launch sees is there.
    virtual const Device& place() const { return hostDevice(); }
    //! Candidates for a node, best guess first, and the reasons of those that do not fit.
    virtual TacticList tactics(const Graph& graph, NodeId node, const TacticRequest& request) const = 0;
    //! Whether kernels of f16 and bf16 are worth having here; otherwise weakly typed networks compute in f32.
    virtual bool computesInHalf() const { return false; }
    //! Whether factors of f32 products may be rounded to tf32 here.
    virtual bool multipliesInTf32() const { return false; }
    //! Whether products of numbers of this narrow type (i8, f8) are worth having here; otherwise networks with scales
    //! compute on real numbers.
    virtual bool multipliesQuantized(DType) const { return false; }
    //! Whether that goes for this convolution too, although its channels are not in steps of kNarrowStep.
    virtual bool multipliesFewChannels(const Graph&, NodeId /*convolution*/, DType) const { return false; }
    //! Whether products may leave statistics of their rows (ops::RowStatistics) for those that would read the rows
    //! normalised; otherwise normalisations stay.
    virtual bool keepsRowStatistics() const { return false; }
    //! Milliseconds of each of these tactics at the sizes of the request, told without running them, good enough to
    //! tell those that are far slower than the best; 0: it cannot be told. Empty: of none it can.
    virtual std::vector<double> estimates(const Graph&, NodeId, const std::vector<Tactic>&,
                                          const TacticRequest&) const {
        return {};
    }
    virtual CompiledStep compile(const Graph& graph, NodeId node, const Tactic& tactic,
                                 const TacticRequest& request) const = 0;
    //! Whether compile() makes the same step for both requests. Unless a backend knows better, it makes both.
    virtual bool sameStep(const Graph& graph, NodeId node, const Tactic& tactic, const TacticRequest& a,
                          const TacticRequest& b) const;
    //! Does what is slow about these calls of compile() now, in several threads; reports no error. `goOn`, which may be
    //! empty, is told in the calling thread how far it is; false: it said no.
    virtual bool compileAhead(const std::vector<CompileJob>&, const TacticRequest&,
                              const std::function<bool(int done, int total)>& /*goOn*/) const {
        return true;
    }
    //! While the result lives, machine code that this thread has made is looked for in the store first. `keeps`: what
    //! is made goes into it.
    virtual std::shared_ptr<void> useCode(CodeStore& /*store*/, bool /*keeps*/) const { return nullptr; }
    //! Whether a fused node is worth making: some tactic other than the reference runs it whole. Cheap.
    virtual bool canRun(const Graph& graph, NodeId node) const = 0;
    //! Throws Error when the data does not fit this machine or library.
    virtual std::shared_ptr<const Kernel> load(const std::string& kernel, const std::string& params,
                                               const std::vector<Tensor>& weights) const = 0;
    //! Which of the weights of such a kernel load() puts on the device, so that loadOver() can do without; -1: none.
    virtual int placedWeight(const std::string& /*kernel*/, const std::vector<Tensor>& /*weights*/) const { return -1; }
    //! A kernel that reads its placed weight at `at`, where its bytes have to be whenever it runs. For kernels that
    //! have one.
    virtual std::shared_ptr<const Kernel> loadOver(const std::string& /*kernel*/, const std::string& /*params*/,
                                                   const std::vector<Tensor>& /*weights*/, void* /*at*/) const {
        return nullptr;
    }
    //! Moves a tensor between formats; one kernel for all pairs.
    virtual CompiledStep compileReformat(DType type, Format from, Format to) const = 0;
};

const Backend& cpuBackend();
const Backend& refBackend();
//! By name, or null; then the other says why.
const Backend* findBackend(std::string_view name);
std::string whyNoBackend(std::string_view name);
//! Version of the compiler for CUDA kernels, or why there is none. Loads it.
std::string cudaCompiler();
//! A library that CUDA tactics may come from: its version, or why there is none.
struct FoundLibrary {
    std::string name, version, whyNot;
};
std::vector<FoundLibrary> cudaLibraries();
//! The one that builds use when nothing else is asked for.
const Backend& defaultBackend();

}  // namespace opentrt
