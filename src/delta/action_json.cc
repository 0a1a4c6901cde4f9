#include "delta/action_json.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <limits>

#include "base/encoding.h"

namespace sluice::delta {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::size_t kMaxLineBytes = std::size_t{64} << 20;
constexpr std::size_t kMinCapacity = std::size_t{64} << 10;
constexpr std::size_t kMaxDepth = 100;

/// One member of an action, with what an error needs to name it.
struct Member {
  std::string_view action;
  std::string_view key;
  element value;

  tl::unexpected<Error> Wrong(std::string_view expected) const {
    return Fail(ErrorKind::kCorrupt, "{}.{}: not {}", action, key, expected);
  }
};

Result<std::string> Text(const Member& member) {
  std::string_view text;
  if (member.value.get(text) != simdjson::SUCCESS) return member.Wrong("a string");
  return std::string(text);
}

Result<std::int64_t> Integer(const Member& member) {
  std::int64_t number = 0;
  if (member.value.get(number) != simdjson::SUCCESS) return member.Wrong("an integer");
  return number;
}

Result<std::int64_t> Size(const Member& member) {
  SLUICE_TRY(const auto number, Integer(member));
  if (number < 0) return member.Wrong("a size: it is negative");
  return number;
}

Result<std::int32_t> SmallSize(const Member& member) {
  SLUICE_TRY(const auto number, Size(member));
  if (number > std::numeric_limits<std::int32_t>::max()) return member.Wrong("a 32-bit integer");
  return static_cast<std::int32_t>(number);
}

Result<bool> Boolean(const Member& member) {
  bool flag = false;
  if (member.value.get(flag) != simdjson::SUCCESS) return member.Wrong("true or false");
  return flag;
}

Result<std::vector<std::string>> Texts(const Member& member) {
  simdjson::dom::array array;
  if (member.value.get(array) != simdjson::SUCCESS) return member.Wrong("an array of strings");
  std::vector<std::string> texts;
  for (const element item : array) {
    std::string_view text;
    if (item.get(text) != simdjson::SUCCESS) return member.Wrong("an array of strings");
    texts.emplace_back(text);
  }
  return texts;
}

Result<std::vector<PartitionValue>> NullableMap(const Member& member) {
  object map;
  if (member.value.get(map) != simdjson::SUCCESS) return member.Wrong("an object of strings");
  std::vector<PartitionValue> values;
  for (const auto [key, value] : map) {
    std::string_view text;
    if (value.is_null()) {
      values.emplace_back(key, std::nullopt);
    } else if (value.get(text) == simdjson::SUCCESS) {
      values.emplace_back(key, std::string(text));
    } else {
      return member.Wrong("an object of strings");
    }
  }
  return values;
}

Result<std::vector<Option>> Options(const Member& member) {
  SLUICE_TRY(auto values, NullableMap(member));
  std::vector<Option> options;
  for (auto& [key, value] : values) {
    if (value) options.emplace_back(std::move(key), std::move(*value));
  }
  return options;
}

/// Calls `take(member)` for every member that is not null; `take` returns a Status.
template <typename Take>
Status ForEachMember(std::string_view action, const element& value, Take&& take) {
  object members;
  if (value.get(members) != simdjson::SUCCESS) {
    return Fail(ErrorKind::kCorrupt, "{}: not an object", action);
  }
  for (const auto [key, member] : members) {
    if (member.is_null()) continue;
    SLUICE_RETURN_IF_ERROR(take(Member{action, key, member}));
  }
  return {};
}

tl::unexpected<Error> Missing(std::string_view action, std::string_view key) {
  return Fail(ErrorKind::kCorrupt, "{}.{}: is missing", action, key);
}

Result<DeletionVector> ParseDeletionVector(const Member& outer) {
  DeletionVector vector;
  vector.storage_type = 0;
  bool has_path = false;
  SLUICE_RETURN_IF_ERROR(
      ForEachMember("deletionVector", outer.value, [&](const Member& member) -> Status {
        if (member.key == "storageType") {
          std::string_view type;
          if (member.value.get(type) != simdjson::SUCCESS ||
              (type != "u" && type != "i" && type != "p")) {
            return member.Wrong("one of u, i and p");
          }
          vector.storage_type = type[0];
        } else if (member.key == "pathOrInlineDv") {
          SLUICE_TRY(vector.path_or_inline, Text(member));
          has_path = true;
        } else if (member.key == "offset") {
          SLUICE_TRY(vector.offset, SmallSize(member));
        } else if (member.key == "sizeInBytes") {
          SLUICE_TRY(vector.size_in_bytes, SmallSize(member));
        } else if (member.key == "cardinality") {
          SLUICE_TRY(vector.cardinality, Size(member));
        }
        return {};
      }));
  if (vector.storage_type == 0) return Missing("deletionVector", "storageType");
  if (!has_path) return Missing("deletionVector", "pathOrInlineDv");
  return vector;
}

Result<Action> ParseAdd(const element& value) {
  AddFile add;
  bool has_size = false;
  SLUICE_RETURN_IF_ERROR(ForEachMember("add", value, [&](const Member& member) -> Status {
    if (member.key == "path") {
      SLUICE_TRY(add.path, Text(member));
    } else if (member.key == "partitionValues") {
      SLUICE_TRY(add.partition_values, NullableMap(member));
    } else if (member.key == "size") {
      SLUICE_TRY(add.size, Size(member));
      has_size = true;
    } else if (member.key == "modificationTime") {
      SLUICE_TRY(add.modification_time, Integer(member));
    } else if (member.key == "dataChange") {
      SLUICE_TRY(add.data_change, Boolean(member));
    } else if (member.key == "stats") {
      SLUICE_TRY(add.stats, Text(member));
    } else if (member.key == "deletionVector") {
      SLUICE_TRY(add.deletion_vector, ParseDeletionVector(member));
    } else if (member.key == "baseRowId") {
      SLUICE_TRY(add.base_row_id, Integer(member));
    } else if (member.key == "defaultRowCommitVersion") {
      SLUICE_TRY(add.default_row_commit_version, Integer(member));
    } else if (member.key == "clusteringProvider") {
      SLUICE_TRY(add.clustering_provider, Text(member));
    }
    return {};
  }));
  if (add.path.empty()) return Missing("add", "path");
  if (!has_size) return Missing("add", "size");
  return add;
}

Result<Action> ParseRemove(const element& value) {
  RemoveFile remove;
  SLUICE_RETURN_IF_ERROR(ForEachMember("remove", value, [&](const Member& member) -> Status {
    if (member.key == "path") {
      SLUICE_TRY(remove.path, Text(member));
    } else if (member.key == "deletionVector") {
      SLUICE_TRY(remove.deletion_vector, ParseDeletionVector(member));
    } else if (member.key == "deletionTimestamp") {
      SLUICE_TRY(remove.deletion_timestamp, Integer(member));
    } else if (member.key == "dataChange") {
      SLUICE_TRY(remove.data_change, Boolean(member));
    } else if (member.key == "extendedFileMetadata") {
      SLUICE_TRY(remove.extended_file_metadata, Boolean(member));
    } else if (member.key == "partitionValues") {
      SLUICE_TRY(remove.partition_values, NullableMap(member));
    } else if (member.key == "size") {
      SLUICE_TRY(remove.size, Size(member));
    } else if (member.key == "stats") {
      SLUICE_TRY(remove.stats, Text(member));
    } else if (member.key == "baseRowId") {
      SLUICE_TRY(remove.base_row_id, Integer(member));
    } else if (member.key == "defaultRowCommitVersion") {
      SLUICE_TRY(remove.default_row_commit_version, Integer(member));
    }
    return {};
  }));
  if (remove.path.empty()) return Missing("remove", "path");
  return remove;
}

Result<Action> ParseCdc(const element& value) {
  AddCdcFile cdc;
  bool has_size = false;
  SLUICE_RETURN_IF_ERROR(ForEachMember("cdc", value, [&](const Member& member) -> Status {
    if (member.key == "path") {
      SLUICE_TRY(cdc.path, Text(member));
    } else if (member.key == "partitionValues") {
      SLUICE_TRY(cdc.partition_values, NullableMap(member));
    } else if (member.key == "size") {
      SLUICE_TRY(cdc.size, Size(member));
      has_size = true;
    }
    return {};
  }));
  if (cdc.path.empty()) return Missing("cdc", "path");
  if (!has_size) return Missing("cdc", "size");
  return cdc;
}

Status ParseFormat(const Member& outer, Metadata* metadata) {
  return ForEachMember("metaData.format", outer.value, [&](const Member& member) -> Status {
    if (member.key == "provider") {
      SLUICE_TRY(metadata->format_provider, Text(member));
    } else if (member.key == "options") {
      SLUICE_TRY(metadata->format_options, Options(member));
    }
    return {};
  });
}

Result<Action> ParseMetadata(const element& value) {
  Metadata metadata;
  SLUICE_RETURN_IF_ERROR(ForEachMember("metaData", value, [&](const Member& member) -> Status {
    if (member.key == "id") {
      SLUICE_TRY(metadata.id, Text(member));
    } else if (member.key == "name") {
      SLUICE_TRY(metadata.name, Text(member));
    } else if (member.key == "description") {
      SLUICE_TRY(metadata.description, Text(member));
    } else if (member.key == "format") {
      return ParseFormat(member, &metadata);
    } else if (member.key == "schemaString") {
      SLUICE_TRY(metadata.schema_string, Text(member));
    } else if (member.key == "partitionColumns") {
      SLUICE_TRY(metadata.partition_columns, Texts(member));
    } else if (member.key == "configuration") {
      SLUICE_TRY(metadata.configuration, Options(member));
    } else if (member.key == "createdTime") {
      SLUICE_TRY(metadata.created_time, Integer(member));
    }
    return {};
  }));
  if (metadata.id.empty()) return Missing("metaData", "id");
  return metadata;
}

Result<Action> ParseProtocol(const element& value) {
  Protocol protocol;
  bool has_reader = false;
  bool has_writer = false;
  SLUICE_RETURN_IF_ERROR(ForEachMember("protocol", value, [&](const Member& member) -> Status {
    if (member.key == "minReaderVersion") {
      SLUICE_TRY(protocol.min_reader_version, SmallSize(member));
      has_reader = true;
    } else if (member.key == "minWriterVersion") {
      SLUICE_TRY(protocol.min_writer_version, SmallSize(member));
      has_writer = true;
    } else if (member.key == "readerFeatures") {
      SLUICE_TRY(protocol.reader_features, Texts(member));
    } else if (member.key == "writerFeatures") {
      SLUICE_TRY(protocol.writer_features, Texts(member));
    }
    return {};
  }));
  if (!has_reader) return Missing("protocol", "minReaderVersion");
  if (!has_writer) return Missing("protocol", "minWriterVersion");
  return protocol;
}

/// What delta-spark goes by: all three counts are there, and all are "0".
bool IsMergeWithoutChanges(const element& info) {
  std::string_view operation;
  if (info["operation"].get(operation) != simdjson::SUCCESS || operation != "MERGE") return false;
  constexpr std::string_view kCounts[] = {"numTargetRowsInserted", "numTargetRowsUpdated",
                                          "numTargetRowsDeleted"};
  return std::all_of(std::begin(kCounts), std::end(kCounts), [&](std::string_view count) {
    std::string_view text;
    return info["operationMetrics"][count].get(text) == simdjson::SUCCESS && text == "0";
  });
}

/// Provenance is free-form: what does not fit is passed over.
Result<Action> ParseCommitInfo(const element& value) {
  CommitInfo info;
  std::int64_t number = 0;
  if (value["timestamp"].get(number) == simdjson::SUCCESS) info.timestamp = number;
  if (value["inCommitTimestamp"].get(number) == simdjson::SUCCESS) {
    info.in_commit_timestamp = number;
  }
  info.changes_no_row = IsMergeWithoutChanges(value);
  return info;
}

Result<Action> ParseSidecar(const element& value) {
  Sidecar sidecar;
  SLUICE_RETURN_IF_ERROR(ForEachMember("sidecar", value, [&](const Member& member) -> Status {
    if (member.key == "path") {
      SLUICE_TRY(sidecar.path, Text(member));
    } else if (member.key == "sizeInBytes") {
      SLUICE_TRY(sidecar.size_in_bytes, Size(member));
    }
    return {};
  }));
  if (sidecar.path.empty()) return Missing("sidecar", "path");
  return sidecar;
}

/// Provenance may hold any JSON, also numbers past 64 bits, which the parser refuses.
bool IsFreeForm(std::string_view line) {
  constexpr std::string_view kCommitInfo = "{\"commitInfo\":";
  return line.starts_with(kCommitInfo) && line.ends_with('}');
}

Result<Action> ParseNamed(std::string_view name, const element& value) {
  if (name == "add") return ParseAdd(value);
  if (name == "remove") return ParseRemove(value);
  if (name == "cdc") return ParseCdc(value);
  if (name == "metaData") return ParseMetadata(value);
  if (name == "protocol") return ParseProtocol(value);
  if (name == "commitInfo") return ParseCommitInfo(value);
  if (name == "sidecar") return ParseSidecar(value);
  return OtherAction{std::string(name)};
}

}  // namespace

struct ActionParser::Impl {
  simdjson::dom::parser parser{kMaxLineBytes};
  std::vector<char> padded;
};

ActionParser::ActionParser() : impl_(std::make_unique<Impl>()) {}
ActionParser::~ActionParser() = default;

Result<Action> ActionParser::Parse(std::string_view line) {
  if (line.size() > kMaxLineBytes) {
    return Fail(ErrorKind::kTooLarge, "a line of {} bytes; the limit is {}", line.size(),
                kMaxLineBytes);
  }
  auto& padded = impl_->padded;
  if (padded.size() < line.size() + simdjson::SIMDJSON_PADDING) {
    const auto capacity = std::clamp(line.size() * 2, kMinCapacity, kMaxLineBytes);
    padded.resize(capacity + simdjson::SIMDJSON_PADDING);
    if (impl_->parser.allocate(capacity, kMaxDepth) != simdjson::SUCCESS) {
      return Fail(ErrorKind::kTooLarge, "no memory for a line of {} bytes", line.size());
    }
  }
  std::memcpy(padded.data(), line.data(), line.size());
  std::memset(padded.data() + line.size(), 0, simdjson::SIMDJSON_PADDING);
  element root;
  if (const auto code = impl_->parser.parse(padded.data(), line.size(), false).get(root);
      code != simdjson::SUCCESS) {
    if (code == simdjson::NUMBER_ERROR && IsFreeForm(line)) return OtherAction{"commitInfo"};
    return Fail(ErrorKind::kCorrupt, "not JSON, or cut short: {}", simdjson::error_message(code));
  }
  object members;
  if (root.get(members) != simdjson::SUCCESS) {
    return Fail(ErrorKind::kCorrupt, "not a JSON object");
  }
  std::optional<std::pair<std::string_view, element>> found;
  for (const auto [name, value] : members) {
    if (value.is_null()) continue;
    if (found) {
      return Fail(ErrorKind::kCorrupt, "two actions in one line: {} and {}",
                  Printable(found->first, 100), Printable(name, 100));
    }
    found.emplace(name, value);
  }
  if (!found) return OtherAction{};
  return ParseNamed(found->first, found->second);
}

}  // namespace sluice::delta
