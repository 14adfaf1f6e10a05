// SPDX-License-Identifier: Apache-2.0
// The side of the random-graph fuzzer that runs graphs: it reads models from its standard input and answers with the
// numbers that the reference evaluator and engines built in several ways make of them. fuzz.py is the other side.
//
// A request is a frame: the length of a JSON text as 4 bytes, the text, then blobs in the order in which it counts
// them. {"model": bytes, "strong": bool, "shapes": [names of inputs whose contents are shapes], "variants": [{"level":
// n} or {"tactics": seed}], "runs": [[{"name", "dims", "bytes"}, ...], ...]}. The answer has the same form: {"status":
// "ok", "refused" (the parser), "text", "graph", "results": [{"variant", "error", "tactics", "runs": [[{"type", "dims",
// "bytes"}, ...], ...]}]}, and the bytes of all tensors behind it. Every engine runs its sizes in order, then the first
// again, which must give the same bits.
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "../conformance/guarded_memory.h"
#include "base/hash.h"
#include "builder/api_build.h"
#include "builder/api_builder.h"
#include "builder/compile.h"
#include "graph/evaluate.h"
#include "graph/text.h"
#include "model/onnx/parser.h"
#include "network/network.h"
#include "plan/serialize.h"
#include "runtime/context.h"

namespace opentrt::random_graphs {
namespace {

using Json = nlohmann::json;
using conformance::GuardedTensor;
using conformance::PoisonedMemory;

constexpr unsigned kSecondsForOne = 120;

class Messages final : public nvinfer1::ILogger {
public:
    void log(Severity severity, const char* message) noexcept override {
        if (severity <= Severity::kERROR) text += std::string(message) + "\n";
    }
    std::string text;
};

bool readExactly(void* to, size_t bytes) {
    return bytes == 0 || std::fread(to, 1, bytes, stdin) == bytes;
}

struct Input {
    std::string name;
    std::vector<int64_t> dims;
    std::vector<char> bytes;
};
using Run = std::vector<Input>;

struct Request {
    Json json;
    std::vector<char> model;
    std::vector<Run> runs;

    //! False at the end of the stream.
    bool read() {
        uint32_t length = 0;
        if (!readExactly(&length, sizeof length)) return false;
        std::string text(length, ' ');
        if (!readExactly(text.data(), length)) return false;
        json = Json::parse(text);
        model.resize(json.at("model").get<size_t>());
        bool good = readExactly(model.data(), model.size());
        for (const Json& run : json.at("runs")) {
            Run& inputs = runs.emplace_back();
            for (const Json& input : run) {
                Input& in = inputs.emplace_back();
                in.name = input.at("name");
                in.dims = input.at("dims").get<std::vector<int64_t>>();
                in.bytes.resize(input.at("bytes").get<size_t>());
                good = good && readExactly(in.bytes.data(), in.bytes.size());
            }
        }
        return good;
    }
};

//! The tensors of one run in the order of the graph's inputs; they lie in the request.
std::vector<Tensor> tensorsOf(const Graph& graph, const Run& run) {
    std::vector<Tensor> tensors;
    for (const ValueId in : graph.inputs()) {
        const auto at = std::find_if(run.begin(), run.end(), [&](const auto& i) { return i.name == graph[in].name; });
        if (at == run.end()) throw Error(ErrorCode::InvalidArgument, graph[in].name, "the request has no such input");
        tensors.push_back(Tensor::borrow(graph.fact(in).type, at->dims, at->bytes.data()));
    }
    return tensors;
}

std::vector<int64_t> integersOf(const std::vector<char>& bytes) {
    std::vector<int64_t> values(bytes.size() / sizeof(int64_t));
    if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
}

//! min, opt and max of the lists; opt is the first.
struct Spread {
    std::vector<int64_t> lists[3];
    void add(const std::vector<int64_t>& list) {
        for (auto& l : lists) {
            if (l.empty()) l = list;
        }
        for (size_t i = 0; i < list.size(); ++i) {
            lists[0][i] = std::min(lists[0][i], list[i]);
            lists[2][i] = std::max(lists[2][i], list[i]);
        }
    }
};

void describeSizes(const Request& request, nvinfer1::IOptimizationProfile& profile) {
    const auto shapes = request.json.at("shapes").get<std::set<std::string>>();
    for (size_t i = 0; i < request.runs.at(0).size(); ++i) {
        Spread dims, values;
        const std::string& name = request.runs[0][i].name;
        const bool isShape = shapes.count(name) > 0;
        for (const Run& run : request.runs) {
            dims.add(run[i].dims);
            if (isShape) values.add(integersOf(run[i].bytes));
        }
        for (int p = 0; p < 3; ++p) {
            const auto selector = static_cast<nvinfer1::OptProfileSelector>(p);
            nvinfer1::Dims64 list{static_cast<int32_t>(dims.lists[p].size()), {}};
            std::copy(dims.lists[p].begin(), dims.lists[p].end(), list.d);
            profile.setDimensions(name.c_str(), selector, list);
            if (isShape) {
                profile.setShapeValuesV2(name.c_str(), selector, values.lists[p].data(),
                                         static_cast<int32_t>(values.lists[p].size()));
            }
        }
    }
}

//! What goes back: JSON, and the tensors that it describes.
struct Answer {
    Json json{{"status", "ok"}, {"text", ""}, {"graph", ""}, {"results", Json::array()}};
    std::vector<Tensor> tensors;

    Json describe(const std::vector<Tensor>& run) {
        Json list = Json::array();
        for (const Tensor& tensor : run) {
            list.push_back({{"type", name(tensor.type())}, {"dims", tensor.dims()}, {"bytes", tensor.bytes()}});
            tensors.push_back(tensor);
        }
        return list;
    }
    void write() const {
        const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
        const auto length = static_cast<uint32_t>(text.size());
        std::fwrite(&length, 1, sizeof length, stdout);
        std::fwrite(text.data(), 1, text.size(), stdout);
        for (const Tensor& tensor : tensors) {
            if (tensor.bytes() > 0) std::fwrite(tensor.data(), 1, static_cast<size_t>(tensor.bytes()), stdout);
        }
        std::fflush(stdout);
    }
};

//! One engine on all sizes of the request.
class Engines {
public:
    Engines(const Plan& plan, const Request& request)
        : request_(request), engine_(deserialize(serialize(plan))), memory_(engine_.place()) {}

    std::vector<std::vector<Tensor>> run() {
        Context context(engine_, memory_);
        std::vector<std::vector<Tensor>> all;
        for (const Run& inputs : request_.runs) all.push_back(once(context, inputs));
        const std::vector<Tensor> again = once(context, request_.runs[0]);
        for (size_t o = 0; o < again.size(); ++o) {
            if (again[o].sameBits(all[0][o])) continue;
            throw Error(ErrorCode::Internal, "", cat("output ", o, " differs when the first sizes come again"));
        }
        return all;
    }

private:
    std::vector<Tensor> once(Context& context, const Run& inputs) {
        const auto& tensors = engine_.plan().tensors;
        std::vector<GuardedTensor> outputs;
        for (size_t t = 0; t < tensors.size(); ++t) outputs.emplace_back(memory_, engine_.place());
        for (size_t t = 0; t < tensors.size(); ++t) {
            const auto index = static_cast<int32_t>(t);
            if (!tensors[t].isInput) {
                context.setAllocator(
                    index, [&outputs, t](const auto& dims, int64_t bytes) { return outputs[t].allocate(dims, bytes); });
                continue;
            }
            const auto at =
                std::find_if(inputs.begin(), inputs.end(), [&](const Input& i) { return i.name == tensors[t].name; });
            context.setInputDims(index, at->dims);
            context.setAddress(index, const_cast<char*>(at->bytes.data()));
        }
        context.run();
        std::vector<Tensor> results;
        for (size_t t = 0; t < tensors.size(); ++t) {
            if (tensors[t].isInput) continue;
            const size_t output = results.size();
            if (!outputs[t].asked())
                throw Error(ErrorCode::Internal, "", cat("output ", output, " is never asked for"));
            if (!outputs[t].guardsHold())
                throw Error(ErrorCode::Internal, "", cat("output ", output, " is written beyond its ends"));
            results.push_back(outputs[t].tensor(tensors[t].type));
        }
        return results;
    }

    const Request& request_;
    Engine engine_;
    PoisonedMemory memory_;
};

//! A tactic that looks random and does not change when other nodes are taken away.
Tactic shuffled(const std::vector<Tactic>& tactics, int seed) {
    const auto place = [&](const Tactic& t) { return hashText(cat(seed, t.name)); };
    return *std::max_element(tactics.begin(), tactics.end(),
                             [&](const Tactic& a, const Tactic& b) { return place(a) < place(b); });
}

//! Builds and runs the network of one request.
class Session {
public:
    Session(const Request& request, Messages& messages)
        : request_(request), messages_(messages), builder_(&messages, 10) {
        const bool strong = request.json.at("strong");
        network_.reset(builder_.createNetworkV2(
            strong ? 1U << static_cast<uint32_t>(nvinfer1::NetworkDefinitionCreationFlag::kSTRONGLY_TYPED) : 0));
        parser_ = std::make_unique<model::Parser>(*network_, messages);
    }

    Answer answer() {
        Answer answer;
        if (!parser_->parse(request_.model.data(), request_.model.size(), nullptr)) {
            answer.json["status"] = "refused";
            answer.json["text"] = messages_.text;
            return answer;
        }
        for (const Json& variant : request_.json.at("variants")) {
            Json result{{"variant", variant}, {"error", ""}, {"runs", Json::array()}};
            std::string tactics;
            try {
                const Plan plan = build(variant, tactics);
                if (!referenceDone_) addReference(answer);
                Engines engines(plan, request_);
                for (const auto& run : engines.run()) result["runs"].push_back(answer.describe(run));
            } catch (const std::exception& error) {
                result["error"] = error.what();
                if (!referenceDone_ && imported_) addReference(answer);
            }
            result["tactics"] = tactics;
            answer.json["results"].push_back(std::move(result));
        }
        if (imported_) answer.json["graph"] = print(*imported_);
        return answer;
    }

private:
    Plan build(const Json& variant, std::string& tactics) {
        const std::unique_ptr<nvinfer1::IBuilderConfig> config(builder_.createBuilderConfig());
        config->setBuilderOptimizationLevel(variant.value("level", 0));
        auto* profile = builder_.createOptimizationProfile();
        describeSizes(request_, *profile);
        config->addOptimizationProfile(profile);
        builder::BuildRequest build{static_cast<network::Network&>(*network_),
                                    static_cast<builder::BuilderConfig&>(*config),
                                    static_cast<network::Network&>(*network_).reporter()};
        build.adjust = [&](CompileRequest& compiling) {
            compiling.pipeline.verify = true;
            compiling.pipeline.dump = [&](const std::string&, const Graph& graph) {
                if (!imported_) imported_ = graph.clone();
            };
            compiling.select = [&](const Graph&, NodeId, std::vector<Tactic>& list, std::vector<double>& times) {
                if (variant.contains("tactics")) {
                    list = {shuffled(list, variant.at("tactics"))};
                    times = {0};
                }
                tactics += list[0].name + " ";
            };
        };
        return builder::buildPlan(build);
    }

    void addReference(Answer& answer) {
        referenceDone_ = true;
        Json result{{"variant", "reference"}, {"error", ""}, {"tactics", ""}, {"runs", Json::array()}};
        try {
            for (const Run& run : request_.runs)
                result["runs"].push_back(answer.describe(evaluate(*imported_, tensorsOf(*imported_, run))));
        } catch (const std::exception& error) {
            result["error"] = error.what();
        }
        answer.json["results"].push_back(std::move(result));
    }

    const Request& request_;
    Messages& messages_;
    builder::Builder builder_;
    std::unique_ptr<nvinfer1::INetworkDefinition> network_;
    std::unique_ptr<model::Parser> parser_;
    std::optional<Graph> imported_;
    bool referenceDone_ = false;
};

int serve() {
    for (;;) {
        Request request;
        if (!request.read()) return 0;
        ::alarm(kSecondsForOne);  // a graph that hangs ends the process, which the other side reports
        Messages messages;
        Session session(request, messages);
        session.answer().write();
        ::alarm(0);
    }
}

}  // namespace
}  // namespace opentrt::random_graphs

int main() {
    return opentrt::random_graphs::serve();
}
