#include "server/api/changes_page.h"

#include "server/api/service.h"
#include "server/api/token_seal.h"

namespace sluice::api {
namespace {

constexpr std::size_t kNumbers = 3;

/// Everything that shapes the files of an answer; maxFiles may differ from page to page.
TokenSeal SealOf(const Call& call, const SharedTable& table, const ChangesQuestion& question) {
  return {
      call, table, TokenKind::kChanges,
      fmt::format("{} {} {} {} {}", question.kind == delta::ChangesKind::kRows ? "rows" : "files",
                  question.first, question.last.value_or(-1), question.later_metadata,
                  question.later_protocols)};
}

}  // namespace

Result<std::optional<ChangesPage>> OpenPage(const Call& call, const SharedTable& table,
                                            const ChangesQuestion& question) {
  if (question.page_token.empty()) return std::nullopt;
  SLUICE_TRY(const auto token, SealOf(call, table, question).Open(question.page_token, kNumbers));
  return ChangesPage{token.numbers[0], {token.numbers[1], token.numbers[2]}, token.format};
}

std::string SealPage(const Call& call, const SharedTable& table, const ChangesQuestion& question,
                     const ChangesPage& page) {
  return SealOf(call, table, question)
      .Seal({{page.last, page.from.version, page.from.files}, page.format},
            call.service.options().page_token_lifetime_ms);
}

}  // namespace sluice::api
