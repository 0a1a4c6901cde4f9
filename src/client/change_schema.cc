#include "client/change_schema.h"

#include "client/scan_plan.h"
#include "delta/schema_compatibility.h"

namespace sluice::client {

Status CheckReadableAs(const protocol::MetadataLine& then, const protocol::MetadataLine& now) {
  SLUICE_TRY(const delta::Schema before, SchemaOf(then));
  SLUICE_TRY(const delta::Schema after, SchemaOf(now));
  Status status =
      delta::CheckReadsAs({&before, &then.partition_columns}, {&after, &now.partition_columns});
  if (status) return status;
  Error error = std::move(status).error();
  error.message = fmt::format(
      "{} after version {}: the changes before and after cannot be read together; "
      "read them in two parts",
      error.message, then.version.value_or(0));
  return Fail(std::move(error));
}

}  // namespace sluice::client
