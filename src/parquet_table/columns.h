// The columns of a Parquet file as a table has them.
#pragma once

#include <parquet/arrow/schema.h>

#include <string>
#include <vector>

#include "delta/schema.h"

namespace sluice::parquet_table {

/// What stands for the values of a column of a file: a leaf's own type, or that of a dictionary's
/// values, or what an extension type is made of.
std::shared_ptr<arrow::DataType> ValueType(const std::shared_ptr<arrow::DataType>& type);

/// All nullable, without column mapping. Unsigned numbers become the next larger signed ones, those
/// of 64 bits decimal(20,0); times that are instants timestamps, others timestamp_ntz.
/// Errors: kUnsupported naming the column and its type where tables have none like it, or two
/// columns whose names differ in case only.
Result<std::vector<delta::Field>> ReadColumns(const parquet::arrow::SchemaManifest& manifest);

/// Whether a leaf of type timestamp holds instants.
bool IsInstant(const parquet::ColumnDescriptor& leaf);

/// Whether timestamp_ntz is among the types of the fields.
bool HasTimestampNtz(const std::vector<delta::Field>& fields);

/// kUnsupported, naming both, where two names differ in case only.
Status CheckNames(const std::vector<delta::Field>& fields);

}  // namespace sluice::parquet_table
