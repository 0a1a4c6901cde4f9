// Requests to the server that is judged, and its answers as they came: nothing is mended, retried
// into shape or refused on the way.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "client/authorization.h"
#include "net/http_client.h"
#include "protocol/endpoint.h"
#include "protocol/profile.h"
#include "protocol/types.h"

namespace sluice::check {

enum class Credential { kToken, kNone, kWrongToken };

struct Probe {
  protocol::EndpointId endpoint = protocol::EndpointId::kListShares;
  std::vector<std::string> arguments = {};                      ///< Of the path, in order.
  std::vector<std::pair<std::string, std::string>> query = {};  ///< Not yet encoded.
  std::string body = {};                                        ///< Of a POST.
  std::string capabilities = {};  ///< Of the header; empty: it is not sent.
  std::string file_id_hash = {};  ///< Likewise.
  Credential credential = Credential::kToken;
};

/// An answer and the request that it came to. Copies share the answer.
struct Answer {
  std::string place;  ///< "GET /shares?maxResults=1", for findings.
  std::shared_ptr<const net::HttpResponse> response;

  int status() const { return response->status; }
  const std::string& body() const { return response->body; }
  std::string_view Get(std::string_view lower_name) const { return response->Get(lower_name); }
};

/// Not thread-safe. Errors: those of net::HttpClient and of client::Authorization, none of which is
/// a finding.
class Prober {
 public:
  Prober(protocol::Profile profile, net::HttpOptions options);

  /// The answer to a probe; the same probe is sent once.
  Result<Answer> Ask(const Probe& probe);
  /// Sends it once more.
  Result<Answer> AskAgain(const Probe& probe) const;
  /// Reads a data file's URL, without a token. `range`: the header's value; empty: none.
  Result<Answer> Fetch(const std::string& url, const std::string& range) const;

  const protocol::Profile& profile() const { return profile_; }
  int requests() const { return requests_; }

 private:
  Result<net::HttpRequest> RequestOf(const Probe& probe) const;

  const protocol::Profile profile_;
  const std::shared_ptr<const net::HttpClient> http_;
  const client::Authorization authorization_;
  std::map<std::string, Answer> answers_;
  mutable int requests_ = 0;
};

}  // namespace sluice::check
