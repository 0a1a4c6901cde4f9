// Tokens with which a recipient comes back to an answer: for its next page, or for new URLs. They
// fit one question of one recipient about one table and the rows of it that the recipient sees.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "protocol/types.h"
#include "server/api/table_access.h"

namespace sluice::api {

/// 1 is that of listings, see paging.h.
enum class TokenKind : std::uint8_t { kChanges = 2, kSnapshot = 3, kRefresh = 4 };

/// What a token says of the answer it belongs to. The meaning of the numbers is the answer's.
struct TokenContent {
  std::vector<std::int64_t> numbers;
  protocol::ResponseFormat format = protocol::ResponseFormat::kParquet;
};

/// Where a token belongs. `call` and `table` outlive it.
class TokenSeal {
 public:
  /// `question` holds everything that shapes the files of the answer, beside recipient and table.
  TokenSeal(const Call& call, const SharedTable& table, TokenKind kind, std::string_view question);

  std::string Seal(const TokenContent& content, std::int64_t lifetime_ms) const;
  /// Errors: kInvalidArgument for a token that has expired, was changed or belongs to another
  /// question, table, recipient, row filter or server, or to an answer in a format that this call
  /// does not accept; kInternal when it holds another number of numbers.
  Result<TokenContent> Open(std::string_view token, std::size_t numbers) const;

 private:
  std::string_view Name() const;

  const Call& call_;
  const TokenKind kind_;
  const Sha256Digest request_;
};

}  // namespace sluice::api
