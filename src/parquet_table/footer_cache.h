// The footers of a folder's files, kept from one look at the folder to the next.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "parquet_table/footer.h"

namespace sluice::parquet_table {

using FooterPtr = std::shared_ptr<const Footer>;

/// Not thread-safe.
class FooterCache {
 public:
  /// One footer a file, `files` in the order of their keys. Those that were read before, of files
  /// with the same key, size and time, are not read again; the others are read side by side. Also
  /// after an error what was read is kept. Errors: as ReadFooter, of one of the files.
  Result<std::vector<FooterPtr>> Read(const storage::ObjectStore& store,
                                      const std::vector<storage::ObjectMeta>& files);

  std::int64_t memory_bytes() const { return bytes_; }

 private:
  struct Entry {
    storage::ObjectMeta file;
    FooterPtr footer;  ///< Null: not read yet.
  };

  void TakeOver(const std::vector<storage::ObjectMeta>& files);
  FooterPtr Share(Footer footer);
  void Count();

  std::vector<Entry> entries_;  ///< In the order of keys.
  std::map<std::string, std::weak_ptr<const FileColumns>, std::less<>> columns_;  ///< By JSON.
  std::int64_t bytes_ = 0;
};

}  // namespace sluice::parquet_table
