#include <cstdlib>
#include <ctime>

#include "base/encoding.h"
#include "base/run_program.h"
#include "json/answer.h"
#include "storage/azure/tokens.h"

namespace sluice::storage {
namespace {

using json::NumberOf;
using json::ParseJsonObject;
using json::TextOf;

constexpr std::int64_t kTimeoutMs = 60'000;  ///< It is slow, and may itself ask for a token.
constexpr std::size_t kMaxSaid = 200;

/// Of a token, milliseconds. Old versions tell only the local time, "2024-01-31 09:30:00.000000".
std::optional<std::int64_t> EndOf(const boost::json::object& answer) {
  if (const auto seconds = NumberOf(answer, "expires_on")) return *seconds * 1000;
  const std::string text(TextOf(answer, "expiresOn"));
  std::tm parts{};
  const char* const end = ::strptime(text.c_str(), "%Y-%m-%d %H:%M:%S", &parts);
  if (end == nullptr || (*end != '\0' && *end != '.')) return std::nullopt;
  parts.tm_isdst = -1;
  const std::time_t seconds = std::mktime(&parts);
  if (seconds < 0) return std::nullopt;
  return std::int64_t{seconds} * 1000;
}

/// The last line that says something: before it come warnings.
std::string LastLine(std::string_view text) {
  while (!text.empty() && text.back() <= ' ') text.remove_suffix(1);
  const auto line = text.rfind('\n');
  return Printable(line == std::string_view::npos ? text : text.substr(line + 1), kMaxSaid);
}

Result<Expiring<std::string>> Ask(const std::vector<std::string>& arguments) {
  const auto failed = [](std::string_view why) {
    return Fail(ErrorKind::kUnauthenticated, "az account get-access-token: {}", why);
  };
  const auto ran = RunProgram(arguments, kTimeoutMs);
  if (!ran) return failed(ran.error().message);
  if (ran->status != 0) {
    return failed(fmt::format("ended with status {}: {}", ran->status, LastLine(ran->err)));
  }
  const auto answer = ParseJsonObject(ran->out);
  if (!answer) return failed("printed " + answer.error().message);
  const auto end = EndOf(*answer);
  Expiring<std::string> token{std::string(TextOf(*answer, "accessToken")), end.value_or(0)};
  if (token.value.empty() || !end) return failed("printed no accessToken with its expiresOn");
  return token;
}

}  // namespace

Result<TokenFetch> AzureCliTokens(const TokenPlace& place) {
  const auto program = FindProgram("az", place.here.variable("PATH"));
  if (!program) return Fail(ErrorKind::kUnauthenticated, "there is no program 'az' in PATH");
  std::vector<std::string> arguments = {
      *program, "account",    "get-access-token",          "--output",
      "json",   "--resource", "https://storage.azure.com/"};
  if (!place.options.tenant_id.empty()) {
    arguments.insert(arguments.end(), {"--tenant", place.options.tenant_id});
  }
  return [arguments = std::move(arguments)] { return Ask(arguments); };
}

}  // namespace sluice::storage
