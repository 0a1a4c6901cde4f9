#include "client/describe.h"

#include <utility>
#include <variant>

#include "client/answer.h"

namespace sluice::client {

RestRequest RequestFor(protocol::EndpointId endpoint, const protocol::TableName& table) {
  RestRequest request;
  request.endpoint = endpoint;
  request.arguments = {table.share, table.schema, table.table};
  return request;
}

Result<TableInfo> DescribeTable(const RestClient& rest, const RestRequest& request,
                                const net::CancelCheck& cancelled) {
  SLUICE_TRY(const net::HttpResponse response,
             cancelled ? rest.Send(request, cancelled) : rest.Send(request));
  const AnswerHeader header = ReadAnswerHeader(response);
  TableInfo info;
  SLUICE_TRY(info.version, ReadTableVersion(response));
  info.format = header.format;
  bool has_protocol = false;
  bool has_metadata = false;
  AnswerReader reader(header.format, [&](protocol::Line line) -> Status {
    if (auto* found = std::get_if<protocol::ProtocolLine>(&line)) {
      info.protocol = std::move(*found);
      has_protocol = true;
    } else if (auto* metadata = std::get_if<protocol::MetadataLine>(&line)) {
      info.metadata = std::move(*metadata);
      has_metadata = true;
    }
    return {};
  });
  SLUICE_RETURN_IF_ERROR(reader.Consume(response.body));
  SLUICE_RETURN_IF_ERROR(reader.Finish());
  if (has_protocol && has_metadata) return info;
  return Fail(ErrorKind::kMalformed, "the server's answer has no {} line",
              has_protocol ? "metaData" : "protocol");
}

}  // namespace sluice::client
