# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` lays out: headers and libraries where programs look for TensorRT's, the CUDA runtime for the CPU in
# folders of its own, and the files by which CMake and pkg-config find all of it.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(OPENTRT_CUDA_INCLUDEDIR ${CMAKE_INSTALL_INCLUDEDIR}/opentrt/cuda)
set(OPENTRT_CUDA_LIBDIR ${CMAKE_INSTALL_LIBDIR}/hostcuda)

install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(DIRECTORY hostcuda/include/ DESTINATION ${OPENTRT_CUDA_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
# Libraries with their further names; links stay links.
install(DIRECTORY ${CMAKE_BINARY_DIR}/lib/ DESTINATION ${CMAKE_INSTALL_LIBDIR} USE_SOURCE_PERMISSIONS
  FILES_MATCHING PATTERN "lib*.so" PATTERN "lib*.so.*")
# Folders look alike before and after installation, so nothing has to be relinked.
if(TARGET nvonnxparser)
  set_target_properties(nvonnxparser PROPERTIES BUILD_WITH_INSTALL_RPATH ON INSTALL_RPATH $ORIGIN)
endif()
if(TARGET opentrt)
  set_target_properties(opentrt PROPERTIES
    BUILD_WITH_INSTALL_RPATH ON INSTALL_RPATH "$ORIGIN/../lib;$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
  install(TARGETS opentrt RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

configure_package_config_file(cmake/OpenTRTConfig.cmake.in ${CMAKE_BINARY_DIR}/package/OpenTRTConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/OpenTRT
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR OPENTRT_CUDA_INCLUDEDIR OPENTRT_CUDA_LIBDIR)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/package/OpenTRTConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${CMAKE_BINARY_DIR}/package/OpenTRTConfig.cmake ${CMAKE_BINARY_DIR}/package/OpenTRTConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/OpenTRT)

configure_file(cmake/opentrt.pc.in ${CMAKE_BINARY_DIR}/package/opentrt.pc @ONLY)
configure_file(cmake/opentrt-cudart.pc.in ${CMAKE_BINARY_DIR}/package/opentrt-cudart.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/package/opentrt.pc ${CMAKE_BINARY_DIR}/package/opentrt-cudart.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
