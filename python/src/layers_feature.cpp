// SPDX-License-Identifier: Apache-2.0
// Layers that compute features: convolutions, pooling, pointwise functions, reductions, normalization, quantization.
#include "bind.h"

namespace opentrt::python {
namespace {

template <typename L, typename Class>
void defWindow(Class& c) {
    c.def_prop_rw("pre_padding", &L::getPrePadding, &L::setPrePadding)
        .def_prop_rw("post_padding", &L::getPostPadding, &L::setPostPadding)
        .def_prop_rw("padding_mode", &L::getPaddingMode, &L::setPaddingMode)
        .def_prop_rw("stride_nd", &L::getStrideNd, &L::setStrideNd)
        .def_prop_rw("padding_nd", &L::getPaddingNd, &L::setPaddingNd)
        .def_prop_rw("stride", &L::getStride, &L::setStride)
        .def_prop_rw("padding", &L::getPadding, &L::setPadding);
}

template <typename L>
void bindConvolution(nb::module_& m, char const* name) {
    Bound<L, ILayer> c(m, name);
    defWindow<L>(c);
    c.def_prop_rw("num_output_maps", &L::getNbOutputMaps, &L::setNbOutputMaps)
        .def_prop_rw("num_groups", &L::getNbGroups, &L::setNbGroups)
        .def_prop_rw("kernel_size_nd", &L::getKernelSizeNd, &L::setKernelSizeNd)
        .def_prop_rw("dilation_nd", &L::getDilationNd, &L::setDilationNd)
        .def_prop_rw("kernel_size", &L::getKernelSize, &L::setKernelSize);
    defWeights<&L::getKernelWeights, &L::setKernelWeights>(c, "kernel");
    defWeights<&L::getBiasWeights, &L::setBiasWeights>(c, "bias");
}

void bindConvolutions(nb::module_& m) {
    bindConvolution<IConvolutionLayer>(m, "IConvolutionLayer");
    bindConvolution<IDeconvolutionLayer>(m, "IDeconvolutionLayer");
    nb::borrow<Bound<IConvolutionLayer, ILayer>>(m.attr("IConvolutionLayer"))
        .def_prop_rw("dilation", &IConvolutionLayer::getDilation, &IConvolutionLayer::setDilation);
    using P = IPoolingLayer;
    Bound<P, ILayer> pooling(m, "IPoolingLayer");
    defWindow<P>(pooling);
    pooling.def_prop_rw("type", &P::getPoolingType, &P::setPoolingType)
        .def_prop_rw("blend_factor", &P::getBlendFactor, &P::setBlendFactor)
        .def_prop_rw("average_count_excludes_padding", &P::getAverageCountExcludesPadding,
                     &P::setAverageCountExcludesPadding)
        .def_prop_rw("window_size_nd", &P::getWindowSizeNd, &P::setWindowSizeNd)
        .def_prop_rw("window_size", &P::getWindowSize, &P::setWindowSize);
    using R = ILRNLayer;
    Bound<R, ILayer>(m, "ILRNLayer")
        .def_prop_rw("window_size", &R::getWindowSize, &R::setWindowSize)
        .def_prop_rw("alpha", &R::getAlpha, &R::setAlpha)
        .def_prop_rw("beta", &R::getBeta, &R::setBeta)
        .def_prop_rw("k", &R::getK, &R::setK);
}

void bindPointwise(nb::module_& m) {
    using A = IActivationLayer;
    Bound<A, ILayer>(m, "IActivationLayer")
        .def_prop_rw("type", &A::getActivationType, &A::setActivationType)
        .def_prop_rw("alpha", &A::getAlpha, &A::setAlpha)
        .def_prop_rw("beta", &A::getBeta, &A::setBeta);
    using S = IScaleLayer;
    Bound<S, ILayer> scale(m, "IScaleLayer");
    scale.def_prop_rw("mode", &S::getMode, &S::setMode)
        .def_prop_rw("channel_axis", &S::getChannelAxis, &S::setChannelAxis);
    defWeights<&S::getShift, &S::setShift>(scale, "shift");
    defWeights<&S::getScale, &S::setScale>(scale, "scale");
    defWeights<&S::getPower, &S::setPower>(scale, "power");
    Bound<IElementWiseLayer, ILayer>(m, "IElementWiseLayer")
        .def_prop_rw("op", &IElementWiseLayer::getOperation, &IElementWiseLayer::setOperation);
    Bound<IUnaryLayer, ILayer>(m, "IUnaryLayer")
        .def_prop_rw("op", &IUnaryLayer::getOperation, &IUnaryLayer::setOperation);
    Bound<IParametricReLULayer, ILayer>(m, "IParametricReLULayer");
    Bound<ISelectLayer, ILayer>(m, "ISelectLayer");
    Bound<IIdentityLayer, ILayer>(m, "IIdentityLayer");
    Bound<ICastLayer, ILayer>(m, "ICastLayer").def_prop_rw("to_type", &ICastLayer::getToType, &ICastLayer::setToType);
}

void bindReductions(nb::module_& m) {
    Bound<ISoftMaxLayer, ILayer>(m, "ISoftMaxLayer")
        .def_prop_rw("axes", &ISoftMaxLayer::getAxes, &ISoftMaxLayer::setAxes);
    Bound<IRaggedSoftMaxLayer, ILayer>(m, "IRaggedSoftMaxLayer");
    using R = IReduceLayer;
    Bound<R, ILayer>(m, "IReduceLayer")
        .def_prop_rw("op", &R::getOperation, &R::setOperation)
        .def_prop_rw("axes", &R::getReduceAxes, &R::setReduceAxes)
        .def_prop_rw("keep_dims", &R::getKeepDimensions, &R::setKeepDimensions);
    using T = ITopKLayer;
    Bound<T, ILayer>(m, "ITopKLayer")
        .def_prop_rw("op", &T::getOperation, &T::setOperation)
        .def_prop_rw("k", &T::getK, &T::setK)
        .def_prop_rw("axes", &T::getReduceAxes, &T::setReduceAxes)
        .def_prop_rw("indices_type", &T::getIndicesType, Checked<&T::setIndicesType>{});
    using C = ICumulativeLayer;
    Bound<C, ILayer>(m, "ICumulativeLayer")
        .def_prop_rw("op", &C::getOperation, Checked<&C::setOperation>{})
        .def_prop_rw("exclusive", &C::getExclusive, &C::setExclusive)
        .def_prop_rw("reverse", &C::getReverse, &C::setReverse);
    using N = INormalizationLayer;
    Bound<N, ILayer>(m, "INormalizationLayer")
        .def_prop_rw("epsilon", &N::getEpsilon, &N::setEpsilon)
        .def_prop_rw("axes", &N::getAxes, &N::setAxes)
        .def_prop_rw("num_groups", &N::getNbGroups, &N::setNbGroups)
        .def_prop_rw("compute_precision", &N::getComputePrecision, &N::setComputePrecision)
        .def_prop_ro("is_v2", &N::isV2);
    using M = IMatrixMultiplyLayer;
    Bound<M, ILayer>(m, "IMatrixMultiplyLayer")
        .def_prop_rw(
            "op0", [](M const& self) { return self.getOperation(0); },
            [](M& self, MatrixOperation op) { self.setOperation(0, op); })
        .def_prop_rw(
            "op1", [](M const& self) { return self.getOperation(1); },
            [](M& self, MatrixOperation op) { self.setOperation(1, op); });
    Bound<IEinsumLayer, ILayer>(m, "IEinsumLayer")
        .def_prop_rw("equation", &IEinsumLayer::getEquation, Checked<&IEinsumLayer::setEquation>{});
}

template <typename L>
void bindQuantization(nb::module_& m, char const* name) {
    Bound<L, ILayer>(m, name)
        .def_prop_rw("axis", &L::getAxis, &L::setAxis)
        .def_prop_rw("block_shape", &L::getBlockShape, Checked<&L::setBlockShape>{})
        .def_prop_rw("to_type", &L::getToType, &L::setToType);
}

}  // namespace

void bindFeatureLayers(nb::module_& m) {
    bindConvolutions(m);
    bindPointwise(m);
    bindReductions(m);
    bindQuantization<IQuantizeLayer>(m, "IQuantizeLayer");
    bindQuantization<IDequantizeLayer>(m, "IDequantizeLayer");
    using D = IDynamicQuantizeLayer;
    Bound<D, ILayer>(m, "IDynamicQuantizeLayer")
        .def_prop_rw("axis", &D::getAxis, &D::setAxis)
        .def_prop_rw("block_size", &D::getBlockSize, &D::setBlockSize)
        .def_prop_rw("block_shape", &D::getBlockShape, &D::setBlockShape)
        .def_prop_rw("to_type", &D::getToType, &D::setToType)
        .def_prop_rw("scale_type", &D::getScaleType, &D::setScaleType);
}

}  // namespace opentrt::python
