#include "protocol/request.h"
#include "server/api/endpoints.h"
#include "server/api/table_access.h"
#include "server/api/table_lines.h"

namespace sluice::api {

Result<Answer> TableMetadata(Call& call) {
  SLUICE_TRY(const auto found, FindTable(call));
  const SharedTable& table = *found;
  SLUICE_TRY(const auto parameters, protocol::ParseQueryString(call.request.query));
  SLUICE_TRY(const auto request, protocol::ParseMetadataRequest(parameters));
  const VersionChoice choice{request.version, request.timestamp_ms};
  SLUICE_TRY(const auto files, ReadSnapshot(call, table, choice));
  const delta::SnapshotPtr& snapshot = files.shown;
  SLUICE_TRY(const auto format, ChooseFormat(call, *snapshot));
  Answer answer;
  answer.head.content_type = kNdjsonType;
  // Two lines and no third: clients fail on one, so no end is promised either.
  AddTableHeaders(call, {snapshot->version(), format}, &answer.head);
  AppendTableLines({*snapshot, format, choice.asked(), table.directory}, &answer.body);
  return answer;
}

}  // namespace sluice::api
