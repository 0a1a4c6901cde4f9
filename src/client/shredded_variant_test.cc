#include "client/shredded_variant.h"

#include <arrow/api.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "client/parquet_fixture.h"

namespace sluice::client {
namespace {

using ::testing::HasSubstr;
using namespace std::string_literals;  // NOLINT(google-build-using-namespace): of bytes with zeros.
using ArrayPtr = std::shared_ptr<arrow::Array>;
using Bytes = std::optional<std::string>;

const std::string kNoNames = "\x01\0\0"s;
const std::string kAbc =
    "\x11\x03\0\x01\x02\x03"s
    "abc"s;

ArrayPtr Binaries(const std::vector<Bytes>& values) {
  arrow::BinaryBuilder builder;
  for (const Bytes& value : values) {
    EXPECT_TRUE((value ? builder.Append(*value) : builder.AppendNull()).ok());
  }
  return builder.Finish().ValueOrDie();
}

ArrayPtr Group(const std::vector<std::pair<std::string, ArrayPtr>>& members) {
  arrow::ArrayVector arrays;
  std::vector<std::string> names;
  for (const auto& [name, array] : members) {
    names.push_back(name);
    arrays.push_back(array);
  }
  return arrow::StructArray::Make(arrays, names).ValueOrDie();
}

ArrayPtr Variant(const std::string& metadata, const std::vector<Bytes>& values,
                 const ArrayPtr& typed) {
  return Group({{"metadata", Binaries(std::vector<Bytes>(values.size(), metadata))},
                {"value", Binaries(values)},
                {"typed_value", typed}});
}

/// The values that come out.
std::vector<std::string> Joined(const ArrayPtr& variant) {
  const Status checked = CheckShreddedVariant(variant->type());
  EXPECT_TRUE(checked) << checked.error().message;
  const auto joined = JoinShreddedVariant(variant->data());
  EXPECT_TRUE(joined) << joined.error().message;
  if (!joined) return {};
  const auto array = arrow::MakeArray(*joined);
  EXPECT_TRUE(array->ValidateFull().ok()) << array->ValidateFull().ToString();
  const auto value = static_cast<const arrow::StructArray&>(*array).GetFieldByName("value");
  std::vector<std::string> out;
  for (std::int64_t i = 0; i < array->length(); ++i) {
    out.push_back(array->IsNull(i) ? "none"
                                   : static_cast<const arrow::BinaryArray&>(*value).GetString(i));
  }
  return out;
}

Error Refusal(const ArrayPtr& variant) {
  const auto joined = JoinShreddedVariant(variant->data());
  EXPECT_FALSE(joined);
  return joined ? Error{} : joined.error();
}

TEST(ShreddedVariantTest, PrimitivesAreAsTheEncodingHasThem) {
  const auto day_type = arrow::date32();
  const std::vector<std::pair<ArrayPtr, std::string>> cases = {
      {JsonArray(arrow::boolean(), "[true]"), "\x04"s},
      {JsonArray(arrow::boolean(), "[false]"), "\x08"s},
      {JsonArray(arrow::int8(), "[-1]"), "\x0c\xff"s},
      {JsonArray(arrow::int16(), "[258]"), "\x10\x02\x01"s},
      {JsonArray(arrow::int32(), "[1]"), "\x14\x01\0\0\0"s},
      {JsonArray(arrow::int64(), "[34]"), "\x18\x22\0\0\0\0\0\0\0"s},
      {JsonArray(arrow::float64(), "[1]"), "\x1c\0\0\0\0\0\0\xf0\x3f"s},
      {JsonArray(arrow::float32(), "[1]"), "\x38\0\0\x80\x3f"s},
      {JsonArray(arrow::decimal128(18, 2), R"(["1.25"])"), "\x20\x02\x7d\0\0\0"s},
      {JsonArray(arrow::decimal128(18, 2), R"(["10000000000.00"])"),
       "\x24\x02\0\x10\xa5\xd4\xe8\0\0\0"s},
      {JsonArray(arrow::decimal128(38, 0), R"(["-1000000000000000000"])"),
       "\x28\0\0\0\x9c\x58\x4c\x49\x1f\xf2"s + std::string(8, '\xff')},
      {JsonArray(day_type, "[1]"), "\x2c\x01\0\0\0"s},
      {JsonArray(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), "[1]"),
       "\x30\x01\0\0\0\0\0\0\0"s},
      {JsonArray(arrow::timestamp(arrow::TimeUnit::MICRO), "[1]"), "\x34\x01\0\0\0\0\0\0\0"s},
      {JsonArray(arrow::timestamp(arrow::TimeUnit::NANO, "UTC"), "[1]"), "\x48\x01\0\0\0\0\0\0\0"s},
      {JsonArray(arrow::timestamp(arrow::TimeUnit::NANO), "[1]"), "\x4c\x01\0\0\0\0\0\0\0"s},
      {JsonArray(arrow::time64(arrow::TimeUnit::MICRO), "[1]"), "\x44\x01\0\0\0\0\0\0\0"s},
      {JsonArray(arrow::binary(), R"(["ab"])"), "\x3c\x02\0\0\0ab"s},
      {JsonArray(arrow::utf8(), R"(["n/a"])"), "\x0dn/a"s},
      {JsonArray(arrow::large_utf8(), R"(["n/a"])"), "\x0dn/a"s},
      {JsonArray(arrow::utf8(), "[\"" + std::string(64, 'x') + "\"]"),
       "\x40\x40\0\0\0"s + std::string(64, 'x')},
      {JsonArray(arrow::fixed_size_binary(16), R"(["0123456789abcdef"])"),
       "\x50"s + "0123456789abcdef"},
  };
  for (const auto& [typed, expected] : cases) {
    EXPECT_THAT(Joined(Variant(kNoNames, {std::nullopt}, typed)), testing::ElementsAre(expected))
        << typed->ToString();
  }
}

TEST(ShreddedVariantTest, ValuesOfOtherTypesStayAsTheyAre) {
  const auto variant = Variant(kNoNames, {std::nullopt, "\0"s, "\x0dn/a"s, std::nullopt},
                               JsonArray(arrow::int64(), "[34, null, null, null]"));
  EXPECT_THAT(Joined(variant),
              testing::ElementsAre("\x18\x22\0\0\0\0\0\0\0"s, "\0"s, "\x0dn/a"s, "\0"s));
  // Rows from the third on, and one without a variant at all.
  EXPECT_THAT(Joined(variant->Slice(2)), testing::ElementsAre("\x0dn/a"s, "\0"s));
  auto data = variant->data()->Copy();
  data->buffers[0] = arrow::Buffer::FromString("\x0b"s);
  data->null_count = arrow::kUnknownNullCount;
  EXPECT_THAT(Joined(arrow::MakeArray(data)->Slice(1)), testing::ElementsAre("\0"s, "none", "\0"s));
}

/// Rows whose fields a and b are apart.
ArrayPtr Objects(const std::string& metadata, const std::vector<Bytes>& values) {
  const auto nothing = Binaries(std::vector<Bytes>(values.size()));
  const auto a =
      Group({{"value", nothing}, {"typed_value", JsonArray(arrow::int8(), "[5, null]")}});
  const auto b = Group({{"value", Binaries({std::nullopt, "\0"s})},
                        {"typed_value", JsonArray(arrow::utf8(), R"(["x", null])")}});
  return Variant(metadata, values, Group({{"a", a}, {"b", b}}));
}

/// {"c": true}, where c is the third name.
const std::string kC = "\x02\x01\x02\0\x01\x04"s;

TEST(ShreddedVariantTest, ObjectsHaveTheFieldsOfBoth) {
  EXPECT_THAT(Joined(Objects(kAbc, {kC, std::nullopt})),
              testing::ElementsAre("\x02\x03\0\x01\x02\0\x02\x04\x05\x0c\x05\x05x\x04"s,
                                   "\x02\x01\x01\0\x01\0"s));
  // Names may have any order; fields go by theirs.
  const std::string cba = "\x01\x03\0\x01\x02\x03"s + "cba";
  EXPECT_THAT(Joined(Objects(cba, {"\x02\x01\0\0\x01\x04"s, std::nullopt})),
              testing::ElementsAre("\x02\x03\x02\x01\0\0\x02\x04\x05\x0c\x05\x05x\x04"s,
                                   "\x02\x01\x01\0\x01\0"s));
}

TEST(ShreddedVariantTest, AFieldApartGoesBeforeItsDouble) {
  // {"a": true, "c": true}
  const std::string both = "\x02\x02\0\x02\0\x01\x02\x04\x04"s;
  EXPECT_THAT(Joined(Objects(kAbc, {both, std::nullopt})),
              testing::Contains("\x02\x03\0\x01\x02\0\x02\x04\x05\x0c\x05\x05x\x04"s));
}

TEST(ShreddedVariantTest, ArraysHaveTheirElements) {
  const auto element =
      Group({{"value", Binaries({std::nullopt, "\0"s, std::nullopt})},
             {"typed_value", JsonArray(arrow::utf8(), R"(["horror", null, null])")}});
  const auto ends = JsonArray(arrow::int32(), "[0, 3, 3]");
  const auto lists = arrow::ListArray::FromArrays(*ends, *element).ValueOrDie();
  EXPECT_THAT(Joined(Variant(kNoNames, {std::nullopt, std::nullopt}, lists)),
              testing::ElementsAre("\x03\x03\0\x07\x08\x09\x19horror\0\0"s, "\x03\0\0"s));
}

TEST(ShreddedVariantTest, ManyElementsHaveAWiderCount) {
  const auto element = Group({{"typed_value", JsonArray(arrow::boolean(), [] {
                                 std::string json = "[true";
                                 for (int i = 1; i < 300; ++i) json += ",true";
                                 return json + "]";
                               }())}});
  const auto lists =
      arrow::ListArray::FromArrays(*JsonArray(arrow::int32(), "[0, 300]"), *element).ValueOrDie();
  const auto joined = Joined(Variant(kNoNames, {std::nullopt}, lists));
  ASSERT_EQ(joined.size(), 1U);
  // The count in four bytes, ends in two.
  EXPECT_EQ(joined[0].substr(0, 9), "\x17\x2c\x01\0\0\0\0\x01\0"s);
  EXPECT_EQ(joined[0].size(), 5U + 301 * 2 + 300);
}

TEST(ShreddedVariantTest, WhatContradictsItselfIsRefused) {
  const auto number = JsonArray(arrow::int64(), "[1]");
  const std::vector<std::pair<ArrayPtr, std::string>> cases = {
      {Variant(kNoNames, {"\x04"s}, number), "both value and typed_value"},
      {Objects(kNoNames, {std::nullopt, std::nullopt}), "does not have its field 'a'"},
      {Objects(kAbc, {"\x04"s, std::nullopt}), "no object"},
      {Objects(kAbc, {"\x02\x01\x07\0\x01\x04"s, std::nullopt}), "no name or no value"},
      {Objects(kAbc, {"\x02\xff\x02"s, std::nullopt}), "ends too early"},
      {Variant("\x02\0\0"s, {std::nullopt}, number), "version 2"},
      {Variant("\x01\x05\0"s, {std::nullopt}, number), "ends too early"},
      {Variant("\x01\x01\0\x05"s, {std::nullopt}, number), "outside of its metadata"},
      {Variant("", {std::nullopt}, number), "ends too early"},
      {Group({{"metadata", Binaries({std::nullopt})}, {"typed_value", number}}), "no metadata"},
  };
  for (const auto& [variant, message] : cases) {
    EXPECT_THAT(Refusal(variant).message, HasSubstr(message)) << variant->ToString();
  }
}

TEST(ShreddedVariantTest, TypesThatVariantsDoNotHaveAreNamed) {
  const auto refusal = [](const ArrayPtr& typed) {
    return CheckShreddedVariant(Variant(kNoNames, {}, typed)->type()).error();
  };
  const auto inside = Group({{"a", Group({{"typed_value", JsonArray(arrow::uint16(), "[]")}})}});
  EXPECT_EQ(refusal(inside).kind, ErrorKind::kUnsupported);
  EXPECT_THAT(refusal(inside).message, HasSubstr("a: a shredded variant of uint16"));
  EXPECT_EQ(refusal(JsonArray(arrow::timestamp(arrow::TimeUnit::MILLI), "[]")).kind,
            ErrorKind::kUnsupported);
  EXPECT_EQ(refusal(JsonArray(arrow::fixed_size_binary(4), "[]")).kind, ErrorKind::kUnsupported);
  EXPECT_EQ(refusal(Group({{"a", JsonArray(arrow::int8(), "[]")}})).kind, ErrorKind::kCorrupt);
  EXPECT_EQ(refusal(Group({{"a", Group({{"x", JsonArray(arrow::int8(), "[]")}})}})).kind,
            ErrorKind::kCorrupt);
}

// Every byte of metadata and of a value flipped: values or an error, never a crash.
TEST(ShreddedVariantTest, SurvivesDamage) {
  for (const bool of_metadata : {false, true}) {
    const std::string good = of_metadata ? kAbc : kC;
    for (std::size_t at = 0; at < good.size(); ++at) {
      for (int flip = 1; flip < 256; ++flip) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ flip);
        const auto variant =
            of_metadata ? Objects(bad, {kC, std::nullopt}) : Objects(kAbc, {bad, std::nullopt});
        const auto joined = JoinShreddedVariant(variant->data());
        if (!joined) {
          EXPECT_NE(joined.error().kind, ErrorKind::kInternal);
        }
      }
    }
  }
}

}  // namespace
}  // namespace sluice::client
