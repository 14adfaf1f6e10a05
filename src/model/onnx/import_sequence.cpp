// SPDX-License-Identifier: Apache-2.0
// Sequences of tensors. A network has none, so the parser keeps them as lists of its own: their lengths and the
// positions in them have to be known while parsing, which they are where exporters use sequences to split and to stack.
#include "model/onnx/build.h"
#include "model/onnx/operators.h"
#include "model/onnx/sizes.h"

namespace opentrt::model {
namespace {

void deliver(Context& c, std::vector<Value> list) {
    Value value;
    value.sequence = std::make_shared<const std::vector<Value>>(std::move(list));
    c.forward(0, std::move(value));
}

//! A position that is known and in range; `last` when the input is left out.
size_t positionAt(Context& c, int input, size_t size, size_t last) {
    if (!c.has(input)) return last;
    const std::vector<int64_t> known = c.requireIntegers(input, "a position in a sequence");
    const int64_t count = static_cast<int64_t>(size);
    const int64_t at = known.size() == 1 && known[0] < 0 ? known[0] + count : known.empty() ? -1 : known[0];
    if (known.size() != 1 || at < 0 || at > static_cast<int64_t>(last)) {
        fail(Code::kINVALID_NODE, cat("position ", known, " is not in a sequence of ", size));
    }
    return static_cast<size_t>(at);
}

ITensor& elementTensor(Context& c, const Value& value) {
    return value.constant ? c.constantTensor(value.constant) : *value.tensor;
}

//! Sizes of the parts of a split, and whether the axis stays when each is 1.
struct Parts {
    Sizes sizes;
    bool dropAxis = false;
};

Parts partsOf(Context& c, const Size& dim) {
    if (c.has(1) && c.rank(1) == 1) return {contentsOf(c, 1), false};
    if (!dim.known)
        fail(Code::kUNSUPPORTED_NODE_DYNAMIC, "the dimension that is split must be static to count the parts");
    const int64_t part = c.has(1) ? c.requireIntegers(1, "split").front() : 1;
    if (part < 1) fail(Code::kINVALID_NODE, cat("split is ", part));
    if (*dim.known / part > kMostElements)
        fail(Code::kUNSUPPORTED_NODE_SHAPE, cat("a split into ", *dim.known / part, " parts"));
    Parts parts;
    for (int64_t start = 0; start < *dim.known; start += part)
        parts.sizes.emplace_back(std::min(part, *dim.known - start));
    parts.dropAxis = !c.has(1) && !c.node.flag("keepdims", true);
    return parts;
}

}  // namespace

void importSequenceEmpty(Context& c) {
    deliver(c, {});
}

void importSequenceConstruct(Context& c) {
    std::vector<Value> list;
    for (int i = 0; i < c.inputCount(); ++i) list.push_back(c.value(i));
    deliver(c, std::move(list));
}

void importSequenceInsert(Context& c) {
    std::vector<Value> list = c.sequence(0);
    const size_t at = positionAt(c, 2, list.size(), list.size());
    list.insert(list.begin() + static_cast<std::ptrdiff_t>(at), c.value(1));
    deliver(c, std::move(list));
}

void importSequenceErase(Context& c) {
    std::vector<Value> list = c.sequence(0);
    if (list.empty()) fail(Code::kINVALID_NODE, "the sequence is empty");
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(positionAt(c, 1, list.size(), list.size() - 1)));
    deliver(c, std::move(list));
}

void importSequenceAt(Context& c) {
    const std::vector<Value>& list = c.sequence(0);
    if (list.empty()) fail(Code::kINVALID_NODE, "the sequence is empty");
    c.forward(0, list[positionAt(c, 1, list.size(), list.size() - 1)]);
}

void importSequenceLength(Context& c) {
    c.output(0, makeConstant(DataType::kINT64, {}, std::vector<int64_t>{static_cast<int64_t>(c.sequence(0).size())}));
}

void importConcatFromSequence(Context& c) {
    const std::vector<Value>& list = c.sequence(0);
    if (list.empty()) fail(Code::kINVALID_NODE, "the sequence is empty");
    const bool stack = c.node.flag("new_axis");
    std::vector<ITensor*> parts;
    for (const Value& value : list) parts.push_back(&elementTensor(c, value));
    const int axis = checkedAxis(c.node.integer("axis"), dimsOf(*parts[0]).nbDims + (stack ? 1 : 0));
    for (ITensor*& part : parts) {
        if (stack) part = &unsqueezed(c, *part, {axis});
    }
    c.output(0, parts.size() == 1 ? identity(c, *parts[0]) : concatenated(c, parts, axis));
}

void importSplitToSequence(Context& c) {
    ITensor& x = c.tensor(0);
    const int axis = checkedAxis(c.node.integer("axis", 0), dimsOf(x).nbDims);
    const Parts parts = partsOf(c, sizeOf(c, x, axis));
    std::vector<Value> list;
    Size start = 0;
    for (const Size& size : parts.sizes) {
        ITensor& part = sliced(c, x, {{axis}, {start}, {size}, {}});
        Value value;
        value.tensor = parts.dropAxis ? &squeezed(c, part, {axis}) : &part;
        list.push_back(std::move(value));
        start = plus(c, start, size);
    }
    deliver(c, std::move(list));
}

}  // namespace opentrt::model
