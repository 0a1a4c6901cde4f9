#include "server/api/byte_ranges.h"
#include "server/api/file_signer.h"
#include "server/api/file_urls.h"
#include "server/api/test_service.h"

namespace sluice::api {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kContent = "0123456789abcdefghij";

class FilesTest : public ServiceTest {
 protected:
  FilesTest() { target_ = TargetOf(Lines(Query("t"))[2].at("file").at("url")); }
  http::TestAnswer Get(std::string_view headers = "") { return AskRaw("GET", target_, headers); }
  /// A URL that this server signed for whatever key.
  std::string Sign(std::string_view key) {
    std::string path;
    const LocalFileUrls urls(service_->file_urls(), "/delta-sharing",
                             {TableId(), "r", clock_.now + 1000});
    EXPECT_TRUE(urls.AppendUrl(key, &path)) << key;
    return path;
  }
  std::string TableId() { return service_->catalog().GetTable("sales", "s", "t")->id; }

  std::string target_;
};

TEST_F(FilesTest, WholeByGetAndHead) {
  const auto answer = Get();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, kContent);
  EXPECT_EQ(answer.Get("accept-ranges"), "bytes");
  EXPECT_EQ(answer.Get("etag").front(), '"');
  EXPECT_FALSE(answer.Get("last-modified").empty());
  const auto head = AskRaw("HEAD", target_);
  EXPECT_EQ(head.Get("content-length"), "20");
  EXPECT_EQ(head.Get("etag"), answer.Get("etag"));
  const auto record = server_->sink.WaitFor(2)[1];
  EXPECT_EQ(record.endpoint, "file");
  EXPECT_EQ(record.table, "sales.s.t");
  EXPECT_EQ(record.path.find("sig="), std::string::npos);
}

TEST_F(FilesTest, Ranges) {
  const auto middle = Get("Range: bytes=4-6\r\n");
  EXPECT_EQ(middle.status, 206);
  EXPECT_EQ(middle.body, "456");
  EXPECT_EQ(middle.Get("content-range"), "bytes 4-6/20");
  EXPECT_EQ(Get("Range: bytes=-3\r\n").body, "hij");
  EXPECT_EQ(Get("Range: bytes=18-\r\n").body, "ij");
  EXPECT_EQ(Get("Range: bytes=18-99\r\n").body, "ij");
  const auto beyond = Get("Range: bytes=20-\r\n");
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(beyond.Get("content-range"), "bytes */20");
  EXPECT_EQ(Get("Range: lines=1-2\r\n").status, 200);
  EXPECT_EQ(Get("Range: bytes=6-4\r\n").status, 200);
}

TEST_F(FilesTest, SeveralRangesAreMultipart) {
  const auto answer = Get("Range: bytes=0-1, 99-, -2\r\n");
  EXPECT_EQ(answer.status, 206);
  const std::string type = answer.Get("content-type");
  ASSERT_TRUE(type.starts_with("multipart/byteranges; boundary="));
  const std::string boundary = type.substr(type.find('=') + 1);
  const std::string part =
      "--{0}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes "
      "{1}/20\r\n\r\n{2}\r\n";
  EXPECT_EQ(answer.body, fmt::format(fmt::runtime(part), boundary, "0-1", "01") +
                             fmt::format(fmt::runtime(part), boundary, "18-19", "ij") + "--" +
                             boundary + "--\r\n");
  EXPECT_TRUE(answer.complete);
}

TEST_F(FilesTest, Conditions) {
  const auto first = Get();
  const std::string etag = first.Get("etag");
  const auto same = Get("If-None-Match: \"x\", " + etag + "\r\n");
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.Get("etag"), etag);
  EXPECT_EQ(Get("If-None-Match: \"x\"\r\n").status, 200);
  EXPECT_EQ(Get("If-Modified-Since: " + first.Get("last-modified") + "\r\n").status, 304);
  EXPECT_EQ(Get("If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT\r\n").status, 200);
  EXPECT_EQ(Get("Range: bytes=0-0\r\nIf-Range: " + etag + "\r\n").status, 206);
  EXPECT_EQ(Get("Range: bytes=0-0\r\nIf-Range: \"other\"\r\n").status, 200);
  EXPECT_EQ(Get("Range: bytes=0-0\r\nIf-Range: W/" + etag + "\r\n").status, 200);
  WriteFile("t/p=a b/one.parquet", "another");
  EXPECT_NE(Get().Get("etag"), etag);
}

TEST_F(FilesTest, EveryChangeIsRefused) {
  const std::size_t begin = target_.find("/_files/") + 8;
  for (std::size_t at = begin; at < target_.size(); ++at) {
    std::string changed = target_;
    changed[at] = changed[at] == '1' ? '2' : '1';
    const auto answer = AskRaw("GET", changed);
    EXPECT_GE(answer.status, 403) << changed;
    EXPECT_LE(answer.status, 404) << changed;
    EXPECT_EQ(answer.body.find(kContent), std::string::npos);
  }
  const std::string path = target_.substr(0, target_.find('?'));
  for (const std::string& other : {path, path + "?expires=1", path + "?sig=", target_ + "x"}) {
    const auto answer = AskRaw("GET", other);
    EXPECT_EQ(answer.status, 403) << other;
    EXPECT_EQ(Code(answer), "PERMISSION_DENIED");
  }
}

TEST_F(FilesTest, OtherParametersAndOrdersAreForgiven) {
  const std::size_t mark = target_.find('?');
  const std::string path = target_.substr(0, mark);
  const std::string query = target_.substr(mark + 1);
  const std::size_t signature = query.find("&sig=");
  EXPECT_EQ(
      AskRaw("GET", path + "?" + query.substr(signature + 1) + "&x=1&" + query.substr(0, signature))
          .body,
      kContent);
}

TEST_F(FilesTest, ExpiryIs403AndSaysSo) {
  clock_.now += service_->options().url_lifetime_ms;
  const auto answer = Get();
  EXPECT_EQ(answer.status, 403);
  EXPECT_THAT(Message(answer), HasSubstr("expired"));
  EXPECT_FALSE(server_->sink.WaitFor(2)[1].denied.empty());
}

TEST_F(FilesTest, OnlyGetAndHead) {
  for (const char* method : {"PUT", "POST", "DELETE"}) {
    const auto answer = AskRaw(method, target_);
    EXPECT_EQ(answer.status, 405);
    EXPECT_EQ(answer.Get("allow"), "GET, HEAD");
  }
}

TEST_F(FilesTest, NothingOutsideTheTableEvenWhenSigned) {
  namespace fs = std::filesystem;
  WriteFile("outside/secret", "secret");
  fs::create_symlink(root_ / "outside/secret", root_ / "t/link.parquet");
  fs::create_directory_symlink(root_ / "outside", root_ / "t/linked");
  fs::create_directory(root_ / "t/folder");
  for (const char* key : {"link.parquet", "linked/secret", "folder", "gone.parquet"}) {
    const auto answer = AskRaw("GET", Sign(key));
    EXPECT_EQ(answer.status, 404) << key;
    EXPECT_THAT(answer.body, Not(HasSubstr("secret")));
    EXPECT_THAT(answer.body, Not(HasSubstr(root_.string())));
  }
  fs::create_symlink("three.parquet", root_ / "t/inner.parquet");
  EXPECT_EQ(AskRaw("GET", Sign("inner.parquet")).body, "three");
}

TEST_F(FilesTest, LogAndHiddenFilesAreNeverSigned) {
  FileSignerOptions options;
  options.signer = std::make_shared<LocalFileUrls>(service_->file_urls(), "",
                                                   storage::SigningScope{"t", "r", 1});
  options.table_root = "/data/t";
  const FileSigner signer(options);
  for (const char* key : {"_delta_log/00000000000000000000.json", "_DELTA_LOG/x", "_secret",
                          ".hidden/x", "a/.x", "a/_x", "../t/three.parquet", "a//b", "a/../b"}) {
    std::string out = "before";
    EXPECT_FALSE(signer.AppendFileUrl(key, &out)) << key;
    EXPECT_FALSE(signer.AppendFileUrl(std::string("/data/t/") + key, &out)) << key;
    EXPECT_EQ(out, "before");
    EXPECT_FALSE(IsServedKey(key)) << key;
  }
  for (const char* key : {"", "/three.parquet"}) EXPECT_FALSE(IsServedKey(key)) << key;
  for (const char* key : {"a", "a=_b/c", "_p=1/x.parquet", "_change_data/cdc.parquet",
                          "a b/\xC3\xA9", "deletion_vector_1.bin"}) {
    std::string out;
    EXPECT_TRUE(signer.AppendFileUrl(key, &out)) << key;
    EXPECT_TRUE(IsServedKey(key)) << key;
  }
}

TEST_F(FilesTest, EncodedSlashesAndEscapesAreRefused) {
  const std::size_t mark = target_.find('?');
  const std::string query = target_.substr(mark);
  const std::string folder = target_.substr(0, target_.rfind('/', mark));
  EXPECT_EQ(AskRaw("GET", target_).status, 200);
  for (const std::string& path :
       {folder + "%2Fone.parquet", folder + "%2fone.parquet", folder + "/one.parquet%00",
        folder + "/../one.parquet", folder + "/%2e%2e/%2e%2e/outside", folder + "//one.parquet",
        folder + "/%zz", std::string("/delta-sharing/_files/"), folder}) {
    const auto answer = AskRaw("GET", path + query);
    EXPECT_EQ(answer.status, 403) << path;
  }
}

TEST(FileUrlKey, FieldsDoNotRunIntoEachOther) {
  const auto key = std::make_shared<FileUrlKey>(std::vector{HmacKey("secret")});
  const auto url = [](const std::shared_ptr<FileUrlKey>& with, std::string table,
                      std::string_view file) {
    std::string out;
    EXPECT_TRUE(LocalFileUrls(with, "", {std::move(table), "r", 1}).AppendUrl(file, &out));
    return out;
  };
  const std::string one = url(key, "a", "b/c");
  const std::string two = url(key, "a/b", "c");
  EXPECT_NE(one.substr(one.find("sig=")), two.substr(two.find("sig=")));
  EXPECT_NE(one, url(std::make_shared<FileUrlKey>(std::vector{HmacKey("another")}), "a", "b/c"));
  const auto mark = one.find('?');
  const auto grant = key->Check(one.substr(8, mark - 8), one.substr(mark + 1), 0);
  ASSERT_TRUE(grant) << grant.error().message;
  EXPECT_EQ(grant->key, "b/c");
}

TEST(ByteRanges, SyntaxAndBounds) {
  const auto kind = [](std::string_view header, std::int64_t size) {
    return ParseRanges(header, size).kind;
  };
  using enum RangeRequest::Kind;
  EXPECT_EQ(kind("bytes=0-0", 10), kRanges);
  EXPECT_EQ(kind("bytes=10-", 10), kUnsatisfiable);
  EXPECT_EQ(kind("bytes=-0", 10), kUnsatisfiable);
  EXPECT_EQ(kind("bytes=0-", 0), kUnsatisfiable);
  EXPECT_EQ(kind("bytes=99999999999999999999-", 10), kUnsatisfiable);
  EXPECT_EQ(ParseRanges("bytes=0-99999999999999999999", 10).ranges[0].length, 10);
  EXPECT_EQ(ParseRanges("bytes=-99999999999999999999", 10).ranges[0].length, 10);
  for (const char* whole : {"", "bytes", "bytes=", "bytes=,", "bytes=a-b", "bytes=1", "bytes=3-1",
                            "bytes=-", "bytes=+1-2", "bytes=1-2,x", "items=0-1", "bytes=0x1-2"}) {
    EXPECT_EQ(kind(whole, 10), kWhole) << whole;
  }
  std::string many = "bytes=0-0";
  for (std::size_t i = 1; i < kMaxRanges; ++i) many += ",0-0";
  EXPECT_EQ(ParseRanges(many, 10).ranges.size(), kMaxRanges);
  EXPECT_EQ(kind(many + ",0-0", 10), kUnsatisfiable);
}

}  // namespace
}  // namespace sluice::api
