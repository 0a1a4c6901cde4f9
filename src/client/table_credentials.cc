#include "client/table_credentials.h"

#include <utility>

#include "protocol/credentials.h"
#include "protocol/request.h"

namespace sluice::client {

Result<std::shared_ptr<const TableCredentials>> TableCredentials::Ask(
    std::shared_ptr<const RestClient> rest, protocol::TableName table, net::CancelCheck cancelled) {
  const std::shared_ptr<TableCredentials> out(
      new TableCredentials(std::move(rest), std::move(table), std::move(cancelled)));
  SLUICE_TRY(auto first, out->Fetch());
  auto folder = storage::ParseLocation(first.location);
  if (!folder) {
    return Fail(ErrorKind::kMalformed, "the server gives credentials for no folder of a store: {}",
                folder.error().message);
  }
  out->folder_ = *std::move(folder);
  out->first_ = std::move(first);
  return out;
}

Result<storage::TemporaryCredentials> TableCredentials::Fetch() const {
  RestRequest request;
  request.endpoint = protocol::EndpointId::kTemporaryCredentials;
  request.arguments = {table_.share, table_.schema, table_.table};
  request.body = protocol::FormatCredentialsRequest({});
  SLUICE_TRY(const net::HttpResponse response, rest_->Send(request, cancelled_));
  SLUICE_TRY(auto given, protocol::ParseCredentials(response.body));
  storage::TemporaryCredentials out;
  // The parser has held location and kind to each other.
  out.kind = storage::KindOfScheme(given.location.substr(0, given.location.find("://")))
                 .value_or(storage::StoreKind::kLocal);
  out.fields.insert(given.fields.begin(), given.fields.end());
  out.location = std::move(given.location);
  out.expires_at_ms = given.expiration_ms;
  return out;
}

Result<storage::TemporaryCredentials> TableCredentials::Vend(std::int64_t /*validity_ms*/) const {
  {
    const std::lock_guard lock(mutex_);
    if (first_) return *std::exchange(first_, std::nullopt);
  }
  SLUICE_TRY(auto next, Fetch());
  const auto folder = storage::ParseLocation(next.location);
  if (folder && folder->Text() == folder_.Text()) return next;
  return Fail(ErrorKind::kMalformed,
              "the table has moved while it was read: the server now gives credentials of another "
              "folder");
}

}  // namespace sluice::client
