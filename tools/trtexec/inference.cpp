// SPDX-License-Identifier: Apache-2.0
// One query is: copy the inputs, compute, copy the outputs, each on a stream of its own, with events around each. A
// pipeline has two slots, so that a turn of the loop starts one query and collects the one before: copies overlap
// computing.
#include "inference.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <exception>
#include <limits>
#include <thread>

#include "log.h"
#include "network_setup.h"

namespace trtexec {
namespace {

using namespace nvinfer1;

//! What all pipelines measure from.
struct Start {
    explicit Start(bool spin) : event(spin) {}
    Stream stream;
    Event event;
    int64_t hostNs = 0;

    //! Puts a sleep on the stream first, so that queries are launched before the first of them computes.
    void mark(int ms) {
        sleepMs = ms;
        auto sleep = [](void* wait) {
            std::this_thread::sleep_for(std::chrono::milliseconds(*static_cast<int*>(wait)));
        };
        if (ms > 0) TRTEXEC_CUDA(cudaLaunchHostFunc(stream.get(), sleep, &sleepMs));
        hostNs = nowNs();
        event.record(stream);
    }

    int sleepMs = 0;
};

//! Releases a recorded graph.
struct Graph {
    ~Graph() {
        if (executable) cudaGraphExecDestroy(executable);
    }
    cudaGraphExec_t executable = nullptr;
};

//! Runs the queries of one context.
class Pipeline {
public:
    Pipeline(int index, const InferenceOptions& options, IExecutionContext& context, Bindings& bindings,
             const Profiler* profiler)
        : index_(index), options_(options), context_(context), bindings_(bindings), profiler_(profiler) {
        for (int s = 0; s < (options.overlap ? 2 : 1); ++s) slots_.push_back(std::make_unique<Slot>(options.spin));
        if (options.graph) capture();
    }

    void waitFor(const Event& start) const {
        for (const Stream* stream : {&input_, &compute_, &output_}) stream->wait(start.get());
    }

    void query() {
        Slot& slot = *slots_[next_];
        slot.inputStart.record(input_);
        if (options_.transfers) bindings_.upload(input_);
        slot.inputEnd.record(input_);
        compute_.wait(slot.inputEnd.get());
        slot.computeStart.record(compute_);
        slot.enqueueStart = nowNs();
        launch();
        slot.enqueueEnd = nowNs();
        slot.computeEnd.record(compute_);
        output_.wait(slot.computeEnd.get());
        slot.outputStart.record(output_);
        if (options_.transfers) download();
        slot.outputEnd.record(output_);
        slot.active = true;
        next_ = (next_ + 1) % slots_.size();
        if (profiler_ && !context_.reportToProfiler()) throw Failure("the context does not report to the profiler");
    }

    //! Waits for the oldest query, if there is one, and notes its times. The time since `start` at which it computed,
    //! in milliseconds.
    float collect(const Start& start, std::vector<Query>& queries) {
        Slot& slot = *slots_[next_];
        if (!slot.active) return 0;
        slot.active = false;
        slot.outputEnd.synchronize();
        Query q;
        q.stream = index_;
        q.startEnqueue = static_cast<float>(slot.enqueueStart - start.hostNs) / 1e6F;
        q.endEnqueue = static_cast<float>(slot.enqueueEnd - start.hostNs) / 1e6F;
        q.startH2d = slot.inputStart.since(start.event);
        q.endH2d = options_.transfers ? slot.inputEnd.since(start.event) : q.startH2d;
        q.startCompute = slot.computeStart.since(start.event);
        q.endCompute = slot.computeEnd.since(start.event);
        q.startD2h = slot.outputStart.since(start.event);
        q.endD2h = options_.transfers ? slot.outputEnd.since(start.event) : q.startD2h;
        queries.push_back(q);
        return q.startCompute;
    }

    void drain(const Start& start, std::vector<Query>& queries) {
        for (size_t s = 0; s < slots_.size(); ++s) {
            collect(start, queries);
            next_ = (next_ + 1) % slots_.size();
        }
    }

private:
    struct Slot {
        explicit Slot(bool spin)
            : inputStart(spin),
              inputEnd(spin),
              computeStart(spin),
              computeEnd(spin),
              outputStart(spin),
              outputEnd(spin) {}
        Event inputStart, inputEnd, computeStart, computeEnd, outputStart, outputEnd;
        int64_t enqueueStart = 0, enqueueEnd = 0;
        bool active = false;
    };

    void launch() {
        if (graph_.executable) {
            TRTEXEC_CUDA(cudaGraphLaunch(graph_.executable, compute_.get()));
        } else if (!context_.enqueueV3(compute_.get())) {
            throw Failure("the inference cannot be enqueued; the lines above say why");
        }
    }

    //! Sizes that only the run tells are known when the inference is over.
    void download() {
        const auto outputs = bindings_.outputs();
        const bool waits = std::any_of(outputs.begin(), outputs.end(), [&](const Binding* output) {
            const Dims dims = context_.getTensorShape(output->name().c_str());
            return std::any_of(dims.d, dims.d + std::max(dims.nbDims, 0), [](int64_t s) { return s < 0; });
        });
        if (waits) compute_.synchronize();
        bindings_.download(output_);
    }

    void capture() {
        if (!context_.enqueueV3(compute_.get()))
            throw Failure("the inference cannot be enqueued; the lines above say why");
        compute_.synchronize();
        cudaGraph_t graph = nullptr;
        TRTEXEC_CUDA(cudaStreamBeginCapture(compute_.get(), cudaStreamCaptureModeThreadLocal));
        const bool enqueued = context_.enqueueV3(compute_.get());
        const bool captured = cudaStreamEndCapture(compute_.get(), &graph) == cudaSuccess && enqueued;
        if (!captured || cudaGraphInstantiate(&graph_.executable, graph, 0) != cudaSuccess) {
            graph_.executable = nullptr;
            cudaGetLastError();
            warning("the inference cannot be captured as a CUDA graph; it runs without one");
        }
        if (graph) cudaGraphDestroy(graph);
    }

    int index_;
    const InferenceOptions& options_;
    IExecutionContext& context_;
    Bindings& bindings_;
    const Profiler* profiler_;
    Stream input_, compute_, output_;
    std::vector<std::unique_ptr<Slot>> slots_;
    size_t next_ = 0;
    Graph graph_;
};

using Pipelines = std::vector<std::unique_ptr<Pipeline>>;

//! Drives pipelines from one host thread.
void loop(const InferenceOptions& options, const Start& start, const std::vector<Pipeline*>& pipelines,
          std::vector<Query>& queries) {
    const float warmUp = static_cast<float>(options.warmUpMs);
    const float last =
        options.durationS < 0 ? std::numeric_limits<float>::infinity() : options.durationS * 1000 + warmUp;
    float elapsed = 0;
    int skipped = 0;
    for (int i = 0; i < options.iterations + skipped || elapsed < last; ++i) {
        for (Pipeline* pipeline : pipelines) pipeline->query();
        for (Pipeline* pipeline : pipelines) elapsed = std::max(elapsed, pipeline->collect(start, queries));
        if (elapsed < warmUp) {
            ++skipped;
        } else if (options.idleMs > 0) {
            std::this_thread::sleep_for(std::chrono::milliseconds(options.idleMs));
        }
    }
    for (Pipeline* pipeline : pipelines) pipeline->drain(start, queries);
}

//! One host thread for each pipeline; the first failure is thrown when all have ended.
void loopInThreads(const InferenceOptions& options, int device, const Start& start, const Pipelines& pipelines,
                   std::vector<Query>& queries) {
    std::vector<std::vector<Query>> parts(pipelines.size());
    std::vector<std::exception_ptr> failures(pipelines.size());
    std::vector<std::thread> threads;
    for (size_t p = 0; p < pipelines.size(); ++p) {
        threads.emplace_back([&, p] {
            try {
                TRTEXEC_CUDA(cudaSetDevice(device));
                loop(options, start, {pipelines[p].get()}, parts[p]);
            } catch (...) {
                failures[p] = std::current_exception();
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    for (const auto& failure : failures) {
        if (failure) std::rethrow_exception(failure);
    }
    for (const auto& part : parts) queries.insert(queries.end(), part.begin(), part.end());
}

void setBudget(ICudaEngine& engine, const StreamingBudget& budget) {
    int64_t bytes = 0;
    switch (budget.kind) {
        case StreamingBudget::Off:
            return;
        case StreamingBudget::Automatic:
            bytes = engine.getWeightStreamingAutomaticBudget();
            break;
        case StreamingBudget::Bytes:
            bytes = static_cast<int64_t>(budget.amount);
            break;
        case StreamingBudget::Percent:
            bytes = static_cast<int64_t>(static_cast<double>(engine.getStreamableWeightsSize()) * budget.amount / 100);
            break;
    }
    if (!engine.setWeightStreamingBudgetV2(bytes))
        throw Failure("the engine does not take a weight streaming budget of " + std::to_string(bytes) + " bytes");
}

void checkProfile(const ICudaEngine& engine, const InferenceOptions& options) {
    const int count = engine.getNbOptimizationProfiles();
    if (options.profile < 0 || options.profile >= count)
        throw Failure("--useProfile=" + std::to_string(options.profile) + " when the engine has " +
                      std::to_string(count) + " profiles");
    if (count > 1 && !options.profileChosen)
        warning("the engine has ", count, " profiles; running with the first, --useProfile chooses another");
}

}  // namespace

Inference::Inference(const Options& options, LoadedEngine& engine, const ShapeMap& fallback) : options_(options) {
    checkProfile(*engine.engine, options.inference);
    setBudget(*engine.engine, options.inference.budget);
    for (int s = 0; s < options.inference.streams; ++s) contexts_.push_back(makeContext(engine, fallback, s > 0));
}

Inference::~Inference() = default;

std::unique_ptr<Inference::Context> Inference::makeContext(LoadedEngine& engine, const ShapeMap& fallback,
                                                           bool quiet) const {
    const InferenceOptions& options = options_.inference;
    auto made = std::make_unique<Context>();
    const bool managed = options.strategy != AllocationStrategy::Static;
    made->context.reset(engine.engine->createExecutionContext(
        managed ? ExecutionContextAllocationStrategy::kUSER_MANAGED : ExecutionContextAllocationStrategy::kSTATIC));
    if (!made->context) throw Failure("no execution context can be made; the lines above say why");
    IExecutionContext& context = *made->context;
    context.setNvtxVerbosity(options_.build.verbosity);
    int persisting = 0;
    if (options.persistentCacheRatio > 0)
        TRTEXEC_CUDA(cudaDeviceGetAttribute(&persisting, cudaDevAttrMaxPersistingL2CacheSize, options_.system.device));
    context.setPersistentCacheLimit(static_cast<size_t>(static_cast<float>(persisting) * options.persistentCacheRatio));
    const Stream stream;
    if (!context.setOptimizationProfileAsync(options.profile, stream.get()))
        throw Failure("optimization profile " + std::to_string(options.profile) + " cannot be set");
    stream.synchronize();
    made->bindings = std::make_unique<Bindings>(context, options, fallback, quiet);
    if (managed) setActivations(*engine.engine, *made);
    return made;
}

void Inference::setActivations(ICudaEngine& engine, Context& context) const {
    const auto bytes = options_.inference.strategy == AllocationStrategy::Profile
                           ? engine.getDeviceMemorySizeForProfileV2(options_.inference.profile)
                           : static_cast<int64_t>(context.context->updateDeviceMemorySizeForShapes());
    context.activations = std::make_unique<Memory>(Memory::Kind::Device);
    context.context->setDeviceMemoryV2(context.activations->reserve(static_cast<size_t>(bytes)), bytes);
    info("Activation memory of the context: ", static_cast<double>(bytes) / (1 << 20), " MiB");
}

std::vector<Query> Inference::run(Profiler* profiler) {
    const InferenceOptions& options = options_.inference;
    if (profiler) {
        context().setProfiler(profiler);
        context().setEnqueueEmitsProfile(false);
    }
    Pipelines pipelines;
    for (size_t c = 0; c < contexts_.size(); ++c) {
        pipelines.push_back(std::make_unique<Pipeline>(static_cast<int>(c), options, *contexts_[c]->context,
                                                       *contexts_[c]->bindings, c == 0 ? profiler : nullptr));
    }
    const Stream stream;
    if (!options.transfers) {
        for (const auto& context : contexts_) context->bindings->upload(stream);
        stream.synchronize();
    }
    Start start(options.spin);
    start.mark(options.sleepMs);
    for (const auto& pipeline : pipelines) pipeline->waitFor(start.event);
    std::vector<Query> queries;
    if (options.threads) {
        loopInThreads(options, options_.system.device, start, pipelines, queries);
    } else {
        std::vector<Pipeline*> all;
        for (const auto& pipeline : pipelines) all.push_back(pipeline.get());
        loop(options, start, all, queries);
    }
    if (!options.transfers) {
        for (const auto& context : contexts_) context->bindings->download(stream);
        stream.synchronize();
    }
    if (profiler) context().setProfiler(nullptr);
    return queries;
}

void Inference::runOnce() {
    const Stream stream;
    bindings().upload(stream);
    if (!context().enqueueV3(stream.get())) throw Failure("the inference cannot be enqueued; the lines above say why");
    stream.synchronize();
    bindings().download(stream);
    stream.synchronize();
}

}  // namespace trtexec
