# SPDX-License-Identifier: Apache-2.0
# Reads tools/layers.txt, so that what a room links and what it may include have one source.

# After the call these stand in the caller's scope:
#   layers_rooms              every room in the order of the page: what a room needs stands above
#   layers_needs_<room>       the rooms at its right
#   layers_libraries_<room>   the third-party targets it links
#   layers_tests_<folder>     what a folder of tests links beyond its room
function(read_layers path)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${path}")
  file(STRINGS "${path}" lines REGEX "^[^#]")
  set(rooms "")
  set(section "")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "[ \t]*#.*$" "" line "${line}")
    if(line MATCHES "^\\[([a-z]+)\\]")
      set(section "${CMAKE_MATCH_1}")
    elseif(section MATCHES "^(rooms|tests)$" AND line MATCHES "^([^:]+):(.*)$")
      set(name "${CMAKE_MATCH_1}")
      separate_arguments(needs UNIX_COMMAND "${CMAKE_MATCH_2}")
      if(section STREQUAL "rooms")
        list(APPEND rooms "${name}")
        set("layers_needs_${name}" "${needs}" PARENT_SCOPE)
      else()
        set("layers_tests_${name}" "${needs}" PARENT_SCOPE)
      endif()
    elseif(section STREQUAL "libraries")
      separate_arguments(words UNIX_COMMAND "${line}")
      list(POP_FRONT words library header)
      foreach(room IN LISTS rooms)
        if(library STREQUAL "-")
          continue()
        endif()
        foreach(place IN LISTS words)
          # "runtime" covers runtime/base, and so does a file of it, runtime/base/yaml.
          if("${room}/" MATCHES "^${place}/" OR "${place}/" MATCHES "^${room}/")
            list(APPEND "libraries_${room}" "${library}")
            break()
          endif()
        endforeach()
      endforeach()
    endif()
  endforeach()
  foreach(room IN LISTS rooms)
    set("layers_libraries_${room}" "${libraries_${room}}" PARENT_SCOPE)
  endforeach()
  set(layers_rooms "${rooms}" PARENT_SCOPE)
endfunction()
