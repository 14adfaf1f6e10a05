// SPDX-License-Identifier: Apache-2.0
// What a machine does with time and graphs: marks in streams, recorded work, and measuring.
#include <algorithm>

#include "backends/cuda/machine.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

constexpr int kThreadLocal = 1;
constexpr unsigned kExternal = 1;  // an event in a graph that is recorded each time that it runs

StreamHandle streamOf(void* stream) {
    return static_cast<StreamHandle>(stream);
}

//! Events are made once and used again.
class EventMarks final : public Marks {
public:
    EventMarks(const Machine& machine, bool recorded) : machine_(machine), recorded_(recorded) {}
    EventMarks(const EventMarks&) = delete;
    ~EventMarks() override {
        machine_.makeCurrent();
        for (const EventHandle event : events_) machine_.driver().eventDestroy(event);
    }
    size_t add(void* stream) override {
        const Driver& driver = machine_.driver();
        machine_.makeCurrent();
        EventHandle event = nullptr;
        driver.check(driver.eventCreate(&event, 0), "cuEventCreate");
        events_.push_back(event);
        driver.check(driver.eventRecordAs(event, streamOf(stream), recorded_ ? kExternal : 0),
                     "cuEventRecordWithFlags");
        return events_.size() - 1;
    }
    float between(size_t from, size_t to) override {
        const Driver& driver = machine_.driver();
        machine_.makeCurrent();
        driver.check(driver.eventSynchronize(events_.at(from)), "waiting for a layer");
        driver.check(driver.eventSynchronize(events_.at(to)), "waiting for a layer");
        float milliseconds = 0;
        const Status status = driver.eventElapsed(&milliseconds, events_[from], events_[to]);
        if (recorded_ && status == kNotRecorded)
            throw Error(ErrorCode::InvalidState, "", "the graph with the recorded layers has not been launched yet");
        driver.check(status, "cuEventElapsedTime");
        return milliseconds;
    }

private:
    static constexpr Status kNotRecorded = 400;
    const Machine& machine_;
    const bool recorded_;
    std::vector<EventHandle> events_;
};

//! A stream of its own, into which nobody else puts work.
class OwnStream {
public:
    explicit OwnStream(const Driver& driver) : driver_(driver) {
        constexpr unsigned kNonBlocking = 1;
        driver.check(driver.streamCreate(&stream_, kNonBlocking), "cuStreamCreate");
    }
    OwnStream(const OwnStream&) = delete;
    ~OwnStream() { driver_.streamDestroy(stream_); }
    StreamHandle get() const { return stream_; }

    //! What `work` puts into the stream, as a graph that the caller destroys.
    GraphHandle capture(const std::function<void(void*)>& work) const {
        GraphHandle graph = nullptr;
        driver_.check(driver_.captureBegin(stream_, kThreadLocal), "cuStreamBeginCapture");
        try {
            work(stream_);
        } catch (...) {
            driver_.captureEnd(stream_, &graph);
            if (graph) driver_.graphDestroy(graph);
            throw;
        }
        driver_.check(driver_.captureEnd(stream_, &graph), "cuStreamEndCapture");
        return graph;
    }

private:
    const Driver& driver_;
    StreamHandle stream_ = nullptr;
};

//! A kernel of a graph as it was launched.
struct NotedKernel {
    explicit NotedKernel(const KernelCall& call)
        : function(call.function), grid(call.grid), args(bytesOf(call), bytesOf(call) + call.bytes) {}
    static const char* bytesOf(const KernelCall& call) { return static_cast<const char*>(call.args); }
    bool isLike(const KernelCall& call) const {
        return function == call.function && grid.x == call.grid.x && grid.y == call.grid.y && grid.z == call.grid.z &&
               std::equal(args.begin(), args.end(), bytesOf(call), bytesOf(call) + call.bytes);
    }
    //! Whether the node can become it.
    bool mayBecome(const KernelCall& call) const {
        return grid.threads == call.grid.threads && grid.shared == call.grid.shared &&
               grid.cluster == call.grid.cluster;
    }

    FunctionHandle function;
    Grid grid;
    std::vector<char> args;
    GraphNodeHandle node = nullptr;
};

//! Notes the kernels that become nodes of a graph.
class NodeNotes final : public LaunchWatch {
public:
    explicit NodeNotes(const Driver& driver) : driver_(driver) {}
    bool before(const KernelCall&) override { return true; }
    void after(const KernelCall& call, StreamHandle stream) override {
        int status = 0;
        unsigned long long id = 0;
        GraphHandle graph = nullptr;
        const GraphNodeHandle* latest = nullptr;
        size_t count = 0;
        const Status told = driver_.captureInfo(stream, &status, &id, &graph, &latest, &count);
        isWhole_ = isWhole_ && told == 0 && count == 1;
        if (!isWhole_) return;
        kernels_.emplace_back(call).node = latest[0];
    }
    //! All nodes of the graph; none when there are others than kernels.
    std::vector<NotedKernel> of(GraphHandle graph) {
        size_t nodes = 0;
        const bool all = isWhole_ && driver_.graphNodes(graph, nullptr, &nodes) == 0 && nodes == kernels_.size();
        return all ? std::move(kernels_) : std::vector<NotedKernel>();
    }

private:
    const Driver& driver_;
    bool isWhole_ = true;
    std::vector<NotedKernel> kernels_;
};

//! Compares launches with the kernels of a graph, in their order, in place of putting them into a stream.
class NodeChanges final : public LaunchWatch {
public:
    explicit NodeChanges(const std::vector<NotedKernel>& kernels) : kernels_(kernels) {}
    bool before(const KernelCall& call) override {
        isLike_ = isLike_ && next_ < kernels_.size() && kernels_[next_].mayBecome(call);
        if (isLike_ && !kernels_[next_].isLike(call)) changed_.emplace_back(next_, call);
        ++next_;
        return false;
    }
    void after(const KernelCall&, StreamHandle) override {}
    //! Whether the same kernels were launched, all of them.
    bool isLike() const { return isLike_ && next_ == kernels_.size(); }
    std::vector<std::pair<size_t, NotedKernel>>& changed() { return changed_; }

private:
    const std::vector<NotedKernel>& kernels_;
    size_t next_ = 0;
    bool isLike_ = true;
    std::vector<std::pair<size_t, NotedKernel>> changed_;
};

//! A graph that can be started; it may be left while it still runs.
class GraphRecording final : public Recording {
public:
    GraphRecording(const Machine& machine, const std::function<void(void*)>& work)
        : machine_(machine), stream_(machine.driver()) {
        NodeNotes notes(machine.driver());
        const GraphHandle graph = stream_.capture(work);
        instantiate(graph, notes);
    }
    GraphRecording(const GraphRecording&) = delete;
    ~GraphRecording() override {
        machine_.makeCurrent();
        leave();
    }
    void start(void* stream) override {
        const Driver& driver = machine_.driver();
        machine_.makeCurrent();
        driver.check(driver.graphLaunch(exec_, streamOf(stream)), "cuGraphLaunch");
    }
    void renew(const std::function<void(void*)>& work) override {
        const Driver& driver = machine_.driver();
        machine_.makeCurrent();
        NodeNotes notes(driver);
        const GraphHandle graph = stream_.capture(work);
        GraphUpdateResult result;
        if (!exec_ || driver.graphUpdate(exec_, graph, &result) != 0) {
            leave();
            return instantiate(graph, notes);
        }
        // Its nodes are still those of the graph that it was made of.
        std::vector<NotedKernel> fresh = notes.of(graph);
        driver.graphDestroy(graph);
        if (fresh.size() != kernels_.size()) fresh.clear();
        for (size_t k = 0; k < fresh.size(); ++k) fresh[k].node = kernels_[k].node;
        kernels_ = std::move(fresh);
    }
    bool readdress(const std::function<void(void*)>& work) override {
        if (kernels_.empty()) return false;
        const Driver& driver = machine_.driver();
        machine_.makeCurrent();
        NodeChanges changes(kernels_);
        size_t others = 0;  // that are no kernels
        const GraphHandle graph = stream_.capture(work);
        const Status counted = driver.graphNodes(graph, nullptr, &others);
        driver.graphDestroy(graph);
        driver.check(counted, "cuGraphGetNodes");
        if (!changes.isLike() || others > 0) return false;
        for (auto& [k, kernel] : changes.changed()) {
            kernel.node = kernels_[k].node;
            KernelNode node;
            node.function = kernel.function;
            setSizes(node, kernel.grid);
            void* parameters[] = {kernel.args.data()};
            node.parameters = parameters;
            driver.check(driver.graphKernelSet(exec_, kernel.node, &node), "cuGraphExecKernelNodeSetParams");
            kernels_[k] = std::move(kernel);
        }
        return true;
    }

private:
    //! The graph stays where its nodes may be changed.
    void instantiate(GraphHandle graph, NodeNotes& notes) {
        const Driver& driver = machine_.driver();
        kernels_ = notes.of(graph);
        const Status made = driver.graphInstantiate(&exec_, graph, 0);
        if (kernels_.empty() || made != 0) {
            driver.graphDestroy(graph);
        } else {
            graph_ = graph;
        }
        driver.check(made, "cuGraphInstantiate");
    }
    void leave() {
        if (exec_) machine_.driver().graphExecDestroy(exec_);
        if (graph_) machine_.driver().graphDestroy(graph_);
        exec_ = nullptr;
        graph_ = nullptr;
    }

    const Machine& machine_;
    OwnStream stream_;
    GraphExecHandle exec_ = nullptr;
    GraphHandle graph_ = nullptr;
    std::vector<NotedKernel> kernels_;  // all of its nodes, in the order of their launches; none: it has others
};

//! Events by which streams wait for each other.
class Signals {
public:
    Signals(const Machine& machine, size_t count) : machine_(machine), events_(count) {
        constexpr unsigned kNoTimes = 2;
        for (EventHandle& event : events_)
            machine.driver().check(machine.driver().eventCreate(&event, kNoTimes), "cuEventCreate");
    }
    Signals(const Signals&) = delete;
    ~Signals() {
        machine_.makeCurrent();
        for (const EventHandle event : events_) machine_.driver().eventDestroy(event);
    }
    void record(size_t index, StreamHandle stream) const {
        machine_.driver().check(machine_.driver().eventRecord(events_.at(index), stream), "cuEventRecord");
    }
    void wait(size_t index, StreamHandle stream) const {
        machine_.driver().check(machine_.driver().streamWait(stream, events_.at(index), 0), "cuStreamWaitEvent");
    }

private:
    const Machine& machine_;
    std::vector<EventHandle> events_;
};

//! Copies in a stream of its own; events lead from one stream to the other and back.
class StreamCourier final : public Courier {
public:
    StreamCourier(const Machine& machine, size_t places)
        : machine_(machine), stream_(machine.driver()), places_(places), signals_(machine, places + 1) {}
    void follow(void* stream) override {
        machine_.makeCurrent();
        signals_.record(places_, streamOf(stream));  // the one behind the places'
        signals_.wait(places_, stream_.get());
    }
    void bring(size_t place, void* to, const void* from, int64_t bytes) override {
        machine_.upload(to, from, bytes, stream_.get());
        signals_.record(place, stream_.get());
    }
    void await(size_t place, void* stream) override {
        machine_.makeCurrent();
        signals_.wait(place, streamOf(stream));
    }

private:
    const Machine& machine_;
    OwnStream stream_;
    const size_t places_;
    Signals signals_;
};

class StreamLanes final : public Lanes {
public:
    StreamLanes(const Machine& machine, size_t streams, size_t marks) : machine_(machine), signals_(machine, marks) {
        for (size_t i = 0; i < streams; ++i) streams_.push_back(std::make_unique<OwnStream>(machine.driver()));
    }
    ~StreamLanes() override { machine_.makeCurrent(); }
    void* stream(size_t index) const override { return streams_.at(index)->get(); }
    void set(size_t mark, void* stream) override { signals_.record(mark, streamOf(stream)); }
    void await(size_t mark, void* stream) override { signals_.wait(mark, streamOf(stream)); }

private:
    const Machine& machine_;
    Signals signals_;
    std::vector<std::unique_ptr<OwnStream>> streams_;
};

}  // namespace

//! What one measurement needs; kept for the next one.
class Stopwatch {
public:
    explicit Stopwatch(const Driver& driver) : driver_(driver), stream_(driver) {
        for (EventHandle* event : {&start_, &end_}) driver.check(driver.eventCreate(event, 0), "cuEventCreate");
    }
    Stopwatch(const Stopwatch&) = delete;
    ~Stopwatch() {
        driver_.eventDestroy(start_);
        driver_.eventDestroy(end_);
    }

    double time(const std::function<void(void*)>& work, const Trials& trials) {
        if (trials.repeats <= 1) return trials.median([&] { return between(trials, [&] { work(stream_.get()); }); });
        const GraphHandle graph = stream_.capture([&](void* stream) {
            for (int i = 0; i < trials.repeats; ++i) work(stream);
        });
        GraphExecHandle exec = nullptr;
        const Status made = driver_.graphInstantiate(&exec, graph, 0);
        driver_.graphDestroy(graph);
        driver_.check(made, "cuGraphInstantiate");
        driver_.graphLaunch(exec, stream_.get());
        const double time = trials.median([&] {
            return between(trials, [&] { driver_.check(driver_.graphLaunch(exec, stream_.get()), "cuGraphLaunch"); }) /
                   trials.repeats;
        });
        driver_.graphExecDestroy(exec);
        return time;
    }

private:
    template <class Work>
    double between(const Trials& trials, const Work& work) {
        if (trials.before) trials.before(stream_.get());
        driver_.check(driver_.eventRecord(start_, stream_.get()), "cuEventRecord");
        work();
        driver_.check(driver_.eventRecord(end_, stream_.get()), "cuEventRecord");
        driver_.check(driver_.eventSynchronize(end_), "running a kernel");
        float milliseconds = 0;
        driver_.check(driver_.eventElapsed(&milliseconds, start_, end_), "cuEventElapsedTime");
        return milliseconds;
    }

    const Driver& driver_;
    OwnStream stream_;
    EventHandle start_ = nullptr, end_ = nullptr;
};

std::unique_ptr<Marks> Machine::marks(bool recorded) const {
    return std::make_unique<EventMarks>(*this, recorded);
}

std::unique_ptr<Courier> Machine::courier(size_t places) const {
    makeCurrent();
    return std::make_unique<StreamCourier>(*this, places);
}

std::unique_ptr<Lanes> Machine::lanes(size_t streams, size_t marks) const {
    makeCurrent();
    return std::make_unique<StreamLanes>(*this, streams, marks);
}

std::unique_ptr<Recording> Machine::record(const std::function<void(void*)>& work) const {
    makeCurrent();
    return std::make_unique<GraphRecording>(*this, work);
}

bool Machine::isRecorded(void* stream) const {
    makeCurrent();
    int status = 0;
    // The legacy stream answers with an error while others are captured, and is never captured itself.
    return stream && driver_.captureStatus(streamOf(stream), &status) == 0 && status != 0;
}

void Machine::signal(void* event, void* stream, bool asWork) const {
    makeCurrent();
    driver_.check(driver_.eventRecordAs(static_cast<EventHandle>(event), streamOf(stream), asWork ? kExternal : 0),
                  "recording the event of consumed inputs");
}

double Machine::time(const std::function<void(void*)>& work, const Trials& trials) const {
    makeCurrent();
    std::shared_ptr<Stopwatch> own;
    {
        const std::lock_guard lock(mutex_);
        if (!idle_.empty()) {
            own = std::move(idle_.back());
            idle_.pop_back();
        }
    }
    if (!own) own = std::make_shared<Stopwatch>(driver_);
    const double milliseconds = own->time(work, trials);  // after an error the stream is not used again
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(own));
    return milliseconds;
}

}  // namespace opentrt::cuda
