#include "catalog/sqlite/sqlite_rows.h"

#include <map>

#include "catalog/rows/sql_audit.h"
#include "catalog/rows/sql_store.h"
#include "sqlite/database.h"

namespace sluice::catalog {
namespace {

class SqliteSession final : public rows::SqlSession {
 public:
  explicit SqliteSession(sqlite::Database database) : database_(std::move(database)) {}

  Result<rows::SqlResult> Run(const std::string& sql, const rows::Row& parameters,
                              std::span<const rows::Column> columns) override {
    SLUICE_TRY(sqlite::Statement* const statement, Prepared(sql));
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      std::visit([&](const auto& value) { statement->Bind(static_cast<int>(i) + 1, value); },
                 parameters[i]);
    }
    auto result = Collect(*statement, columns);
    // Ends the reading of a statement that is kept, also after an error.
    statement->Reset();
    return result;
  }

  Status RunScript(const std::string& sql) override { return database_.Execute(sql); }
  Result<bool> Reconnect() override { return false; }
  std::string LastCommit() const override {
    const auto mark = database_.LastCommit();
    if (!mark) return {};
    return std::string(reinterpret_cast<const char*>(mark->data()), sizeof(*mark));
  }

 private:
  Result<sqlite::Statement*> Prepared(const std::string& sql) {
    const auto known = statements_.find(sql);
    if (known != statements_.end()) return &known->second;
    SLUICE_TRY(auto statement, database_.Prepare(sql));
    return &statements_.emplace(sql, std::move(statement)).first->second;
  }

  Result<rows::SqlResult> Collect(sqlite::Statement& statement,
                                  std::span<const rows::Column> columns) {
    rows::SqlResult result;
    for (;;) {
      SLUICE_TRY(const bool there, statement.Step());
      if (!there) break;
      rows::Row& row = result.rows.emplace_back();
      for (std::size_t i = 0; i < columns.size(); ++i) {
        const int at = static_cast<int>(i);
        if (columns[i].type == rows::ColumnType::kInteger) {
          row.emplace_back(statement.Number(at));
        } else {
          row.emplace_back(std::string(statement.Text(at)));
        }
      }
    }
    result.changed = database_.Changes();
    return result;
  }

  sqlite::Database database_;
  std::map<std::string, sqlite::Statement> statements_;  ///< Before the database goes, they do.
};

const rows::SqlDialect kDialect = {"BEGIN", "BEGIN IMMEDIATE", "", true};

}  // namespace

Result<std::unique_ptr<rows::AuditStore>> OpenSqliteAudit(const std::string& path) {
  SLUICE_TRY(auto database, sqlite::Database::Open(path));
  auto opened = rows::OpenSqlAudit(std::make_unique<SqliteSession>(std::move(database)), kDialect);
  if (!opened) return Fail(opened.error().At(path));
  return opened;
}

Result<std::unique_ptr<rows::RowStore>> OpenSqliteRows(const std::string& path) {
  SLUICE_TRY(auto database, sqlite::Database::Open(path));
  auto opened = rows::OpenSqlStore(std::make_unique<SqliteSession>(std::move(database)), kDialect);
  if (!opened) return Fail(opened.error().At(path));
  return opened;
}

}  // namespace sluice::catalog
