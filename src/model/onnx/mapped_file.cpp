// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/mapped_file.h"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/onnx/errors.h"

namespace opentrt::model {
namespace {

struct Descriptor {
    int fd;
    ~Descriptor() {
        if (fd >= 0) ::close(fd);
    }
};

}  // namespace

std::shared_ptr<const MappedFile> MappedFile::open(const std::string& path) {
    // O_NONBLOCK: a FIFO in place of the file must not hang the program.
    const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (file.fd < 0) fail(Code::kINVALID_VALUE, cat("cannot open \"", path, "\": ", std::strerror(errno)));
    struct stat info {};
    if (::fstat(file.fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        fail(Code::kINVALID_VALUE, cat("\"", path, "\" is not a regular file"));
    }
    const auto size = static_cast<size_t>(info.st_size);
    if (size == 0) return std::shared_ptr<const MappedFile>(new MappedFile("", 0));
    void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.fd, 0);
    if (data == MAP_FAILED) fail(Code::kMEM_ALLOC_FAILED, cat("cannot map \"", path, "\": ", std::strerror(errno)));
    return std::shared_ptr<const MappedFile>(new MappedFile(static_cast<const char*>(data), size));
}

void MappedFile::forget(std::string_view part) const {
    const auto start = reinterpret_cast<uintptr_t>(data_), begin = reinterpret_cast<uintptr_t>(part.data());
    if (begin < start || begin - start > size_ || part.size() > size_ - (begin - start)) return;
    const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
    const uintptr_t first = (begin + page - 1) / page * page, last = (begin + part.size()) / page * page;
    // The mapping is read-only, so the pages can be read from the file again whenever somebody asks.
    if (first < last) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
}

MappedFile::~MappedFile() {
    if (size_ > 0) ::munmap(const_cast<char*>(data_), size_);
}

}  // namespace opentrt::model
