# Everything from outside, found once and named once.

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(CURL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(tl-expected REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_library(ROARING_LIBRARY roaring REQUIRED)
include(SluiceArrow)

# simdjson as a library of our own under a namespace of its own: the libparquet of the pyarrow wheel
# exports the symbols of another version, and in one process the two would call into each other.
# The source is the copy inside a pinned source distribution, unpacked by scripts/setup.sh.
if(SLUICE_SYSTEM_ARROW)
  find_package(simdjson REQUIRED)
else()
  set(SLUICE_SIMDJSON_DIR "${CMAKE_SOURCE_DIR}/.venv/src/simdjson" CACHE PATH
      "The folder of simdjson.h and simdjson.cpp")
  if(NOT EXISTS ${SLUICE_SIMDJSON_DIR}/simdjson.cpp)
    message(FATAL_ERROR "No simdjson.cpp in ${SLUICE_SIMDJSON_DIR}: run 'make setup', or name its folder with -DSLUICE_SIMDJSON_DIR=…")
  endif()
  add_library(sluice_simdjson STATIC ${SLUICE_SIMDJSON_DIR}/simdjson.cpp)
  target_include_directories(sluice_simdjson SYSTEM PUBLIC ${SLUICE_SIMDJSON_DIR})
  target_compile_definitions(sluice_simdjson PUBLIC simdjson=sluice_simdjson)
  target_compile_options(sluice_simdjson PRIVATE -w)
  add_library(simdjson::simdjson ALIAS sluice_simdjson)
endif()

if(SLUICE_SERVER)
  find_package(yaml-cpp REQUIRED)
  find_package(CLI11 REQUIRED)
  find_package(prometheus-cpp REQUIRED COMPONENTS core)
endif()
if(SLUICE_TESTS)
  enable_testing()
  find_package(GTest REQUIRED)
endif()
if(SLUICE_BENCH)
  find_package(benchmark REQUIRED)
endif()
