#include "catalog/catalog.h"

#include "base/ascii.h"
#include "base/code_points.h"
#include "base/encoding.h"
#include "base/hash.h"

namespace sluice::catalog {
namespace {

constexpr std::size_t kMaxNameBytes = 255;

Status CheckName(std::string_view kind, std::string_view name, bool dot_allowed) {
  if (name.empty()) return Fail(ErrorKind::kInvalidArgument, "a {} name must not be empty", kind);
  if (name.size() > kMaxNameBytes) {
    return Fail(ErrorKind::kInvalidArgument, "a {} name must not exceed {} bytes; this has {}",
                kind, kMaxNameBytes, name.size());
  }
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (c == ' ' || c == '/' || (c == '.' && !dot_allowed)) {
      return Fail(ErrorKind::kInvalidArgument, "a {} name must not hold '{}' (character {})", kind,
                  name[i], i + 1);
    }
  }
  return CheckNoControlPoint(fmt::format("a {} name", kind), name);
}

}  // namespace

Status CheckShareName(std::string_view name) {
  return CheckName("share", name, true);
}

Status CheckSchemaOrTableName(std::string_view name) {
  return CheckName("schema or table", name, false);
}

std::string FoldName(std::string_view name) {
  return ToLower(name);
}

bool SameName(std::string_view a, std::string_view b) {
  return EqualsIgnoreCase(a, b);
}

std::string DerivedTableId(std::string_view domain, std::string_view identity) {
  std::string text(domain);
  text += '\n';
  text += identity;
  return Sha256Hex(text).substr(0, 32);
}

tl::unexpected<Error> NoShare(std::string_view share) {
  return Fail(ErrorKind::kNotFound, "share '{}' does not exist", Printable(share, kMaxNameBytes));
}

tl::unexpected<Error> NoSchema(std::string_view share, std::string_view schema) {
  return Fail(ErrorKind::kNotFound, "schema '{}.{}' does not exist",
              Printable(share, kMaxNameBytes), Printable(schema, kMaxNameBytes));
}

tl::unexpected<Error> NoTable(std::string_view share, std::string_view schema,
                              std::string_view table) {
  return Fail(ErrorKind::kNotFound, "table '{}.{}.{}' does not exist",
              Printable(share, kMaxNameBytes), Printable(schema, kMaxNameBytes),
              Printable(table, kMaxNameBytes));
}

}  // namespace sluice::catalog
