#include "delta/file_key.h"

#include <functional>

namespace sluice::delta {

std::uint64_t HashOf(FileKeyView key) {
  const std::hash<std::string_view> hash;
  const std::uint64_t path = hash(key.path);
  if (key.vector_id.empty()) return path;
  return path ^ (hash(key.vector_id) * 0x9E3779B97F4A7C15U);
}

std::string_view CanonicalPath(std::string_view path, std::string* scratch) {
  constexpr std::string_view kFile = "file:";
  const bool has_scheme = path.starts_with(kFile);
  if (!has_scheme && !path.starts_with('/')) return path;
  auto rest = has_scheme ? path.substr(kFile.size()) : path;
  const auto begin = rest.find_first_not_of('/');
  rest.remove_prefix(begin == std::string_view::npos ? rest.size() : begin);
  scratch->assign(1, '/').append(rest);
  return *scratch;
}

FileKey KeyOf(std::string_view path, const std::optional<DeletionVector>& vector) {
  std::string scratch;
  return FileKey{std::string(CanonicalPath(path, &scratch)), vector ? vector->UniqueId() : ""};
}

FileKeyView BatchKeys::At(std::int64_t row) {
  FileKeyView key{CanonicalPath(batch_.path->GetView(row), &path_), {}};
  if (batch_.deletion_vector != nullptr && batch_.deletion_vector->IsValid(row)) {
    vector_id_ = batch_.DeletionVectorAt(row)->UniqueId();
    key.vector_id = vector_id_;
  }
  return key;
}

}  // namespace sluice::delta
