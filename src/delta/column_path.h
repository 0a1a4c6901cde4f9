// Finds the column that a predicate names among those of a table.
#pragma once

#include <vector>

#include "delta/schema.h"
#include "predicate/expression.h"

namespace sluice::delta {

/// The fields from the top to the one that is named; empty when there is none. Names compare in
/// their exact case first, then without case. A name with dots that no column has may name a field
/// of a struct.
std::vector<const Field*> FindColumnPath(const std::vector<Field>& fields,
                                         const predicate::Column& column);

}  // namespace sluice::delta
