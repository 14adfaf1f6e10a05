// SPDX-License-Identifier: Apache-2.0
#include "base/pages.h"

#include <cstdio>
#include <cstring>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace opentrt {
namespace {

constexpr size_t kBytes = 1 << 20;

//! A file of ones, mapped.
class MappedOnes : public testing::Test {
protected:
    void SetUp() override {
        file_ = std::tmpfile();
        ASSERT_NE(file_, nullptr);
        const std::vector<char> ones(kBytes, 1);
        ASSERT_EQ(std::fwrite(ones.data(), 1, kBytes, file_), kBytes);
        std::fflush(file_);
        data_ = static_cast<char*>(mmap(nullptr, kBytes, PROT_READ, MAP_PRIVATE, fileno(file_), 0));
        ASSERT_NE(data_, MAP_FAILED);
    }
    void TearDown() override {
        munmap(data_, kBytes);
        std::fclose(file_);
    }

    size_t residentPages() const {
        const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
        std::FILE* const maps = std::fopen("/proc/self/smaps", "r");
        char line[512], start[32];
        std::snprintf(start, sizeof start, "%lx-", reinterpret_cast<unsigned long>(data_));
        bool here = false;
        size_t kilobytes = 0;
        while (std::fgets(line, sizeof line, maps)) {
            if (std::strncmp(line, start, std::strlen(start)) == 0) here = true;
            if (here && std::sscanf(line, "Rss: %zu kB", &kilobytes) == 1) break;
        }
        std::fclose(maps);
        return kilobytes * 1024 / page;
    }

    size_t sum() const {
        size_t total = 0;
        for (size_t i = 0; i < kBytes; ++i) total += static_cast<size_t>(data_[i]);
        return total;
    }

    std::FILE* file_ = nullptr;
    char* data_ = nullptr;
};

TEST_F(MappedOnes, ArePagesThatComeBackWhenTheyAreRead) {
    noteMappedFile(data_, kBytes);
    EXPECT_EQ(sum(), kBytes);
    const size_t all = residentPages();
    giveBackPages(data_, kBytes);
    EXPECT_LT(residentPages(), all / 4);
    EXPECT_EQ(sum(), kBytes);
    forgetMappedFile(data_);
}

TEST_F(MappedOnes, StayWhenNobodySaidThatTheyAreOfAFile) {
    EXPECT_EQ(sum(), kBytes);
    const size_t all = residentPages();
    giveBackPages(data_, kBytes);
    noteMappedFile(data_, kBytes / 2);
    giveBackPages(data_, kBytes);
    forgetMappedFile(data_);
    EXPECT_EQ(residentPages(), all);
}

TEST(Pages, LeavesOtherMemoryAlone) {
    std::vector<char> own(kBytes, 7);
    giveBackPages(own.data(), own.size());
    EXPECT_EQ(own[kBytes / 2], 7);
}

}  // namespace
}  // namespace opentrt
