// One call of an endpoint, as the endpoints see it: a value in, a value out, no sockets.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"
#include "protocol/capabilities.h"
#include "server/http/request.h"
#include "server/http/response.h"

namespace sluice::delta {
class Snapshot;
}

namespace sluice::api {

class Service;
struct SharedTable;

/// What the access log will say beside the request itself.
struct Audit {
  std::string endpoint;
  std::string recipient;
  std::string table;
  std::string denied;  ///< Why access was refused; empty: allowed.
  std::optional<std::int64_t> version;
  std::optional<std::int64_t> files;
  std::optional<std::int64_t> file_bytes;     ///< Sum of their sizes.
  std::optional<std::int64_t> rows;           ///< Of these files, where they tell.
  std::optional<std::int64_t> skipped_files;  ///< By the hints of a query, where it has some.
};

/// What an endpoint gives back: a head and one kind of body.
struct Answer {
  http::ResponseHead head;
  std::string body;
  std::shared_ptr<const http::SliceSource> slices;  ///< When set, streamed in place of `body`.
  std::optional<http::FileBody> file;               ///< Likewise.
  /// When set, all of the above, made for an earlier call.
  std::shared_ptr<const http::Response> made = {};
};

/// Belongs to one thread at a time: that of the pool on which the endpoint runs.
struct Call {
  const Service& service;
  const http::Request& request;
  std::shared_ptr<const catalog::CatalogStore> catalog;
  std::vector<std::string> arguments;  ///< Of the path: share, schema, table.
  catalog::Recipient recipient;
  protocol::Capabilities capabilities;
  Audit audit;
  std::optional<protocol::FileIdHash> file_id_hash = {};  ///< Of the header, where it is taken.
  std::shared_ptr<const SharedTable> table = nullptr;     ///< Once FindTable has found it.
  /// It runs where nothing may be waited for, and nothing long be done.
  bool at_once = false;
  bool would_wait = false;  ///< So it has to begin again elsewhere.
  /// Of a call at once, the table's newest version, once NewestAtHand has looked.
  std::shared_ptr<const delta::Snapshot> newest = nullptr;
};

/// What a call at once ends with where it would have to wait.
tl::unexpected<Error> WouldWait(Call& call);

inline constexpr std::string_view kJsonType = "application/json; charset=utf-8";
inline constexpr std::string_view kNdjsonType = "application/x-ndjson; charset=utf-8";

}  // namespace sluice::api
