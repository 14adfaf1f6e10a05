// SPDX-License-Identifier: Apache-2.0
// From a model, or from a file, to a loaded engine.
#pragma once
#include <memory>

#include "options.h"

namespace trtexec {

//! A plan on its way: in a file, or in memory.
struct PlanSource {
    std::string file;
    std::unique_ptr<nvinfer1::IHostMemory> memory;
    ShapeMap shapes;  //!< of inputs whose shape --shapes leaves open
};

//! Builds, or names the file of --loadEngine. Throws Failure.
PlanSource makePlan(const Options& options);

//! An engine and the runtime that it needs.
struct LoadedEngine {
    std::unique_ptr<nvinfer1::IRuntime> base;     //!< only with a lean library
    std::unique_ptr<nvinfer1::IRuntime> runtime;  //!< outlives the engine
    std::unique_ptr<nvinfer1::ICudaEngine> engine;
};
LoadedEngine loadPlan(const Options& options, const PlanSource& plan);

//! Loads plugin libraries through the dynamic linker and registers the standard ones. Throws Failure.
void loadPlugins(const SystemOptions& system);

double secondsSince(int64_t startNs);
int64_t nowNs();

}  // namespace trtexec
