// SPDX-License-Identifier: Apache-2.0
// A build that is watched: what each pass did, what the tuner could choose from and chose, and the graphs on the way.
#pragma once
#include <functional>
#include <utility>

#include "NvInfer.h"
#include "builder/api_build.h"
#include "builder/compile.h"
#include "network/network.h"

namespace opentrt::debug {

struct RecordRequest {
    std::set<std::string> disabled;  //!< passes
    int64_t maxRewrites = INT64_MAX;
    bool texts = false;    //!< keep each pass's graph as text
    bool weights = false;  //!< with all weights, so that the text can be parsed
};

struct PassRecord {
    std::string name, purpose;
    size_t nodes = 0;                   //!< after it
    std::vector<std::string> rewrites;  //!< as they were logged
    std::string text;
};

struct Candidate {
    Tactic tactic;
    double ms = 0;
};

struct Record {
    std::vector<PassRecord> passes;  //!< the first is "imported"
    Graph imported, planned;
    std::map<NodeId, std::vector<Candidate>> candidates;  //!< of planned nodes
    Tuned tuned;
    Plan plan;
    SymbolValues opt;          //!< sizes that tactics were timed for
    PipelineRequest pipeline;  //!< as the build ran it, without its callbacks and log
};

//! Throws Error.
Record record(network::Network& network, const builder::BuilderConfig& config, const RecordRequest& request);

//! A log that keeps what is verbose and passes everything on.
class KeepingLog final : public Log {
public:
    explicit KeepingLog(Log* next) : next_(next) {}
    void write(Severity severity, const std::string& message) override;
    std::vector<std::string> take() { return std::exchange(kept_, {}); }

private:
    Log* next_;
    std::vector<std::string> kept_;
};

}  // namespace opentrt::debug
