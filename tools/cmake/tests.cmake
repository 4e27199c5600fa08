# SPDX-License-Identifier: Apache-2.0
# Makes the executable test_<folder> of each tests/<folder>, and one ctest test of each TEST_CASE.

function(link_every_room target)
  get_property(rooms GLOBAL PROPERTY AISLE_ROOM_TARGETS)
  target_link_libraries(${target} PRIVATE ${rooms})
endfunction()

# The targets a folder of tests links: the room whose name it carries and what tools/layers.txt
# adds; only the latter when it carries no room's name, every room when neither says any. Empty when
# one is left out or not there yet.
function(targets_of_tests folder result)
  get_property(built GLOBAL PROPERTY AISLE_ROOM_TARGETS)
  set(${result} "" PARENT_SCOPE)
  set(rooms ${layers_rooms})
  list(FILTER rooms INCLUDE REGEX "(^|/)${folder}$")
  if(NOT rooms AND NOT layers_tests_tests/${folder})
    if(AISLE_WITH_NODE)
      set(${result} "${built}" PARENT_SCOPE)
    endif()
    return()
  endif()
  set(targets "")
  foreach(room IN LISTS rooms layers_tests_tests/${folder})
    room_target("${room}" target)
    if(NOT target IN_LIST built)
      return()
    endif()
    list(APPEND targets ${target})
  endforeach()
  set(${result} "${targets}" PARENT_SCOPE)
endfunction()

# Registers each TEST_CASE of a test program with ctest, after it is linked. doctest brings a script
# for this, which stumbles over ; and [ in names.
function(discover_test_cases target folder)
  set(list "${CMAKE_BINARY_DIR}/${target}.ctest.cmake")
  add_custom_command(TARGET ${target} POST_BUILD
    BYPRODUCTS "${list}"
    COMMAND "${CMAKE_COMMAND}" -D PROGRAM=$<TARGET_FILE:${target}> -D FOLDER=${folder}
      -D LIST=${list} -P "${CMAKE_SOURCE_DIR}/tools/cmake/discover.cmake"
    VERBATIM)
  file(CONFIGURE OUTPUT "${target}.include.cmake" @ONLY CONTENT [[
if(EXISTS "@list@")
  include("@list@")
else()
  add_test("@folder@/is not built" "@target@")
endif()
]])
  set_property(DIRECTORY APPEND PROPERTY
    TEST_INCLUDE_FILES "${CMAKE_BINARY_DIR}/${target}.include.cmake")
endfunction()

# What a folder of tests has from another: the program as a child process is e2e's.
set(sources_of_tests_fault tests/e2e/folder.cpp tests/e2e/program.cpp tests/e2e/world.cpp)

# Libraries that tests need and rooms do not.
set(libraries_of_tests_record aisle::avro)
set(libraries_of_tests_e2e aisle::avro)

function(add_test_folder folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/${folder}/*.cpp")
  list(APPEND sources ${sources_of_tests_${folder}})
  targets_of_tests(${folder} targets)
  if(NOT sources OR NOT targets)
    return()
  endif()
  set(target test_${folder})
  add_executable(${target} ${sources} $<TARGET_OBJECTS:test_main>)
  use_pch(${target})
  target_include_directories(${target} PRIVATE "${CMAKE_SOURCE_DIR}")
  target_compile_definitions(${target} PRIVATE AISLE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  if(TARGET test_support)
    target_link_libraries(${target} PRIVATE test_support)
  endif()
  target_link_libraries(${target} PRIVATE doctest::doctest ${targets}
    ${libraries_of_tests_${folder}})
  if(TARGET aisle)
    target_compile_definitions(${target} PRIVATE AISLE_PROGRAM="$<TARGET_FILE:aisle>")
  endif()
  discover_test_cases(${target} ${folder})
endfunction()

# What tests share. It names no room to link: each test brings those it needs.
function(add_test_support)
  add_library(test_main OBJECT tests/support/main.cpp)
  target_link_libraries(test_main PRIVATE doctest::doctest)

  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/support/*.cpp")
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  if(sources)
    add_library(test_support STATIC ${sources})
    use_pch(test_support)
    target_include_directories(test_support PRIVATE "${CMAKE_SOURCE_DIR}")
    target_link_libraries(test_support PRIVATE doctest::doctest aisle::fmt aisle::rdkafka)
    target_compile_definitions(test_support PRIVATE AISLE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  endif()
endfunction()

# Folders that are no doctest programs: support is linked into the others, fuzz has a driver of its
# own, layers is Python.
function(add_test_folders)
  find_package(doctest 2.4 REQUIRED)
  add_test_support()

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
