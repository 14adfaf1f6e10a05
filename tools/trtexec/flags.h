// SPDX-License-Identifier: Apache-2.0
// Every flag of every release: what it takes, and whether it acts here. The help, the warnings for flags without effect
// and the refusals come from this table.
#pragma once
#include <iosfwd>
#include <span>

namespace trtexec {

enum class Group { Model, Build, Inference, Reporting, System, Help };

enum class Use {
    Acts,      //!< read by the options
    NoEffect,  //!< accepted; `text` says why nothing happens
    Refused,   //!< an error; `text` says why and what to do instead
};

struct Flag {
    const char* name;
    const char* value;  //!< placeholder of the help; empty for flags without value
    Group group;
    Use use;
    const char* text;
};
std::span<const Flag> allFlags();
void printHelp(std::ostream& out);

}  // namespace trtexec
