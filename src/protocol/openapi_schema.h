// Fields and shapes as JSON Schema, for the description of the endpoints. Not part of this folder's
// interface.
#pragma once

#include <boost/json.hpp>

#include "protocol/shape.h"

namespace sluice::protocol {

/// Whose value a schema describes.
enum class FieldPlace {
  kAnswer,     ///< What this server writes: exact.
  kParameter,  ///< A header or a part of the path.
  kQuery,      ///< A parameter of the query, where empty is as good as absent.
  kBody,       ///< A field of a request's body, where null is as good as absent and some clients
               ///< write numbers as text.
};

boost::json::object FieldSchema(const Field& field, FieldPlace place);
/// An object with these fields.
boost::json::object ObjectSchema(std::span<const Field> fields, FieldPlace place);
/// {"$ref":"#/components/schemas/NAME"}
boost::json::object ShapeReference(const Shape& shape);

/// Adds the shape, and all that it refers to, to the object of named schemas.
void AddShape(const Shape& shape, boost::json::object* schemas);

}  // namespace sluice::protocol
