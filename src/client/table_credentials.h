// TableCredentials: what a server gives to read a table's folder with, for the store it lies in.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "base/result.h"
#include "client/rest_client.h"
#include "net/http_client.h"
#include "protocol/types.h"
#include "storage/ports.h"

namespace sluice::client {

/// Thread-safe. Gives the credentials that it was made with once, and then new ones.
class TableCredentials final : public storage::CredentialVendor {
 public:
  /// Asks for the first. Errors: those of RestClient; kMalformed for an answer that is none or for
  /// a location that is not a folder of a store.
  static Result<std::shared_ptr<const TableCredentials>> Ask(std::shared_ptr<const RestClient> rest,
                                                             protocol::TableName table,
                                                             net::CancelCheck cancelled);

  /// Where the table lies.
  const storage::Location& folder() const { return folder_; }

  /// How long they last is the server's choice. Errors: those of Ask; kMalformed for credentials of
  /// another folder than the first.
  Result<storage::TemporaryCredentials> Vend(std::int64_t validity_ms) const override;

 private:
  TableCredentials(std::shared_ptr<const RestClient> rest, protocol::TableName table,
                   net::CancelCheck cancelled)
      : rest_(std::move(rest)), table_(std::move(table)), cancelled_(std::move(cancelled)) {}

  Result<storage::TemporaryCredentials> Fetch() const;

  const std::shared_ptr<const RestClient> rest_;
  const protocol::TableName table_;
  const net::CancelCheck cancelled_;
  storage::Location folder_;  ///< Constant once it is made.
  mutable std::mutex mutex_;
  mutable std::optional<storage::TemporaryCredentials> first_;
};

}  // namespace sluice::client
