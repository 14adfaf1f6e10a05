// SPDX-License-Identifier: Apache-2.0
// INetworkDefinition: the network under construction. Adding a layer infers nothing, because layers are completed by
// setters; asking a tensor for its shape builds the graph up to it, once. Building turns the whole into an imported
// graph.
#pragma once
#include <map>
#include <set>
#include <unordered_map>

#include "network/shells.h"

namespace opentrt::network {

using namespace nvinfer1;  // NOLINT: this room speaks the API's language

class Network final : public nvinfer1::INetworkDefinition, public nvinfer1::apiv::VNetworkDefinitionExt {
public:
    Network(const api::Reporter& reporter, nvinfer1::IBuilder& builder, uint32_t flags, bool implicitBatch);
    ~Network() override;

    api::Reporter& reporter() const { return reporter_; }
    bool implicitBatch() const { return implicitBatch_; }
    bool stronglyTyped() const { return getFlag(NetworkDefinitionCreationFlag::kSTRONGLY_TYPED); }
    const std::vector<TensorShell*>& inputs() const { return inputs_; }
    const std::vector<TensorShell*>& outputs() const { return outputs_; }
    const std::vector<std::unique_ptr<LayerBase>>& layers() const { return layers_; }

    //! Type and shape of a tensor; builds what is missing. Throws Error naming the layer at fault.
    const Fact& factOf(const TensorShell& tensor);
    //! The graph of the whole network. Throws Error. `shapeInputs` names inputs whose contents are shapes because a
    //! profile gives them values.
    Graph buildGraph(const std::vector<std::string>& shapeInputs);
    //! What the application set for layers of a type, or null.
    IOutputDimensionsFormula* formula(LayerType type) const;
    //! What setWeightsName said of weights at this address; empty when nothing.
    const std::string& nameOfWeights(const void* values) const;
    bool showsUnfusedTensors() const { return showsUnfused_; }
    //! Refuses dimensions that an input cannot have.
    void requireInputDims(const std::string& input, const std::vector<int64_t>& dims) const;
    //! opentrt::useModelBatch.
    void useModelBatch() noexcept;
    //! Forgets what was inferred.
    void invalidate();
    //! Something in a layer changed that may matter; forgets what was inferred if the layer was part of it.
    void changed(const LayerBase& layer);
    void renamed(const TensorShell& tensor);
    void renamed(const LayerBase& layer);
    //! Adds one layer to a graph: its operators, the conversions its output types ask for, names and options.
    static std::vector<ValueId> addLayer(Graph& graph, LayerBase& layer, const std::vector<ValueId>& inputs);
    //! Whether the tensor's contents size other tensors.
    bool feedsShape(const TensorShell& tensor);
    std::unique_ptr<TensorShell> makeTensor(LayerBase* producer, int output, std::string name);

    //! Takes over a layer, wires its inputs (null: left out), gives it a name and its outputs. Null after an error.
    template <class Layer>
    Layer* add(std::unique_ptr<Layer> layer, const std::vector<ITensor*>& inputs, int outputs = 1) {
        Layer* raw = layer.get();
        return adopt(std::move(layer), inputs, outputs) ? raw : nullptr;
    }

    //! opentrt::addOperator.
    ILayer* addOperator(const char* text, ITensor* const* tensors, int32_t count, int32_t outputs) noexcept;

    // The virtual table of NvInferImplBuild.h, in its order; implemented in network_*.cpp by theme.
    ITensor* addInput(char const* name, DataType type, Dims64 const& dimensions) noexcept override;
    void markOutput(ITensor& tensor) noexcept override;
    IActivationLayer* addActivation(ITensor& input, ActivationType type) noexcept override;
    ILRNLayer* addLRN(ITensor& input, int64_t window, float alpha, float beta, float k) noexcept override;
    IScaleLayer* addScale(ITensor& input, ScaleMode mode, Weights shift, Weights scale,
                          Weights power) noexcept override;
    ISoftMaxLayer* addSoftMax(ITensor& input) noexcept override;
    IConcatenationLayer* addConcatenation(ITensor* const* inputs, int32_t nbInputs) noexcept override;
    IElementWiseLayer* addElementWise(ITensor& input1, ITensor& input2, ElementWiseOperation op) noexcept override;
    IUnaryLayer* addUnary(ITensor& input, UnaryOperation operation) noexcept override;
    IShuffleLayer* addShuffle(ITensor& input) noexcept override;
    int32_t getNbLayers() const noexcept override;
    ILayer* getLayer(int32_t index) const noexcept override;
    int32_t getNbInputs() const noexcept override;
    ITensor* getInput(int32_t index) const noexcept override;
    int32_t getNbOutputs() const noexcept override;
    ITensor* getOutput(int32_t index) const noexcept override;
    IReduceLayer* addReduce(ITensor& input, ReduceOperation operation, uint32_t reduceAxes,
                            bool keepDimensions) noexcept override;
    ITopKLayer* addTopK(ITensor& input, TopKOperation op, int32_t k, uint32_t reduceAxes) noexcept override;
    IGatherLayer* addGather(ITensor& data, ITensor& indices, int32_t axis) noexcept override;
    IRaggedSoftMaxLayer* addRaggedSoftMax(ITensor& input, ITensor& bounds) noexcept override;
    IMatrixMultiplyLayer* addMatrixMultiply(ITensor& input0, MatrixOperation op0, ITensor& input1,
                                            MatrixOperation op1) noexcept override;
    IConstantLayer* addConstant(Dims64 const& dimensions, Weights weights) noexcept override;
    IIdentityLayer* addIdentity(ITensor& input) noexcept override;
    void removeTensor(ITensor& tensor) noexcept override;
    void unmarkOutput(ITensor& tensor) noexcept override;
    IPluginV2Layer* addPluginV2(ITensor* const* inputs, int32_t nbInputs, IPluginV2& plugin) noexcept override;
    IPluginV3Layer* addPluginV3(ITensor* const* inputs, int32_t nbInputs, ITensor* const* shapeInputs,
                                int32_t nbShapeInputs, IPluginV3& plugin) noexcept override;
    ISliceLayer* addSlice(ITensor& input, Dims64 const& start, Dims64 const& size,
                          Dims64 const& stride) noexcept override;
    void setName(char const* name) noexcept override;
    char const* getName() const noexcept override;
    IShapeLayer* addShape(ITensor& input) noexcept override;
    bool hasImplicitBatchDimension() const noexcept override;
    bool markOutputForShapes(ITensor& tensor) noexcept override;
    bool unmarkOutputForShapes(ITensor& tensor) noexcept override;
    IParametricReLULayer* addParametricReLU(ITensor& input, ITensor& slope) noexcept override;
    IConvolutionLayer* addConvolutionNd(ITensor& input, int64_t nbOutputMaps, Dims64 const& kernelSize,
                                        Weights kernelWeights, Weights biasWeights) noexcept override;
    IPoolingLayer* addPoolingNd(ITensor& input, PoolingType type, Dims64 const& windowSize) noexcept override;
    IDeconvolutionLayer* addDeconvolutionNd(ITensor& input, int64_t nbOutputMaps, Dims64 const& kernelSize,
                                            Weights kernelWeights, Weights biasWeights) noexcept override;
    IScaleLayer* addScaleNd(ITensor& input, ScaleMode mode, Weights shift, Weights scale, Weights power,
                            int32_t channelAxis) noexcept override;
    IResizeLayer* addResize(ITensor& input) noexcept override;
    ILoop* addLoop() noexcept override;
    ISelectLayer* addSelect(ITensor& condition, ITensor& thenInput, ITensor& elseInput) noexcept override;
    IFillLayer* addFill(Dims64 const& dimensions, FillOperation op) noexcept override;
    IPaddingLayer* addPaddingNd(ITensor& input, Dims64 const& prePadding, Dims64 const& postPadding) noexcept override;
    bool setWeightsName(Weights weights, char const* name) noexcept override;
    void setErrorRecorder(IErrorRecorder* recorder) noexcept override;
    IErrorRecorder* getErrorRecorder() const noexcept override;
    IDequantizeLayer* addDequantize(ITensor& input, ITensor& scale) noexcept override;
    IQuantizeLayer* addQuantize(ITensor& input, ITensor& scale) noexcept override;
    IGatherLayer* addGatherV2(ITensor& data, ITensor& indices, GatherMode mode) noexcept override;
    IIfConditional* addIfConditional() noexcept override;
    IScatterLayer* addScatter(ITensor& data, ITensor& indices, ITensor& updates, ScatterMode mode) noexcept override;
    IEinsumLayer* addEinsum(ITensor* const* inputs, int32_t nbInputs, char const* equation) noexcept override;
    IAssertionLayer* addAssertion(ITensor& condition, char const* message) noexcept override;
    IOneHotLayer* addOneHot(ITensor& indices, ITensor& values, ITensor& depth, int32_t axis) noexcept override;
    INonZeroLayer* addNonZero(ITensor& input) noexcept override;
    IGridSampleLayer* addGridSample(ITensor& input, ITensor& grid) noexcept override;
    INMSLayer* addNMS(ITensor& boxes, ITensor& scores, ITensor& maxOutputBoxesPerClass) noexcept override;
    IReverseSequenceLayer* addReverseSequence(ITensor& input, ITensor& sequenceLens) noexcept override;
    INormalizationLayer* addNormalization(ITensor& input, ITensor& scale, ITensor& bias,
                                          uint32_t axesMask) noexcept override;
    ICastLayer* addCast(ITensor& input, DataType toType) noexcept override;
    IBuilder& getBuilder() const noexcept override;
    NetworkDefinitionCreationFlags getFlags() const noexcept override;
    bool getFlag(NetworkDefinitionCreationFlag networkDefinitionCreationFlag) const noexcept override;
    IQuantizeLayer* addQuantizeV2(ITensor& input, ITensor& scale, DataType outputType) noexcept override;
    IDequantizeLayer* addDequantizeV2(ITensor& input, ITensor& scale, DataType outputType) noexcept override;
    IFillLayer* addFillV2(Dims64 const& dimensions, FillOperation op, DataType outputType) noexcept override;
    bool markDebug(ITensor& tensor) noexcept override;
    bool unmarkDebug(ITensor& tensor) noexcept override;
    bool isDebugTensor(ITensor const& tensor) const noexcept override;
    bool markWeightsRefittable(char const* name) noexcept override;
    bool unmarkWeightsRefittable(char const* name) noexcept override;
    bool areWeightsMarkedRefittable(char const* name) const noexcept override;
    ISqueezeLayer* addSqueeze(ITensor& input, ITensor& axes) noexcept override;
    IUnsqueezeLayer* addUnsqueeze(ITensor& input, ITensor& axes) noexcept override;
    IDynamicQuantizeLayer* addDynamicQuantize(ITensor& input, int32_t axis, int32_t blockSize, DataType toType,
                                              DataType scaleType) noexcept override;
    ICumulativeLayer* addCumulative(ITensor& input, ITensor& axis, CumulativeOperation operation, bool exclusive,
                                    bool reverse) noexcept override;
    bool markUnfusedTensorsAsDebugTensors() noexcept override;
    bool unmarkUnfusedTensorsAsDebugTensors() noexcept override;
    ITopKLayer* addTopKV2(ITensor& input, TopKOperation op, int32_t k, uint32_t reduceAxes,
                          DataType indicesType) noexcept override;
    INonZeroLayer* addNonZeroV2(ITensor& input, DataType indicesType) noexcept override;
    INMSLayer* addNMSV2(ITensor& boxes, ITensor& scores, ITensor& maxOutputBoxesPerClass,
                        DataType indicesType) noexcept override;
    IAttention* addAttention(ITensor& query, ITensor& key, ITensor& value, AttentionNormalizationOp normOp,
                             bool isCausal) noexcept override;
    IRotaryEmbeddingLayer* addRotaryEmbedding(ITensor& input, ITensor& cosCache, ITensor& sinCache, bool interleaved,
                                              int32_t rotaryEmbeddingDim) noexcept override;
    IDynamicQuantizeLayer* addDynamicQuantizeV2(ITensor& input, Dims64 const& blockShape, DataType toType,
                                                DataType scaleType) noexcept override;
    IKVCacheUpdateLayer* addKVCacheUpdate(ITensor& cache, ITensor& update, ITensor& writeIndices,
                                          KVCacheMode cacheMode) noexcept override;
    INormalizationLayer* addNormalizationV2(ITensor& input, ITensor& scale, ITensor& bias,
                                            uint32_t axesMask) noexcept override;
    IMoELayer* addMoE(ITensor& hiddenStates, ITensor& selectedExpertsForTokens,
                      ITensor& scoresForSelectedExperts) noexcept override;
    IDistCollectiveLayer* addDistCollective(ITensor& input, CollectiveOperation distCollectiveOp,
                                            ReduceOperation reduceOp, int64_t root, int64_t* groups,
                                            int64_t groupSize) noexcept override;
    IFullyConnectedLayer* addFullyConnected(ITensor& input, int32_t nbOutputs, Weights kernelWeights,
                                            Weights biasWeights) noexcept override;
    IRNNLayer* addRNN(ITensor& inputs, int32_t layerCount, std::size_t hiddenSize, int32_t maxSeqLen, RNNOperation op,
                      RNNInputMode mode, RNNDirection dir, Weights weights, Weights bias) noexcept override;
    IRNNv2Layer* addRNNv2(ITensor& input, int32_t layerCount, int32_t hiddenSize, int32_t maxSeqLen,
                          RNNOperation op) noexcept override;
    IPluginLayer* addPlugin(ITensor* const* inputs, int32_t nbInputs, IPlugin& plugin) noexcept override;
    IPluginLayer* addPluginExt(ITensor* const* inputs, int32_t nbInputs, IPluginExt& plugin) noexcept override;
    void setOutputDimensionsFormula(LayerType type, IOutputDimensionsFormula* formula) noexcept override;
    IOutputDimensionsFormula& getOutputDimensionsFormula(LayerType type) const noexcept override;
    IAttention* addAttentionV2(ITensor& query, ITensor& key, ITensor& value, AttentionNormalizationOp normOp,
                               CausalMaskKind causalKind) noexcept override;

private:
    bool adopt(std::unique_ptr<LayerBase> layer, const std::vector<ITensor*>& inputs, int outputs);
    ValueId valueOf(const TensorShell& tensor);
    void addInputs();
    std::vector<LayerBase*> effects() const;  //!< layers that are built though nothing reads them
    void requireUniqueNames() const;
    //! The inputs of a layer, of one type where the layer needs that.
    static std::vector<ValueId> alike(Graph& graph, const LayerBase& layer, std::vector<ValueId> inputs);
    static ValueId convert(Graph& graph, ValueId value, DType type, const std::string& name);

    mutable api::Reporter reporter_;
    nvinfer1::IBuilder& builder_;
    uint32_t flags_;
    bool implicitBatch_;
    bool modelBatch_ = false;  // implicit for the engine, while layers see the batch
    std::string name_;
    std::vector<std::unique_ptr<TensorShell>> inputShells_;
    std::vector<TensorShell*> inputs_, outputs_;
    std::vector<std::unique_ptr<LayerBase>> layers_;
    std::vector<std::unique_ptr<Construct>> constructs_;
    std::map<LayerType, IOutputDimensionsFormula*> formulas_;
    std::map<const void*, std::string> weightNames_;
    std::set<std::string> refittable_;                // names of weights
    std::vector<std::unique_ptr<LayerBase>> probes_;  // of debug tensors; not counted as layers
    bool showsUnfused_ = false;
    Graph query_;  // what was inferred so far
    std::unordered_map<const TensorShell*, ValueId> known_;
};

}  // namespace opentrt::network
