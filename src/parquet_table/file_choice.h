// Which of the objects in a folder are the files of its table.
#pragma once

#include <string>
#include <vector>

#include "base/glob.h"
#include "storage/object_store.h"

namespace sluice::parquet_table {

struct FileChoice {
  std::vector<storage::ObjectMeta> files;  ///< In the byte order of their keys.
  bool has_log = false;  ///< The folder is a Delta table; there are no files then.
};

/// Without patterns the names that end in ".parquet", in any case; else what any of the patterns
/// matches. Never what is hidden: a segment that is (see Glob), or a file's name that begins with
/// '_'. `listing` is in the order of keys.
/// Errors: kUnsupported when the files are not all there is to know of the rows: a table of another
/// format (without patterns), a Delta table in a folder below, a Delta log beside patterns.
Result<FileChoice> ChooseFiles(std::vector<storage::ObjectMeta> listing,
                               const std::vector<Glob>& patterns);

/// What the names of all files that may be chosen begin with.
std::string ListingPrefix(const std::vector<Glob>& patterns);

/// The refusal of patterns for a folder with a Delta log.
tl::unexpected<Error> LogBesidePatterns();

}  // namespace sluice::parquet_table
