// SPDX-License-Identifier: Apache-2.0
// Selection of boxes, and tensors of random numbers.
#include <limits>

#include "model/onnx/build.h"
#include "model/onnx/op_text.h"
#include "model/onnx/operators.h"
#include "model/onnx/sizes.h"
#include "model/onnx/tensor_reader.h"

namespace opentrt::model {
namespace {

using nvinfer1::FillOperation;

ITensor& scalarOr(Context& c, int input, DataType type, double absent) {
    return c.has(input) ? asScalar(c, cast(c, c.tensor(input), type)) : c.number(type, absent);
}

//! Random numbers of the type that attribute dtype or, without it, `fallback` names.
ITensor& randomTensor(Context& c, const Sizes& dims, FillOperation operation, double alpha, double beta,
                      DataType fallback) {
    const int64_t given = c.node.integer("dtype", 0);
    const DataType type = given != 0 ? networkType(static_cast<int32_t>(given)) : fallback;
    const DataType filled = isFloating(type) ? type : DataType::kFLOAT;
    auto& layer = c.add(c.network.addFill(toDims(numbers(dims)), operation, filled));
    if (!allKnown(dims)) {
        layer.setInput(0, asTensor(c, dims));
        layer.setInput(1, c.number(filled, alpha));
        layer.setInput(2, c.number(filled, beta));
    } else {
        layer.setAlpha(alpha);
        layer.setBeta(beta);
    }
    return cast(c, *layer.getOutput(0), type);
}

void random(Context& c, const Sizes& dims, DataType fallback) {
    const bool normal = c.node.op().find("Normal") != std::string::npos;
    const float alpha = normal ? c.node.real("mean", 0) : c.node.real("low", 0);
    const float beta = normal ? c.node.real("scale", 1) : c.node.real("high", 1);
    c.output(0, randomTensor(c, dims, normal ? FillOperation::kRANDOM_NORMAL : FillOperation::kRANDOM_UNIFORM, alpha,
                             beta, fallback));
}

}  // namespace

//! The layer of the API orders its answer by score only; ONNX wants class by class, which the operator does.
void importNonMaxSuppression(Context& c) {
    const int64_t centre = c.node.integer("center_point_box", 0);
    ITensor& boxes = c.tensor(0);
    if (c.rank(0) != 3 || c.rank(1) != 3) fail(Code::kINVALID_NODE, "boxes and scores should have rank 3");
    ITensor& scores = transposed(c, c.tensor(1), {0, 2, 1});
    ITensor& most = scalarOr(c, 2, DataType::kINT64, 0);
    ITensor& overlap = scalarOr(c, 3, DataType::kFLOAT, 0);
    ITensor& least = scalarOr(c, 4, DataType::kFLOAT, -std::numeric_limits<double>::infinity());
    nvinfer1::ILayer& layer = c.addOperator(
        cat("Nms{format=", centre != 0 ? "center_sizes" : "corner_pairs", ", indicesType=i64, byClass=true}"),
        {&boxes, &scores, &most, &overlap, &least});
    c.output(0, *layer.getOutput(0));
}

void importMaxRoiPool(Context& c) {
    const std::vector<int64_t> shape = c.node.integers("pooled_shape");
    if (shape.size() != 2) fail(Code::kINVALID_NODE, "attribute pooled_shape should have two entries");
    c.output(0, c.made(cat("RoiPool{height=", shape[0], ", width=", shape[1],
                           ", scale=", realText(c.node.real("spatial_scale", 1)), "}"),
                       {&c.tensor(0), &c.tensor(1)}));
}

void importRoiAlign(Context& c) {
    const std::string mode = c.node.text("mode", "avg");
    const std::string coordinates =
        c.node.text("coordinate_transformation_mode", c.node.opset() < 16 ? "output_half_pixel" : "half_pixel");
    if (mode != "avg" && mode != "max")
        fail(Code::kUNSUPPORTED_NODE_ATTR, cat("attribute mode = \"", mode, "\" is not supported"));
    if (coordinates != "half_pixel" && coordinates != "output_half_pixel") {
        fail(Code::kUNSUPPORTED_NODE_ATTR,
             cat("attribute coordinate_transformation_mode = \"", coordinates, "\" is not supported"));
    }
    const std::string text =
        cat("RoiAlign{height=", c.node.integer("output_height", 1), ", width=", c.node.integer("output_width", 1),
            ", samples=", c.node.integer("sampling_ratio", 0), ", scale=", realText(c.node.real("spatial_scale", 1)),
            ", halfPixel=", flagText(coordinates == "half_pixel"), ", max=", flagText(mode == "max"), "}");
    c.output(0, c.made(text, {&c.tensor(0), &c.tensor(1), &c.tensor(2)}));
}

//! Classes by chance, from unnormalised logarithms of their probabilities: the largest of these, each less the
//! logarithm of an exponentially distributed number, falls on a class as often as it should.
void importMultinomial(Context& c) {
    if (c.rank(0) != 2) fail(Code::kINVALID_NODE, cat("the input has rank ", c.rank(0), " when it should be 2"));
    ITensor& logs = unsqueezed(c, cast(c, c.tensor(0), DataType::kFLOAT), {1});
    const int64_t samples = c.node.integer("sample_size", 1);
    const int64_t given = c.node.integer("dtype", 6);
    const Sizes dims{sizeOf(c, logs, 0), samples, sizeOf(c, logs, 2)};
    auto& layer = c.add(c.network.addFill(filled(3, 1), FillOperation::kRANDOM_UNIFORM, DataType::kFLOAT));
    layer.setInput(0, asTensor(c, dims));
    layer.setInput(1, c.number(DataType::kFLOAT, 1e-30));
    layer.setInput(2, c.number(DataType::kFLOAT, 1));
    using nvinfer1::ElementWiseOperation;
    using nvinfer1::UnaryOperation;
    ITensor& wait = unary(c, unary(c, *layer.getOutput(0), UnaryOperation::kLOG), UnaryOperation::kNEG);
    ITensor& scores = binary(c, logs, unary(c, wait, UnaryOperation::kLOG), ElementWiseOperation::kSUB);
    auto& best = c.add(c.network.addTopK(scores, nvinfer1::TopKOperation::kMAX, 1, 4));
    ITensor& classes = reshapedTo(c, *best.getOutput(1), {dims[0], samples});
    c.output(0, cast(c, classes, networkType(static_cast<int32_t>(given))));
}

//! Dropout passes its input in inference; the mask, when somebody wants it, keeps everything. In training, which may be
//! known only when the network runs, elements fall out by chance and the others grow to keep the sum.
void importDropout(Context& c) {
    ITensor& x = c.tensor(0);
    if (!c.has(2) || c.scalar(2) == 0.0) {
        if (c.wants(1)) {
            ITensor& mask = expanded(c, c.number(DataType::kBOOL, 1), sizesOf(c, x));
            c.output(1, c.node.opset() < 10 ? cast(c, mask, x.getType()) : mask);
        }
        return importIdentity(c);
    }
    const int rank = dimsOf(x).nbDims;
    ITensor& training = raised(c, asScalar(c, c.tensor(2)), rank);
    ITensor& never = c.number(DataType::kFLOAT, 0, rank);
    ITensor& ratio = select(c, training, raised(c, scalarOr(c, 1, DataType::kFLOAT, 0.5), rank), never);
    ITensor& chance = randomTensor(c, sizesOf(c, x), FillOperation::kRANDOM_UNIFORM, 0, 1, DataType::kFLOAT);
    ITensor& falls = binary(c, chance, ratio, nvinfer1::ElementWiseOperation::kLESS);
    ITensor& stays = binary(c, c.number(DataType::kFLOAT, 1, rank), ratio, nvinfer1::ElementWiseOperation::kSUB);
    ITensor& grown = binary(c, x, cast(c, stays, x.getType()), nvinfer1::ElementWiseOperation::kDIV);
    c.output(0, select(c, falls, c.number(x.getType(), 0, rank), grown));
    if (c.wants(1)) c.output(1, unary(c, falls, nvinfer1::UnaryOperation::kNOT));
}

void importRandom(Context& c) {
    const std::vector<int64_t> shape = c.node.integers("shape");
    random(c, {shape.begin(), shape.end()}, DataType::kFLOAT);
}

void importRandomLike(Context& c) {
    random(c, sizesOf(c, c.tensor(0)), c.type(0));
}

//! One with the probability that the input gives.
void importBernoulli(Context& c) {
    ITensor& x = c.tensor(0);
    const int64_t given = c.node.integer("dtype", 0);
    auto& layer = c.add(c.network.addFill(filled(dimsOf(x).nbDims, 1), FillOperation::kRANDOM_UNIFORM, x.getType()));
    const Sizes dims = sizesOf(c, x);
    if (allKnown(dims)) {
        layer.setDimensions(toDims(numbers(dims)));
    } else {
        layer.setInput(0, asTensor(c, dims));
        layer.setInput(1, c.number(x.getType(), 0));
        layer.setInput(2, c.number(x.getType(), 1));
    }
    ITensor& hit = binary(c, *layer.getOutput(0), x, nvinfer1::ElementWiseOperation::kLESS);
    c.output(0, cast(c, hit, given != 0 ? networkType(static_cast<int32_t>(given)) : x.getType()));
}

}  // namespace opentrt::model
