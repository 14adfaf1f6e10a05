// SPDX-License-Identifier: Apache-2.0
#include "ops/loop.h"

#include <limits>
#include <set>

#include "base/error.h"
#include "graph/graph.h"
#include "ops/support/bodies.h"
#include "ops/support/check.h"
#include "ops/support/elements.h"
#include "ops/support/move.h"

namespace opentrt::ops {
namespace {

bool flag(const std::vector<int64_t>& list, size_t i) {
    return i < list.size() && list[i] != 0;
}

template <class Size>
std::vector<Size> without(std::vector<Size> dims, int64_t axis) {
    dims.erase(dims.begin() + axis);
    return dims;
}

Tensor slice(const Tensor& x, int64_t axis, int64_t place) {
    Tensor out(x.type(), without(x.dims(), axis));
    const auto strides = stridesOf(x.dims());
    moveStrided(out, x, without(strides, axis), place * strides[static_cast<size_t>(axis)]);
    return out;
}

//! A symbol inside of any size says that it may differ from iteration to iteration.
bool mentions(const Dim& dim, const std::set<std::string>& symbols) {
    std::set<std::string> used;
    dim.collectSymbols(used);
    for (const auto& symbol : used) {
        if (symbols.count(symbol)) return true;
    }
    return false;
}

void checkCounts(const InferContext& c, const Loop& op) {
    const auto flags = [&](const char* what, const std::vector<int64_t>& list, size_t count) {
        if (!list.empty() && list.size() != count)
            c.fail(cat(what, " has ", list.size(), " entries when it should have ", count, " or none"));
    };
    flags("iteratorReverse", op.iteratorReverse, op.iteratorAxes.size());
    flags("scanReverse", op.scanReverse, op.scanAxes.size());
    if (op.carried < 0) c.fail(cat("number of carried values is ", op.carried));
    if (c.inputCount() < op.firstCaptured())
        c.fail(cat("number of inputs is ", c.inputCount(), " when trip count, condition, ", op.carried,
                   " carried values, ", op.iteratorAxes.size(), " iterators and ", op.scanAxes.size(),
                   " scan lengths need ", op.firstCaptured()));
    requireOutputCount(c, static_cast<size_t>(op.outputCount()));
    if (c.bodyCount() != 1) c.fail(cat("number of bodies is ", c.bodyCount(), " when it should be 1"));
    if (!op.conditional && !c.has(0)) c.fail("the loop has neither a trip count nor a condition");
    if (c.has(0)) {
        requireType(c, 0, kIndexTypes);
        requireSingle(c, 0);
    }
    if (c.has(1)) {
        requireType(c, 1, std::array{DType::Bool});
        requireSingle(c, 1);
    }
}

//! What the body's inputs are at first: carried values have the initial dimensions.
std::vector<Fact> bodyInputs(const InferContext& c, const Loop& op) {
    std::vector<Fact> facts{{DType::I64, {}, {}, {}}};
    for (int i = op.firstCarried(); i < op.firstScanLength(); ++i) {
        if (!c.has(i)) c.fail(cat("input ", i, ", a carried value or iterator, is left out"));
        facts.push_back(withoutContents(c.input(i)));
        if (i < op.firstIterator()) continue;
        Shape& shape = facts.back().shape;
        shape = without(shape, c.axis(op.iteratorAxes[static_cast<size_t>(i - op.firstIterator())],
                                      static_cast<int64_t>(shape.size())));
    }
    for (auto& fact : inputFacts(c, op.firstCaptured())) facts.push_back(std::move(fact));
    return facts;
}

//! Number of iterations as an expression, if nothing but the trip count decides it.
std::optional<Dim> iterations(const InferContext& c, const Loop& op) {
    if (op.conditional || !c.has(0)) return std::nullopt;
    if (c.has(1)) {
        const auto start = c.integers(1);
        if (!start || !(*start)[0]) return std::nullopt;
    }
    const auto count = c.elements(0);
    if (!count) return std::nullopt;
    return nonNegative((*count)[0]) ? (*count)[0] : Dim::max((*count)[0], 0);
}

class LoopInference {
public:
    LoopInference(InferContext& c, const Loop& op) : c_(c), op_(op), inputs_(bodyInputs(c, op)) {}

    void run() {
        do results_ = c_.inferBody(0, inputs_);
        while (generalize());
        const size_t first = op_.conditional ? 1 : 0;
        if (op_.conditional && (results_[0].type != DType::Bool || differ(volume(results_[0].shape), 1)))
            c_.fail("first output of the body should be a bool, the condition to go on");
        for (int i = 0; i < static_cast<int>(op_.carried); ++i) {
            const Fact& fact = inputs_[static_cast<size_t>(1 + i)];
            c_.output(i, fact.type, fact.shape);
        }
        for (size_t k = 0; k < op_.scanAxes.size(); ++k)
            outputScan(k, results_[first + static_cast<size_t>(op_.carried) + k]);
    }

private:
    //! Turns dimensions that an iteration changes into sizes known after the run; true when there were any.
    bool generalize() {
        const size_t first = op_.conditional ? 1 : 0, wanted = first + static_cast<size_t>(op_.outputCount());
        if (results_.size() != wanted)
            c_.fail(cat("body has ", results_.size(), " outputs when it should have ", wanted));
        bool changed = false;
        for (int i = 0; i < static_cast<int>(op_.carried); ++i) {
            Fact& before = inputs_[static_cast<size_t>(1 + i)];
            const Fact& after = results_[first + static_cast<size_t>(i)];
            if (before.type != after.type)
                c_.fail(cat("carried value ", i, " is ", name(before.type), " at first and ", name(after.type),
                            " after an iteration"));
            if (before.shape.size() != after.shape.size())
                c_.fail(cat("carried value ", i, " has dimensions ", str(before.shape), " at first and ",
                            str(after.shape), " after an iteration, which differ in rank"));
            for (size_t axis = 0; axis < before.shape.size(); ++axis) {
                Dim& dim = before.shape[axis];
                if (dim == after.shape[axis] || varying_.count(dim.isSymbol() ? dim.symbolName() : "")) continue;
                dim = c_.dataDependentSize(i, static_cast<int>(axis), kAnySize);
                varying_.insert(dim.symbolName());
                changed = true;
            }
        }
        return changed;
    }

    void outputScan(size_t k, const Fact& fact) {
        const int output = static_cast<int>(op_.carried) + static_cast<int>(k);
        const auto at = c_.axis(op_.scanAxes[k], static_cast<int64_t>(fact.shape.size()) + 1);
        Shape shape = fact.shape;
        shape.insert(shape.begin() + at, Dim(0));
        for (int axis = 0; axis < static_cast<int>(shape.size()); ++axis) {
            Dim& dim = shape[static_cast<size_t>(axis)];
            if (axis == at)
                dim = scanLength(k, output, axis);
            else if (mentions(dim, varying_))
                dim = c_.dataDependentSize(output, axis, kAnySize);
            else
                dim = c_.outerSize(output, axis, 0, dim);
        }
        c_.output(output, fact.type, std::move(shape));
    }

    Dim scanLength(size_t k, int output, int axis) {
        const int input = op_.firstScanLength() + static_cast<int>(k);
        if (c_.has(input)) {
            requireType(c_, input, kIndexTypes);
            requireSingle(c_, input);
            const auto length = c_.elements(input);
            return length ? (*length)[0] : c_.dataDependentSize(output, axis, kAnySize);
        }
        if (const auto count = iterations(c_, op_)) return *count;
        const auto most = c_.has(0) ? c_.elements(0) : std::nullopt;
        return c_.dataDependentSize(output, axis, most ? Dim::max((*most)[0], 0) : Dim(kAnySize));
    }

    InferContext& c_;
    const Loop& op_;
    std::vector<Fact> inputs_, results_;
    std::set<std::string> varying_;
};

class LoopEvaluation {
public:
    LoopEvaluation(EvalContext& c, const Loop& op) : c_(c), op_(op), scans_(op.scanAxes.size()) {
        for (int i = op.firstCarried(); i < op.firstIterator(); ++i) current_.push_back(c.input(i));
    }

    void run() {
        const int64_t limit = c_.has(0) ? c_.input(0).getInt(0) : std::numeric_limits<int64_t>::max();
        bool goOn = !c_.has(1) || c_.input(1).getInt(0) != 0;
        int64_t n = 0;
        for (; n < limit && goOn; ++n) {
            auto results = c_.runBody(0, bodyInputs(n, true));
            size_t next = 0;
            if (op_.conditional) goOn = results[next++].getInt(0) != 0;
            for (auto& value : current_) value = std::move(results[next++]);
            for (auto& scan : scans_) scan.push_back(std::move(results[next++]));
        }
        int output = 0;
        for (const auto& value : current_) c_.setOutput(output++, value);
        for (size_t k = 0; k < scans_.size(); ++k) stack(k, output++);
    }

private:
    std::vector<Tensor> bodyInputs(int64_t iteration, bool real) const {
        std::vector<Tensor> inputs{Tensor::of(DType::I64, {}, std::vector<int64_t>{iteration})};
        inputs.insert(inputs.end(), current_.begin(), current_.end());
        for (size_t k = 0; k < op_.iteratorAxes.size(); ++k) {
            const Tensor& x = c_.input(op_.firstIterator() + static_cast<int>(k));
            const int64_t axis = normalizedAxis(op_.iteratorAxes[k], x.rank()),
                          size = x.dims()[static_cast<size_t>(axis)];
            const int64_t count = c_.has(0) ? c_.input(0).getInt(0) : size;
            const int64_t place = flag(op_.iteratorReverse, k) ? count - 1 - iteration : iteration;
            if (real && (place < 0 || place >= size))
                c_.fail(cat("iteration ", iteration, " reads slice ", place, " of a tensor with ", size, " slices"));
            inputs.push_back(real ? slice(x, axis, place) : Tensor(x.type(), without(x.dims(), axis)));
        }
        for (auto& captured : inputTensors(c_, op_.firstCaptured())) inputs.push_back(std::move(captured));
        return inputs;
    }

    void stack(size_t k, int output) {
        const auto& slices = scans_[k];
        const auto count = static_cast<int64_t>(slices.size());
        const int input = op_.firstScanLength() + static_cast<int>(k);
        const int64_t length = c_.has(input) ? c_.input(input).getInt(0) : count;
        auto dims = slices.empty() ? emptyScanDims(k) : slices[0].dims();
        const int64_t axis = normalizedAxis(op_.scanAxes[k], static_cast<int64_t>(dims.size()) + 1);
        dims.insert(dims.begin() + axis, length);
        Tensor& out = c_.output(output, dims);
        ElementWriter writer(out);
        const auto split = splitAt(dims, axis);
        for (int64_t n = 0; n < std::min(count, length); ++n) {
            const Tensor& part = slices[static_cast<size_t>(n)];
            if (part.dims() != slices[0].dims())
                c_.fail(cat("scan ", k, " has slices of dimensions ", slices[0].dims(), " and ", part.dims()));
            const int64_t place = flag(op_.scanReverse, k) ? length - 1 - n : n;
            for (int64_t o = 0; o < split.outer; ++o) {
                for (int64_t i = 0; i < split.inner; ++i) writer.copy(split.at(o, place, i), part, o * split.inner + i);
            }
        }
    }

    //! Dimensions of the slices that were never made: one trial run tells them.
    std::vector<int64_t> emptyScanDims(size_t k) const {
        const auto results = c_.runBody(0, bodyInputs(0, false));
        return results[(op_.conditional ? 1 : 0) + static_cast<size_t>(op_.carried) + k].dims();
    }

    EvalContext& c_;
    const Loop& op_;
    std::vector<Tensor> current_;
    std::vector<std::vector<Tensor>> scans_;
};

}  // namespace

void Loop::infer(InferContext& c) const {
    checkCounts(c, *this);
    LoopInference(c, *this).run();
}

void Loop::eval(EvalContext& c) const {
    LoopEvaluation(c, *this).run();
}

}  // namespace opentrt::ops
