#include "catalog/rows/sql_store.h"

#include <algorithm>
#include <mutex>

#include "catalog/rows/migrations.h"

namespace sluice::catalog::rows {
namespace {

constexpr Column kValueColumn[] = {{"value", ColumnType::kInteger}};
constexpr const char* kReadMeta = R"(SELECT "value" FROM sluice_meta WHERE "name" = $1)";

/// Names are constants of this program; values are parameters, always.
class SqlText {
 public:
  SqlText& Add(std::string_view text) {
    text_ += text;
    return *this;
  }
  SqlText& Name(std::string_view name) { return Add("\"").Add(name).Add("\""); }
  SqlText& Table(const RowKind& kind) { return Add("sluice_").Add(kind.name); }
  SqlText& Parameter(const Value& value) {
    parameters_.push_back(value);
    return Add(fmt::format("${}", parameters_.size()));
  }
  /// "a" = $1<between>"b" = $2
  SqlText& Equalities(const RowKind& kind, const Cells& cells, std::string_view between) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) Add(between);
      Name(kind.columns[cells[i].column].name).Add(" = ").Parameter(cells[i].value);
    }
    return *this;
  }
  SqlText& Where(const RowKind& kind, const Cells& cells) {
    if (!cells.empty()) Add(" WHERE ").Equalities(kind, cells, " AND ");
    return *this;
  }

  const std::string& text() const { return text_; }
  const Row& parameters() const { return parameters_; }

 private:
  std::string text_;
  Row parameters_;
};

class SqlWriter final : public RowWriter {
 public:
  explicit SqlWriter(SqlSession& session) : session_(session) {}

  Result<std::vector<Row>> Select(const RowKind& kind, const Cells& where) override {
    SqlText sql;
    sql.Add("SELECT ");
    for (std::size_t i = 0; i < kind.columns.size(); ++i) {
      sql.Add(i > 0 ? ", " : "").Name(kind.columns[i].name);
    }
    sql.Add(" FROM ").Table(kind).Where(kind, where);
    SLUICE_TRY(SqlResult found, session_.Run(sql.text(), sql.parameters(), kind.columns));
    // Databases order text by rules of their own.
    std::sort(found.rows.begin(), found.rows.end());
    return std::move(found.rows);
  }

  Status Insert(const RowKind& kind, const Row& row) override {
    SqlText sql;
    sql.Add("INSERT INTO ").Table(kind).Add(" VALUES (");
    for (std::size_t i = 0; i < row.size(); ++i) sql.Add(i > 0 ? ", " : "").Parameter(row[i]);
    sql.Add(")");
    SLUICE_RETURN_IF_ERROR(session_.Run(sql.text(), sql.parameters(), {}));
    return {};
  }

  Result<std::int64_t> Update(const RowKind& kind, const Cells& where, const Cells& set) override {
    SqlText sql;
    sql.Add("UPDATE ").Table(kind).Add(" SET ").Equalities(kind, set, ", ").Where(kind, where);
    SLUICE_TRY(const SqlResult done, session_.Run(sql.text(), sql.parameters(), {}));
    return done.changed;
  }

  Result<std::int64_t> Delete(const RowKind& kind, const Cells& where) override {
    SqlText sql;
    sql.Add("DELETE FROM ").Table(kind).Where(kind, where);
    SLUICE_TRY(const SqlResult done, session_.Run(sql.text(), sql.parameters(), {}));
    return done.changed;
  }

 private:
  SqlSession& session_;
};

class SqlStore final : public RowStore {
 public:
  SqlStore(std::unique_ptr<SqlSession> session, SqlDialect dialect)
      : session_(std::move(session)), dialect_(std::move(dialect)) {}

  Result<std::int64_t> Version() override {
    if (const auto known = KnownVersion()) return *known;
    const std::lock_guard lock(mutex_);
    auto version = ReadVersion();
    if (version || version.error().kind != ErrorKind::kUnavailable) return version;
    SLUICE_TRY(const bool connected, session_->Reconnect());
    return connected ? ReadVersion() : version;
  }

  std::optional<std::int64_t> VersionAtHand() override {
    if (!dialect_.at_hand) return std::nullopt;
    if (const auto known = KnownVersion()) return known;
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock.owns_lock()) return std::nullopt;
    const auto version = ReadVersion();
    return version ? std::optional(*version) : std::nullopt;
  }

  Status Read(const ReadBody& body) override {
    const std::lock_guard lock(mutex_);
    return RunTransaction(*session_, dialect_.begin_read, [&]() -> Status {
      SLUICE_TRY(const std::int64_t version, ReadMeta("version"));
      SqlWriter reader(*session_);
      return body(reader, version);
    });
  }

  Status Write(const WriteBody& body) override {
    const std::lock_guard lock(mutex_);
    return RunTransaction(*session_, dialect_.begin_write, [&]() -> Status {
      // First of all: the row that it locks is what makes writers wait for each other.
      SLUICE_RETURN_IF_ERROR(session_->RunScript(
          R"(UPDATE sluice_meta SET "value" = "value" + 1 WHERE "name" = 'version')"));
      SLUICE_TRY(const std::int64_t version, ReadMeta("version"));
      SqlWriter writer(*session_);
      return body(writer, version);
    });
  }

  Status Prepare() {
    const auto found = ReadMeta("schema");
    if (found && *found == Known()) return {};
    // Whether there is no schema yet or something is wrong shows in what follows.
    return RunTransaction(*session_, dialect_.begin_write, [this] { return Migrate(); });
  }

 private:
  static std::int64_t Known() { return static_cast<std::int64_t>(Migrations().size()); }

  Status Migrate() {
    if (!dialect_.lock_schema.empty()) {
      SLUICE_RETURN_IF_ERROR(session_->RunScript(dialect_.lock_schema));
    }
    SLUICE_RETURN_IF_ERROR(session_->RunScript(R"(
CREATE TABLE IF NOT EXISTS sluice_meta ("name" TEXT NOT NULL PRIMARY KEY, "value" BIGINT NOT NULL);
INSERT INTO sluice_meta VALUES ('schema', 0), ('version', 0) ON CONFLICT ("name") DO NOTHING;)"));
    SLUICE_TRY(const std::int64_t found, ReadMeta("schema"));
    if (found > Known()) {
      return Fail(ErrorKind::kUnsupported,
                  "the catalog has schema {} of a newer version of this program, which knows "
                  "schemas up to {}",
                  found, Known());
    }
    for (std::int64_t step = found; step < Known(); ++step) {
      SLUICE_RETURN_IF_ERROR(
          session_->RunScript(std::string(Migrations()[static_cast<std::size_t>(step)])));
    }
    SLUICE_RETURN_IF_ERROR(session_->Run(
        R"(UPDATE sluice_meta SET "value" = $1 WHERE "name" = 'schema')", {Known()}, {}));
    return {};
  }

  /// That which was read, if nothing was committed since.
  std::optional<std::int64_t> KnownVersion() {
    const std::string commit = session_->LastCommit();
    const std::lock_guard lock(known_mutex_);
    return !commit.empty() && commit == known_commit_ ? std::optional(known_version_)
                                                      : std::nullopt;
  }

  Result<std::int64_t> ReadVersion() {
    // Before the look: what is committed meanwhile has another.
    std::string commit = session_->LastCommit();
    SLUICE_TRY(const std::int64_t version, ReadMeta("version"));
    const std::lock_guard lock(known_mutex_);
    known_commit_ = std::move(commit);
    known_version_ = version;
    return version;
  }

  Result<std::int64_t> ReadMeta(const std::string& name) {
    SLUICE_TRY(const SqlResult found, session_->Run(kReadMeta, {name}, kValueColumn));
    if (found.rows.size() == 1) return std::get<std::int64_t>(found.rows.front().front());
    return Fail(ErrorKind::kCorrupt, "the catalog lacks its {}", name);
  }

  std::mutex mutex_;
  const std::unique_ptr<SqlSession> session_;
  const SqlDialect dialect_;

  std::mutex known_mutex_;  ///< Held for no longer than a comparison.
  std::string known_commit_;
  std::int64_t known_version_ = 0;
};

}  // namespace

Status RunTransaction(SqlSession& session, const std::string& begin,
                      const std::function<Status()>& body) {
  auto begun = session.RunScript(begin);
  if (!begun && begun.error().kind == ErrorKind::kUnavailable) {
    SLUICE_TRY(const bool connected, session.Reconnect());
    if (connected) begun = session.RunScript(begin);
  }
  if (!begun) return begun;
  Status done = body();
  if (done) done = session.RunScript("COMMIT");
  if (!done) (void)session.RunScript("ROLLBACK");
  return done;
}

Result<std::unique_ptr<RowStore>> OpenSqlStore(std::unique_ptr<SqlSession> session,
                                               const SqlDialect& dialect) {
  auto store = std::make_unique<SqlStore>(std::move(session), dialect);
  SLUICE_RETURN_IF_ERROR(store->Prepare());
  return store;
}

}  // namespace sluice::catalog::rows
