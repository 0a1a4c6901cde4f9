# How targets are made here: a folder is a library, its *_test.cc are one test program.

add_compile_options(-Wall -Wextra -Wno-unused-parameter -fvisibility=hidden)
include_directories(${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/include)
add_compile_definitions(SLUICE_VERSION="${PROJECT_VERSION}" SPDLOG_FMT_EXTERNAL)

if(SLUICE_SANITIZE)
  add_compile_options(-fsanitize=${SLUICE_SANITIZE} -fno-omit-frame-pointer -O1)
  add_link_options(-fsanitize=${SLUICE_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND SLUICE_SANITIZE MATCHES "undefined")
    # clang 14 cannot emit this check for coroutines.
    add_compile_options(-fno-sanitize=function)
  endif()
endif()

find_program(SLUICE_CCACHE ccache)
if(SLUICE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}
                                  CCACHE_NOHASHDIR=1
                                  CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
                                  ${SLUICE_CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
  else()
    add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
  endif()
endif()

include(GoogleTest)

# Which precompiled header a target borrows: `arrow` (the default), `http` or `none`.
function(sluice_use_pch target kind)
  if(SLUICE_PCH AND NOT kind STREQUAL "none")
    target_precompile_headers(${target} REUSE_FROM sluice_pch_${kind})
    get_target_property(type ${target} TYPE)
    if(type STREQUAL "EXECUTABLE")
      # The header was compiled as -fPIC; as -fPIE, which programs get, it would be ignored.
      set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
      target_compile_options(${target} PRIVATE -fPIC)
    endif()
  endif()
endfunction()

# sluice_library(name [PCH kind] [DEPS targets…] [TEST_DEPS targets…])
# Makes the static library sluice_<name> of the folder's sources, *_test.cc apart, and the test
# program <name>_test of those.
function(sluice_library name)
  cmake_parse_arguments(ARG "" "PCH" "DEPS;TEST_DEPS" ${ARGN})
  if(NOT ARG_PCH)
    set(ARG_PCH arrow)
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  if(sources)
    add_library(sluice_${name} STATIC ${sources})
    target_link_libraries(sluice_${name} PUBLIC ${ARG_DEPS})
    sluice_use_pch(sluice_${name} ${ARG_PCH})
  else()
    add_library(sluice_${name} INTERFACE)
    target_link_libraries(sluice_${name} INTERFACE ${ARG_DEPS})
  endif()
  if(SLUICE_TESTS AND tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE sluice_${name} ${ARG_TEST_DEPS} GTest::gmock
                                               GTest::gtest_main)
    sluice_use_pch(${name}_test ${ARG_PCH})
    add_test(NAME ${name} COMMAND ${name}_test)
  endif()
endfunction()
