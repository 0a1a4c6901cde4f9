// Runs operations on a catalog for the command line, and prints what they answer.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "catalog_open.h"
#include "server/admin/operation_table.h"

namespace sluice::apps {

/// What all commands on a catalog take.
struct CatalogOptions {
  CatalogPlace place;
  bool json = false;
};

/// What commands that hand out a credential take.
struct ProfileOptions {
  std::string endpoint;  ///< Empty: as it was told last.
  std::string file;      ///< "-": standard output; empty: NAME.share.
};

struct OperationRequest {
  admin::OperationId id;
  std::vector<std::string> arguments;
  boost::json::object parameters;
};

/// Runs the operations in order, prints the answer of the last, and returns the exit code.
int RunOperations(const CatalogOptions& options, std::vector<OperationRequest> requests);

/// The same for operations whose last one answers with a profile for `recipient`, which goes into
/// its file, or with a link.
int RunIssuing(const CatalogOptions& options, const ProfileOptions& profile,
               const std::string& recipient, std::vector<OperationRequest> requests);

}  // namespace sluice::apps
