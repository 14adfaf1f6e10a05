// SPDX-License-Identifier: Apache-2.0
// A file mapped read-only. Unmapped when the last owner goes.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace opentrt::model {

class MappedFile {
public:
    //! Throws ImportError (kINVALID_VALUE) naming the path; refuses what is not a regular file.
    static std::shared_ptr<const MappedFile> open(const std::string& path);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    const char* data() const { return data_; }
    size_t size() const { return size_; }
    //! Says that a part will not be read again soon, so that it stops counting as memory of the process. No effect on
    //! bytes that do not lie in the file.
    void forget(std::string_view part) const;

private:
    MappedFile(const char* data, size_t size) : data_(data), size_(size) {}
    const char* data_;
    size_t size_;
};

}  // namespace opentrt::model
