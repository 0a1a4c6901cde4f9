// Which table features this client reads.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "client/client.h"

namespace sluice::client {

/// Lower-cased, as the capabilities header has them.
std::vector<std::string> ReaderFeatures();

/// Refuses what cannot be read right. Errors: kUnsupported naming reader version or feature.
Status CheckReadable(const TableInfo& table);

}  // namespace sluice::client
