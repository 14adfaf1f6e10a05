// SPDX-License-Identifier: Apache-2.0
// Files, a temporary folder, and running a program as a child process. Every failure is a std::runtime_error that names
// the path.
#pragma once
#include <string>
#include <vector>

namespace opentrt::tools {

std::vector<char> readFile(const std::string& file);
void writeFile(const std::string& file, const void* data, size_t size);
//! A plan rather than an ONNX model, by its first bytes.
bool isPlanFile(const std::string& file);

//! An empty folder that goes with the object.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

//! Exclusive lock on `<file>.lock` as long as the object lives; waits for other processes.
class FileLock {
public:
    explicit FileLock(const std::string& file);
    ~FileLock();
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

private:
    int handle_ = -1;
};

//! Path of the running program.
std::string ownProgram();
//! Runs a program to its end; the status of its exit, or 128 plus the signal that ended it.
int runProgram(const std::vector<std::string>& words);

}  // namespace opentrt::tools
