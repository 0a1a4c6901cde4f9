#include "delta/file_order.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "delta/file_key.h"
#include "delta/live_files.h"

namespace sluice::delta {
namespace {

/// Files looked at in one pass, where no number of files is asked for.
constexpr std::int64_t kFirstPass = 256;
constexpr std::int64_t kMostPass = std::int64_t{64} << 10;

static_assert(std::endian::native == std::endian::little, "digests are the same everywhere");

/// Two independent mixes of 64 bits each. Tokens carry digests: changing this ends those that are
/// on their way.
class KeyDigest {
 public:
  void Add(std::string_view text) {
    Mix(text.size());
    for (; text.size() >= 8; text.remove_prefix(8)) Mix(WordOf(text, 8));
    Mix(WordOf(text, text.size()));
  }
  std::uint64_t high() const { return Fold(high_ ^ kHigh, kFinish); }
  std::uint64_t low() const { return Fold(low_ ^ kLow, kFinish); }

 private:
  static constexpr std::uint64_t kHigh = 0x9E3779B97F4A7C15U;
  static constexpr std::uint64_t kLow = 0xC2B2AE3D27D4EB4FU;
  static constexpr std::uint64_t kFinish = 0xD6E8FEB86659FD93U;

  static std::uint64_t WordOf(std::string_view text, std::size_t size) {
    std::uint64_t word = 0;
    if (size > 0) std::memcpy(&word, text.data(), size);
    return word;
  }
  static std::uint64_t Fold(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }
  void Mix(std::uint64_t word) {
    high_ = Fold(high_ ^ word, kHigh) + kLow;
    low_ = Fold(low_ ^ word, kLow) + kHigh;
  }

  std::uint64_t high_ = kHigh;
  std::uint64_t low_ = kLow;
};

/// Makes the places of a batch's files, their digests only where they decide.
class BatchPlaces {
 public:
  explicit BatchPlaces(const FileBatch& batch) : batch_(batch), keys_(batch) {}

  std::int64_t TimeAt(std::int64_t row) const { return batch_.modification_time->Value(row); }
  FilePlace At(std::int64_t row) {
    const FileKeyView key = keys_.At(row);
    KeyDigest digest;
    digest.Add(key.path);
    digest.Add(key.vector_id);
    return {TimeAt(row), digest.high(), digest.low()};
  }
  bool IsAfter(std::int64_t row, const std::optional<FilePlace>& place) {
    if (!place) return true;
    const std::int64_t time = TimeAt(row);
    if (time != place->modification_time) return time > place->modification_time;
    return *place < At(row);
  }

 private:
  const FileBatch& batch_;
  BatchKeys keys_;
};

struct PlacedFile {
  FilePlace place;
  std::size_t batch = 0;
  std::int64_t row = 0;

  bool operator<(const PlacedFile& other) const { return place < other.place; }
};

/// The first files of those that it is offered.
class FirstFiles {
 public:
  explicit FirstFiles(std::size_t most) : most_(most) {}

  void Offer(BatchPlaces* places, std::size_t batch, std::int64_t row) {
    ++offered_;
    const bool full = files_.size() == most_;
    if (full && places->TimeAt(row) > files_.front().place.modification_time) return;
    const PlacedFile file{places->At(row), batch, row};
    if (full) {
      if (!(file < files_.front())) return;
      std::pop_heap(files_.begin(), files_.end());
      files_.pop_back();
    }
    files_.push_back(file);
    std::push_heap(files_.begin(), files_.end());
  }

  bool all() const { return offered_ == static_cast<std::int64_t>(files_.size()); }
  std::vector<PlacedFile> Sorted() && {
    std::sort_heap(files_.begin(), files_.end());
    return std::move(files_);
  }

 private:
  const std::size_t most_;
  std::int64_t offered_ = 0;
  std::vector<PlacedFile> files_;  ///< A heap with the last on top.
};

template <typename Visit>
void ForEachFileAfter(const Snapshot& snapshot, const std::optional<FilePlace>& place,
                      const Visit& visit) {
  for (std::size_t i = 0; i < snapshot.batches().size(); ++i) {
    const LiveBatch& batch = snapshot.batches()[i];
    BatchPlaces places(*batch.files);
    for (std::int64_t row = 0; row < batch.files->num_rows(); ++row) {
      if (batch.IsLive(row) && places.IsAfter(row, place)) visit(&places, i, row);
    }
  }
}

/// Takes files one after the other until the request is met.
class PartTaker {
 public:
  PartTaker(const Snapshot& snapshot, const PartRequest& request)
      : snapshot_(snapshot), request_(request), after_(request.after), rows_(request.max_rows) {
    for (const auto& batch : snapshot.batches()) {
      taken_.emplace_back(BitWords(batch.files->num_rows()));
    }
  }

  FilesPart Run() {
    if (!request_.max_files && !request_.max_rows) return TakeRest();
    std::int64_t pass = request_.max_rows ? kFirstPass : snapshot_.num_files();
    for (bool more = true; more;) {
      const std::int64_t wanted =
          std::min(pass, request_.max_files.value_or(pass + num_taken_) - num_taken_);
      more = TakeSome(std::min(wanted, snapshot_.num_files()));
      pass = std::min(pass * 4, kMostPass);
      const bool full = num_taken_ == request_.max_files;
      if (!more || !full) continue;
      part_.last = after_;
      part_.rows_left = rows_;
      break;
    }
    part_.files = KeepFiles(snapshot_, taken_);
    return std::move(part_);
  }

 private:
  FilesPart TakeRest() {
    ForEachFileAfter(snapshot_, after_, [&](BatchPlaces*, std::size_t batch, std::int64_t row) {
      SetBit(&taken_[batch], row, true);
    });
    part_.files = KeepFiles(snapshot_, taken_);
    return std::move(part_);
  }

  /// Whether more files are wanted, and there.
  bool TakeSome(std::int64_t most) {
    if (most <= 0) return false;
    FirstFiles first(static_cast<std::size_t>(most));
    ForEachFileAfter(snapshot_, after_,
                     [&](BatchPlaces* places, std::size_t batch, std::int64_t row) {
                       first.Offer(places, batch, row);
                     });
    const bool all = first.all();
    for (const PlacedFile& file : std::move(first).Sorted()) {
      SetBit(&taken_[file.batch], file.row, true);
      ++num_taken_;
      after_ = file.place;
      if (rows_ && Counts(file)) {
        const FileBatch& batch = *snapshot_.batches()[file.batch].files;
        *rows_ -= batch.NumRecordsAt(file.row).value_or(0);
        if (*rows_ <= 0) return false;
      }
    }
    return !all;
  }

  bool Counts(const PlacedFile& file) const {
    return request_.counted == nullptr || GetBit((*request_.counted)[file.batch], file.row);
  }

  const Snapshot& snapshot_;
  const PartRequest& request_;
  std::optional<FilePlace> after_;
  std::optional<std::int64_t> rows_;
  std::int64_t num_taken_ = 0;
  std::vector<Bits> taken_;  ///< One a batch.
  FilesPart part_;
};

}  // namespace

FilesPart TakeFiles(const std::shared_ptr<const Snapshot>& snapshot, const PartRequest& request) {
  if (!request.after && !request.max_rows &&
      request.max_files.value_or(snapshot->num_files()) >= snapshot->num_files()) {
    return {snapshot, std::nullopt, std::nullopt};
  }
  return PartTaker(*snapshot, request).Run();
}

std::int64_t CountFilesAfter(const Snapshot& snapshot, const FilePlace& place) {
  std::int64_t count = 0;
  ForEachFileAfter(snapshot, place, [&](BatchPlaces*, std::size_t, std::int64_t) { ++count; });
  return count;
}

}  // namespace sluice::delta
