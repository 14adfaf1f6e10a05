// SPDX-License-Identifier: Apache-2.0
// What a machine does with time and graphs: marks in streams, recorded work, and measuring.
#include "backends/cuda/machine.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

constexpr int kThreadLocal = 1;

StreamHandle streamOf(void* stream) {
    return static_cast<StreamHandle>(stream);
}

//! Events are made once and used again.
class EventMarks final : public Marks {
public:
    explicit EventMarks(const Machine& machine) : machine_(machine) {}
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
        driver.check(driver.eventRecord(event, streamOf(stream)), "cuEventRecord");
        return events_.size() - 1;
    }
    float between(size_t from, size_t to) override {
        const Driver& driver = machine_.driver();
        machine_.makeCurrent();
        driver.check(driver.eventSynchronize(events_.at(from)), "waiting for a layer");
        driver.check(driver.eventSynchronize(events_.at(to)), "waiting for a layer");
        float milliseconds = 0;
        driver.check(driver.eventElapsed(&milliseconds, events_[from], events_[to]), "cuEventElapsedTime");
        return milliseconds;
    }

private:
    const Machine& machine_;
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

//! A graph that can be started; it may be left while it still runs.
class GraphRecording final : public Recording {
public:
    GraphRecording(const Machine& machine, const std::function<void(void*)>& work)
        : machine_(machine), stream_(machine.driver()) {
        instantiate(stream_.capture(work));
    }
    GraphRecording(const GraphRecording&) = delete;
    ~GraphRecording() override {
        machine_.makeCurrent();
        if (exec_) machine_.driver().graphExecDestroy(exec_);
    }
    void start(void* stream) override {
        const Driver& driver = machine_.driver();
        machine_.makeCurrent();
        driver.check(driver.graphLaunch(exec_, streamOf(stream)), "cuGraphLaunch");
    }
    void renew(const std::function<void(void*)>& work) override {
        const Driver& driver = machine_.driver();
        machine_.makeCurrent();
        const GraphHandle graph = stream_.capture(work);
        GraphUpdateResult result;
        if (driver.graphUpdate(exec_, graph, &result) == 0) {
            driver.graphDestroy(graph);
            return;
        }
        driver.graphExecDestroy(exec_);
        exec_ = nullptr;
        instantiate(graph);
    }

private:
    void instantiate(GraphHandle graph) {
        const Driver& driver = machine_.driver();
        const Status made = driver.graphInstantiate(&exec_, graph, 0);
        driver.graphDestroy(graph);
        driver.check(made, "cuGraphInstantiate");
    }

    const Machine& machine_;
    OwnStream stream_;
    GraphExecHandle exec_ = nullptr;
};

//! Copies in a stream of its own; events lead from one stream to the other and back.
class StreamCourier final : public Courier {
public:
    StreamCourier(const Machine& machine, size_t places) : machine_(machine), stream_(machine.driver()) {
        events_.resize(places + 1);  // the last one: the stream that is followed
        constexpr unsigned kNoTimes = 2;
        for (EventHandle& event : events_)
            machine.driver().check(machine.driver().eventCreate(&event, kNoTimes), "cuEventCreate");
    }
    StreamCourier(const StreamCourier&) = delete;
    ~StreamCourier() override {
        machine_.makeCurrent();
        for (const EventHandle event : events_) machine_.driver().eventDestroy(event);
    }
    void follow(void* stream) override {
        machine_.makeCurrent();
        record(events_.back(), streamOf(stream));
        wait(stream_.get(), events_.back());
    }
    void bring(size_t place, void* to, const void* from, int64_t bytes) override {
        machine_.upload(to, from, bytes, stream_.get());
        record(events_.at(place), stream_.get());
    }
    void await(size_t place, void* stream) override {
        machine_.makeCurrent();
        wait(streamOf(stream), events_.at(place));
    }

private:
    void record(EventHandle event, StreamHandle stream) const {
        machine_.driver().check(machine_.driver().eventRecord(event, stream), "cuEventRecord");
    }
    void wait(StreamHandle stream, EventHandle event) const {
        machine_.driver().check(machine_.driver().streamWait(stream, event, 0), "cuStreamWaitEvent");
    }

    const Machine& machine_;
    OwnStream stream_;
    std::vector<EventHandle> events_;
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

std::unique_ptr<Marks> Machine::marks() const {
    return std::make_unique<EventMarks>(*this);
}

std::unique_ptr<Courier> Machine::courier(size_t places) const {
    makeCurrent();
    return std::make_unique<StreamCourier>(*this, places);
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
    constexpr unsigned kExternal = 1;
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
