// Pages of listings.
#include <array>
#include <set>

#include "check/session.h"

namespace sluice::check {
namespace {

namespace json = boost::json;
using protocol::EndpointId;

constexpr std::size_t kMaxPages = 100;

struct Page {
  std::vector<std::string> items;  ///< As JSON text.
  std::string next;
};

Result<Page> PageOf(const Answer& answer) {
  SLUICE_RETURN_IF_ERROR(ExpectStatus(answer, 200));
  SLUICE_TRY(const json::value body, JsonOf(answer));
  Page page;
  if (!body.is_object()) return Violated("{}: the body is no JSON object", answer.place);
  const json::value* items = body.get_object().if_contains("items");
  if (items != nullptr && items->is_array()) {
    for (const auto& item : items->get_array()) page.items.push_back(json::serialize(item));
  }
  const json::value* next = body.get_object().if_contains("nextPageToken");
  if (next != nullptr && next->is_string()) page.next = next->get_string();
  return page;
}

/// The listings there are here, the longest ones first.
std::vector<Probe> Listings(const Session& session) {
  std::vector<Probe> probes;
  if (const auto table = session.AnyTable()) {
    probes.push_back({EndpointId::kListAllTables, {table->share}});
    probes.push_back({EndpointId::kListTables, {table->share, table->schema}});
  }
  if (const auto share = session.AnyShare()) probes.push_back({EndpointId::kListSchemas, {*share}});
  probes.push_back({EndpointId::kListShares});
  return probes;
}

Finding MaxResults(Session& session) {
  for (Probe& probe : Listings(session)) {
    for (const std::size_t most : {0, 1}) {
      probe.query = {{"maxResults", std::to_string(most)}};
      SLUICE_TRY(const Answer answer, session.Ask(probe));
      SLUICE_TRY(const Page page, PageOf(answer));
      if (page.items.size() > most) {
        return Violated("{}: the page has {} items", answer.place, page.items.size());
      }
    }
  }
  return {};
}

/// Follows pages of `most` items to the end.
Result<std::multiset<std::string>> Walk(Session& session, Probe probe, std::size_t most) {
  std::multiset<std::string> items;
  std::set<std::string> tokens;
  const auto size = std::pair<std::string, std::string>("maxResults", std::to_string(most));
  probe.query = {size};
  for (std::size_t count = 0; count < kMaxPages; ++count) {
    SLUICE_TRY(const Answer answer, session.Ask(probe));
    SLUICE_TRY(Page page, PageOf(answer));
    items.insert(page.items.begin(), page.items.end());
    if (page.next.empty()) return items;
    if (!tokens.insert(page.next).second) {
      return Violated("{}: the nextPageToken is one that came before: pages go in a circle",
                      answer.place);
    }
    probe.query = {size, {"pageToken", page.next}};
  }
  return Violated("{}: there is still a next page after {} pages of {} items",
                  protocol::GetEndpoint(probe.endpoint).path, kMaxPages, most);
}

Finding Pages(Session& session) {
  bool walked = false;
  for (const Probe& probe : Listings(session)) {
    SLUICE_TRY(const Answer answer, session.Ask(probe));
    SLUICE_TRY(const Page whole, PageOf(answer));
    if (whole.items.size() < 2 || !whole.next.empty()) continue;
    walked = true;
    // At most some twenty pages.
    const std::size_t most = std::max<std::size_t>(1, (whole.items.size() + 19) / 20);
    SLUICE_TRY(const auto paged, Walk(session, probe, most));
    const std::multiset<std::string> wanted(whole.items.begin(), whole.items.end());
    if (paged != wanted) {
      return Violated(
          "{}: {} items at once, and in pages of {} {}", answer.place, wanted.size(), most,
          paged.size() == wanted.size() ? "others" : fmt::format("{} items", paged.size()));
    }
  }
  if (!walked) return NotTested("no listing has two items");
  return {};
}

Finding NegativeMaxResults(Session& session) {
  SLUICE_TRY(const Answer answer,
             session.Ask({EndpointId::kListShares, {}, {{"maxResults", "-1"}}}));
  return ExpectError(answer, {400});
}

Finding WholeWithoutMaxResults(Session& session) {
  for (const Probe& probe : Listings(session)) {
    SLUICE_TRY(const Answer answer, session.Ask(probe));
    SLUICE_TRY(const json::value body, JsonOf(answer));
    if (!body.is_object()) continue;
    const json::value* next = body.get_object().if_contains("nextPageToken");
    if (next != nullptr && next->is_string() && next->get_string().empty()) {
      return Violated("{}: nextPageToken is empty, not absent", answer.place);
    }
  }
  return {};
}

constexpr std::array kPoints = {
    Point{"listing.max-results", Level::kDemand, "List Shares",
          "A page has at most maxResults items, and none for 0.",
          "Clients that size their pages would take more than they can show.", MaxResults},
    Point{"listing.pages", Level::kDemand, "List Shares",
          "Pages followed by nextPageToken give each item exactly once, and end.",
          "Shares or tables would be missing or doubled for everybody who pages.", Pages},
    Point{"listing.negative", Level::kDemand, "List Shares",
          "A negative maxResults is refused with 400 and the protocol's error.",
          "A mistake of a client would pass for an empty list.", NegativeMaxResults},
    Point{"listing.last-page", Level::kAdvice, "List Shares",
          "The last page has no nextPageToken, rather than an empty one.",
          "Some clients ask for another page as long as the field is there, one of them for ever.",
          WholeWithoutMaxResults},
};

}  // namespace

std::span<const Point> PagePoints() {
  return kPoints;
}

}  // namespace sluice::check
