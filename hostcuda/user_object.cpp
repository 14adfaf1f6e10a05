// SPDX-License-Identifier: Apache-2.0
// User objects: things whose destructor is called when the last graph that needs them is gone. Tested by
// graph_test.cpp.
#include <algorithm>
#include <atomic>

#include "graph.h"
#include "handles.h"

namespace opentrt::hostcuda {

struct UserObject {
    void* pointer;
    cudaHostFn_t destroy;
    std::atomic<long> references;
};

namespace {

using Objects = Handles<UserObject>;

void release(UserObject& object, long count) {
    if (object.references.fetch_sub(count) > count) return;
    const auto last = Objects::all().take(&object);
    if (last) last->destroy(last->pointer);
}

template <class Body>
cudaError_t onObject(cudaUserObject_t handle, unsigned count, const Body& body) {
    return enter([&] {
        const auto object = Objects::all().find(handle);
        if (!object || !count || count > INT32_MAX) return cudaErrorInvalidValue;
        return body(object);
    });
}

}  // namespace

UserReference::~UserReference() {
    release(*object, 1);
}

}  // namespace opentrt::hostcuda

using namespace opentrt::hostcuda;

HOSTCUDA_API(cudaUserObjectCreate)
(cudaUserObject_t* object, void* ptr, cudaHostFn_t destroy, unsigned int initialRefcount, unsigned int flags) {
    return enter([&] {
        if (!object || !destroy || !initialRefcount || initialRefcount > INT32_MAX ||
            flags != cudaUserObjectNoDestructorSync)
            return cudaErrorInvalidValue;
        auto made = std::make_shared<UserObject>();
        made->pointer = ptr;
        made->destroy = destroy;
        made->references = initialRefcount;
        *object = Objects::all().add<cudaUserObject_t>(std::move(made));
        return cudaSuccess;
    });
}

HOSTCUDA_API(cudaUserObjectRetain)(cudaUserObject_t object, unsigned int count) {
    return onObject(object, count, [&](const std::shared_ptr<UserObject>& o) {
        o->references.fetch_add(count);
        return cudaSuccess;
    });
}

HOSTCUDA_API(cudaUserObjectRelease)(cudaUserObject_t object, unsigned int count) {
    return onObject(object, count, [&](const std::shared_ptr<UserObject>& o) {
        if (static_cast<long>(count) > o->references.load()) return cudaErrorInvalidValue;
        release(*o, count);
        return cudaSuccess;
    });
}

HOSTCUDA_API(cudaGraphRetainUserObject)
(cudaGraph_t graph, cudaUserObject_t object, unsigned int count, unsigned int flags) {
    return onObject(object, count, [&](const std::shared_ptr<UserObject>& o) {
        std::lock_guard lock(graphLock());
        const auto found = findGraph(graph);
        if (!found || (flags & ~static_cast<unsigned>(cudaGraphUserObjectMove))) return cudaErrorInvalidValue;
        if (!(flags & cudaGraphUserObjectMove)) o->references.fetch_add(count);
        for (unsigned i = 0; i < count; ++i) found->objects.push_back(std::make_shared<UserReference>(o));
        return cudaSuccess;
    });
}

HOSTCUDA_API(cudaGraphReleaseUserObject)(cudaGraph_t graph, cudaUserObject_t object, unsigned int count) {
    return onObject(object, count, [&](const std::shared_ptr<UserObject>& o) {
        std::vector<std::shared_ptr<UserReference>> dropped;  // die after the lock is gone, since they may call back
        std::lock_guard lock(graphLock());
        const auto found = findGraph(graph);
        if (!found) return cudaErrorInvalidValue;
        auto& held = found->objects;
        const auto firstDropped =
            std::stable_partition(held.begin(), held.end(), [&](const auto& r) { return r->object != o; });
        if (static_cast<size_t>(held.end() - firstDropped) < count) return cudaErrorInvalidValue;
        dropped.assign(held.end() - count, held.end());
        held.resize(held.size() - count);
        return cudaSuccess;
    });
}
