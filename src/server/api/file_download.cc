#include "server/api/file_download.h"

#include <sys/stat.h>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/log.h"
#include "server/api/client_address.h"
#include "server/api/error_response.h"
#include "server/api/file_answer.h"
#include "server/api/service.h"
#include "storage/local_store.h"

namespace sluice::api {
namespace {

struct OpenedFile {
  std::shared_ptr<const http::FileHandle> handle;
  FileFacts facts;
};

tl::unexpected<Error> NoSuchFile() {
  return Fail(ErrorKind::kNotFound, "this file is no longer there; query the table again");
}

/// The reason why a file cannot be had is the provider's to know.
Result<OpenedFile> OpenFile(const std::string& root, const FileGrant& grant,
                            std::string_view request_id) {
  const auto descriptor = storage::OpenLocalKey(root, grant.key);
  if (!descriptor) {
    spdlog::warn("request {}: {}", request_id, descriptor.error().message);
    return NoSuchFile();
  }
  OpenedFile file;
  file.handle = std::make_shared<http::FileHandle>(*descriptor);
  struct stat info {};
  if (::fstat(*descriptor, &info) != 0) return NoSuchFile();
  file.facts.size = info.st_size;
  file.facts.modified_s = info.st_mtim.tv_sec;
  file.facts.etag = fmt::format("\"{:x}-{:x}-{:x}.{:x}\"", info.st_ino, info.st_size,
                                info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
  return file;
}

}  // namespace

Result<Answer> DownloadFile(Call& call, std::string_view path) {
  const Service& service = call.service;
  SLUICE_TRY(const FileGrant grant,
             service.file_urls()->Check(path, call.request.query, service.NowMillis()));
  call.audit.recipient = "id:" + grant.recipient;
  if (!IsAllowedFrom(ClientAddress(call.request), grant.allowed_networks)) {
    call.audit.denied = fmt::format("{} is in none of the networks of the URL's recipient",
                                    ClientAddress(call.request));
    return Fail(ErrorKind::kPermissionDenied, "this URL may not be used from this network");
  }
  auto entry = service.catalog().GetTableById(grant.table_id);
  if (!entry && entry.error().kind != ErrorKind::kNotFound) return Fail(std::move(entry).error());
  if (!entry) return Fail(ErrorKind::kNotFound, "this table is no longer shared");
  call.audit.table = fmt::format("{}.{}.{}", entry->share, entry->schema, entry->name);
  auto table = service.tables().Get(*entry);
  if (!table) return Fail(OfStore(std::move(table).error(), entry->location));

  if ((*table)->kind != storage::StoreKind::kLocal) return NoSuchFile();  // It has moved.
  const std::string* root = &(*table)->root;
  if (!grant.root.empty()) root = service.data_roots()->RealPath(grant.root);
  if (root == nullptr) return NoSuchFile();  // The provider has taken the root back.
  SLUICE_TRY(OpenedFile file, OpenFile(*root, grant, call.request.id));
  FilePlan plan = PlanFileAnswer(file.facts, call.request, HexEncode(RandomBytes(12)));
  Answer answer;
  if (plan.head.status == 416) {
    http::Response wrong = StatusResponse(416, "no range of this file can be given");
    answer.head = std::move(wrong.head);
    answer.head.headers = std::move(plan.head.headers);
    answer.body = std::move(wrong.body);
    return answer;
  }
  answer.head = std::move(plan.head);
  answer.file = http::FileBody{std::move(file.handle), std::move(plan.pieces)};
  return answer;
}

}  // namespace sluice::api
