// SPDX-License-Identifier: Apache-2.0
//! \file NvInferTensor.h
//! Tensors and the base class of layers: the nodes and edges of a network under construction.
#ifndef NV_INFER_TENSOR_H
#define NV_INFER_TENSOR_H

#include "../NvInferLegacyDims.h"
#include "../NvInferRuntime.h"

namespace nvinfer1 {

namespace impl {
//! \return the last two extents as height and width.
TRT_ERA inline DimsHW toDimsHW(Dims const& dims) noexcept {
    DimsHW size;
    for (int32_t i = 0; i < 2 && dims.nbDims >= 2; ++i) size.d[i] = dims.d[dims.nbDims - 2 + i];
    return size;
}
}  // namespace impl

//! Kind of a layer, as ILayer::getType() tells it. The numbers are those of 10.16; older releases counted otherwise.
enum class LayerType : int32_t {
    kCONVOLUTION = 0,                            //!< IConvolutionLayer.
    kCAST = 1,                                   //!< ICastLayer. Since 8.6.
    kACTIVATION = 2,                             //!< IActivationLayer.
    kPOOLING = 3,                                //!< IPoolingLayer.
    kLRN = 4,                                    //!< ILRNLayer.
    kSCALE = 5,                                  //!< IScaleLayer.
    kSOFTMAX = 6,                                //!< ISoftMaxLayer.
    kDECONVOLUTION = 7,                          //!< IDeconvolutionLayer.
    kCONCATENATION = 8,                          //!< IConcatenationLayer.
    kELEMENTWISE = 9,                            //!< IElementWiseLayer.
    kPLUGIN = 10,                                //!< IPluginLayer, until 7.2.
    kUNARY = 11,                                 //!< IUnaryLayer.
    kPADDING = 12,                               //!< IPaddingLayer.
    kSHUFFLE = 13,                               //!< IShuffleLayer.
    kREDUCE = 14,                                //!< IReduceLayer.
    kTOPK = 15,                                  //!< ITopKLayer.
    kGATHER = 16,                                //!< IGatherLayer.
    kMATRIX_MULTIPLY = 17,                       //!< IMatrixMultiplyLayer.
    kRAGGED_SOFTMAX = 18,                        //!< IRaggedSoftMaxLayer.
    kCONSTANT = 19,                              //!< IConstantLayer.
    kIDENTITY = 20,                              //!< IIdentityLayer.
    kPLUGIN_V2 = 21,                             //!< IPluginV2Layer.
    kSLICE = 22,                                 //!< ISliceLayer.
    kSHAPE = 23,                                 //!< IShapeLayer.
    kPARAMETRIC_RELU = 24,                       //!< IParametricReLULayer.
    kRESIZE = 25,                                //!< IResizeLayer.
    kTRIP_LIMIT = 26,                            //!< ITripLimitLayer.
    kRECURRENCE = 27,                            //!< IRecurrenceLayer.
    kITERATOR = 28,                              //!< IIteratorLayer.
    kLOOP_OUTPUT = 29,                           //!< ILoopOutputLayer.
    kSELECT = 30,                                //!< ISelectLayer.
    kFILL = 31,                                  //!< IFillLayer.
    kQUANTIZE = 32,                              //!< IQuantizeLayer.
    kDEQUANTIZE = 33,                            //!< IDequantizeLayer.
    kCONDITION = 34,                             //!< IConditionLayer.
    kCONDITIONAL_INPUT = 35,                     //!< IIfConditionalInputLayer.
    kCONDITIONAL_OUTPUT = 36,                    //!< IIfConditionalOutputLayer.
    kSCATTER = 37,                               //!< IScatterLayer.
    kEINSUM = 38,                                //!< IEinsumLayer.
    kASSERTION = 39,                             //!< IAssertionLayer.
    kONE_HOT = 40,                               //!< IOneHotLayer.
    kNON_ZERO = 41,                              //!< INonZeroLayer.
    kGRID_SAMPLE = 42,                           //!< IGridSampleLayer.
    kNMS = 43,                                   //!< INMSLayer.
    kREVERSE_SEQUENCE = 44,                      //!< IReverseSequenceLayer.
    kNORMALIZATION = 45,                         //!< INormalizationLayer.
    kPLUGIN_V3 = 46,                             //!< IPluginV3Layer.
    kSQUEEZE = 47,                               //!< ISqueezeLayer.
    kUNSQUEEZE = 48,                             //!< IUnsqueezeLayer.
    kCUMULATIVE = 49,                            //!< ICumulativeLayer.
    kDYNAMIC_QUANTIZE = 50,                      //!< IDynamicQuantizeLayer.
    kATTENTION_INPUT = 51,                       //!< IAttentionInputLayer.
    kATTENTION_OUTPUT = 52,                      //!< IAttentionOutputLayer.
    kROTARY_EMBEDDING = 53,                      //!< IRotaryEmbeddingLayer.
    kKVCACHE_UPDATE = 54,                        //!< IKVCacheUpdateLayer.
    kMOE = 55,                                   //!< IMoELayer.
    kDIST_COLLECTIVE = 56,                       //!< IDistCollectiveLayer.
    kFULLY_CONNECTED TRT_DEPRECATED_ENUM = 100,  //!< IFullyConnectedLayer, until 9.x.
    kRNN TRT_DEPRECATED_ENUM = 101,              //!< IRNNLayer, until 7.2.
    kRNN_V2 TRT_DEPRECATED_ENUM = 102,           //!< IRNNv2Layer, until 9.x.
};

//! An edge of the network: a network input or the output of a layer. Owned by the network; never deleted by the user.
//! Not thread safe.
class ITensor : public INoCopy {
public:
    //! Sets the name, unique in the network. The string is copied; it must not be empty. Inputs and outputs are bound
    //! by it.
    void setName(char const* name) noexcept { mImpl->setName(name); }
    //! \return the name, unique in the network. Layer outputs have a generated name until one is set.
    char const* getName() const noexcept { return mImpl->getName(); }

    //! Sets the shape. Only for network inputs; -1 marks an extent that a profile gives.
    void setDimensions(impl::DimsArg dimensions) noexcept { mImpl->setDimensions(impl::toDims64(dimensions)); }
    //! \return the shape. Computed from the layers for all but network inputs; -1 where it is not known before run
    //! time, nbDims -1 after an error.
    TRT_ERA Dims getDimensions() const noexcept { return impl::fromDims64(mImpl->getDimensions()); }

    //! Sets the element type. For network inputs; for outputs it asks for a conversion. Use a strongly typed network
    //! and ICastLayer. Deprecated since 10.12.
    TRT_DEPRECATED void setType(DataType type) noexcept { mImpl->setType(type); }
    //! \return the element type.
    DataType getType() const noexcept { return mImpl->getType(); }

    //! Sets the range of values for INT8: the scale is max(|min|, |max|) / 127. Deprecated since 10.1: use
    //! IQuantizeLayer.
    //! \return false if min > max or a bound is not finite.
    TRT_DEPRECATED bool setDynamicRange(float min, float max) noexcept { return mImpl->setDynamicRange(min, max); }

    //! \return true if the tensor is an input of the network.
    bool isNetworkInput() const noexcept { return mImpl->isNetworkInput(); }

    //! \return true if the tensor is marked as an output of the network.
    bool isNetworkOutput() const noexcept { return mImpl->isNetworkOutput(); }

    //! Sets whether all items of an implicit batch share this input. Meaningless with explicit batch. Deprecated since
    //! 10.0.
    TRT_DEPRECATED void setBroadcastAcrossBatch(bool broadcastAcrossBatch) noexcept {
        mImpl->setBroadcastAcrossBatch(broadcastAcrossBatch);
    }
    //! \return whether all items of an implicit batch share this input. Deprecated since 10.0.
    TRT_DEPRECATED bool getBroadcastAcrossBatch() const noexcept { return mImpl->getBroadcastAcrossBatch(); }

    //! \return where the bytes of a network input or output live.
    TensorLocation getLocation() const noexcept { return mImpl->getLocation(); }

    //! Sets where the bytes of a network input or output live. kHOST only for shape tensors; execution chooses by
    //! itself. Deprecated since 10.0.
    TRT_DEPRECATED void setLocation(TensorLocation location) noexcept { mImpl->setLocation(location); }

    //! \return true if setDynamicRange() was called. Deprecated since 10.7.
    TRT_DEPRECATED bool dynamicRangeIsSet() const noexcept { return mImpl->dynamicRangeIsSet(); }

    //! Forgets the range of values. Deprecated since 10.1.
    void resetDynamicRange() noexcept { mImpl->resetDynamicRange(); }

    //! \return the lower bound given to setDynamicRange(), NaN if none. Deprecated since 10.1.
    float getDynamicRangeMin() const noexcept { return mImpl->getDynamicRangeMin(); }

    //! \return the upper bound given to setDynamicRange(), NaN if none. Deprecated since 10.1.
    float getDynamicRangeMax() const noexcept { return mImpl->getDynamicRangeMax(); }

    //! Sets the memory formats that the engine may use for this network input or output. A mask of `1U <<
    //! TensorFormat`; all formats by default, which means kLINEAR unless the build chooses otherwise. Since 6.0.
    void setAllowedFormats(TensorFormats formats) noexcept { mImpl->setAllowedFormats(formats); }
    //! \return the memory formats that the engine may use for this network input or output. Since 6.0.
    TensorFormats getAllowedFormats() const noexcept { return mImpl->getAllowedFormats(); }

    //! \return true if the values of this tensor take part in computing shapes, so that they must be known on the
    //! host. The network must be complete. Since 6.0.
    bool isShapeTensor() const noexcept { return mImpl->isShapeTensor(); }

    //! \return true if the values are computed on the device. A tensor may be a shape tensor as well. Since 6.0.
    bool isExecutionTensor() const noexcept { return mImpl->isExecutionTensor(); }

    //! Names dimension `index` of a network input, for example "batch": dimensions of equal name have equal extents.
    //! The string is copied, null removes it. Since 8.5.
    void setDimensionName(int32_t index, char const* name) noexcept { mImpl->setDimensionName(index, name); }
    //! \return the name of dimension `index`, null if it has none. Since 8.5.
    char const* getDimensionName(int32_t index) const noexcept { return mImpl->getDimensionName(index); }

    //! \return the larger of the bounds' magnitudes given to setDynamicRange(). Until 7.2.
    TRT_DEPRECATED float getDynamicRange() const noexcept {
        float const low = mImpl->getDynamicRangeMin();
        float const high = mImpl->getDynamicRangeMax();
        return -low > high ? -low : high;
    }

protected:
    virtual ~ITensor() noexcept = default;
    apiv::VTensor* mImpl;
};

//! Base of all layers: a node of the network with ordered inputs and outputs. Made by INetworkDefinition and owned by
//! it. Not thread safe.
class ILayer : public INoCopy {
public:
    //! \return the kind of layer, which tells the class to cast to.
    LayerType getType() const noexcept { return mLayer->getType(); }

    //! Sets the name, unique in the network. The string is copied. Messages, profiles and the inspector show it.
    void setName(char const* name) noexcept { mLayer->setName(name); }
    //! \return the name, unique in the network. A generated name until one is set.
    char const* getName() const noexcept { return mLayer->getName(); }

    //! \return the number of inputs.
    int32_t getNbInputs() const noexcept { return mLayer->getNbInputs(); }

    //! \return input `index`; null if there is none, or an optional one is not connected.
    ITensor* getInput(int32_t index) const noexcept { return mLayer->getInput(index); }

    //! \return the number of outputs.
    int32_t getNbOutputs() const noexcept { return mLayer->getNbOutputs(); }

    //! \return output `index`; null beyond getNbOutputs().
    ITensor* getOutput(int32_t index) const noexcept { return mLayer->getOutput(index); }

    //! Replaces input `index`. Optional inputs that the constructing function did not ask for are connected this way.
    void setInput(int32_t index, ITensor& tensor) noexcept { mLayer->setInput(index, tensor); }

    //! Sets the type to compute in. A wish, unless a builder flag demands it; an error in strongly typed networks.
    //! Deprecated since 10.12.
    TRT_DEPRECATED void setPrecision(DataType dataType) noexcept { mLayer->setPrecision(dataType); }
    //! \return the type to compute in. kFLOAT until one is set.
    DataType getPrecision() const noexcept { return mLayer->getPrecision(); }

    //! \return true if setPrecision() was called. Deprecated since 10.12.
    TRT_DEPRECATED bool precisionIsSet() const noexcept { return mLayer->precisionIsSet(); }

    //! Forgets the precision. Deprecated since 10.12.
    TRT_DEPRECATED void resetPrecision() noexcept { mLayer->resetPrecision(); }

    //! Sets the type of output `index`. A wish like setPrecision(). Deprecated since 10.12: use ICastLayer.
    TRT_DEPRECATED void setOutputType(int32_t index, DataType dataType) noexcept {
        mLayer->setOutputType(index, dataType);
    }
    //! \return the type of output `index`: the one set, else the one computed.
    DataType getOutputType(int32_t index) const noexcept { return mLayer->getOutputType(index); }

    //! \return true if setOutputType() was called for output `index`. Deprecated since 10.12.
    TRT_DEPRECATED bool outputTypeIsSet(int32_t index) const noexcept { return mLayer->outputTypeIsSet(index); }

    //! Forgets the type of output `index`. Deprecated since 10.12.
    TRT_DEPRECATED void resetOutputType(int32_t index) noexcept { mLayer->resetOutputType(index); }

    //! Sets a text of the user's that the inspector shows beside the layer. The string is copied, at most 4096 bytes.
    //! Since 8.6.
    void setMetadata(char const* metadata) noexcept { mLayer->setMetadata(metadata); }
    //! \return a text of the user's that the inspector shows beside the layer. Empty by default. Since 8.6.
    char const* getMetadata() const noexcept { return mLayer->getMetadata(); }

    //! Sets how many processes take part in a collective layer. Since 10.16.
    //! \return false if nbRanks < 1.
    bool setNbRanks(int32_t nbRanks) noexcept { return mLayer->setNbRanks(nbRanks); }
    //! \return the number of processes that take part; 1 by default. Since 10.16.
    int32_t getNbRanks() const noexcept { return mLayer->getNbRanks(); }

protected:
    virtual ~ILayer() noexcept = default;
    apiv::VLayer* mLayer;
};

namespace impl {
template <>
struct EnumMaxImpl<LayerType> : EnumCount<57> {};
}  // namespace impl

}  // namespace nvinfer1

#endif  // NV_INFER_TENSOR_H
