// A value in a YAML file that knows its place, so that every complaint names it. Not part of the
// folder's interface. May throw YAML::Exception; ParseConfig catches it.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::config {

class YamlValue;
struct YamlEntry;

/// A key that a mapping may have, and what to do with its value.
struct YamlField {
  std::string_view key;
  std::function<Status(const YamlValue&)> read;
  bool required = false;
};

/// Cheap to copy; does not outlive the file name and the document.
class YamlValue {
 public:
  /// `path` is the key with those it stands below ("ssl.certificateFile"), empty at the root.
  YamlValue(const YAML::Node& node, YAML::Mark mark, std::string path, std::string_view file)
      : node_(node), mark_(mark), path_(std::move(path)), file_(file) {}

  bool IsNull() const { return node_.IsNull(); }
  bool IsMap() const { return node_.IsMap(); }
  bool IsList() const { return node_.IsSequence(); }
  /// "file:line:column: path: reason".
  tl::unexpected<Error> Refuse(ErrorKind kind, std::string_view reason) const;
  tl::unexpected<Error> Refuse(std::string_view reason) const {
    return Refuse(ErrorKind::kInvalidArgument, reason);
  }

  /// A scalar of at most 64 KiB without control characters; numbers are text too.
  Result<std::string> Text() const;
  /// Text that is not empty.
  Result<std::string> NonEmptyText() const;
  Result<std::int64_t> Integer(std::int64_t least, std::int64_t most) const;
  /// true or false in any of YAML's capitalizations.
  Result<bool> Bool() const;

  /// Calls the reader of every field that is there, in the order of the file. Refuses unknown and
  /// duplicate keys, what is no mapping, and the lack of a required key.
  Status ReadMap(std::span<const YamlField> fields) const;
  /// Calls `read` for every entry, in the order of the file. Refuses what is no mapping and
  /// duplicate keys.
  Status ReadEntries(const std::function<Status(const YamlEntry&)>& read) const;
  /// Null is the empty list.
  Status ReadList(const std::function<Status(const YamlValue&)>& read) const;

 private:
  YamlValue Below(const YAML::Node& node, YAML::Mark fallback, std::string_view key) const;

  YAML::Node node_;
  YAML::Mark mark_;
  std::string path_;
  std::string_view file_;
};

struct YamlEntry {
  std::string name;
  YamlValue key;  ///< For complaints about the name.
  YamlValue value;
};

/// Readers of one value into a variable; null leaves it as it is.
std::function<Status(const YamlValue&)> Into(std::string* out);
std::function<Status(const YamlValue&)> Into(bool* out);
std::function<Status(const YamlValue&)> Into(std::int64_t* out, std::int64_t least,
                                             std::int64_t most);

/// The known key nearest to `key`, or empty when none is near.
std::string_view NearestKey(std::string_view key, std::span<const YamlField> fields);

}  // namespace sluice::config
