// UrlBook: where the files of a scan are fetched from, kept fresh when their URLs expire.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/result.h"
#include "protocol/ndjson_reader.h"

namespace sluice::client {

struct FileUrls {
  std::string data;
  std::string deletion_vector;   ///< Empty when there is none, or it is inline.
  std::uint64_t generation = 0;  ///< Grows with each renewal.
  /// By the client's clock; nullopt when the server does not tell how long they last.
  std::optional<std::int64_t> renew_at_ms;
};

/// Thread-safe. Holds the files of a scan that are not read yet, by key.
class UrlBook {
 public:
  using FileSink = std::function<Status(protocol::File)>;
  /// Lists the scan's files again, with new URLs.
  using Relist = std::function<Status(const FileSink&)>;

  explicit UrlBook(Relist relist, const Clock& clock = SystemClock())
      : relist_(std::move(relist)), clock_(clock) {}

  /// False: it was there already. A file stays for as many calls of Remove as of Add.
  bool Add(const protocol::File& file);
  void Remove(const std::string& key);

  /// Errors: kInternal for a file that was not added.
  Result<FileUrls> Get(const std::string& key) const;

  /// As Get, but URLs that have little of their time left are renewed before, where that succeeds:
  /// a server may give the same version again only as long as they last.
  Result<FileUrls> GetFresh(const std::string& key);

  /// URLs newer than those of `stale`, which a server has refused. Callers at once share one
  /// listing. Errors: kDataMissing when the file is not listed any more, and those of Relist.
  Result<FileUrls> Renew(const std::string& key, std::uint64_t stale);

 private:
  struct Entry {
    FileUrls urls;
    int uses = 0;  ///< Adds less removes.
  };

  FileUrls UrlsOf(const protocol::File& file, std::uint64_t generation) const;

  const Relist relist_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
  std::uint64_t generation_ = 0;
  bool renews_early_ = true;
  std::mutex renewing_;
};

}  // namespace sluice::client
