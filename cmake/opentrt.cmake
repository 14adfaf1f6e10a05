# SPDX-License-Identifier: Apache-2.0
# Compiler settings and the three functions with which every room declares itself.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release or Debug" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2")
find_program(CCACHE ccache)
if(CCACHE)
  # Without these settings nothing that uses a precompiled header is cached; with them another checkout finds it, too.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_NOHASHDIR=1
    CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} ${CCACHE})
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endif()

set(OPENTRT_SANITIZE "" CACHE STRING "address, undefined, thread, fuzzer-no-link, joined by commas (docs/testing.md)")
if(OPENTRT_SANITIZE)
  # Light optimization builds in half the time. What the sanitizers insert confuses the warnings that follow the flow
  # of values, so these do not fail the build.
  set(CMAKE_CXX_FLAGS_RELEASE "-O1")
  add_compile_options(-fsanitize=${OPENTRT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1 -Wall -Wextra)
  add_link_options(-fsanitize=${OPENTRT_SANITIZE})
else()
  add_compile_options(-Wall -Wextra -Werror -fdiagnostics-color=always)
endif()

find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(GTest REQUIRED)
include(GoogleTest)

# The environment that ./dev makes holds the oneDNN library and the ONNX schema files.
set(OPENTRT_VENV ${CMAKE_SOURCE_DIR}/.venv CACHE PATH "Python environment made by ./dev")
find_package(dnnl 3 REQUIRED PATHS ${OPENTRT_VENV}/lib/cmake/dnnl NO_DEFAULT_PATH)

# One precompiled header of the standard library's expensive headers, shared by all rooms.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/pch)
file(WRITE ${CMAKE_BINARY_DIR}/pch/pch.cpp.in "")
if(NOT EXISTS ${CMAKE_BINARY_DIR}/pch/pch.cpp)
  file(WRITE ${CMAKE_BINARY_DIR}/pch/pch.cpp "")
endif()
add_library(opentrt_pch STATIC ${CMAKE_BINARY_DIR}/pch/pch.cpp)
target_precompile_headers(opentrt_pch PRIVATE
  <algorithm> <array> <cmath> <cstdint> <cstring> <functional> <map> <memory> <optional> <set> <span> <sstream>
  <string> <string_view> <tuple> <unordered_map> <utility> <variant> <vector>)
add_library(opentrt_flags INTERFACE)
target_include_directories(opentrt_flags INTERFACE ${CMAKE_SOURCE_DIR}/src ${CMAKE_BINARY_DIR}/generated)

# What clients include: the public headers and the host CUDA runtime's.
add_library(opentrt_headers INTERFACE)
target_include_directories(opentrt_headers INTERFACE ${CMAKE_SOURCE_DIR}/include)
target_include_directories(opentrt_headers SYSTEM INTERFACE ${CMAKE_SOURCE_DIR}/hostcuda/include)

# A room of the house: static library opentrt_<name> from files listed one by one. DEPS names rooms or targets.
function(opentrt_room name)
  cmake_parse_arguments(A "" "" "SOURCES;DEPS" ${ARGN})
  add_library(opentrt_${name} STATIC ${A_SOURCES})
  target_link_libraries(opentrt_${name} PUBLIC opentrt_flags)
  _opentrt_deps(opentrt_${name} "${A_DEPS}")
  target_precompile_headers(opentrt_${name} REUSE_FROM opentrt_pch)
endfunction()

# A test binary <name>; every TEST in it becomes one ctest entry, so ctest's summary counts them.
function(opentrt_test name)
  cmake_parse_arguments(A "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${A_SOURCES})
  _opentrt_deps(${name} "${A_DEPS}")
  target_link_libraries(${name} PRIVATE opentrt_flags GTest::gtest GTest::gtest_main)
  target_precompile_headers(${name} REUSE_FROM opentrt_pch)
  # -fPIC instead of the -fPIE that executables get, because the precompiled header was made with it.
  target_compile_options(${name} PRIVATE -fPIC)
  set_target_properties(${name} PROPERTIES
    POSITION_INDEPENDENT_CODE OFF RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 600)
endfunction()

function(_opentrt_deps target deps)
  foreach(dep ${deps})
    if(TARGET opentrt_${dep})
      target_link_libraries(${target} PUBLIC opentrt_${dep})
    else()
      target_link_libraries(${target} PUBLIC ${dep})
    endif()
  endforeach()
endfunction()

# Rooms that exist are added in the given order, which is the order of the data flow.
function(opentrt_add_rooms)
  foreach(room ${ARGN})
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${room}/CMakeLists.txt)
      add_subdirectory(${room})
    endif()
  endforeach()
endfunction()
