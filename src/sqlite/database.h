// SQLite with errors as values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sqlite/wal_index.h"

struct sqlite3;
struct sqlite3_stmt;

namespace sluice::sqlite {

class Database;

/// A prepared statement. Belongs to one thread at a time, and must not outlive its database.
class Statement {
 public:
  /// Parameters count from 1. The text is copied.
  Statement& Bind(int index, std::string_view text);
  Statement& Bind(int index, std::int64_t number);

  /// True: there is a row, whose columns may be read. Errors: kAlreadyExists for a key that is
  /// taken, kUnavailable when the file is busy or cannot be written, kCorrupt for one that is no
  /// database.
  Result<bool> Step();
  /// Steps to the end. Errors: as Step.
  Status Run();
  /// Ready to run again; what was bound stays until it is bound anew.
  void Reset();

  /// Columns count from 0. Views live until the next Step.
  std::int64_t Number(int column) const;
  std::string_view Text(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  Statement(sqlite3* database, sqlite3_stmt* statement)
      : database_(database), statement_(statement) {}

  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// One connection. Not thread-safe.
class Database {
 public:
  /// Opens or creates the file, readable by its owner only; an empty path is a database in memory.
  /// Waits up to some seconds for other processes. Errors: as Statement::Step, naming the path.
  static Result<Database> Open(const std::string& path);

  /// Errors: as Statement::Step; kInternal for what is no SQL.
  Result<Statement> Prepare(std::string_view sql);
  /// One or more statements without parameters.
  Status Execute(const std::string& sql);
  /// Rows that the last statement inserted, changed or deleted.
  std::int64_t Changes() const;
  /// Marks that are equal say that no process has committed between them; null where that is not
  /// known at present, or never, as of a database in memory. Costs no call of the system, and is
  /// thread-safe for as long as the database lives.
  std::optional<CommitMark> LastCommit() const { return index_ ? index_->Read() : std::nullopt; }

  /// Runs `body()`, which returns a Result, as one unit that takes place wholly or not at all.
  template <typename Body>
  auto Transact(const Body& body) -> decltype(body()) {
    SLUICE_RETURN_IF_ERROR(Execute("BEGIN IMMEDIATE"));
    auto result = body();
    Status ended = Execute(result ? "COMMIT" : "ROLLBACK");
    if (result && !ended) {
      (void)Execute("ROLLBACK");
      return Fail(ended.error());
    }
    return result;
  }

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  explicit Database(sqlite3* database) : database_(database) {}

  std::unique_ptr<sqlite3, Close> database_;
  std::optional<WalIndex> index_;
};

}  // namespace sluice::sqlite
