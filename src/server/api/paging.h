// Pages of listings, as pure functions over sorted items.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "protocol/page_token.h"
#include "protocol/request.h"

namespace sluice::api {

/// Everything a page token is bound to beside its position.
struct PageScope {
  std::span<const HmacKey> keys;  ///< The first signs, each of them is good.
  Sha256Digest request{};         ///< Digest of recipient, endpoint and names.
  std::int64_t now_ms = 0;
  std::int64_t lifetime_ms = 0;
};

/// The kind of token that listings make.
inline constexpr std::uint8_t kListingToken = 1;

template <typename T>
struct PageOf {
  std::vector<T> items;
  std::string next_page_token;  ///< Empty on the last page.
};

/// The page of `items` that the request asks for. `key_of` gives an item's place in the order;
/// items that come or go between two pages move no other across their border. Without maxResults
/// the rest is one page. Errors: kInvalidArgument for a token that is expired or belongs elsewhere.
template <typename T, typename KeyOf>
Result<PageOf<T>> Paginate(std::vector<T> items, const protocol::ListRequest& request,
                           const PageScope& scope, KeyOf key_of) {
  std::size_t begin = 0;
  std::string position;
  if (!request.page_token.empty()) {
    SLUICE_TRY(const auto token,
               protocol::OpenPageToken(request.page_token, scope.keys,
                                       {kListingToken, scope.request, scope.now_ms}));
    position = token.position;
    while (begin < items.size() && key_of(items[begin]) <= position) ++begin;
  }
  const std::size_t rest = items.size() - begin;
  const std::size_t wanted =
      request.max_results ? static_cast<std::size_t>(*request.max_results) : rest;
  const std::size_t count = std::min(wanted, rest);
  PageOf<T> page;
  page.items.assign(
      std::make_move_iterator(items.begin() + static_cast<std::ptrdiff_t>(begin)),
      std::make_move_iterator(items.begin() + static_cast<std::ptrdiff_t>(begin + count)));
  if (count < rest) {
    if (count > 0) position = key_of(page.items.back());
    page.next_page_token = protocol::SealPageToken(
        {kListingToken, scope.now_ms + scope.lifetime_ms, position, scope.request},
        scope.keys.front());
  }
  return page;
}

}  // namespace sluice::api
