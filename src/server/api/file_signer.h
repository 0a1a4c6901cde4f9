// From a path as the log has it to the URL that a recipient fetches.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "delta/actions.h"
#include "server/api/data_roots.h"
#include "storage/url_signer.h"

namespace sluice::api {

struct FileSignerOptions {
  std::shared_ptr<const storage::UrlSigner> signer;      ///< At the table's own root.
  storage::StoreKind kind = storage::StoreKind::kLocal;  ///< Of the store of the table.
  std::string table_root;  ///< The table's folder: its real path or location.
  std::shared_ptr<const DataRoots> roots;
};

/// Immutable and thread-safe. Errors of both calls: kUnsupported for a file outside the table's
/// folder and the provider's roots, without saying where; kCorrupt for a path that is none. After
/// an error `url` is as it was.
class FileSigner {
 public:
  explicit FileSigner(FileSignerOptions options) : options_(std::move(options)) {}

  /// Appends the URL of a data file.
  Status AppendFileUrl(std::string_view logged_path, std::string* url) const;
  /// Appends the URL of the file of a vector that is not inline; `key` becomes what names it.
  Status AppendVectorUrl(const delta::DeletionVector& vector, std::string* url,
                         std::string* key) const;

  bool waits() const { return options_.signer->waits(); }
  std::int64_t expires_at_ms() const { return options_.signer->scope().expires_at_ms; }

 private:
  Status AppendAbsolute(std::string_view logged_path, std::string* url) const;

  const FileSignerOptions options_;
};

}  // namespace sluice::api
