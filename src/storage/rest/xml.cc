#include "storage/rest/xml.h"

#include <charconv>
#include <utility>

#include "base/encoding.h"

namespace sluice::storage {
namespace {

/// Parsed, a byte can become sixteen.
constexpr std::size_t kMaxBytes = std::size_t{16} << 20;

/// pugixml knows the five entities of XML and characters by number, and takes no others. A text of
/// blanks alone counts: it may be the name of an object.
constexpr unsigned kFlags = pugi::parse_cdata | pugi::parse_escapes | pugi::parse_eol |
                            pugi::parse_ws_pcdata_single | pugi::parse_doctype;

}  // namespace

Result<XmlDocument> XmlDocument::Parse(std::string_view text, std::string_view root) {
  if (text.size() > kMaxBytes) {
    return Fail(ErrorKind::kTooLarge, "an XML answer of {} bytes, at most {} are read", text.size(),
                kMaxBytes);
  }
  if (text.find('\0') != std::string_view::npos || !IsUtf8(text)) {
    return Fail(ErrorKind::kCorrupt, "the answer is no XML in UTF-8");
  }
  auto document = std::make_unique<pugi::xml_document>();
  const auto parsed = document->load_buffer(text.data(), text.size(), kFlags, pugi::encoding_utf8);
  if (!parsed) {
    return Fail(ErrorKind::kCorrupt, "the answer is no XML: {} at byte {}", parsed.description(),
                parsed.offset);
  }
  for (const auto& node : document->children()) {
    if (node.type() == pugi::node_doctype) {
      return Fail(ErrorKind::kCorrupt, "the answer is XML with a document type");
    }
  }
  const std::string_view name = document->document_element().name();
  if (!root.empty() && name != root) {
    return Fail(ErrorKind::kCorrupt, "the answer is XML of '{}' instead of '{}'",
                Printable(name, 64), root);
  }
  return XmlDocument(std::move(document));
}

std::string_view XmlText(const pugi::xml_node& node, const char* name) {
  return node.child_value(name);
}

std::optional<std::int64_t> XmlNumber(const pugi::xml_node& node, const char* name) {
  const std::string_view text = XmlText(node, name);
  std::int64_t value = -1;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || value < 0) {
    return std::nullopt;
  }
  return value;
}

}  // namespace sluice::storage
