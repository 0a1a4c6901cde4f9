#include "catalog/postgres/postgres_rows.h"

#include <libpq-fe.h>

#include <charconv>

#include "base/encoding.h"
#include "catalog/rows/sql_audit.h"
#include "catalog/rows/sql_store.h"

namespace sluice::catalog {
namespace {

constexpr std::size_t kMaxMessageBytes = 300;
/// Any number that is ours alone: of the lock under which schemas are made.
constexpr const char* kLockSchema = "SELECT pg_advisory_xact_lock(7813204915)";
constexpr const char* kSettle =
    "SET client_encoding = 'UTF8'; SET statement_timeout = '10s'; SET lock_timeout = '5s'; "
    "SET idle_in_transaction_session_timeout = '30s'";

struct FinishConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Connection = std::unique_ptr<PGconn, FinishConnection>;
using Answer = std::unique_ptr<PGresult, ClearResult>;

/// One line, of the several that libpq may write.
std::string Line(std::string_view text) {
  // libpq explains in further lines.
  return Printable(text.substr(0, text.find('\n')), kMaxMessageBytes);
}

/// "Appendix A. PostgreSQL Error Codes" of its manual.
ErrorKind KindOf(std::string_view state) {
  const std::string_view group = state.substr(0, 2);
  if (state == "23505") return ErrorKind::kAlreadyExists;
  if (state == "42501" || state == "25006" || group == "28") return ErrorKind::kPermissionDenied;
  if (state == "42P01" || state == "42703") return ErrorKind::kDataMissing;
  if (group == "22") return ErrorKind::kInvalidArgument;
  if (group == "08" || group == "40" || group == "53" || group == "55" || group == "57") {
    return ErrorKind::kUnavailable;
  }
  if (group == "58" || group == "XX") return ErrorKind::kCorrupt;
  return ErrorKind::kInternal;
}

class PostgresSession final : public rows::SqlSession {
 public:
  explicit PostgresSession(std::string url) : url_(std::move(url)) {}

  Status Connect() {
    // What comes before the URL is taken where it says nothing.
    const char* const keywords[] = {"connect_timeout", "tcp_user_timeout", "application_name",
                                    "dbname", nullptr};
    const char* const values[] = {"5", "10000", "sluice", url_.c_str(), nullptr};
    connection_.reset(PQconnectdbParams(keywords, values, 1));
    lost_ = PQstatus(connection_.get()) != CONNECTION_OK;
    if (lost_) {
      return Fail(ErrorKind::kUnavailable, "the catalog's database: {}",
                  Line(PQerrorMessage(connection_.get())));
    }
    PQsetNoticeProcessor(
        connection_.get(), [](void*, const char*) {}, nullptr);
    return RunScript(kSettle);
  }

  Result<rows::SqlResult> Run(const std::string& sql, const rows::Row& parameters,
                              std::span<const rows::Column> columns) override {
    rows::Row texts = parameters;
    std::vector<const char*> values;
    for (auto& value : texts) {
      if (const auto* number = std::get_if<std::int64_t>(&value)) value = std::to_string(*number);
      values.push_back(std::get<std::string>(value).c_str());
    }
    const Answer answer(PQexecParams(connection_.get(), sql.c_str(),
                                     static_cast<int>(values.size()), nullptr, values.data(),
                                     nullptr, nullptr, 0));
    SLUICE_RETURN_IF_ERROR(Check(answer.get()));
    return Collect(answer.get(), columns);
  }

  Status RunScript(const std::string& sql) override {
    const Answer answer(PQexec(connection_.get(), sql.c_str()));
    return Check(answer.get());
  }

  Result<bool> Reconnect() override {
    if (!lost_) return false;
    SLUICE_RETURN_IF_ERROR(Connect());
    return true;
  }

 private:
  Status Check(const PGresult* answer) {
    const ExecStatusType status = PQresultStatus(answer);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return {};
    const char* const state = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
    // A connection may be gone although its status is good, when it was writing that failed.
    const bool failed_here = state == nullptr || PQstatus(connection_.get()) != CONNECTION_OK;
    lost_ = failed_here || std::string_view(state).starts_with("57P");
    if (failed_here) {
      return Fail(ErrorKind::kUnavailable, "the catalog's database: {}",
                  Line(PQerrorMessage(connection_.get())));
    }
    // The primary message names columns and constraints; values would be in its details.
    const char* const text = PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY);
    return Fail(KindOf(state), "the catalog's database: {} ({})", Line(text ? text : ""), state);
  }

  static Result<rows::SqlResult> Collect(const PGresult* answer,
                                         std::span<const rows::Column> columns) {
    rows::SqlResult result;
    for (int i = 0; i < PQntuples(answer) && !columns.empty(); ++i) {
      rows::Row& row = result.rows.emplace_back();
      for (int j = 0; j < static_cast<int>(columns.size()); ++j) {
        const std::string_view text(PQgetvalue(answer, i, j),
                                    static_cast<std::size_t>(PQgetlength(answer, i, j)));
        if (columns[static_cast<std::size_t>(j)].type == rows::ColumnType::kText) {
          row.emplace_back(std::string(text));
        } else {
          SLUICE_TRY(const std::int64_t number, Number(text));
          row.emplace_back(number);
        }
      }
    }
    const std::string_view changed = PQcmdTuples(const_cast<PGresult*>(answer));
    if (!changed.empty()) {
      SLUICE_TRY(result.changed, Number(changed));
    }
    return result;
  }

  static Result<std::int64_t> Number(std::string_view text) {
    std::int64_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size()) return number;
    return Fail(ErrorKind::kCorrupt, "the catalog's database: a number is none");
  }

  const std::string url_;
  Connection connection_;
  bool lost_ = false;  ///< The last error was the connection's.
};

const rows::SqlDialect kDialect = {"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "BEGIN",
                                   kLockSchema};

Result<std::unique_ptr<PostgresSession>> Connect(const std::string& url) {
  // libpq's own words about a URL that it cannot read quote parts of it, the password perhaps.
  PQconninfoOption* const parsed =
      IsPostgresUrl(url) ? PQconninfoParse(url.c_str(), nullptr) : nullptr;
  if (parsed == nullptr) {
    return Fail(ErrorKind::kInvalidArgument,
                "the catalog's address is no URL such as postgresql://user@host:5432/database");
  }
  PQconninfoFree(parsed);
  auto session = std::make_unique<PostgresSession>(url);
  SLUICE_RETURN_IF_ERROR(session->Connect());
  return session;
}

}  // namespace

bool IsPostgresUrl(std::string_view url) {
  return url.starts_with("postgresql://") || url.starts_with("postgres://");
}

Result<std::unique_ptr<rows::RowStore>> OpenPostgresRows(const std::string& url) {
  SLUICE_TRY(auto session, Connect(url));
  return rows::OpenSqlStore(std::move(session), kDialect);
}

Result<std::unique_ptr<rows::AuditStore>> OpenPostgresAudit(const std::string& url) {
  SLUICE_TRY(auto session, Connect(url));
  return rows::OpenSqlAudit(std::move(session), kDialect);
}

}  // namespace sluice::catalog
