// Pages of changes: where a page begins, kept in a token that fits one question only.
#pragma once

#include <optional>
#include <string>

#include "delta/changes.h"
#include "protocol/types.h"
#include "server/api/changes_answer.h"

namespace sluice::api {

/// What the pages of an answer have in common, fixed by the first, and where the next begins.
struct ChangesPage {
  std::int64_t last = 0;  ///< The last version, though newer ones may have come.
  delta::ChangePosition from;
  protocol::ResponseFormat format = protocol::ResponseFormat::kParquet;
};

/// The page a question asks for; nullopt: the first. Errors: kInvalidArgument for a token that has
/// expired, was changed, or belongs to another question, table or recipient.
Result<std::optional<ChangesPage>> OpenPage(const Call& call, const SharedTable& table,
                                            const ChangesQuestion& question);

std::string SealPage(const Call& call, const SharedTable& table, const ChangesQuestion& question,
                     const ChangesPage& page);

}  // namespace sluice::api
