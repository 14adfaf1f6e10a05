// SPDX-License-Identifier: Apache-2.0
// Handles that clients hold: pointers that are looked up before use, so that a stale or foreign handle is answered with
// an error code instead of a crash.
#pragma once

#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <utility>
#include <vector>

namespace opentrt::hostcuda {

template <class Object>
class Handles {
public:
    // Never destroyed: handles may be used by destructors of static objects.
    static Handles& all() {
        static auto* handles = new Handles;
        return *handles;
    }

    template <class Handle>
    Handle add(std::shared_ptr<Object> object) {
        std::lock_guard lock(mutex_);
        auto handle = reinterpret_cast<Handle>(object.get());
        objects_[object.get()] = std::move(object);
        return handle;
    }

    std::shared_ptr<Object> find(const void* handle) const {
        std::shared_lock lock(mutex_);
        auto it = objects_.find(handle);
        return it == objects_.end() ? nullptr : it->second;
    }

    std::shared_ptr<Object> take(const void* handle) {
        std::lock_guard lock(mutex_);
        auto it = objects_.find(handle);
        if (it == objects_.end()) return nullptr;
        auto object = std::move(it->second);
        objects_.erase(it);
        return object;
    }

    // Takes every object; the caller destroys them after the lock is gone.
    std::vector<std::shared_ptr<Object>> takeAll() {
        std::vector<std::shared_ptr<Object>> objects;
        std::lock_guard lock(mutex_);
        for (auto& entry : objects_) objects.push_back(std::move(entry.second));
        objects_.clear();
        return objects;
    }

private:
    mutable std::shared_mutex mutex_;
    std::unordered_map<const void*, std::shared_ptr<Object>> objects_;
};

}  // namespace opentrt::hostcuda
