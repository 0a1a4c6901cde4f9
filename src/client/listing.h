// Listing: the files of one version of a table, or of its changes between two versions, streamed
// from the server's answer.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>

#include "base/result.h"
#include "client/client.h"
#include "client/file_source.h"
#include "client/pending_query.h"
#include "client/rest_client.h"
#include "protocol/request.h"

namespace sluice::client {

/// A version of a table, or changes: a query with a starting version is one for these.
using ListingQuery = std::variant<protocol::QueryRequest, protocol::ChangesRequest>;

struct ListingRequest {
  protocol::TableName table;
  ListingQuery query;
  std::optional<protocol::ResponseFormat> format;
  bool async_query = false;           ///< As of ClientOptions.
  std::int64_t pending_limit_ms = 0;  ///< As PendingQuery has it.
};

/// Where a listing stood, so that it can be repeated.
struct ListedAt {
  std::int64_t version = 0;   ///< That the answer began with.
  std::string refresh_token;  ///< Empty: there is none.
};

/// Runs one query over all its pages, and waits for a server that says that it works on it. An
/// answer that breaks after its first line is asked for again at the same version, and continued
/// where it broke. The newest version is asked for again
/// by the refresh token that came with it, where the server gives one.
class Listing {
 public:
  /// With `at`, that of a run that was made elsewhere, only Repeat may be called.
  Listing(std::shared_ptr<const RestClient> rest, ListingRequest request, ListedAt at = {})
      : rest_(std::move(rest)),
        request_(std::move(request)),
        version_(at.version),
        refresh_token_(std::move(at.refresh_token)) {}

  /// Errors: those of RestClient, AnswerReader and PendingQuery; kDataMissing when the table has
  /// moved on and the server does not share its history.
  Status Run(const ListingSink& sink);

  /// Lists again what a run before gave, now with new URLs; on_table is not called.
  /// Thread-safe once a run has called on_table. Errors: as Run.
  Status Repeat(const ListingSink& sink) const;

  /// Once a run has called on_table.
  ListedAt at() const { return {version_, RefreshToken()}; }

 private:
  struct Pass;
  Status RunPass(ListingQuery query, Pass* pass) const;
  Status RunPage(const ListingQuery& query, Pass* pass) const;
  Result<std::optional<PendingAnswer>> AskPage(const ListingQuery& query, Pass* pass) const;
  Status RunPinned(Pass* pass) const;
  Status RunRefreshed(Pass* pass) const;
  std::string RefreshToken() const;
  void SetRefreshToken(std::string token) const;

  const std::shared_ptr<const RestClient> rest_;
  const ListingRequest request_;
  std::int64_t version_ = 0;
  mutable std::mutex mutex_;           ///< Guards what follows.
  mutable std::string refresh_token_;  ///< Empty: there is none.
};

}  // namespace sluice::client
