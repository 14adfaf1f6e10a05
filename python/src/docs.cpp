// SPDX-License-Identifier: Apache-2.0
// Docstrings by name, from the comments of the public headers; python/docstrings.py makes the table.
// Tested by tests/test_names.py.
#include <algorithm>
#include <cctype>
#include <iterator>
#include <map>
#include <string_view>

#include "bind.h"

namespace opentrt::python {
namespace {

struct Row {
    char const* key;
    char const* text;
};

constexpr Row kRows[] = {
#include "docs_table.inc"
};

// What Python alone has, or has in another form. By the names of Python.
constexpr Row kOwnRows[] = {
    {"Builder.build_engine", "Builds an engine at once; None after an error."},
    {"DimsHW.h", "The height."},
    {"DimsHW.w", "The width."},
    {"IActivationLayer.type", "The function."},
    {"IAttention.norm_op", "What makes weights of the products."},
    {"IConvolutionLayer.bias", "Weights of the bias."},
    {"IConvolutionLayer.kernel", "Weights of the kernel."},
    {"ICudaEngine.get_profile_shape_input", "The least, best and greatest values of a shape binding in a profile."},
    {"ICudaEngine.get_tensor_mode", "Whether a tensor is an input, an output or neither."},
    {"ICudaEngine.get_tensor_name", "The name of an input or output."},
    {"ICudaEngine.get_tensor_profile_shape", "The least, best and greatest shape of an input in a profile."},
    {"ICudaEngine.get_tensor_profile_values",
     "The least, best and greatest values of a shape tensor input in a profile."},
    {"IDeconvolutionLayer.bias", "Weights of the bias."},
    {"IDeconvolutionLayer.kernel", "Weights of the kernel."},
    {"IExecutionContext.active_optimization_profile", "The profile in use; -1 for none."},
    {"IExecutionContext.all_binding_shapes_specified", "Whether the shapes of all inputs are set."},
    {"IExecutionContext.all_shape_inputs_specified", "Whether the values of all shape tensor inputs are set."},
    {"IExecutionContext.execute_async", "Runs a batch on a stream, with one address a binding."},
    {"IExecutionContext.execute_async_v2", "Runs the engine on a stream, with one address a binding."},
    {"IExecutionContext.execute_async_v3",
     "Runs the engine on a stream, with the addresses that set_tensor_address() gave."},
    {"IExecutionContext.get_shape", "The values of a shape binding."},
    {"IExecutionContext.set_shape_input", "Sets the values of a shape binding that is an input."},
    {"IExecutionContext.temporary_allocator", "The allocator of memory that is needed for one run."},
    {"IFullyConnectedLayer.bias", "Weights of the bias."},
    {"IFullyConnectedLayer.kernel", "Weights of the kernel."},
    {"IGatherLayer.axis", "The axis that indices count along."},
    {"IHostMemory.dtype", "Type of the elements."},
    {"IHostMemory.nbytes", "Number of bytes."},
    {"ILoopOutputLayer.kind", "Which values of the loop come out."},
    {"IMatrixMultiplyLayer.op0", "How the first input is taken."},
    {"IMatrixMultiplyLayer.op1", "How the second input is taken."},
    {"IOptimizationProfile.get_shape_input",
     "The least, best and greatest values of a shape tensor input; empty if not set."},
    {"IOptimizationProfile.set_shape_input", "Sets the least, best and greatest values of a shape tensor input."},
    {"IPoolingLayer.type", "What becomes of a window."},
    {"IRNNLayer.num_layers", "Number of layers, one on the other."},
    {"IRNNv2Layer.num_layers", "Number of layers, one on the other."},
    {"IRNNv2Layer.seq_lengths", "A tensor with the length of each sequence; None for the longest."},
    {"IReduceLayer.axes", "Bit mask of the axes that are reduced."},
    {"IReduceLayer.keep_dims", "Whether reduced axes stay, with extent 1."},
    {"IResizeLayer.shape", "Shape of the output."},
    {"IShuffleLayer.reshape_dims", "The new shape: 0 copies an extent, -1 is worked out."},
    {"ITensor.dtype", "Element type."},
    {"ITopKLayer.axes", "Bit mask of the axis that is searched."},
    {"ITripLimitLayer.kind", "Whether a count or a condition ends the loop."},
    {"Logger.log", "Prints a message, if it is severe enough."},
    {"Logger.min_severity", "The least severe messages that are printed."},
    {"Profiler.report_layer_time", "Prints the time of a layer."},
    {"Refitter.get_dynamic_range", "The least and the greatest value of a tensor."},
    {"Weights.dtype", "Element type."},
    {"Weights.nbytes", "Bytes of all elements."},
    {"Weights.numpy", "The elements as an array, without a copy."},
    {"Weights.size", "Number of elements."},
};

std::string normal(std::string_view name) {
    std::string key;
    for (char c : name) {
        if (c != '_') key += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return key;
}

char const* find(std::string const& key) {
    auto const* row = std::lower_bound(std::begin(kRows), std::end(kRows), key,
                                       [](Row const& r, std::string const& k) { return k.compare(r.key) > 0; });
    return row != std::end(kRows) && key == row->key ? row->text : nullptr;
}

// The C++ name of a class that Python calls otherwise.
std::string classKey(char const* type) {
    static std::map<std::string, std::string> const renamed = {
        {"Builder", "ibuilder"},         {"Runtime", "iruntime"},
        {"Refitter", "irefitter"},       {"EngineInspector", "iengineinspector"},
        {"OnnxParser", "iparser"},       {"OnnxParserRefitter", "iparserrefitter"},
        {"ParserError", "iparsererror"}, {"ErrorCodeTRT", "errorcode"},
        {"_PluginV2", "ipluginv2"},      {"_PluginV3", "ipluginv3"}};
    auto const found = renamed.find(type);
    return found != renamed.end() ? found->second : normal(type);
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    size_t const at = text.find(from);
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

}  // namespace

char const* docOf(char const* type) {
    char const* const text = find(classKey(type));
    return text != nullptr ? text : "";
}

char const* docOf(char const* type, char const* member) {
    std::string const full = std::string(type) + "." + member;
    for (Row const& row : kOwnRows) {
        if (full == row.key) return row.text;
    }
    std::string const owner = classKey(type) + ".";
    std::string const name = normal(member);
    for (std::string const& variant :
         {name, replaced(name, "num", "nb"), replaced(name, "dtype", "datatype"), replaced(name, "shape", "dimensions"),
          replaced(name, "shape", "size"), replaced(name, "op", "operation"), name + "s"}) {
        for (char const* prefix : {"", "get", "is", "has", "set"}) {
            if (char const* text = find(owner + prefix + variant)) return text;
        }
    }
    return "";
}

}  // namespace opentrt::python
