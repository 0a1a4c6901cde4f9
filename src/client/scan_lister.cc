#include "client/scan_lister.h"

#include "client/change_schema.h"
#include "client/reader_features.h"

namespace sluice::client {

Status ScanLister::Run(const Sink& sink) {
  sink_ = &sink;
  if (const auto& changes = request_.changes) {
    SLUICE_TRY(plan_, MakeScanPlan(changes->read_as, request_.plan));
  }
  ListingSink listing;
  listing.on_table = [this](const TableInfo& table) { return OnTable(table); };
  listing.on_history = [this](const TableInfo& table) { return OnHistory(table); };
  listing.on_file = [this](protocol::File file) { return OnFile(std::move(file)); };
  listing.cancelled = sink.cancelled;
  SLUICE_RETURN_IF_ERROR(source_.List(listing));
  return changes_ ? changes_->Finish() : Status();
}

Status ScanLister::OnTable(const TableInfo& table) {
  if (!request_.changes) {
    SLUICE_TRY(plan_, MakeScanPlan(table, request_.plan));
    sink_->on_plan(table, plan_);
    return {};
  }
  SLUICE_RETURN_IF_ERROR(OnHistory(table));
  ChangeListOptions options;
  options.last_version = request_.changes->last_version;
  options.rows = request_.changes->rows;
  changes_.emplace(options, sink_->on_file);
  sink_->on_plan(request_.changes->read_as, plan_);
  return {};
}

Status ScanLister::OnHistory(const TableInfo& table) const {
  SLUICE_RETURN_IF_ERROR(CheckReadable(table));
  // A server that leaves history out describes the table as it is now, and that is no change.
  const TableInfo& read_as = request_.changes->read_as;
  if (table.metadata.version.value_or(read_as.version) >= read_as.version) return {};
  return CheckReadableAs(table.metadata, read_as.metadata);
}

/// Whether nothing but its own rows depends on it.
bool ScanLister::MaySkip(const protocol::File& file) const {
  if (!request_.changes) return true;
  return request_.changes->rows != CommitRows::kChanged && file.kind == protocol::FileKind::kAdd;
}

Status ScanLister::OnFile(protocol::File file) {
  if (plan_->skipper && MaySkip(file) && !plan_->skipper->MayMatch(file)) return {};
  if (plan_->ReadsFile(file.kind == protocol::FileKind::kCdc)) file.stats.reset();
  if (changes_) return changes_->Add(std::move(file));
  return sink_->on_file({"", std::move(file), std::nullopt});
}

}  // namespace sluice::client
