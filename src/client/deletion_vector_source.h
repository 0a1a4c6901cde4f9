// The deleted rows of a listed file, fetched and decoded.
#pragma once

#include <optional>

#include "base/result.h"
#include "client/file_fetcher.h"
#include "delta/deletion_vector.h"
#include "protocol/ndjson_reader.h"

namespace sluice::client {

/// nullopt for a file without a deletion vector. Errors: kCorrupt, kTooLarge, those of the fetcher;
/// kMalformed for a vector that is named by a path instead of a URL.
Result<std::optional<delta::DeletedRows>> ReadDeletedRows(
    const std::optional<protocol::DeletionVector>& vector, const FileFetcher& fetcher);

}  // namespace sluice::client
