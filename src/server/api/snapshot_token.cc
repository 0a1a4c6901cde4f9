#include "server/api/snapshot_token.h"

#include <bit>

#include "server/api/service.h"
#include "server/api/token_seal.h"

namespace sluice::api {
namespace {

constexpr std::size_t kPageNumbers = 6;
constexpr std::size_t kRefreshNumbers = 1;

/// Everything that shapes the files of an answer; maxFiles may differ from page to page, and a
/// refresh token belongs to the first page alone.
TokenSeal SealOf(const Call& call, const SharedTable& table, TokenKind kind,
                 const protocol::QueryRequest& request) {
  protocol::QueryRequest question = request;
  question.max_files.reset();
  question.page_token.clear();
  question.include_refresh_token = false;
  question.refresh_token.clear();
  question.idempotency_key.clear();
  return {call, table, kind, protocol::FormatQueryRequest(question)};
}

}  // namespace

Result<std::optional<SnapshotPage>> OpenSnapshotPage(const Call& call, const SharedTable& table,
                                                     const protocol::QueryRequest& request) {
  if (request.page_token.empty()) return std::nullopt;
  SLUICE_TRY(
      const auto token,
      SealOf(call, table, TokenKind::kSnapshot, request).Open(request.page_token, kPageNumbers));
  SnapshotPage page;
  page.pinned = {token.numbers[0], token.format};
  page.after = {token.numbers[1], std::bit_cast<std::uint64_t>(token.numbers[2]),
                std::bit_cast<std::uint64_t>(token.numbers[3])};
  page.files_after = token.numbers[4];
  if (token.numbers[5] > 0) page.rows_left = token.numbers[5];
  return page;
}

std::string SealSnapshotPage(const Call& call, const SharedTable& table,
                             const protocol::QueryRequest& request, const SnapshotPage& page) {
  TokenContent content;
  content.numbers = {page.pinned.version,
                     page.after.modification_time,
                     std::bit_cast<std::int64_t>(page.after.digest_high),
                     std::bit_cast<std::int64_t>(page.after.digest_low),
                     page.files_after,
                     page.rows_left.value_or(0)};
  content.format = page.pinned.format.value_or(protocol::ResponseFormat::kParquet);
  return SealOf(call, table, TokenKind::kSnapshot, request)
      .Seal(content, call.service.options().page_token_lifetime_ms);
}

Result<std::optional<PinnedVersion>> OpenRefreshToken(const Call& call, const SharedTable& table,
                                                      const protocol::QueryRequest& request) {
  if (request.refresh_token.empty()) return std::nullopt;
  SLUICE_TRY(const auto token, SealOf(call, table, TokenKind::kRefresh, request)
                                   .Open(request.refresh_token, kRefreshNumbers));
  return PinnedVersion{token.numbers[0], token.format};
}

std::string SealRefreshToken(const Call& call, const SharedTable& table,
                             const protocol::QueryRequest& request, const PinnedVersion& pinned) {
  return SealOf(call, table, TokenKind::kRefresh, request)
      .Seal({{pinned.version}, pinned.format.value_or(protocol::ResponseFormat::kParquet)},
            call.service.options().refresh_token_lifetime_ms);
}

}  // namespace sluice::api
