// SPDX-License-Identifier: Apache-2.0
// The main job on real input, written as any TensorRT 10 program is: a digit classifier on held-out images with dynamic
// batch sizes, then a face detector on a photograph. Returns non-zero when the answers are not good enough, so the demo
// is also the end-to-end test of the SDK.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "faces.h"
#include "session.h"
#include "summary.h"

namespace demo {
namespace {

constexpr double kLeastAccuracy = 0.97;
constexpr int kPixels = 64;

using Clock = std::chrono::steady_clock;

double msSince(Clock::time_point begin) {
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

struct Options {
    std::string root = ".", photo, out = "build/demo_faces.png";
    double seconds = 1;
};

struct Digits {
    std::vector<float> pixels;  //!< 64 a picture, 0 to 1
    std::vector<uint8_t> labels;
};

//! The format is described in train_digits.py.
Digits readDigits(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    uint32_t count = 0;
    in.read(reinterpret_cast<char*>(&count), sizeof count);
    std::vector<uint8_t> bytes(in && count < 100000 ? size_t{count} * (kPixels + 1) : 0);
    in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (!in || bytes.empty()) throw std::runtime_error("cannot read " + file);
    Digits digits;
    const auto labels = bytes.begin() + static_cast<ptrdiff_t>(count) * kPixels;
    std::transform(bytes.begin(), labels, std::back_inserter(digits.pixels), [](uint8_t v) { return v / 16.f; });
    digits.labels.assign(labels, bytes.end());
    return digits;
}

nvinfer1::Dims digitShape(size_t batch) {
    return nvinfer1::Dims4{static_cast<int64_t>(batch), 1, 8, 8};
}

int countRight(std::span<const float> probabilities, std::span<const uint8_t> labels) {
    int right = 0;
    for (size_t i = 0; i < labels.size(); ++i) {
        auto row = probabilities.subspan(10 * i, 10);
        right += std::max_element(row.begin(), row.end()) - row.begin() == labels[i];
    }
    return right;
}

double accuracyAtBatch(Session& session, const Digits& digits, size_t batch) {
    int right = 0;
    for (size_t i = 0; i < digits.labels.size(); i += batch) {
        const size_t n = std::min(batch, digits.labels.size() - i);
        session.run("images", digitShape(n), std::span(digits.pixels).subspan(i * kPixels, n * kPixels));
        right += countRight(session.output("probabilities"), std::span(digits.labels).subspan(i, n));
    }
    return right / static_cast<double>(digits.labels.size());
}

void measure(Session& session, const Digits& digits, size_t batch, double seconds) {
    const std::span<const float> images(digits.pixels.data(), batch * kPixels);
    const auto warm = Clock::now();
    while (msSince(warm) < 200) session.run("images", digitShape(batch), images);
    std::vector<Times> runs;
    const auto begin = Clock::now();
    while (msSince(begin) < seconds * 1000) runs.push_back(session.run("images", digitShape(batch), images));
    printSummary(std::cout, runs, msSince(begin), static_cast<int>(batch));
}

void runDigits(Logger& logger, const Options& options) {
    const Digits digits = readDigits(options.root + "/demo/digits_test.bin");
    const size_t all = digits.labels.size();
    std::cout << "--- digits: " << all << " held-out handwritten digits ---\n";
    auto begin = Clock::now();
    const std::vector<char> plan = buildPlan(logger, options.root + "/demo/digits.onnx",
                                             {{"images", digitShape(1), digitShape(32), digitShape(all)}});
    std::cout << "engine built in " << msSince(begin) << " ms, " << plan.size() / 1024 << " KiB\n";
    begin = Clock::now();
    Session session(logger, plan);
    std::cout << "engine loaded in " << msSince(begin) << " ms\n";
    for (size_t batch : {size_t{1}, size_t{32}, all}) {
        const double accuracy = accuracyAtBatch(session, digits, batch);
        std::cout << "accuracy at batch " << batch << ": " << accuracy << '\n';
        if (accuracy < kLeastAccuracy)
            throw std::runtime_error("accuracy " + std::to_string(accuracy) + " at batch " + std::to_string(batch) +
                                     " is below " + std::to_string(kLeastAccuracy));
    }
    measure(session, digits, 32, options.seconds);
}

void runFaces(Logger& logger, const Options& options) {
    const std::string photo = options.photo.empty() ? options.root + "/demo/photo.png" : options.photo;
    std::cout << "\n--- faces: " << photo << " ---\n";
    Image image = readImage(photo);
    auto begin = Clock::now();
    Session session(logger, buildPlan(logger, options.root + "/tests/models/ultraface_rfb320/model.onnx", {}));
    std::cout << "engine built and loaded in " << msSince(begin) << " ms\n";
    const nvinfer1::Dims shape = nvinfer1::Dims4{1, 3, kFaceHeight, kFaceWidth};
    const Times times = session.run("input", shape, faceInput(image));
    const std::vector<Face> faces = decodeFaces(session.output("scores"), session.output("boxes"));
    std::cout << faces.size() << " faces, found in " << times.latency() << " ms\n";
    for (const Face& f : faces) {
        const int left = static_cast<int>(f.left * image.width), right = static_cast<int>(f.right * image.width);
        const int top = static_cast<int>(f.top * image.height), bottom = static_cast<int>(f.bottom * image.height);
        std::cout << "  score " << f.score << " at (" << left << ", " << top << ") to (" << right << ", " << bottom
                  << ")\n";
        drawFrame(image, left, top, right, bottom, {255, 64, 0});
    }
    if (faces.empty()) throw std::runtime_error("no face found in " + photo);
    writePng(image, options.out);
    std::cout << "picture with the boxes drawn: " << options.out << '\n';
}

constexpr const char* kUsage =
    "usage: demo [--root DIR] [--photo FILE] [--out FILE.png] [--seconds S]\n"
    "  --root     the repository (default: the current folder)\n"
    "  --photo    a picture of your own instead of demo/photo.png\n"
    "  --out      where the picture with the boxes goes (default: build/demo_faces.png)\n"
    "  --seconds  length of the speed measurement (default: 1)\n";

Options parseOptions(std::span<char*> arguments) {
    Options o;
    for (size_t i = 0; i < arguments.size(); i += 2) {
        const std::string flag = arguments[i];
        if (i + 1 == arguments.size()) throw std::invalid_argument(flag + " needs a value; see --help");
        const std::string value = arguments[i + 1];
        if (flag == "--root") {
            o.root = value;
        } else if (flag == "--photo") {
            o.photo = value;
        } else if (flag == "--out") {
            o.out = value;
        } else if (flag == "--seconds") {
            o.seconds = std::strtod(value.c_str(), nullptr);
            if (!(o.seconds > 0)) throw std::invalid_argument("--seconds needs a number above 0, got " + value);
        } else {
            throw std::invalid_argument("unknown option " + flag + "; see --help");
        }
    }
    return o;
}

}  // namespace
}  // namespace demo

int main(int argc, char** argv) {
    try {
        if (argc == 2 && std::string_view(argv[1]) == "--help") {
            std::cout << demo::kUsage;
            return 0;
        }
        const demo::Options options = demo::parseOptions(std::span(argv + 1, argv + argc));
        demo::Logger logger;
        demo::runDigits(logger, options);
        demo::runFaces(logger, options);
    } catch (const std::exception& e) {
        std::cerr << e.what() << '\n';
        return 1;
    }
    return 0;
}
