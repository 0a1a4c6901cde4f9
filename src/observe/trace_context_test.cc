#include "observe/trace_context.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::observe {
namespace {

const std::string kGood = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceParent, IsRead) {
  const auto read = ParseTraceParent(kGood);
  EXPECT_EQ(read.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(read.parent_id, "00f067aa0ba902b7");
  EXPECT_FALSE(ParseTraceParent("cc" + kGood.substr(2) + "-what-comes-later").trace_id.empty());
}

TEST(TraceParent, WhatIsNotSoundIsNone) {
  const auto with = [](std::size_t at, char c) {
    std::string text = kGood;
    text[at] = c;
    return text;
  };
  for (const std::string& text :
       {std::string(), kGood.substr(1), kGood + "-x", kGood + "0", "ff" + kGood.substr(2),
        with(2, '_'), with(5, 'G'), with(5, 'B'), with(40, '\n'), with(53, 'z'),
        "00-" + std::string(32, '0') + kGood.substr(35),
        kGood.substr(0, 36) + std::string(16, '0') + "-01"}) {
    EXPECT_TRUE(ParseTraceParent(text).trace_id.empty()) << text;
  }
}

}  // namespace
}  // namespace sluice::observe
