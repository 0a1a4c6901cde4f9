#include "client/file_source.h"

#include <string_view>

namespace sluice::client {
namespace {

std::string_view NameOf(protocol::FileKind kind) {
  switch (kind) {
    case protocol::FileKind::kAdd:
      return "added";
    case protocol::FileKind::kRemove:
      return "removed";
    default:
      return "of changes";
  }
}

}  // namespace

std::string KeyOf(const protocol::File& file) {
  if (file.kind == protocol::FileKind::kFile) return file.id;
  return fmt::format("{} ({}, version {})", file.id, NameOf(file.kind), file.version.value_or(-1));
}

Status Give(const GivenFiles& given, const ListingSink& sink) {
  SLUICE_RETURN_IF_ERROR(sink.on_table(given.table));
  for (const protocol::File& file : given.files) SLUICE_RETURN_IF_ERROR(sink.on_file(file));
  return {};
}

}  // namespace sluice::client
