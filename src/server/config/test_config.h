// Configurations for tests.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "server/config/config.h"

namespace sluice::config {

/// Fails the test, and is empty, where the text is none.
inline Config Parse(const std::string& text) {
  auto config = ParseConfig(text, "c.yaml");
  EXPECT_TRUE(config) << config.error().message;
  return config.value_or(Config());
}

}  // namespace sluice::config
