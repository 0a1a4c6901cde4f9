// The deletion vectors of listed files, fetched and decoded.
#pragma once

#include <optional>

#include "base/result.h"
#include "client/file_fetcher.h"
#include "client/file_task.h"
#include "client/row_selection.h"

namespace sluice::client {

/// The rows that the task wants; nullopt: all. Errors: kCorrupt, kTooLarge, those of FileFetcher;
/// kMalformed for a vector that is named by a path instead of a URL.
Result<std::optional<RowSelection>> SelectRows(const FileTask& task, const FetchContext& context);

}  // namespace sluice::client
