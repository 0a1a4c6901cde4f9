// For tests: logs written by hand into a memory store, checkpoints from JSON, and a store that
// counts what is asked of it.
#pragma once

#include <arrow/io/memory.h>
#include <arrow/json/from_string.h>
#include <arrow/table.h>
#include <fmt/format.h>
#include <parquet/arrow/writer.h>

#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "delta/log_file.h"
#include "delta/snapshot.h"
#include "storage/memory_store.h"

namespace sluice::delta::testing {

inline const std::string kProtocolLine =
    R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}})";

/// All columns are strings; the other arguments are JSON members.
inline std::string MetadataLine(const std::vector<std::string>& columns = {"id"},
                                const std::string& partition_columns = "",
                                const std::string& configuration = "") {
  std::string fields;
  for (const auto& name : columns) {
    if (!fields.empty()) fields += ',';
    fields +=
        fmt::format(R"({{"name":"{}","type":"string","nullable":true,"metadata":{{}}}})", name);
  }
  std::string schema = fmt::format(R"({{"type":"struct","fields":[{}]}})", fields);
  std::string escaped;
  for (const char c : schema) escaped += c == '"' ? std::string("\\\"") : std::string(1, c);
  return fmt::format(R"({{"metaData":{{"id":"t1","format":{{"provider":"parquet","options":{{}}}},)"
                     R"("schemaString":"{}","partitionColumns":[{}],"configuration":{{{}}}}}}})",
                     escaped, partition_columns, configuration);
}

struct AddOptions {
  std::string partition_values = {};  ///< JSON members.
  std::string vector = {};            ///< pathOrInlineDv of an inline vector; empty: none.
  std::int64_t size = 10;
  std::int64_t records = 5;
};

inline std::string VectorMember(const std::string& vector) {
  if (vector.empty()) return "";
  return fmt::format(
      R"(,"deletionVector":{{"storageType":"i","pathOrInlineDv":"{}","sizeInBytes":4,"cardinality":1}})",
      vector);
}

inline std::string AddLine(const std::string& path, const AddOptions& options = {}) {
  return fmt::format(
      R"({{"add":{{"path":"{}","partitionValues":{{{}}},"size":{},"modificationTime":1,)"
      R"("dataChange":true,"stats":"{{\"numRecords\":{}}}"{}}}}})",
      path, options.partition_values, options.size, options.records, VectorMember(options.vector));
}

inline std::string RemoveLine(const std::string& path, const std::string& vector = "") {
  return fmt::format(R"({{"remove":{{"path":"{}","dataChange":true{}}}}})", path,
                     VectorMember(vector));
}

/// Counts calls by kind; passes them on.
class CountingStore : public storage::ObjectStore {
 public:
  explicit CountingStore(std::shared_ptr<const storage::ObjectStore> inner)
      : inner_(std::move(inner)) {}

  Result<std::vector<storage::ObjectMeta>> List(std::string_view prefix,
                                                std::string_view start_after) const override {
    ++lists;
    return inner_->List(prefix, start_after);
  }
  Result<storage::FolderListing> ListFolder(std::string_view prefix) const override {
    ++lists;
    return inner_->ListFolder(prefix);
  }
  Result<std::vector<storage::ObjectMeta>> ListRange(
      std::string_view prefix, const storage::KeyRange& range) const override {
    ++lists;
    return inner_->ListRange(prefix, range);
  }
  Result<storage::ObjectMeta> Stat(std::string_view key) const override {
    ++stats;
    if (fail_with) return Fail(*fail_with, "the store is away");
    return inner_->Stat(key);
  }
  Result<std::shared_ptr<arrow::Buffer>> Read(std::string_view key,
                                              std::int64_t max_size) const override {
    ++reads;
    if (before_read) before_read(key);
    return inner_->Read(key, max_size);
  }
  Result<std::shared_ptr<arrow::io::RandomAccessFile>> Open(std::string_view key) const override {
    ++reads;
    if (before_read) before_read(key);
    return inner_->Open(key);
  }
  std::string Describe() const override { return inner_->Describe(); }

  void Reset() { lists = stats = reads = 0; }

  mutable std::atomic<int> lists = 0;
  mutable std::atomic<int> stats = 0;
  mutable std::atomic<int> reads = 0;
  std::optional<ErrorKind> fail_with;
  std::function<void(std::string_view)> before_read;  ///< Called with the key, on any thread.

 private:
  std::shared_ptr<const storage::ObjectStore> inner_;
};

/// A log in memory, commit by commit.
class TestLog {
 public:
  std::shared_ptr<storage::MemoryStore> store = std::make_shared<storage::MemoryStore>();

  /// Joins the lines as the file of `version`; modified at 1000 * (version + 1) unless told.
  void Commit(std::int64_t version, const std::vector<std::string>& lines,
              std::int64_t modified_ms = -1) {
    std::string text;
    for (const auto& line : lines) text += line + "\n";
    Put(CommitKey(version), text, modified_ms < 0 ? 1000 * (version + 1) : modified_ms);
  }

  void Put(const std::string& key, const std::string& bytes, std::int64_t modified_ms = 1) {
    if (const auto put = store->Put(key, bytes, modified_ms); !put) {
      throw std::runtime_error(put.error().message);
    }
  }

  void Remove(const std::string& key) {
    if (const auto removed = store->Remove(key); !removed) {
      throw std::runtime_error(removed.error().message);
    }
  }

  /// Versions 0 to `last`: version 0 creates the table, each later one adds file "f<version>".
  void Appends(std::int64_t last) {
    Commit(0, {kProtocolLine, MetadataLine()});
    for (std::int64_t version = 1; version <= last; ++version) {
      Commit(version, {AddLine(fmt::format("f{}", version))});
    }
  }
};

/// "path" or "path dv=…" of every live file.
inline std::multiset<std::string> LiveFiles(const Snapshot& snapshot) {
  std::multiset<std::string> files;
  for (const auto& batch : snapshot.batches()) {
    for (std::int64_t row = 0; row < batch.files->num_rows(); ++row) {
      if (!batch.IsLive(row)) continue;
      std::string text(batch.files->Row(row).path);
      if (const auto vector = batch.files->DeletionVectorAt(row)) {
        text += " dv=" + vector->UniqueId();
      }
      files.insert(std::move(text));
    }
  }
  return files;
}

inline std::shared_ptr<arrow::DataType> AddType(bool with_stats = true) {
  arrow::FieldVector fields = {
      arrow::field("path", arrow::utf8()),
      arrow::field("partitionValues", arrow::map(arrow::utf8(), arrow::utf8())),
      arrow::field("size", arrow::int64()),
      arrow::field("modificationTime", arrow::int64()),
      arrow::field("dataChange", arrow::boolean()),
      arrow::field("deletionVector",
                   arrow::struct_({arrow::field("storageType", arrow::utf8()),
                                   arrow::field("pathOrInlineDv", arrow::utf8()),
                                   arrow::field("offset", arrow::int32()),
                                   arrow::field("sizeInBytes", arrow::int32()),
                                   arrow::field("cardinality", arrow::int64()),
                                   arrow::field("maxRowIndex", arrow::int64())}))};
  if (with_stats) fields.push_back(arrow::field("stats", arrow::utf8()));
  return arrow::struct_(fields);
}

inline std::shared_ptr<arrow::Schema> CheckpointSchema(
    const std::shared_ptr<arrow::DataType>& add = AddType()) {
  const auto texts = arrow::list(arrow::utf8());
  const auto options = arrow::map(arrow::utf8(), arrow::utf8());
  return arrow::schema({
      arrow::field("protocol", arrow::struct_({arrow::field("minReaderVersion", arrow::int32()),
                                               arrow::field("minWriterVersion", arrow::int32()),
                                               arrow::field("readerFeatures", texts),
                                               arrow::field("writerFeatures", texts)})),
      arrow::field("metaData", arrow::struct_({arrow::field("id", arrow::utf8()),
                                               arrow::field("schemaString", arrow::utf8()),
                                               arrow::field("partitionColumns", texts),
                                               arrow::field("configuration", options)})),
      arrow::field("sidecar", arrow::struct_({arrow::field("path", arrow::utf8()),
                                              arrow::field("sizeInBytes", arrow::int64())})),
      arrow::field("add", add),
      arrow::field("remove", arrow::struct_({arrow::field("path", arrow::utf8())})),
  });
}

/// A Parquet file whose rows are the JSON objects of `rows` (maps as lists of pairs).
inline std::string ParquetOf(const std::shared_ptr<arrow::Schema>& schema,
                             const std::vector<std::string>& rows,
                             std::int64_t rows_per_group = 1024) {
  std::string json = "[";
  for (const auto& row : rows) json += (json.size() > 1 ? "," : "") + row;
  const auto structs =
      arrow::json::ArrayFromJSONString(arrow::struct_(schema->fields()), json + "]").ValueOrDie();
  const auto& array = static_cast<const arrow::StructArray&>(*structs);
  const auto table = arrow::Table::Make(schema, array.fields());
  const auto out = arrow::io::BufferOutputStream::Create().ValueOrDie();
  const auto status =
      parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), out, rows_per_group);
  return status.ok() ? out->Finish().ValueOrDie()->ToString() : status.ToString();
}

inline const std::string kProtocolRow =
    R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}})";

inline std::string MetadataRow(const std::string& partition_columns = "") {
  return fmt::format(
      R"({{"metaData":{{"id":"t1","schemaString":"{{\"type\":\"struct\",\"fields\":[]}}",)"
      R"("partitionColumns":[{}],"configuration":[]}}}})",
      partition_columns);
}

/// `partition_values` as pairs: ["p","1"].
inline std::string AddRow(const std::string& path, const std::string& partition_values = "",
                          const std::string& more = "") {
  return fmt::format(
      R"({{"add":{{"path":"{}","partitionValues":[{}],"size":10,"modificationTime":1,)"
      R"("dataChange":true{}}}}})",
      path, partition_values, more);
}

inline std::string RemoveRow(const std::string& path) {
  return fmt::format(R"({{"remove":{{"path":"{}"}}}})", path);
}

inline std::string CheckpointKey(std::int64_t version) {
  return VersionKey(version) + ".checkpoint.parquet";
}

}  // namespace sluice::delta::testing
