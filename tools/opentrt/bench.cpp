// SPDX-License-Identifier: Apache-2.0
// opentrt bench: how fast a model runs. With --build, what making and loading its engine costs; with --serve it answers
// the line protocol of bench/README.md.
#include <CLI/CLI.hpp>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <stdexcept>

#include "bench_build.h"
#include "common/files.h"
#include "common/statistics.h"
#include "options.h"
#include "verbs.h"

namespace opentrt::tools {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
    std::string model;
    bool serve = false, timeBuild = false;
    double seconds = 3, warmUp = 0.2;
    CommonOptions common;
    BuildOptions build;
};

double msSince(Clock::time_point begin) {
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

std::unique_ptr<Session> open(Logger& logger, const Options& options) {
    auto session = openSession(logger, options.model, options.build,
                               [&](OnnxModel& model) { return options.build.profile(model, logger); });
    for (const auto& [name, sizes] : parseShapes(options.build.shapes)) {
        if (!session->engine().isShapeInferenceIO(name.c_str())) session->setInputShape(name, sizes);
    }
    session->completeInputs();
    session->prepare();
    return session;
}

double timeOne(Session& session) {
    const auto begin = Clock::now();
    session.run();
    return msSince(begin);
}

std::string oneLine(std::string text) {
    for (char& c : text) c = c == '\n' || c == '\r' ? ' ' : c;
    return text;
}

std::string runAnswer(Session& session, const std::string& rest) {
    int count = 0;
    std::from_chars(rest.data(), rest.data() + rest.size(), count);
    if (count <= 0) throw std::invalid_argument("run needs a positive count");
    session.prepare();
    std::string answer;
    for (int i = 0; i < count; ++i) {
        char text[32];
        std::snprintf(text, sizeof text, "%s%.6f", i ? " " : "", timeOne(session));
        answer += text;
    }
    return answer;
}

std::string saveAnswer(const Session& session, const std::string& file) {
    std::vector<float> values;
    for (const std::string& name : session.outputs()) {
        const HostTensor output = session.output(name);
        const std::vector<float> part = toFloats(output.type, output.bytes.data(), volume(output.dims));
        values.insert(values.end(), part.begin(), part.end());
    }
    writeFile(file, values.data(), values.size() * sizeof(float));
    return "ok " + std::to_string(values.size());
}

std::string answerTo(Session& session, const std::string& line, bool& ran) {
    const size_t blank = line.find(' ');
    const std::string verb = line.substr(0, blank);
    const std::string rest = blank == std::string::npos ? "" : line.substr(blank + 1);
    if (verb == "input") {
        const size_t next = rest.find(' ');
        if (next == std::string::npos) throw std::invalid_argument("input needs a name and a file");
        session.setInputBytes(rest.substr(0, next), readFile(rest.substr(next + 1)));
        return "ok";
    }
    if (verb == "run") {
        std::string answer = runAnswer(session, rest);
        ran = true;
        return answer;
    }
    if (verb == "save") {
        if (!ran) throw std::invalid_argument("save comes before the first run");
        return saveAnswer(session, rest);
    }
    throw std::invalid_argument("unknown request: " + verb);
}

void serve(const Options& options) {
    Logger logger(options.common.severity());
    std::unique_ptr<Session> session;
    try {
        const auto begin = Clock::now();
        session = open(logger, options);
        std::printf("ready %.3f\n", msSince(begin));
    } catch (const std::exception& e) {
        std::printf("error %s\n", oneLine(e.what()).c_str());
        throw ExitStatus{1};
    }
    std::fflush(stdout);
    bool ran = false;
    for (std::string line; std::getline(std::cin, line) && line != "quit";) {
        std::string answer;
        try {
            answer = answerTo(*session, line, ran);
        } catch (const std::exception& e) {
            answer = "error " + oneLine(e.what());
        }
        std::printf("%s\n", answer.c_str());
        std::fflush(stdout);
    }
}

void summarize(const Options& options) {
    Logger logger(options.common.severity());
    auto begin = Clock::now();
    const auto session = open(logger, options);
    std::printf("loaded %s in %.1f ms\n", options.model.c_str(), msSince(begin));
    for (const std::string& name : session->inputs()) {
        const auto type = session->engine().getTensorDataType(name.c_str());
        std::printf("input  %s: %s %s\n", name.c_str(), typeName(type),
                    str(session->context().getTensorShape(name.c_str())).c_str());
    }
    begin = Clock::now();
    do {
        session->run();
    } while (msSince(begin) < options.warmUp * 1e3);
    std::vector<float> times;
    begin = Clock::now();
    do {
        times.push_back(static_cast<float>(timeOne(*session)));
    } while (msSince(begin) < options.seconds * 1e3);
    const double total = msSince(begin);
    for (const std::string& name : session->outputs())
        std::printf("output %s\n", describe(session->output(name)).c_str());
    const Statistics s = statisticsOf(times, {90, 99});
    std::printf("latency ms: median %.4g, mean %.4g, min %.4g, max %.4g, 90%% %.4g, 99%% %.4g\n", s.median, s.mean,
                s.min, s.max, s.percentiles[0], s.percentiles[1]);
    std::printf("throughput: %.6g inferences/s, %zu in %.3g s\n", 1e3 * static_cast<double>(times.size()) / total,
                times.size(), total / 1e3);
}

}  // namespace

void addBench(CLI::App& app) {
    auto options = std::make_shared<Options>();
    CLI::App& verb = *app.add_subcommand("bench", "measure latency and throughput, or the build");
    verb.add_option("model", options->model, "ONNX file or plan")->required();
    verb.add_flag("--serve", options->serve, "answer requests on standard input, as bench/README.md says");
    verb.add_flag("--build", options->timeBuild, "measure building and loading instead: times, and peak memory");
    verb.add_option("--seconds", options->seconds, "how long to measure");
    verb.add_option("--warm-up", options->warmUp, "seconds of warm-up before");
    options->common.add(verb);
    options->build.add(verb);
    verb.callback([options] {
        options->common.apply();
        if (options->timeBuild) {
            Logger logger(options->common.severity());
            return benchBuild(logger, options->model, options->build);
        }
        options->serve ? serve(*options) : summarize(*options);
    });
}

}  // namespace opentrt::tools
