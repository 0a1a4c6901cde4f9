#include "sqlite/database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace sluice::sqlite {
namespace {

constexpr int kBusyMillis = 5'000;

ErrorKind KindOf(int code) {
  switch (code & 0xFF) {
    case SQLITE_CONSTRAINT:
      return ErrorKind::kAlreadyExists;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorKind::kCorrupt;
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return ErrorKind::kPermissionDenied;
    case SQLITE_ERROR:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_INTERNAL:
      return ErrorKind::kInternal;
    case SQLITE_TOOBIG:
    case SQLITE_NOMEM:
      return ErrorKind::kTooLarge;
    default:
      return ErrorKind::kUnavailable;
  }
}

/// Its message may name columns, and never values.
tl::unexpected<Error> FailOf(sqlite3* database, int code) {
  return Fail(KindOf(code), "database: {}", sqlite3_errmsg(database));
}

/// SQLite would make the file with the mode of the process's mask.
Status MakePrivate(const std::string& path) {
  const int file = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) {
    const int code = errno;
    return Fail(code == EACCES ? ErrorKind::kPermissionDenied : ErrorKind::kUnavailable, "{}: {}",
                path, std::generic_category().message(code));
  }
  ::close(file);
  return {};
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Statement& Statement::Bind(int index, std::string_view text) {
  // A null pointer would bind null.
  sqlite3_bind_text64(statement_.get(), index, text.empty() ? "" : text.data(), text.size(),
                      SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

Statement& Statement::Bind(int index, std::int64_t number) {
  sqlite3_bind_int64(statement_.get(), index, number);
  return *this;
}

Result<bool> Statement::Step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return FailOf(database_, code);
}

Status Statement::Run() {
  for (;;) {
    SLUICE_TRY(const bool row, Step());
    if (!row) return {};
  }
}

void Statement::Reset() {
  sqlite3_reset(statement_.get());
}

std::int64_t Statement::Number(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string_view Statement::Text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return text == nullptr ? std::string_view()
                         : std::string_view(text, static_cast<std::size_t>(size));
}

void Database::Close::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

Result<Database> Database::Open(const std::string& path) {
  if (!path.empty()) SLUICE_RETURN_IF_ERROR(MakePrivate(path));
  sqlite3* opened = nullptr;
  const int code =
      sqlite3_open_v2(path.empty() ? ":memory:" : path.c_str(), &opened,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(opened);
  if (code != SQLITE_OK) return Fail(FailOf(opened, code).value().At(path));
  sqlite3_busy_timeout(opened, kBusyMillis);
  auto tuned = database.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
  if (!tuned) return Fail(tuned.error().At(path));
  database.index_ = WalIndex::Of(opened);
  return database;
}

Result<Statement> Database::Prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                      &statement, nullptr);
  if (code != SQLITE_OK) return FailOf(database_.get(), code);
  return Statement(database_.get(), statement);
}

Status Database::Execute(const std::string& sql) {
  const int code = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return FailOf(database_.get(), code);
  return {};
}

std::int64_t Database::Changes() const {
  return sqlite3_changes(database_.get());
}

}  // namespace sluice::sqlite
