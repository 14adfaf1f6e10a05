// SPDX-License-Identifier: Apache-2.0
// If, Loop, Scan, and calls of local functions.
//
// A condition that is known while parsing chooses the branch at once: exporters guard changes of rank by conditions on
// static dimensions, and two ranks cannot come out of one conditional. ONNX evaluates a Loop's first condition before
// the loop and later ones in the body, and so does a WHILE limit on a recurrence.
#include "model/onnx/build.h"
#include "model/onnx/importer.h"
#include "model/onnx/operators.h"
#include "model/onnx/schema.h"
#include "model/onnx/sizes.h"

namespace opentrt::model {
namespace {

using nvinfer1::LoopOutput;
using nvinfer1::TripLimit;

//! The value as a tensor that belongs to the body, for the boundary layer behind it.
ITensor& bodyTensor(Context& c, const Value& value) {
    if (value.sequence) fail(Code::kUNSUPPORTED_NODE, "a sequence cannot leave a branch or pass through a loop");
    return value.constant ? c.constantTensor(value.constant) : *value.tensor;
}

void bind(Scope& scope, const std::string& name, Value value) {
    if (!scope.define(name, std::move(value)))
        fail(Code::kINVALID_GRAPH, cat("a body has two inputs named \"", name, "\""));
}

void bind(Scope& scope, const std::string& name, ITensor& tensor) {
    Value value;
    value.tensor = &tensor;
    bind(scope, name, std::move(value));
}

void inlineBranch(Context& c, const onnx::GraphProto& branch) {
    Scope inside(c.node.title(), c.scope);
    c.importer.importBody(branch, inside);
    for (int i = 0; i < c.node.outputCount(); ++i) {
        if (c.wants(i)) c.forward(i, c.importer.bodyOutput(branch, i, inside));
    }
}

//! The only node of a graph beside constants; null when there are more.
const onnx::NodeProto* onlyNode(const onnx::GraphProto& graph) {
    const onnx::NodeProto* only = nullptr;
    for (const onnx::NodeProto& node : graph.node) {
        if (node.opType == "Constant") continue;
        if (only) return nullptr;
        only = &node;
    }
    return only;
}

//! PyTorch writes x.squeeze(axis) as a conditional: Squeeze of x when the dimension is 1, else x itself.
bool isGuardedSqueeze(const onnx::GraphProto& squeeze, const onnx::GraphProto& keep) {
    const onnx::NodeProto* a = onlyNode(squeeze);
    const onnx::NodeProto* b = onlyNode(keep);
    return a && b && a->opType == "Squeeze" && b->opType == "Identity" && !a->input.empty() && !b->input.empty() &&
           a->input[0] == b->input[0];
}

class GuardedSqueeze {
public:
    explicit GuardedSqueeze(Session& session) : session_(session) { session_.squeezeIsGuarded = true; }
    ~GuardedSqueeze() { session_.squeezeIsGuarded = false; }
    GuardedSqueeze(const GuardedSqueeze&) = delete;
    GuardedSqueeze& operator=(const GuardedSqueeze&) = delete;

private:
    Session& session_;
};

struct Branch {
    const onnx::GraphProto& graph;
    Scope scope;
};

//! Output `index` of a branch. Outer tensors and constants pass through a layer of the branch.
ITensor& branchOutput(Context& c, Branch& branch, const Scope& boundary, int index) {
    const Value& value = c.importer.bodyOutput(branch.graph, index, branch.scope);
    ITensor& tensor = bodyTensor(c, value);
    return value.constant || boundary.holds(tensor) ? identity(c, tensor) : tensor;
}

void checkBranches(Context& c, int index, ITensor& yes, ITensor& no) {
    const int rankYes = dimsOf(yes).nbDims;
    const int rankNo = dimsOf(no).nbDims;
    if (rankYes != rankNo) {
        fail(Code::kUNSUPPORTED_NODE_SHAPE, cat("output ", index, " \"", c.node.output(index), "\" has rank ", rankYes,
                                                " in one branch and ", rankNo, " in the other"));
    }
    if (yes.getType() != no.getType()) {
        fail(Code::kUNSUPPORTED_NODE_DATATYPE,
             cat("output ", index, " \"", c.node.output(index), "\" is of type ", nameOf(yes.getType()),
                 " in one branch and ", nameOf(no.getType()), " in the other"));
    }
}

//! One number may come as a scalar from one branch and as a list of one from the other.
ITensor& asListBeside(Context& c, ITensor& x, ITensor& other) {
    const nvinfer1::Dims beside = dimsOf(other);
    return dimsOf(x).nbDims == 0 && beside.nbDims == 1 && beside.d[0] == 1 ? raised(c, x, 1) : x;
}

//! What Loop and Scan have in common while their layers are made.
struct LoopParts {
    nvinfer1::ILoop& loop;
    const onnx::GraphProto& body;
    Scope scope;
    std::vector<nvinfer1::IRecurrenceLayer*> states;
};

LoopParts startLoop(Context& c) {
    nvinfer1::ILoop* loop = c.network.addLoop();
    if (!loop) c.session.refused(Place::current());
    loop->setName(c.node.title().c_str());
    return {*loop, c.node.graph("body"), Scope(c.node.title(), c.scope), {}};
}

nvinfer1::IRecurrenceLayer& addState(Context& c, LoopParts& parts, ITensor& initial, const std::string& name) {
    nvinfer1::IRecurrenceLayer& state = c.add(parts.loop.addRecurrence(initial));
    bind(parts.scope, name, *state.getOutput(0));
    parts.states.push_back(&state);
    return state;
}

ITensor& lastValue(Context& c, LoopParts& parts, nvinfer1::IRecurrenceLayer& state) {
    return c.out(parts.loop.addLoopOutput(*state.getOutput(0), LoopOutput::kLAST_VALUE));
}

const std::string& bodyInput(const onnx::GraphProto& body, int index) {
    if (index >= static_cast<int>(body.input.size())) {
        fail(Code::kINVALID_GRAPH,
             cat("the body has ", body.input.size(), " inputs when at least ", index + 1, " are needed"));
    }
    return body.input[static_cast<size_t>(index)].name;
}

//! The iteration number as a value of the body; its last value is how many iterations there were.
nvinfer1::IRecurrenceLayer& addCounter(Context& c, LoopParts& parts, const std::string& name) {
    ITensor& zero = c.number(DataType::kINT64, 0);
    ITensor& one = c.number(DataType::kINT64, 1);
    nvinfer1::IRecurrenceLayer& state = c.add(parts.loop.addRecurrence(zero));
    bind(parts.scope, name, *state.getOutput(0));
    state.setInput(1, c.out(c.network.addElementWise(*state.getOutput(0), one, nvinfer1::ElementWiseOperation::kSUM)));
    return state;
}

ITensor& stacked(Context& c, LoopParts& parts, ITensor& slice, LoopOutput kind, int axis, ITensor& length) {
    nvinfer1::ILoopOutputLayer& layer = c.add(parts.loop.addLoopOutput(slice, kind, axis));
    layer.setInput(1, length);
    return *layer.getOutput(0);
}

//! The trip count, as the most that a loop can stack.
ITensor& longestStack(Context& c, ITensor* trips) {
    const auto known = c.scalar(0);
    if (trips && (!known || *known < 2147483648.0)) return *trips;
    fail(Code::kUNSUPPORTED_NODE,
         "a loop without a trip count cannot stack outputs, because their length has no bound");
}

bool knownTrue(Context& c, int input) {
    return !c.has(input) || c.scalar(input) == 1.0;
}

//! The body never ends the loop: cond_out is its cond_in, or follows from it.
bool keepsGoing(const Value& condition) {
    return condition.constant && condition.constant->count == 1 && integerAt(*condition.constant, 0) == 1;
}

//! A Scan, whatever its opset: inputs are the states and then the sequences.
struct ScanSpec {
    int states, sequences, stacks;
    std::vector<int64_t> inputAxes, inputDirections, outputAxes, outputDirections;
};

ScanSpec scanSpec(Context& c, const onnx::GraphProto& body, int inputs) {
    const auto sequences = static_cast<int>(std::min<int64_t>(c.node.integer("num_scan_inputs"), inputs));
    const int states = inputs - sequences;
    const int stacks = static_cast<int>(body.output.size()) - states;
    if (sequences < 1 || stacks < 0) fail(Code::kINVALID_NODE, cat("attribute num_scan_inputs is ", sequences));
    return {states, sequences, stacks, {}, {}, {}, {}};
}

//! Lists of axes and directions may be left out.
int64_t entryOf(const std::vector<int64_t>& list, int index) {
    return static_cast<size_t>(index) < list.size() ? list[static_cast<size_t>(index)] : 0;
}

//! The loop of a scan; its outputs, null where nothing wants them.
std::vector<ITensor*> scanned(Context& c, const ScanSpec& spec, const std::vector<ITensor*>& inputs) {
    LoopParts parts = startLoop(c);
    std::vector<ITensor*> outputs(static_cast<size_t>(spec.states + spec.stacks), nullptr);
    ITensor* trips = nullptr;
    for (int i = 0; i < spec.states; ++i) addState(c, parts, *inputs[static_cast<size_t>(i)], bodyInput(parts.body, i));
    for (int i = 0; i < spec.sequences; ++i) {
        ITensor& sequence = *inputs[static_cast<size_t>(spec.states + i)];
        const int axis = checkedAxis(entryOf(spec.inputAxes, i), dimsOf(sequence).nbDims);
        if (!trips) trips = &asScalar(c, asTensor(c, sizeOf(c, sequence, axis)));
        auto& iterator = c.add(parts.loop.addIterator(sequence, axis, entryOf(spec.inputDirections, i) != 0));
        bind(parts.scope, bodyInput(parts.body, spec.states + i), *iterator.getOutput(0));
    }
    c.add(parts.loop.addTripLimit(*trips, TripLimit::kCOUNT));
    c.importer.importBody(parts.body, parts.scope);
    for (int i = 0; i < spec.states; ++i) {
        auto& state = *parts.states[static_cast<size_t>(i)];
        state.setInput(1, bodyTensor(c, c.importer.bodyOutput(parts.body, i, parts.scope)));
        if (c.wants(i)) outputs[static_cast<size_t>(i)] = &lastValue(c, parts, state);
    }
    for (int i = 0; i < spec.stacks; ++i) {
        if (!c.wants(spec.states + i)) continue;
        ITensor& slice = bodyTensor(c, c.importer.bodyOutput(parts.body, spec.states + i, parts.scope));
        const int axis = checkedAxis(entryOf(spec.outputAxes, i), dimsOf(slice).nbDims + 1);
        const bool reverse = entryOf(spec.outputDirections, i) != 0;
        outputs[static_cast<size_t>(spec.states + i)] =
            &stacked(c, parts, slice, reverse ? LoopOutput::kREVERSE : LoopOutput::kCONCATENATE, axis, *trips);
    }
    return outputs;
}

//! Up to opset 8 the first dimension of everything is a batch, of which each item is scanned by itself.
void importBatchedScan(Context& c) {
    if (c.has(0)) {
        fail(Code::kUNSUPPORTED_NODE_INPUT,
             "lengths of sequences (input 0) are not supported; convert the model to opset 9 or later");
    }
    nvinfer1::ILoop* batch = c.network.addLoop();
    if (!batch) c.session.refused(Place::current());
    ITensor* size = nullptr;
    std::vector<ITensor*> items;
    for (int i = 1; i < c.inputCount(); ++i) {
        ITensor& x = c.tensor(i);
        if (dimsOf(x).nbDims < 1) fail(Code::kINVALID_NODE, cat("input ", i, " has no batch dimension"));
        if (!size) size = &asScalar(c, asTensor(c, sizeOf(c, x, 0)));
        items.push_back(c.add(batch->addIterator(x, 0)).getOutput(0));
    }
    ScanSpec spec = scanSpec(c, c.node.graph("body"), c.inputCount() - 1);
    spec.inputDirections = c.node.integers("directions");
    c.add(batch->addTripLimit(*size, TripLimit::kCOUNT));
    const std::vector<ITensor*> results = scanned(c, spec, items);
    for (size_t i = 0; i < results.size(); ++i) {
        if (!results[i]) continue;
        nvinfer1::ILoopOutputLayer& whole = c.add(batch->addLoopOutput(*results[i], LoopOutput::kCONCATENATE, 0));
        whole.setInput(1, *size);
        c.output(static_cast<int>(i), *whole.getOutput(0));
    }
}

}  // namespace

void importIf(Context& c) {
    const onnx::GraphProto& yes = c.node.graph("then_branch");
    const onnx::GraphProto& no = c.node.graph("else_branch");
    if (const auto known = c.scalar(0)) return inlineBranch(c, *known != 0 ? yes : no);

    if (isGuardedSqueeze(yes, no)) {
        // The two results differ in rank, so a network can have one of them only; the other one fits nothing behind it.
        // This may stand in a branch that is not taken when the dimension is something else, so it must not fail then.
        const GuardedSqueeze guarded(c.session);
        c.session.warn(cat("node ", c.node.index(), " \"", c.node.title(),
                           "\" (If): taken as the Squeeze in its first branch, ",
                           "which yields NaN should the dimension not be 1 when the network runs"));
        return inlineBranch(c, yes);
    }
    nvinfer1::IIfConditional* conditional = c.network.addIfConditional();
    if (!conditional) c.session.refused(Place::current());
    conditional->setName(c.node.title().c_str());
    c.add(conditional->setCondition(asScalar(c, c.tensor(0))));
    Scope boundary(c.node.title(), c.scope, conditional);
    Branch then{yes, Scope(c.node.title() + "/then", boundary)};
    Branch otherwise{no, Scope(c.node.title() + "/else", boundary)};
    c.importer.importBody(yes, then.scope);
    c.importer.importBody(no, otherwise.scope);
    for (int i = 0; i < c.node.outputCount(); ++i) {
        if (!c.wants(i)) continue;
        ITensor& yesOutput = branchOutput(c, then, boundary, i);
        ITensor& noOutput = branchOutput(c, otherwise, boundary, i);
        ITensor& a = asListBeside(c, yesOutput, noOutput);
        ITensor& b = asListBeside(c, noOutput, yesOutput);
        checkBranches(c, i, a, b);
        c.output(i, c.out(conditional->addOutput(a, b)));
    }
}

void importLoop(Context& c) {
    LoopParts parts = startLoop(c);
    const int states = std::max(0, c.inputCount() - 2);
    const int stacks = static_cast<int>(parts.body.output.size()) - 1 - states;
    if (stacks < 0 || static_cast<int>(parts.body.input.size()) != states + 2) {
        fail(Code::kINVALID_GRAPH,
             cat("the body has ", parts.body.input.size(), " inputs and ", parts.body.output.size(),
                 " outputs, which do not match ", states, " carried values"));
    }
    ITensor* trips = c.has(0) ? &asScalar(c, cast(c, c.tensor(0), DataType::kINT64)) : nullptr;
    nvinfer1::IRecurrenceLayer& counter = addCounter(c, parts, bodyInput(parts.body, 0));
    for (int i = 0; i < states; ++i) addState(c, parts, c.tensor(i + 2), bodyInput(parts.body, i + 2));
    // Inside, the condition is true, or the iteration would not run.
    Value alwaysTrue;
    alwaysTrue.constant = makeConstant(DataType::kBOOL, {}, std::vector<int64_t>{1});
    bind(parts.scope, bodyInput(parts.body, 1), alwaysTrue);
    c.importer.importBody(parts.body, parts.scope);

    const Value& condition = c.importer.bodyOutput(parts.body, 0, parts.scope);
    const bool counted = trips && knownTrue(c, 1) && keepsGoing(condition);
    if (trips) c.add(parts.loop.addTripLimit(*trips, TripLimit::kCOUNT));
    if (!counted) {
        ITensor& initial = c.has(1) ? asScalar(c, c.tensor(1)) : c.number(DataType::kBOOL, 1);
        nvinfer1::IRecurrenceLayer& going = c.add(parts.loop.addRecurrence(initial));
        going.setInput(1, asScalar(c, bodyTensor(c, condition)));
        c.add(parts.loop.addTripLimit(*going.getOutput(0), TripLimit::kWHILE));
    }
    for (int i = 0; i < states; ++i) {
        auto& state = *parts.states[static_cast<size_t>(i)];
        state.setInput(1, bodyTensor(c, c.importer.bodyOutput(parts.body, i + 1, parts.scope)));
        if (c.wants(i)) c.output(i, lastValue(c, parts, state));
    }
    ITensor* done = nullptr;
    for (int i = 0; i < stacks; ++i) {
        if (!c.wants(states + i)) continue;
        ITensor& slice = bodyTensor(c, c.importer.bodyOutput(parts.body, states + 1 + i, parts.scope));
        ITensor& longest = stacked(c, parts, slice, LoopOutput::kCONCATENATE, 0, longestStack(c, trips));
        if (counted) {
            c.output(states + i, longest);
            continue;
        }
        // The condition may have ended the loop early.
        if (!done) done = &raised(c, lastValue(c, parts, counter), 1);
        c.output(states + i, sliced(c, longest, {{0}, {0}, {Size(*done)}, {}}));
    }
}

void importScan(Context& c) {
    if (c.node.opset() < 9) return importBatchedScan(c);
    ScanSpec spec = scanSpec(c, c.node.graph("body"), c.inputCount());
    spec.inputAxes = c.node.integers("scan_input_axes");
    spec.inputDirections = c.node.integers("scan_input_directions");
    spec.outputAxes = c.node.integers("scan_output_axes");
    spec.outputDirections = c.node.integers("scan_output_directions");
    std::vector<ITensor*> inputs;
    for (int i = 0; i < c.inputCount(); ++i) inputs.push_back(&c.tensor(i));
    const std::vector<ITensor*> results = scanned(c, spec, inputs);
    for (size_t i = 0; i < results.size(); ++i) {
        if (results[i]) c.output(static_cast<int>(i), *results[i]);
    }
}

//! The body once for each element: sequences have known lengths here.
void importSequenceMap(Context& c) {
    const onnx::GraphProto& body = c.node.graph("body");
    const size_t length = c.sequence(0).size();
    std::vector<std::vector<Value>> results(static_cast<size_t>(c.node.outputCount()));
    for (size_t element = 0; element < length; ++element) {
        Scope inside(cat(c.node.title(), "[", element, "]"), c.scope);
        for (int i = 0; i < c.inputCount(); ++i) {
            const Value& given = c.anyValue(i);
            if (given.sequence && given.sequence->size() != length)
                fail(Code::kINVALID_NODE,
                     cat("the sequences have ", length, " and ", given.sequence->size(), " elements"));
            bind(inside, bodyInput(body, i), given.sequence ? (*given.sequence)[element] : given);
        }
        c.importer.importBody(body, inside);
        for (size_t i = 0; i < results.size(); ++i)
            results[i].push_back(c.importer.bodyOutput(body, static_cast<int>(i), inside));
    }
    for (size_t i = 0; i < results.size(); ++i) {
        Value made;
        made.sequence = std::make_shared<const std::vector<Value>>(std::move(results[i]));
        c.forward(static_cast<int>(i), std::move(made));
    }
}

void importCall(Context& c) {
    const onnx::FunctionProto& function = *c.session.model.function(c.node.proto());
    Scope inside(c.scope.title(), &c.node, &function);
    inside.setDepth(c.scope.depth() + 1);
    for (int i = 0; i < static_cast<int>(function.input.size()) && i < c.inputCount(); ++i) {
        if (c.has(i)) inside.define(function.input[static_cast<size_t>(i)], c.anyValue(i));
    }
    for (const std::string& name : function.input) {
        if (!inside.defines(name)) inside.leaveOut(name);
    }
    c.importer.importFunction(function, inside);
    for (int i = 0; i < c.node.outputCount() && i < static_cast<int>(function.output.size()); ++i) {
        if (!c.wants(i)) continue;
        const std::string& name = function.output[static_cast<size_t>(i)];
        Value* value = inside.find(name);
        if (!value)
            fail(Code::kINVALID_GRAPH, cat("output \"", name, "\" of function ", function.name, " is made by no node"));
        if (value->failed) throw Skipped{};
        c.forward(i, *value);
    }
}

}  // namespace opentrt::model
