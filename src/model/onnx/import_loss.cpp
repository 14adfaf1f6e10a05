// SPDX-License-Identifier: Apache-2.0
// Losses of classifications, which models keep when they were exported together with their training.
#include "model/onnx/build.h"
#include "model/onnx/operators.h"
#include "model/onnx/sizes.h"

namespace opentrt::model {
namespace {

using nvinfer1::ElementWiseOperation;
using nvinfer1::ReduceOperation;

//! -weight[target] * logs[target] per place; logs [batch, classes, places...], target [batch, places...]. Inputs 1 and
//! 2 of the node are target and weight. What equals ignore_index counts nothing, not even in the mean.
ITensor& lossOf(Context& c, ITensor& logs) {
    ITensor* target = &cast(c, c.tensor(1), DataType::kINT64);
    const int rank = dimsOf(*target).nbDims;
    const DataType type = logs.getType();
    ITensor* ignored = nullptr;
    if (c.node.has("ignore_index")) {
        const int64_t ignore = c.node.integer("ignore_index");
        ignored = &withNumber(c, *target, ElementWiseOperation::kEQUAL, static_cast<double>(ignore));
        target = &select(c, *ignored, c.number(DataType::kINT64, 0, rank), *target);
    }
    auto& layer = c.add(c.network.addGatherV2(logs, unsqueezed(c, *target, {1}), nvinfer1::GatherMode::kELEMENT));
    layer.setGatherAxis(1);
    ITensor* loss = &unary(c, squeezed(c, *layer.getOutput(0), {1}), nvinfer1::UnaryOperation::kNEG);
    ITensor* weight = c.has(2) ? &gathered(c, c.tensor(2), *target, 0) : nullptr;
    if (weight) loss = &binary(c, *loss, *weight, ElementWiseOperation::kPROD);
    ITensor& zero = c.number(type, 0, rank);
    if (ignored) {
        loss = &select(c, *ignored, zero, *loss);
        weight = &select(c, *ignored, zero, weight ? *weight : c.number(type, 1, rank));
    }
    const std::string reduction = c.node.text("reduction", "mean");
    if (reduction == "none") return *loss;
    if (reduction != "sum" && reduction != "mean")
        fail(Code::kUNSUPPORTED_NODE_ATTR, cat("attribute reduction = \"", reduction, "\" is not supported"));
    const auto total = [&](ITensor& x, ReduceOperation operation) -> ITensor& {
        return reduce(c, x, operation, allAxes(rank), false);
    };
    if (reduction == "mean" && !weight) return total(*loss, ReduceOperation::kAVG);
    ITensor& sum = total(*loss, ReduceOperation::kSUM);
    return reduction == "sum" ? sum : binary(c, sum, total(*weight, ReduceOperation::kSUM), ElementWiseOperation::kDIV);
}

}  // namespace

void importNegativeLogLikelihoodLoss(Context& c) {
    c.output(0, lossOf(c, c.tensor(0)));
}

void importSoftmaxCrossEntropyLoss(Context& c) {
    ITensor& logs = logSoftmax(c, c.tensor(0), 1);
    c.output(0, lossOf(c, logs));
    if (c.wants(1)) c.output(1, logs);
}

}  // namespace opentrt::model
