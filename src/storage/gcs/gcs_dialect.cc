#include "storage/gcs/gcs_dialect.h"

#include <boost/json/array.hpp>

#include "base/uri.h"
#include "json/answer.h"
#include "storage/rest/xml.h"

namespace sluice::storage {
namespace {

using json::NumberOf;
using json::ObjectOf;
using json::ParseJsonObject;
using json::TextOf;

Result<ObjectMeta> ReadObject(const boost::json::value& value) {
  const auto* const item = value.if_object();
  if (item == nullptr) return Fail(ErrorKind::kCorrupt, "the listing holds what is no object");
  ObjectMeta meta;
  meta.key = TextOf(*item, "name");
  const auto size = NumberOf(*item, "size");
  const auto modified = ParseTimestamp(TextOf(*item, "updated"));
  if (meta.key.empty() || !size || *size < 0 || !modified) {
    return Fail(ErrorKind::kCorrupt, "the listing holds an object without name, size or time");
  }
  meta.size = *size;
  meta.modified_ms = *modified;
  return meta;
}

void AddText(std::string_view text, std::string* to) {
  if (text.empty()) return;
  if (!to->empty()) to->append(" ");
  to->append(text);
}

/// Only listings are answered in JSON, and only a bucket can be missing there.
Refusal ReadJsonRefusal(const boost::json::object& body, int status) {
  Refusal refusal;
  const auto* const error = ObjectOf(body, "error");
  if (error == nullptr) return refusal;
  refusal.message = TextOf(*error, "message");
  if (const auto* const errors = error->if_contains("errors"); errors != nullptr) {
    const auto* const list = errors->if_array();
    const auto* const first =
        list != nullptr && !list->empty() ? list->front().if_object() : nullptr;
    if (first != nullptr) refusal.code = TextOf(*first, "reason");
  }
  refusal.no_container = status == 404;
  return refusal;
}

Refusal ReadXmlRefusal(const pugi::xml_node& error) {
  Refusal refusal;
  refusal.code = XmlText(error, "Code");
  refusal.message = XmlText(error, "Message");
  // This says which permission is missing, and whose.
  AddText(XmlText(error, "Details"), &refusal.message);
  refusal.no_container = refusal.code == "NoSuchBucket";
  return refusal;
}

}  // namespace

GcsDialect::GcsDialect(const GcsOptions& options, const Location& location,
                       std::shared_ptr<const AccessTokens> tokens)
    : object_url_(fmt::format("{}/{}/", options.endpoint, location.bucket)),
      listing_url_(fmt::format("{}/storage/v1/b/{}/o?maxResults=1000&fields={}", options.endpoint,
                               PercentEncode(location.bucket),
                               PercentEncode("nextPageToken,prefixes,items(name,size,updated)"))),
      user_project_(options.user_project),
      tokens_(std::move(tokens)) {}

net::HttpRequest GcsDialect::ForObject(std::string_view method, std::string_view name) const {
  net::HttpRequest request;
  request.method = method;
  request.url = object_url_;
  AppendPercentEncoded(name, true, &request.url);
  return request;
}

net::HttpRequest GcsDialect::ForListing(const ListQuery& query) const {
  net::HttpRequest request;
  request.url = listing_url_;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    request.url.append("&").append(name).append("=");
    AppendPercentEncoded(value, false, &request.url);
  };
  if (!query.recursive) add("delimiter", "/");
  add("prefix", query.prefix);
  add("startOffset", query.start_after);  // Inclusive: that name comes again.
  add("pageToken", query.token);
  return request;
}

Result<ListPage> GcsDialect::ReadListing(std::string_view body) const {
  SLUICE_TRY(const auto answer, ParseJsonObject(body));
  ListPage page;
  page.next = TextOf(answer, "nextPageToken");
  const auto* const prefixes = answer.if_contains("prefixes");
  if (prefixes != nullptr && prefixes->is_array()) {
    for (const auto& prefix : prefixes->get_array()) {
      if (prefix.is_string()) page.folders.emplace_back(prefix.get_string());
    }
  }
  const auto* const items = answer.if_contains("items");
  if (items == nullptr) return page;
  if (!items->is_array()) return Fail(ErrorKind::kCorrupt, "the listing's items are no list");
  page.objects.reserve(items->get_array().size());
  for (const auto& item : items->get_array()) {
    SLUICE_TRY(auto meta, ReadObject(item));
    page.objects.push_back(std::move(meta));
  }
  return page;
}

Status GcsDialect::Authorize(net::HttpRequest* request) const {
  if (!user_project_.empty()) request->headers.emplace_back("x-goog-user-project", user_project_);
  if (tokens_ == nullptr) return {};
  SLUICE_TRY(const auto token, tokens_->Get());
  request->headers.emplace_back("Authorization", "Bearer " + token.value);
  return {};
}

Refusal GcsDialect::ReadRefusal(const net::HttpResponse& answer) const {
  Refusal refusal;
  if (const auto json = ParseJsonObject(answer.body)) {
    refusal = ReadJsonRefusal(*json, answer.status);
  } else if (const auto xml = XmlDocument::Parse(answer.body, "Error")) {
    refusal = ReadXmlRefusal(xml->root());
  }
  refusal.stale = answer.status == 401 && tokens_ != nullptr;
  return refusal;
}

void GcsDialect::Learn(const net::HttpResponse& /*answer*/) const {
  if (tokens_ != nullptr) tokens_->Refused();
}

}  // namespace sluice::storage
