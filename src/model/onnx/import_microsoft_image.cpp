// SPDX-License-Identifier: Apache-2.0
// Operators into which ONNX Runtime's optimizer fuses diffusion models, and distances as converters of classic models
// write them. Tested by tests/onnx_nodes/own_cases.py.
#include "model/onnx/build.h"
#include "model/onnx/microsoft_parts.h"
#include "model/onnx/operators.h"

namespace opentrt::model {
namespace {

using nvinfer1::ActivationType;
using nvinfer1::ElementWiseOperation;

//! x plus what the connection around the block brings, per element or per image and channel, plus a bias.
ITensor& withSkip(Context& c, ITensor& x) {
    ITensor& skip = c.rank(3) == 2 ? unsqueezed(c, c.tensor(3), {1, 2}) : c.tensor(3);
    ITensor& y = sum(c, x, skip);
    return c.has(4) ? sum(c, y, c.tensor(4)) : y;
}

}  // namespace

//! GroupNorm and SkipGroupNorm, by default with the channels last.
void importGroupNorm(Context& c) {
    if (c.rank(0) != 4)
        fail(Code::kUNSUPPORTED_NODE_SHAPE, cat("the input has rank ", c.rank(0), " when it should be 4"));
    ITensor* x = &c.tensor(0);
    if (c.node.op() == "SkipGroupNorm") x = &withSkip(c, *x);
    if (c.wants(1)) c.output(1, identity(c, *x));
    const bool channelsLast = c.node.flag("channels_last", true);
    const int64_t activates = c.node.integer("activation");
    const int64_t groups = c.node.integer("groups");
    if (channelsLast) x = &transposed(c, *x, {0, 3, 1, 2});
    const int64_t channels = dimsOf(*x).d[1];
    if (groups < 1 || (channels >= 0 && channels % groups != 0))
        fail(Code::kINVALID_NODE, cat("attribute groups is ", groups, " when there are ", channels, " channels"));
    if (activates != 0 && activates != 1)
        fail(Code::kUNSUPPORTED_NODE_ATTR, cat("attribute activation = ", activates, " is not supported"));
    const auto perChannel = [&](int input) -> ITensor& {
        return reshaped(c, cast(c, c.tensor(input), x->getType()), {1, -1, 1, 1});
    };
    // A single group is everything behind the batch; the layer takes one group to mean each channel for itself.
    const uint32_t axes = groups == 1 ? 0b1110 : 0b1100;
    auto& layer = c.add(c.network.addNormalizationV2(*x, perChannel(1), perChannel(2), axes));
    layer.setEpsilon(c.node.real("epsilon", 1e-5F));
    if (groups > 1) layer.setNbGroups(groups);
    ITensor* y = layer.getOutput(0);
    if (activates == 1) y = &binary(c, *y, activation(c, *y, ActivationType::kSIGMOID), ElementWiseOperation::kPROD);
    c.output(0, channelsLast ? transposed(c, *y, {0, 2, 3, 1}) : *y);
}

void importBiasAdd(Context& c) {
    c.output(0, sum(c, sum(c, c.tensor(0), c.tensor(1)), c.tensor(2)));
}

//! The first half of the channels times the Gelu of the second.
void importBiasSplitGelu(Context& c) {
    ITensor& x = sum(c, c.tensor(0), c.tensor(1));
    const int last = dimsOf(x).nbDims - 1;
    const Size half = divided(c, sizeOf(c, x, last), 2);
    const auto part = [&](const Size& start) -> ITensor& { return sliced(c, x, {{last}, {start}, {half}, {}}); };
    ITensor& gate = activation(c, part(half), ActivationType::kGELU_ERF);
    c.output(0, binary(c, part(0), gate, ElementWiseOperation::kPROD));
}

//! Between each row of one matrix and each of another.
void importCDist(Context& c) {
    const std::string metric = c.node.text("metric", "sqeuclidean");
    if (metric != "sqeuclidean" && metric != "euclidean")
        fail(Code::kUNSUPPORTED_NODE_ATTR, cat("attribute metric = \"", metric, "\" is not supported"));
    if (c.rank(0) != 2 || c.rank(1) != 2)
        fail(Code::kINVALID_NODE,
             cat("the inputs have ranks ", c.rank(0), " and ", c.rank(1), " when both should be 2"));
    ITensor& rows = unsqueezed(c, c.tensor(0), {1});
    ITensor& columns = unsqueezed(c, c.tensor(1), {0});
    ITensor& apart = binary(c, rows, columns, ElementWiseOperation::kSUB);
    ITensor& square = binary(c, apart, apart, ElementWiseOperation::kPROD);
    ITensor& all = reduce(c, square, nvinfer1::ReduceOperation::kSUM, {2}, false);
    c.output(0, metric == "euclidean" ? unary(c, all, nvinfer1::UnaryOperation::kSQRT) : all);
}

}  // namespace opentrt::model
