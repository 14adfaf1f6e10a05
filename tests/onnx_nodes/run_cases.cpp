// SPDX-License-Identifier: Apache-2.0
// Runs the node tests of the onnx package through the public API, from file to numbers, each in a process of its own,
// and compares what became of them with a list of those that do not come out right.
//
//     onnx_nodes_runner CASES LIST [--update | --only TEXT | --jobs N]
//
// With --jobs so many processes share the cases, and only a case that crashes ends one: on a GPU (OPENTRT_BACKEND=cuda)
// each process takes half a second to begin.
// Lines of LIST: "<case> <outcome>", the outcome being refused (the parser says why), unbuilt (the builder says why),
// differs, stopped (an error when running) or crashed. What is not listed must agree with the standard.
#include <cmath>
#include <cstdio>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <poll.h>
#include <set>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

#include "NvInfer.h"
#include "NvOnnxParser.h"
#include "model/onnx/tensor_reader.h"
#include "model/onnx/wire_reader.h"
#include "opentrt/extension.h"

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

//! A tensor where the engine wants it: in this process, or on its device.
class Placed {
public:
    Placed(const nvinfer1::ICudaEngine& engine, const char* tensor)
        : memory_(engine),
          onHost_(memory_.isHost() || engine.getTensorLocation(tensor) == nvinfer1::TensorLocation::kHOST) {}
    Placed(const Placed&) = delete;
    ~Placed() { reset(); }
    void* reserve(uint64_t size) {
        reset();
        bytes_.resize(size + 64);
        if (!onHost_) there_ = memory_.allocate(static_cast<int64_t>(bytes_.size()));
        return onHost_ ? bytes_.data() : there_;
    }
    //! Where the engine finds them.
    const void* holding(const void* data, int64_t size) {
        if (onHost_) return data;
        void* there = reserve(static_cast<uint64_t>(size));
        return memory_.upload(there, data, size) ? there : nullptr;
    }
    const char* contents() {
        if (there_) memory_.download(bytes_.data(), there_, static_cast<int64_t>(bytes_.size()));
        return bytes_.data();
    }

private:
    void reset() {
        if (there_) memory_.release(there_);
        there_ = nullptr;
    }
    opentrt::DeviceMemory memory_;
    bool onHost_;
    std::vector<char> bytes_;
    void* there_ = nullptr;
};

class Growing : public nvinfer1::IOutputAllocator {
public:
    Growing(const nvinfer1::ICudaEngine& engine, const char* tensor) : values(engine, tensor) {}
    void* reallocateOutput(const char*, void*, uint64_t size, uint64_t) noexcept override {
        return values.reserve(size);
    }
    void notifyShape(const char*, const nvinfer1::Dims& dims) noexcept override { shape = dims; }
    Placed values;
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

bool agrees(const Constant& want, Growing& got, nvinfer1::DataType type, Tolerance t) {
    const std::vector<int64_t> dims(got.shape.d, got.shape.d + std::max(0, got.shape.nbDims));
    if (dims != want.dims || type != want.type) {
        std::printf("    type %d [", static_cast<int>(type));
        for (const int64_t dim : dims) std::printf(" %lld", static_cast<long long>(dim));
        std::printf(" ] when it should be type %d [", static_cast<int>(want.type));
        for (const int64_t dim : want.dims) std::printf(" %lld", static_cast<long long>(dim));
        std::printf(" ]\n");
        return false;
    }
    // As onnx.backend.test has it: two units in the last place; devices compute in 16-bit types themselves.
    if (type == nvinfer1::DataType::kBF16) t.relative = std::max(t.relative, 1.0 / 64);
    if (type == nvinfer1::DataType::kHALF) t.relative = std::max(t.relative, 1.0 / 512);
    Constant mine = want;
    mine.data = got.values.contents();
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
    config->clearFlag(nvinfer1::BuilderFlag::kTF32);
    addProfile(*builder, *network, inputs, *config);
    const std::unique_ptr<nvinfer1::IHostMemory> plan(builder->buildSerializedNetwork(*network, *config));
    if (!plan) return Unbuilt;
    const std::unique_ptr<nvinfer1::IRuntime> runtime(nvinfer1::createInferRuntime(log));
    const std::unique_ptr<nvinfer1::ICudaEngine> engine(runtime->deserializeCudaEngine(plan->data(), plan->size()));
    const std::unique_ptr<nvinfer1::IExecutionContext> context(engine ? engine->createExecutionContext() : nullptr);
    if (!context) return Unbuilt;
    std::list<Placed> placed;
    for (int i = 0; i < network->getNbInputs(); ++i) {
        const char* name = network->getInput(i)->getName();
        const Constant& input = *inputs[static_cast<size_t>(i)];
        const void* there =
            placed.emplace_back(*engine, name).holding(input.data, opentrt::model::bytesOf(input.type, input.count));
        if (!context->setInputTensorAddress(name, there)) return Stopped;
    }
    std::deque<Growing> outputs;
    for (int i = 0; i < network->getNbOutputs(); ++i) {
        const char* name = network->getOutput(i)->getName();
        context->setOutputAllocator(name, &outputs.emplace_back(*engine, name));
    }
    if (!context->enqueueV3(nullptr)) return Stopped;
    Tolerance tolerance;
    std::istringstream(contents(folder / "tolerance.txt")) >> tolerance.relative >> tolerance.absolute;
    for (size_t i = 0; i < outputs.size(); ++i) {
        const Values want = readValues(folder / ("output_" + std::to_string(i) + ".pb"));
        const char* name = network->getOutput(static_cast<int>(i))->getName();
        if (!agrees(*want, outputs[i], engine->getTensorDataType(name), tolerance)) return Differs;
    }
    return Ok;
}

//! Cases first, first + step, ..., in a process that ends behind `most` of them and is followed by another.
class Job {
public:
    Job(const std::vector<fs::path>& cases, size_t first, size_t step, size_t most)
        : cases_(cases), at_(first), step_(step), most_(most) {
        start();
    }
    bool isDone() const { return pipe_ < 0; }
    int pipe() const { return pipe_; }
    //! Takes what there is to read, or the end of the process.
    void read(std::vector<Outcome>& outcomes) {
        char outcome = 0;
        if (::read(pipe_, &outcome, 1) == 1) {
            ++told_;
            outcomes[at_] = static_cast<Outcome>(outcome);
            at_ += step_;
            return;
        }
        ::close(pipe_);
        pipe_ = -1;
        ::waitpid(child_, nullptr, 0);
        if (at_ < cases_.size() && told_ < most_) {
            outcomes[at_] = Crashed;
            at_ += step_;
        }
        start();
    }

private:
    void start() {
        if (at_ >= cases_.size()) return;
        int ends[2];
        if (::pipe(ends) != 0) throw std::runtime_error("there is no pipe");
        told_ = 0;
        std::fflush(stdout);
        child_ = ::fork();
        if (child_ == 0) {
            for (size_t n = 0; n < most_ && at_ < cases_.size(); ++n, at_ += step_) {
                ::alarm(60);
                const auto outcome = static_cast<char>(runCase(cases_[at_]));
                std::fflush(stdout);
                if (::write(ends[1], &outcome, 1) != 1) break;
            }
            ::_exit(0);
        }
        ::close(ends[1]);
        pipe_ = ends[0];
    }

    const std::vector<fs::path>& cases_;
    size_t at_, step_, most_, told_ = 0;
    pid_t child_ = 0;
    int pipe_ = -1;
};

std::vector<Outcome> runAll(const std::vector<fs::path>& cases, size_t jobs) {
    std::vector<Outcome> outcomes(cases.size(), Crashed);
    std::list<Job> running;
    for (size_t j = 0; j < std::max<size_t>(jobs, 1); ++j)
        running.emplace_back(cases, j, std::max<size_t>(jobs, 1), jobs == 0 ? 1 : cases.size());
    while (true) {
        std::erase_if(running, [](const Job& job) { return job.isDone(); });
        if (running.empty()) return outcomes;
        std::vector<pollfd> waiting;
        for (const Job& job : running) waiting.push_back({job.pipe(), POLLIN, 0});
        ::poll(waiting.data(), waiting.size(), -1);
        auto answer = waiting.begin();
        for (Job& job : running) {
            if ((answer++)->revents) job.read(outcomes);
        }
    }
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
        std::fprintf(stderr, "usage: onnx_nodes_runner CASES LIST [--update | --only TEXT | --jobs N]\n");
        return 2;
    }
    const bool update = argc > 3 && std::strcmp(argv[3], "--update") == 0;
    const std::string only = argc > 4 && std::strcmp(argv[3], "--only") == 0 ? argv[4] : "";
    const size_t jobs = argc > 4 && std::strcmp(argv[3], "--jobs") == 0 ? std::stoul(argv[4]) : 0;
    const Outcomes expected = readList(argv[2]);
    std::set<fs::path> folders;
    for (const auto& entry : fs::directory_iterator(argv[1])) {
        if (entry.is_directory() && entry.path().filename().string().find(only) != std::string::npos)
            folders.insert(entry.path());
    }
    const std::vector<fs::path> cases(folders.begin(), folders.end());
    const std::vector<Outcome> found = runAll(cases, jobs);
    Outcomes outcomes;
    int wrong = 0;
    int good = 0;
    for (size_t i = 0; i < cases.size(); ++i) {
        const std::string name = cases[i].filename().string();
        const std::string outcome = kNames[found[i]];
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
