// SPDX-License-Identifier: Apache-2.0
// Runs one program of a plan for one context. setShapes() evaluates all sizes, resolves addresses and binds every
// kernel to its shapes; run() then only launches. Steps behind a data-dependent size are bound while running, when the
// size is known. If and Loop are run here, each body by an executor of its own.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "runtime/engine.h"
#include "runtime/lane_streams.h"
#include "runtime/replay.h"

namespace opentrt {

//! A block that grows and never shrinks.
class Block {
public:
    explicit Block(MemorySource& source) : source_(source) {}
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;
    ~Block() { reset(); }
    void* reserve(int64_t bytes);
    void reset();
    void* data() const { return data_; }
    int64_t size() const { return size_; }

private:
    MemorySource& source_;
    void* data_ = nullptr;
    int64_t size_ = 0;
};

//! Told about each step as it runs; used by the profiler and by blame.
struct StepObserver {
    virtual ~StepObserver() = default;
    virtual void before(const PlanStep& step) = 0;
    virtual void after(const PlanStep& step, const std::vector<Port>& outputs, void* const* addresses) = 0;
};

//! Told about the tensors that probes show, bodies included. May throw Error.
struct TensorWatcher {
    virtual ~TensorWatcher() = default;
    virtual void show(const PlanStep& probe, const Port& tensor, const void* address) = 0;
};

//! Gives the memory of a program output whose address was not set; `index` counts outputs.
using OutputAllocator = std::function<void*(int index, const std::vector<int64_t>& dims, int64_t bytes)>;

class Executor {
public:
    Executor(const Engine& engine, int32_t program, MemorySource& memory);
    ~Executor();

    //! The arena may be lent by the caller; otherwise it is allocated on the first setShapes. Bytes needed:
    //! arenaBytes().
    void setArena(void* memory) { lentArena_ = memory; }
    int64_t arenaBytes(int32_t profile) const;
    //! How much of it these sizes reach; all of it when they do not determine every tensor in it.
    int64_t arenaBytesAt(const SymbolValues& symbols, int32_t profile) const;
    //! The stream on which the caller runs; only plugins are told.
    void setStream(void* stream);
    //! Of the caller, for the lanes beside its own; those that are null or missing are ours.
    void setAuxStreams(const std::vector<void*>& streams);
    //! Whether what is put into the stream from now on is recorded, by whomever.
    void setRecorded(bool recorded) { isRecorded_ = recorded; }
    //! Called in each run() with a stream that has all steps which read an input of the program in it or behind it;
    //! may be empty.
    void setInputsRead(std::function<void(void* stream)> told) { inputsRead_ = std::move(told); }
    //! Whether steps are shown to a profiling tool, as ranges.
    void showSteps(bool shown);
    //! A launch of another kernel for the operands of a step, at the shapes that are set.
    std::unique_ptr<Launch> bind(size_t step, const Kernel& kernel);
    //! The step is done by this one from now on; gives back the one before.
    std::unique_ptr<Launch> exchange(size_t step, std::unique_ptr<Launch> launch);
    //! Null: probes do nothing.
    void setWatcher(TensorWatcher* watcher);

    //! Sizes of everything that the given symbols determine. Cheap when nothing changed.
    void setShapes(const SymbolValues& symbols, int32_t profile);
    //! Whether the next run() will only launch, and the same again for the same addresses.
    bool isReplayable() const;
    //! What, beside the addresses of inputs and outputs, a recorded run depends on.
    Replay::Key replayKey() const;
    //! Dimensions of a program input or output; -1 where only the run will tell.
    std::vector<int64_t> inputDims(int index) const;
    std::vector<int64_t> outputDims(int index) const;

    //! The symbols in `outer`, and those that the dimensions of this program's inputs determine.
    SymbolValues symbolsFor(const std::vector<std::vector<int64_t>>& inputDims, const SymbolValues& outer) const;

    //! A null output is asked from `allocator` when its size is known. Throws Error when a step fails.
    void run(const std::vector<const void*>& inputs, const std::vector<void*>& outputs,
             const OutputAllocator& allocator = {}, StepObserver* observer = nullptr);

private:
    struct Step;
    struct Dynamic;
    friend class LoopRun;

    const PlanProgram& program() const { return engine_.plan().programs[static_cast<size_t>(index_)]; }
    const PlanValue& value(int32_t v) const { return program().values[static_cast<size_t>(v)]; }
    struct Root {
        int32_t value;
        int64_t offset;  //!< bytes
    };
    void evaluateDims();
    Root rootOf(int32_t value) const;
    int64_t bytesOf(int32_t value) const;
    int64_t roomOf(int32_t value) const;
    int64_t reachOf(const SymbolValues& symbols, int32_t profile) const;
    void checkPlaces() const;
    void checkViews() const;
    void checkInputs(const std::string& layer, const std::vector<std::vector<int64_t>>& dims) const;
    bool known(int32_t value) const;  //!< whether its size is
    bool known(const std::vector<int32_t>& values) const;
    std::vector<int64_t> dimsOf(int32_t value) const;
    Port portOf(int32_t value) const;
    size_t variantOf(size_t s) const;
    void bindStep(size_t s);
    void recallVersion();
    void findLastReader(const StepOrder& order);
    void runSteps();
    void runStep(size_t s, void* stream);
    Block& workspaceOf(const PlanStep& step) const { return *workspaces_[static_cast<size_t>(step.lane)]; }
    void* address(int32_t value) const;
    void* outputAddress(int32_t value);
    void* makeDynamic(int32_t value, const std::vector<int64_t>& dims);
    void runIf(Step& step, const PlanStep& planned);
    void runLoop(Step& step, const PlanStep& planned);

    const Engine& engine_;
    int32_t index_;
    MemorySource& memory_;
    Block arena_;
    std::vector<std::unique_ptr<Block>> workspaces_;  // by lane
    void* lentArena_ = nullptr;
    void* stream_ = nullptr;
    std::function<void(void* stream)> inputsRead_;
    size_t lastReader_ = 0;  // the step behind which inputs are not read any more; the number of steps: at the end
    std::vector<void*> auxStreams_;
    std::unique_ptr<LaneStreams> lanes_;  // of a program with several
    bool isRecorded_ = true;
    bool showsSteps_ = false;
    TensorWatcher* watcher_ = nullptr;
    int32_t profile_ = 0;
    int32_t point_ = -1;  // of the plan: whose kernels run; -1: every step's own
    SymbolValues given_;
    SymbolValues symbols_;                         // given and data dependent ones
    std::vector<int64_t> dims_;                    // by PlanProgram::dims; -1 while unknown
    std::vector<std::unique_ptr<Block>> dynamic_;  // by value: Storage::Dynamic
    std::vector<Step> steps_;
    //! Steps of which a launch does more than put work into a stream, and so may have something to finish.
    std::set<size_t> finishing_;
    std::unique_ptr<WeightStream> weightStream_;  // of the network itself, if weights are streamed
    bool staticShapes_ = false;                   // every step was bound by setShapes
    uint64_t version_ = 0, lastVersion_ = 0;      // of what is bound; the largest one that there was
    //! By profile and sizes; of those whose launches all steps still have.
    std::map<std::pair<int32_t, SymbolValues>, uint64_t> versions_;
    struct {
        SymbolValues symbols;
        int32_t profile = -1;
        int64_t bytes = 0;
    } mutable reach_;  // the last answer of arenaBytesAt(), which each enqueue wants again

    // Of the run in progress:
    std::vector<const void*> inputs_;
    std::vector<void*> outputs_;
    const OutputAllocator* allocator_ = nullptr;
    StepObserver* observer_ = nullptr;
};

}  // namespace opentrt
