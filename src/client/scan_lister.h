// ScanLister: which files a scan reads, and as what: the listing of a source with what the filter
// skips left out, and changes told apart.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/result.h"
#include "client/change_list.h"
#include "client/file_source.h"
#include "client/scan_plan.h"

namespace sluice::client {

/// What changes need beside a listing of them.
struct ChangesToRead {
  TableInfo read_as;              ///< The table whose columns the rows get.
  std::int64_t last_version = 0;  ///< Later changes are left out.
  CommitRows rows = CommitRows::kChanged;
};

struct ListerRequest {
  PlanRequest plan;
  std::optional<ChangesToRead> changes;
};

/// One run, on one thread.
class ScanLister {
 public:
  using PlanPtr = std::shared_ptr<const ScanPlan>;
  struct Sink {
    /// Once, before the first file. The table is the one whose columns the rows get.
    std::function<void(const TableInfo& table, const PlanPtr& plan)> on_plan;
    /// A file of a snapshot is one without a type. May block. Statistics are there only where they
    /// save reading the file.
    std::function<Status(ListedChange)> on_file;
    net::CancelCheck cancelled;
  };

  /// `source` and `request` outlive the lister.
  ScanLister(FileSource& source, const ListerRequest& request)
      : source_(source), request_(request) {}

  /// Errors: those of the source, of MakeScanPlan, of ChangeList and of the sink; kUnsupported for
  /// changes that cannot be read as the table.
  Status Run(const Sink& sink);

 private:
  Status OnTable(const TableInfo& table);
  Status OnHistory(const TableInfo& table) const;
  bool MaySkip(const protocol::File& file) const;
  Status OnFile(protocol::File file);

  FileSource& source_;
  const ListerRequest& request_;
  const Sink* sink_ = nullptr;
  PlanPtr plan_;
  std::optional<ChangeList> changes_;
};

}  // namespace sluice::client
