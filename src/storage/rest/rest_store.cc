#include "storage/rest/rest_store.h"

#include <arrow/io/memory.h>

#include <algorithm>

#include "storage/rest/rest_client.h"
#include "storage/rest/rest_file.h"

namespace sluice::storage {
namespace {

/// A store that goes on for ever must end somewhere; pages are of a thousand objects or more.
constexpr int kMaxPages = 100'000;

/// What is no larger, and read for the most part, is fetched whole when it is opened: to a store
/// some way off, a second request takes longer than these bytes.
constexpr std::int64_t kWholeBytes = 16 << 20;

class RestStore final : public ObjectStore {
 public:
  explicit RestStore(RestStoreOptions options)
      : client_(std::make_shared<const RestClient>(std::move(options))) {}

  Result<std::vector<ObjectMeta>> List(std::string_view prefix,
                                       std::string_view start_after) const override {
    return ListAll(prefix, start_after, false);
  }
  Result<std::vector<ObjectMeta>> ListTree(std::string_view prefix) const override {
    return ListAll(prefix, "", true);
  }

  Result<ObjectMeta> Stat(std::string_view key) const override {
    std::string etag;
    return client_->Head(key, &etag);
  }

  Result<std::shared_ptr<arrow::Buffer>> Read(std::string_view key,
                                              std::int64_t max_size) const override {
    SLUICE_TRY(auto answer, client_->Get(key, max_size));
    return arrow::Buffer::FromString(std::move(answer.body));
  }

  Result<std::shared_ptr<arrow::io::RandomAccessFile>> Open(std::string_view key) const override {
    std::string etag;
    SLUICE_TRY(auto meta, client_->Head(key, &etag));
    return std::make_shared<RestFile>(client_, std::move(meta), std::move(etag));
  }

  Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenListed(const ObjectMeta& meta,
                                                                  Reading reading) const override {
    SLUICE_RETURN_IF_ERROR(CheckKey(meta.key));
    if (reading == Reading::kLittle || meta.size > kWholeBytes) {
      return std::make_shared<RestFile>(client_, meta, "");
    }
    SLUICE_TRY(auto answer, client_->Get(meta.key, kWholeBytes));
    auto buffer = arrow::Buffer::FromString(std::move(answer.body));
    return std::make_shared<arrow::io::BufferReader>(std::move(buffer));
  }

  std::string Describe() const override { return client_->location().Text(); }

 private:
  Result<std::vector<ObjectMeta>> ListAll(std::string_view prefix, std::string_view start_after,
                                          bool recursive) const;

  const std::shared_ptr<const RestClient> client_;
};

Result<std::vector<ObjectMeta>> RestStore::ListAll(std::string_view prefix,
                                                   std::string_view start_after,
                                                   bool recursive) const {
  SLUICE_RETURN_IF_ERROR(CheckPrefix(prefix));
  ListQuery query;
  query.prefix = client_->NameOf(prefix);
  query.recursive = recursive;
  if (!start_after.empty()) query.start_after = client_->NameOf(start_after);
  std::vector<ObjectMeta> found;
  for (int pages = 1;; ++pages) {
    SLUICE_TRY(ListPage page, client_->List(query));
    for (ObjectMeta& meta : page.objects) {
      if (!meta.key.starts_with(client_->prefix())) continue;
      meta.key.erase(0, client_->prefix().size());
      // A folder that was made by hand is an object whose name ends in a slash.
      const bool listed = meta.key.starts_with(prefix) && meta.key > start_after &&
                          (recursive || meta.key.find('/', prefix.size()) == std::string::npos);
      if (listed && CheckKey(meta.key)) found.push_back(std::move(meta));
    }
    if (recursive && found.size() > kMaxTreeObjects) return TreeTooLarge(prefix);
    if (page.next.empty()) break;
    if (pages == kMaxPages || page.next == query.token) {
      return Fail(ErrorKind::kCorrupt, "{}: the listing of '{}' does not end", Describe(), prefix);
    }
    query.token = std::move(page.next);
  }
  const auto by_key = [](const ObjectMeta& a, const ObjectMeta& b) { return a.key < b.key; };
  if (!std::is_sorted(found.begin(), found.end(), by_key)) {
    std::sort(found.begin(), found.end(), by_key);
  }
  return found;
}

}  // namespace

std::shared_ptr<const ObjectStore> MakeRestStore(RestStoreOptions options) {
  return std::make_shared<const RestStore>(std::move(options));
}

}  // namespace sluice::storage
