// SPDX-License-Identifier: Apache-2.0
// The verbs of the program, in the order of its help. Each adds its sub-command, whose callback does the work and
// throws std::exception for what ends it, or ExitStatus for an answer of "no".
#pragma once
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace opentrt::tools {

//! Ends the program with this status; everything that had to be said was printed.
struct ExitStatus {
    int code;
};

void addRun(CLI::App& app);
void addVerify(CLI::App& app);
void addReplay(CLI::App& app);  //!< hidden: the second process of verify
void addBench(CLI::App& app);
void addDump(CLI::App& app);
void addExplain(CLI::App& app);
void addBlame(CLI::App& app);
void addDoctor(CLI::App& app);

}  // namespace opentrt::tools
