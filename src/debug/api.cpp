// SPDX-License-Identifier: Apache-2.0
// The functions for seeing inside, as include/opentrt/inspect.h declares them: JSON or text in, JSON or text out.
#include <cstring>

#include "api/host_memory.h"
#include "backends/cpu/cpu_device.h"
#include "debug/blame.h"
#include "opentrt/inspect.h"
#include "plan/serialize.h"

namespace opentrt::debug {
namespace {

nvinfer1::IHostMemory* memoryOf(const std::string& text) {
    auto memory = std::make_unique<api::HostMemory>(text.size());
    std::memcpy(memory->data(), text.data(), text.size());
    return memory.release();
}

template <class F>
void* answer(api::Reporter& reporter, const F& body) noexcept {
    return api::guarded(reporter, static_cast<void*>(nullptr), [&]() -> void* { return memoryOf(body()); });
}

Json parsed(const char* request) {
    if (!request || !*request) return Json::object();
    try {
        return Json::parse(request);
    } catch (const Json::exception& e) {
        throw Error(ErrorCode::InvalidArgument, "", cat("the request is no JSON: ", e.what()));
    }
}

network::Network& networkOf(void* network) {
    return *static_cast<network::Network*>(static_cast<nvinfer1::INetworkDefinition*>(network));
}

const builder::BuilderConfig& configOf(void* config) {
    return *static_cast<builder::BuilderConfig*>(static_cast<nvinfer1::IBuilderConfig*>(config));
}

//! The lent tensors in the order of the graph's inputs, by name. Throws Error for one that is missing.
std::vector<Tensor> inputsOf(const Graph& graph, const LentTensor* lent, int32_t count) {
    std::vector<Tensor> inputs;
    for (const ValueId in : graph.inputs()) {
        const Value& input = graph[in];
        const auto at = std::find_if(lent, lent + count, [&](const LentTensor& t) { return input.name == t.name; });
        if (at == lent + count)
            throw Error(ErrorCode::InvalidArgument, input.name, "no tensor is given for this input");
        const auto type = static_cast<DType>(at->type);
        if (type != input.fact.type)
            throw Error(ErrorCode::InvalidArgument, input.name,
                        cat("the tensor has type ", name(type), " when the input has ", name(input.fact.type)));
        const std::vector<int64_t> dims(at->dims.d, at->dims.d + at->dims.nbDims);
        inputs.push_back(Tensor::borrow(type, dims, at->data));
    }
    return inputs;
}

//! Name of the backend that engines get, or why there is none.
std::string usedBackend() {
    try {
        return std::string(defaultBackend().name());
    } catch (const Error& error) {
        return cat("none: ", error.what());
    }
}

}  // namespace
}  // namespace opentrt::debug

void* opentrtInspectBuild(void* network, void* config, char const* request) noexcept {
    using namespace opentrt::debug;
    if (!network || !config) return nullptr;
    return answer(networkOf(network).reporter(), [&] {
        return dump(explain(record(networkOf(network), configOf(config), recordRequest(parsed(request)))));
    });
}

void* opentrtBlame(void* network, void* config, char const* request, opentrt::LentTensor const* inputs,
                   int32_t nbInputs) noexcept {
    using namespace opentrt::debug;
    if (!network || !config) return nullptr;
    return answer(networkOf(network).reporter(), [&] {
        const Json json = parsed(request);
        const Record built = record(networkOf(network), configOf(config), recordRequest(json));
        const BlameRequest blaming{json.value("tolerance", BlameRequest{}.tolerance), json.value("bisect", false)};
        return dump(blame(built, inputsOf(built.planned, inputs, nbInputs), blaming));
    });
}

void* opentrtPlanText(void* logger, void const* plan, int64_t size) noexcept {
    using namespace opentrt;
    api::Reporter reporter(static_cast<nvinfer1::ILogger*>(logger));
    return debug::answer(reporter, [&] {
        return str(deserialize(std::span(static_cast<const uint8_t*>(plan), static_cast<size_t>(size))));
    });
}

void* opentrtDescribeMachine() noexcept {
    using namespace opentrt;
    api::Reporter reporter(nullptr);
    return debug::answer(reporter, [] {
        const cpu::CpuDevice& device = cpu::cpuDevice();
        const Backend* cuda = findBackend("cuda");
        auto libraries = nlohmann::json::array();
        for (const FoundLibrary& library : cudaLibraries())
            libraries.push_back({{"name", library.name}, {"version", library.version}, {"whyNot", library.whyNot}});
        return debug::dump({{"cpu", device.model},
                            {"isa", device.isa},
                            {"threads", device.threads},
                            {"onednn", device.oneDnn},
                            {"device", cpuBackend().device()},
                            {"cuda", cuda ? cuda->device() : ""},
                            {"noCuda", cuda ? "" : whyNoBackend("cuda")},
                            {"cudaCompiler", cudaCompiler()},
                            {"cudaLibraries", libraries},
                            {"used", debug::usedBackend()}});
    });
}
