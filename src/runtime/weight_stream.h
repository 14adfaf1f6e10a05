// SPDX-License-Identifier: Apache-2.0
// Weights that stay on the host and are copied to the device while the layers before them compute. A context has two
// places for them, which the streamed steps of the network take in turn: while one step reads its weights, those of the
// next arrive. Order is kept by events alone, so that inferences are recorded with their copies.
// Tested by tests/cuda.
#pragma once
#include <map>
#include <memory>
#include <vector>

#include "plan/plan.h"

namespace opentrt {

class Engine;
class MemorySource;
class Block;

//! A step whose weights need not lie on the device all the time.
struct StreamedStep {
    struct Part {
        int32_t blob;
        int32_t input;   //!< of the step; -1: the kernel's own
        int64_t offset;  //!< from the first part
    };
    size_t step = 0;
    std::vector<Part> parts;
    int64_t bytes = 0;
    const char* host = nullptr;  //!< where the parts lie one behind the other
};

//! Those of the network that have large weights which nobody else reads, in their order.
std::vector<StreamedStep> streamableSteps(const Plan& plan, const Backend& backend);
//! The steps that do not fit into so many bytes beside those before them.
std::vector<StreamedStep> beyondBudget(const std::vector<StreamedStep>& steps, int64_t budget);
int64_t bytesOf(const std::vector<StreamedStep>& steps);
//! Of the two places together.
int64_t scratchBytes(const std::vector<StreamedStep>& steps);

//! Of one context. The calls of an inference stand in the order of its steps.
class WeightStream {
public:
    WeightStream(const Engine& engine, MemorySource& memory);
    ~WeightStream();

    //! Takes the memory, before anything else is asked.
    void reserve();
    //! Null: the step's weights are on the device.
    const StreamedStep* find(size_t step) const;
    //! A kernel that reads its weights where this context has them; null when it has none of its own.
    std::shared_ptr<const Kernel> kernel(const StreamedStep& step) const;
    //! Where the step finds this input; null: elsewhere.
    const void* input(const StreamedStep& step, size_t input) const;

    void begin(void* stream);
    void before(const StreamedStep& step, void* stream);
    void after(const StreamedStep& step, void* stream);

private:
    size_t indexOf(const StreamedStep& step) const;
    char* placeOf(const StreamedStep& step) const;
    void bring(size_t index);

    const Engine& engine_;
    const std::vector<StreamedStep>& steps_;
    const int64_t firstBytes_;  //!< of the first place; the second stands behind it
    std::map<size_t, const StreamedStep*> byStep_;
    std::unique_ptr<Block> scratch_;
    std::unique_ptr<Courier> courier_;
};

}  // namespace opentrt
