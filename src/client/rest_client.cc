#include "client/rest_client.h"

#include "base/uri.h"
#include "client/reader_features.h"
#include "protocol/capabilities.h"
#include "protocol/ndjson_reader.h"

namespace sluice::client {
namespace {

/// Listings and metadata beyond this are no such thing.
constexpr std::int64_t kMaxBodyBytes = std::int64_t{256} << 20;
constexpr std::size_t kMaxMessage = 1000;

bool IsSuccess(int status) {
  return status >= 200 && status < 300;
}

/// A message of a peer as part of one line of bounded length.
std::string OneLine(std::string_view text) {
  std::string out(text.substr(0, kMaxMessage));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return out;
}

std::string PlaceOf(const RestRequest& request) {
  const protocol::Endpoint& endpoint = protocol::GetEndpoint(request.endpoint);
  return fmt::format("{} {}", endpoint.method,
                     protocol::EndpointPath(request.endpoint, request.arguments));
}

std::string CapabilitiesFor(const RestRequest& request) {
  protocol::Capabilities capabilities;
  capabilities.accepts_parquet = request.format != protocol::ResponseFormat::kDelta;
  capabilities.accepts_delta = request.format != protocol::ResponseFormat::kParquet;
  if (capabilities.accepts_delta) capabilities.reader_features = ReaderFeatures();
  capabilities.include_end_stream_action = true;
  capabilities.async_query = request.async_query;
  return protocol::FormatCapabilities(capabilities);
}

/// What an answer means that does not say it itself.
std::string Unexplained(const net::HttpResponse& response) {
  if (response.status == 407) {
    return "the proxy asks for a user and a password, or refuses those that it got (407)";
  }
  if (response.status / 100 == 3) {
    const auto target = ParseUri(response.Get("location"));
    return fmt::format(
        "the server redirects to {} ({}), which is not followed here; the profile's "
        "endpoint should be the address that is meant",
        target ? target->Origin() : "elsewhere", response.status);
  }
  return fmt::format("the server answers {} without an explanation", response.status);
}

}  // namespace

bool IsRefusal(ErrorKind kind) {
  return kind == ErrorKind::kInvalidArgument || kind == ErrorKind::kUnsupported ||
         kind == ErrorKind::kPermissionDenied || kind == ErrorKind::kDataMissing ||
         kind == ErrorKind::kNotFound;
}

ErrorKind KindOfAnswer(int status, std::string_view code) {
  if (code == "UNSUPPORTED_OPERATION") return ErrorKind::kUnsupported;
  if (code == "RESOURCE_DOES_NOT_EXIST" && status == 400) return ErrorKind::kDataMissing;
  switch (status) {
    case 401:
      return ErrorKind::kUnauthenticated;
    case 403:
    case 407:  // Of a proxy.
      return ErrorKind::kPermissionDenied;
    case 404:
      return ErrorKind::kNotFound;
    case 408:
    case 504:
      return ErrorKind::kTimeout;
    case 405:
    case 501:
      return ErrorKind::kUnsupported;
    case 413:
      return ErrorKind::kTooLarge;
    case 429:
      return ErrorKind::kUnavailable;
    default:
      break;
  }
  if (status >= 500) return ErrorKind::kUnavailable;
  if (status >= 400) return ErrorKind::kInvalidArgument;
  return ErrorKind::kMalformed;  // A redirect that leads nowhere, or an odd number.
}

Error ErrorOfAnswer(const net::HttpResponse& response, std::string_view place) {
  const auto server = protocol::ParseError(response.body);
  Error error;
  error.kind = KindOfAnswer(response.status, server ? server->code : std::string_view());
  error.request_id = OneLine(response.Get("x-request-id"));
  if (server) {
    // What it means comes first: that is what a person at a prompt has to read.
    const std::string said = server->message.empty() ? server->code : server->message;
    const std::string code = said == server->code ? "" : " " + server->code;
    error.message =
        fmt::format("{} ({}: {}{})", OneLine(said), place, response.status, OneLine(code));
  } else {
    error.message = fmt::format("{}: {}", place, Unexplained(response));
  }
  return error;
}

RestClient::RestClient(const protocol::Profile& profile,
                       std::shared_ptr<const net::HttpClient> http,
                       std::vector<net::Header> headers)
    : endpoint_(profile.endpoint),
      http_(std::move(http)),
      headers_(std::move(headers)),
      authorization_(profile.credential, profile.expiration_time_ms, http_) {}

net::HttpRequest RestClient::Prepare(const RestRequest& request) const {
  net::HttpRequest http;
  http.method = protocol::GetEndpoint(request.endpoint).method;
  http.url = endpoint_ + protocol::EndpointPath(request.endpoint, request.arguments);
  char before = '?';
  for (const auto& [name, value] : request.query) {
    http.url += before;
    http.url += fmt::format("{}={}", name, PercentEncode(value));
    before = '&';
  }
  http.max_body_bytes = kMaxBodyBytes;
  http.headers = headers_;
  // Such headers may be secrets, and would go along.
  http.follow_redirects = headers_.empty();
  http.headers.emplace_back(protocol::kCapabilitiesHeader, CapabilitiesFor(request));
  if (!request.body.empty()) {
    http.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
    http.body = request.body;
  }
  return http;
}

Result<net::HttpResponse> RestClient::SendAuthorized(
    net::HttpRequest request, const net::CancelCheck& cancelled,
    const std::function<Result<net::HttpResponse>(const net::HttpRequest&)>& send) const {
  SLUICE_TRY(auto shown, authorization_.Get(cancelled));
  request.headers.emplace_back("Authorization", shown->value);
  auto response = send(request);
  if (!response || response->status != 401 || !authorization_.Renew(shown)) return response;
  SLUICE_TRY(shown, authorization_.Get(cancelled));
  request.headers.back().second = shown->value;
  return send(request);
}

Result<net::HttpResponse> RestClient::Send(const RestRequest& request) const {
  return Send(request, [this, before = interrupts()] { return interrupts() != before; });
}

Result<net::HttpResponse> RestClient::Send(const RestRequest& request,
                                           const net::CancelCheck& cancelled) const {
  const auto send = [&](const net::HttpRequest& http) { return http_->Send(http, cancelled); };
  auto response = SendAuthorized(Prepare(request), cancelled, send);
  if (!response) return Fail(response.error());  // It names the URL.
  if (!IsSuccess(response->status)) return Fail(ErrorOfAnswer(*response, PlaceOf(request)));
  return response;
}

Result<net::HttpResponse> RestClient::Stream(const RestRequest& request,
                                             const Receiver& receiver) const {
  net::HttpRequest prepared = Prepare(request);
  prepared.max_body_bytes = std::numeric_limits<std::int64_t>::max();
  const auto on_headers = [&](const net::HttpResponse& response) -> Status {
    if (!IsSuccess(response.status) || !receiver.on_headers) return {};
    return receiver.on_headers(response);
  };
  const auto send = [&](const net::HttpRequest& http) {
    return http_->Stream(http, receiver.on_piece, on_headers, receiver.cancelled);
  };
  auto response = SendAuthorized(std::move(prepared), receiver.cancelled, send);
  if (!response) {
    // Errors of the transfer name the URL, and those of the receiver their own place.
    const bool malformed = response.error().kind == ErrorKind::kMalformed;
    return Fail(malformed ? response.error().At(PlaceOf(request)) : response.error());
  }
  if (!IsSuccess(response->status)) return Fail(ErrorOfAnswer(*response, PlaceOf(request)));
  return response;
}

}  // namespace sluice::client
