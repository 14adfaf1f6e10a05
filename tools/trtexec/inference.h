// SPDX-License-Identifier: Apache-2.0
// Running an engine: contexts, streams and events, and the loop that measures. docs/tools.md says what is measured.
#pragma once
#include <memory>

#include "bindings.h"
#include "build.h"
#include "profiler.h"
#include "reporting.h"

namespace trtexec {

class Inference {
public:
    //! Makes one context with its bindings for each inference stream. Throws Failure.
    Inference(const Options& options, LoadedEngine& engine, const ShapeMap& fallback);
    ~Inference();

    //! Runs warm-up and measurement. With a profiler, context 0 tells it the times of its layers. Throws Failure.
    std::vector<Query> run(Profiler* profiler);
    //! One inference with copies, on context 0.
    void runOnce();

    Bindings& bindings() { return *contexts_[0]->bindings; }
    nvinfer1::IExecutionContext& context() { return *contexts_[0]->context; }

private:
    struct Context {
        std::unique_ptr<nvinfer1::IExecutionContext> context;
        std::unique_ptr<Memory> activations;
        std::unique_ptr<Bindings> bindings;
    };
    std::unique_ptr<Context> makeContext(LoadedEngine& engine, const ShapeMap& fallback, bool quiet) const;
    void setActivations(nvinfer1::ICudaEngine& engine, Context& context) const;

    const Options& options_;
    std::vector<std::unique_ptr<Context>> contexts_;
};

}  // namespace trtexec
