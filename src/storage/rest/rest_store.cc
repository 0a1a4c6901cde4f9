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
    SLUICE_TRY(auto found, ListAll({prefix, {start_after, ""}}));
    return std::move(found.objects);
  }
  Result<FolderListing> ListFolder(std::string_view prefix) const override {
    return ListAll({prefix});
  }
  Result<std::vector<ObjectMeta>> ListRange(std::string_view prefix,
                                            const KeyRange& range) const override {
    SLUICE_TRY(auto found, ListAll({prefix, range, true}));
    return std::move(found.objects);
  }
  bool lists_from_keys() const override { return client_->lists_from_keys(); }

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
  struct Wanted {
    std::string_view prefix;
    KeyRange range = {};
    bool recursive = false;
  };
  Result<FolderListing> ListAll(const Wanted& wanted) const;
  /// Takes over what is wanted of a page. Whether there may be more behind it.
  bool TakePage(ListPage page, const Wanted& wanted, FolderListing* found) const;

  const std::shared_ptr<const RestClient> client_;
};

bool RestStore::TakePage(ListPage page, const Wanted& wanted, FolderListing* found) const {
  const auto& [prefix, range, recursive] = wanted;
  const std::string_view root = client_->prefix();
  const bool bounded = !range.through.empty() && lists_from_keys();
  bool passed = false;
  for (ObjectMeta& meta : page.objects) {
    if (!meta.key.starts_with(root)) continue;
    meta.key.erase(0, root.size());
    passed = passed || (bounded && meta.key >= range.through);
    // A folder that was made by hand is an object whose name ends in a slash.
    const bool listed = meta.key.starts_with(prefix) && range.Holds(meta.key) &&
                        (recursive || meta.key.find('/', prefix.size()) == std::string::npos);
    if (listed && CheckKey(meta.key)) found->objects.push_back(std::move(meta));
  }
  for (std::string& name : page.folders) {
    if (!name.starts_with(root) || !name.ends_with('/')) continue;
    std::string key = name.substr(root.size(), name.size() - root.size() - 1);
    if (key.starts_with(prefix) && CheckKey(key)) found->folders.push_back(std::move(key));
  }
  return !passed;
}

Result<FolderListing> RestStore::ListAll(const Wanted& wanted) const {
  const auto& [prefix, range, recursive] = wanted;
  SLUICE_RETURN_IF_ERROR(CheckPrefix(prefix));
  ListQuery query;
  query.prefix = client_->NameOf(prefix);
  query.recursive = recursive;
  if (!range.after.empty()) query.start_after = client_->NameOf(range.after);
  FolderListing found;
  for (int pages = 1;; ++pages) {
    SLUICE_TRY(ListPage page, client_->List(query));
    std::string next = std::move(page.next);
    const bool more = TakePage(std::move(page), wanted, &found);
    if (recursive && found.objects.size() > kMaxTreeObjects) return TreeTooLarge(prefix);
    if (!more || next.empty()) break;
    if (pages == kMaxPages || next == query.token) {
      return Fail(ErrorKind::kCorrupt, "{}: the listing of '{}' does not end", Describe(), prefix);
    }
    query.token = std::move(next);
  }
  const auto by_key = [](const ObjectMeta& a, const ObjectMeta& b) { return a.key < b.key; };
  if (!std::is_sorted(found.objects.begin(), found.objects.end(), by_key)) {
    std::sort(found.objects.begin(), found.objects.end(), by_key);
  }
  SortFolders(&found.folders);
  return found;
}

}  // namespace

std::shared_ptr<const ObjectStore> MakeRestStore(RestStoreOptions options) {
  return std::make_shared<const RestStore>(std::move(options));
}

}  // namespace sluice::storage
