// SPDX-License-Identifier: Apache-2.0
// The plan: everything a run needs, as data. A program is a flat list of steps over values; a value's dimensions are
// indices into one table of expressions, evaluated once when shapes change. Bodies of If and Loop are further programs.
// There is no graph at run time. plan/serialize.h turns a Plan into the file described in docs/plan_format.md and back.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backends/backend.h"

namespace opentrt {

//! Where the bytes of a value live.
enum class Storage : uint8_t {
    Input,     //!< `index`-th input of the program
    Output,    //!< `index`-th output of the program
    Constant,  //!< `index`-th blob of the plan
    Arena,     //!< the context's activation memory at `offsets[profile]`
    Dynamic,   //!< allocated while running: the size is data dependent and unbounded
    Alias,     //!< the memory of value `index`, `aliasOffset` elements in
};

struct PlanValue {
    std::string name;
    DType type = DType::F32;
    Format format = Format::Linear;
    std::vector<int32_t> dims;  //!< indices into PlanProgram::dims
    Storage storage = Storage::Arena;
    int32_t index = -1;
    std::vector<int64_t> offsets;  //!< Storage::Arena: bytes, one per profile
    int64_t aliasOffset = 0;
};

//! Another kernel for the operands of a step.
struct PlanVariant {
    std::string tactic;
    std::string kernel;
    std::string params;
    std::vector<int32_t> weights;
};

//! In PlanStep::waits: the beginning of the inference.
inline constexpr int32_t kStart = -1;

struct PlanStep {
    std::string name;  //!< layer name as the inspector and profiler show it
    std::string op;    //!< operator or region, one line
    std::string tactic;
    std::string backend;  //!< "control" for If, Loop and Probe, which the executor runs itself
    std::string kernel;
    std::string params;
    std::string metadata;          //!< the user's text, e.g. ONNX node names
    std::vector<int32_t> weights;  //!< blobs
    std::vector<int32_t> inputs;   //!< values; -1: left out
    std::vector<int32_t> outputs;
    std::vector<int32_t> bodies;  //!< programs
    float buildTimeMs = 0;        //!< what the tuner measured, 0 when unknown
    std::vector<PlanVariant> variants;
    std::vector<int32_t> variantAt;  //!< by Plan::points: 0 the kernel above, k variants[k - 1]; empty: always 0
    int32_t lane = 0;            //!< 0: the caller's stream, others beside it; those of a lane run one after the other
    std::vector<int32_t> waits;  //!< steps before it in other lanes that must be done, or kStart
};

struct PlanProgram {
    std::string name;
    std::vector<Dim> dims;  //!< distinct expressions; data-dependent symbols are bound by the step that makes them
    std::vector<PlanValue> values;
    std::vector<PlanStep> steps;
    std::vector<int32_t> inputs;      //!< values
    std::vector<int32_t> outputs;     //!< values
    std::vector<int64_t> arenaBytes;  //!< one per profile
};

//! A network input or output.
struct PlanTensor {
    std::string name;
    DType type = DType::F32;
    Shape shape;
    std::vector<std::string> dimNames;  //!< empty names where unknown
    bool isInput = false;
    Shape elements;  //!< symbols of the elements of an input whose contents size other tensors
    bool isShapeTensor() const { return !elements.empty(); }
    bool onHost = false;
    Format format = Format::Linear;  //!< how it lies in the application's memory: Linear, or Nhwc of rank 4 or 5
};

//! min, opt and max of one input in one profile: dimensions, and elements for shape tensors.
struct ProfileRange {
    std::vector<int64_t> dims[3];
    std::vector<int64_t> values[3];
};
struct PlanProfile {
    std::vector<ProfileRange> inputs;  //!< by input, in the order of Plan::tensors
};

//! Sizes that kernels were chosen for; a run takes the kernels of the nearest point of its profile.
struct PlanPoint {
    int32_t profile = 0;
    SymbolValues sizes;
};

//! The most that a size can be which only the data tell, in terms of sizes before it.
struct PlanBound {
    std::string symbol;
    Dim most;
};

//! Weights that a refitter may replace.
struct RefitWeights {
    std::string name;  //!< of INetworkDefinition::setWeightsName; may be empty
    std::string layer;
    std::string role;
    DType given = DType::F32;  //!< the type that the user must give
    std::vector<int64_t> dims;
    int32_t stored = 0;  //!< in PlanRefit::stored; a blob without elements is stripped
};

//! What a plan needs to be made again with other weights: the network as text, its constants, what the build was asked
//! for, and the times that decided it.
struct PlanRefit {
    std::string graph;
    std::vector<int32_t> stored;  //!< blobs: the constants of the text by their numbers
    std::vector<RefitWeights> weights;
    std::vector<uint8_t> times;  //!< a timing cache
    int32_t optimizationLevel = 3;
    int32_t timingIterations = 1;
    int64_t workspaceBytes = INT64_MAX;
    uint32_t tacticSources = UINT32_MAX;
    bool tf32 = false;
    bool stronglyTyped = false;
    bool probeUnfused = false;
    int32_t narrow = -1;         //!< a DType, or none
    int32_t maxAuxStreams = -1;  //!< -1: as many as seem worth it
};

struct Plan {
    std::string name;
    std::string device;               //!< Backend::device() of the build
    std::string backend = "cpu";      //!< where tensors lie: that backend's place
    std::string builder;              //!< OpenTRT version
    std::vector<PlanTensor> tensors;  //!< inputs first
    std::vector<PlanProfile> profiles;
    std::vector<PlanPoint> points;      //!< empty: steps have one kernel for all sizes
    std::vector<PlanBound> bounds;      //!< of sizes that the steps of the network bind
    std::vector<PlanProgram> programs;  //!< [0] is the network
    std::vector<Tensor> blobs;          //!< weights; after loading they point into the file's bytes
    int32_t verbosity = 0;              //!< nvinfer1::ProfilingVerbosity
    bool refittable = false;
    std::shared_ptr<const PlanRefit> refit;  //!< null unless refittable
    int64_t strippedBytes = 0;               //!< of weights that are not here: nothing runs before a refit
    bool streamsWeights = false;             //!< weights may stay on the host until a step reads them
    bool implicitBatch = false;
    int32_t maxBatch = 1;
    int32_t tacticSources = 0;
    int32_t capability = 0;
    std::shared_ptr<const void> storage;  //!< keeps the file's bytes alive
};

//! One line per value and step; weights by size.
std::string str(const Plan& plan);

}  // namespace opentrt
