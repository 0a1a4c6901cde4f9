#include "delta/file_filter.h"

#include <algorithm>

#include "delta/filter_node.h"
#include "delta/live_files.h"

namespace sluice::delta {
namespace {

bool IsEmpty(const Bits& bits) {
  return std::all_of(bits.begin(), bits.end(), [](std::uint64_t word) { return word == 0; });
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

MatchedFiles FileFilter::Select(const LiveBatch& batch) const {
  MatchedFiles selection{LiveBits(batch), {}};
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

std::vector<MatchedFiles> SelectFiles(const Snapshot& snapshot, const FileFilter& filter,
                                      ThreadPool* pool) {
  const auto batches = snapshot.batches();
  std::vector<MatchedFiles> selections(batches.size());
  ForAll(pool, batches.size(), [&](std::size_t i) { selections[i] = filter.Select(batches[i]); });
  return selections;
}

FilteredFiles FilterFiles(const SnapshotPtr& snapshot, const FileFilter& filter, ThreadPool* pool) {
  auto selections = SelectFiles(*snapshot, filter, pool);
  FilteredFiles filtered;
  std::vector<Bits> kept;
  std::int64_t left = 0;
  for (const auto& selection : selections) left += CountBits(selection.some);
  const bool skipped = left < snapshot->num_files();
  for (auto& selection : selections) {
    // Stands beside the batches that are left.
    if (!skipped || !IsEmpty(selection.some)) filtered.every.push_back(std::move(selection.every));
    kept.push_back(std::move(selection.some));
  }
  filtered.snapshot = skipped ? KeepFiles(*snapshot, kept) : snapshot;
  return filtered;
}

}  // namespace sluice::delta
