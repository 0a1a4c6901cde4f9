#include "server/api/data_roots.h"

#include <filesystem>

#include "server/api/test_service.h"

namespace sluice::api {
namespace {

using testing::HasSubstr;
using testing::Not;

class DataRootsTest : public ServiceTest {
 protected:
  std::string Root() const { return root_.string(); }
  std::vector<std::string> Targets(const std::string& table) {
    std::vector<std::string> targets;
    for (const auto& line : Lines(Query(table))) {
      const auto* file = line.as_object().if_contains("file");
      if (file != nullptr) targets.push_back(TargetOf(file->at("url")));
    }
    return targets;
  }
};

TEST_F(DataRootsTest, FindsTheRootOfAPath) {
  std::filesystem::create_directory_symlink(root_ / "t", root_ / "link");
  const DataRoots roots = DataRoots::Make({"file://" + Root() + "/link/", Root() + "/dv"}).value();
  const auto find = [&](const std::string& path) {
    return roots.Find(storage::ParseLocation(path).value());
  };
  const auto linked = find(Root() + "/link/two.parquet");
  ASSERT_TRUE(linked);
  EXPECT_EQ(linked->key, "two.parquet");
  EXPECT_EQ(*roots.RealPath(linked->root), Root() + "/t");
  EXPECT_EQ(find(Root() + "/t/a/b")->root, linked->root);
  EXPECT_NE(find(Root() + "/dv/x")->root, linked->root);
  for (const char* outside : {"/big/x", "/dvx", "/dv", "/dv/", "/dv/../big/x", "/dv//x", ""}) {
    EXPECT_FALSE(find(Root() + outside)) << outside;
  }
  EXPECT_EQ(roots.RealPath("unknown"), nullptr);
}

TEST_F(DataRootsTest, RootsInStoresAreTheirLocations) {
  const DataRoots roots = DataRoots::Make({"s3a://bucket/shared/", "gs://bucket"}).value();
  const auto find = [&](const std::string& path) {
    return roots.Find(storage::ParseLocation(path).value());
  };
  const auto file = find("s3://bucket/shared/t/f.parquet");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->root, "s3://bucket/shared");
  EXPECT_EQ(file->key, "t/f.parquet");
  EXPECT_EQ(find("gs://bucket/x")->key, "x");
  for (const char* outside : {"s3://bucket/sharedx/f", "s3://other/shared/f", "gs://other/f",
                              "az://bucket/shared/f", "/bucket/shared/f"}) {
    EXPECT_FALSE(find(outside)) << outside;
  }
  EXPECT_EQ(roots.RealPath("s3://bucket/shared"), nullptr);
}

TEST_F(DataRootsTest, AFolderThatIsNotThereIsRefusedByName) {
  const auto roots = DataRoots::Make({Root() + "/nowhere"});
  ASSERT_FALSE(roots);
  EXPECT_THAT(roots.error().message, HasSubstr("/nowhere"));
}

TEST_F(DataRootsTest, WithoutRootsACloneIsRefused) {
  const auto answer = Query("clone");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(Code(answer), "UNSUPPORTED_OPERATION");
  EXPECT_THAT(Message(answer), HasSubstr("outside its folder"));
  EXPECT_THAT(answer.body, Not(HasSubstr(Root())));
}

TEST_F(DataRootsTest, ACloneIsServedFromTheRoots) {
  Start({.data_roots = {Root()}});
  const auto targets = Targets("clone");
  ASSERT_EQ(targets.size(), 2U);
  EXPECT_EQ(AskRaw("GET", targets[0]).body, "0123456789abcdefghij");
  EXPECT_EQ(AskRaw("GET", targets[1]).body, "own");
  EXPECT_THAT(targets[0], HasSubstr("&root="));
  EXPECT_THAT(targets[0], Not(HasSubstr(Root())));
  // What lies in the table's own folder counts from there, however the log says it.
  EXPECT_THAT(targets[1], Not(HasSubstr("&root=")));
}

TEST_F(DataRootsTest, TheSignatureCoversTheRoot) {
  Start({.data_roots = {Root(), Root() + "/big"}});
  std::string target = Targets("clone")[0];
  const std::size_t at = target.find("&root=") + 6;
  target[at] = target[at] == '0' ? '1' : '0';
  EXPECT_EQ(AskRaw("GET", target).status, 403);
  const std::size_t end = target.find('&', at);
  target.erase(at - 6, end - at + 6);
  EXPECT_EQ(AskRaw("GET", target).status, 403);
}

TEST_F(DataRootsTest, ARootThatWasTakenBackServesNothing) {
  Start({.data_roots = {Root()}});
  const std::string target = Targets("clone")[0];
  Start({});
  EXPECT_EQ(AskRaw("GET", target).status, 404);
}

TEST_F(DataRootsTest, NotEveryAbsolutePathIsServed) {
  const auto code = [&](const std::string& path) {
    WriteCommit("clone", 0, Head() + Add(path, 1));
    Start({.data_roots = {Root()}});
    const auto answer = Query("clone");
    EXPECT_EQ(answer.status, 400) << path;
    return Code(answer);
  };
  for (const char* path : {"t/_delta_log/00000000000000000000.json", "t/_secret", "t/.hidden/x"}) {
    EXPECT_EQ(code(fmt::format("file://{}/{}", Root(), path)), "RESOURCE_DOES_NOT_EXIST") << path;
  }
  EXPECT_EQ(code("s3://bucket/f"), "UNSUPPORTED_OPERATION");
  EXPECT_EQ(code("file:///etc/passwd"), "UNSUPPORTED_OPERATION");
  EXPECT_EQ(code(Root() + "/t/../t/two.parquet"), "UNSUPPORTED_OPERATION");
}

}  // namespace
}  // namespace sluice::api
