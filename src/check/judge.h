// What judges are made of: expectations of answers, each a finding when it is not met.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "check/point.h"
#include "check/probe.h"
#include "protocol/shape.h"
#include "protocol/types.h"

namespace sluice::check {

Finding ExpectStatus(const Answer& answer, int wanted);
/// One of these statuses, with a body of type JSON that is the protocol's error.
Finding ExpectError(const Answer& answer, std::initializer_list<int> wanted);
/// The media type of the answer, whatever its parameters.
Finding ExpectType(const Answer& answer, std::string_view wanted);
/// The value of Delta-Table-Version.
Result<std::int64_t> VersionOf(const Answer& answer);
/// That it has one.
Finding ExpectVersion(const Answer& answer);

/// The body as one JSON value. Errors: a violation.
Result<boost::json::value> JsonOf(const Answer& answer);
/// Status 200, type JSON, and an object of the shape.
Result<boost::json::object> ObjectOf(const Answer& answer, const protocol::Shape& shape);

/// The first thing in which a value is not of the shape; `place` names the value.
Finding ExpectShape(const boost::json::value& value, const protocol::Shape& shape,
                    std::string_view place);

/// One line of an answer: the wrapper's name and what is in it.
struct Line {
  std::string kind;  ///< "protocol", "metaData", "file", "add", "cdf", "remove", …
  boost::json::object content;
};

struct Lines {
  std::vector<Line> all;
  protocol::ResponseFormat format = protocol::ResponseFormat::kParquet;  ///< By the first line.

  const protocol::Shape& shape() const;
};

/// The lines of an answer of status 200. Errors: a violation for another status and for a line that
/// is not a JSON object with one key, naming its number.
Result<Lines> LinesOf(const Answer& answer);
/// Every line of these kinds is of its shape.
Finding ExpectLineShapes(const Lines& lines, std::initializer_list<std::string_view> kinds,
                         std::string_view place);

/// Some text of an answer in a finding: one line, cut.
std::string Shown(std::string_view text);

}  // namespace sluice::check
