// SPDX-License-Identifier: Apache-2.0
// Plugins of IPluginV3Quick... in Python: as generation 3, but formats are listed instead of tried, ranks are told and
// strides come with the addresses. Tested by tests/test_plugins.py.
#include <impl/NvInferPythonPlugin.h>

#include "plugin_parts.h"

namespace opentrt::python {
namespace {

class QuickBuild final : public BuildPart<IPluginV3QuickBuild> {
public:
    using BuildPart::BuildPart;
    int32_t getNbOutputs() const override {
        return answered(self(), -1, [&] { return nb::cast<int32_t>(self().attr("get_num_outputs")()); });
    }
    int32_t getOutputDataTypes(DataType* out, int32_t outs, DataType const* in, int32_t const* ranks,
                               int32_t ins) const override {
        return answered(self(), -1, [&] {
            nb::object const types = self().attr("get_output_data_types")(copiesOf(in, ins), copiesOf(ranks, ins));
            return fillFrom(types, out, outs, "get_output_data_types");
        });
    }
    int32_t getNbSupportedFormatCombinations(RangeIn inOut, int32_t ins, int32_t outs) override {
        return answered(self(), 0, [&]() -> int32_t {
            nb::object const list = self().attr("get_supported_format_combinations")(copiesOf(inOut, ins + outs), ins);
            combinations_ = nb::cast<std::vector<PluginTensorDesc>>(list);
            if (combinations_.size() % static_cast<size_t>(ins + outs) != 0) {
                throw nb::value_error("get_supported_format_combinations answered an incomplete combination");
            }
            return static_cast<int32_t>(combinations_.size()) / (ins + outs);
        });
    }
    int32_t getSupportedFormatCombinations(RangeIn, int32_t, int32_t, PluginTensorDesc* out, int32_t) override {
        std::copy(combinations_.begin(), combinations_.end(), out);
        return 0;
    }

private:
    std::vector<PluginTensorDesc> combinations_;  // of the last count, which always comes before
};

class QuickRuntime final : public RuntimePart<IPluginV3QuickRuntime> {
public:
    using RuntimePart::RuntimePart;
    int32_t enqueue(DescIn in, DescIn out, void const* const* inputs, void* const* outputs, Dims64 const* inStrides,
                    Dims64 const* outStrides, int32_t ins, int32_t outs, cudaStream_t stream) override {
        return answered(self(), -1, [&] {
            return statusOf(self(), "enqueue", copiesOf(in, ins), copiesOf(out, outs), addressesOf(inputs, ins),
                            addressesOf(outputs, outs), copiesOf(inStrides, ins), copiesOf(outStrides, outs),
                            asAddress(stream));
        });
    }
};

}  // namespace

std::unique_ptr<IPluginCapability> makeQuickPart(PluginCapabilityType type, nb::object const& capability) {
    nb::module_ const module = nb::module_::import_("tensorrt");
    const auto is = [&](PluginCapabilityType wanted, char const* base) {
        return type == wanted && nb::isinstance(capability, module.attr(base));
    };
    if (is(PluginCapabilityType::kCORE, "IPluginV3QuickCore")) {
        return std::make_unique<CorePart<IPluginV3QuickCore>>(capability);
    }
    if (is(PluginCapabilityType::kBUILD, "IPluginV3QuickBuild")) return std::make_unique<QuickBuild>(capability);
    if (is(PluginCapabilityType::kRUNTIME, "IPluginV3QuickRuntime")) return std::make_unique<QuickRuntime>(capability);
    return nullptr;
}

}  // namespace opentrt::python
