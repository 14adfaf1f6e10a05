// SPDX-License-Identifier: Apache-2.0
// Normalisations: with stored statistics (batch), with statistics of the data (layer, instance, group, RMS), and across
// neighbouring channels.
#include <cmath>

#include "model/onnx/batch_norm.h"
#include "model/onnx/build.h"
#include "model/onnx/op_text.h"
#include "model/onnx/operators.h"

namespace opentrt::model {
namespace {

using nvinfer1::ElementWiseOperation;
using nvinfer1::ReduceOperation;
using nvinfer1::UnaryOperation;

//! A list of one number per channel as [1, C, 1, ...].
ITensor& perChannel(Context& c, int input, int rank) {
    if (c.rank(input) != 1) {
        fail(Code::kINVALID_NODE,
             cat("input ", input, " has rank ", c.rank(input), " when it should list the channels"));
    }
    std::vector<int64_t> dims(static_cast<size_t>(rank), 1);
    if (const ConstantPtr known = c.constant(input)) {
        dims[1] = known->count;
        return c.constantTensor(withDims(*known, dims));
    }
    dims[1] = -1;
    return reshaped(c, c.tensor(input), dims);
}

std::vector<int> axesFrom(int first, int rank) {
    std::vector<int> axes = allAxes(rank);
    axes.erase(axes.begin(), axes.begin() + first);
    return axes;
}

//! (x - mean) and its mean square over `axes`, dimensions kept.
struct Deviation {
    ITensor& centred;
    ITensor& mean;
    ITensor& variance;
};

Deviation deviation(Context& c, ITensor& x, const std::vector<int>& axes) {
    ITensor& mean = reduce(c, x, ReduceOperation::kAVG, axes, true);
    ITensor& centred = binary(c, x, mean, ElementWiseOperation::kSUB);
    ITensor& square = binary(c, centred, centred, ElementWiseOperation::kPROD);
    return {centred, mean, reduce(c, square, ReduceOperation::kAVG, axes, true)};
}

bool constantStatistics(Context& c) {
    for (int i = 1; i <= 4; ++i) {
        if (!c.constant(i)) return false;
    }
    return true;
}

void checkChannels(Context& c, int64_t channels) {
    for (int i = 1; i <= 4; ++i) {
        const nvinfer1::Dims dims = c.dims(i);
        if (dims.nbDims == 1 && (channels < 0 || dims.d[0] < 0 || dims.d[0] == channels)) continue;
        fail(Code::kINVALID_NODE,
             cat("input ", i, " has dimensions ", toList(dims), " when there are ", channels, " channels"));
    }
}

ITensor& channelInput(Context& c, int input, ITensor& x) {
    return cast(c, perChannel(c, input, dimsOf(x).nbDims), x.getType());
}

//! Statistics that are computed by the graph.
ITensor& normalizedBy(Context& c, ITensor& x, ITensor& mean, ITensor& variance, float epsilon) {
    ITensor& stable = withNumber(c, variance, ElementWiseOperation::kSUM, epsilon);
    ITensor& scale =
        binary(c, channelInput(c, 1, x), unary(c, stable, UnaryOperation::kSQRT), ElementWiseOperation::kDIV);
    ITensor& scaled = binary(c, binary(c, x, mean, ElementWiseOperation::kSUB), scale, ElementWiseOperation::kPROD);
    return binary(c, scaled, channelInput(c, 2, x), ElementWiseOperation::kSUM);
}

//! By the statistics of the batch itself, which also move the running ones.
void importTrainingBatchNorm(Context& c, ITensor& x, float epsilon) {
    std::vector<int> axes = allAxes(dimsOf(x).nbDims);
    axes.erase(axes.begin() + 1);
    ITensor& mean = reduce(c, x, nvinfer1::ReduceOperation::kAVG, axes, true);
    ITensor& centred = binary(c, x, mean, ElementWiseOperation::kSUB);
    ITensor& squares = binary(c, centred, centred, ElementWiseOperation::kPROD);
    ITensor& variance = reduce(c, squares, nvinfer1::ReduceOperation::kAVG, axes, true);
    c.output(0, normalizedBy(c, x, mean, variance, epsilon));
    const double momentum = static_cast<double>(c.node.real("momentum", 0.9F));
    const auto move = [&](int output, int input, ITensor& current) {
        if (!c.wants(output)) return;
        ITensor& before = c.tensor(input);
        ITensor& kept = withNumber(c, before, ElementWiseOperation::kPROD, momentum);
        ITensor& now = cast(c, squeezed(c, current, axes), before.getType());
        ITensor& added = withNumber(c, now, ElementWiseOperation::kPROD, 1 - momentum);
        c.output(output, binary(c, kept, added, ElementWiseOperation::kSUM));
    };
    move(1, 3, mean);
    move(2, 4, variance);
}

nvinfer1::Weights namedWeights(Context& c, DataType type, const std::vector<double>& values, const std::string& name) {
    auto constant = std::make_shared<Constant>(*makeConstant(type, {static_cast<int64_t>(values.size())}, values));
    constant->name = name;
    return c.weights(constant);
}

ITensor& normalization(Context& c, ITensor& x, ITensor& scale, ITensor& bias, const std::vector<int>& axes,
                       int64_t groups) {
    auto& layer = c.add(c.network.addNormalizationV2(x, scale, bias, maskOf(axes)));
    layer.setEpsilon(c.node.real("epsilon", 1e-5F));
    layer.setNbGroups(groups);
    return *layer.getOutput(0);
}

}  // namespace

ChannelScale foldBatchNorm(const Constant& scale, const Constant& bias, const Constant& mean, const Constant& variance,
                           double epsilon) {
    ChannelScale result;
    for (int64_t i = 0; i < scale.count; ++i) {
        const double factor = realAt(scale, i) / std::sqrt(realAt(variance, i) + epsilon);
        result.scale.push_back(factor);
        result.shift.push_back(realAt(bias, i) - realAt(mean, i) * factor);
    }
    return result;
}

void importBatchNormalization(Context& c) {
    if (!c.node.flag("spatial", true)) {
        fail(Code::kUNSUPPORTED_NODE_ATTR, "spatial = 0 (statistics per element) is not supported");
    }
    requireFloating(c, 0);
    ITensor& x = c.tensor(0);
    const nvinfer1::Dims dims = dimsOf(x);
    if (dims.nbDims < 2)
        fail(Code::kUNSUPPORTED_NODE_SHAPE, cat("the input has rank ", dims.nbDims, " when at least 2 is needed"));
    checkChannels(c, dims.d[1]);
    const float epsilon = c.node.real("epsilon", 1e-5F);
    if (c.node.flag("training_mode")) return importTrainingBatchNorm(c, x, epsilon);
    if (!constantStatistics(c))
        return c.output(0, normalizedBy(c, x, channelInput(c, 3, x), channelInput(c, 4, x), epsilon));
    const ChannelScale folded = foldBatchNorm(*c.constant(1), *c.constant(2), *c.constant(3), *c.constant(4), epsilon);
    const nvinfer1::Weights scale = namedWeights(c, x.getType(), folded.scale, batchNormScaleName(c.node.title()));
    const nvinfer1::Weights shift = namedWeights(c, x.getType(), folded.shift, batchNormShiftName(c.node.title()));
    c.output(0,
             c.out(c.network.addScaleNd(x, nvinfer1::ScaleMode::kCHANNEL, shift, scale, c.noWeights(x.getType()), 1)));
}

void importInstanceNormalization(Context& c) {
    const int rank = c.rank(0);
    if (rank < 3) fail(Code::kUNSUPPORTED_NODE_SHAPE, cat("the input has rank ", rank, " when at least 3 is needed"));
    c.output(0, normalization(c, c.tensor(0), perChannel(c, 1, rank), perChannel(c, 2, rank), axesFrom(2, rank), 1));
}

void importGroupNormalization(Context& c) {
    const int rank = c.rank(0);
    if (rank < 3) fail(Code::kUNSUPPORTED_NODE_SHAPE, cat("the input has rank ", rank, " when at least 3 is needed"));
    const int64_t groups = c.node.integer("num_groups");
    const int64_t channels = c.dims(0).d[1];
    if (groups < 1 || (channels >= 0 && channels % groups != 0)) {
        fail(Code::kINVALID_NODE, cat("attribute num_groups is ", groups, " when there are ", channels, " channels"));
    }
    ITensor& scale = perChannel(c, 1, rank);
    ITensor& bias = perChannel(c, 2, rank);
    // A single group is everything behind the batch; the layer takes one group to mean each channel for itself.
    const std::vector<int> axes = axesFrom(groups == 1 ? 1 : 2, rank);
    if (c.node.opset() >= 21) return c.output(0, normalization(c, c.tensor(0), scale, bias, axes, groups));
    // Up to opset 20 there is one scale and one bias per group, as addNormalization had it before its second version.
    const std::vector<int64_t> list(axes.begin(), axes.end());
    c.output(0, c.made(cat("Normalization{axes=", list, ", epsilon=", realText(c.node.real("epsilon", 1e-5F)),
                           ", groups=", groups, "}"),
                       {&c.tensor(0), &scale, &bias}));
}

void importLayerNormalization(Context& c) {
    requireFloating(c, 0);
    ITensor& x = c.tensor(0);
    const int rank = dimsOf(x).nbDims;
    const std::vector<int> axes = axesFrom(checkedAxis(c.node.integer("axis", -1), rank), rank);
    ITensor& scale = c.tensorOfRank(1, rank);
    ITensor& bias = c.has(2) ? c.tensorOfRank(2, rank) : c.number(scale.getType(), 0, rank);
    c.output(0, normalization(c, x, scale, bias, axes, 1));
    if (!c.wants(1) && !c.wants(2)) return;
    const Deviation d = deviation(c, cast(c, x, DataType::kFLOAT), axes);
    c.output(1, d.mean);
    if (!c.wants(2)) return;
    ITensor& stable = withNumber(c, d.variance, ElementWiseOperation::kSUM, c.node.real("epsilon", 1e-5F));
    c.output(2, unary(c, unary(c, stable, UnaryOperation::kSQRT), UnaryOperation::kRECIP));
}

//! Also SimplifiedLayerNormalization, its name before it was standard.
void importRmsNormalization(Context& c) {
    requireFloating(c, 0);
    const int rank = c.rank(0);
    const int first = checkedAxis(c.node.integer("axis", -1), rank);
    std::vector<int64_t> axes;
    for (int i = first; i < rank; ++i) axes.push_back(i);
    c.output(0, c.made(cat("Normalization{axes=", axes, ", epsilon=", realText(c.node.real("epsilon", 1e-5F)),
                           ", rms=true}"),
                       {&c.tensor(0), &c.tensorOfRank(1, rank)}));
}

void importMeanVarianceNormalization(Context& c) {
    ITensor& x = c.tensor(0);
    std::vector<int64_t> axes = c.node.integers("axes");
    if (!c.node.has("axes")) axes = {0, 2, 3};
    const Deviation d = deviation(c, x, checkedAxes(axes, dimsOf(x).nbDims));
    ITensor& root = unary(c, d.variance, UnaryOperation::kSQRT);
    c.output(0,
             binary(c, d.centred, withNumber(c, root, ElementWiseOperation::kSUM, 1e-9), ElementWiseOperation::kDIV));
}

void importLpNormalization(Context& c) {
    ITensor& x = c.tensor(0);
    const int64_t p = c.node.integer("p", 2);
    if (p != 1 && p != 2) fail(Code::kUNSUPPORTED_NODE_ATTR, cat("attribute p = ", p, " is not supported"));
    const std::vector<int> axes{checkedAxis(c.node.integer("axis", -1), dimsOf(x).nbDims)};
    ITensor& parts = p == 1 ? unary(c, x, UnaryOperation::kABS) : binary(c, x, x, ElementWiseOperation::kPROD);
    ITensor& sum = reduce(c, parts, ReduceOperation::kSUM, axes, true);
    ITensor& norm = p == 1 ? sum : unary(c, sum, UnaryOperation::kSQRT);
    // Where all elements are zero they stay zero.
    ITensor& isZero = withNumber(c, norm, ElementWiseOperation::kEQUAL, 0);
    ITensor& divisor = select(c, isZero, c.number(x.getType(), 1, dimsOf(x).nbDims), norm);
    c.output(0, binary(c, x, divisor, ElementWiseOperation::kDIV));
}

void importLrn(Context& c) {
    const int64_t size = c.node.integer("size");
    if (size < 1 || size > 1024) fail(Code::kINVALID_NODE, cat("attribute size is ", size));
    c.output(0, c.made(cat("Lrn{window=", size, ", alpha=", realText(c.node.real("alpha", 1e-4F)), ", beta=",
                           realText(c.node.real("beta", 0.75F)), ", k=", realText(c.node.real("bias", 1)), "}"),
                       {&c.tensor(0)}));
}

}  // namespace opentrt::model
