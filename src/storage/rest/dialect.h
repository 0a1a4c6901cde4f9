// Dialect: what one kind of object store wants to hear over HTTP, and what it answers. All stores
// list, describe and read objects; RestStore does that, in the dialect of its store.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http_client.h"
#include "storage/object_store.h"

namespace sluice::storage {

/// Names here are whole names of objects in the bucket, decoded.
struct ListQuery {
  std::string prefix;
  std::string start_after;  ///< Empty: from the beginning. A dialect that cannot may pass it over.
  std::string token;        ///< Of the page before; empty for the first.
  bool recursive = false;   ///< Also the objects of folders in the folder.
};

struct ListPage {
  std::vector<ObjectMeta> objects;   ///< Any order; their keys are names in the bucket.
  std::vector<std::string> folders;  ///< Names that end in a slash; of a listing of one folder.
  std::string next;                  ///< Token of the next page; empty when this is the last.
};

/// What a store says of a request it did not do.
struct Refusal {
  std::string code;           ///< Its own name for the reason ("NoSuchBucket"); may be empty.
  std::string message;        ///< Its text; may be empty.
  bool no_container = false;  ///< The bucket or container itself is not there.
  /// Of an object: the store may have said this because it is not there, which it tells only those
  /// who may list without a prefix. Then a listing is asked.
  bool maybe_missing = false;
  /// The credential has expired or the clocks differ: Authorize will do better after Learn.
  bool stale = false;
};

/// Thread-safe. Requests name one bucket or container.
class Dialect {
 public:
  virtual ~Dialect() = default;

  /// A request for an object, without authorization.
  virtual net::HttpRequest ForObject(std::string_view method, std::string_view name) const = 0;
  /// A request for the objects of one folder, without those of folders in it (delimiter '/')
  /// unless they are asked for.
  virtual net::HttpRequest ForListing(const ListQuery& query) const = 0;
  /// Whether ListQuery::start_after is not passed over.
  virtual bool lists_from_keys() const { return true; }
  /// Errors: kCorrupt for a body that is no listing.
  virtual Result<ListPage> ReadListing(std::string_view body) const = 0;

  /// Of a good answer to a request for an object: it is only the mark of a folder, so there is no
  /// such object.
  virtual bool IsFolder(const net::HttpResponse& answer) const { return false; }

  /// Adds what shows who asks. May wait for credentials to be renewed, and fail as that does.
  virtual Status Authorize(net::HttpRequest* request) const = 0;
  /// Of an answer with a status of 400 and above; the body of one to a HEAD is empty.
  virtual Refusal ReadRefusal(const net::HttpResponse& answer) const = 0;
  /// Called with an answer whose refusal is stale, before the request is authorized once more.
  virtual void Learn(const net::HttpResponse& answer) const = 0;
};

}  // namespace sluice::storage
