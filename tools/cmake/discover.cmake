# SPDX-License-Identifier: Apache-2.0
# Writes to LIST one add_test() for each TEST_CASE of PROGRAM, named FOLDER/name of the case.

execute_process(
  COMMAND "${PROGRAM}" --list-test-cases --no-intro
  OUTPUT_VARIABLE rest
  COMMAND_ERROR_IS_FATAL ANY)

# What takes longest and mostly waits begins first, so that no core is idle at the end.
if(FOLDER MATCHES "^(fault|kafka|kafka_broker|sim|world)$")
  set(cost 2)
elseif(FOLDER STREQUAL "e2e")
  set(cost 1)
else()
  set(cost 0)
endif()

# Line by line and without CMake's lists, so that a name may hold ; and [.
set(script "")
while(rest MATCHES "^([^\n]*)\n")
  set(name "${CMAKE_MATCH_1}")
  string(LENGTH "${CMAKE_MATCH_0}" length)
  string(SUBSTRING "${rest}" ${length} -1 rest)
  if(name MATCHES "^=+$" OR name MATCHES "^\\[doctest\\] ")
    continue()
  endif()
  # A comma separates two filters unless it is escaped.
  string(REPLACE "," "\\," filter "${name}")
  # A name that the filter does not find again would pass without running anything.
  string(APPEND script
    "add_test([==[${FOLDER}/${name}]==] [==[${PROGRAM}]==] [==[--test-case=${filter}]==])\n"
    "set_tests_properties([==[${FOLDER}/${name}]==] PROPERTIES LABELS ${FOLDER} TIMEOUT 1500\n"
    "  COST ${cost}\n"
    "  FAIL_REGULAR_EXPRESSION \"test cases: +0 \")\n")
endwhile()
file(WRITE "${LIST}" "${script}")
