// SPDX-License-Identifier: Apache-2.0
// Named ranges on the time line of a profiling tool (Nsight Systems and the like), through the protocol by which NVTX
// finds such a tool: NVTX_INJECTION64_PATH names its library. Without a tool they cost a comparison. Tested by
// tool_range_test.cpp with a tool of its own.
#pragma once

namespace opentrt {

class ToolRange {
public:
    //! Null: no range.
    explicit ToolRange(const char* name) {
        if (name && isWanted()) begin(name);
    }
    ToolRange(const ToolRange&) = delete;
    ToolRange& operator=(const ToolRange&) = delete;
    ~ToolRange() {
        if (isOpen_) end();
    }
    //! Whether there is a tool.
    static bool isWanted();

private:
    void begin(const char* name);
    static void end();
    bool isOpen_ = false;
};

}  // namespace opentrt
