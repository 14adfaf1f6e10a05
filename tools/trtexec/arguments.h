// SPDX-License-Identifier: Apache-2.0
// The command line as `--flag=value` words. A word is split at its first `=`; a reader takes one occurrence away, and
// what nobody took is an unknown option. Numbers are read as std::stoi and its relatives do: leading digits count,
// trailing text is ignored. Tested by arguments_test.cpp.
#pragma once
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/shapes.h"

namespace trtexec {

//! A fault of the command line. The message names the flag.
struct ArgumentError : std::invalid_argument {
    using std::invalid_argument::invalid_argument;
};

class Arguments {
public:
    struct Word {
        std::string flag, value;
        bool taken = false;
    };

    Arguments(int argc, const char* const* argv);
    //! For tests.
    explicit Arguments(const std::vector<std::string>& words);

    bool empty() const { return words_.empty(); }
    bool has(const std::string& flag) const;  //!< taken or not

    //! A flag without a value; one that is given is ignored, so `--fp16=0` turns it on.
    bool takeFlag(const std::string& flag);
    std::optional<std::string> take(const std::string& flag);
    std::vector<std::string> takeAll(const std::string& flag);

    // Leave `value` alone when the flag is missing.
    void take(const std::string& flag, std::string& value);
    void take(const std::string& flag, int& value);
    void take(const std::string& flag, int64_t& value);
    void take(const std::string& flag, float& value);
    void take(const std::string& flag, double& value);
    void takeShapes(const std::string& flag, opentrt::tools::ShapeMap& value);
    std::vector<std::string> takeList(const std::string& flag);  //!< comma separated

    //! The words from the first `group` on that belong to it: at most `limit` words directly behind it whose flags are
    //! in `members`, all of them taken. The group's own word comes first; empty when there is no such group.
    std::vector<Word> takeGroup(const std::string& group, const std::vector<std::string>& members, size_t limit);

    std::vector<Word> rest() const;

private:
    Word* find(const std::string& flag);
    std::vector<Word> words_;
};

}  // namespace trtexec
