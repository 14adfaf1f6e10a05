// SPDX-License-Identifier: Apache-2.0
// What backends that are a list of kernel families share.
#pragma once
#include "backends/backend.h"
#include "backends/region.h"

namespace opentrt {

//! The family whose name is the whole, or the first words, of a kernel's or tactic's name; null when there is none.
template <class Family>
const Family* familyOf(std::span<const Family> families, std::string_view kernelOrTactic) {
    const Family* best = nullptr;
    for (const Family& f : families) {
        const std::string_view name = f.name;
        const bool matches =
            kernelOrTactic == name || (kernelOrTactic.starts_with(name) && kernelOrTactic[name.size()] == '.');
        if (matches && (!best || name.size() > std::string_view(best->name).size())) best = &f;
    }
    return best;
}

//! A launch that is a callable; for kernels without state.
template <class F>
class SimpleLaunch final : public Launch {
public:
    explicit SimpleLaunch(F run, int64_t workspace = 0) : run_(std::move(run)), workspace_(workspace) {}
    int64_t workspaceBytes() const override { return workspace_; }
    void run(const LaunchArgs& args) override { run_(args); }

private:
    F run_;
    int64_t workspace_;
};
template <class F>
std::unique_ptr<Launch> makeLaunch(F run, int64_t workspace = 0) {
    return std::make_unique<SimpleLaunch<F>>(std::move(run), workspace);
}

}  // namespace opentrt
