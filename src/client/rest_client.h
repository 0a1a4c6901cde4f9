// RestClient: calls of the protocol's endpoints, with the profile's credential and with errors as
// the server means them.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "client/authorization.h"
#include "net/http_client.h"
#include "protocol/endpoint.h"
#include "protocol/profile.h"
#include "protocol/types.h"

namespace sluice::client {

struct RestRequest {
  protocol::EndpointId endpoint = protocol::EndpointId::kListShares;
  std::vector<std::string_view> arguments = {};  ///< Of the path's placeholders, in order.
  std::vector<std::pair<std::string, std::string>> query = {};  ///< Not yet encoded.
  std::string body = {};                                        ///< JSON; empty: none.
  /// The format to ask for; without it, both are accepted.
  std::optional<protocol::ResponseFormat> format = {};
  bool async_query = false;  ///< The answer may be that the query is worked on.
};

/// Thread-safe. Errors: the server's own with its message and request id, those of Authorization
/// and of net::HttpClient. A server that refuses a token which can be renewed (401) is asked once
/// more with another.
class RestClient {
 public:
  /// `headers` go with every request to the server, which then may not redirect it.
  RestClient(const protocol::Profile& profile, std::shared_ptr<const net::HttpClient> http,
             std::vector<net::Header> headers = {});

  /// An answer of status 2xx.
  Result<net::HttpResponse> Send(const RestRequest& request) const;
  /// For callers that decide for themselves when to stop, whatever is interrupted.
  Result<net::HttpResponse> Send(const RestRequest& request,
                                 const net::CancelCheck& cancelled) const;

  struct Receiver {
    std::function<Status(const net::HttpResponse&)> on_headers;  ///< Status 2xx only.
    net::BodySink on_piece;
    net::CancelCheck cancelled;
  };
  /// The same, with the body handed over as it arrives.
  Result<net::HttpResponse> Stream(const RestRequest& request, const Receiver& receiver) const;

  const net::HttpClient& http() const { return *http_; }

  /// Makes every Send that runs now fail with kCancelled soon.
  void Interrupt() const { ++interrupts_; }
  /// How often that happened; for callers that decide for themselves.
  std::uint64_t interrupts() const { return interrupts_.load(std::memory_order_relaxed); }

 private:
  net::HttpRequest Prepare(const RestRequest& request) const;
  Result<net::HttpResponse> SendAuthorized(
      net::HttpRequest request, const net::CancelCheck& cancelled,
      const std::function<Result<net::HttpResponse>(const net::HttpRequest&)>& send) const;

  const std::string endpoint_;
  const std::shared_ptr<const net::HttpClient> http_;
  const std::vector<net::Header> headers_;
  const Authorization authorization_;
  mutable std::atomic<std::uint64_t> interrupts_{0};
};

/// The error that an answer of another status than 2xx means; `place` names the call.
Error ErrorOfAnswer(const net::HttpResponse& response, std::string_view place);

/// Whether a server that refuses so may answer when it is not asked for a version.
bool IsRefusal(ErrorKind kind);

/// The error kind of an HTTP status and of the errorCode beside it, which may be empty.
ErrorKind KindOfAnswer(int status, std::string_view code);

}  // namespace sluice::client
