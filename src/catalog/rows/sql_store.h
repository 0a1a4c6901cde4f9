// A RowStore over any database that speaks SQL: the statements, the transactions and the steps from
// one schema to the next, written once for all drivers.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "catalog/rows/row_store.h"

namespace sluice::catalog::rows {

struct SqlResult {
  std::vector<Row> rows;
  std::int64_t changed = 0;  ///< Rows that were inserted, changed or deleted.
};

/// One connection. Not thread-safe. Errors as of RowReader and RowWriter.
class SqlSession {
 public:
  virtual ~SqlSession() = default;
  /// One statement, with parameters $1, $2, …, whose result has these columns.
  virtual Result<SqlResult> Run(const std::string& sql, const Row& parameters,
                                std::span<const Column> columns) = 0;
  /// Statements without parameters or result.
  virtual Status RunScript(const std::string& sql) = 0;
  /// After kUnavailable: true when there is a new connection in place of one that was lost.
  virtual Result<bool> Reconnect() = 0;
  /// Texts that are equal say that nothing was committed between them, by anybody; empty where that
  /// is not known. Waits for nothing. Thread-safe.
  virtual std::string LastCommit() const { return {}; }
};

/// How a database says what SQL leaves to it.
struct SqlDialect {
  std::string begin_read;   ///< A transaction that sees one state.
  std::string begin_write;  ///< One that writes.
  /// Within a writing transaction: nobody else changes the schema; empty when that is so anyway.
  std::string lock_schema;
  /// A SELECT outside a transaction waits neither for a network nor for writers.
  bool at_hand = false;
};

/// A transaction that `body` fills, or none when it fails. A connection that was lost before it is
/// made anew. Errors: those of the session and of `body`.
Status RunTransaction(SqlSession& session, const std::string& begin,
                      const std::function<Status()>& body);

/// Brings the schema to that of this program, in one transaction. Errors also: kUnsupported for a
/// schema newer than this program knows, naming both.
Result<std::unique_ptr<RowStore>> OpenSqlStore(std::unique_ptr<SqlSession> session,
                                               const SqlDialect& dialect);

}  // namespace sluice::catalog::rows
