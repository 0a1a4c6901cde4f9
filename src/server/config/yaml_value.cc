#include "server/config/yaml_value.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <set>
#include <vector>

#include "base/ascii.h"
#include "base/encoding.h"
#include "base/plain_text.h"

namespace sluice::config {
namespace {

constexpr std::size_t kMaxScalarBytes = std::size_t{64} << 10;
constexpr std::size_t kMaxShownBytes = 64;

/// Edits that turn `a` into `b`, without case. Both are short.
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (ToLower(a[i]) == ToLower(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view NearestKey(std::string_view key, std::span<const YamlField> fields) {
  if (key.size() > kMaxShownBytes) return {};
  std::string_view best;
  std::size_t least = std::max<std::size_t>(2, key.size() / 3) + 1;
  for (const auto& field : fields) {
    const std::size_t distance = Distance(key, field.key);
    if (distance >= least) continue;
    least = distance;
    best = field.key;
  }
  return best;
}

tl::unexpected<Error> YamlValue::Refuse(ErrorKind kind, std::string_view reason) const {
  return Fail(kind, "{}:{}:{}: {}{}{}", file_, mark_.line + 1, mark_.column + 1, path_,
              path_.empty() ? "" : ": ", reason);
}

YamlValue YamlValue::Below(const YAML::Node& node, YAML::Mark fallback,
                           std::string_view key) const {
  const YAML::Mark own = node.Mark();
  const YAML::Mark mark = own.is_null() || node.IsNull() ? fallback : own;
  std::string path = path_;
  if (!path.empty() && !key.starts_with('[')) path += '.';
  path += key;
  return {node, mark, std::move(path), file_};
}

Result<std::string> YamlValue::Text() const {
  if (!node_.IsScalar()) return Refuse("must be text");
  const std::string& text = node_.Scalar();
  if (text.size() > kMaxScalarBytes) return Refuse("is too long");
  if (HasControls(text)) return Refuse("must not hold control characters or line breaks");
  return text;
}

Result<std::string> YamlValue::NonEmptyText() const {
  if (IsNull()) return Refuse("must not be empty");
  SLUICE_TRY(std::string text, Text());
  if (text.empty()) return Refuse("must not be empty");
  return text;
}

Result<std::int64_t> YamlValue::Integer(std::int64_t least, std::int64_t most) const {
  std::int64_t value = 0;
  if (!node_.IsScalar()) return Refuse("must be a whole number");
  const std::string& text = node_.Scalar();
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  const bool whole = parsed.ptr == end && !text.empty();
  if (!whole || parsed.ec == std::errc::invalid_argument) return Refuse("must be a whole number");
  if (parsed.ec != std::errc() || value < least || value > most) {
    return Refuse(fmt::format("must be from {} to {}", least, most));
  }
  return value;
}

Result<bool> YamlValue::Bool() const {
  if (node_.IsScalar()) {
    const std::string& text = node_.Scalar();
    for (const std::string_view yes : {"true", "True", "TRUE"}) {
      if (text == yes) return true;
    }
    for (const std::string_view no : {"false", "False", "FALSE"}) {
      if (text == no) return false;
    }
  }
  return Refuse("must be true or false");
}

Status YamlValue::ReadEntries(const std::function<Status(const YamlEntry&)>& read) const {
  if (!node_.IsMap()) return Refuse("must be a mapping of keys to values");
  std::set<std::string_view> seen;
  for (const auto& pair : node_) {
    const YAML::Node& key = pair.first;
    if (!key.IsScalar()) return Below(key, mark_, "").Refuse("a key must be text");
    const std::string& name = key.Scalar();
    // There a key may be a token in the wrong place.
    const bool secret = path_.starts_with("authorization");
    const std::string shown = secret ? "…" : Printable(name, kMaxShownBytes);
    const YamlEntry entry{name, Below(key, mark_, shown), Below(pair.second, key.Mark(), name)};
    if (!seen.insert(name).second) return entry.key.Refuse("this key is there twice");
    SLUICE_RETURN_IF_ERROR(read(entry));
  }
  return {};
}

Status YamlValue::ReadMap(std::span<const YamlField> fields) const {
  std::set<std::string_view> seen;
  const auto read = [&](const YamlEntry& entry) -> Status {
    const auto field = std::find_if(fields.begin(), fields.end(),
                                    [&](const YamlField& f) { return f.key == entry.name; });
    if (field != fields.end()) {
      seen.insert(field->key);
      return field->read(entry.value);
    }
    const std::string_view nearest = NearestKey(entry.name, fields);
    return entry.key.Refuse(nearest.empty()
                                ? std::string("unknown key")
                                : fmt::format("unknown key; did you mean '{}'?", nearest));
  };
  SLUICE_RETURN_IF_ERROR(ReadEntries(read));
  for (const auto& field : fields) {
    if (!field.required || seen.contains(field.key)) continue;
    return Refuse(fmt::format("'{}' is missing", field.key));
  }
  return {};
}

Status YamlValue::ReadList(const std::function<Status(const YamlValue&)>& read) const {
  if (IsNull()) return {};
  if (!node_.IsSequence()) return Refuse("must be a list");
  std::size_t index = 0;
  for (const auto& item : node_) {
    SLUICE_RETURN_IF_ERROR(read(Below(item, mark_, fmt::format("[{}]", index++))));
  }
  return {};
}

std::function<Status(const YamlValue&)> Into(std::string* out) {
  return [out](const YamlValue& value) -> Status {
    if (value.IsNull()) return {};
    SLUICE_TRY(*out, value.Text());
    return {};
  };
}

std::function<Status(const YamlValue&)> Into(bool* out) {
  return [out](const YamlValue& value) -> Status {
    if (value.IsNull()) return {};
    SLUICE_TRY(*out, value.Bool());
    return {};
  };
}

std::function<Status(const YamlValue&)> Into(std::int64_t* out, std::int64_t least,
                                             std::int64_t most) {
  return [=](const YamlValue& value) -> Status {
    if (value.IsNull()) return {};
    SLUICE_TRY(*out, value.Integer(least, most));
    return {};
  };
}

}  // namespace sluice::config
