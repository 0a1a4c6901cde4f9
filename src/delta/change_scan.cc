#include "delta/change_scan.h"

#include <iterator>

namespace sluice::delta {
namespace {

constexpr std::int64_t kFilesPerPiece = 512;
constexpr std::int64_t kBytesPerPiece = std::int64_t{1} << 20;

/// Sorts the actions of one line after another to their places.
class Collector {
 public:
  explicit Collector(ScannedLines* lines) : lines_(lines) {}

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

  void operator()(AddFile&& add) {
    if (add.data_change) TakeData(add.deletion_vector.has_value());
  }
  void operator()(RemoveFile&& remove) {
    if (!remove.data_change) return;
    TakeData(remove.deletion_vector.has_value());
    if (!remove.partition_values && lines_->bare_remove.empty()) {
      lines_->bare_remove = std::move(remove.path);
    }
  }
  void operator()(AddCdcFile&&) {
    lines_->has_cdc = true;
    ++lines_->pieces.back().cdc_files;
  }
  void operator()(Metadata&& metadata) { lines_->metadata = std::move(metadata); }
  void operator()(Protocol&& protocol) { lines_->protocol = std::move(protocol); }
  void operator()(CommitInfo&& info) { lines_->commit_info = info; }
  void operator()(Sidecar&&) {}
  void operator()(OtherAction&&) {}

 private:
  void TakeData(bool has_vector) {
    ++lines_->pieces.back().data_files;
    lines_->has_deletion_vectors |= has_vector;
  }

  ScannedLines* lines_;
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
}

Result<ScannedLines> ScanLines(const CommitText& text, ByteRange range) {
  ScannedLines lines;
  Collector collector(&lines);
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
    std::visit(collector, std::move(*action));
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

}  // namespace sluice::delta
