// FileFetcher: bytes of one data file or of its deletion vector, by ranges over HTTP.
#pragma once

#include <arrow/buffer.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "client/url_book.h"
#include "net/http_client.h"

namespace sluice::client {

/// What the fetchers of one scan share. Outlives them.
struct FetchContext {
  const net::HttpClient* http = nullptr;
  UrlBook* urls = nullptr;
  std::atomic<std::int64_t>* bytes_read = nullptr;
  net::CancelCheck cancelled;
};

/// Thread-safe. A URL that the store refuses is renewed once a call.
/// Errors: kDataMissing, kCorrupt when the file is shorter than was said,
/// kPermissionDenied, and those of net::HttpClient.
class FileFetcher {
 public:
  FileFetcher(const FetchContext& context, std::string key)
      : context_(context), key_(std::move(key)) {}

  Result<std::shared_ptr<arrow::Buffer>> Data(std::int64_t begin, std::int64_t length) const;
  Result<std::shared_ptr<arrow::Buffer>> DeletionVector(std::int64_t begin,
                                                        std::int64_t length) const;

 private:
  Result<std::shared_ptr<arrow::Buffer>> Fetch(std::string FileUrls::*which, std::int64_t begin,
                                               std::int64_t length) const;

  const FetchContext& context_;
  const std::string key_;
};

}  // namespace sluice::client
