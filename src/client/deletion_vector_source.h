// The deletion vectors of listed files, fetched and decoded.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/result.h"
#include "client/file_source.h"
#include "client/file_task.h"
#include "client/row_selection.h"

namespace sluice::client {

/// As FileSource::Read.
using ReadBytes = std::function<Result<std::shared_ptr<arrow::Buffer>>(const FileRead& read)>;

/// The rows that the task wants; nullopt: all. Errors: kCorrupt, kTooLarge, those of `read`;
/// kMalformed for a vector that its source did not find a file for.
Result<std::optional<RowSelection>> SelectRows(const FileTask& task, const ReadBytes& read);

}  // namespace sluice::client
