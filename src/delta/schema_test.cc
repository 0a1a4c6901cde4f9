#include "delta/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::delta {
namespace {

using ::testing::HasSubstr;
using Kind = DataType::Kind;

Metadata Of(std::string schema, std::string mapping = "") {
  Metadata metadata;
  metadata.schema_string = std::move(schema);
  if (!mapping.empty()) metadata.configuration = {{"delta.columnMapping.mode", std::move(mapping)}};
  return metadata;
}

std::string OneField(const std::string& type) {
  return R"({"type":"struct","fields":[{"name":"a","type":)" + type +
         R"(,"nullable":true,"metadata":{}}]})";
}

/// A primitive type as JSON.
std::string Named(std::string_view name) {
  return fmt::format("\"{}\"", name);
}

struct TypeCase {
  std::string json;
  std::shared_ptr<arrow::DataType> arrow;
};

class TypeTest : public ::testing::TestWithParam<TypeCase> {};

TEST_P(TypeTest, BecomesArrow) {
  const auto schema = ParseSchema(Of(OneField(GetParam().json)));
  ASSERT_TRUE(schema) << schema.error().message;
  const auto actual = ToArrowSchema(*schema)->field(0)->type();
  EXPECT_TRUE(actual->Equals(GetParam().arrow)) << actual->ToString();
}

INSTANTIATE_TEST_SUITE_P(
    All, TypeTest,
    ::testing::Values(
        TypeCase{Named("string"), arrow::utf8()}, TypeCase{Named("varchar(7)"), arrow::utf8()},
        TypeCase{Named("long"), arrow::int64()}, TypeCase{Named("integer"), arrow::int32()},
        TypeCase{Named("short"), arrow::int16()}, TypeCase{Named("byte"), arrow::int8()},
        TypeCase{Named("float"), arrow::float32()}, TypeCase{Named("double"), arrow::float64()},
        TypeCase{Named("decimal(38,18)"), arrow::decimal128(38, 18)},
        TypeCase{Named("decimal(5, 2)"), arrow::decimal128(5, 2)},
        TypeCase{Named("decimal"), arrow::decimal128(10, 0)},
        TypeCase{Named("boolean"), arrow::boolean()}, TypeCase{Named("binary"), arrow::binary()},
        TypeCase{Named("date"), arrow::date32()},
        TypeCase{Named("timestamp"), arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")},
        TypeCase{Named("timestamp_ntz"), arrow::timestamp(arrow::TimeUnit::MICRO)},
        TypeCase{Named("void"), arrow::null()},
        TypeCase{R"({"type":"array","elementType":"long","containsNull":false})",
                 arrow::list(arrow::field("element", arrow::int64(), false))},
        TypeCase{R"({"type":"map","keyType":"string","valueType":"date","valueContainsNull":true})",
                 arrow::map(arrow::utf8(), arrow::field("value", arrow::date32(), true))},
        TypeCase{R"({"type":"struct","fields":[{"name":"x","type":"byte","nullable":false}]})",
                 arrow::struct_({arrow::field("x", arrow::int8(), false)})}));

TEST(SchemaTest, ResolvesColumnMappingAtEveryLevel) {
  const std::string json = R"({"type":"struct","fields":[{"name":"a b","nullable":false,
    "type":{"type":"array","containsNull":true,"elementType":{"type":"struct","fields":[
      {"name":"in","type":"long","nullable":true,"metadata":
        {"delta.columnMapping.id":2,"delta.columnMapping.physicalName":"col-2"}}]}},
    "metadata":{"delta.columnMapping.id":1,"delta.columnMapping.physicalName":"col-1"}}]})";
  for (const std::string mode : {"name", "id"}) {
    const auto schema = ParseSchema(Of(json, mode));
    ASSERT_TRUE(schema) << schema.error().message;
    const Field& outer = schema->fields[0];
    EXPECT_EQ(outer.name, "a b");
    EXPECT_EQ(outer.physical_name, "col-1");
    EXPECT_EQ(outer.field_id, 1);
    EXPECT_FALSE(outer.nullable);
    const Field& inner = outer.type->fields[0].type->fields[0];
    EXPECT_EQ(inner.physical_name, "col-2");
    EXPECT_EQ(inner.field_id, 2);
  }
  // Without the mode, the left-over names mean nothing.
  EXPECT_EQ(ParseSchema(Of(json))->fields[0].physical_name, "a b");
}

TEST(SchemaTest, MappingWithoutPhysicalNameIsCorrupt) {
  const auto schema = ParseSchema(Of(OneField(Named("long")), "name"));
  ASSERT_FALSE(schema);
  EXPECT_EQ(schema.error().kind, ErrorKind::kCorrupt);
  EXPECT_THAT(schema.error().message, HasSubstr("field 'a': delta.columnMapping.physicalName"));
}

TEST(SchemaTest, TellsChangedTypes) {
  const auto schema = ParseSchema(Of(R"({"type":"struct","fields":[
    {"name":"a","type":"long","nullable":true,"metadata":{"delta.typeChanges":
      [{"fromType":"integer","toType":"long"}]}},
    {"name":"b","type":"long","nullable":true,"metadata":{"delta.typeChanges":[]}}]})"));
  ASSERT_TRUE(schema);
  EXPECT_TRUE(schema->fields[0].type_changed);
  EXPECT_FALSE(schema->fields[1].type_changed);
}

TEST(SchemaTest, FindsByExactNameFirst) {
  const auto schema = ParseSchema(Of(R"({"type":"struct","fields":[
    {"name":"ID","type":"long","nullable":true},{"name":"id","type":"byte","nullable":true}]})"));
  ASSERT_TRUE(schema);
  EXPECT_EQ(schema->Find("id")->type->kind, Kind::kByte);
  EXPECT_EQ(schema->Find("Id")->type->kind, Kind::kLong);
  EXPECT_EQ(schema->Find("idx"), nullptr);
}

TEST(SchemaTest, NoSchemaIsATableWithoutColumns) {
  const auto schema = ParseSchema(Of(""));
  ASSERT_TRUE(schema);
  EXPECT_TRUE(schema->fields.empty());
}

struct BadCase {
  std::string json;
  ErrorKind kind;
  std::string message;
};

class BadSchemaTest : public ::testing::TestWithParam<BadCase> {};

TEST_P(BadSchemaTest, IsRefused) {
  const auto schema = ParseSchema(Of(GetParam().json));
  ASSERT_FALSE(schema);
  EXPECT_EQ(schema.error().kind, GetParam().kind);
  EXPECT_THAT(schema.error().message, HasSubstr(GetParam().message));
}

std::string Nested(int levels) {
  std::string json;
  for (int i = 0; i < levels; ++i) json += R"({"type":"array","elementType":)";
  json += Named("long");
  for (int i = 0; i < levels; ++i) json += "}";
  return OneField(json);
}

INSTANTIATE_TEST_SUITE_P(
    All, BadSchemaTest,
    ::testing::Values(
        BadCase{"{", ErrorKind::kCorrupt, "schemaString: not JSON"},
        BadCase{"[]", ErrorKind::kCorrupt, "of type struct"},
        BadCase{R"({"type":"struct"})", ErrorKind::kCorrupt, "no list 'fields'"},
        BadCase{R"({"type":"struct","fields":[1]})", ErrorKind::kCorrupt, "field 0"},
        BadCase{R"({"type":"struct","fields":[{"type":"long"}]})", ErrorKind::kCorrupt, "'name'"},
        BadCase{R"({"type":"struct","fields":[{"name":"q"}]})", ErrorKind::kCorrupt,
                "field 'q': 'type' is missing"},
        BadCase{OneField(Named("geometry(OGC:CRS84)")), ErrorKind::kUnsupported,
                "field 'a': type 'geometry(OGC:CRS84)' is not supported"},
        BadCase{OneField(R"({"type":"udt"})"), ErrorKind::kUnsupported, "type 'udt'"},
        BadCase{OneField(Named("decimal(39,0)")), ErrorKind::kCorrupt, "decimal(39,0)"},
        BadCase{OneField(Named("decimal(4,5)")), ErrorKind::kCorrupt, "decimal(4,5)"},
        BadCase{OneField("7"), ErrorKind::kCorrupt, "neither a name nor an object"},
        BadCase{Nested(120), ErrorKind::kCorrupt, "nested deeper"}));

TEST(SchemaTest, NinetyLevelsAreRead) {
  EXPECT_TRUE(ParseSchema(Of(Nested(90))));
}

}  // namespace
}  // namespace sluice::delta
