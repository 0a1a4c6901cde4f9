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

std::string CapabilitiesFor(const std::optional<protocol::ResponseFormat>& format) {
  protocol::Capabilities capabilities;
  capabilities.accepts_parquet = format != protocol::ResponseFormat::kDelta;
  capabilities.accepts_delta = format != protocol::ResponseFormat::kParquet;
  if (capabilities.accepts_delta) capabilities.reader_features = ReaderFeatures();
  capabilities.include_end_stream_action = true;
  return protocol::FormatCapabilities(capabilities);
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
      return ErrorKind::kPermissionDenied;
    case 404:
      return ErrorKind::kNotFound;
    case 408:
    case 504:
      return ErrorKind::kTimeout;
    case 413:
      return ErrorKind::kTooLarge;
    case 429:
      return ErrorKind::kUnavailable;
    case 501:
      return ErrorKind::kUnsupported;
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
    error.message = fmt::format("{} ({}: {} {})", OneLine(server->message), place, response.status,
                                OneLine(server->code));
  } else {
    error.message =
        fmt::format("{}: the server answers {} without an explanation", place, response.status);
  }
  return error;
}

Result<net::HttpRequest> RestClient::Prepare(const RestRequest& request) const {
  if (profile_.expiration_time_ms && *profile_.expiration_time_ms <= SystemClock().NowMillis()) {
    return Fail(ErrorKind::kUnauthenticated,
                "the profile's token expired at {}; ask the provider for a new profile",
                FormatTimestamp(*profile_.expiration_time_ms));
  }
  net::HttpRequest http;
  http.method = protocol::GetEndpoint(request.endpoint).method;
  http.url = profile_.endpoint + protocol::EndpointPath(request.endpoint, request.arguments);
  char before = '?';
  for (const auto& [name, value] : request.query) {
    http.url += before;
    http.url += fmt::format("{}={}", name, PercentEncode(value));
    before = '&';
  }
  http.max_body_bytes = kMaxBodyBytes;
  http.headers = {{"Authorization", "Bearer " + profile_.bearer_token},
                  {std::string(protocol::kCapabilitiesHeader), CapabilitiesFor(request.format)}};
  if (!request.body.empty()) {
    http.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
    http.body = request.body;
  }
  return http;
}

Result<net::HttpResponse> RestClient::Send(const RestRequest& request) const {
  return Send(request, [this, before = interrupts()] { return interrupts() != before; });
}

Result<net::HttpResponse> RestClient::Send(const RestRequest& request,
                                           const net::CancelCheck& cancelled) const {
  SLUICE_TRY(const net::HttpRequest http, Prepare(request));
  auto response = http_->Send(http, cancelled);
  if (!response) return Fail(response.error());  // It names the URL.
  if (!IsSuccess(response->status)) return Fail(ErrorOfAnswer(*response, PlaceOf(request)));
  return response;
}

Result<net::HttpResponse> RestClient::Stream(const RestRequest& request,
                                             const Receiver& receiver) const {
  SLUICE_TRY(net::HttpRequest http, Prepare(request));
  http.max_body_bytes = std::numeric_limits<std::int64_t>::max();
  const auto on_headers = [&](const net::HttpResponse& response) -> Status {
    if (!IsSuccess(response.status) || !receiver.on_headers) return {};
    return receiver.on_headers(response);
  };
  auto response = http_->Stream(http, receiver.on_piece, on_headers, receiver.cancelled);
  if (!response) {
    // Errors of the transfer name the URL, and those of the receiver their own place.
    const bool malformed = response.error().kind == ErrorKind::kMalformed;
    return Fail(malformed ? response.error().At(PlaceOf(request)) : response.error());
  }
  if (!IsSuccess(response->status)) return Fail(ErrorOfAnswer(*response, PlaceOf(request)));
  return response;
}

}  // namespace sluice::client
