// SPDX-License-Identifier: Apache-2.0
#include "machine.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <sched.h>
#include <string_view>
#include <unistd.h>

namespace opentrt::hostcuda {
namespace {

constexpr size_t unlimited = std::numeric_limits<size_t>::max();

// The rest of the first line that begins with the key, or an empty string.
std::string lineAfter(const char* path, std::string_view key) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (line.compare(0, key.size(), key) != 0) continue;
        const size_t start = line.find_first_not_of(" \t:", key.size());
        return start == std::string::npos ? std::string() : line.substr(start);
    }
    return {};
}

size_t numberIn(const std::string& path, size_t fallback) {
    std::ifstream file(path);
    size_t value;
    return file >> value ? value : fallback;
}

size_t kilobytesOf(std::string_view key) {
    return std::strtoull(lineAfter("/proc/meminfo", key).c_str(), nullptr, 10) * 1024;
}

// The control group's folder in version 2 of the interface; the root's when the group is mounted as the root.
std::string controlGroup() {
    const std::string group = lineAfter("/proc/self/cgroup", "0::");
    const std::string path = "/sys/fs/cgroup" + group;
    return access((path + "/memory.max").c_str(), R_OK) == 0 ? path : "/sys/fs/cgroup";
}

size_t groupLimit() {
    static const size_t limit = std::min(numberIn(controlGroup() + "/memory.max", unlimited),
                                         numberIn("/sys/fs/cgroup/memory/memory.limit_in_bytes", unlimited));
    return limit;
}

size_t groupUse() {
    static const std::string current = controlGroup() + "/memory.current";
    return numberIn(current, numberIn("/sys/fs/cgroup/memory/memory.usage_in_bytes", 0));
}

int countProcessors() {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
    return std::max<int>(1, static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)));
}

int highestClock() {
    const size_t fromKernel = numberIn("/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", 0);
    if (fromKernel) return static_cast<int>(fromKernel);
    return static_cast<int>(std::atof(lineAfter("/proc/cpuinfo", "cpu MHz").c_str()) * 1000);
}

size_t cacheSize(int key) {
    const long size = sysconf(key);
    return size > 0 ? static_cast<size_t>(size) : 0;
}

Machine examine() {
    Machine m;
    m.name = lineAfter("/proc/cpuinfo", "model name");
    if (m.name.empty()) m.name = "processor";
    m.processors = countProcessors();
    m.clockKilohertz = highestClock();
    const size_t level2 = cacheSize(_SC_LEVEL2_CACHE_SIZE), level3 = cacheSize(_SC_LEVEL3_CACHE_SIZE);
    m.privateCache = level3 ? level2 : cacheSize(_SC_LEVEL1_DCACHE_SIZE);
    m.lastLevelCache = level3 ? level3 : level2;
    return m;
}

}  // namespace

const Machine& machine() {
    static const auto* facts = new Machine(examine());
    return *facts;
}

size_t totalMemory() {
    static const size_t total = std::min(kilobytesOf("MemTotal"), groupLimit());
    return total;
}

size_t availableMemory() {
    const size_t kernel = kilobytesOf("MemAvailable");
    const size_t limit = groupLimit();
    if (limit == unlimited) return kernel;
    const size_t used = groupUse();
    return std::min(kernel, limit > used ? limit - used : 0);
}

}  // namespace opentrt::hostcuda
