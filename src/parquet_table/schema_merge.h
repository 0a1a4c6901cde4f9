// One schema for the files of a folder.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "parquet_table/footer.h"

namespace sluice::parquet_table {

/// Columns in the order in which they appear first. A file that lacks some has nulls there, also in
/// structs; a column that has only nulls (type void) in one file takes its type from another.
class SchemaMerge {
 public:
  /// `columns` that were added before cost nothing. Errors: kUnsupported naming a column that has
  /// different types, or a name in different cases, in two files, and the files.
  Status Add(const std::shared_ptr<const FileColumns>& columns, std::string_view file);

  std::vector<delta::Field> Finish() { return std::move(fields_); }

 private:
  struct Origin {
    std::string file;
    std::string path;  ///< In the case of that file.
  };

  Status AddFields(const std::vector<delta::Field>& more, std::string_view above,
                   std::string_view file, std::vector<delta::Field>* fields);
  Status AddType(const delta::Field& more, const Origin& here, delta::Field* field);
  void Remember(const delta::Field& field, const std::string& path, std::string_view file);

  std::vector<delta::Field> fields_;
  std::unordered_map<const FileColumns*, std::shared_ptr<const FileColumns>> added_;
  /// Where a column, by its path in lower case, has its type from.
  std::unordered_map<std::string, Origin> origins_;
};

}  // namespace sluice::parquet_table
