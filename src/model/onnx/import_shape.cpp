// SPDX-License-Identifier: Apache-2.0
// Operators that make shapes, make tensors from shapes, or change only the shape. Constants whose elements stay as they
// are get new dimensions without a layer.
#include <cmath>

#include "model/onnx/build.h"
#include "model/onnx/computed_axes.h"
#include "model/onnx/operators.h"
#include "model/onnx/sizes.h"
#include "model/onnx/tensor_reader.h"

namespace opentrt::model {
namespace {

using nvinfer1::ElementWiseOperation;

//! A constant input under new dimensions, if the element count agrees; null for computed inputs.
ConstantPtr constantView(Context& c, const std::vector<int64_t>& dims) {
    const ConstantPtr known = c.constant(0);
    if (!known || dims.size() > static_cast<size_t>(kMostDims)) return {};
    int64_t count = 1;
    for (const int64_t dim : dims) {
        if (dim < 0 || __builtin_mul_overflow(count, dim, &count)) return {};
    }
    if (count != known->count) return {};
    return withDims(*known, dims);
}

//! Replaces 0 (copy) and -1 (the rest) where the input's dimensions are known; else leaves them.
std::vector<int64_t> resolved(std::vector<int64_t> dims, const nvinfer1::Dims& input, bool zeroCopies) {
    int64_t product = 1;
    int64_t volume = 1;
    for (int i = 0; i < input.nbDims; ++i) {
        if (input.d[i] < 0 || __builtin_mul_overflow(volume, input.d[i], &volume)) return dims;
    }
    int64_t* rest = nullptr;
    for (size_t i = 0; i < dims.size(); ++i) {
        if (dims[i] == 0 && zeroCopies && i < static_cast<size_t>(input.nbDims)) dims[i] = input.d[i];
        if (dims[i] == -1) {
            rest = &dims[i];
        } else if (__builtin_mul_overflow(product, dims[i], &product)) {
            return dims;
        }
    }
    if (rest && product > 0 && volume % product == 0) *rest = volume / product;
    return dims;
}

void checkReshape(const std::vector<int64_t>& dims) {
    const bool low = std::any_of(dims.begin(), dims.end(), [](int64_t d) { return d < -1; });
    if (low || std::count(dims.begin(), dims.end(), -1) > 1) {
        fail(Code::kINVALID_NODE, cat("the new shape ", dims, " is invalid; one dimension may be -1"));
    }
}

//! Old models write the batch of one that they were made with; an implicit batch may be larger, so it is copied.
bool writesOldBatch(Context& c, const std::vector<int64_t>& wanted) {
    return c.network.hasImplicitBatchDimension() && !wanted.empty() && wanted[0] == 1 && !c.constant(0) &&
           c.rank(0) > 0 && c.dims(0).d[0] < 0;
}

void reshapeToKnown(Context& c, std::vector<int64_t> wanted, bool zeroCopies) {
    checkReshape(wanted);
    if (zeroCopies && writesOldBatch(c, wanted)) wanted[0] = 0;
    const std::vector<int64_t> dims = resolved(wanted, c.dims(0), zeroCopies);
    if (ConstantPtr view = constantView(c, dims)) return c.output(0, std::move(view));
    auto& layer = c.add(c.network.addShuffle(c.tensor(0)));
    layer.setZeroIsPlaceholder(zeroCopies);
    layer.setReshapeDimensions(toDims(dims));
    c.output(0, *layer.getOutput(0));
}

//! A shape with one unknown size and nothing else to infer is a reshape with -1.
std::optional<std::vector<int64_t>> withOneUnknown(const Elements& shape) {
    std::vector<int64_t> dims;
    int unknown = 0;
    for (const Element& e : shape.values) {
        if (e.known && e.integer <= 0) return {};
        unknown += e.known ? 0 : 1;
        dims.push_back(e.known ? e.integer : -1);
    }
    return unknown == 1 ? std::optional(dims) : std::nullopt;
}

//! x without a dimension that should be 1 but may turn out larger: then NaN says that the result has no meaning.
ITensor& squeezedIfOne(Context& c, ITensor& x, int axis) {
    ITensor& first = gathered(c, x, c.number(DataType::kINT64, 0), axis);
    if (!isFloating(x.getType())) return first;
    ITensor& isOne = withNumber(c, asTensor(c, sizeOf(c, x, axis)), ElementWiseOperation::kEQUAL, 1);
    return select(c, isOne, first, c.number(x.getType(), std::nan(""), dimsOf(first).nbDims));
}

std::optional<std::vector<int64_t>> axesOf(Context& c) {
    return c.attributeOrInput("axes", 1);
}

bool axesAreComputed(Context& c) {
    return !c.node.has("axes") && c.has(1) && !c.integers(1);
}

Size countOf(Context& c, const Size& start, const Size& limit, const Size& delta) {
    if (delta.known == 0) fail(Code::kINVALID_NODE, "delta is 0");
    if (delta.known) {
        const int64_t step = *delta.known;
        const Size distance = step > 0 ? minus(c, limit, start) : minus(c, start, limit);
        const int64_t size = step > 0 ? step : -step;
        return larger(c, divided(c, plus(c, distance, size - 1), size), 0);
    }
    // ceil(a / b) = -floor(-a / b), for either sign of b.
    ITensor& back = asTensor(c, minus(c, start, limit));
    const Size floor(binary(c, back, asTensor(c, delta), ElementWiseOperation::kFLOOR_DIV));
    return larger(c, minus(c, 0, floor), 0);
}

ConstantPtr numbersOf(const std::vector<float>& values, bool scalar) {
    std::vector<int64_t> dims;
    if (!scalar) dims.push_back(static_cast<int64_t>(values.size()));
    return makeConstant(DataType::kFLOAT, dims, std::vector<double>(values.begin(), values.end()));
}

ConstantPtr numbersOf(const std::vector<int64_t>& values, bool scalar) {
    std::vector<int64_t> dims;
    if (!scalar) dims.push_back(static_cast<int64_t>(values.size()));
    return makeConstant(DataType::kINT64, dims, values);
}

//! The rank of a network's tensor is fixed, so a dynamic dimension stays when a Squeeze without axes should drop it.
void requireNotOne(Context& c, int axis) {
    ITensor& size = asTensor(c, sizeOf(c, c.tensor(0), axis));
    ITensor& one = binary(c, size, c.integerList({1}), nvinfer1::ElementWiseOperation::kEQUAL);
    const std::string message = cat(c.node.title(), ": dimension ", axis, " of \"", c.node.input(0),
                                    "\" is 1, which a Squeeze without axes cannot drop while running; give it axes");
    c.add(c.network.addAssertion(unary(c, one, nvinfer1::UnaryOperation::kNOT), message.c_str()));
}

}  // namespace

void importConstant(Context& c) {
    const Node& n = c.node;
    if (const auto* tensor = n.tensor("value")) {
        auto constant = std::make_shared<Constant>(*c.session.model.read(*tensor));
        // Refitted by the name of the node's output, since the tensor mostly has none.
        constant->name = n.output(0);
        return c.output(0, std::move(constant));
    }
    if (const auto* sparse = n.sparseTensor("sparse_value")) return c.output(0, c.session.model.readSparse(*sparse));
    if (n.has("value_float")) return c.output(0, numbersOf(std::vector{n.real("value_float", 0)}, true));
    if (n.has("value_floats")) return c.output(0, numbersOf(n.reals("value_floats"), false));
    if (n.has("value_int")) return c.output(0, numbersOf(std::vector{n.integer("value_int")}, true));
    if (n.has("value_ints")) return c.output(0, numbersOf(n.integers("value_ints"), false));
    fail(Code::kUNSUPPORTED_NODE_ATTR, "no attribute holds a tensor or numbers; strings are not supported");
}

void importShape(Context& c) {
    ITensor& x = c.tensor(0);
    const int64_t rank = dimsOf(x).nbDims;
    const auto clamp = [&](int64_t v) { return std::min(rank, std::max<int64_t>(0, v < 0 ? v + rank : v)); };
    const int64_t start = clamp(c.node.integer("start", 0));
    const int64_t end = clamp(c.node.integer("end", rank));
    ITensor& shape = c.out(c.network.addShape(x));
    if (start == 0 && end == rank) return c.output(0, shape);
    c.output(0, sliced(c, shape, {{0}, {start}, {std::max<int64_t>(0, end - start)}, {}}));
}

void importSize(Context& c) {
    c.output(0, asScalar(c, asTensor(c, product(c, sizesOf(c, c.tensor(0))))));
}

void importReshape(Context& c) {
    const bool zeroCopies = !c.node.flag("allowzero");
    if (const auto dims = c.attributeOrInput("shape", 2)) return reshapeToKnown(c, *dims, zeroCopies);
    if (const auto dims = c.integers(1)) return reshapeToKnown(c, *dims, zeroCopies);
    if (c.rank(1) != 1)
        fail(Code::kINVALID_NODE, cat("the new shape has rank ", c.rank(1), " when it should be a list"));
    const ElementsPtr partly = c.elements(1);
    const auto dims = partly ? withOneUnknown(*partly) : std::nullopt;
    if (dims) return reshapeToKnown(c, *dims, zeroCopies);
    c.output(0, reshapedLike(c, c.tensor(0), c.tensor(1), zeroCopies));
}

void importFlatten(Context& c) {
    const nvinfer1::Dims dims = c.dims(0);
    const int64_t axis = c.node.integer("axis", 1);
    const int split = axis == dims.nbDims ? dims.nbDims : checkedAxis(axis, dims.nbDims);
    if (isStatic(dims)) {
        int64_t rows = 1;
        int64_t columns = 1;
        for (int i = 0; i < dims.nbDims; ++i) (i < split ? rows : columns) *= dims.d[i];
        return reshapeToKnown(c, {rows, columns}, false);
    }
    ITensor& x = c.tensor(0);
    const Sizes sizes = sizesOf(c, x);
    const Sizes rows(sizes.begin(), sizes.begin() + split);
    const Sizes columns(sizes.begin() + split, sizes.end());
    c.output(0, reshapedTo(c, x, {product(c, rows), product(c, columns)}));
}

void importSqueeze(Context& c) {
    const nvinfer1::Dims dims = c.dims(0);
    if (axesAreComputed(c)) {
        const AxisHits hits = axisHits(c, 1, dims.nbDims);
        const Sizes sizes = sizesOf(c, c.tensor(0));
        const Sizes marks = spreadOver(c, hits, dims.nbDims);
        const Sizes rest = withoutMarked(c, sizes, marks, static_cast<int>(hits.size()));
        return c.output(0, reshapedTo(c, c.tensor(0), rest));
    }
    const auto given = axesOf(c);
    std::vector<int> axes;
    if (given) {
        axes = checkedAxes(*given, dims.nbDims);
    } else {
        for (int i = 0; i < dims.nbDims; ++i) {
            if (dims.d[i] == 1) axes.push_back(i);
            if (dims.d[i] < 0) requireNotOne(c, i);
        }
    }
    std::vector<int64_t> rest;
    for (int i = 0; i < dims.nbDims; ++i) {
        const bool drop = std::binary_search(axes.begin(), axes.end(), i);
        if (drop && dims.d[i] > 1)
            fail(Code::kINVALID_NODE, cat("dimension ", i, " is ", dims.d[i], ", so it cannot be removed"));
        if (!drop) rest.push_back(dims.d[i]);
    }
    if (ConstantPtr view = constantView(c, rest)) return c.output(0, std::move(view));
    if (axes.empty()) return importIdentity(c);
    if (c.session.squeezeIsGuarded && axes.size() == 1 && dims.d[axes[0]] < 0) {
        return c.output(0, squeezedIfOne(c, c.tensor(0), axes[0]));
    }
    c.output(0, squeezed(c, c.tensor(0), axes));
}

void importUnsqueeze(Context& c) {
    if (axesAreComputed(c)) {
        const int rank = c.rank(0) + static_cast<int>(contentsOf(c, 1).size());
        const Sizes marks = spreadOver(c, axisHits(c, 1, rank), rank);
        return c.output(0, reshapedLike(c, c.tensor(0), withOnesAt(c, sizesOf(c, c.tensor(0)), marks)));
    }
    const auto given = axesOf(c);
    if (!given) fail(Code::kINVALID_NODE, "axes are missing");
    std::vector<int64_t> dims = toList(c.dims(0));
    const std::vector<int> axes = checkedAxes(*given, static_cast<int>(dims.size() + given->size()));
    for (const int axis : axes) dims.insert(dims.begin() + axis, 1);
    if (ConstantPtr view = constantView(c, dims)) return c.output(0, std::move(view));
    if (axes.empty()) return importIdentity(c);
    toDims(dims);
    c.output(0, unsqueezed(c, c.tensor(0), axes));
}

void importTranspose(Context& c) {
    const int rank = c.rank(0);
    std::vector<int> order = allAxes(rank);
    if (c.node.has("perm")) {
        const std::vector<int64_t> given = c.node.integers("perm");
        if (checkedAxes(given, rank).size() != order.size()) {
            fail(Code::kINVALID_NODE, cat("attribute perm = ", given, " when the input has rank ", rank));
        }
        std::transform(given.begin(), given.end(), order.begin(), [&](int64_t a) { return checkedAxis(a, rank); });
    } else {
        std::reverse(order.begin(), order.end());
    }
    if (order == allAxes(rank)) return importIdentity(c);
    c.output(0, transposed(c, c.tensor(0), order));
}

void importExpand(Context& c) {
    ITensor& x = c.tensor(0);
    if (c.rank(1) != 1) fail(Code::kINVALID_NODE, cat("the shape has rank ", c.rank(1), " when it should be a list"));
    const auto known = c.integers(1);
    if (known) return c.output(0, expanded(c, x, Sizes(known->begin(), known->end())));
    c.output(0, c.made("Expand{}", {&x, &c.tensor(1)}));
}

void importTile(Context& c) {
    if (c.node.opset() < 6) fail(Code::kUNSUPPORTED_NODE, "Tile of opset 5 and older is not supported");
    const Sizes repeats = contentsOf(c, 1);
    const int rank = c.rank(0);
    if (repeats.size() != static_cast<size_t>(rank)) {
        fail(Code::kINVALID_NODE, cat("there are ", repeats.size(), " repeats when the input has rank ", rank));
    }
    ITensor& x = c.tensor(0);
    SliceWindow window;
    for (int i = 0; i < rank; ++i) {
        const Size& repeat = repeats[static_cast<size_t>(i)];
        if (repeat.known == 1) continue;
        if (repeat.known && *repeat.known < 0) fail(Code::kINVALID_NODE, cat("a repeat is ", *repeat.known));
        window.axes.push_back(i);
        window.start.emplace_back(0);
        window.size.push_back(times(c, sizeOf(c, x, i), repeat));
    }
    if (window.axes.empty()) return importIdentity(c);
    window.mode = nvinfer1::SampleMode::kWRAP;
    c.output(0, sliced(c, x, window));
}

void importConstantOfShape(Context& c) {
    const nvinfer1::Dims shape = c.dims(0);
    if (shape.nbDims != 1 || shape.d[0] < 0 || shape.d[0] > kMostDims) {
        fail(Code::kUNSUPPORTED_NODE_SHAPE, "the shape should be a list of known length of at most 8");
    }
    ConstantPtr value = makeConstant(DataType::kFLOAT, {1}, std::vector<double>{0});
    if (const auto* tensor = c.node.tensor("value")) value = c.session.model.read(*tensor);
    if (value->count != 1)
        fail(Code::kINVALID_NODE, cat("attribute value has ", value->count, " elements instead of one"));
    ITensor& one = c.constantTensor(withDims(*value, std::vector<int64_t>(static_cast<size_t>(shape.d[0]), 1)));
    const auto known = c.integers(0);
    if (known && std::any_of(known->begin(), known->end(), [](int64_t d) { return d < 0; })) {
        fail(Code::kINVALID_NODE, cat("the shape ", *known, " has a negative dimension"));
    }
    if (known) return c.output(0, expanded(c, one, Sizes(known->begin(), known->end())));
    c.output(0, c.made("Expand{}", {&one, &c.tensor(0)}));
}

void importRange(Context& c) {
    const DataType type = c.type(0);
    const bool real = isFloating(type);
    Size count;
    if (!real) {
        count = countOf(c, numberOf(c, 0), numberOf(c, 1), numberOf(c, 2));
    } else {
        ITensor& distance = binary(c, cast(c, c.tensor(1), DataType::kFLOAT), cast(c, c.tensor(0), DataType::kFLOAT),
                                   ElementWiseOperation::kSUB);
        ITensor& exact = binary(c, distance, cast(c, c.tensor(2), DataType::kFLOAT), ElementWiseOperation::kDIV);
        ITensor& whole = cast(c, unary(c, exact, nvinfer1::UnaryOperation::kCEIL), DataType::kINT64);
        count = larger(c, Size(raised(c, whole, 1)), 0);
    }
    const DataType filled = real ? DataType::kFLOAT : type;
    auto& layer =
        c.add(c.network.addFill(toDims({count.known.value_or(1)}), nvinfer1::FillOperation::kLINSPACE, filled));
    if (!count.known) layer.setInput(0, asTensor(c, count));
    layer.setInput(1, asScalar(c, cast(c, c.tensor(0), filled)));
    ITensor& step = cast(c, c.tensor(2), filled);
    layer.setInput(2, raised(c, asScalar(c, step), 1));
    c.output(0, cast(c, *layer.getOutput(0), type));
}

void importEyeLike(Context& c) {
    ITensor& x = c.tensor(0);
    if (dimsOf(x).nbDims != 2)
        fail(Code::kINVALID_NODE, cat("the input has rank ", dimsOf(x).nbDims, " when it should be 2"));
    const int64_t type = c.node.integer("dtype", 0);
    ITensor& offset = binary(c, positions(c, x, 1, DataType::kINT64), positions(c, x, 0, DataType::kINT64),
                             ElementWiseOperation::kSUB);
    ITensor& hit = withNumber(c, offset, ElementWiseOperation::kEQUAL, static_cast<double>(c.node.integer("k", 0)));
    c.output(0, cast(c, hit, type != 0 ? networkType(static_cast<int32_t>(type)) : x.getType()));
}

}  // namespace opentrt::model
