# SPDX-License-Identifier: Apache-2.0
# Makes the executable test_<folder> of each tests/<folder>, and one ctest test of each TEST_CASE.

function(link_every_room target)
  get_property(rooms GLOBAL PROPERTY AISLE_ROOM_TARGETS)
  target_link_libraries(${target} PRIVATE ${rooms})
endfunction()

# Links the room whose name the folder carries and what tools/layers.txt adds; every room when the
# folder carries no room's name.
function(link_test target folder)
  if(NOT TARGET aisle_${folder})
    link_every_room(${target})
    return()
  endif()
  target_link_libraries(${target} PRIVATE aisle_${folder})
  foreach(room IN LISTS layers_tests_tests/${folder})
    room_target("${room}" extra)
    if(TARGET ${extra})
      target_link_libraries(${target} PRIVATE ${extra})
    endif()
  endforeach()
endfunction()

function(add_test_folder folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/${folder}/*.cpp")
  if(NOT sources)
    return()
  endif()
  set(target test_${folder})
  add_executable(${target} ${sources} $<TARGET_OBJECTS:test_main>)
  use_pch(${target})
  target_include_directories(${target} PRIVATE "${CMAKE_SOURCE_DIR}")
  target_compile_definitions(${target} PRIVATE AISLE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_link_libraries(${target} PRIVATE doctest::doctest)
  link_test(${target} ${folder})
  if(TARGET aisle)
    target_compile_definitions(${target} PRIVATE AISLE_PROGRAM="$<TARGET_FILE:aisle>")
  endif()
  # A name that doctest's filter does not find again would pass without running anything.
  doctest_discover_tests(${target}
    TEST_PREFIX "${folder}: "
    PROPERTIES LABELS ${folder} TIMEOUT 600 FAIL_REGULAR_EXPRESSION "test cases: +0 ")
endfunction()

# Folders that are no doctest executables: support is linked into the others, fuzz has a driver of
# its own, layers is Python.
function(add_test_folders)
  find_package(doctest 2.4 REQUIRED)
  include("${doctest_DIR}/doctest.cmake")
  add_library(test_main OBJECT tests/support/main.cpp)
  target_link_libraries(test_main PRIVATE doctest::doctest)

  set(tests "${CMAKE_SOURCE_DIR}/tests")
  file(GLOB folders CONFIGURE_DEPENDS RELATIVE "${tests}" "${tests}/*")
  list(REMOVE_ITEM folders support fuzz layers)
  foreach(folder IN LISTS folders)
    if(IS_DIRECTORY "${tests}/${folder}")
      add_test_folder(${folder})
    endif()
  endforeach()
endfunction()

# The rules that tools/checks reads from the sources, and the test that the checkers see what is
# planted. Nothing is compiled for them, so one preset is enough.
function(add_checks)
  if(AISLE_SANITIZE)
    return()
  endif()
  set(checks "${CMAKE_SOURCE_DIR}/tools/checks")
  add_test(NAME "layers: every include is one that tools/layers.txt allows"
    COMMAND python3 -B "${checks}/layers.py")
  add_test(NAME "layers: the rules of the house hold"
    COMMAND python3 -B "${checks}/house.py")
  add_test(NAME "layers: the checkers see what is planted"
    COMMAND python3 -B "${CMAKE_SOURCE_DIR}/tests/layers/planted_test.py")
endfunction()

# tests/fuzz/<name>.cpp becomes fuzz_<name>.
function(add_fuzzers)
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/fuzz/*.cpp")
  foreach(source IN LISTS sources)
    get_filename_component(name "${source}" NAME_WE)
    set(target fuzz_${name})
    add_executable(${target} ${source})
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    target_include_directories(${target} PRIVATE "${CMAKE_SOURCE_DIR}")
    link_every_room(${target})
  endforeach()
endfunction()
