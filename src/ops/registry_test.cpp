// SPDX-License-Identifier: Apache-2.0
#include "ops/registry.h"

#include <gtest/gtest.h>
#include <set>

#include "graph/verify.h"
#include "ops/region.h"
#include "ops/shape_of.h"

namespace opentrt {
namespace {

TEST(Registry, NamesAreUniqueAndMakeTheirOperator) {
    std::set<std::string_view> kinds;
    for (const OpEntry& entry : operators()) {
        EXPECT_TRUE(kinds.insert(entry.info->kind).second) << entry.info->kind;
        EXPECT_EQ(&entry.make()->info(), entry.info) << entry.info->kind;
        EXPECT_EQ(&makeOp(entry.info->kind)->info(), entry.info);
        EXPECT_TRUE(entry.imported || entry.canonical || entry.planned) << entry.info->kind;
    }
    EXPECT_EQ(makeOp("Nonsense"), nullptr);
}

TEST(Registry, ShapeIsTheTextFormOfShapeOf) {
    EXPECT_NE(as<ops::ShapeOf>(*makeOp("Shape")), nullptr);
}

TEST(Registry, RefusesRegionsBeforeTheyAreFused) {
    const ops::Region region;
    EXPECT_FALSE(allowed(region, Stage::Imported));
    EXPECT_FALSE(allowed(region, Stage::Canonical));
    EXPECT_TRUE(allowed(region, Stage::Planned));
}

}  // namespace
}  // namespace opentrt
