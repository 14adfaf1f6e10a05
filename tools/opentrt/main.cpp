// SPDX-License-Identifier: Apache-2.0
// opentrt: the friendly front of the SDK. Status 0: done and right; 1: failed or wrong; 2: misused.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "verbs.h"

int main(int argc, char** argv) {
    using namespace opentrt::tools;
    CLI::App app("builds, runs, checks and explains TensorRT engines", "opentrt");
    app.require_subcommand(1);
    for (auto add : {addRun, addVerify, addReplay, addBench, addBlame, addExplain, addDump, addDoctor}) add(app);
    try {
        app.parse(argc, argv);
        return 0;
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? 0 : 2;
    } catch (const ExitStatus& status) {
        return status.code;
    } catch (const std::exception& e) {
        std::fflush(stdout);
        std::fprintf(stderr, "error: %s\n", e.what());
        return 1;
    }
}
