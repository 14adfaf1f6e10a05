// SPDX-License-Identifier: Apache-2.0
// cuDNN's entry points for the emulated device, as far as the backend uses them: graphs of convolutions, products,
// reductions and elementwise operations are walked on the CPU (dnn_walk.h). Three engines, one of which shows its
// workspace by writing into it and one of which says that its results vary. Descriptors keep what they are given, so
// that theirs may be given back early. Without the emulated driver plans run at once; a library of its own, because
// real libraries in the process must not meet that driver.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <functional>
#include <list>
#include <mutex>

#include "dnn_walk.h"

using namespace opentrt::cuda;       // NOLINT: the types of the interface
using namespace opentrt::cuda::dnn;  // NOLINT
using namespace emulated;            // NOLINT

namespace opentrt::cuda::dnn {
struct HandleTag {
    StreamHandle stream = nullptr;
};
}  // namespace opentrt::cuda::dnn

namespace {

constexpr int kOk = 0, kInvalid = 2000, kUnsupported = 3000, kFailed = 5000;
//! Engines: 7 has a knob of four values, 9 takes memory beside the operands, 11 gives other sums every time.
constexpr int64_t kPlain = 7, kGreedy = 9, kVarying = 11;
constexpr int kKnob = 2;

//! What the caller holds: one node, which others may share.
struct Held {
    std::shared_ptr<Node> node;
};
Node& nodeOf(Descriptor descriptor) {
    return *static_cast<Held*>(descriptor)->node;
}

thread_local std::string lastError;
int refuse(int status, const char* why) {
    lastError = why;
    return status;
}

size_t sizeOf(Value type) {
    switch (type) {
        case Value::kBool:
        case Value::kChar:
            return 1;
        case Value::kHandle:
        case Value::kInt64:
        case Value::kAddress:
        case Value::kDescriptor:
            return 8;
        default:
            return 4;
    }
}

int64_t versionNow() {
    const char* asked = std::getenv("OPENTRT_EMULATED_CUDNN_VERSION");
    return asked ? std::strtol(asked, nullptr, 10) : 91900;
}

//! Bytes beside the operands: one float for each element of the result.
int64_t workspaceOf(const Node& config) {
    const Node& engine = config.ref(Attribute::kConfigEngine);
    if (engine.number(Attribute::kEngineIndex) != kGreedy) return 0;
    const Node& last = *engine.ref(Attribute::kEngineGraph).refs(Attribute::kGraphOps).back();
    return 4 * elementsOf(resultOf(last));
}

int finalizeGraph(const Node& graph) {
    for (const auto& operation : graph.refs(Attribute::kGraphOps)) {
        if (const char* why = whyNot(*operation)) return refuse(kInvalid, why);
    }
    return kOk;
}

std::shared_ptr<Node> configOf(const std::shared_ptr<Node>& graph, int64_t index, int64_t knob) {
    const auto engine = std::make_shared<Node>(Kind::kEngine), config = std::make_shared<Node>(Kind::kConfig);
    engine->setRefs(Attribute::kEngineGraph, {graph});
    engine->setNumber(Attribute::kEngineIndex, index);
    std::vector<int32_t> notes{kTensorCore};
    if (index == kVarying) notes.push_back(kVaries);
    engine->set(Attribute::kEngineNotes, Value::kNumericalNote, notes.data(), notes.size() * 4);
    config->setRefs(Attribute::kConfigEngine, {engine});
    if (knob > 0) {
        const auto choice = std::make_shared<Node>(Kind::kKnobChoice);
        choice->set(Attribute::kKnobType, Value::kKnob, &kKnob, sizeof kKnob);
        choice->setNumber(Attribute::kKnobValue, knob);
        config->setRefs(Attribute::kConfigKnobs, {choice});
    }
    return config;
}

int finalizeHeuristic(Node& heuristic) {
    const auto graph = heuristic.refs(Attribute::kHeuristicGraph).at(0);
    for (const auto& operation : graph->refs(Attribute::kGraphOps)) {
        if (hasOddRows(*operation)) return refuse(kUnsupported, "no engine for rows of odd length");
    }
    std::vector<std::shared_ptr<Node>> configs;
    switch (heuristic.number(Attribute::kHeuristicMode)) {
        case kModeA:
            configs = {configOf(graph, kVarying, 0), configOf(graph, kPlain, 1), configOf(graph, kGreedy, 0)};
            break;
        case kModeB:
            for (int knob = 1; knob <= 4; ++knob) configs.push_back(configOf(graph, kPlain, knob));
            break;
        default:
            return refuse(kUnsupported, "no such heuristic");
    }
    heuristic.setRefs(Attribute::kHeuristicResults, configs);
    return kOk;
}

int finalizePlan(Node& plan) {
    if (plan.has(Attribute::kPlanText)) {
        const std::string text = plan.bytes(Attribute::kPlanText);
        const std::string front = std::to_string(versionNow()) + ":";
        if (text.rfind(front, 0) != 0) return refuse(1003, "a plan of another version");
        plan.setRefs(Attribute::kPlanConfig, {readNode(text.substr(front.size()))});
    } else {
        const Node& config = plan.ref(Attribute::kPlanConfig);
        const int64_t index = config.ref(Attribute::kConfigEngine).number(Attribute::kEngineIndex);
        if (index != kPlain && index != kGreedy && index != kVarying) return refuse(kUnsupported, "no such engine");
        const std::string text = std::to_string(versionNow()) + ":" + writeNode(config);
        plan.set(Attribute::kPlanText, Value::kChar, text.data(), text.size());
    }
    plan.setNumber(Attribute::kPlanWorkspace, workspaceOf(plan.ref(Attribute::kPlanConfig)));
    return kOk;
}

//! What the emulated driver does with work for a stream.
int putIntoStream(StreamHandle stream, const std::function<Status()>& work) {
    using Put = Status(StreamHandle stream, const std::function<Status()>& work);
    static void* const driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD);
    static const auto put = driver ? reinterpret_cast<Put*>(dlsym(driver, "emulatedPut")) : nullptr;
    return put ? put(stream, work) : work();
}

}  // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT size_t cudnnGetVersion() {
    return static_cast<size_t>(versionNow());
}
EXPORT const char* cudnnGetErrorString(int status) {
    return status / 1000 == 3 ? "not supported" : status / 1000 == 5 ? "execution failed" : "bad parameter";
}
EXPORT void cudnnGetLastErrorString(char* text, size_t bytes) {
    std::snprintf(text, bytes, "%s", lastError.c_str());
}
//! Handles live until the process ends, as the backend wants it.
EXPORT int cudnnCreate(Handle* handle) {
    static std::mutex mutex;
    static std::list<HandleTag> all;
    const std::lock_guard lock(mutex);
    return *handle = &all.emplace_back(), kOk;
}
EXPORT int cudnnSetStream(Handle handle, StreamHandle stream) {
    return handle->stream = stream, kOk;
}
EXPORT int cudnnBackendCreateDescriptor(Kind kind, Descriptor* descriptor) {
    return *descriptor = new Held{std::make_shared<Node>(kind)}, kOk;
}
EXPORT int cudnnBackendDestroyDescriptor(Descriptor descriptor) {
    return delete static_cast<Held*>(descriptor), kOk;
}
EXPORT int cudnnBackendSetAttribute(Descriptor descriptor, Attribute attribute, Value type, int64_t count,
                                    const void* values) {
    Node& node = nodeOf(descriptor);
    if (node.isFinal || count < 0 || (count > 0 && !values)) return refuse(kInvalid, "an attribute that cannot be set");
    if (type == Value::kDescriptor) {
        std::vector<std::shared_ptr<Node>> refs;
        for (int64_t i = 0; i < count; ++i) {
            refs.push_back(static_cast<Held* const*>(values)[i]->node);
            if (!refs.back()->isFinal) return refuse(kInvalid, "a descriptor that is not finished");
        }
        node.setRefs(attribute, std::move(refs));
    } else {
        node.set(attribute, type, values, static_cast<size_t>(count) * sizeOf(type));
    }
    return kOk;
}
EXPORT int cudnnBackendGetAttribute(Descriptor descriptor, Attribute attribute, Value type, int64_t room,
                                    int64_t* count, void* values) {
    const Node& node = nodeOf(descriptor);
    if (!node.isFinal || !node.has(attribute)) return refuse(kInvalid, "an attribute that is not there");
    if (type == Value::kDescriptor) {
        const auto& refs = node.refs(attribute);
        *count = static_cast<int64_t>(refs.size());
        for (size_t i = 0; i < std::min(refs.size(), static_cast<size_t>(room)); ++i) {
            Held& into = *static_cast<Held* const*>(values)[i];
            if (into.node->kind != refs[i]->kind) return refuse(kInvalid, "a descriptor of another kind");
            into.node = refs[i];
            into.node->isFinal = true;
        }
        return kOk;
    }
    const std::string& bytes = node.bytes(attribute);
    *count = static_cast<int64_t>(bytes.size() / sizeOf(type));
    const size_t wanted = std::min(bytes.size(), static_cast<size_t>(room) * sizeOf(type));
    if (wanted > 0) std::memcpy(values, bytes.data(), wanted);
    return kOk;
}
EXPORT int cudnnBackendFinalize(Descriptor descriptor) {
    Node& node = nodeOf(descriptor);
    const bool asks = node.kind == Kind::kHeuristic || node.kind == Kind::kEngine;
    if (asks && std::getenv("OPENTRT_EMULATED_CUDNN_LOADS_ONLY")) return refuse(kFailed, "nothing is to be chosen");
    const int status = node.kind == Kind::kGraph       ? finalizeGraph(node)
                       : node.kind == Kind::kHeuristic ? finalizeHeuristic(node)
                       : node.kind == Kind::kPlan      ? finalizePlan(node)
                                                       : kOk;
    node.isFinal = status == kOk;
    return status;
}
EXPORT int cudnnBackendExecute(Handle handle, Descriptor planDescriptor, Descriptor packDescriptor) {
    const Node &plan = nodeOf(planDescriptor), &pack = nodeOf(packDescriptor);
    if (!plan.isFinal || !pack.isFinal) return refuse(kInvalid, "a plan that is not finished");
    const Dims ids = pack.numbers(Attribute::kPackIds);
    const std::string &addresses = pack.bytes(Attribute::kPackAddresses),
                      &space = pack.bytes(Attribute::kPackWorkspace);
    if (addresses.size() != ids.size() * sizeof(void*)) return refuse(kInvalid, "addresses without tensors");
    Walk walk;
    for (size_t i = 0; i < ids.size(); ++i)
        std::memcpy(&walk.addresses[ids[i]], addresses.data() + i * sizeof(void*), sizeof(void*));
    void* workspace = nullptr;
    std::memcpy(&workspace, space.data(), sizeof workspace);
    const int64_t workspaceBytes = plan.number(Attribute::kPlanWorkspace);
    if (workspaceBytes > 0 && !workspace) return refuse(kInvalid, "no workspace");
    const auto& graph = plan.ref(Attribute::kPlanConfig).ref(Attribute::kConfigEngine).refs(Attribute::kEngineGraph);
    walk.operations = graph.at(0)->refs(Attribute::kGraphOps);
    if (const char* why = walk.takeNumbers()) return refuse(kInvalid, why);
    const Status status = putIntoStream(handle->stream, [walk, workspace, workspaceBytes] {
        if (workspaceBytes > 0) std::memset(workspace, 0x7f, static_cast<size_t>(workspaceBytes));
        Walk mine = walk;
        mine.run();
        return 0;
    });
    return status == 0 ? kOk : kFailed;
}
