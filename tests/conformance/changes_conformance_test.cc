// Every real table with a change data feed: the files that the log engine tells, counted in rows by
// version and type of change, against the changes that the reference reads.
#include <arrow/chunked_array.h>
#include <arrow/io/file.h>
#include <arrow/table.h>
#include <gtest/gtest.h>
#include <parquet/arrow/reader.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <set>

#include "delta/table.h"
#include "real_tables.h"
#include "storage/local_store.h"

namespace sluice::conformance {

void PrintTo(const RealTable& table, std::ostream* out) {
  *out << table.name;
}

namespace {

/// Rows of a version that are of one type ("insert", "update_preimage", …).
using Counts = std::map<std::pair<std::int64_t, std::string>, std::int64_t>;

using File = std::shared_ptr<arrow::io::RandomAccessFile>;

std::shared_ptr<arrow::Table> ReadColumns(const File& file, const std::vector<std::string>& names) {
  auto reader = parquet::arrow::OpenFile(file, arrow::default_memory_pool()).ValueOrDie();
  std::shared_ptr<arrow::Schema> schema;
  PARQUET_THROW_NOT_OK(reader->GetSchema(&schema));
  std::vector<int> leaves;
  for (const auto& name : names) {
    leaves.push_back(reader->parquet_reader()->metadata()->schema()->ColumnIndex(name));
  }
  std::shared_ptr<arrow::Table> table;
  PARQUET_THROW_NOT_OK(reader->ReadTable(leaves, &table));
  return table;
}

/// The values of a column as text.
std::vector<std::string> Values(const arrow::Table& table, const std::string& name) {
  std::vector<std::string> values;
  const auto column = table.GetColumnByName(name);
  for (std::int64_t i = 0; i < column->length(); ++i) {
    values.push_back(column->GetScalar(i).ValueOrDie()->ToString());
  }
  return values;
}

Counts ExpectedCounts(const RealTable& real) {
  const auto path = (real.folder / "expected/changes.parquet").string();
  const auto table = ReadColumns(arrow::io::ReadableFile::Open(path).ValueOrDie(),
                                 {"_commit_version", "_change_type"});
  const auto versions = Values(*table, "_commit_version");
  const auto types = Values(*table, "_change_type");
  Counts counts;
  for (std::size_t i = 0; i < versions.size(); ++i) ++counts[{std::stoll(versions[i]), types[i]}];
  return counts;
}

/// What a commit adds or removes of one file.
struct FileRows {
  std::int64_t rows = 0;
  std::optional<std::int64_t> deleted_after;   ///< By the vector of the added file.
  std::optional<std::int64_t> deleted_before;  ///< By the vector of the removed file.
};

class Counter {
 public:
  explicit Counter(const storage::ObjectStore& store) : store_(store) {}

  void Take(const delta::FileChange& file) {
    if (const auto* add = std::get_if<delta::AddFile>(&file)) {
      Find(add->path).deleted_after = DeletedBy(add->deletion_vector);
    } else if (const auto* remove = std::get_if<delta::RemoveFile>(&file)) {
      Find(remove->path).deleted_before = DeletedBy(remove->deletion_vector);
    } else {
      const auto& cdc = std::get<delta::AddCdcFile>(file);
      const auto table = ReadColumns(Open(cdc.path), {"_change_type"});
      for (const auto& type : Values(*table, "_change_type")) ++counts_[{version_, type}];
    }
  }

  /// The files that were taken are those of a version. A file that is added and removed changes by
  /// the difference of its vectors, one of which includes the other.
  void End(std::int64_t version) {
    for (const auto& [path, file] : files_) {
      std::int64_t inserted = 0;
      std::int64_t removed = 0;
      if (file.deleted_after && file.deleted_before) {
        removed = std::max<std::int64_t>(0, *file.deleted_after - *file.deleted_before);
        inserted = std::max<std::int64_t>(0, *file.deleted_before - *file.deleted_after);
      } else if (file.deleted_after) {
        inserted = file.rows - *file.deleted_after;
      } else {
        removed = file.rows - *file.deleted_before;
      }
      if (inserted > 0) counts_[{version, "insert"}] += inserted;
      if (removed > 0) counts_[{version, "delete"}] += removed;
    }
    files_.clear();
  }

  void Begin(std::int64_t version) { version_ = version; }
  const Counts& counts() const { return counts_; }

 private:
  static std::int64_t DeletedBy(const std::optional<delta::DeletionVector>& vector) {
    return vector ? vector->cardinality : 0;
  }
  File Open(const std::string& logged_path) const {
    return store_.Open(delta::ObjectKeyOf(logged_path).value()).value();
  }
  FileRows& Find(const std::string& path) {
    const auto [place, is_new] = files_.try_emplace(path);
    if (is_new) place->second.rows = parquet::ReadMetaData(Open(path))->num_rows();
    return place->second;
  }

  const storage::ObjectStore& store_;
  std::int64_t version_ = 0;
  std::map<std::string, FileRows> files_;
  Counts counts_;
};

Counts ActualCounts(const delta::Changes& changes, const storage::ObjectStore& store) {
  Counter counter(store);
  for (const auto& piece : changes.pieces()) {
    const auto version = changes.commits()[piece.commit].version;
    counter.Begin(version);
    const auto read = changes.ForEachFile(piece, [&](const delta::FileChange& file) -> Status {
      counter.Take(file);
      return {};
    });
    EXPECT_TRUE(read) << read.error().message;
    counter.End(version);
  }
  return counter.counts();
}

std::vector<RealTable> WithChanges() {
  auto tables = LoadRealTables();
  std::erase_if(tables, [](const RealTable& table) { return !table.changes_start; });
  return tables;
}

class ChangesConformance : public testing::TestWithParam<RealTable> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ChangesConformance);

TEST_P(ChangesConformance, EqualTheReference) {
  const RealTable& real = GetParam();
  const auto store = storage::OpenLocalStore(real.TableFolder());
  ASSERT_TRUE(store) << store.error().message;
  ThreadPool pool(2);
  const auto table = delta::Table::Make(*store, {.pool = &pool});
  const auto changes = table->ReadChanges({.first = *real.changes_start});
  ASSERT_TRUE(changes) << changes.error().message;
  const auto checked = (*changes)->CheckSchemas();
  EXPECT_TRUE(checked) << checked.error().message;
  EXPECT_EQ(ActualCounts(**changes, **store), ExpectedCounts(real));
}

INSTANTIATE_TEST_SUITE_P(RealTables, ChangesConformance, testing::ValuesIn(WithChanges()),
                         [](const auto& info) {
                           std::string name = info.param.name;
                           std::replace_if(
                               name.begin(), name.end(),
                               [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
                           return name;
                         });

}  // namespace
}  // namespace sluice::conformance
