// What a catalog that is managed keeps, as rows: reads and writes free of any driver. What the rows
// mean is written once above it (catalog/managed), drivers lie below (catalog/sqlite,
// catalog/postgres).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace sluice::catalog::rows {

enum class ColumnType : std::uint8_t { kInteger, kText };

/// Text is valid UTF-8 without NUL.
using Value = std::variant<std::int64_t, std::string>;
using Row = std::vector<Value>;

struct Column {
  std::string_view name;
  ColumnType type = ColumnType::kText;
};

/// A kind of rows. The values of the first `key` columns are of one row only.
struct RowKind {
  std::string_view name;
  std::span<const Column> columns;
  std::size_t key = 1;
};

/// What a column holds, or is to hold.
struct Cell {
  std::size_t column = 0;
  Value value;
};
/// As a condition: all of them hold. None: every row.
using Cells = std::vector<Cell>;

/// One transaction that reads. Errors of all calls here: kUnavailable when the store cannot be
/// reached or is busy, kCorrupt, kPermissionDenied, kInternal. After an error the transaction is
/// over: its body returns the error.
class RowReader {
 public:
  virtual ~RowReader() = default;
  /// In the order of the keys, byte by byte.
  virtual Result<std::vector<Row>> Select(const RowKind& kind, const Cells& where) = 0;
};

/// One transaction that writes. Its reads see what it wrote, and no other writer is at work.
class RowWriter : public RowReader {
 public:
  /// Errors also: kAlreadyExists for a key that is taken.
  virtual Status Insert(const RowKind& kind, const Row& row) = 0;
  /// How many rows met the condition and now hold `set`, which names no column of the key.
  virtual Result<std::int64_t> Update(const RowKind& kind, const Cells& where,
                                      const Cells& set) = 0;
  virtual Result<std::int64_t> Delete(const RowKind& kind, const Cells& where) = 0;
};

/// Thread-safe; other processes may use the same rows. The version grows with every write of
/// anybody, so that whoever keeps what was read knows when it is old.
class RowStore {
 public:
  virtual ~RowStore() = default;

  /// Of the last write; the cheapest thing to ask.
  virtual Result<std::int64_t> Version() = 0;
  /// The same where it can be told without waiting for a network or for a writer.
  virtual std::optional<std::int64_t> VersionAtHand() { return std::nullopt; }

  /// `body` sees one consistent state, and the version it is of.
  using ReadBody = std::function<Status(RowReader& reader, std::int64_t version)>;
  virtual Status Read(const ReadBody& body) = 0;

  /// What `body` writes takes place wholly, as `version`, or not at all when it returns an error.
  /// When the store is lost at the very end, kUnavailable does not tell which.
  using WriteBody = std::function<Status(RowWriter& writer, std::int64_t version)>;
  virtual Status Write(const WriteBody& body) = 0;
};

}  // namespace sluice::catalog::rows
