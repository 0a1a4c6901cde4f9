#include "storage/rest/option_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace sluice::storage {
namespace {

using ::testing::HasSubstr;

TEST(OptionReader, ReadsWhatIsThereAndElseTheDefault) {
  const StoreOptions options = {
      {"region", "eu"}, {"flag", "true"}, {"endpoint", "https://h:1/base//"}};
  OptionReader reader(options);
  EXPECT_EQ(reader.Text("region"), "eu");
  EXPECT_EQ(reader.Text("other", "default"), "default");
  EXPECT_EQ(reader.Flag("flag"), true);
  EXPECT_EQ(reader.Flag("absent"), std::nullopt);
  EXPECT_EQ(reader.Url("endpoint"), "https://h:1/base");
  EXPECT_EQ(reader.Url("second", "http://d"), "http://d");
  EXPECT_EQ(reader.Url("third"), "");
  EXPECT_TRUE(reader.Done());
}

TEST(OptionReader, UnknownNamesAreRefusedWithThoseThatThereAre) {
  const StoreOptions options = {{"regoin", "eu"}};
  OptionReader reader(options);
  reader.Text("region");
  reader.Secret("token");
  const auto done = reader.Done();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::kInvalidArgument);
  EXPECT_EQ(done.error().message,
            "there is no option 'regoin'; there are region, token, tokenFile");
}

TEST(OptionReader, WhatIsNoFlagOrUrlIsRefusedByName) {
  for (const auto& [name, value] : {std::pair("flag", "yes"),
                                    {"url", ""},
                                    {"url", "host"},
                                    {"url", "ftp://h"},
                                    {"url", "https://h/?a=b"},
                                    {"url", "https://u:p@h"}}) {
    const StoreOptions options = {{name, value}};
    OptionReader reader(options);
    reader.Flag("flag");
    reader.Url("url");
    const auto done = reader.Done();
    ASSERT_FALSE(done) << value;
    EXPECT_THAT(done.error().message, HasSubstr(name)) << value;
  }
}

TEST(OptionReader, ASecretComesFromItsOptionOrAFile) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "option_reader_secret";
  std::ofstream(path) << "from a file\n";
  const StoreOptions from_file = {{"keyFile", path.string()}};
  OptionReader file_reader(from_file);
  EXPECT_EQ(file_reader.Secret("key"), "from a file");
  EXPECT_TRUE(file_reader.Done());

  const StoreOptions both = {{"key", "inline"}, {"keyFile", path.string()}};
  OptionReader both_reader(both);
  both_reader.Secret("key");
  EXPECT_THAT(both_reader.Done().error().message, HasSubstr("key and keyFile"));
  std::filesystem::remove(path);

  OptionReader missing_reader(from_file);
  EXPECT_EQ(missing_reader.Secret("key"), "");
  EXPECT_THAT(missing_reader.Done().error().message, HasSubstr("keyFile: '"));
}

TEST(OptionReader, LargeFilesAndFoldersAreNoOptionFiles) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "option_reader_large";
  std::ofstream(path) << std::string(kMaxOptionFileBytes, 'x');
  EXPECT_EQ(ReadOptionFile(path)->size(), static_cast<std::size_t>(kMaxOptionFileBytes));
  std::ofstream(path, std::ios::app) << "x";
  EXPECT_THAT(ReadOptionFile(path).error().message, HasSubstr("is too large"));
  std::filesystem::remove(path);
  EXPECT_THAT(ReadOptionFile(::testing::TempDir()).error().message, HasSubstr("cannot be read"));
}

}  // namespace
}  // namespace sluice::storage
