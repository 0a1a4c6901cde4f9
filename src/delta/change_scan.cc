#include "delta/change_scan.h"

#include <iterator>

#include "base/encoding.h"
#include "delta/partition_filter.h"

namespace sluice::delta {
namespace {

constexpr std::int64_t kFilesPerPiece = 512;
constexpr std::int64_t kBytesPerPiece = std::int64_t{1} << 20;
constexpr std::size_t kShownBytes = 300;

/// Null where a file tells none.
const std::vector<PartitionValue>* ValuesOf(const Action& file) {
  if (const auto* add = std::get_if<AddFile>(&file)) return &add->partition_values;
  if (const auto* cdc = std::get_if<AddCdcFile>(&file)) return &cdc->partition_values;
  const auto& values = std::get<RemoveFile>(file).partition_values;
  return values ? &*values : nullptr;
}

/// Sorts the actions of one line after another to their places.
class Collector {
 public:
  Collector(ScannedLines* lines, const PartitionFilter* rows) : lines_(lines), judge_(rows) {}

  /// Lines up to `offset` were taken.
  void Begin(std::int64_t offset) {
    auto& pieces = lines_->pieces;
    if (!pieces.empty()) {
      pieces.back().bytes.end = offset;
      const auto& piece = pieces.back();
      const bool full = piece.data_files + piece.cdc_files >= kFilesPerPiece ||
                        piece.bytes.end - piece.bytes.begin >= kBytesPerPiece;
      if (!full) return;
    }
    pieces.push_back({{offset, offset}, 0, 0});
  }

  void Take(Action&& action) {
    if (IsChange(action, false)) return TakeData(action);
    if (IsChange(action, true)) return TakeCdc(action);
    if (auto* metadata = std::get_if<Metadata>(&action)) lines_->metadata = std::move(*metadata);
    if (auto* protocol = std::get_if<Protocol>(&action)) lines_->protocol = std::move(*protocol);
    if (const auto* info = std::get_if<CommitInfo>(&action)) lines_->commit_info = *info;
  }

 private:
  void TakeData(const Action& file) {
    const auto* remove = std::get_if<RemoveFile>(&file);
    if (remove != nullptr && !remove->partition_values && lines_->bare_remove.empty()) {
      lines_->bare_remove = remove->path;
    }
    if (!Shown(file, &lines_->data_trouble)) return;
    ++lines_->pieces.back().data_files;
    const auto& vector =
        remove != nullptr ? remove->deletion_vector : std::get<AddFile>(file).deletion_vector;
    lines_->has_deletion_vectors |= vector.has_value();
  }

  void TakeCdc(const Action& file) {
    lines_->has_cdc = true;
    if (Shown(file, &lines_->cdc_trouble)) ++lines_->pieces.back().cdc_files;
  }

  bool Shown(const Action& file, std::optional<Error>* trouble) {
    const auto shown = IsShown(file, &judge_);
    if (!shown && !*trouble) *trouble = shown.error();
    return shown && *shown;
  }

  ScannedLines* lines_;
  PartitionJudge judge_;
};

}  // namespace

void ScannedLines::Append(ScannedLines&& later) {
  std::move(later.pieces.begin(), later.pieces.end(), std::back_inserter(pieces));
  if (later.protocol) protocol = std::move(later.protocol);
  if (later.metadata) metadata = std::move(later.metadata);
  if (later.commit_info) commit_info = later.commit_info;
  has_cdc |= later.has_cdc;
  has_deletion_vectors |= later.has_deletion_vectors;
  if (bare_remove.empty()) bare_remove = std::move(later.bare_remove);
  if (!data_trouble) data_trouble = std::move(later.data_trouble);
  if (!cdc_trouble) cdc_trouble = std::move(later.cdc_trouble);
}

Result<ScannedLines> ScanLines(const CommitText& text, ByteRange range,
                               const PartitionFilter* rows) {
  ScannedLines lines;
  Collector collector(&lines, rows);
  LineReader reader(text.file, text.size, range);
  ActionParser parser;
  std::int64_t end = range.begin;
  for (;;) {
    SLUICE_TRY(const auto line, reader.Next());
    if (!line) break;
    collector.Begin(line->offset);
    end = line->offset + static_cast<std::int64_t>(line->text.size());
    if (IsBlankLine(line->text)) continue;
    auto action = parser.Parse(line->text);
    if (!action) return Fail(action.error().At(fmt::format("byte {}", line->offset)));
    collector.Take(std::move(*action));
  }
  // One byte more is still before the next line, which begins behind this one's LF.
  if (!lines.pieces.empty()) lines.pieces.back().bytes.end = end + 1;
  return lines;
}

bool IsChange(const Action& action, bool from_cdc) {
  if (from_cdc) return std::holds_alternative<AddCdcFile>(action);
  if (const auto* add = std::get_if<AddFile>(&action)) return add->data_change;
  const auto* remove = std::get_if<RemoveFile>(&action);
  return remove != nullptr && remove->data_change;
}

Result<bool> IsShown(const Action& file, PartitionJudge* judge) {
  if (judge->shows_all()) return true;
  const auto* values = ValuesOf(file);
  if (values != nullptr) return judge->Shows(*values);
  return Fail(ErrorKind::kDataMissing, "row filter: the removed file '{}' has no partition values",
              Printable(std::get<RemoveFile>(file).path, kShownBytes));
}

}  // namespace sluice::delta
