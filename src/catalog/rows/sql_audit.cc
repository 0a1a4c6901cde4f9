#include "catalog/rows/sql_audit.h"

#include <algorithm>
#include <mutex>

namespace sluice::catalog::rows {
namespace {

using enum ColumnType;

constexpr Column kColumns[] = {{"at_ms", kInteger}, {"request_id"},       {"recipient"},
                               {"table"},           {"denied", kInteger}, {"line"}};
constexpr const char* kNames = R"("at_ms", "request_id", "recipient", "table", "denied", "line")";
constexpr const char* kMake = R"(
CREATE TABLE IF NOT EXISTS sluice_audit (
  "at_ms" BIGINT NOT NULL,
  "request_id" TEXT NOT NULL,
  "recipient" TEXT NOT NULL,
  "table" TEXT NOT NULL,
  "denied" BIGINT NOT NULL,
  "line" TEXT NOT NULL,
  PRIMARY KEY ("at_ms", "request_id"));
CREATE INDEX IF NOT EXISTS sluice_audit_by_recipient ON sluice_audit ("recipient", "at_ms");)";
/// A statement has at most 999 parameters everywhere.
constexpr std::size_t kRowsAStatement = 100;

/// Others get at the rows in between.
constexpr std::int64_t kRowsADelete = 5000;
constexpr const char* kDelete = R"(
DELETE FROM sluice_audit WHERE ("at_ms", "request_id") IN (
  SELECT "at_ms", "request_id" FROM sluice_audit WHERE "at_ms" < $1 ORDER BY "at_ms" LIMIT $2))";

/// A statement with the parameters that it names.
struct Statement {
  std::string text;
  Row parameters;

  Statement& Add(std::string_view more) {
    text += more;
    return *this;
  }
  Statement& Parameter(Value value) {
    parameters.push_back(std::move(value));
    return Add(fmt::format("${}", parameters.size()));
  }
};

Statement InsertOf(std::span<const AuditRow> rows) {
  Statement insert;
  insert.Add("INSERT INTO sluice_audit (").Add(kNames).Add(") VALUES ");
  std::string_view before = "(";
  for (const AuditRow& row : rows) {
    insert.Add(before).Parameter(row.at_ms);
    for (const std::string* text : {&row.request_id, &row.recipient, &row.table}) {
      insert.Add(", ").Parameter(*text);
    }
    insert.Add(", ").Parameter(std::int64_t{row.denied}).Add(", ").Parameter(row.line).Add(")");
    before = ", (";
  }
  insert.Add(R"( ON CONFLICT ("at_ms", "request_id") DO NOTHING)");
  return insert;
}

Statement SelectOf(const AuditRange& range, std::size_t limit, const AuditRow* after) {
  Statement select;
  select.Add("SELECT ").Add(kNames).Add(" FROM sluice_audit WHERE 0 = 0");
  if (range.since_ms) select.Add(R"( AND "at_ms" >= )").Parameter(*range.since_ms);
  if (range.until_ms) select.Add(R"( AND "at_ms" < )").Parameter(*range.until_ms);
  if (!range.recipient.empty()) select.Add(R"( AND "recipient" = )").Parameter(range.recipient);
  if (!range.request_id.empty()) select.Add(R"( AND "request_id" = )").Parameter(range.request_id);
  if (range.denied) select.Add(R"( AND "denied" = 1)");
  if (after != nullptr) {
    select.Add(R"( AND ("at_ms" > )").Parameter(after->at_ms);
    select.Add(R"( OR ("at_ms" = )").Parameter(after->at_ms);
    select.Add(R"( AND "request_id" > )").Parameter(after->request_id).Add("))");
  }
  select.Add(R"( ORDER BY "at_ms", "request_id" LIMIT )");
  select.Parameter(static_cast<std::int64_t>(limit));
  return select;
}

AuditRow RowOf(const Row& row) {
  const auto text = [&](std::size_t column) { return std::get<std::string>(row[column]); };
  return {std::get<std::int64_t>(row[0]),      text(1), text(2), text(3),
          std::get<std::int64_t>(row[4]) != 0, text(5)};
}

class SqlAudit final : public AuditStore {
 public:
  SqlAudit(std::unique_ptr<SqlSession> session, SqlDialect dialect)
      : session_(std::move(session)), dialect_(std::move(dialect)) {}

  Status Prepare() {
    return Transact([this]() -> Status {
      if (!dialect_.lock_schema.empty()) {
        SLUICE_RETURN_IF_ERROR(session_->RunScript(dialect_.lock_schema));
      }
      return session_->RunScript(kMake);
    });
  }

  Status Append(std::span<const AuditRow> rows) override {
    return Transact([&]() -> Status {
      for (std::size_t i = 0; i < rows.size(); i += kRowsAStatement) {
        const Statement insert =
            InsertOf(rows.subspan(i, std::min(kRowsAStatement, rows.size() - i)));
        SLUICE_RETURN_IF_ERROR(session_->Run(insert.text, insert.parameters, {}));
      }
      return {};
    });
  }

  Result<std::vector<AuditRow>> Select(const AuditRange& range, std::size_t limit,
                                       const AuditRow* after) override {
    const Statement select = SelectOf(range, limit, after);
    std::vector<AuditRow> rows;
    SLUICE_RETURN_IF_ERROR(Transact([&]() -> Status {
      SLUICE_TRY(const auto found, session_->Run(select.text, select.parameters, kColumns));
      for (const auto& row : found.rows) rows.push_back(RowOf(row));
      return {};
    }));
    return rows;
  }

  Result<std::int64_t> DeleteBefore(std::int64_t at_ms) override {
    std::int64_t gone = 0;
    for (std::int64_t last = kRowsADelete; last == kRowsADelete;) {
      SLUICE_RETURN_IF_ERROR(Transact([&]() -> Status {
        SLUICE_TRY(const auto done, session_->Run(kDelete, {at_ms, kRowsADelete}, {}));
        last = done.changed;
        return {};
      }));
      gone += last;
    }
    return gone;
  }

 private:
  Status Transact(const std::function<Status()>& body) {
    const std::lock_guard lock(mutex_);
    return RunTransaction(*session_, dialect_.begin_write, body);
  }

  std::mutex mutex_;
  const std::unique_ptr<SqlSession> session_;
  const SqlDialect dialect_;
};

}  // namespace

Result<std::unique_ptr<AuditStore>> OpenSqlAudit(std::unique_ptr<SqlSession> session,
                                                 const SqlDialect& dialect) {
  auto store = std::make_unique<SqlAudit>(std::move(session), dialect);
  SLUICE_RETURN_IF_ERROR(store->Prepare());
  return store;
}

}  // namespace sluice::catalog::rows
