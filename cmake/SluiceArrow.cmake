# Arrow C++ as the targets sluice::arrow and sluice::parquet: from find_package(Arrow) when
# SLUICE_SYSTEM_ARROW is on, else from the pyarrow wheel of the Python in SLUICE_ARROW_PYTHON.

option(SLUICE_SYSTEM_ARROW "Take Arrow from find_package instead of the pyarrow wheel" OFF)
set(SLUICE_PYTHON "${CMAKE_SOURCE_DIR}/.venv/bin/python" CACHE FILEPATH
    "The Python that the extension module is for")
if(SKBUILD)
  set(SLUICE_PYTHON ${Python_EXECUTABLE})  # A package is built with the pyarrow of its own build.
endif()
set(SLUICE_ARROW_PYTHON "" CACHE FILEPATH
    "The Python whose pyarrow gives Arrow C++; empty: SLUICE_PYTHON, which may be too old to have it")
set(arrow_python "${SLUICE_ARROW_PYTHON}")
if(NOT arrow_python)
  set(arrow_python ${SLUICE_PYTHON})
endif()

if(SLUICE_SYSTEM_ARROW)
  find_package(Arrow REQUIRED)
  find_package(Parquet REQUIRED)
  add_library(sluice::arrow ALIAS Arrow::arrow_shared)
  add_library(sluice::parquet ALIAS Parquet::parquet_shared)
  return()
endif()

execute_process(
  COMMAND ${arrow_python} -c "import pyarrow, os; print(os.path.dirname(pyarrow.__file__), pyarrow.cpp_version_info.major, sep=';', end='')"
  OUTPUT_VARIABLE pyarrow_info
  RESULT_VARIABLE pyarrow_result)
if(NOT pyarrow_result EQUAL 0)
  message(FATAL_ERROR "No pyarrow in ${arrow_python}: run 'make setup', or name a Python that has it with -DSLUICE_ARROW_PYTHON=…")
endif()
list(GET pyarrow_info 0 SLUICE_PYARROW_DIR)
list(GET pyarrow_info 1 pyarrow_major)
set(suffix ".so.${pyarrow_major}00")

foreach(library arrow parquet)
  add_library(sluice::${library} SHARED IMPORTED GLOBAL)
  set_target_properties(sluice::${library} PROPERTIES
    IMPORTED_LOCATION ${SLUICE_PYARROW_DIR}/lib${library}${suffix}
    INTERFACE_INCLUDE_DIRECTORIES ${SLUICE_PYARROW_DIR}/include)
endforeach()
# Compute kernels live in a library of their own, which registers them when it is initialised.
add_library(sluice::arrow_compute SHARED IMPORTED GLOBAL)
set_target_properties(sluice::arrow_compute PROPERTIES
  IMPORTED_LOCATION ${SLUICE_PYARROW_DIR}/libarrow_compute${suffix}
  INTERFACE_INCLUDE_DIRECTORIES ${SLUICE_PYARROW_DIR}/include)
set_target_properties(sluice::parquet PROPERTIES INTERFACE_LINK_LIBRARIES sluice::arrow)
set_target_properties(sluice::arrow_compute PROPERTIES INTERFACE_LINK_LIBRARIES sluice::arrow)
