#include "server/api/changes_page.h"

#include <charconv>

#include "protocol/page_token.h"
#include "server/api/paging.h"
#include "server/api/service.h"

namespace sluice::api {
namespace {

/// Everything that shapes the files of an answer; maxFiles may differ from page to page.
Sha256Digest DigestOf(const Call& call, const SharedTable& table, const ChangesQuestion& question) {
  std::string text = fmt::format("changes 1\n{}\n{}", call.recipient.name, table.entry.id);
  for (const auto& argument : call.arguments) text += "\n" + catalog::FoldName(argument);
  text +=
      fmt::format("\n{} {} {} {} {}", question.kind == delta::ChangesKind::kRows ? "rows" : "files",
                  question.first, question.last.value_or(-1), question.later_metadata,
                  question.later_protocols);
  return Sha256(text);
}

/// Takes a number and the blank behind it.
std::optional<std::int64_t> TakeNumber(std::string_view* text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end == text->data() + text->size() || *end != ' ') {
    return std::nullopt;
  }
  text->remove_prefix(static_cast<std::size_t>(end - text->data()) + 1);
  return number;
}

}  // namespace

Result<std::optional<ChangesPage>> OpenPage(const Call& call, const SharedTable& table,
                                            const ChangesQuestion& question) {
  if (question.page_token.empty()) return std::nullopt;
  const Service& service = call.service;
  SLUICE_TRY(const auto token,
             protocol::OpenPageToken(question.page_token, service.page_token_key(), kChangesToken,
                                     DigestOf(call, table, question), service.NowMillis()));
  std::string_view text = token.position;
  const auto last = TakeNumber(&text);
  const auto version = TakeNumber(&text);
  const auto files = TakeNumber(&text);
  if (!last || !version || !files || (text != "parquet" && text != "delta")) {
    return Fail(ErrorKind::kInternal, "page token: position '{}'", token.position);
  }
  return ChangesPage{
      *last,
      {*version, *files},
      text == "delta" ? protocol::ResponseFormat::kDelta : protocol::ResponseFormat::kParquet};
}

std::string SealPage(const Call& call, const SharedTable& table, const ChangesQuestion& question,
                     const ChangesPage& page) {
  const Service& service = call.service;
  protocol::PageToken token;
  token.kind = kChangesToken;
  token.expires_at_ms = service.NowMillis() + service.options().page_token_lifetime_ms;
  token.position =
      fmt::format("{} {} {} {}", page.last, page.from.version, page.from.files,
                  page.format == protocol::ResponseFormat::kDelta ? "delta" : "parquet");
  token.request = DigestOf(call, table, question);
  return protocol::SealPageToken(token, service.page_token_key());
}

}  // namespace sluice::api
