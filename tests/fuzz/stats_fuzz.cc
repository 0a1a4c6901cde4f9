#include "delta/file_batch_builder.h"
#include "delta/file_filter.h"
#include "delta/schema.h"
#include "fuzz.h"
#include "predicate/sql_predicate.h"

using sluice::fuzz::Require;

namespace {

constexpr std::string_view kSchema =
    R"x({"type":"struct","fields":[{"name":"p","type":"timestamp","nullable":true,"metadata":{}},)x"
    R"x({"name":"l","type":"long","nullable":true,"metadata":{}},)x"
    R"x({"name":"d","type":"double","nullable":true,"metadata":{}},)x"
    R"x({"name":"m","type":"decimal(38,10)","nullable":true,"metadata":{}},)x"
    R"x({"name":"t","type":"timestamp","nullable":true,"metadata":{}},)x"
    R"x({"name":"dt","type":"date","nullable":true,"metadata":{}},)x"
    R"x({"name":"s","type":"string","nullable":true,"metadata":{}}]})x";

}  // namespace

/// A line of SQL, a line with a partition value, and the statistics of a file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::delta;
  std::string_view text = sluice::fuzz::AsText(data, size);
  const auto line = [&text] {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view taken = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return taken;
  };
  static const Metadata metadata = [] {
    Metadata made;
    made.schema_string = kSchema;
    made.partition_columns = {"p"};
    return made;
  }();
  static const auto schema = ParseSchema(metadata);
  const auto predicate = sluice::predicate::ParseSqlPredicate(line());
  AddFile add;
  add.path = "f";
  add.partition_values = {{"p", std::string(line())}};
  add.stats = std::string(text);
  FileBatchBuilder builder({"p"});
  Require(builder.Append(add).has_value());
  const auto batches = builder.Finish();
  Require(batches.has_value());
  const auto filter = FileFilter::Bind(*predicate, *schema, metadata, {});
  const auto selection = filter.Select(batches->front());
  // What matches wholly matches.
  Require((selection.every[0] & ~selection.some[0]) == 0);
  const auto negation = FileFilter::Bind(*sluice::predicate::Not(predicate), *schema, metadata, {});
  Require((selection.every[0] & negation.Select(batches->front()).some[0]) == 0);
  return 0;
}
