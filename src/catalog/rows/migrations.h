// The steps from one schema of the SQL databases to the next. Not part of this folder's interface.
#pragma once

#include <span>
#include <string_view>

namespace sluice::catalog::rows {

/// Step i leads from schema i to schema i + 1. Steps that were released are never changed. Written
/// in what SQLite and PostgreSQL have in common.
std::span<const std::string_view> Migrations();

}  // namespace sluice::catalog::rows
