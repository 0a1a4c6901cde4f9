#include "server/admin/activation.h"

#include <boost/json.hpp>

#include "base/encoding.h"
#include "base/hash.h"
#include "protocol/request.h"
#include "server/admin/change_note.h"
#include "server/admin/error_answer.h"
#include "server/admin/operations.h"
#include "server/api/error_response.h"

namespace sluice::admin {
namespace {

constexpr std::size_t kMaxBodyBytes = 4096;

/// Takes the code out of the address, so that it stays in no history.
constexpr std::string_view kScript =
    "const c=document.getElementById('code');"
    "if(location.hash.length>1){c.value=location.hash.slice(1);"
    "history.replaceState(null,'',location.pathname);}";

constexpr std::string_view kPage = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Your profile</title>
<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"></head>
<body><h1>Your profile</h1>
<p>Somebody shares data with you. The button gives you a profile file, with which Delta Sharing
clients open it. It works once: keep the file, and keep it secret.</p>
<form method="post"><label>Code <input id="code" name="code" required autocomplete="off" size="50">
</label> <button>Download the profile</button></form>
<script>)";

Result<std::string> CodeOf(const http::Request& request) {
  if (request.body.size() > kMaxBodyBytes) {
    return Fail(ErrorKind::kTooLarge, "the body must hold the code of a link and nothing else");
  }
  if (request.body.starts_with('{')) {
    boost::system::error_code error;
    const auto value = boost::json::parse(request.body, error);
    const auto* object = error ? nullptr : value.if_object();
    const auto* code = object == nullptr ? nullptr : object->if_contains("code");
    if (code != nullptr && code->is_string()) return std::string(code->get_string());
  } else {
    SLUICE_TRY(const auto fields, protocol::ParseQueryString(request.body));
    for (const auto& [name, value] : fields) {
      if (name == "code") return value;
    }
  }
  return Fail(ErrorKind::kInvalidArgument, "the body must be code=…, or {{\"code\":\"…\"}}");
}

http::Response Page() {
  static const std::string policy = fmt::format(
      "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
      "script-src 'sha256-{}'",
      Base64Encode(AsView(Sha256(kScript))));
  http::Response page;
  page.head.content_type = "text/html; charset=utf-8";
  page.head.headers = {{"Cache-Control", "no-store"},
                       {"Content-Security-Policy", policy},
                       {"Referrer-Policy", "no-referrer"},
                       {"X-Content-Type-Options", "nosniff"}};
  page.body = fmt::format("{}{}</script></body></html>\n", kPage, kScript);
  return page;
}

http::Response Profile(const catalog::Secret& token, std::string_view endpoint) {
  http::Response response;
  response.head.content_type = "application/json";
  response.head.headers = {{"Cache-Control", "no-store"},
                           {"Content-Disposition", "attachment; filename=\"config.share\""},
                           {"X-Content-Type-Options", "nosniff"}};
  response.body = boost::json::serialize(ProfileObject(token, endpoint)) + "\n";
  return response;
}

/// What a pool made of a request.
struct Outcome {
  http::Response response;
  std::string recipient;
  std::string denied;
  catalog::ChangeRecord change = {};
};

Outcome Redeem(const ActivationOptions& options, const http::Request& request) {
  Outcome outcome;
  const catalog::Admin admin(*options.rows, *options.checks, "activation link", &outcome.change);
  const auto code = CodeOf(request);
  const Result<catalog::Admin::Activated> activated =
      code ? admin.Activate(*code) : Result<catalog::Admin::Activated>(Fail(code.error()));
  if (activated) {
    outcome.recipient = activated->recipient;
    outcome.response = Profile(activated->token, options.endpoint(request));
    return outcome;
  }
  outcome.denied = activated.error().message;
  outcome.response = ErrorOf(activated.error(), request.id);
  return outcome;
}

http::asio::awaitable<void> Answer(const ActivationOptions& options, http::Exchange& exchange) {
  exchange.record.endpoint = "activate";
  const std::string& method = exchange.request->method;
  http::Response response =
      api::StatusResponse(405, "links are opened with GET and used with POST");
  response.head.headers.emplace_back("Allow", "GET, HEAD, POST");
  if (method == "GET" || method == "HEAD") response = Page();
  if (method == "POST") {
    auto work = [&options, request = exchange.request] { return Redeem(options, *request); };
    auto outcome = co_await exchange.RunOn(*options.queue, std::move(work));
    response = api::StatusResponse(503, "the catalog took too long");
    if (outcome) {
      response = std::move(outcome->response);
      exchange.record.recipient = std::move(outcome->recipient);
      exchange.record.denied = std::move(outcome->denied);
      NoteChange(std::move(outcome->change), &exchange.record);
    }
  }
  co_await exchange.response.Send(std::move(response));
}

}  // namespace

http::Middleware HandOverProfiles(ActivationOptions options) {
  const auto kept = std::make_shared<const ActivationOptions>(std::move(options));
  return [kept, path = kept->prefix + "/activate"](
             http::Exchange& exchange, const http::Handler& next) -> http::asio::awaitable<void> {
    const bool refused = exchange.request->refusal.has_value();
    if (refused || exchange.request->path != path) return next(exchange);
    return Answer(*kept, exchange);
  };
}

}  // namespace sluice::admin
