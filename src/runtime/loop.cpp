// SPDX-License-Identifier: Apache-2.0
// Runs a Loop step (ops/loop.h defines its inputs, outputs and order). A context keeps one LoopRun for each loop, so
// that memory, lists and the body's shapes stay from run to run. While sizes stay as they are from one iteration to the
// next, which is the rule, an iteration does nothing but set addresses: carried values go back and forth between two
// sets of blocks, and the last ones into the output; slices are read and written where they lie in the whole tensor.
// Where an iteration changes sizes, the body is given new shapes. Slices whose number or size only the run tells are
// kept, and laid out at the end.
#include "ops/loop.h"

#include "base/error.h"
#include "runtime/executor_step.h"

namespace opentrt {

namespace {

constexpr uintptr_t kDeviceOperandAlignment = 16;

int64_t product(const std::vector<int64_t>& dims, size_t begin, size_t end) {
    int64_t total = 1;
    for (size_t i = begin; i < end; ++i) total *= dims[i];
    return total;
}

bool flagged(const std::vector<int64_t>& flags, size_t i) {
    return i < flags.size() && flags[i] != 0;
}

//! A tensor and the axis along which a loop goes through it.
struct Sliced {
    int64_t outer = 1, count = 0, inner = 0;  //!< slices are `outer` pieces of `inner` bytes

    Sliced() = default;
    Sliced(DType type, const std::vector<int64_t>& dims, size_t axis)
        : outer(product(dims, 0, axis)),
          count(dims[axis]),
          inner(bytesFor(type, product(dims, axis + 1, dims.size()))) {}
    int64_t at(int64_t piece, int64_t slice) const { return (piece * count + slice) * inner; }
    bool isDense() const { return outer == 1; }
    int64_t sliceBytes() const { return outer * inner; }
};

struct Iterator {
    Sliced layout;
    size_t axis = 0;
    bool reverse = false;
    const char* whole = nullptr;
    std::unique_ptr<Block> dense;  //!< a slice whose pieces lie apart
};

struct Scan {
    std::vector<std::unique_ptr<Block>> slices;  //!< the first `kept` are of this run
    size_t kept = 0;
    std::vector<int64_t> dims;  //!< of one slice
    std::unique_ptr<Block> scratch;
    int64_t length = -1;    //!< -1: the number of iterations, which is not known before
    Sliced layout;          //!< of the output, when `whole` is set
    char* whole = nullptr;  //!< the output, when slices go there at once
    bool reverse = false;
    int64_t place(int64_t iteration) const { return reverse ? length - 1 - iteration : iteration; }
};

}  // namespace

class LoopRun {
public:
    LoopRun(Executor& executor, Executor::Step& step, const PlanStep& planned);

    void run() {
        start();
        while (iteration_ < trips_ && goOn_) iterate();
        finish();
    }

private:
    const Port& in(int i) const { return step_.in[static_cast<size_t>(i)]; }
    const void* inData(int i) const { return step_.inAddress[static_cast<size_t>(i)]; }
    bool has(int i) const { return planned_.inputs[static_cast<size_t>(i)] >= 0; }
    size_t carried() const { return static_cast<size_t>(op_.carried); }
    size_t firstResult() const { return op_.conditional ? 1 : 0; }
    DType type(size_t output) const { return step_.out[output].type; }

    int64_t readInt(int i) const {
        int64_t wide = 0;
        int32_t narrow = 0;
        const bool isNarrow = in(i).type == DType::I32;
        place_.download(isNarrow ? static_cast<void*>(&narrow) : &wide, inData(i), isNarrow ? 4 : 8, executor_.stream_);
        return isNarrow ? narrow : wide;
    }
    bool readBool(const void* data) const {
        uint8_t value = 0;
        place_.download(&value, data, 1, executor_.stream_);
        return value != 0;
    }
    //! Kernels of devices want operands that are aligned.
    bool mayLieAt(const void* address) const {
        return place_.isHost() || reinterpret_cast<uintptr_t>(address) % kDeviceOperandAlignment == 0;
    }
    bool goesThereAtOnce(const Scan& scan) const {
        return scan.layout.isDense() && iteration_ < scan.length &&
               mayLieAt(scan.whole + scan.layout.at(0, scan.place(iteration_)));
    }
    std::unique_ptr<Block> newBlock() const { return std::make_unique<Block>(executor_.memory_); }

    void start();
    void startIterators();
    void iterate();
    void readSlices();
    void bindBody();
    void placeResults();
    void placeScans();
    void* scanMemory(size_t s, int64_t bytes);
    void* resultMemory(int index, int64_t bytes);
    void takeResults();
    void takeSlice(size_t s);
    void finish();
    void writeScan(size_t s);
    void* output(size_t o, const std::vector<int64_t>& dims);
    void expectMade(const void* memory, size_t output) const {
        if (memory) return;
        throw Error(ErrorCode::InvalidState, planned_.name, cat("no step of the body writes its output ", output));
    }
    void expectDims(const std::vector<int64_t>& expected, const std::vector<int64_t>& dims, const char* what) const {
        if (expected == dims) return;
        throw Error(ErrorCode::InvalidArgument, planned_.name,
                    cat(what, " has the shape ", dims, " when ", expected, " was expected"));
    }

    Executor& executor_;
    Executor::Step& step_;
    const PlanStep& planned_;
    Executor& body_;
    const Device& place_;
    ops::Loop op_;
    bool readsIteration_ = false;

    // Of the run in progress:
    int64_t iteration_ = 0;
    int64_t trips_ = 0;
    bool goOn_ = true;
    bool stable_ = false;  //!< sizes are those of the iteration before, and nothing but data changes

    // As the body counts its inputs and outputs; kept from run to run.
    std::vector<const void*> inputs_;
    std::vector<std::vector<int64_t>> inputDims_, boundDims_;
    SymbolValues boundOuter_;
    int32_t boundProfile_ = -1;
    std::vector<void*> outputs_;
    std::vector<Iterator> iterators_;
    std::vector<Scan> scans_;
    std::vector<std::unique_ptr<Block>> blocks_[2];
    Block counter_, condition_;  // scalars that the body reads and writes
    OutputAllocator allocator_;
};

LoopRun::LoopRun(Executor& executor, Executor::Step& step, const PlanStep& planned)
    : executor_(executor),
      step_(step),
      planned_(planned),
      body_(*step.bodies[0]),
      place_(executor.engine_.place()),
      counter_(executor.memory_),
      condition_(executor.memory_) {
    parseFields(op_, planned.params);
    const PlanProgram& program = body_.program();
    for (const PlanStep& inner : program.steps) {
        for (const int32_t v : inner.inputs) {
            readsIteration_ = readsIteration_ || (v >= 0 && body_.rootOf(v).value == program.inputs[0]);
        }
    }
    inputs_.resize(program.inputs.size());
    inputDims_.resize(program.inputs.size());
    outputs_.resize(program.outputs.size());
    for (auto& set : blocks_) {
        for (size_t c = 0; c < carried(); ++c) set.push_back(newBlock());
    }
    iterators_.resize(op_.iteratorAxes.size());
    for (size_t k = 0; k < iterators_.size(); ++k) {
        iterators_[k].axis = static_cast<size_t>(op_.iteratorAxes[k]);
        iterators_[k].reverse = flagged(op_.iteratorReverse, k);
        iterators_[k].dense = newBlock();
    }
    scans_.resize(op_.scanAxes.size());
    for (size_t s = 0; s < scans_.size(); ++s) {
        scans_[s].reverse = flagged(op_.scanReverse, s);
        scans_[s].scratch = newBlock();
    }
    allocator_ = [this](int index, const std::vector<int64_t>&, int64_t bytes) { return resultMemory(index, bytes); };
}

void LoopRun::start() {
    iteration_ = 0;
    stable_ = false;
    trips_ = has(0) ? readInt(0) : INT64_MAX;
    goOn_ = !has(1) || readBool(inData(1));
    inputs_[0] = counter_.reserve(sizeof iteration_);
    inputDims_[0].clear();
    for (size_t c = 0; c < carried(); ++c) {
        const int i = op_.firstCarried() + static_cast<int>(c);
        inputs_[1 + c] = inData(i);
        inputDims_[1 + c] = in(i).dims;
    }
    startIterators();
    size_t next = 1 + carried() + iterators_.size();
    for (int i = op_.firstCaptured(); i < static_cast<int>(planned_.inputs.size()); ++i, ++next) {
        inputs_[next] = inData(i);
        inputDims_[next] = in(i).dims;
    }
    if (op_.conditional) outputs_[0] = condition_.reserve(1);
    for (size_t s = 0; s < scans_.size(); ++s) {
        Scan& scan = scans_[s];
        scan.kept = 0;
        scan.whole = nullptr;
        const int lengthInput = op_.firstScanLength() + static_cast<int>(s);
        scan.length = has(lengthInput)  ? readInt(lengthInput)
                      : op_.conditional ? -1
                      : goOn_           ? std::max<int64_t>(trips_, 0)
                                        : 0;
        if (has(lengthInput) && scan.length < 0) {
            throw Error(ErrorCode::InvalidArgument, planned_.name, cat("the length of a scan is ", scan.length));
        }
    }
}

void LoopRun::startIterators() {
    int64_t shortest = INT64_MAX;
    for (size_t k = 0; k < iterators_.size(); ++k) {
        Iterator& iterator = iterators_[k];
        const int i = op_.firstIterator() + static_cast<int>(k);
        iterator.layout = Sliced(in(i).type, in(i).dims, iterator.axis);
        iterator.whole = static_cast<const char*>(inData(i));
        std::vector<int64_t>& dims = inputDims_[1 + carried() + k];
        dims = in(i).dims;
        dims.erase(dims.begin() + static_cast<long>(iterator.axis));
        shortest = std::min(shortest, iterator.layout.count);
    }
    if (!has(0) && !iterators_.empty()) trips_ = shortest;
}

void LoopRun::readSlices() {
    for (size_t k = 0; k < iterators_.size(); ++k) {
        Iterator& iterator = iterators_[k];
        const Sliced& layout = iterator.layout;
        const int64_t at = iterator.reverse ? std::min(trips_, layout.count) - 1 - iteration_ : iteration_;
        if (at < 0 || at >= layout.count) {
            throw Error(ErrorCode::InvalidArgument, planned_.name,
                        cat("iteration ", iteration_, " reads behind the end of an iterated tensor of ", layout.count,
                            " slices"));
        }
        const void*& slice = inputs_[1 + carried() + k];
        if (layout.isDense() && mayLieAt(iterator.whole + layout.at(0, at))) {
            slice = iterator.whole + layout.at(0, at);
            continue;
        }
        auto* dense = static_cast<char*>(iterator.dense->reserve(std::max<int64_t>(layout.sliceBytes(), 1)));
        for (int64_t o = 0; o < layout.outer; ++o) {
            place_.copy(dense + o * layout.inner, iterator.whole + layout.at(o, at), layout.inner, executor_.stream_);
        }
        slice = dense;
    }
}

//! Gives the body the sizes of this iteration, unless it has them from the last run.
void LoopRun::bindBody() {
    const bool asBefore = body_.staticShapes_ && boundProfile_ == executor_.profile_ && boundDims_ == inputDims_ &&
                          boundOuter_ == executor_.symbols_;
    if (asBefore) return;
    boundProfile_ = -1;  // until it has worked
    body_.setShapes(body_.symbolsFor(inputDims_, executor_.symbols_), executor_.profile_);
    body_.checkInputs(planned_.name, inputDims_);
    boundDims_ = inputDims_;
    boundOuter_ = executor_.symbols_;
    boundProfile_ = executor_.profile_;
}

//! Where the body writes, as far as that is known before it runs; the rest is asked for by resultMemory().
void LoopRun::placeResults() {
    const size_t first = firstResult();
    bool same = body_.staticShapes_;
    for (size_t c = 0; c < carried(); ++c) {
        outputs_[first + c] = nullptr;
        if (!body_.staticShapes_) continue;
        const std::vector<int64_t> dims = body_.outputDims(static_cast<int>(first + c));
        same = same && dims == inputDims_[1 + c];
    }
    for (size_t s = 0; s < scans_.size(); ++s) outputs_[first + carried() + s] = nullptr;
    stable_ = same;
    if (!stable_) return;
    // The set that holds the current values is as large already, so it stays where it is.
    for (size_t c = 0; c < carried(); ++c) {
        const int64_t bytes = std::max<int64_t>(bytesFor(type(c), volumeOf(inputDims_[1 + c])), 1);
        for (auto& set : blocks_) set[c]->reserve(bytes);
    }
    placeScans();
}

//! Slices go to their places at once when the output's size is known and no slice came before.
void LoopRun::placeScans() {
    for (size_t s = 0; s < scans_.size(); ++s) {
        Scan& scan = scans_[s];
        const size_t o = carried() + s;
        if (scan.length < 0 || scan.kept > 0) continue;
        scan.dims = body_.outputDims(static_cast<int>(firstResult() + o));
        std::vector<int64_t> dims = scan.dims;
        const auto axis = static_cast<size_t>(
            op_.scanAxes[s] < 0 ? op_.scanAxes[s] + static_cast<int64_t>(dims.size()) + 1 : op_.scanAxes[s]);
        dims.insert(dims.begin() + static_cast<long>(axis), scan.length);
        scan.layout = Sliced(type(o), dims, axis);
        scan.whole = static_cast<char*>(output(o, dims));
        scan.scratch->reserve(std::max<int64_t>(scan.layout.sliceBytes(), 1));
        const bool fills = !op_.conditional && trips_ >= scan.length;
        if (!fills) place_.clear(scan.whole, bytesFor(type(o), volumeOf(dims)), executor_.stream_);
    }
}

void LoopRun::iterate() {
    readSlices();
    if (readsIteration_)
        place_.upload(const_cast<void*>(inputs_[0]), &iteration_, sizeof iteration_, executor_.stream_);
    if (!stable_) {
        bindBody();
        placeResults();
    }
    const size_t first = firstResult();
    if (stable_) {
        const bool isLast = !op_.conditional && iteration_ + 1 == trips_;
        for (size_t c = 0; c < carried(); ++c) {
            void* const there = isLast ? step_.outAddress[c] : nullptr;
            const bool fits = there && mayLieAt(there) && step_.out[c].dims == inputDims_[1 + c];
            outputs_[first + c] = fits ? there : blocks_[iteration_ % 2][c]->data();
        }
        for (size_t s = 0; s < scans_.size(); ++s) {
            if (scans_[s].whole) outputs_[first + carried() + s] = scanMemory(s, 0);
        }
    }
    body_.run(inputs_, outputs_, allocator_, executor_.observer_);
    takeResults();
    goOn_ = !op_.conditional || readBool(condition_.data());
    ++iteration_;
}

//! Where the slice of this iteration goes.
void* LoopRun::scanMemory(size_t s, int64_t bytes) {
    Scan& scan = scans_[s];
    if (scan.whole) {
        return goesThereAtOnce(scan) ? scan.whole + scan.layout.at(0, scan.place(iteration_)) : scan.scratch->data();
    }
    if (scan.kept == scan.slices.size()) scan.slices.push_back(newBlock());
    return scan.slices[scan.kept]->reserve(std::max<int64_t>(bytes, 1));
}

void* LoopRun::resultMemory(int index, int64_t bytes) {
    const size_t k = static_cast<size_t>(index) - firstResult();
    if (k >= carried()) return scanMemory(k - carried(), bytes);
    return blocks_[iteration_ % 2][k]->reserve(std::max<int64_t>(bytes, 1));
}

void LoopRun::takeResults() {
    const size_t first = firstResult();
    for (size_t c = 0; c < carried(); ++c) {
        const void* made = stable_ ? outputs_[first + c] : blocks_[iteration_ % 2][c]->data();
        expectMade(made, first + c);
        inputs_[1 + c] = made;
        if (!stable_) inputDims_[1 + c] = body_.outputDims(static_cast<int>(first + c));
    }
    for (size_t s = 0; s < scans_.size(); ++s) takeSlice(s);
}

void LoopRun::takeSlice(size_t s) {
    Scan& scan = scans_[s];
    if (scan.whole) {
        const Sliced& layout = scan.layout;
        if (goesThereAtOnce(scan) || iteration_ >= scan.length) return;
        const auto* slice = static_cast<const char*>(scan.scratch->data());
        for (int64_t o = 0; o < layout.outer; ++o) {
            place_.copy(scan.whole + layout.at(o, scan.place(iteration_)), slice + o * layout.inner, layout.inner,
                        executor_.stream_);
        }
        return;
    }
    const size_t o = firstResult() + carried() + s;
    const std::vector<int64_t> dims = body_.outputDims(static_cast<int>(o));
    expectDims(scan.kept == 0 ? dims : scan.dims, dims, "a slice");
    scan.dims = dims;
    expectMade(scan.kept < scan.slices.size() ? scan.slices[scan.kept]->data() : nullptr, o);
    ++scan.kept;
}

void LoopRun::finish() {
    for (size_t c = 0; c < carried(); ++c) {
        const std::vector<int64_t>& dims = inputDims_[1 + c];
        void* to = output(c, dims);
        if (to == inputs_[1 + c]) continue;
        place_.copy(to, inputs_[1 + c], bytesFor(type(c), volumeOf(dims)), executor_.stream_);
    }
    for (size_t s = 0; s < scans_.size(); ++s) {
        if (!scans_[s].whole) writeScan(s);
    }
}

void* LoopRun::output(size_t o, const std::vector<int64_t>& dims) {
    void*& address = step_.outAddress[o];
    if (address) expectDims(step_.out[o].dims, dims, "an output");
    if (!address) address = executor_.makeDynamic(planned_.outputs[o], dims);
    return address;
}

//! Lays the kept slices out. Without any, the dimensions that are not known are 0.
void LoopRun::writeScan(size_t s) {
    Scan& scan = scans_[s];
    const size_t o = carried() + s;
    if (scan.length < 0) scan.length = iteration_;
    const auto rank = static_cast<int64_t>(step_.out[o].dims.size());
    const auto axis = static_cast<size_t>(op_.scanAxes[s] < 0 ? op_.scanAxes[s] + rank : op_.scanAxes[s]);
    std::vector<int64_t> dims = scan.dims;
    if (scan.kept == 0) {
        dims = step_.out[o].dims;
        for (int64_t& d : dims) d = std::max<int64_t>(d, 0);
        dims[axis] = scan.length;
    } else {
        dims.insert(dims.begin() + static_cast<long>(axis), scan.length);
    }
    char* to = static_cast<char*>(output(o, dims));
    place_.clear(to, bytesFor(type(o), volumeOf(dims)), executor_.stream_);
    const Sliced layout(type(o), dims, axis);
    const auto count = std::min<int64_t>(scan.length, static_cast<int64_t>(scan.kept));
    for (int64_t k = 0; k < count; ++k) {
        const auto* slice = static_cast<const char*>(scan.slices[static_cast<size_t>(k)]->data());
        for (int64_t i = 0; i < layout.outer; ++i) {
            place_.copy(to + layout.at(i, scan.place(k)), slice + i * layout.inner, layout.inner, executor_.stream_);
        }
    }
}

void Executor::runLoop(Step& step, const PlanStep& planned) {
    if (!step.loop) step.loop = std::make_shared<LoopRun>(*this, step, planned);
    step.loop->run();
}

//! The given symbols, and those that stand for dimensions of this program's inputs and are not given.
SymbolValues Executor::symbolsFor(const std::vector<std::vector<int64_t>>& inputDims, const SymbolValues& outer) const {
    SymbolValues symbols = outer;
    for (size_t i = 0; i < inputDims.size(); ++i) {
        const PlanValue& input = value(program().inputs[i]);
        for (size_t d = 0; d < inputDims[i].size() && d < input.dims.size(); ++d) {
            const Dim& dim = program().dims[static_cast<size_t>(input.dims[d])];
            if (dim.isSymbol()) symbols.try_emplace(dim.symbolName(), inputDims[i][d]);
        }
    }
    return symbols;
}

}  // namespace opentrt
