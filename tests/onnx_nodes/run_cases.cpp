// SPDX-License-Identifier: Apache-2.0
// Runs the node tests of the onnx package through the public API, from file to numbers, each in a process of its own,
// and compares what became of them with a list of those that do not come out right.
//
//     onnx_nodes_runner CASES LIST [--update] [--only TEXT]
//
// Lines of LIST: "<case> <outcome>", the outcome being refused (the parser says why), unbuilt (the builder says why),
// differs, stopped (an error when running) or crashed. What is not listed must agree with the standard.
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

#include "NvInfer.h"
#include "NvOnnxParser.h"
#include "model/onnx/tensor_reader.h"
#include "model/onnx/wire_reader.h"

namespace {

namespace fs = std::filesystem;
using opentrt::model::Constant;
using Values = std::shared_ptr<const Constant>;

enum Outcome { Ok, Refused, Unbuilt, Stopped, Differs, Crashed };
constexpr const char* kNames[] = {"ok", "refused", "unbuilt", "stopped", "differs", "crashed"};

class Log : public nvinfer1::ILogger {
public:
    void log(Severity severity, const char* text) noexcept override {
        if (severity <= Severity::kERROR) std::printf("    %s\n", text);
    }
};

class Growing : public nvinfer1::IOutputAllocator {
public:
    void* reallocateOutput(const char*, void*, uint64_t size, uint64_t) noexcept override {
        bytes.resize(size + 64);
        return bytes.data();
    }
    void notifyShape(const char*, const nvinfer1::Dims& dims) noexcept override { shape = dims; }
    std::vector<char> bytes;
    nvinfer1::Dims shape{-1, {}};
};

std::string contents(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

Values readValues(const fs::path& path) {
    auto bytes = std::make_shared<std::string>(contents(path));
    opentrt::onnx::TensorProto tensor;
    const std::function<std::string_view(std::string_view)> inPlace = [](std::string_view view) { return view; };
    opentrt::onnx::WireReader(*bytes, inPlace).read(tensor);
    opentrt::model::ExternalFiles none("");
    return opentrt::model::readTensor(tensor, none, bytes);
}

struct Tolerance {
    double relative = 1e-3;
    double absolute = 1e-5;
};

bool close(double want, double got, const Tolerance& t) {
    if (std::isnan(want)) return std::isnan(got);
    return want == got || std::fabs(want - got) <= t.absolute + t.relative * std::fabs(want);
}

bool agrees(const Constant& want, const Growing& got, nvinfer1::DataType type, Tolerance t) {
    const std::vector<int64_t> dims(got.shape.d, got.shape.d + std::max(0, got.shape.nbDims));
    if (dims != want.dims || type != want.type) {
        std::printf("    type %d [", static_cast<int>(type));
        for (const int64_t dim : dims) std::printf(" %lld", static_cast<long long>(dim));
        std::printf(" ] when it should be type %d [", static_cast<int>(want.type));
        for (const int64_t dim : want.dims) std::printf(" %lld", static_cast<long long>(dim));
        std::printf(" ]\n");
        return false;
    }
    // As onnx.backend.test has it: two units in the last place.
    if (type == nvinfer1::DataType::kBF16) t.relative = std::max(t.relative, 1.0 / 64);
    Constant mine = want;
    mine.data = got.bytes.data();
    for (int64_t i = 0; i < want.count; ++i) {
        const double a = opentrt::model::realAt(want, i);
        const double b = opentrt::model::realAt(mine, i);
        if (close(a, b, t)) continue;
        std::printf("    element %lld is %g when it should be %g\n", static_cast<long long>(i), b, a);
        return false;
    }
    return true;
}

//! For exactly these contents of inputs that shapes depend on.
void addProfile(nvinfer1::IBuilder& builder, const nvinfer1::INetworkDefinition& network,
                const std::vector<Values>& inputs, nvinfer1::IBuilderConfig& config) {
    nvinfer1::IOptimizationProfile* profile = nullptr;
    for (size_t i = 0; i < inputs.size(); ++i) {
        const nvinfer1::ITensor& tensor = *network.getInput(static_cast<int>(i));
        if (!tensor.isShapeTensor()) continue;
        if (!profile) profile = builder.createOptimizationProfile();
        std::vector<int64_t> values;
        for (int64_t k = 0; k < inputs[i]->count; ++k) values.push_back(opentrt::model::integerAt(*inputs[i], k));
        for (const auto select : {nvinfer1::OptProfileSelector::kMIN, nvinfer1::OptProfileSelector::kOPT,
                                  nvinfer1::OptProfileSelector::kMAX})
            profile->setShapeValuesV2(tensor.getName(), select, values.data(), static_cast<int32_t>(values.size()));
    }
    if (profile) config.addOptimizationProfile(profile);
}

Outcome runCase(const fs::path& folder) {
    Log log;
    const std::unique_ptr<nvinfer1::IBuilder> builder(nvinfer1::createInferBuilder(log));
    const std::unique_ptr<nvinfer1::INetworkDefinition> network(builder->createNetworkV2(0));
    const std::unique_ptr<nvonnxparser::IParser> parser(nvonnxparser::createParser(*network, log));
    if (!parser->parseFromFile((folder / "model.onnx").c_str(), 0)) return Refused;
    std::vector<Values> inputs;
    for (int i = 0; i < network->getNbInputs(); ++i)
        inputs.push_back(readValues(folder / ("input_" + std::to_string(i) + ".pb")));
    const std::unique_ptr<nvinfer1::IBuilderConfig> config(builder->createBuilderConfig());
    config->setBuilderOptimizationLevel(0);
    addProfile(*builder, *network, inputs, *config);
    const std::unique_ptr<nvinfer1::IHostMemory> plan(builder->buildSerializedNetwork(*network, *config));
    if (!plan) return Unbuilt;
    const std::unique_ptr<nvinfer1::IRuntime> runtime(nvinfer1::createInferRuntime(log));
    const std::unique_ptr<nvinfer1::ICudaEngine> engine(runtime->deserializeCudaEngine(plan->data(), plan->size()));
    const std::unique_ptr<nvinfer1::IExecutionContext> context(engine ? engine->createExecutionContext() : nullptr);
    if (!context) return Unbuilt;
    for (int i = 0; i < network->getNbInputs(); ++i) {
        const void* data = inputs[static_cast<size_t>(i)]->data;
        if (!context->setInputTensorAddress(network->getInput(i)->getName(), data)) return Stopped;
    }
    std::vector<Growing> outputs(static_cast<size_t>(network->getNbOutputs()));
    for (size_t i = 0; i < outputs.size(); ++i) {
        context->setOutputAllocator(network->getOutput(static_cast<int>(i))->getName(), &outputs[i]);
    }
    if (!context->enqueueV3(nullptr) || cudaStreamSynchronize(nullptr) != cudaSuccess) return Stopped;
    Tolerance tolerance;
    std::istringstream(contents(folder / "tolerance.txt")) >> tolerance.relative >> tolerance.absolute;
    for (size_t i = 0; i < outputs.size(); ++i) {
        const Values want = readValues(folder / ("output_" + std::to_string(i) + ".pb"));
        const char* name = network->getOutput(static_cast<int>(i))->getName();
        if (!agrees(*want, outputs[i], engine->getTensorDataType(name), tolerance)) return Differs;
    }
    return Ok;
}

//! In a process of its own, so that nothing one case does can reach the others.
Outcome runApart(const fs::path& folder) {
    std::fflush(stdout);
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(60);
        const Outcome outcome = runCase(folder);
        std::fflush(stdout);
        ::_exit(outcome);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) < Crashed ? static_cast<Outcome>(WEXITSTATUS(status)) : Crashed;
}

using Outcomes = std::map<std::string, std::string>;

Outcomes readList(const std::string& path) {
    Outcomes list;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        const size_t space = line.find(' ');
        if (!line.empty() && line[0] != '#') list[line.substr(0, space)] = line.substr(space + 1);
    }
    return list;
}

void writeList(const std::string& path, const Outcomes& outcomes) {
    std::ofstream file(path);
    file << "# SPDX-License-Identifier: Apache-2.0\n"
            "# Node tests of the onnx package that do not come out right; see run_cases.cpp. Rewritten by --update.\n";
    for (const auto& [name, outcome] : outcomes) {
        if (outcome != "ok") file << name << ' ' << outcome << '\n';
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: onnx_nodes_runner CASES LIST [--update] [--only TEXT]\n");
        return 2;
    }
    const bool update = argc > 3 && std::strcmp(argv[3], "--update") == 0;
    const std::string only = argc > 4 && std::strcmp(argv[3], "--only") == 0 ? argv[4] : "";
    const Outcomes expected = readList(argv[2]);
    Outcomes outcomes;
    std::set<fs::path> folders;
    for (const auto& entry : fs::directory_iterator(argv[1])) {
        if (entry.is_directory() && entry.path().filename().string().find(only) != std::string::npos)
            folders.insert(entry.path());
    }
    int wrong = 0;
    int good = 0;
    for (const fs::path& folder : folders) {
        const std::string name = folder.filename().string();
        const std::string outcome = kNames[runApart(folder)];
        outcomes[name] = outcome;
        good += outcome == "ok" ? 1 : 0;
        const auto listed = expected.find(name);
        const std::string want = listed == expected.end() ? "ok" : listed->second;
        if (outcome != want) std::printf("%s: %s when it should be %s\n", name.c_str(), outcome.c_str(), want.c_str());
        wrong += outcome != want ? 1 : 0;
    }
    std::printf("%d of %zu cases agree with the standard; %d outcomes are not the expected ones\n", good,
                folders.size(), wrong);
    if (update) writeList(argv[2], outcomes);
    return wrong == 0 || update ? 0 : 1;
}
