#include "server/api/file_line.h"

#include "protocol/capabilities.h"
#include "protocol/ndjson_writer.h"

namespace sluice::api {

Status FileLine::SetPath(std::string_view logged_path) {
  url_.clear();
  SLUICE_RETURN_IF_ERROR(options_.signer->AppendFileUrl(logged_path, &url_));
  id_ = protocol::FileId(logged_path, options_.hash);
  view_.url = url_;
  view_.id = id_;
  view_.expires_at_ms = options_.signer->expires_at_ms();
  return {};
}

Status FileLine::SetDeletionVector(const std::optional<delta::DeletionVector>& vector) {
  view_.deletion_vector.reset();
  view_.deletion_vector_file_id = {};
  if (!vector || options_.format != protocol::ResponseFormat::kDelta) return {};
  protocol::DeletionVectorView view;
  view.offset = vector->offset;
  view.size_in_bytes = vector->size_in_bytes;
  view.cardinality = vector->cardinality;
  vector_path_.clear();
  if (vector->storage_type == 'i') {
    view.storage_type = 'i';
    vector_path_ = vector->path_or_inline;
  } else {
    SLUICE_RETURN_IF_ERROR(options_.signer->AppendVectorUrl(*vector, &vector_path_, &vector_key_));
    vector_id_ = protocol::FileId(vector_key_, options_.hash);
    view_.deletion_vector_file_id = vector_id_;
  }
  view.path_or_inline = vector_path_;
  view_.deletion_vector = view;
  return {};
}

void FileLine::Append(std::string* out) const {
  protocol::AppendFileLine(options_.format, view_, out);
}

Error OfFile(Error error, std::string_view place) {
  if (error.kind == ErrorKind::kUnsupported) return error;
  error.kind = ErrorKind::kCorrupt;
  return error.At(place);
}

}  // namespace sluice::api
