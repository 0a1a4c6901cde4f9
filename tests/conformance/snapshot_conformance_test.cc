// Every real table: the snapshot of the log engine against what the reference reads, and old
// versions against what a second reader lists.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <set>

#include "base/uri.h"
#include "delta/table.h"
#include "real_tables.h"
#include "storage/local_store.h"

namespace sluice::conformance {

void PrintTo(const RealTable& table, std::ostream* out) {
  *out << table.name;
}

namespace {

namespace json = boost::json;

/// Kinds of this program that answer to a kind of refusal in the manifest.
const std::map<std::string, std::set<ErrorKind>> kRefusals = {
    {"checkpoint_missing_or_corrupt", {ErrorKind::kDataMissing, ErrorKind::kCorrupt}},
    {"log_gap_or_truncated", {ErrorKind::kDataMissing}},
    {"malformed_log", {ErrorKind::kCorrupt}},
    {"missing_protocol_or_metadata", {ErrorKind::kCorrupt}},
    {"invalid_protocol_action", {ErrorKind::kCorrupt}},
    {"bad_schema", {ErrorKind::kCorrupt}},
    {"unsupported_protocol_or_feature", {ErrorKind::kUnsupported}},
    {"unsupported_type", {ErrorKind::kUnsupported}},
    {"invalid_path", {ErrorKind::kCorrupt, ErrorKind::kUnsupported}},
    {"not_a_table", {ErrorKind::kNotFound}},
};

/// Readable for the reference, refused here.
const std::map<std::string, std::string> kRefusedHere = {};

/// Refused by the reference, read here.
const std::map<std::string, std::string> kReadHere = {
    {"drs__table-with-domain-metadata",
     "a checkpoint is the complete state of its version; the commit of that version is not needed"},
    {"krs__timestamp-partitioned-table",
     "'time=1971-07-22T03:06:40/…' is a relative path: '=' cannot be part of a scheme"},
};

struct Tally {
  int equal = 0;
  int versions_equal = 0;
  std::map<std::string, std::string> refused;
};

Tally& TheTally() {
  static Tally tally;
  return tally;
}

std::string TextOf(const json::value& value) {
  return json::value_to<std::string>(value);
}

/// As logged; none where the deletion vector claims more rows than there are.
std::optional<std::int64_t> RecordsOf(const json::object& file) {
  const auto& records = file.at("numRecords");
  if (!records.is_int64()) return std::nullopt;
  const auto& vector = file.at("deletionVector");
  if (!vector.is_null() &&
      vector.at("cardinality").to_number<std::int64_t>() > records.as_int64()) {
    return std::nullopt;
  }
  return records.as_int64();
}

/// A file as one line of text; equal files give equal lines.
std::string Describe(const json::object& file, const std::vector<std::string>& partition_columns) {
  std::string line = fmt::format("{} size={} time={}", TextOf(file.at("path")),
                                 file.at("size").to_number<std::int64_t>(),
                                 file.at("modificationTime").to_number<std::int64_t>());
  const auto& values = file.at("partitionValues").as_object();
  for (const auto& column : partition_columns) {
    const auto* value = values.if_contains(column);
    const bool null = value == nullptr || value->is_null() || TextOf(*value).empty();
    line += fmt::format(" {}={}", column, null ? "<null>" : TextOf(*value));
  }
  if (const auto& vector = file.at("deletionVector"); !vector.is_null()) {
    line += fmt::format(" dv={}{}", TextOf(vector.at("storageType")),
                        TextOf(vector.at("pathOrInlineDv")));
    if (!vector.at("offset").is_null()) {
      line += fmt::format("@{}", vector.at("offset").to_number<std::int64_t>());
    }
    line += fmt::format(" {}/{}", vector.at("sizeInBytes").to_number<std::int64_t>(),
                        vector.at("cardinality").to_number<std::int64_t>());
  }
  if (const auto& id = file.at("baseRowId"); !id.is_null()) {
    line += fmt::format(" row={}", id.to_number<std::int64_t>());
  }
  const auto records = RecordsOf(file);
  if (records) line += fmt::format(" records={}", *records);
  return line;
}

std::string Describe(const delta::FileBatch& batch, std::int64_t index,
                     const std::vector<std::string>& partition_columns) {
  const auto row = batch.Row(index);
  std::string line = fmt::format("{} size={} time={}", row.path, row.size, row.modification_time);
  for (std::size_t i = 0; i < partition_columns.size(); ++i) {
    const auto value = batch.PartitionValueAt(i, index).value_or("");
    line += fmt::format(" {}={}", partition_columns[i], value.empty() ? "<null>" : value);
  }
  const auto vector = batch.DeletionVectorAt(index);
  if (vector) {
    line +=
        fmt::format(" dv={} {}/{}", vector->UniqueId(), vector->size_in_bytes, vector->cardinality);
  }
  if (row.base_row_id) line += fmt::format(" row={}", *row.base_row_id);
  if (const auto records = batch.NumRecordsAt(index)) {
    line += fmt::format(" records={}", *records + (vector ? vector->cardinality : 0));
  }
  return line;
}

template <typename Visit>
void ForEachLive(const delta::Snapshot& snapshot, const Visit& visit) {
  for (const auto& batch : snapshot.batches()) {
    for (std::int64_t row = 0; row < batch.files->num_rows(); ++row) {
      if (batch.IsLive(row)) visit(*batch.files, row);
    }
  }
}

std::vector<std::string> PhysicalColumns(const delta::Snapshot& snapshot) {
  std::vector<std::string> names;
  for (const auto& column : snapshot.metadata().partition_columns) {
    const auto* field = snapshot.schema().Find(column);
    names.push_back(field == nullptr ? column : field->physical_name);
  }
  return names;
}

void ExpectSameFiles(const delta::Snapshot& snapshot, const json::value& expected) {
  const auto columns = PhysicalColumns(snapshot);
  std::vector<std::string> ours;
  std::vector<std::string> theirs;
  ForEachLive(snapshot,
              [&](const auto& batch, auto row) { ours.push_back(Describe(batch, row, columns)); });
  for (const auto& file : expected.at("files").as_array()) {
    theirs.push_back(Describe(file.as_object(), columns));
  }
  std::sort(ours.begin(), ours.end());
  std::sort(theirs.begin(), theirs.end());
  EXPECT_THAT(ours, testing::ElementsAreArray(theirs));
  EXPECT_EQ(snapshot.num_files(), expected.at("numFiles").to_number<std::int64_t>());
  EXPECT_EQ(snapshot.size_bytes(), expected.at("sizeInBytes").to_number<std::int64_t>());
}

std::vector<std::string> Sorted(std::vector<std::string> texts) {
  std::sort(texts.begin(), texts.end());
  return texts;
}

std::vector<std::string> Features(const json::value& protocol, const char* key) {
  const auto* features = protocol.as_object().if_contains(key);
  if (features == nullptr || features->is_null()) return {};
  return Sorted(json::value_to<std::vector<std::string>>(*features));
}

void ExpectSameProtocol(const delta::Protocol& protocol, const json::value& expected) {
  EXPECT_EQ(protocol.min_reader_version, expected.at("minReaderVersion").as_int64());
  EXPECT_EQ(protocol.min_writer_version, expected.at("minWriterVersion").as_int64());
  EXPECT_EQ(Sorted(protocol.reader_features.value_or(std::vector<std::string>())),
            Features(expected, "readerFeatures"));
  EXPECT_EQ(Sorted(protocol.writer_features.value_or(std::vector<std::string>())),
            Features(expected, "writerFeatures"));
}

void ExpectSameMetadata(const delta::Metadata& metadata, const json::value& expected) {
  EXPECT_EQ(metadata.id, TextOf(expected.at("id")));
  const auto* schema = expected.as_object().if_contains("schemaString");
  EXPECT_EQ(metadata.schema_string, schema == nullptr ? "" : TextOf(*schema));
  EXPECT_EQ(metadata.partition_columns,
            json::value_to<std::vector<std::string>>(expected.at("partitionColumns")));
  std::map<std::string, std::string> theirs;
  for (const auto& [key, value] : expected.at("configuration").as_object()) {
    theirs.emplace(key, TextOf(value));
  }
  const std::map<std::string, std::string> ours(metadata.configuration.begin(),
                                                metadata.configuration.end());
  EXPECT_EQ(ours, theirs);
  const auto* created = expected.as_object().if_contains("createdTime");
  EXPECT_EQ(metadata.created_time.value_or(-1),
            created == nullptr || created->is_null() ? -1 : created->to_number<std::int64_t>());
}

void ExpectSameSnapshot(const delta::Snapshot& snapshot, const json::value& expected) {
  EXPECT_EQ(snapshot.version(), expected.at("version").to_number<std::int64_t>());
  ExpectSameProtocol(snapshot.protocol(), expected.at("protocol"));
  ExpectSameMetadata(snapshot.metadata(), expected.at("metadata"));
  ExpectSameFiles(snapshot, expected);
  if (const auto* time = expected.as_object().if_contains("inCommitTimestamp")) {
    EXPECT_EQ(snapshot.timestamp_ms(), time->to_number<std::int64_t>());
  }
}

/// The second reader shows paths decoded.
std::vector<std::string> LivePaths(const delta::Snapshot& snapshot) {
  std::vector<std::string> paths;
  ForEachLive(snapshot, [&](const auto& batch, auto row) {
    const auto path = batch.path->GetView(row);
    paths.push_back(PercentDecode(path).value_or(std::string(path)));
  });
  return Sorted(std::move(paths));
}

std::vector<std::string> DecodedPaths(const json::value& expected) {
  std::vector<std::string> paths;
  for (const auto& path : expected.as_array()) {
    paths.push_back(PercentDecode(TextOf(path)).value_or(TextOf(path)));
  }
  return Sorted(std::move(paths));
}

void ExpectSameVersions(delta::Table& table, const json::object& versions) {
  for (const auto& [text, expected] : versions) {
    const auto version = std::stoll(std::string(text));
    if (expected.as_object().contains("error")) continue;
    const auto snapshot = table.AtVersion(version);
    ASSERT_TRUE(snapshot) << "version " << version << ": " << snapshot.error().message;
    EXPECT_EQ((*snapshot)->version(), version);
    EXPECT_EQ((*snapshot)->num_files(), expected.at("numFiles").to_number<std::int64_t>());
    if (const auto& paths = expected.at("paths"); !paths.is_null()) {  // Left out where many.
      EXPECT_EQ(LivePaths(**snapshot), DecodedPaths(paths)) << "version " << version;
    }
    EXPECT_EQ((*snapshot)->size_bytes(), expected.at("sizeInBytes").to_number<std::int64_t>());
    ++TheTally().versions_equal;
  }
}

void ExpectRefusal(const RealTable& table, const Result<delta::SnapshotPtr>& snapshot) {
  if (kReadHere.contains(table.name)) {
    EXPECT_TRUE(snapshot) << snapshot.error().message;
    return;
  }
  ASSERT_FALSE(snapshot) << "must be refused: " << *table.snapshot_error;
  EXPECT_TRUE(kRefusals.at(*table.snapshot_error).contains(snapshot.error().kind))
      << *table.snapshot_error << " but " << KindName(snapshot.error().kind) << ": "
      << snapshot.error().message;
  TheTally().refused[table.name] = snapshot.error().message;
}

class SnapshotConformance : public testing::TestWithParam<RealTable> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SnapshotConformance);

TEST_P(SnapshotConformance, EqualsTheReference) {
  const auto& real = GetParam();
  const auto store = storage::OpenLocalStore(real.TableFolder());
  ASSERT_TRUE(store) << store.error().message;
  ThreadPool pool(2);
  const auto table = delta::Table::Make(*store, {.pool = &pool});
  const auto snapshot = table->Latest();
  if (real.snapshot_error) {
    ExpectRefusal(real, snapshot);
    return;
  }
  if (const auto reason = kRefusedHere.find(real.name); reason != kRefusedHere.end()) {
    ASSERT_FALSE(snapshot) << "is read now; take it off the list: " << reason->second;
    TheTally().refused[real.name] = reason->second;
    return;
  }
  ASSERT_TRUE(snapshot) << KindName(snapshot.error().kind) << ": " << snapshot.error().message;
  const auto expected = real.Expected("files.json");
  ASSERT_TRUE(expected) << "no expected/files.json";
  ExpectSameSnapshot(**snapshot, *expected);
  if (const auto versions = real.Expected("versions.json")) {
    ExpectSameVersions(*table, versions->at("versions").as_object());
  }
  if (!HasFailure()) ++TheTally().equal;
}

INSTANTIATE_TEST_SUITE_P(RealTables, SnapshotConformance, testing::ValuesIn(LoadRealTables()),
                         [](const auto& info) {
                           std::string name = info.param.name;
                           std::replace_if(
                               name.begin(), name.end(),
                               [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
                           return name;
                         });

class Report : public testing::Environment {
  void TearDown() override {
    if (LoadRealTables().empty()) {
      std::cout << "skipped: no real tables on this machine (SLUICE_TABLES)\n";
      return;
    }
    const auto& tally = TheTally();
    std::cout << tally.equal << " snapshots equal, " << tally.versions_equal
              << " old versions equal, " << kReadHere.size() << " read beyond the reference, "
              << tally.refused.size() << " refused:\n";
    for (const auto& [name, reason] : tally.refused) {
      std::cout << "  " << name << ": " << reason << "\n";
    }
  }
};

const auto* const kReport = testing::AddGlobalTestEnvironment(new Report);

}  // namespace
}  // namespace sluice::conformance
