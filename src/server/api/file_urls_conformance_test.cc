// The server's own URLs, of local files, in the suite of all signers.
#include "net/http_client.h"
#include "server/api/data_roots.h"
#include "server/api/file_urls.h"
#include "server/api/test_service.h"
#include "storage/url_signer_conformance.h"

namespace sluice::api {
namespace {

class LocalUrls : public ServiceTest {
 public:
  static constexpr std::pair kLaterEnd{"expires=1", "expires=2"};
  static constexpr const char* kSignature = "&sig=";

  LocalUrls() {
    clock_.now = SystemClock().NowMillis();
    Start({.data_roots = {(root_ / "big").string()}});
  }
  void TestBody() override {}

  void Put(std::string_view key, std::string_view bytes) {
    WriteFile("t/" + std::string(key), bytes);
  }
  void PutElsewhere(std::string_view key, std::string_view bytes) {
    WriteFile("big/" + std::string(key), bytes);
  }
  std::string Elsewhere() const {
    const std::string path = (root_ / "big").string();
    return DataRoots::Make({path})->Find({.folder = path + "/x"})->root;
  }
  static net::HttpResponse Fetch(const net::HttpRequest& request) {
    auto answer = net::HttpClient(net::HttpOptions{}).Send(request);
    EXPECT_TRUE(answer) << answer.error().message;
    return answer.value_or(net::HttpResponse{});
  }
  std::unique_ptr<const storage::UrlSigner> Signer(std::int64_t life_ms, std::int64_t ago_ms) {
    return std::make_unique<LocalFileUrls>(
        service_->file_urls(), fmt::format("http://127.0.0.1:{}/delta-sharing", server_->port()),
        storage::SigningScope{service_->catalog().GetTable("sales", "s", "t")->id, "r",
                              clock_.now - ago_ms + life_ms});
  }
  /// Its key is the server's own.
  static std::unique_ptr<const storage::UrlSigner> SignerEndingWith(std::int64_t) {
    return nullptr;
  }
};

}  // namespace
}  // namespace sluice::api

namespace sluice::storage {

INSTANTIATE_TYPED_TEST_SUITE_P(Local, UrlSignerConformance, api::LocalUrls);

}  // namespace sluice::storage
