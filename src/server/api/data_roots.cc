#include "server/api/data_roots.h"

#include "base/hash.h"
#include "storage/local_store.h"

namespace sluice::api {
namespace {

constexpr std::size_t kIdLength = 12;

std::string WithoutLastSlash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

std::optional<std::string_view> Below(std::string_view folder, std::string_view path) {
  if (!path.starts_with(folder)) return std::nullopt;
  path.remove_prefix(folder.size());
  if (!folder.ends_with('/')) {
    if (!path.starts_with('/')) return std::nullopt;
    path.remove_prefix(1);
  }
  return path;
}

Result<DataRoots> DataRoots::Make(const std::vector<std::string>& folders) {
  DataRoots roots;
  for (const auto& folder : folders) {
    SLUICE_TRY(const auto location, storage::ParseLocation(folder));
    Root root;
    root.kind = location.kind;
    root.path = WithoutLastSlash(location.Text());
    root.id = root.path;
    root.real_path = root.path;
    if (root.kind == storage::StoreKind::kLocal) {
      SLUICE_TRY(const auto store, storage::OpenLocalStore(location.folder));
      root.real_path = store->Describe();
      root.id = Sha256Hex(root.real_path).substr(0, kIdLength);
    }
    roots.roots_.push_back(std::move(root));
  }
  return roots;
}

std::optional<DataRoots::Place> DataRoots::Find(const storage::Location& file) const {
  const std::string path = file.Text();
  for (const auto& root : roots_) {
    if (root.kind != file.kind) continue;
    auto key = Below(root.path, path);
    if (!key) key = Below(root.real_path, path);
    if (key && storage::CheckKey(*key)) return Place{root.id, std::string(*key)};
  }
  return std::nullopt;
}

const std::string* DataRoots::RealPath(std::string_view id) const {
  for (const auto& root : roots_) {
    if (root.kind == storage::StoreKind::kLocal && root.id == id) return &root.real_path;
  }
  return nullptr;
}

}  // namespace sluice::api
