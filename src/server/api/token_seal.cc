#include "server/api/token_seal.h"

#include <charconv>

#include "predicate/sql_predicate.h"
#include "protocol/page_token.h"
#include "server/api/service.h"

namespace sluice::api {
namespace {

constexpr std::string_view kParquet = "parquet";
constexpr std::string_view kDelta = "delta";

/// Names hold no line breaks, so one field never reaches into the next; the question comes last.
Sha256Digest DigestOf(const Call& call, const SharedTable& table, std::string_view question) {
  std::string text = fmt::format("question 2\n{}\n{}", call.recipient.name, table.entry.id);
  for (const std::string& name : {table.entry.share, table.entry.schema, table.entry.name}) {
    text += "\n" + catalog::FoldName(name);
  }
  if (table.rows != nullptr) {
    const std::string filter = predicate::ToSql(*table.rows);
    text += fmt::format("\nrows {} {}", filter.size(), filter);
  }
  const std::string_view hash =
      call.file_id_hash ? protocol::FileIdHashName(*call.file_id_hash) : std::string_view();
  text += fmt::format("\n{} {}\n{}", hash.size(), hash, question);
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

std::optional<TokenContent> Parse(std::string_view text, std::size_t numbers) {
  TokenContent content;
  for (std::size_t i = 0; i < numbers; ++i) {
    const auto number = TakeNumber(&text);
    if (!number) return std::nullopt;
    content.numbers.push_back(*number);
  }
  if (text != kParquet && text != kDelta) return std::nullopt;
  if (text == kDelta) content.format = protocol::ResponseFormat::kDelta;
  return content;
}

}  // namespace

TokenSeal::TokenSeal(const Call& call, const SharedTable& table, TokenKind kind,
                     std::string_view question)
    : call_(call), kind_(kind), request_(DigestOf(call, table, question)) {}

std::string_view TokenSeal::Name() const {
  return kind_ == TokenKind::kRefresh ? "refresh token" : "page token";
}

std::string TokenSeal::Seal(const TokenContent& content, std::int64_t lifetime_ms) const {
  protocol::PageToken token;
  token.kind = static_cast<std::uint8_t>(kind_);
  token.expires_at_ms = call_.service.NowMillis() + lifetime_ms;
  for (const std::int64_t number : content.numbers) token.position += fmt::format("{} ", number);
  token.position += content.format == protocol::ResponseFormat::kDelta ? kDelta : kParquet;
  token.request = request_;
  return protocol::SealPageToken(token, call_.service.token_keys().front());
}

Result<TokenContent> TokenSeal::Open(std::string_view token, std::size_t numbers) const {
  protocol::TokenCheck check;
  check.kind = static_cast<std::uint8_t>(kind_);
  check.request = request_;
  check.now_ms = call_.service.NowMillis();
  check.name = Name();
  const auto opened = protocol::OpenPageToken(token, call_.service.token_keys(), check);
  if (!opened) {
    return Fail(opened.error().At(kind_ == TokenKind::kRefresh ? "refreshToken" : "pageToken"));
  }
  auto content = Parse(opened->position, numbers);
  if (!content) {
    return Fail(ErrorKind::kInternal, "{}: position '{}'", Name(), opened->position);
  }
  const bool delta = content->format == protocol::ResponseFormat::kDelta;
  if (delta ? !call_.capabilities.accepts_delta : !call_.capabilities.accepts_parquet) {
    return Fail(ErrorKind::kInvalidArgument,
                "the {} does not belong to this request: its answer is in the {} format, which "
                "this request does not accept",
                Name(), delta ? kDelta : kParquet);
  }
  return *std::move(content);
}

}  // namespace sluice::api
