#include "storage/azure/blob_dialect.h"

#include "base/ascii.h"
#include "base/clock.h"
#include "base/uri.h"
#include "storage/rest/xml.h"

namespace sluice::storage {
namespace {

constexpr std::string_view kFolderMark = "hdi_isfolder";

/// Names that XML cannot hold come percent-encoded, and say so.
Result<std::string> NameOf(const pugi::xml_node& blob) {
  const std::string_view text = XmlText(blob, "Name");
  if (!EqualsIgnoreCase(blob.child("Name").attribute("Encoded").value(), "true")) {
    return std::string(text);
  }
  return PercentDecode(text);
}

/// Folders of hierarchical accounts, and objects that tools for accounts without folders make for
/// them.
bool MarksFolder(const pugi::xml_node& blob) {
  if (EqualsIgnoreCase(XmlText(blob.child("Properties"), "ResourceType"), "directory")) return true;
  for (const auto& entry : blob.child("Metadata").children()) {
    if (EqualsIgnoreCase(entry.name(), kFolderMark)) {
      return EqualsIgnoreCase(entry.text().get(), "true");
    }
  }
  return false;
}

Result<ObjectMeta> ReadBlob(const pugi::xml_node& blob) {
  ObjectMeta out;
  auto name = NameOf(blob);
  const auto properties = blob.child("Properties");
  const auto size = XmlNumber(properties, "Content-Length");
  if (!name || name->empty() || !size) {
    return Fail(ErrorKind::kCorrupt, "the listing has an entry without a name or a size");
  }
  out.key = *std::move(name);
  out.size = *size;
  out.modified_ms = ParseHttpDate(XmlText(properties, "Last-Modified")).value_or(0) * 1000;
  return out;
}

}  // namespace

std::string ContainerUrl(const AzureAccount& account, std::string_view container) {
  return account.url + "/" + PercentEncode(container);
}

BlobDialect::BlobDialect(std::shared_ptr<const BlobService> service, std::string_view container)
    : service_(std::move(service)), url_(ContainerUrl(service_->account(), container)) {}

net::HttpRequest BlobDialect::ForObject(std::string_view method, std::string_view name) const {
  net::HttpRequest out;
  out.method = method;
  out.url = url_ + "/" + PercentEncode(name, true);
  return out;
}

net::HttpRequest BlobDialect::ForListing(const ListQuery& query) const {
  net::HttpRequest out;
  out.url = url_ + "?restype=container&comp=list&include=metadata&maxresults=5000";
  if (!query.recursive) out.url += "&delimiter=%2F";
  if (!query.prefix.empty()) out.url += "&prefix=" + PercentEncode(query.prefix);
  if (!query.token.empty()) out.url += "&marker=" + PercentEncode(query.token);
  return out;
}

Result<ListPage> BlobDialect::ReadListing(std::string_view body) const {
  SLUICE_TRY(const auto document, XmlDocument::Parse(body, "EnumerationResults"));
  const auto blobs = document.root().child("Blobs");
  if (!blobs) return Fail(ErrorKind::kCorrupt, "the listing has no Blobs");
  ListPage out;
  for (const auto& blob : blobs.children("Blob")) {
    if (MarksFolder(blob)) continue;
    SLUICE_TRY(auto meta, ReadBlob(blob));
    out.objects.push_back(std::move(meta));
  }
  for (const auto& folder : blobs.children("BlobPrefix")) {
    SLUICE_TRY(out.folders.emplace_back(), NameOf(folder));
  }
  out.next = XmlText(document.root(), "NextMarker");
  return out;
}

bool BlobDialect::IsFolder(const net::HttpResponse& answer) const {
  return EqualsIgnoreCase(answer.Get("x-ms-resource-type"), "directory") ||
         EqualsIgnoreCase(answer.Get("x-ms-meta-hdi_isfolder"), "true");
}

}  // namespace sluice::storage
