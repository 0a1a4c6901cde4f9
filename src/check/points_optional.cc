// What a server may do, and then has to do right: pages of files and fresh URLs.
#include <array>

#include "base/encoding.h"
#include "check/session.h"

namespace sluice::check {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxPages = 60;

/// A token of the endStreamAction; empty: none.
std::string TokenOf(const Lines& lines, std::string_view field) {
  if (lines.all.empty() || lines.all.back().kind != "endStreamAction") return "";
  const json::value* token = lines.all.back().content.if_contains(field);
  return token != nullptr && token->is_string() ? std::string(token->get_string()) : "";
}

Finding FilePages(Session& session) {
  SLUICE_TRY(const auto* table, session.WithFiles(2));
  SLUICE_TRY(const Answer whole, session.Ask(QueryProbe(table->name)));
  SLUICE_TRY(const auto wanted, FilesOf(whole));
  const std::size_t most = std::max<std::size_t>(1, (wanted.size() + 19) / 20);
  std::vector<FileFacts> paged;
  std::string token;
  for (std::size_t page = 0; page < kMaxPages; ++page) {
    json::object body{{"maxFiles", most}};
    if (!token.empty()) body["pageToken"] = token;
    SLUICE_TRY(const Answer answer, session.Ask(QueryProbe(table->name, json::serialize(body))));
    SLUICE_TRY(const Lines lines, LinesOf(answer));
    for (auto& file : FilesOf(lines)) paged.push_back(std::move(file));
    token = TokenOf(lines, "nextPageToken");
    if (token.empty() && page == 0) {
      if (SortedIds(paged) == SortedIds(wanted)) return NotTested("the server makes no pages");
      return Violated("{}: {} of {} files and no nextPageToken", answer.place, paged.size(),
                      wanted.size());
    }
    if (token.empty()) break;
  }
  if (!token.empty()) {
    return Violated("{}: there is still a next page after {} pages of {} files", whole.place,
                    kMaxPages, most);
  }
  if (SortedIds(paged) == SortedIds(wanted)) return {};
  return Violated("{}: {} files at once, and in pages of {} {}, or others", whole.place,
                  wanted.size(), most, paged.size());
}

Finding ForeignToken(Session& session) {
  SLUICE_TRY(const auto* table, session.Readable());
  SLUICE_TRY(
      const Answer answer,
      session.Ask(QueryProbe(table->name, R"({"maxFiles":1,"pageToken":"bm90LWEtdG9rZW4"})")));
  return ExpectError(answer, {400});
}

Finding Refresh(Session& session) {
  SLUICE_TRY(const auto* table, session.Readable());
  SLUICE_TRY(const Answer first,
             session.Ask(QueryProbe(table->name, R"({"includeRefreshToken":true})")));
  SLUICE_TRY(const Lines lines, LinesOf(first));
  const std::string token = TokenOf(lines, "refreshToken");
  if (token.empty()) return NotTested("the server gives no refreshToken");
  const json::object body{{"refreshToken", token}};
  SLUICE_TRY(const Answer again, session.Ask(QueryProbe(table->name, json::serialize(body))));
  SLUICE_TRY(const auto renewed, FilesOf(again));
  if (SortedIds(renewed) == SortedIds(FilesOf(lines))) return {};
  return Violated("{}: a refreshToken gives {} files, or others than it was answered with",
                  first.place, renewed.size());
}

constexpr std::array kPoints = {
    Point{"pages.files", Level::kDemand, "EndStreamAction",
          "Pages of files, followed by the nextPageToken of the endStreamAction, give each file "
          "exactly once.",
          "Rows would be missing or doubled for clients that ask with maxFiles.", FilePages},
    Point{"pages.foreign-token", Level::kAdvice, "EndStreamAction",
          "A page token that the server did not make is refused with 400.",
          "Taken for the first page it makes a client go in a circle.", ForeignToken},
    Point{"refresh.files", Level::kDemand, "EndStreamAction",
          "A refreshToken gives the files that it was answered with.",
          "A long read would go on with the files of another version.", Refresh},
};

}  // namespace

std::span<const Point> OptionalPoints() {
  return kPoints;
}

}  // namespace sluice::check
