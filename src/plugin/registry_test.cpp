// SPDX-License-Identifier: Apache-2.0
#include "plugin/registry.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

namespace opentrt::plugin {
namespace {

class Logger final : public ILogger {
public:
    void log(Severity severity, AsciiChar const* message) override {
        if (severity <= Severity::kERROR) errors += std::string(message) + "\n";
    }
    std::string errors;
};

class OldCreator final : public IPluginCreator {
public:
    explicit OldCreator(std::string version) : version_(std::move(version)) {}
    AsciiChar const* getPluginName() const override { return "Thing"; }
    AsciiChar const* getPluginVersion() const override { return version_.c_str(); }
    PluginFieldCollection const* getFieldNames() override { return nullptr; }
    IPluginV2* createPlugin(AsciiChar const*, PluginFieldCollection const*) override { return nullptr; }
    IPluginV2* deserializePlugin(AsciiChar const*, void const*, size_t) override { return nullptr; }
    void setPluginNamespace(AsciiChar const*) override {}
    AsciiChar const* getPluginNamespace() const override { return ""; }

private:
    std::string version_;
};

class NewCreator final : public IPluginCreatorV3One {
public:
    IPluginV3* createPlugin(AsciiChar const*, PluginFieldCollection const*, TensorRTPhase) override { return nullptr; }
    PluginFieldCollection const* getFieldNames() override { return nullptr; }
    AsciiChar const* getPluginName() const override { return "Thing"; }
    AsciiChar const* getPluginVersion() const override { return "3"; }
    AsciiChar const* getPluginNamespace() const override { return ""; }
};

struct Plugins : testing::Test {
    Logger logger;
    Registry parent{api::Reporter(&logger), nullptr};
    Registry registry{api::Reporter(&logger), &parent};
    OldCreator one{"1"}, two{"2"};
    NewCreator three;
};

TEST_F(Plugins, AreFoundByNameVersionAndNamespace) {
    EXPECT_TRUE(registry.registerCreator(one, "a"));
    EXPECT_TRUE(registry.registerCreator(two, "a"));
    EXPECT_TRUE(registry.registerCreator(one, "b"));
    EXPECT_EQ(registry.getPluginCreator("Thing", "1", "a"), &one);
    EXPECT_EQ(registry.getPluginCreator("Thing", "2", "a"), &two);
    EXPECT_EQ(registry.getPluginCreator("Thing", "2", "b"), nullptr);
    EXPECT_EQ(registry.getPluginCreator("Thing", "1", ""), nullptr);
    EXPECT_EQ(registry.getCreator("Thing", "1", "b"), &one);
}

TEST_F(Plugins, AreRegisteredOnce) {
    EXPECT_TRUE(registry.registerCreator(one, ""));
    EXPECT_FALSE(registry.registerCreator(one, ""));
    EXPECT_NE(logger.errors.find("Thing"), std::string::npos) << logger.errors;
    EXPECT_TRUE(registry.deregisterCreator(one));
    EXPECT_FALSE(registry.deregisterCreator(one));
    EXPECT_TRUE(registry.registerCreator(one, ""));
}

TEST_F(Plugins, OfAllGenerationsAreListed) {
    int32_t count = -1;
    EXPECT_EQ(registry.getPluginCreatorList(&count), nullptr);
    EXPECT_EQ(count, 0);
    registry.registerCreator(one, "");
    registry.registerCreator(three, "");
    EXPECT_EQ(registry.getPluginCreatorList(&count)[0], &one);
    EXPECT_EQ(count, 1);
    EXPECT_NE(registry.getAllCreators(&count), nullptr);
    EXPECT_EQ(count, 2);
    EXPECT_EQ(registry.getCreator("Thing", "3", ""), &three);
    EXPECT_EQ(registry.getPluginCreator("Thing", "3", ""), nullptr);
}

TEST_F(Plugins, OfTheParentAreSearched) {
    int32_t count = -1;
    parent.registerCreator(one, "");
    registry.registerCreator(three, "");
    EXPECT_EQ(registry.getCreator("Thing", "1", ""), &one);
    registry.getAllCreatorsRecursive(&count);
    EXPECT_EQ(count, 2);
    registry.getAllCreators(&count);
    EXPECT_EQ(count, 1);
    registry.setParentSearchEnabled(false);
    EXPECT_FALSE(registry.isParentSearchEnabled());
    EXPECT_EQ(registry.getCreator("Thing", "1", ""), nullptr);
    registry.getAllCreatorsRecursive(&count);
    EXPECT_EQ(count, 1);
}

TEST_F(Plugins, ComeFromLibraries) {
    const auto handle = registry.loadLibrary(PLUGIN_LIBRARY);
    ASSERT_NE(handle, nullptr) << logger.errors;
    IPluginCreatorInterface* creator = registry.getCreator("Loaded", "7", "test");
    ASSERT_NE(creator, nullptr);
    EXPECT_EQ(static_cast<IPluginCreator*>(creator)->createPlugin("finder was set", nullptr), nullptr);
    EXPECT_EQ(parent.getCreator("Loaded", "7", "test"), nullptr);
    registry.deregisterLibrary(handle);
    EXPECT_EQ(registry.getCreator("Loaded", "7", "test"), nullptr);
    EXPECT_EQ(dlopen(PLUGIN_LIBRARY, RTLD_NOLOAD | RTLD_LAZY), nullptr);
    registry.deregisterLibrary(handle);
    EXPECT_NE(logger.errors.find("handle"), std::string::npos);
}

TEST_F(Plugins, OfMissingLibrariesAreReported) {
    EXPECT_EQ(registry.loadLibrary("/nowhere/libplugins.so"), nullptr);
    EXPECT_NE(logger.errors.find("/nowhere/libplugins.so"), std::string::npos);
    EXPECT_EQ(registry.loadLibrary(nullptr), nullptr);
}

struct Counted final : IPluginResource {
    explicit Counted(int& released) : released(released) {}
    int32_t release() override { return ++released, 0; }
    IPluginResource* clone() override { return new Counted(released); }
    int& released;
};

TEST_F(Plugins, ShareResources) {
    int released = 0;
    Counted original(released);
    IPluginResource* shared = registry.acquirePluginResource("key", &original);
    ASSERT_NE(shared, nullptr);
    EXPECT_NE(shared, &original);
    EXPECT_EQ(registry.acquirePluginResource("key", &original), shared);
    EXPECT_EQ(registry.acquirePluginResource("other", nullptr), nullptr);
    EXPECT_EQ(registry.releasePluginResource("key"), 0);
    EXPECT_EQ(released, 0);
    EXPECT_EQ(registry.releasePluginResource("key"), 0);
    EXPECT_EQ(released, 1);
    EXPECT_NE(registry.releasePluginResource("key"), 0);
}

}  // namespace
}  // namespace opentrt::plugin
