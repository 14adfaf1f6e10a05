// SPDX-License-Identifier: Apache-2.0
#include "queue.h"

#include <algorithm>
#include <pthread.h>
#include <signal.h>
#include <thread>

#include "wait.h"

namespace opentrt::hostcuda {
namespace {

// Never destroyed: streams may be used by destructors of static objects.
struct QueueList {
    std::mutex mutex;
    std::vector<std::weak_ptr<Queue>> queues;
};

QueueList& queueList() {
    static auto* list = new QueueList;
    return *list;
}

// The worker says goodbye under the list's lock, so that whoever no longer finds its queue has seen all of its work.
void forget(const Queue* queue) {
    QueueList& list = queueList();
    std::lock_guard lock(list.mutex);
    auto& all = list.queues;
    all.erase(std::remove_if(all.begin(), all.end(), [&](const auto& q) { return q.lock().get() == queue; }),
              all.end());
}

// Signals are for the application's threads.
class BlockSignals {
public:
    BlockSignals() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &previous_);
    }
    ~BlockSignals() { pthread_sigmask(SIG_SETMASK, &previous_, nullptr); }

private:
    sigset_t previous_;
};

}  // namespace

void Fence::wait() const {
    queue->waitFor(position);
}

std::shared_ptr<Queue> Queue::make(bool blocking) {
    std::shared_ptr<Queue> queue(new Queue(blocking));
    QueueList& list = queueList();
    std::lock_guard lock(list.mutex);
    auto& all = list.queues;
    all.erase(std::remove_if(all.begin(), all.end(), [](const auto& q) { return q.expired(); }), all.end());
    all.push_back(queue);
    return queue;
}

std::vector<std::shared_ptr<Queue>> liveQueues() {
    std::vector<std::shared_ptr<Queue>> live;
    QueueList& list = queueList();
    std::lock_guard lock(list.mutex);
    for (const auto& weak : list.queues)
        if (auto queue = weak.lock()) live.push_back(std::move(queue));
    return live;
}

void Queue::push(Work work, std::vector<Fence> after) {
    {
        std::lock_guard lock(mutex_);
        if (!started_) startWorker();
        pending_.push_back({std::move(work), std::move(after)});
        pushed_.fetch_add(1, std::memory_order_release);
        bell_.fetch_add(1, std::memory_order_release);
    }
    bell_.notify_one();
}

Fence Queue::tail() {
    return {shared_from_this(), pushed_.load(std::memory_order_acquire)};
}

bool Queue::passed(uint32_t position) const {
    return static_cast<int32_t>(finished_.load(std::memory_order_acquire) - position) >= 0;
}

bool Queue::idle() const {
    return passed(pushed_.load(std::memory_order_acquire));
}

void Queue::waitFor(uint32_t position) const {
    for (;;) {
        const uint32_t finished = finished_.load(std::memory_order_acquire);
        if (static_cast<int32_t>(finished - position) >= 0) return;
        waitWhile(finished_, finished);
    }
}

void Queue::close() {
    {
        std::lock_guard lock(mutex_);
        closed_ = true;
        bell_.fetch_add(1, std::memory_order_release);
    }
    bell_.notify_one();
}

void Queue::startWorker() {
    BlockSignals block;
    std::thread worker([self = shared_from_this()] { self->work(); });
    pthread_setname_np(worker.native_handle(), "cuda-stream");
    worker.detach();
    started_ = true;
}

void Queue::work() {
    std::vector<Item> batch;
    for (;;) {
        uint32_t heard;
        {
            std::lock_guard lock(mutex_);
            if (pending_.empty() && closed_) break;
            batch.swap(pending_);
            heard = bell_.load(std::memory_order_relaxed);
        }
        if (batch.empty()) waitWhile(bell_, heard);
        for (Item& item : batch) {
            for (const Fence& fence : item.after) fence.wait();
            perform(item.work, this);
            // What the work holds is released before its completion can be seen.
            item = {};
            finished_.fetch_add(1, std::memory_order_release);
            finished_.notify_all();
        }
        batch.clear();
    }
    forget(this);
}

}  // namespace opentrt::hostcuda
