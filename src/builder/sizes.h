// SPDX-License-Identifier: Apache-2.0
// Sizes of a network in its profiles: what dimensions with names are at min, opt and max, and which sizes a build looks
// at. Tested by compile_test.cpp.
#pragma once
#include "graph/graph.h"
#include "plan/plan.h"
#include "tune/tuner.h"

namespace opentrt {

//! Symbols of the inputs' dimensions and elements at one point of a profile (0 min, 1 opt, 2 max). Throws Error when
//! two inputs that share a named dimension disagree, or a range does not fit the input.
SymbolValues symbolsAt(const Graph& graph, const PlanProfile& profile, int point);

//! Of a network without dynamic inputs. Throws Error that names an input which is.
PlanProfile staticProfile(const Graph& graph);

//! Throws Error where the min of a symbol is above its max.
SymbolRanges rangesOf(const Graph& graph, const PlanProfile& profile);

//! Throws Error that names a tensor with too many elements at the largest sizes of a profile.
void requireElements(const Graph& graph, const PlanProfile& profile, size_t index);

//! Symbols with one possible value become that number everywhere.
void fixSingleValues(Graph& graph);

//! Sizes that the profile does not tell, of which tactics want to know some: large ones that may come.
void guessSizes(const Graph& graph, TacticRequest& request);

//! Where the steps of a plan may have other kernels than at the opt of the first profile: the opt and the min of each
//! profile, the middle between them if they are far apart, and larger sizes if the max is far away. What is good at the
//! opt is good somewhat above it, and trials there take the longest.
std::vector<PlanPoint> pointsOf(const Graph& graph, const std::vector<PlanProfile>& profiles);

}  // namespace opentrt
