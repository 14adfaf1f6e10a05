// SPDX-License-Identifier: Apache-2.0
// Tested by layer_graph_test.cpp.
#include "network/output_formula.h"

#include "network/network.h"
#include "plugin/tensor_descs.h"

namespace opentrt::network {

struct DimsWithKinds {
    int32_t nbDims;
    int32_t d[8];
    int32_t kinds[8];
};
struct NarrowDims {
    int32_t nbDims;
    int32_t d[8];
};

//! IOutputDimensionsFormula as the application was compiled: the same virtual table with another Dims. Not of an
//! unnamed namespace, where a compiler takes the classes that it sees for all there are.
template <class D>
class Formula {
public:
    virtual D compute(D input, D kernel, D stride, D padding, D dilation, char const* layer) const = 0;
    virtual ~Formula() = default;
};

namespace {

template <class D>
D made(const std::array<int64_t, 2>& sizes) {
    D dims{};
    dims.nbDims = 2;
    for (size_t i = 0; i < 2; ++i) dims.d[i] = static_cast<std::decay_t<decltype(dims.d[i])>>(sizes[i]);
    return dims;
}

//! floor((input + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1.
template <class D>
class BuiltIn final : public Formula<D> {
public:
    D compute(D input, D kernel, D stride, D padding, D dilation, char const*) const override {
        D output = input;
        for (int i = 0; i < 2; ++i) {
            const auto reach = dilation.d[i] * (kernel.d[i] - 1) + 1;
            output.d[i] = (input.d[i] + 2 * padding.d[i] - reach) / stride.d[i] + 1;
        }
        return output;
    }
};

template <class D>
IOutputDimensionsFormula& builtIn() {
    static BuiltIn<D> formula;
    Formula<D>* const shown = &formula;
    return *reinterpret_cast<IOutputDimensionsFormula*>(shown);
}

//! The object is of a class that the application compiled, of the same layout.
template <class D>
__attribute__((no_sanitize("vptr"))) std::array<int64_t, 2> call(const IOutputDimensionsFormula& formula,
                                                                 const WindowSizes& s, const std::string& layer) {
    const auto* ofApplication = reinterpret_cast<const Formula<D>*>(&formula);
    const D output = ofApplication->compute(made<D>(s.input), made<D>(s.kernel), made<D>(s.stride), made<D>(s.padding),
                                            made<D>(s.dilation), layer.c_str());
    return {output.d[0], output.d[1]};
}

}  // namespace

std::array<int64_t, 2> sizeByFormula(const IOutputDimensionsFormula& formula, int32_t era, const WindowSizes& sizes,
                                     const std::string& layer) {
    switch (plugin::layoutOfEra(era)) {
        case plugin::DimsLayout::Kinds:
            return call<DimsWithKinds>(formula, sizes, layer);
        case plugin::DimsLayout::Narrow:
            return call<NarrowDims>(formula, sizes, layer);
        default:
            return call<Dims64>(formula, sizes, layer);
    }
}

IOutputDimensionsFormula& builtInFormula(int32_t era) {
    switch (plugin::layoutOfEra(era)) {
        case plugin::DimsLayout::Kinds:
            return builtIn<DimsWithKinds>();
        case plugin::DimsLayout::Narrow:
            return builtIn<NarrowDims>();
        default:
            return builtIn<Dims64>();
    }
}

void Network::setOutputDimensionsFormula(LayerType type, IOutputDimensionsFormula* formula) noexcept {
    api::guarded(reporter_, [&] {
        formulas_[type] = formula;
        invalidate();
    });
}

IOutputDimensionsFormula& Network::getOutputDimensionsFormula(LayerType type) const noexcept {
    IOutputDimensionsFormula* given = formula(type);
    return given ? *given : builtInFormula(reporter_.era());
}

IOutputDimensionsFormula* Network::formula(LayerType type) const {
    const auto at = formulas_.find(type);
    return at == formulas_.end() ? nullptr : at->second;
}

}  // namespace opentrt::network
