#include "delta/file_filter.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "delta/filter_node.h"

namespace sluice::delta {
namespace {

bool IsEmpty(const Bits& bits) {
  return std::all_of(bits.begin(), bits.end(), [](std::uint64_t word) { return word == 0; });
}

static_assert(std::endian::native == std::endian::little, "bytes and words of bits are one");

Bits LiveBits(const LiveBatch& batch) {
  const std::int64_t rows = batch.files->num_rows();
  Bits bits(BitWords(rows), ~std::uint64_t{0});
  if (batch.live != nullptr) {
    bits.assign(bits.size(), 0);
    std::memcpy(bits.data(), batch.live->data(), static_cast<std::size_t>((rows + 7) / 8));
  }
  if (rows % 64 != 0) bits.back() &= (std::uint64_t{1} << (rows % 64)) - 1;
  return bits;
}

LiveBatch WithLive(const LiveBatch& batch, const Bits& live, std::int64_t num_live) {
  LiveBatch out{.files = batch.files, .live = nullptr, .num_live = num_live, .size_bytes = 0};
  auto bytes = std::make_shared<std::vector<std::uint8_t>>(
      static_cast<std::size_t>((batch.files->num_rows() + 7) / 8));
  std::memcpy(bytes->data(), live.data(), bytes->size());
  out.live = std::move(bytes);
  out.size_bytes = LiveSizeBytes(out);
  return out;
}

}  // namespace

/// Judges the nodes of a filter for one batch.
class BatchJudge {
 public:
  using Node = FileFilter::Node;

  explicit BatchJudge(const FileBatch& batch) : batch_(batch), rows_(batch.num_rows()) {}

  /// Makes the bounds of all columns of a tree in one pass over the statistics.
  void Prepare(const Node& node) {
    std::vector<const StatsColumn*> columns;
    CollectColumns(node, &columns);
    auto bounds = StatsBounds(batch_, columns);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      prepared_.emplace_back(columns[i], std::move(bounds[i]));
    }
  }

  Truth Judge(const Node& node) const {
    switch (node.kind) {
      case Node::Kind::kTrue:
        return Truth::Of(rows_, true, false, false);
      case Node::Kind::kFalse:
        return Truth::Of(rows_, false, true, false);
      case Node::Kind::kNull:
        return Truth::Of(rows_, false, false, true);
      case Node::Kind::kAnything:
        return Truth::Of(rows_, true, true, true);
      case Node::Kind::kNot: {
        Truth truth = Judge(node.children.front());
        Negate(&truth);
        return truth;
      }
      case Node::Kind::kAnd:
      case Node::Kind::kOr: {
        const auto combine = node.kind == Node::Kind::kAnd ? AndWith : OrWith;
        Truth truth = Judge(node.children.front());
        for (std::size_t i = 1; i < node.children.size(); ++i) {
          combine(Judge(node.children[i]), &truth);
        }
        return truth;
      }
      case Node::Kind::kLeaf:
        return JudgeColumn(node.leaf);
    }
    return Truth::Of(rows_, true, true, true);
  }

 private:
  static void CollectColumns(const Node& node, std::vector<const StatsColumn*>* columns) {
    if (!node.reads_stats) return;
    for (const Node& child : node.children) CollectColumns(child, columns);
    if (node.kind != Node::Kind::kLeaf) return;
    const auto& column = std::get<StatsColumn>(node.leaf.column);
    const bool known = std::any_of(columns->begin(), columns->end(),
                                   [&](const StatsColumn* c) { return c->SameAs(column); });
    if (!known) columns->push_back(&column);
  }

  Truth JudgeColumn(const FilterLeaf& leaf) const {
    if (const auto* partition = std::get_if<PartitionColumn>(&leaf.column)) {
      const auto bounds = PartitionBounds(batch_, *partition);
      return SpreadTruth(leaf, JudgeLeaf(leaf, *bounds),
                         *batch_.partition_values[partition->index]);
    }
    const auto& column = std::get<StatsColumn>(leaf.column);
    for (const auto& [known, bounds] : prepared_) {
      if (known->SameAs(column)) return JudgeLeaf(leaf, *bounds);
    }
    return Truth::Of(rows_, true, true, true);
  }

  const FileBatch& batch_;
  const std::int64_t rows_;
  std::vector<std::pair<const StatsColumn*, ColumnBoundsPtr>> prepared_;
};

FileSelection FileFilter::Select(const LiveBatch& batch) const {
  FileSelection selection{LiveBits(batch), {}};
  selection.every = selection.some;
  BatchJudge judge(*batch.files);
  const bool is_and = root_->kind == Node::Kind::kAnd;
  const Node* const first = is_and ? root_->children.data() : root_.get();
  const std::size_t count = is_and ? root_->children.size() : 1;
  bool prepared = false;
  // Conditions on partition columns come first, and may leave no file whose statistics to read.
  for (std::size_t part = 0; part < count && !IsEmpty(selection.some); ++part) {
    if (first[part].reads_stats && !prepared) {
      judge.Prepare(*root_);
      prepared = true;
    }
    const Truth truth = judge.Judge(first[part]);
    for (std::size_t i = 0; i < selection.some.size(); ++i) {
      selection.some[i] &= truth.can_be_true[i];
      selection.every[i] &= truth.can_be_true[i] & ~truth.can_be_false[i] & ~truth.can_be_null[i];
    }
  }
  return selection;
}

std::vector<FileSelection> SelectFiles(const Snapshot& snapshot, const FileFilter& filter,
                                       ThreadPool* pool) {
  const auto batches = snapshot.batches();
  std::vector<FileSelection> selections(batches.size());
  const auto select = [&](int index) {
    const auto i = static_cast<std::size_t>(index);
    selections[i] = filter.Select(batches[i]);
  };
  const auto count = static_cast<int>(batches.size());
  if (pool != nullptr && count > 1) {
    pool->ParallelFor(count, select);
  } else {
    for (int i = 0; i < count; ++i) select(i);
  }
  return selections;
}

FilteredFiles FilterFiles(const SnapshotPtr& snapshot, const FileFilter& filter, ThreadPool* pool) {
  auto selections = SelectFiles(*snapshot, filter, pool);
  FilteredFiles filtered;
  SnapshotParts parts;
  bool skipped = false;
  for (std::size_t i = 0; i < selections.size(); ++i) {
    const LiveBatch& batch = snapshot->batches()[i];
    const std::int64_t left = CountBits(selections[i].some);
    skipped = skipped || left < batch.num_live;
    if (left == 0 && batch.num_live > 0) continue;
    parts.batches.push_back(left == batch.num_live ? batch
                                                   : WithLive(batch, selections[i].some, left));
    filtered.every.push_back(std::move(selections[i].every));
  }
  if (!skipped) {
    filtered.snapshot = snapshot;
    return filtered;
  }
  parts.version = snapshot->version();
  parts.timestamp_ms = snapshot->timestamp_ms();
  parts.protocol = snapshot->protocol();
  parts.metadata = snapshot->metadata();
  parts.schema = snapshot->schema();
  filtered.snapshot = std::make_shared<const Snapshot>(std::move(parts));
  return filtered;
}

}  // namespace sluice::delta
