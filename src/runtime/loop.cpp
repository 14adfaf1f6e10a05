// SPDX-License-Identifier: Apache-2.0
// Runs a Loop step (ops/loop.h defines its inputs, outputs and order). Carried values live in two sets of blocks that
// swap roles each iteration; slices of scans are gathered and laid out when the number of iterations is known.
#include "ops/loop.h"

#include "base/error.h"
#include "runtime/executor_step.h"

namespace opentrt {

namespace {

struct Item {
    const void* data = nullptr;
    std::vector<int64_t> dims;
};

int64_t product(const std::vector<int64_t>& dims, size_t begin, size_t end) {
    int64_t total = 1;
    for (size_t i = begin; i < end; ++i) total *= dims[i];
    return total;
}

struct Scan {
    std::vector<std::unique_ptr<Block>> slices;
    std::vector<int64_t> dims;  //!< of one slice
};

}  // namespace

//! One run of one loop.
class LoopRun {
public:
    LoopRun(Executor& executor, Executor::Step& step, const PlanStep& planned)
        : executor_(executor),
          step_(step),
          planned_(planned),
          body_(*step.bodies[0]),
          place_(executor.engine_.place()),
          counter_(executor.memory_),
          condition_(executor.memory_) {
        parseFields(op_, planned.params);
    }

    void run() {
        start();
        while (iteration_ < trips_ && goOn_) iterate();
        finish();
    }

private:
    const Port& in(int i) const { return step_.in[static_cast<size_t>(i)]; }
    const void* inData(int i) const { return step_.inAddress[static_cast<size_t>(i)]; }
    bool has(int i) const { return planned_.inputs[static_cast<size_t>(i)] >= 0; }

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
    std::unique_ptr<Block> newBlock() const { return std::make_unique<Block>(executor_.memory_); }

    //! Copies slice `k` of `from` (whose dims have the axis) into a dense slice.
    void copySlice(const Port& whole, size_t axis, int64_t k, const char* from, char* to) const {
        const int64_t outer = product(whole.dims, 0, axis), count = whole.dims[axis];
        const int64_t inner = bytesFor(whole.type, product(whole.dims, axis + 1, whole.dims.size()));
        for (int64_t o = 0; o < outer; ++o) {
            place_.copy(to + o * inner, from + (o * count + k) * inner, inner, executor_.stream_);
        }
    }

    void start() {
        trips_ = has(0) ? readInt(0) : INT64_MAX;
        goOn_ = !has(1) || readBool(inData(1));
        for (int c = 0; c < op_.carried; ++c) {
            const int i = op_.firstCarried() + c;
            carried_.push_back({inData(i), in(i).dims});
        }
        iteratorLength_ = INT64_MAX;
        for (size_t k = 0; k < op_.iteratorAxes.size(); ++k) {
            const Port& whole = in(op_.firstIterator() + static_cast<int>(k));
            iteratorLength_ = std::min(iteratorLength_, whole.dims[static_cast<size_t>(op_.iteratorAxes[k])]);
        }
        if (!has(0) && !op_.iteratorAxes.empty()) trips_ = iteratorLength_;
        scans_.resize(op_.scanAxes.size());
        for (size_t k = 0; k < op_.iteratorAxes.size(); ++k) slices_.push_back(newBlock());
        for (auto& set : blocks_) {
            for (int c = 0; c < op_.carried; ++c) set.push_back(newBlock());
        }
    }

    std::vector<Item> bodyInputs() {
        void* counter = counter_.reserve(sizeof iteration_);
        place_.upload(counter, &iteration_, sizeof iteration_, executor_.stream_);
        std::vector<Item> items{{counter, {}}};
        items.insert(items.end(), carried_.begin(), carried_.end());
        for (size_t k = 0; k < slices_.size(); ++k) items.push_back(slice(k));
        for (int i = op_.firstCaptured(); i < static_cast<int>(planned_.inputs.size()); ++i) {
            items.push_back({inData(i), in(i).dims});
        }
        return items;
    }

    Item slice(size_t k) {
        const int i = op_.firstIterator() + static_cast<int>(k);
        const Port& whole = in(i);
        const auto axis = static_cast<size_t>(op_.iteratorAxes[k]);
        const bool reverse = k < op_.iteratorReverse.size() && op_.iteratorReverse[k] != 0;
        const int64_t at = reverse ? std::min(trips_, whole.dims[axis]) - 1 - iteration_ : iteration_;
        if (at < 0 || at >= whole.dims[axis]) {
            throw Error(ErrorCode::InvalidArgument, planned_.name,
                        cat("iteration ", iteration_, " reads behind the end of an iterated tensor of ",
                            whole.dims[axis], " slices"));
        }
        Item item;
        item.dims = whole.dims;
        item.dims.erase(item.dims.begin() + static_cast<long>(axis));
        void* memory = slices_[k]->reserve(std::max<int64_t>(bytesFor(whole.type, volumeOf(item.dims)), 1));
        copySlice(whole, axis, at, static_cast<const char*>(inData(i)), static_cast<char*>(memory));
        item.data = memory;
        return item;
    }

    void iterate() {
        const std::vector<Item> items = bodyInputs();
        std::vector<const void*> inputs;
        std::vector<std::vector<int64_t>> dims;
        for (const Item& item : items) {
            inputs.push_back(item.data);
            dims.push_back(item.dims);
        }
        body_.setShapes(body_.symbolsFor(dims, executor_.symbols_), executor_.profile_);
        body_.checkInputs(planned_.name, dims);
        const size_t first = op_.conditional ? 1 : 0, carried = static_cast<size_t>(op_.carried);
        std::vector<void*> outputs(first + carried + scans_.size(), nullptr);
        if (op_.conditional) outputs[0] = condition_.reserve(1);
        std::vector<std::unique_ptr<Block>> made(scans_.size());
        for (auto& block : made) block = newBlock();
        body_.run(
            inputs, outputs,
            [&](int index, const std::vector<int64_t>&, int64_t bytes) -> void* {
                const size_t k = static_cast<size_t>(index) - first;
                if (k < carried) return blocks_[iteration_ % 2][k]->reserve(std::max<int64_t>(bytes, 1));
                return made[k - carried]->reserve(std::max<int64_t>(bytes, 1));
            },
            executor_.observer_);
        for (size_t c = 0; c < carried; ++c) {
            expectMade(blocks_[iteration_ % 2][c]->data(), first + c);
            carried_[c] = {blocks_[iteration_ % 2][c]->data(), body_.outputDims(static_cast<int>(first + c))};
        }
        for (size_t s = 0; s < scans_.size(); ++s) {
            const std::vector<int64_t> dims = body_.outputDims(static_cast<int>(first + carried + s));
            expectDims(scans_[s].slices.empty() ? dims : scans_[s].dims, dims, "a slice");
            scans_[s].dims = dims;
            expectMade(made[s]->data(), first + carried + s);
            scans_[s].slices.push_back(std::move(made[s]));
        }
        goOn_ = !op_.conditional || readBool(condition_.data());
        ++iteration_;
    }

    void finish() {
        for (int c = 0; c < op_.carried; ++c) {
            const Item& item = carried_[static_cast<size_t>(c)];
            const int64_t bytes = bytesFor(type(c), volumeOf(item.dims));
            place_.copy(output(c, item.dims), item.data, bytes, executor_.stream_);
        }
        for (size_t s = 0; s < scans_.size(); ++s) writeScan(s);
    }

    DType type(int output) const { return step_.out[static_cast<size_t>(output)].type; }

    void expectMade(const void* memory, size_t output) const {
        if (memory) return;
        throw Error(ErrorCode::InvalidState, planned_.name, cat("no step of the body writes its output ", output));
    }

    void expectDims(const std::vector<int64_t>& expected, const std::vector<int64_t>& dims, const char* what) const {
        if (expected == dims) return;
        throw Error(ErrorCode::InvalidArgument, planned_.name,
                    cat(what, " has the shape ", dims, " when ", expected, " was expected"));
    }

    void* output(int o, const std::vector<int64_t>& dims) {
        void*& address = step_.outAddress[static_cast<size_t>(o)];
        if (address) expectDims(step_.out[static_cast<size_t>(o)].dims, dims, "an output");
        if (!address) address = executor_.makeDynamic(planned_.outputs[static_cast<size_t>(o)], dims);
        return address;
    }

    void writeScan(size_t s) {
        Scan& scan = scans_[s];
        const int o = static_cast<int>(op_.carried) + static_cast<int>(s);
        const int lengthInput = op_.firstScanLength() + static_cast<int>(s);
        const int64_t length = has(lengthInput) ? readInt(lengthInput) : iteration_;
        const auto rank = static_cast<int64_t>(step_.out[static_cast<size_t>(o)].dims.size());
        const int64_t axis = op_.scanAxes[s] < 0 ? op_.scanAxes[s] + rank : op_.scanAxes[s];
        if (length < 0) {
            throw Error(ErrorCode::InvalidArgument, planned_.name, cat("the length of a scan is ", length));
        }
        std::vector<int64_t> dims = scan.dims;
        if (scan.slices.empty()) {
            dims = step_.out[static_cast<size_t>(o)].dims;
            for (int64_t& d : dims) d = std::max<int64_t>(d, 0);
            dims[static_cast<size_t>(axis)] = length;
        } else {
            dims.insert(dims.begin() + axis, length);
        }
        char* to = static_cast<char*>(output(o, dims));
        place_.clear(to, bytesFor(type(o), volumeOf(dims)), executor_.stream_);
        const int64_t outer = product(dims, 0, static_cast<size_t>(axis));
        const int64_t inner = bytesFor(type(o), product(dims, static_cast<size_t>(axis) + 1, dims.size()));
        const bool reverse = s < op_.scanReverse.size() && op_.scanReverse[s] != 0;
        const auto count = std::min<int64_t>(length, static_cast<int64_t>(scan.slices.size()));
        for (int64_t k = 0; k < count; ++k) {
            const int64_t at = reverse ? length - 1 - k : k;
            for (int64_t i = 0; i < outer; ++i) {
                const auto* slice = static_cast<const char*>(scan.slices[static_cast<size_t>(k)]->data());
                place_.copy(to + (i * length + at) * inner, slice + i * inner, inner, executor_.stream_);
            }
        }
    }

    Executor& executor_;
    Executor::Step& step_;
    const PlanStep& planned_;
    Executor& body_;
    ops::Loop op_;
    int64_t iteration_ = 0;
    int64_t trips_ = 0;
    int64_t iteratorLength_ = 0;
    bool goOn_ = true;
    std::vector<Item> carried_;
    const Device& place_;
    Block counter_, condition_;  // scalars that the body reads and writes
    std::vector<std::unique_ptr<Block>> slices_;
    std::vector<Scan> scans_;
    std::vector<std::unique_ptr<Block>> blocks_[2];
};

void Executor::runLoop(Step& step, const PlanStep& planned) {
    LoopRun(*this, step, planned).run();
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
