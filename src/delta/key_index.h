// From the key of a logical file to its rows in a batch.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

namespace sluice::delta {

struct FileBatch;
struct FileKeyView;

/// An open-addressed table of 4 bytes a slot that holds rows, not keys: candidates are compared in
/// the batch itself. It knows all rows, whichever a snapshot has live, and so never changes.
/// Thread-safe.
class KeyIndex {
 public:
  /// Of `batch`, always the same one. The first call builds; others wait for it.
  void Build(const FileBatch& batch);

  /// Appends the rows of `key`, whose hash is `hash`, to `rows`. After Build.
  void Find(const FileBatch& batch, FileKeyView key, std::uint64_t hash,
            std::vector<std::int64_t>* rows) const;

  bool built() const { return bytes_ > 0; }
  std::int64_t memory_bytes() const { return bytes_; }

 private:
  std::size_t FirstSlot(std::uint64_t hash) const;

  std::once_flag built_;
  std::vector<std::uint32_t> slots_;
  std::atomic<std::int64_t> bytes_ = 0;
};

}  // namespace sluice::delta
