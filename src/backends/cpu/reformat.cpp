// SPDX-License-Identifier: Apache-2.0
#include "backends/cpu/reformat.h"

#include <cstring>

#include "backends/cpu/family.h"
#include "backends/cpu/kernels/reformat.h"
#include "backends/cpu/layouts.h"
#include "backends/fit.h"
#include "base/error.h"
#include "base/parallel.h"

namespace opentrt::cpu {

namespace {

constexpr int64_t kCopyGrain = 64 * 1024;

void copyBytes(const void* from, void* to, int64_t bytes) {
    parallelFor(bytes, kCopyGrain, [&](int64_t begin, int64_t end) {
        std::memcpy(static_cast<char*>(to) + begin, static_cast<const char*>(from) + begin,
                    static_cast<size_t>(end - begin));
    });
}

class ReformatKernel final : public Kernel {
public:
    std::unique_ptr<Launch> prepare(std::span<const Port> in, std::span<const Port> out) const override {
        fitPorts(in, 1);
        fit(out.size() == 1 && in[0].type == out[0].type && in[0].dims == out[0].dims, "the output of a reformat");
        const Port& from = in[0];
        const Port& to = out[0];
        if (from.format == to.format) {
            const int64_t bytes = bytesIn(from.format, from.type, from.dims);
            return makeLaunch([bytes](const LaunchArgs& a) { copyBytes(a.inputs[0], a.outputs[0], bytes); });
        }
        fit(bitsOf(from.type) >= 8 && from.dims.size() >= 3, "the type or rank of a reformat");
        const int64_t size = bitsOf(from.type) / 8, batch = from.dims[0], channels = from.dims[1];
        const int64_t spatial = spatialOf(from.dims);
        return makeLaunch([=, f = layoutOf(from.format), t = layoutOf(to.format)](const LaunchArgs& a) {
            kernels::reformat(size, batch, channels, spatial, f, a.inputs[0], t, a.outputs[0]);
        });
    }
};

}  // namespace

CompiledStep compileReformat(DType, Format, Format) {
    return CompiledStep{std::string(kReformatKernel), "", {}, {0}};
}

std::shared_ptr<const Kernel> loadReformat(const std::string&) {
    return std::make_shared<ReformatKernel>();
}

}  // namespace opentrt::cpu
