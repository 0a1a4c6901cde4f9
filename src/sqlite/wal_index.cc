#include "sqlite/wal_index.h"

#include <sqlite3.h>

#include <atomic>
#include <cstddef>
#include <string_view>

namespace sluice::sqlite {
namespace {

/// Of a part of the index, as SQLite maps it.
constexpr int kPartBytes = 32'768;

bool UsesWal(sqlite3* connection) {
  sqlite3_stmt* ask = nullptr;
  if (sqlite3_prepare_v2(connection, "PRAGMA journal_mode", -1, &ask, nullptr) != SQLITE_OK) {
    return false;
  }
  const bool row = sqlite3_step(ask) == SQLITE_ROW;
  const auto* mode = row ? reinterpret_cast<const char*>(sqlite3_column_text(ask, 0)) : nullptr;
  const bool uses = mode != nullptr && std::string_view(mode) == "wal";
  sqlite3_finalize(ask);
  return uses;
}

CommitMark Copy(const volatile std::uint32_t* words) {
  CommitMark mark;
  for (std::size_t i = 0; i < mark.size(); ++i) mark[i] = words[i];
  return mark;
}

}  // namespace

std::optional<WalIndex> WalIndex::Of(sqlite3* connection) {
  if (!UsesWal(connection)) return std::nullopt;
  // A read maps the index, if nothing did before.
  if (sqlite3_exec(connection, "SELECT count(*) FROM sqlite_schema", nullptr, nullptr, nullptr) !=
      SQLITE_OK) {
    return std::nullopt;
  }
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
      file == nullptr || file->pMethods == nullptr || file->pMethods->iVersion < 2) {
    return std::nullopt;
  }
  // Through SQLite: a descriptor of our own would end its locks when it is closed.
  volatile void* part = nullptr;
  if (file->pMethods->xShmMap(file, 0, kPartBytes, 0, &part) != SQLITE_OK || part == nullptr) {
    return std::nullopt;
  }
  return WalIndex(static_cast<const volatile std::uint32_t*>(part));
}

std::optional<CommitMark> WalIndex::Read() const {
  // Whoever commits writes the second copy first.
  const CommitMark first = Copy(words_);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const CommitMark second = Copy(words_ + first.size());
  return first == second ? std::optional(first) : std::nullopt;
}

}  // namespace sluice::sqlite
