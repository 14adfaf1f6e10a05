// SPDX-License-Identifier: Apache-2.0
// What the library files export, under all their names, as programs find it that load them while running.
#include <dlfcn.h>

#include "NvInferPlugin.h"
#include "support.h"

namespace apitest {
namespace {

//! The folder of libnvinfer.
std::string folder() {
    Dl_info info{};
    dladdr(reinterpret_cast<void*>(&getInferLibVersion), &info);
    const std::string path = info.dli_fname;
    return path.substr(0, path.rfind('/') + 1);
}

TEST(Library, HasTheNamesOfAllMajors) {
    for (const char* name : {"nvinfer", "nvinfer_plugin", "nvinfer_lean", "nvinfer_dispatch"}) {
        for (int major = 5; major <= 11; ++major) {
            const std::string file = std::string("lib") + name + ".so." + std::to_string(major);
            void* library = dlopen((folder() + file).c_str(), RTLD_LAZY | RTLD_LOCAL);
            ASSERT_NE(library, nullptr) << dlerror();
            const bool plugins = std::string(name) == "nvinfer_plugin";
            EXPECT_NE(dlsym(library, plugins ? "initLibNvInferPlugins" : "createInferRuntime_INTERNAL"), nullptr)
                << file;
            dlclose(library);
        }
    }
}

TEST(Library, ExportsItsEntryPoints) {
    void* library = dlopen((folder() + "libnvinfer.so.10").c_str(), RTLD_NOLOAD | RTLD_LAZY);
    ASSERT_NE(library, nullptr);
    for (const char* name :
         {"createInferBuilder_INTERNAL", "createInferRuntime_INTERNAL", "createInferRefitter_INTERNAL",
          "createSafeInferRuntime_INTERNAL", "createConsistencyChecker_INTERNAL", "getPluginRegistry",
          "getBuilderPluginRegistry", "getBuilderSafePluginRegistry", "getLogger", "getInferLibVersion",
          "getInferLibMajorVersion", "getInferLibMinorVersion", "getInferLibPatchVersion", "getInferLibBuildVersion",
          "setInternalLibraryPath", "tensorrt_version_10_16_0_0", "opentrtAddOperator", "opentrtDeserializeFromFile",
          "opentrtUseModelBatch"}) {
        EXPECT_NE(dlsym(library, name), nullptr) << name;
    }
    EXPECT_EQ(dlsym(library, "opentrtOperators"), nullptr);  // one of our own
    dlclose(library);
}

TEST(Library, KeepsRegistriesForCapabilities) {
    EXPECT_EQ(getBuilderPluginRegistry(EngineCapability::kSTANDARD), getPluginRegistry());
    EXPECT_EQ(getBuilderPluginRegistry(EngineCapability::kSAFETY), nullptr);
    EXPECT_EQ(getBuilderSafePluginRegistry(EngineCapability::kSAFETY), nullptr);
    EXPECT_TRUE(setInternalLibraryPath("/tmp"));
    EXPECT_FALSE(setInternalLibraryPath("/nowhere"));
}

TEST(Library, InitialisesItsPluginsMoreThanOnce) {
    Logger logger;
    EXPECT_TRUE(initLibNvInferPlugins(&logger, ""));
    EXPECT_TRUE(initLibNvInferPlugins(nullptr, "mine"));
    EXPECT_TRUE(logger.has(ILogger::Severity::kVERBOSE, "plugins"));
}

TEST(Library, GivesBuildersAndRuntimesRegistriesOfTheirOwn) {
    Logger logger;
    const std::unique_ptr<IBuilder> builder(createInferBuilder(logger));
    const std::unique_ptr<IRuntime> runtime(createInferRuntime(logger));
    EXPECT_NE(&builder->getPluginRegistry(), getPluginRegistry());
    EXPECT_NE(&builder->getPluginRegistry(), &runtime->getPluginRegistry());
    EXPECT_TRUE(runtime->getPluginRegistry().isParentSearchEnabled());
}

}  // namespace
}  // namespace apitest
