// FileSource: where the files of a scan come from: which there are, and their bytes.
#pragma once

#include <arrow/buffer.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/client.h"
#include "net/http_client.h"
#include "protocol/ndjson_reader.h"

namespace sluice::client {

/// Called from the thread that lists; an error stops it and is what List returns.
struct ListingSink {
  std::function<Status(const TableInfo&)> on_table;  ///< Once, before the first file.
  /// Of changes: what the table was before and became on the way; may be null.
  std::function<Status(const TableInfo&)> on_history;
  std::function<Status(protocol::File)> on_file;  ///< Each file once; may block.
  net::CancelCheck cancelled;
};

/// What a listing gave, or a part of it.
struct GivenFiles {
  TableInfo table;
  std::vector<protocol::File> files;
};

/// Gives them again. Errors: those of the sink.
Status Give(const GivenFiles& given, const ListingSink& sink);

/// What tells the files of one scan apart: the id of a file of a snapshot; of a change also the
/// version and the kind, for one file may come and go.
std::string KeyOf(const protocol::File& file);

/// Some bytes of a file, or of the file that holds its deletion vector.
struct FileRead {
  enum class Of { kData, kDeletionVector };
  std::string key;
  Of what = Of::kData;
  std::int64_t begin = 0;
  std::int64_t length = 0;  ///< At least 1.
};

/// The files of one version of a table, or of its changes. All but List is thread-safe.
class FileSource {
 public:
  virtual ~FileSource() = default;

  /// Gives the table and then its files. Call it once.
  virtual Status List(const ListingSink& sink) = 0;

  /// A listed file is going to be read. False: it was held already. It stays for as many calls of
  /// Release as of Hold.
  virtual bool Hold(const protocol::File& file) = 0;
  virtual void Release(const std::string& key) = 0;

  /// All of the bytes, of a file that is held. Errors: kDataMissing for a file that is gone,
  /// kCorrupt for one that is shorter than was said, kPermissionDenied where the store refuses,
  /// kCancelled; those of net::HttpClient.
  virtual Result<std::shared_ptr<arrow::Buffer>> Read(const FileRead& read) = 0;

  /// What waits now or later fails with kCancelled soon.
  virtual void Cancel() = 0;
};

}  // namespace sluice::client
