#include "base/encoding.h"
#include "protocol/profile.h"

namespace sluice::protocol {

Result<TableName> ParseTableName(std::string_view text) {
  const std::size_t last = text.rfind('.');
  const std::size_t middle =
      last == std::string_view::npos || last == 0 ? last : text.rfind('.', last - 1);
  TableName name;
  if (last != std::string_view::npos && middle != std::string_view::npos && middle < last) {
    name.share = text.substr(0, middle);
    name.schema = text.substr(middle + 1, last - middle - 1);
    name.table = text.substr(last + 1);
  }
  if (name.share.empty() || name.schema.empty() || name.table.empty()) {
    return Fail(ErrorKind::kInvalidArgument, "'{}' is not of the form share.schema.table",
                Printable(text, 800));
  }
  return name;
}

Result<TableUrl> ParseTableUrl(std::string_view url) {
  const std::size_t hash = url.rfind('#');
  if (hash == std::string_view::npos || hash == 0) {
    return Fail(ErrorKind::kInvalidArgument, "'{}' is not of the form profile#share.schema.table",
                Printable(url, 800));
  }
  TableUrl out;
  out.profile = url.substr(0, hash);
  SLUICE_TRY(out.table, ParseTableName(url.substr(hash + 1)));
  return out;
}

}  // namespace sluice::protocol
