// SPDX-License-Identifier: Apache-2.0
// Operators that read or write at computed places. Negative indices count from the end, which the layers understand.
#include "model/onnx/build.h"
#include "model/onnx/lookup.h"
#include "model/onnx/op_text.h"
#include "model/onnx/operators.h"
#include "model/onnx/sizes.h"

namespace opentrt::model {
namespace {

using nvinfer1::GatherMode;

ITensor& indices(Context& c, int input) {
    ITensor& given = c.tensor(input);
    const bool integer = given.getType() == DataType::kINT32 || given.getType() == DataType::kINT64;
    return integer ? given : cast(c, given, DataType::kINT64);
}

constexpr NamedRow<const char*> kReductions[] = {
    {"none", "none"}, {"add", "add"}, {"mul", "mul"}, {"max", "max"}, {"min", "min"},
};

void scatter(Context& c, const char* mode, int axis) {
    const char* reduction = rowFor(kReductions, c.node.text("reduction", "none"), "reduction");
    c.output(0, c.made(cat("Scatter{mode=", mode, ", axis=", axis, ", reduction=", reduction, "}"),
                       {&c.tensor(0), &indices(c, 1), &c.tensor(2)}));
}

ITensor& nonZero(Context& c, ITensor& x) {
    return c.made("NonZero{indicesType=i64}", {&x});
}

}  // namespace

void importGather(Context& c) {
    const int axis = checkedAxis(c.node.integer("axis", 0), c.rank(0));
    c.output(0, gathered(c, c.tensor(0), indices(c, 1), axis));
}

void importGatherElements(Context& c) {
    const int axis = checkedAxis(c.node.integer("axis", 0), c.rank(0));
    auto& layer = c.add(c.network.addGatherV2(c.tensor(0), indices(c, 1), GatherMode::kELEMENT));
    layer.setGatherAxis(axis);
    c.output(0, *layer.getOutput(0));
}

void importGatherND(Context& c) {
    const int64_t batch = c.node.integer("batch_dims", 0);
    if (batch < 0 || batch >= c.rank(0)) fail(Code::kINVALID_NODE, cat("attribute batch_dims is ", batch));
    auto& layer = c.add(c.network.addGatherV2(c.tensor(0), indices(c, 1), GatherMode::kND));
    layer.setNbElementWiseDims(static_cast<int32_t>(batch));
    c.output(0, *layer.getOutput(0));
}

void importScatterElements(Context& c) {
    scatter(c, "element", checkedAxis(c.node.integer("axis", 0), c.rank(0)));
}

void importScatterND(Context& c) {
    scatter(c, "nd", 0);
}

void importOneHot(Context& c) {
    const int rank = c.rank(0);
    const int axis = checkedAxis(c.node.integer("axis", -1), rank + 1);
    ITensor& depth = asScalar(c, cast(c, c.tensor(1), DataType::kINT64));
    c.output(0, c.made(cat("OneHot{axis=", axis, "}"), {&indices(c, 0), &c.tensor(2), &depth}));
}

void importNonZero(Context& c) {
    c.output(0, nonZero(c, c.tensor(0)));
}

//! The slices, or without an axis the elements, at which the condition holds.
void importCompress(Context& c) {
    ITensor* data = &c.tensor(0);
    int axis = 0;
    if (c.node.has("axis")) {
        axis = checkedAxis(c.node.integer("axis"), dimsOf(*data).nbDims);
    } else {
        data = &reshaped(c, *data, {-1});
    }
    if (c.rank(1) != 1)
        fail(Code::kINVALID_NODE, cat("the condition has rank ", c.rank(1), " when it should be a list"));
    ITensor& places = nonZero(c, c.tensor(1));
    c.output(0, gathered(c, *data, squeezed(c, places, {0}), axis));
}

//! Without an axis the elements themselves are compared.
void importUnique(Context& c) {
    ITensor* x = &c.tensor(0);
    int axis = 0;
    if (c.node.has("axis")) {
        axis = checkedAxis(c.node.integer("axis"), dimsOf(*x).nbDims);
    } else {
        x = &reshaped(c, *x, {-1});
    }
    const bool sorted = c.node.flag("sorted", true);
    nvinfer1::ILayer& layer = c.addOperator(cat("Unique{axis=", axis, ", sorted=", flagText(sorted), "}"), {x}, 4);
    for (int i = 0; i < 4; ++i) {
        if (c.wants(i)) c.output(i, *layer.getOutput(i));
    }
}

//! Of a list, in the order of appearance; without the places where each appears first.
void importMicrosoftUnique(Context& c) {
    nvinfer1::ILayer& layer = c.addOperator("Unique{axis=0, sorted=false}", {&c.tensor(0)}, 4);
    for (const auto& [output, made] : {std::pair{0, 0}, std::pair{1, 2}, std::pair{2, 3}}) {
        if (c.wants(output)) c.output(output, *layer.getOutput(made));
    }
}

void importReverseSequence(Context& c) {
    const int rank = c.rank(0);
    const int batch = checkedAxis(c.node.integer("batch_axis", 1), rank, "batch_axis");
    const int sequence = checkedAxis(c.node.integer("time_axis", 0), rank, "time_axis");
    c.output(0, c.made(cat("ReverseSequence{batchAxis=", batch, ", sequenceAxis=", sequence, "}"),
                       {&c.tensor(0), &indices(c, 1)}));
}

}  // namespace opentrt::model
