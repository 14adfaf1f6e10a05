// SPDX-License-Identifier: Apache-2.0
// Networks with scales, on a backend that multiplies narrow numbers:
//   conv(q * s, w * t) + b = conv(q, w) * (s * t) + b        the same for matrix products
//   f(q * s) = f(q) * s        f(x) / s = f(x / s)            f: maximum over windows, movement of elements
//   (q * s) / s = q
// where q and w are i8 or f8, s is one number, and t one number or one for each column of the result. So products are
// those of narrow numbers, quantizing joins the kernel before it, and what lies between kernels is narrow. The sums of
// a product are f32: what stands behind is computed on them before it is rounded to the network's type, and in a weakly
// typed network so is what follows, as long as it reads nothing but constants and dequantized tensors beside them.
// Scales get the rank of what they scale, so that fusion takes them for operands like others. A sum with a dequantized
// tensor gets a dequantize of its own, which fusion can take in (fuse/epilogues.cpp).
// Constants of 4 bits with scales stay as they are for products that take them so; what moves them is done before.
// This comes behind `narrow`, so it sees the types in which the network is computed.
// Products whose inner size is not in steps of 16 stay on real numbers, since kernels take narrow numbers by 16 bytes,
// but for convolutions of few channels that a backend has a kernel for. So do
// those of f8 on devices that multiply none. In f32 the scales go behind them all the same: TF32 and sums then round
// nothing, since numbers of 8 bits are exact.
#include "base/error.h"
#include "ops/cast.h"
#include "ops/concatenation.h"
#include "ops/convolution.h"
#include "ops/dequantize.h"
#include "ops/matrix_multiply.h"
#include "ops/pooling.h"
#include "ops/quantize.h"
#include "ops/reshape.h"
#include "ops/squeeze.h"
#include "ops/support/index.h"
#include "ops/transpose.h"
#include "ops/unsqueeze.h"
#include "passes/match.h"
#include "passes/passes.h"

namespace opentrt::passes {

namespace {

using Dims = std::vector<int64_t>;

bool hasZeroPoint(const Node& node) {
    return node.inputs.size() > 2 && node.inputs[2].valid();
}

//! The one scale of a quantize or dequantize without zero point.
std::optional<double> scaleOf(const Graph& graph, const Node& node) {
    const auto& scale = graph.fact(node.inputs[1]).constant;
    if (hasZeroPoint(node) || !scale || scale->count() != 1 || !(scale->get(0) > 0)) return std::nullopt;
    return scale->get(0);
}

const Node* dequantized(const Graph& graph, ValueId value) {
    const Node* node = nullptr;
    return value.valid() && producerAs<ops::Dequantize>(graph, value, &node) ? node : nullptr;
}

//! Scales of a dequantized weight, one in all or one for each place along `axis`.
std::optional<std::vector<double>> scalesOf(const Graph& graph, const Node& node, size_t axis) {
    if (const auto one = scaleOf(graph, node)) return std::vector<double>{*one};
    const Fact& x = graph.fact(node.inputs[0]);
    const auto& scale = graph.fact(node.inputs[1]).constant;
    const auto& op = *as<ops::Dequantize>(*node.op);
    if (hasZeroPoint(node) || !scale || !op.blockShape.empty()) return std::nullopt;
    const auto& dims = scale->dims();
    const auto rank = static_cast<int64_t>(x.shape.size());
    const auto wanted = static_cast<int64_t>(axis);
    const bool along = dims.size() == 1 && (op.axis < 0 ? op.axis + rank : op.axis) == wanted;
    if (!along) {
        if (dims.size() != x.shape.size()) return std::nullopt;
        for (size_t d = 0; d < dims.size(); ++d) {
            if (dims[d] != 1 && d != axis) return std::nullopt;
        }
    }
    if (x.shape[axis] != Dim(scale->count())) return std::nullopt;
    return scale->toDoubles();
}

bool isWhole(const Dim& inner) {
    return inner.isConstant() && inner.constant() % kNarrowStep == 0;
}

//! A product of two dequantized tensors.
struct Product {
    ValueId a, b;
    std::vector<double> scales;  //!< of the result: one, or one for each column
    size_t columnAxis;
    bool isNarrow;  //!< kernels take the operands as they are
};

//! `fits`: whether kernels take narrow numbers of a type here.
template <class Fits>
std::optional<Product> operandsOf(const Graph& graph, const Node& node, size_t columnAxisOfB,
                                  const PassContext& context, const Fits& fits) {
    const Node *a = dequantized(graph, node.inputs[0]), *b = dequantized(graph, node.inputs[1]);
    if (!a || !b) return std::nullopt;
    const DType type = graph.fact(a->inputs[0]).type;
    if (graph.fact(b->inputs[0]).type != type || !scalesProducts(context.backend, type)) return std::nullopt;
    const bool isNarrow = context.backend.multipliesQuantized(type) && fits(type);
    const bool isF32 = graph.fact(node.outputs[0]).type == DType::F32;
    if (!isNarrow && !isF32) return std::nullopt;
    const auto s = scaleOf(graph, *a);
    auto t = scalesOf(graph, *b, columnAxisOfB);
    if (!s || !t) return std::nullopt;
    for (double& scale : *t) scale *= *s;
    return Product{a->inputs[0], b->inputs[0], std::move(*t), 0, isNarrow};
}

ValueId asF32(Graph& graph, ValueId value, const std::string& name) {
    if (const auto& constant = graph.fact(value).constant)
        return graph.addConstant(graph.uniqueName(graph[value].name), constant->cast(DType::F32));
    return graph.add(std::make_unique<ops::Cast>(DType::F32), {value}, name);
}

//! What stands behind the sums: scales, bias, and the type that the network has here.
ValueId finished(Graph& graph, ValueId sums, const Product& p, ValueId bias, DType type, const std::string& name) {
    using Binary = ops::ElementWiseOperation;
    const size_t rank = graph.fact(sums).shape.size();
    std::vector<int64_t> dims(rank, 1);
    dims[p.columnAxis] = static_cast<int64_t>(p.scales.size());
    const ValueId scale = graph.addConstant(graph.uniqueName(name + ".scale"), Tensor::of(DType::F32, dims, p.scales));
    ValueId y = graph.add(std::make_unique<ops::ElementWise>(Binary::Prod), {sums, scale}, name + " (scale)");
    if (bias.valid()) {
        dims[p.columnAxis] = graph.fact(bias).shape[0].constant();
        const Fact& fact = graph.fact(bias);
        if (fact.constant) {
            const Tensor wide = fact.constant->cast(DType::F32).reshaped(dims);
            bias = graph.addConstant(graph.uniqueName(name + ".bias"), wide);
        } else {
            if (fact.type != DType::F32) bias = asF32(graph, bias, name + " (bias)");
            bias = graph.add(std::make_unique<ops::Reshape>(dims, false), {bias}, name + " (bias)");
        }
        y = graph.add(std::make_unique<ops::ElementWise>(Binary::Sum), {y, bias}, name + " (bias)");
    }
    if (type == DType::F32) return y;
    return graph.add(std::make_unique<ops::Cast>(type), {y}, name + " (type)");
}

template <class OpType>
Rewrite narrowed(const Graph& graph, const Node& node, Product product) {
    const auto op = std::make_shared<OpType>(*as<OpType>(*node.op));
    op->quantized = product.isNarrow;
    const ValueId bias = node.inputs.size() > 2 ? node.inputs[2] : ValueId();
    return Rewrite{node.outputs[0], cat(node.name, " multiplies ", name(graph.fact(product.a).type)),
                   [=, product = std::move(product), name = node.name, options = node.options,
                    type = graph.fact(node.outputs[0]).type](Graph& g) {
                       std::vector<ValueId> factors{product.a, product.b};
                       for (ValueId& f : factors) {
                           if (!product.isNarrow) f = asF32(g, f, name + " (whole)");
                       }
                       const ValueId sums = g.add(op->clone(), factors, name);
                       NodeOptions& kept = g[g[sums].producer].options;
                       kept = options;
                       kept.metadata.clear();
                       return finished(g, sums, product, bias, type, name);
                   }};
}

std::optional<Rewrite> convolution(const Graph& graph, const Node& node, const PassContext& context) {
    const auto& op = *as<ops::Convolution>(*node.op);
    const Shape &x = graph.fact(node.inputs[0]).shape, &w = graph.fact(node.inputs[1]).shape;
    if (op.quantized || x.size() != w.size()) return {};
    auto product = operandsOf(graph, node, 0, context, [&](DType type) {
        return isWhole(w[1]) || context.backend.multipliesFewChannels(graph, graph[node.outputs[0]].producer, type);
    });
    if (!product || !graph.isConstant(product->b)) return {};
    product->columnAxis = 1;
    return narrowed<ops::Convolution>(graph, node, std::move(*product));
}

std::optional<Rewrite> matrices(const Graph& graph, const Node& node, const PassContext& context) {
    using Operation = ops::MatrixOperation;
    const auto& op = *as<ops::MatrixMultiply>(*node.op);
    if (op.quantized || op.a == Operation::Vector || op.b == Operation::Vector) return {};
    const Shape &a = graph.fact(node.inputs[0]).shape, &b = graph.fact(node.inputs[1]).shape;
    const Dim& inner = a[a.size() - (op.a == Operation::Transpose ? 2 : 1)];
    auto product = operandsOf(graph, node, b.size() - (op.b == Operation::Transpose ? 2 : 1), context,
                              [&](DType) { return isWhole(inner); });
    if (!product) return {};
    product->columnAxis = graph.fact(node.outputs[0]).shape.size() - 1;
    return narrowed<ops::MatrixMultiply>(graph, node, std::move(*product));
}

//! A constant scale under other dimensions.
ValueId spread(Graph& graph, ValueId scale, const Dims& dims) {
    const Tensor& tensor = *graph.fact(scale).constant;
    if (tensor.dims() == dims) return scale;
    return graph.addConstant(graph.uniqueName(graph[scale].name), tensor.reshaped(dims));
}

//! One scale, or one for each place along an axis, with the data's rank.
template <class OpType>
std::optional<Rewrite> scaleOfFullRank(const Graph& graph, const Node& node, const PassContext& context) {
    const auto& op = *as<OpType>(*node.op);
    const Fact& x = graph.fact(node.inputs[0]);
    const auto& scale = graph.fact(node.inputs[1]).constant;
    const DType type = graph.fact(op.info().kind == ops::Quantize::kInfo.kind ? node.outputs[0] : node.inputs[0]).type;
    if (!context.backend.multipliesQuantized(type) || hasZeroPoint(node) || !scale || !op.blockShape.empty()) return {};
    const size_t rank = x.shape.size();
    if (scale->dims().size() == rank || (scale->count() != 1 && (scale->dims().size() != 1 || op.axis < 0))) return {};
    Dims dims(rank, 1);
    if (scale->count() != 1) dims[static_cast<size_t>(op.axis)] = scale->count();
    return Rewrite{node.outputs[0], cat("the scale of ", node.name, " broadcasts"),
                   [=, x = node.inputs[0], scale = node.inputs[1], name = node.name](Graph& g) {
                       auto wide = std::make_unique<OpType>(op);
                       wide->axis = -1;
                       return g.add(std::move(wide), {x, spread(g, scale, dims)}, name);
                   }};
}

//! Operators that give some of their inputs' elements: they may be scaled before or behind. -1: all inputs are data.
std::optional<int> dataInputs(const Node& node) {
    const Op& op = *node.op;
    if (as<ops::Concatenation>(op)) return -1;
    if (const auto* pool = as<ops::Pooling>(op)) {
        return pool->operation == ops::PoolingOperation::Max ? std::optional(1) : std::nullopt;
    }
    const bool moves = as<ops::Reshape>(op) || as<ops::Transpose>(op) || as<ops::Squeeze>(op) || as<ops::Unsqueeze>(op);
    return moves ? std::optional(1) : std::nullopt;
}

//! The node with other data; attributes and further inputs stay.
ValueId withData(Graph& graph, const Op& op, std::vector<ValueId> inputs, const std::vector<ValueId>& data,
                 const std::string& name) {
    std::copy(data.begin(), data.end(), inputs.begin());
    return graph.add(op.clone(), inputs, name);
}

std::optional<Rewrite> dequantizeLater(const Graph& graph, const Node& node, const PassContext& context) {
    const auto count = dataInputs(node);
    if (!count) return {};
    const size_t data = *count < 0 ? node.inputs.size() : static_cast<size_t>(*count);
    std::vector<ValueId> narrow;
    const Node* first = dequantized(graph, node.inputs[0]);
    const auto scale = first ? scaleOf(graph, *first) : std::nullopt;
    if (!scale) return {};
    const DType type = graph.fact(first->inputs[0]).type;
    if (!context.backend.multipliesQuantized(type) || graph.isConstant(first->inputs[0])) return {};
    for (size_t i = 0; i < data; ++i) {
        const Node* one = dequantized(graph, node.inputs[i]);
        if (!one || scaleOf(graph, *one) != scale || graph.fact(one->inputs[0]).type != type) return {};
        narrow.push_back(one->inputs[0]);
    }
    ops::Dequantize behind = *as<ops::Dequantize>(*first->op);
    behind.axis = -1;
    return Rewrite{node.outputs[0], cat(node.name, " works on ", name(type)),
                   [=, op = std::shared_ptr<Op>(node.op->clone()), inputs = node.inputs, name = node.name,
                    scaling = first->inputs[1], scaled = first->name](Graph& g) {
                       const ValueId y = withData(g, *op, inputs, narrow, name);
                       const ValueId s = spread(g, scaling, Dims(g.fact(y).shape.size(), 1));
                       return g.add(std::make_unique<ops::Dequantize>(behind), {y, s}, scaled);
                   }};
}

std::optional<Rewrite> quantizeEarlier(const Graph& graph, const Node& node, const PassContext& context) {
    const NodeId producer = graph[node.inputs[0]].producer;
    const auto& op = *as<ops::Quantize>(*node.op);
    if (!context.backend.multipliesQuantized(op.to) || !producer.valid() || !scaleOf(graph, node)) return {};
    const Node& source = graph[producer];
    const auto count = dataInputs(source);
    if (!count || !onlyReader(graph, node.inputs[0])) return {};
    const size_t data = *count < 0 ? source.inputs.size() : static_cast<size_t>(*count);
    ops::Quantize before = op;
    before.axis = -1;
    return Rewrite{node.outputs[0], cat(source.name, " works on ", name(op.to)),
                   [=, moves = std::shared_ptr<Op>(source.op->clone()), inputs = source.inputs, name = source.name,
                    scale = node.inputs[1], own = node.name](Graph& g) {
                       std::vector<ValueId> narrow;
                       for (size_t i = 0; i < data; ++i) {
                           const ValueId s = spread(g, scale, Dims(g.fact(inputs[i]).shape.size(), 1));
                           narrow.push_back(g.add(std::make_unique<ops::Quantize>(before), {inputs[i], s}, own));
                       }
                       return withData(g, *moves, inputs, narrow, name);
                   }};
}

std::optional<Rewrite> thereAndBack(const Graph& graph, const Node& node, const PassContext& context) {
    const Node* source = dequantized(graph, node.inputs[0]);
    const DType type = as<ops::Quantize>(*node.op)->to;
    if (!source || !context.backend.multipliesQuantized(type)) return {};
    const auto scale = scaleOf(graph, node);
    // All types between have digits enough to find a whole number again; f16 lacks the range.
    constexpr double kLeast = 0x1p-13, kMost = 0x1p8;
    const bool fits = as<ops::Dequantize>(*source->op)->to != DType::F16 || (scale > kLeast && scale < kMost);
    if (type != DType::I8 || !fits || !scale || scale != scaleOf(graph, *source) ||
        graph.fact(source->inputs[0]).type != type)
        return {};
    return Rewrite{node.outputs[0], cat(node.name, " gives what ", source->name, " had"),
                   [narrow = source->inputs[0]](Graph&) { return narrow; }};
}

std::optional<Rewrite> ownDequantize(const Graph& graph, const Node& node, const PassContext& context) {
    for (size_t i = 0; i < node.inputs.size(); ++i) {
        const Node* source = dequantized(graph, node.inputs[i]);
        if (!source || !scaleOf(graph, *source) || graph[node.inputs[i]].uses.size() < 2) continue;
        if (!context.backend.multipliesQuantized(graph.fact(source->inputs[0]).type)) continue;
        return Rewrite{node.outputs[0], cat(node.name, " reads ", name(graph.fact(source->inputs[0]).type)),
                       [=, op = std::shared_ptr<Op>(node.op->clone()), inputs = node.inputs, name = node.name,
                        dequantize = std::shared_ptr<Op>(source->op->clone()), operands = source->inputs,
                        own = source->name](Graph& g) mutable {
                           inputs[i] = g.add(dequantize->clone(), operands, own);
                           return g.add(op->clone(), inputs, name);
                       }};
    }
    return {};
}

//! Whether a value in f32 is made of the sums of a quantized product.
bool comesFromSums(const Graph& graph, ValueId value, int depth = 0) {
    constexpr int kDeepest = 8;
    const NodeId producer = graph[value].producer;
    if (!producer.valid() || depth > kDeepest) return false;
    const Node& node = graph[producer];
    const auto* conv = as<ops::Convolution>(*node.op);
    const auto* product = as<ops::MatrixMultiply>(*node.op);
    if (conv || product) return conv ? conv->quantized : product->quantized;
    if (!as<ops::ElementWise>(*node.op) && !as<ops::Activation>(*node.op)) return false;
    return std::any_of(node.inputs.begin(), node.inputs.end(), [&](ValueId in) {
        return graph.fact(in).type == DType::F32 && comesFromSums(graph, in, depth + 1);
    });
}

//! The rounding of such a value to the network's type, if one operator alone reads the result.
const Node* roundedSums(const Graph& graph, ValueId value) {
    const Node* cast = nullptr;
    if (!producerAs<ops::Cast>(graph, value, &cast) || !onlyReader(graph, value)) return nullptr;
    const bool narrows = isFloat(graph.fact(value).type) && graph.fact(cast->inputs[0]).type == DType::F32;
    return narrows && comesFromSums(graph, cast->inputs[0]) ? cast : nullptr;
}

//! An operand in f32 that costs nothing more to read.
std::optional<std::function<ValueId(Graph&)>> inF32(const Graph& graph, ValueId value) {
    if (const auto& constant = graph.fact(value).constant) {
        return [wide = constant->cast(DType::F32), name = graph[value].name](Graph& g) {
            return g.addConstant(g.uniqueName(name), wide);
        };
    }
    const Node* source = dequantized(graph, value);
    if (!source || !scaleOf(graph, *source)) return std::nullopt;
    ops::Dequantize wide = *as<ops::Dequantize>(*source->op);
    wide.to = DType::F32;
    return [=, inputs = source->inputs, name = source->name](Graph& g) {
        return g.add(std::make_unique<ops::Dequantize>(wide), inputs, name);
    };
}

std::optional<Rewrite> roundLater(const Graph& graph, const Node& node, const PassContext& context) {
    if (context.stronglyTyped) return {};
    std::vector<std::function<ValueId(Graph&)>> inputs;
    bool rounded = false;
    for (const ValueId in : node.inputs) {
        if (const Node* cast = rounded ? nullptr : roundedSums(graph, in)) {
            inputs.emplace_back([x = cast->inputs[0]](Graph&) { return x; });
            rounded = true;
        } else if (auto other = inF32(graph, in)) {
            inputs.push_back(std::move(*other));
        } else {
            return {};
        }
    }
    if (!rounded) return {};
    return Rewrite{node.outputs[0], cat(node.name, " is computed in f32"),
                   [=, op = std::shared_ptr<Op>(node.op->clone()), name = node.name,
                    type = graph.fact(node.outputs[0]).type](Graph& g) {
                       std::vector<ValueId> operands;
                       for (const auto& input : inputs) operands.push_back(input(g));
                       const ValueId y = g.add(op->clone(), operands, name);
                       return g.add(std::make_unique<ops::Cast>(type), {y}, name + " (type)");
                   }};
}

//! The last of such a chain.
std::optional<Rewrite> quantizeSums(const Graph& graph, const Node& node, const PassContext& context) {
    const Node* cast = roundedSums(graph, node.inputs[0]);
    if (context.stronglyTyped || !cast) return {};
    std::vector<ValueId> inputs = node.inputs;
    inputs[0] = cast->inputs[0];
    return Rewrite{node.outputs[0], cat(node.name, " reads f32"),
                   [=, op = std::shared_ptr<Op>(node.op->clone()), name = node.name](Graph& g) {
                       return g.add(op->clone(), inputs, name);
                   }};
}

//! Which dimension of x each one of the result is, -1 for new ones of one element; nothing for other operators.
std::optional<std::vector<int64_t>> sourcesOf(const Node& node, const Dims& x, const Dims& y) {
    if (const auto* op = as<ops::Transpose>(*node.op)) return op->permutation;
    std::vector<int64_t> sources;
    size_t next = 0;
    for (const int64_t size : y) {
        while (next < x.size() && x[next] == 1) ++next;
        if (size == 1) {
            sources.push_back(-1);
            continue;
        }
        if (next == x.size() || x[next] != size) return std::nullopt;
        sources.push_back(static_cast<int64_t>(next++));
    }
    return sources;
}

//! A tensor whose dimensions are those of another one.
Tensor rearranged(const Tensor& from, const std::vector<int64_t>& sources) {
    const Dims strides = stridesOf(from.dims());
    Dims dims, steps;
    for (const int64_t s : sources) {
        dims.push_back(s < 0 ? 1 : from.dims()[static_cast<size_t>(s)]);
        steps.push_back(s < 0 ? 0 : strides[static_cast<size_t>(s)]);
    }
    Tensor to(from.type(), dims);
    int64_t i = 0;
    ops::forEachIndex(dims, [&](const auto& at) {
        int64_t place = 0;
        for (size_t d = 0; d < dims.size(); ++d) place += at[d] * steps[d];
        isFloat(from.type()) ? to.set(i++, from.get(place)) : to.setInt(i++, from.getInt(place));
    });
    return to;
}

//! Weights of 4 bits are kept, so what moves them is done to them here.
std::optional<Rewrite> movePacked(const Graph& graph, const Node& node, const PassContext&) {
    const Node* source = dequantized(graph, node.inputs[0]);
    const Shape& shape = graph.fact(node.outputs[0]).shape;
    if (!source || !onlyReader(graph, node.inputs[0]) || !isStatic(shape)) return {};
    std::vector<Tensor> operands;
    for (const ValueId in : source->inputs) {
        if (!in.valid()) continue;
        if (!graph.isConstant(in)) return {};
        operands.push_back(*graph.fact(in).constant);
    }
    const Tensor& x = operands[0];
    const auto sources = bitsOf(x.type()) < 8 ? sourcesOf(node, x.dims(), staticDims(shape)) : std::nullopt;
    if (!sources) return {};
    auto op = std::make_shared<ops::Dequantize>(*as<ops::Dequantize>(*source->op));
    for (size_t i = 1; i < operands.size(); ++i) {
        if (operands[i].count() == 1 || operands[i].rank() == x.rank()) continue;
        Dims wide(x.dims().size(), 1);
        wide.at(static_cast<size_t>(op->axis < 0 ? op->axis + x.rank() : op->axis)) = operands[i].count();
        operands[i] = operands[i].reshaped(wide);
    }
    op->axis = -1;
    if (!op->blockShape.empty()) {
        const Dims blocks = std::exchange(op->blockShape, {});
        for (const int64_t s : *sources) op->blockShape.push_back(s < 0 ? 1 : blocks[static_cast<size_t>(s)]);
    }
    return Rewrite{node.outputs[0], cat(node.name, " is done to weights of ", name(x.type())),
                   [=, sources = *sources, name = source->name, rank = x.rank()](Graph& g) {
                       std::vector<ValueId> inputs;
                       for (const Tensor& operand : operands) {
                           const bool moves = operand.rank() == rank;
                           inputs.push_back(g.addConstant(g.uniqueName(name + ".moved"),
                                                          moves ? rearranged(operand, sources) : operand));
                       }
                       return g.add(op->clone(), inputs, name);
                   }};
}

constexpr Rule kRules[] = {
    {"quantized_convolution", "conv(q * s, w * t) + b = conv(q, w) * (s * t) + b", &ops::Convolution::kInfo,
     convolution},
    {"quantized_product", "(q * s) x (w * t) = (q x w) * (s * t)", &ops::MatrixMultiply::kInfo, matrices},
    {"quantized_back", "(q * s) / s = q", &ops::Quantize::kInfo, thereAndBack},
    {"quantize_earlier", "f(x) / s = f(x / s) of movement and maxima", &ops::Quantize::kInfo, quantizeEarlier},
    {"dequantize_pooling", "max(q * s) = max(q) * s", &ops::Pooling::kInfo, dequantizeLater},
    {"dequantize_reshape", "reshape(q * s) = reshape(q) * s", &ops::Reshape::kInfo, dequantizeLater},
    {"dequantize_transpose", "transpose(q * s) = transpose(q) * s", &ops::Transpose::kInfo, dequantizeLater},
    {"dequantize_squeeze", "squeeze(q * s) = squeeze(q) * s", &ops::Squeeze::kInfo, dequantizeLater},
    {"dequantize_unsqueeze", "unsqueeze(q * s) = unsqueeze(q) * s", &ops::Unsqueeze::kInfo, dequantizeLater},
    {"dequantize_concatenation", "concat(p * s, q * s) = concat(p, q) * s", &ops::Concatenation::kInfo,
     dequantizeLater},
    {"packed_transpose", "transpose(w * s) = transpose(w) * transpose(s)", &ops::Transpose::kInfo, movePacked},
    {"packed_reshape", "a reshape of weights of 4 bits", &ops::Reshape::kInfo, movePacked},
    {"packed_squeeze", "a squeeze of weights of 4 bits", &ops::Squeeze::kInfo, movePacked},
    {"packed_unsqueeze", "an unsqueeze of weights of 4 bits", &ops::Unsqueeze::kInfo, movePacked},
    {"quantize_scale", "a scale has the rank of what it scales", &ops::Quantize::kInfo, scaleOfFullRank<ops::Quantize>},
    {"dequantize_scale", "a scale has the rank of what it scales", &ops::Dequantize::kInfo,
     scaleOfFullRank<ops::Dequantize>},
    {"round_sum_later", "type(x) + y = type(x + y) behind a product", &ops::ElementWise::kInfo, roundLater},
    {"round_activation_later", "f(type(x)) = type(f(x)) behind a product", &ops::Activation::kInfo, roundLater},
    {"quantize_sums", "type(x) / s = x / s behind a product", &ops::Quantize::kInfo, quantizeSums},
    {"own_dequantize", "a sum has a dequantize of its own, which can join it", &ops::ElementWise::kInfo, ownDequantize},
};

}  // namespace

std::span<const Rule> quantizedRules() {
    return kRules;
}

}  // namespace opentrt::passes
