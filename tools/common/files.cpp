// SPDX-License-Identifier: Apache-2.0
#include "files.h"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <spawn.h>
#include <stdexcept>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace opentrt::tools {
namespace {

constexpr uint32_t kPlanTag = 0x74727466;

std::string reason() {
    return std::strerror(errno);
}

}  // namespace

std::vector<char> readFile(const std::string& file) {
    std::ifstream in(file, std::ios::binary | std::ios::ate);
    if (!in || std::filesystem::is_directory(file)) throw std::runtime_error("cannot read " + file);
    std::vector<char> bytes(static_cast<size_t>(in.tellg()));
    in.seekg(0);
    in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!in) throw std::runtime_error("cannot read " + file + " to its end");
    return bytes;
}

void writeFile(const std::string& file, const void* data, size_t size) {
    std::ofstream out(file, std::ios::binary);
    out.write(static_cast<const char*>(data), static_cast<std::streamsize>(size));
    out.close();
    if (!out) throw std::runtime_error("cannot write " + file);
}

bool isPlanFile(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + file);
    uint32_t tag = 0;
    in.read(reinterpret_cast<char*>(&tag), sizeof tag);
    return in && tag == kPlanTag;
}

TemporaryFolder::TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "opentrt-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("cannot make the folder " + name + ": " + reason());
    path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

FileLock::FileLock(const std::string& file) {
    const std::string name = file + ".lock";
    handle_ = open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (handle_ < 0) throw std::runtime_error("cannot open " + name + ": " + reason());
    while (flock(handle_, LOCK_EX) != 0) {
        if (errno == EINTR) continue;
        close(handle_);
        throw std::runtime_error("cannot lock " + name + ": " + reason());
    }
}

FileLock::~FileLock() {
    close(handle_);
}

std::string ownProgram() {
    // Not the link's target: a file that was replaced meanwhile is another program.
    return "/proc/self/exe";
}

int runProgram(const std::vector<std::string>& words) {
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    std::fflush(nullptr);  // what was printed before the child comes before its lines
    pid_t child = 0;
    if (const int code = posix_spawn(&child, words[0].c_str(), nullptr, nullptr, arguments.data(), environ))
        throw std::runtime_error("cannot start " + words[0] + ": " + std::strerror(code));
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) throw std::runtime_error("lost the process of " + words[0] + ": " + reason());
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace opentrt::tools
