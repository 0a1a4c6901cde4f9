// What every store over SQL must do with rows of an older program. For tests. A fixture has also
// `bool Execute(sql)`, which runs statements in the database that Open opens.
#pragma once

#include <gtest/gtest.h>

#include "catalog/rows/kinds.h"
#include "catalog/rows/migrations.h"
#include "catalog/rows/row_store.h"

namespace sluice::catalog::rows {

/// From every schema that there was: rows stay, and every kind can be read and written.
template <typename Fixture>
void CheckUpgrades() {
  for (std::size_t schema = 1; schema < Migrations().size(); ++schema) {
    Fixture fixture;
    std::string sql = R"(CREATE TABLE sluice_meta ("name" TEXT NOT NULL PRIMARY KEY,
        "value" BIGINT NOT NULL); INSERT INTO sluice_meta VALUES ('version', 5), ('schema', )" +
                      std::to_string(schema) + ");";
    for (std::size_t step = 0; step < schema; ++step) sql += Migrations()[step];
    sql += R"(INSERT INTO sluice_shares ("key", "name", "id", "comment", "created_ms")
        VALUES ('s', 'S', 'id', 'c', 7);)";
    ASSERT_TRUE(fixture.Execute(sql)) << schema;
    const auto store = fixture.Open();
    ASSERT_TRUE(store);
    EXPECT_EQ(store->Version().value_or(0), 5);
    const auto read = store->Read([](RowReader& reader, std::int64_t) -> Status {
      for (const RowKind* kind : AllKinds()) {
        SLUICE_TRY(const auto found, reader.Select(*kind, {}));
        EXPECT_EQ(found.size(), kind == &kShares ? 1U : 0U) << kind->name;
        if (kind == &kShares) {
          EXPECT_EQ(std::get<std::string>(found.at(0).at(1)), "S");
        }
      }
      return {};
    });
    EXPECT_TRUE(read) << read.error().message;
  }
}

}  // namespace sluice::catalog::rows
