// SPDX-License-Identifier: Apache-2.0
// Layers that move, select or make data.
#include <nanobind/stl/variant.h>
#include <variant>

#include "bind.h"

namespace opentrt::python {
namespace {

void bindMovement(nb::module_& m) {
    using P = IPaddingLayer;
    Bound<P, ILayer>(m, "IPaddingLayer")
        .def_prop_rw("pre_padding_nd", &P::getPrePaddingNd, &P::setPrePaddingNd)
        .def_prop_rw("post_padding_nd", &P::getPostPaddingNd, &P::setPostPaddingNd)
        .def_prop_rw("pre_padding", &P::getPrePadding, &P::setPrePadding)
        .def_prop_rw("post_padding", &P::getPostPadding, &P::setPostPadding);
    using S = IShuffleLayer;
    Bound<S, ILayer>(m, "IShuffleLayer")
        .def_prop_rw("first_transpose", &S::getFirstTranspose, &S::setFirstTranspose)
        .def_prop_rw("reshape_dims", &S::getReshapeDimensions, &S::setReshapeDimensions)
        .def_prop_rw("second_transpose", &S::getSecondTranspose, &S::setSecondTranspose)
        .def_prop_rw("zero_is_placeholder", &S::getZeroIsPlaceholder, &S::setZeroIsPlaceholder);
    using L = ISliceLayer;
    Bound<L, ILayer>(m, "ISliceLayer")
        .def_prop_rw("start", &L::getStart, &L::setStart)
        .def_prop_rw("shape", &L::getSize, &L::setSize)
        .def_prop_rw("stride", &L::getStride, &L::setStride)
        .def_prop_rw("mode", &L::getMode, &L::setMode)
        .def_prop_rw("axes", &L::getAxes, &L::setAxes);
    Bound<IConcatenationLayer, ILayer>(m, "IConcatenationLayer")
        .def_prop_rw("axis", &IConcatenationLayer::getAxis, &IConcatenationLayer::setAxis);
    Bound<IReverseSequenceLayer, ILayer>(m, "IReverseSequenceLayer")
        .def_prop_rw("batch_axis", &IReverseSequenceLayer::getBatchAxis, &IReverseSequenceLayer::setBatchAxis)
        .def_prop_rw("sequence_axis", &IReverseSequenceLayer::getSequenceAxis, &IReverseSequenceLayer::setSequenceAxis);
    Bound<IShapeLayer, ILayer>(m, "IShapeLayer");
    Bound<ISqueezeLayer, ILayer>(m, "ISqueezeLayer");
    Bound<IUnsqueezeLayer, ILayer>(m, "IUnsqueezeLayer");
}

void bindSelection(nb::module_& m) {
    using G = IGatherLayer;
    Bound<G, ILayer>(m, "IGatherLayer")
        .def_prop_rw("axis", &G::getGatherAxis, &G::setGatherAxis)
        .def_prop_rw("num_elementwise_dims", &G::getNbElementWiseDims, &G::setNbElementWiseDims)
        .def_prop_rw("mode", &G::getMode, &G::setMode);
    Bound<IScatterLayer, ILayer>(m, "IScatterLayer")
        .def_prop_rw("axis", &IScatterLayer::getAxis, &IScatterLayer::setAxis)
        .def_prop_rw("mode", &IScatterLayer::getMode, &IScatterLayer::setMode);
    Bound<IOneHotLayer, ILayer>(m, "IOneHotLayer").def_prop_rw("axis", &IOneHotLayer::getAxis, &IOneHotLayer::setAxis);
    Bound<INonZeroLayer, ILayer>(m, "INonZeroLayer")
        .def_prop_rw("indices_type", &INonZeroLayer::getIndicesType, Checked<&INonZeroLayer::setIndicesType>{});
    using N = INMSLayer;
    Bound<N, ILayer>(m, "INMSLayer")
        .def_prop_rw("bounding_box_format", &N::getBoundingBoxFormat, &N::setBoundingBoxFormat)
        .def_prop_rw("topk_box_limit", &N::getTopKBoxLimit, &N::setTopKBoxLimit)
        .def_prop_rw("indices_type", &N::getIndicesType, Checked<&N::setIndicesType>{});
}

std::vector<float> scalesOf(IResizeLayer const& self) {
    int32_t const count = std::max(self.getScales(0, nullptr), 0);
    std::vector<float> scales(static_cast<size_t>(count));
    self.getScales(count, scales.data());
    return scales;
}

void bindSampling(nb::module_& m) {
    using R = IResizeLayer;
    Bound<R, ILayer>(m, "IResizeLayer")
        .def_prop_rw("shape", &R::getOutputDimensions, &R::setOutputDimensions)
        .def_prop_rw("scales", &scalesOf,
                     [](R& self, std::vector<float> const& scales) {
                         self.setScales(scales.data(), static_cast<int32_t>(scales.size()));
                     })
        .def_prop_rw("resize_mode", &R::getResizeMode, &R::setResizeMode)
        .def_prop_rw("coordinate_transformation", &R::getCoordinateTransformation, &R::setCoordinateTransformation)
        .def_prop_rw("selector_for_single_pixel", &R::getSelectorForSinglePixel, &R::setSelectorForSinglePixel)
        .def_prop_rw("nearest_rounding", &R::getNearestRounding, &R::setNearestRounding)
        .def_prop_rw("exclude_outside", &R::getExcludeOutside, &R::setExcludeOutside)
        .def_prop_rw("cubic_coeff", &R::getCubicCoeff, &R::setCubicCoeff)
        .def_prop_rw("align_corners", &R::getAlignCorners, &R::setAlignCorners);
    using G = IGridSampleLayer;
    Bound<G, ILayer>(m, "IGridSampleLayer")
        .def_prop_rw("interpolation_mode", &G::getInterpolationMode, &G::setInterpolationMode)
        .def_prop_rw("align_corners", &G::getAlignCorners, &G::setAlignCorners)
        .def_prop_rw("sample_mode", &G::getSampleMode, Checked<&G::setSampleMode>{});
}

// The coefficients of a fill are integers or floating point numbers.
using Coefficient = std::variant<int64_t, double>;

void bindFill(nb::module_& m) {
    using F = IFillLayer;
    Bound<F, ILayer>(m, "IFillLayer")
        .def_prop_rw("shape", &F::getDimensions, &F::setDimensions)
        .def_prop_rw("operation", &F::getOperation, &F::setOperation)
        .def_prop_rw(
            "alpha",
            [](F const& self) -> Coefficient {
                if (self.isAlphaBetaInt64()) return self.getAlphaInt64();
                return self.getAlpha();
            },
            [](F& self, Coefficient value) {
                if (auto const* integer = std::get_if<int64_t>(&value)) return self.setAlphaInt64(*integer);
                self.setAlpha(std::get<double>(value));
            })
        .def_prop_rw(
            "beta",
            [](F const& self) -> Coefficient {
                if (self.isAlphaBetaInt64()) return self.getBetaInt64();
                return self.getBeta();
            },
            [](F& self, Coefficient value) {
                if (auto const* integer = std::get_if<int64_t>(&value)) return self.setBetaInt64(*integer);
                self.setBeta(std::get<double>(value));
            })
        .def("is_alpha_beta_int64", &F::isAlphaBetaInt64)
        .def_prop_rw("to_type", &F::getToType, &F::setToType);
}

}  // namespace

void bindDataLayers(nb::module_& m) {
    bindMovement(m);
    bindSelection(m);
    bindSampling(m);
    bindFill(m);
    using C = IConstantLayer;
    Bound<C, ILayer> constant(m, "IConstantLayer");
    constant.def_prop_rw("shape", &C::getDimensions, &C::setDimensions);
    defWeights<&C::getWeights, &C::setWeights>(constant, "weights");
}

}  // namespace opentrt::python
