// SPDX-License-Identifier: Apache-2.0
// The inner geometry of convolution, deconvolution and pooling: which elements of the sparse side ("big", where windows
// lie `stride` apart) meet which of the dense side ("small", one element per window) under each element of the window
// ("tap"). Along every axis: big = small * stride - pre + tap * dilation, where that lies inside.
#pragma once
#include <cstdint>
#include <vector>

namespace opentrt::ops {

struct TapGeometry {
    std::vector<int64_t> small, big, window;  //!< sizes per spatial axis
    std::vector<int64_t> stride, dilation, pre;
};

//! small[smallStart + i] meets big[bigStart + i * step] under `tap`, for i in [0, count); along the last axis.
struct TapRow {
    int64_t tap, smallStart, bigStart, count, step;
};

//! All rows, none empty, taps ascending.
std::vector<TapRow> tapRows(const TapGeometry& geometry);

}  // namespace opentrt::ops
