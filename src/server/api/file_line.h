// One line of an answer: a file of the table, signed and rendered.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "delta/actions.h"
#include "protocol/types.h"
#include "server/api/file_signer.h"

namespace sluice::api {

/// What all lines of an answer share.
struct FileLineOptions {
  std::shared_ptr<const FileSigner> signer;
  protocol::ResponseFormat format = protocol::ResponseFormat::kParquet;
  protocol::FileIdHash hash = protocol::FileIdHash::kParquet;
};

/// Filled and appended, again and again, so that a line costs few allocations. Belongs to one
/// thread. What the view points at must live until Append.
class FileLine {
 public:
  /// `options` outlive the line.
  explicit FileLine(const FileLineOptions& options) : options_(options) {}

  protocol::FileView& view() { return view_; }

  /// URL, id and expiry of the file at a logged path. Errors: as FileSigner.
  Status SetPath(std::string_view logged_path);
  /// Nothing in the parquet format. Errors: as FileSigner.
  Status SetDeletionVector(const std::optional<delta::DeletionVector>& vector);
  void Append(std::string* out) const;

 private:
  const FileLineOptions& options_;
  protocol::FileView view_;
  std::string url_;
  std::string id_;
  std::string vector_path_;
  std::string vector_key_;
  std::string vector_id_;
};

/// What is said of a file that cannot be answered: `place` names it to the provider. What a
/// recipient reads, that files lie where it may not look, names none.
Error OfFile(Error error, std::string_view place);

}  // namespace sluice::api
