# SPDX-License-Identifier: Apache-2.0
# Finds the C++ Actor Framework, for which Debian ships no CMake package.
# Components: core, io, openssl. Targets: CAF::core, CAF::io, CAF::openssl. Sets CAF_VERSION.

find_path(CAF_INCLUDE_DIR caf/config.hpp)
mark_as_advanced(CAF_INCLUDE_DIR)

if(CAF_INCLUDE_DIR)
  # #define CAF_VERSION 1706 stands for 0.17.6
  file(STRINGS "${CAF_INCLUDE_DIR}/caf/config.hpp" line REGEX "#define CAF_VERSION [0-9]+")
  string(REGEX REPLACE ".* ([0-9]+)$" "\\1" number "${line}")
  math(EXPR major "${number} / 10000")
  math(EXPR minor "${number} / 100 % 100")
  math(EXPR patch "${number} % 100")
  set(CAF_VERSION "${major}.${minor}.${patch}")
endif()

set(needs_core Threads::Threads)
set(needs_io CAF::core)
set(needs_openssl CAF::io)

if(NOT CAF_FIND_COMPONENTS)
  set(CAF_FIND_COMPONENTS core)
endif()
foreach(part IN LISTS CAF_FIND_COMPONENTS)
  find_library(CAF_${part}_LIBRARY NAMES caf_${part})
  mark_as_advanced(CAF_${part}_LIBRARY)
  if(CAF_INCLUDE_DIR AND CAF_${part}_LIBRARY)
    set(CAF_${part}_FOUND TRUE)
    if(NOT TARGET CAF::${part})
      add_library(CAF::${part} UNKNOWN IMPORTED)
      set_target_properties(CAF::${part} PROPERTIES
        IMPORTED_LOCATION "${CAF_${part}_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${CAF_INCLUDE_DIR}"
        INTERFACE_LINK_LIBRARIES "${needs_${part}}")
    endif()
  endif()
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(CAF
  REQUIRED_VARS CAF_INCLUDE_DIR
  VERSION_VAR CAF_VERSION
  HANDLE_COMPONENTS)
