// XML that a store sends, which may be anything.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <pugixml.hpp>
#include <string_view>

#include "base/result.h"

namespace sluice::storage {

/// A document; nodes and texts got from it live as long as it does. Movable.
class XmlDocument {
 public:
  /// Errors: kTooLarge beyond 16 MiB of `text`, kCorrupt for what is no XML in UTF-8, for a
  /// document type (no store sends one, and entities come with it) and for a root other than `root`
  /// (any, where that is empty).
  static Result<XmlDocument> Parse(std::string_view text, std::string_view root = {});

  pugi::xml_node root() const { return document_->document_element(); }

 private:
  explicit XmlDocument(std::unique_ptr<pugi::xml_document> document)
      : document_(std::move(document)) {}

  std::unique_ptr<pugi::xml_document> document_;
};

/// The text of the first child `name` of `node`; empty where there is none.
std::string_view XmlText(const pugi::xml_node& node, const char* name);

/// The same as a number from 0; nothing where it is none.
std::optional<std::int64_t> XmlNumber(const pugi::xml_node& node, const char* name);

}  // namespace sluice::storage
