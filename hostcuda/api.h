// SPDX-License-Identifier: Apache-2.0
// Small helpers that several files of exported functions share.
#pragma once

#include "stream.h"

namespace opentrt::hostcuda {

// Enters the runtime and runs body(stream) for a valid stream handle.
template <class Body>
cudaError_t onStream(cudaStream_t handle, const Body& body) {
    return enter([&] {
        const auto stream = findStream(handle);
        return stream ? body(*stream) : cudaErrorInvalidResourceHandle;
    });
}

// Edges carry no data here: only kernels could have more than one kind of edge.
inline bool plainEdges(const cudaGraphEdgeData* edges, size_t count) {
    for (size_t i = 0; edges && i < count; ++i)
        if (edges[i].from_port || edges[i].to_port || edges[i].type != cudaGraphDependencyTypeDefault) return false;
    return true;
}

}  // namespace opentrt::hostcuda
