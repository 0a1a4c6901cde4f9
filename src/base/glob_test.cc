#include "base/glob.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

bool Matches(std::string_view pattern, std::string_view path) {
  const auto glob = Glob::Parse(pattern);
  EXPECT_TRUE(glob) << pattern << ": " << glob.error().message;
  return glob && glob->Matches(path);
}

TEST(Glob, SegmentsMatchAsInAShell) {
  EXPECT_TRUE(Matches("a/b.parquet", "a/b.parquet"));
  EXPECT_FALSE(Matches("a/b.parquet", "a/b_parquet"));
  EXPECT_TRUE(Matches("year=*/part-*.parquet", "year=2024/part-0001.parquet"));
  EXPECT_TRUE(Matches("*", "x"));
  EXPECT_FALSE(Matches("*", "x/y"));
  EXPECT_FALSE(Matches("x/*", "x"));
  EXPECT_TRUE(Matches("a*b*c", "a-b-b-cc-c"));
  EXPECT_FALSE(Matches("a*b*c", "a-b-b-cc-d"));
  EXPECT_TRUE(Matches("a?c",
                      "a\xC3\xA9"
                      "c"));
  EXPECT_FALSE(Matches("a?c", "ac"));
  EXPECT_FALSE(Matches("A", "a"));
}

TEST(Glob, Brackets) {
  EXPECT_TRUE(Matches("x[0-9]", "x7"));
  EXPECT_FALSE(Matches("x[0-9]", "xa"));
  EXPECT_TRUE(Matches("x[!0-9]", "xa"));
  EXPECT_FALSE(Matches("x[!0-9]", "x7"));
  EXPECT_TRUE(Matches("[]x]", "]"));
  EXPECT_TRUE(Matches("[*]", "*"));
  EXPECT_FALSE(Matches("[*]", "a"));
  EXPECT_TRUE(Matches("[a-]", "-"));
  EXPECT_TRUE(Matches("[\xC3\xA0-\xC3\xBF]", "\xC3\xA9"));
  EXPECT_FALSE(Matches("[a-z]", "\xC3\xA9"));
}

TEST(Glob, TwoStarsStandForAnyFolders) {
  for (const char* path : {"x.parquet", "a/x.parquet", "a/b/c/x.parquet"}) {
    EXPECT_TRUE(Matches("**/*.parquet", path)) << path;
  }
  EXPECT_TRUE(Matches("a/**", "a/b/c"));
  EXPECT_TRUE(Matches("a/**/b/**/c", "a/x/b/b/y/c"));
  EXPECT_FALSE(Matches("a/**/b/**/c", "a/x/y/c"));
  EXPECT_TRUE(Matches("**", "a/b"));
  EXPECT_FALSE(Matches("*=*/**/*.parquet", "x.parquet"));
  EXPECT_TRUE(Matches("*=*/**/*.parquet", "a=1/x.parquet"));
}

TEST(Glob, WhatIsHiddenMustBeNamed) {
  EXPECT_FALSE(Matches("*", "_x"));
  EXPECT_FALSE(Matches("?x", ".x"));
  EXPECT_FALSE(Matches("[_]x", "_x"));
  EXPECT_FALSE(Matches("**/x", "_tmp/x"));
  EXPECT_TRUE(Matches("_*/x", "_tmp/x"));
  EXPECT_TRUE(Matches("**/*", "_day=1/x"));
  EXPECT_FALSE(Matches("**/*", ".day=1/x"));
}

TEST(Glob, PrefixIsWhatAllMatchesBeginWith) {
  EXPECT_EQ(Glob::Parse("a/b=1/c*.x")->prefix(), "a/b=1/c");
  EXPECT_EQ(Glob::Parse("**/x")->prefix(), "");
  EXPECT_EQ(Glob::Parse("a/b")->prefix(), "a/b");
}

TEST(Glob, RefusesWhatIsNoPattern) {
  for (const char* pattern :
       {"", "/a", "a//b", "a/", "./a", "a/../b", "a**", "a/**b", "[a", "x[]"}) {
    const auto glob = Glob::Parse(pattern);
    ASSERT_FALSE(glob) << pattern;
    EXPECT_EQ(glob.error().kind, ErrorKind::kInvalidArgument);
  }
  EXPECT_FALSE(Glob::Parse(std::string(2000, 'a')));
  std::string deep = "a";
  for (int i = 0; i < 63; ++i) deep += "/a";
  EXPECT_FALSE(Glob::Parse(deep));
  EXPECT_TRUE(Matches(deep.substr(2), deep.substr(2)));
}

TEST(Glob, ManyStarsStayFast) {
  std::string pattern;
  for (int i = 0; i < 400; ++i) pattern += "*a";
  EXPECT_FALSE(Matches(pattern + "b", std::string(4000, 'a')));
}

}  // namespace
}  // namespace sluice
