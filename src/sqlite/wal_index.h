// When a database was last written, without asking it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

struct sqlite3;

namespace sluice::sqlite {

/// The first half of a write-ahead log's index header: two marks that are equal say that no process
/// has committed between them. Format: sqlite.org/walformat.html, section 2.2.
using CommitMark = std::array<std::uint32_t, 12>;

/// The header in the memory that all processes with the database share; a commit is seen by others
/// as soon as it stands there, and not before.
class WalIndex {
 public:
  /// Of a connection that uses a write-ahead log; any other has none. The index must not outlive
  /// it.
  static std::optional<WalIndex> Of(sqlite3* connection);

  /// Null while somebody commits. Thread-safe.
  std::optional<CommitMark> Read() const;

 private:
  explicit WalIndex(const volatile std::uint32_t* words) : words_(words) {}

  const volatile std::uint32_t* words_;
};

}  // namespace sluice::sqlite
