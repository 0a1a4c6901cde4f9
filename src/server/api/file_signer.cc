#include "server/api/file_signer.h"

#include "server/api/file_urls.h"

namespace sluice::api {
namespace {

/// A recipient may learn that files lie elsewhere, not where.
tl::unexpected<Error> Outside() {
  return Fail(ErrorKind::kUnsupported,
              "this table refers to files outside its folder, which the provider has not allowed");
}

/// Whatever a log says, no store signs its own log or what is hidden.
Status AppendServed(const storage::UrlSigner& signer, std::string_view key, std::string* url) {
  if (IsServedKey(key)) return signer.AppendUrl(key, url);
  return Fail(ErrorKind::kInvalidArgument, "'{}' is no key of a data file", key);
}

}  // namespace

Status FileSigner::AppendAbsolute(std::string_view logged_path, std::string* url) const {
  const auto place = delta::LocationOf(logged_path);
  if (!place && place.error().kind == ErrorKind::kUnsupported) return Outside();
  if (!place) return Fail(place.error());
  if (place->kind != options_.kind) return Outside();
  const std::string path = place->Text();
  if (const auto key = Below(options_.table_root, path)) {
    return AppendServed(*options_.signer, *key, url);
  }
  auto found = options_.roots == nullptr ? std::nullopt : options_.roots->Find(*place);
  if (!found) return Outside();
  return AppendServed(*options_.signer->AtRoot(std::move(found->root)), found->key, url);
}

Status FileSigner::AppendFileUrl(std::string_view logged_path, std::string* url) const {
  if (delta::IsAbsolutePath(logged_path)) return AppendAbsolute(logged_path, url);
  SLUICE_TRY(const std::string key, delta::ObjectKeyOf(logged_path));
  return AppendServed(*options_.signer, key, url);
}

Status FileSigner::AppendVectorUrl(const delta::DeletionVector& vector, std::string* url,
                                   std::string* key) const {
  if (vector.storage_type == 'p') {
    *key = vector.path_or_inline;
    return AppendAbsolute(vector.path_or_inline, url);
  }
  SLUICE_TRY(*key, delta::DeletionVectorKey(vector));
  return AppendServed(*options_.signer, *key, url);
}

}  // namespace sluice::api
