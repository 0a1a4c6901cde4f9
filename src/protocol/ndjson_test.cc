// Writer and reader against each other, and against lines as other servers write them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/ndjson_reader.h"
#include "protocol/ndjson_writer.h"

namespace sluice::protocol {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr auto kParquet = ResponseFormat::kParquet;
constexpr auto kDelta = ResponseFormat::kDelta;

FileView SampleFile() {
  FileView file;
  file.url = "http://host/f?a=1&b=\"2\"";
  file.id = "id1";
  file.partition_values = {{"date", "2021-04-28"}, {"empty", ""}, {"none", std::nullopt}};
  file.size = 573;
  file.stats = R"({"numRecords":1})";
  file.expires_at_ms = 1652140800000;
  file.modification_time = 1652140000000;
  return file;
}

template <typename T>
T ParseAs(ResponseFormat format, std::string_view line) {
  LineParser parser(format);
  auto parsed = parser.Parse(line);
  EXPECT_TRUE(parsed) << parsed.error().message;
  if (!parsed || !std::holds_alternative<T>(*parsed)) {
    ADD_FAILURE() << "another kind of line: " << line;
    return T{};
  }
  return std::get<T>(*parsed);
}

Error Refusal(ResponseFormat format, std::string_view line) {
  LineParser parser(format);
  auto parsed = parser.Parse(line);
  EXPECT_FALSE(parsed) << line;
  return parsed ? Error{} : parsed.error();
}

TEST(Writer, ProtocolLines) {
  std::string out;
  ProtocolView protocol{R"({"minReaderVersion":3})", std::nullopt};
  AppendProtocolLine(kParquet, protocol, &out);
  AppendProtocolLine(kDelta, protocol, &out);
  EXPECT_EQ(out,
            "{\"protocol\":{\"minReaderVersion\":1}}\n"
            "{\"protocol\":{\"deltaProtocol\":{\"minReaderVersion\":3}}}\n");
  protocol.version = 5;
  out.clear();
  AppendProtocolLine(kParquet, protocol, &out);
  AppendProtocolLine(kDelta, protocol, &out);
  EXPECT_EQ(out,
            "{\"protocol\":{\"minReaderVersion\":1}}\n"
            "{\"protocol\":{\"version\":5,\"deltaProtocol\":{\"minReaderVersion\":3}}}\n");
}

TEST(Writer, MetadataLinesAlwaysHaveConfigurationAndPartitionColumns) {
  MetadataView metadata;
  metadata.id = "m";
  metadata.schema_string = R"({"type":"struct"})";
  metadata.delta_metadata_json = R"({"id":"log"})";
  std::string out;
  AppendMetadataLine(kParquet, metadata, &out);
  EXPECT_EQ(out,
            R"({"metaData":{"id":"m","format":{"provider":"parquet"},)"
            R"("schemaString":"{\"type\":\"struct\"}","partitionColumns":[],"configuration":{}}})"
            "\n");
  out.clear();
  AppendMetadataLine(kDelta, metadata, &out);
  EXPECT_EQ(out, "{\"metaData\":{\"deltaMetadata\":{\"id\":\"log\"}}}\n");
  metadata.name = "n";
  metadata.description = "d";
  metadata.partition_columns = {"a", "b"};
  metadata.configuration = {{"enableChangeDataFeed", "true"}, {"x", "y"}};
  metadata.version = 3;
  metadata.size = 10;
  metadata.num_files = 2;
  out.clear();
  AppendMetadataLine(kParquet, metadata, &out);
  EXPECT_EQ(out,
            R"({"metaData":{"id":"m","name":"n","description":"d","format":{"provider":"parquet"},)"
            R"("schemaString":"{\"type\":\"struct\"}","partitionColumns":["a","b"],)"
            R"("configuration":{"enableChangeDataFeed":"true","x":"y"},"version":3,"size":10,)"
            R"("numFiles":2}})"
            "\n");
  out.clear();
  AppendMetadataLine(kDelta, metadata, &out);
  EXPECT_EQ(out,
            "{\"metaData\":{\"version\":3,\"size\":10,\"numFiles\":2,"
            "\"deltaMetadata\":{\"id\":\"log\"}}}\n");
}

TEST(Writer, AccessModesStandInMetadataAndListings) {
  MetadataView metadata;
  metadata.delta_metadata_json = R"({"id":"log"})";
  metadata.access_modes = {"url", "dir"};
  std::string out;
  AppendMetadataLine(kDelta, metadata, &out);
  EXPECT_EQ(out,
            "{\"metaData\":{\"deltaMetadata\":{\"id\":\"log\"},"
            "\"accessModes\":[\"url\",\"dir\"]}}\n");
  out.clear();
  AppendMetadataLine(kParquet, metadata, &out);
  EXPECT_THAT(out, HasSubstr(R"(},"accessModes":["url","dir"]}})"));
  EXPECT_EQ(FormatTables({{"t", "c", "s", "", "", {"url"}}}, ""),
            R"({"items":[{"name":"t","schema":"c","share":"s","accessModes":["url"]}]})");
}

TEST(Writer, QueryStatusLines) {
  std::string out;
  AppendQueryStatusLine({"q", "pending", ""}, &out);
  AppendQueryStatusLine({"q", "failed", "no \"t\""}, &out);
  EXPECT_EQ(out,
            "{\"queryStatus\":{\"queryId\":\"q\",\"status\":\"pending\"}}\n"
            "{\"queryStatus\":{\"queryId\":\"q\",\"status\":\"failed\","
            "\"errorMessage\":\"no \\\"t\\\"\"}}\n");
}

TEST(Writer, FileLineInTheParquetFormat) {
  std::string out;
  AppendFileLine(kParquet, SampleFile(), &out);
  EXPECT_EQ(out, R"({"file":{"url":"http://host/f?a=1&b=\"2\"","id":"id1","partitionValues":)"
                 R"({"date":"2021-04-28","empty":"","none":null},"size":573,)"
                 R"("stats":"{\"numRecords\":1}","expirationTimestamp":1652140800000}})"
                 "\n");
  FileView bare = SampleFile();
  bare.partition_values.clear();
  bare.stats.reset();
  bare.version = 7;
  bare.timestamp_ms = 1000;
  out.clear();
  AppendFileLine(kParquet, bare, &out);
  EXPECT_EQ(out, R"({"file":{"url":"http://host/f?a=1&b=\"2\"","id":"id1","partitionValues":{},)"
                 R"("size":573,"version":7,"timestamp":1000,"expirationTimestamp":1652140800000}})"
                 "\n");
}

TEST(Writer, FileLineInTheDeltaFormat) {
  FileView file = SampleFile();
  file.partition_values = {{"p", std::nullopt}};
  file.version = 7;
  file.timestamp_ms = 1000;
  file.deletion_vector = DeletionVectorView{'p', "http://host/dv", 1, 36, 2};
  file.deletion_vector_file_id = "dvid";
  file.base_row_id = 5;
  file.default_row_commit_version = 6;
  file.clustering_provider = "liquid";
  std::string out;
  AppendFileLine(kDelta, file, &out);
  EXPECT_EQ(out,
            R"({"file":{"id":"id1","deletionVectorFileId":"dvid","version":7,"timestamp":1000,)"
            R"("expirationTimestamp":1652140800000,"deltaSingleAction":{"add":{)"
            R"("path":"http://host/f?a=1&b=\"2\"","partitionValues":{"p":null},"size":573,)"
            R"("modificationTime":1652140000000,"dataChange":true,"stats":"{\"numRecords\":1}",)"
            R"("deletionVector":{"storageType":"p","pathOrInlineDv":"http://host/dv","offset":1,)"
            R"("sizeInBytes":36,"cardinality":2},"baseRowId":5,"defaultRowCommitVersion":6,)"
            R"("clusteringProvider":"liquid"}}}})"
            "\n");
}

FileView SampleChange(FileKind kind) {
  FileView file = SampleFile();
  file.kind = kind;
  file.url = "http://host/f";
  file.partition_values = {{"p", "x"}};
  file.version = 7;
  file.timestamp_ms = 1000;
  file.deletion_timestamp = 999;
  file.base_row_id = 5;
  return file;
}

TEST(Writer, LinesOfChangesInTheParquetFormat) {
  const std::string tail = R"({"url":"http://host/f","id":"id1","partitionValues":{"p":"x"},)"
                           R"("size":573,)";
  const std::string times = R"("version":7,"timestamp":1000,"expirationTimestamp":1652140800000}})"
                            "\n";
  std::string out;
  AppendFileLine(kParquet, SampleChange(FileKind::kAdd), &out);
  EXPECT_EQ(out, R"({"add":)" + tail + R"("stats":"{\"numRecords\":1}",)" + times);
  out.clear();
  AppendFileLine(kParquet, SampleChange(FileKind::kRemove), &out);
  EXPECT_EQ(out, R"({"remove":)" + tail + times);
  out.clear();
  AppendFileLine(kParquet, SampleChange(FileKind::kCdc), &out);
  EXPECT_EQ(out, R"({"cdf":)" + tail + times);
}

TEST(Writer, LinesOfChangesInTheDeltaFormat) {
  const std::string start =
      R"({"file":{"id":"id1","version":7,"timestamp":1000,"expirationTimestamp":1652140800000,)"
      R"("deltaSingleAction":)";
  std::string out;
  AppendFileLine(kDelta, SampleChange(FileKind::kAdd), &out);
  EXPECT_EQ(out, start + R"({"add":{"path":"http://host/f","partitionValues":{"p":"x"},"size":573,)"
                         R"("modificationTime":1652140000000,"dataChange":true,)"
                         R"("stats":"{\"numRecords\":1}","baseRowId":5}}}})"
                         "\n");
  out.clear();
  AppendFileLine(kDelta, SampleChange(FileKind::kCdc), &out);
  EXPECT_EQ(out, start + R"({"cdc":{"path":"http://host/f","partitionValues":{"p":"x"},"size":573,)"
                         R"("dataChange":false}}}})"
                         "\n");
}

TEST(Writer, ARemovedFileInTheDeltaFormatSaysWhatIsKnownOfIt) {
  FileView file = SampleChange(FileKind::kRemove);
  file.deletion_vector = DeletionVectorView{'i', "ab", std::nullopt, 36, 2};
  std::string out;
  AppendFileLine(kDelta, file, &out);
  EXPECT_EQ(out, R"({"file":{"id":"id1","version":7,"timestamp":1000,)"
                 R"("expirationTimestamp":1652140800000,"deltaSingleAction":{"remove":{)"
                 R"("path":"http://host/f","deletionTimestamp":999,"dataChange":true,)"
                 R"("extendedFileMetadata":true,"partitionValues":{"p":"x"},"size":573,)"
                 R"("deletionVector":{"storageType":"i","pathOrInlineDv":"ab","sizeInBytes":36,)"
                 R"("cardinality":2},"baseRowId":5}}}})"
                 "\n");
  file = SampleChange(FileKind::kRemove);
  file.size.reset();
  file.deletion_timestamp.reset();
  file.base_row_id.reset();
  file.extended_file_metadata = false;
  out.clear();
  AppendFileLine(kDelta, file, &out);
  EXPECT_EQ(out, R"({"file":{"id":"id1","version":7,"timestamp":1000,)"
                 R"("expirationTimestamp":1652140800000,"deltaSingleAction":{"remove":{)"
                 R"("path":"http://host/f","dataChange":true,"extendedFileMetadata":false}}}})"
                 "\n");
}

TEST(Writer, EndStreamLineLeavesOutWhatIsAbsent) {
  std::string out;
  AppendEndStreamLine({}, &out);
  EXPECT_EQ(out, "{\"endStreamAction\":{}}\n");
  EndStreamAction action;
  action.refresh_token = "r";
  action.next_page_token = "n";
  action.min_url_expiration_ms = 5;
  action.error_message = "e";
  action.http_status_error_code = 503;
  out.clear();
  AppendEndStreamLine(action, &out);
  EXPECT_EQ(
      out,
      "{\"endStreamAction\":{\"refreshToken\":\"r\",\"nextPageToken\":\"n\","
      "\"minUrlExpirationTimestamp\":5,\"errorMessage\":\"e\",\"httpStatusErrorCode\":503}}\n");
}

TEST(Writer, ListingsLeaveOutAnEmptyTokenAndEmptyIds) {
  EXPECT_EQ(FormatShares({}, ""), R"({"items":[]})");
  EXPECT_EQ(FormatShares({{"a", ""}, {"b", "1"}}, "t"),
            R"({"items":[{"name":"a"},{"name":"b","id":"1"}],"nextPageToken":"t"})");
  EXPECT_EQ(FormatSchemas({{"c", "s"}}, ""), R"({"items":[{"name":"c","share":"s"}]})");
  EXPECT_EQ(FormatTables({{"t", "c", "s", "9", "8"}, {"u", "c", "s", "", ""}}, ""),
            R"({"items":[{"name":"t","schema":"c","share":"s","shareId":"9","id":"8"},)"
            R"({"name":"u","schema":"c","share":"s"}]})");
  EXPECT_EQ(FormatShare({"a", "1"}), R"({"share":{"name":"a","id":"1"}})");
  EXPECT_EQ(FormatShare({"a", "", "\"c\"", {{"k", "v"}, {"l", ""}}}),
            R"({"share":{"name":"a","comment":"\"c\"","properties":{"k":"v","l":""}}})");
  EXPECT_EQ(FormatError("INTERNAL_ERROR", "say \"no\""),
            R"({"errorCode":"INTERNAL_ERROR","message":"say \"no\""})");
}

TEST(RoundTrip, FilesInBothFormats) {
  for (const auto format : {kParquet, kDelta}) {
    FileView view = SampleFile();
    view.version = 7;
    view.timestamp_ms = 1000;
    if (format == kDelta) view.deletion_vector = DeletionVectorView{'i', "abc", {}, 36, 2};
    std::string line;
    AppendFileLine(format, view, &line);
    const File file = ParseAs<File>(format, line);
    EXPECT_EQ(file.url, view.url);
    EXPECT_EQ(file.id, "id1");
    EXPECT_THAT(file.partition_values,
                ElementsAre(Pair("date", testing::Optional(std::string("2021-04-28"))),
                            Pair("empty", testing::Optional(std::string())),
                            Pair("none", testing::Eq(std::nullopt))));
    EXPECT_EQ(file.size, 573);
    EXPECT_EQ(file.stats, R"({"numRecords":1})");
    EXPECT_EQ(file.version, 7);
    EXPECT_EQ(file.timestamp_ms, 1000);
    EXPECT_EQ(file.expires_at_ms, 1652140800000);
    ASSERT_EQ(file.deletion_vector.has_value(), format == kDelta);
    if (!file.deletion_vector) continue;
    EXPECT_EQ(file.deletion_vector->storage_type, 'i');
    EXPECT_EQ(file.deletion_vector->path_or_inline, "abc");
    EXPECT_FALSE(file.deletion_vector->offset);
    EXPECT_EQ(file.deletion_vector->size_in_bytes, 36);
    EXPECT_EQ(file.deletion_vector->cardinality, 2);
  }
}

TEST(RoundTrip, ChangesInBothFormats) {
  for (const auto format : {kParquet, kDelta}) {
    for (const auto kind : {FileKind::kAdd, FileKind::kRemove, FileKind::kCdc}) {
      FileView view = SampleChange(kind);
      if (format == kDelta) view.deletion_vector = DeletionVectorView{'i', "abc", {}, 36, 2};
      std::string line;
      AppendFileLine(format, view, &line);
      const File file = ParseAs<File>(format, line);
      const bool delta_add = format == kDelta && kind == FileKind::kAdd;
      EXPECT_EQ(file.kind, delta_add ? FileKind::kFile : kind);
      EXPECT_EQ(file.url, "http://host/f");
      EXPECT_EQ(file.id, "id1");
      EXPECT_THAT(file.partition_values,
                  ElementsAre(Pair("p", testing::Optional(std::string("x")))));
      EXPECT_EQ(file.size, 573);
      EXPECT_EQ(file.version, 7);
      EXPECT_EQ(file.timestamp_ms, 1000);
      EXPECT_EQ(file.stats.has_value(), kind == FileKind::kAdd);
      EXPECT_EQ(file.deletion_vector.has_value(), format == kDelta && kind != FileKind::kCdc);
      EXPECT_EQ(file.data_change, format == kParquet || kind != FileKind::kCdc);
    }
  }
}

TEST(Reader, ARemovedFileOfWhichTheLogTellsNothingIsRefused) {
  for (const char* fields : {R"("partitionValues":{})", R"("size":1)"}) {
    const Error error =
        Refusal(kDelta, std::string(R"({"file":{"id":"1","deltaSingleAction":{"remove":{)") +
                            R"("path":"x",)" + fields + "}}}}");
    EXPECT_EQ(error.kind, ErrorKind::kUnsupported);
    EXPECT_THAT(error.message, HasSubstr("removed file"));
  }
}

TEST(RoundTrip, EndStreamAction) {
  EndStreamAction action;
  action.next_page_token = "n";
  action.min_url_expiration_ms = 5;
  action.error_message = "e";
  action.http_status_error_code = 503;
  std::string line;
  AppendEndStreamLine(action, &line);
  const auto read = ParseAs<EndStreamAction>(kParquet, line);
  EXPECT_EQ(read.next_page_token, "n");
  EXPECT_EQ(read.refresh_token, "");
  EXPECT_EQ(read.min_url_expiration_ms, 5);
  EXPECT_EQ(read.error_message, "e");
  EXPECT_EQ(read.http_status_error_code, 503);
}

TEST(RoundTrip, Listings) {
  const auto shares = ParseShares(FormatShares({{"a", "", "c", {{"k", "v"}}}, {"b", "1"}}, "t"));
  ASSERT_TRUE(shares);
  ASSERT_EQ(shares->items.size(), 2U);
  EXPECT_EQ(shares->items[1].id, "1");
  EXPECT_EQ(shares->items[0].comment, "c");
  EXPECT_THAT(shares->items[0].properties, ElementsAre(Pair("k", "v")));
  EXPECT_EQ(shares->next_page_token, "t");
  const auto schemas = ParseSchemas(FormatSchemas({{"c", "s"}}, ""));
  ASSERT_TRUE(schemas);
  EXPECT_EQ(schemas->items.at(0).share, "s");
  EXPECT_EQ(schemas->next_page_token, "");
  const auto tables = ParseTables(FormatTables({{"t", "c", "s", "9", "8"}}, ""));
  ASSERT_TRUE(tables);
  EXPECT_EQ(tables->items.at(0).schema, "c");
  EXPECT_EQ(tables->items.at(0).share_id, "9");
  EXPECT_EQ(tables->items.at(0).id, "8");
}

TEST(Reader, ListingsOfOtherServers) {
  EXPECT_TRUE(ParseShares("{}")->items.empty());
  const auto nulls = ParseTables(
      R"({"items":[{"name":"t","schema":"c","share":"s","id":null,"x":1}],"nextPageToken":null})");
  ASSERT_TRUE(nulls);
  EXPECT_EQ(nulls->next_page_token, "");
  EXPECT_EQ(ParseShares("<html>").error().kind, ErrorKind::kMalformed);
  EXPECT_EQ(ParseShares(R"({"items":{}})").error().kind, ErrorKind::kMalformed);
  EXPECT_EQ(ParseShares(R"({"items":["a"]})").error().kind, ErrorKind::kMalformed);
  EXPECT_THAT(ParseTables(R"({"items":[{"name":"t"}]})").error().message,
              HasSubstr("field 'schema' is missing"));
}

TEST(Reader, ProtocolInBothFormats) {
  const auto parquet = ParseAs<ProtocolLine>(kParquet, R"({"protocol":{"minReaderVersion":1}})");
  EXPECT_EQ(parquet.min_reader_version, 1);
  EXPECT_EQ(parquet.min_writer_version, 0);
  const auto delta = ParseAs<ProtocolLine>(
      kDelta,
      R"({"protocol":{"version":5,"deltaProtocol": {"minReaderVersion":3,"minWriterVersion":7,)"
      R"("readerFeatures":["columnMapping"],"writerFeatures":["columnMapping","x"]}}})");
  EXPECT_EQ(delta.min_reader_version, 3);
  EXPECT_EQ(delta.min_writer_version, 7);
  EXPECT_THAT(delta.reader_features, ElementsAre("columnMapping"));
  EXPECT_THAT(delta.writer_features, ElementsAre("columnMapping", "x"));
  EXPECT_EQ(delta.json,
            R"({"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["columnMapping"],)"
            R"("writerFeatures":["columnMapping","x"]})");
}

TEST(Reader, MetadataInBothFormats) {
  const auto parquet = ParseAs<MetadataLine>(
      kParquet, R"({"metaData":{"partitionColumns":["date"],"format":{"provider":"parquet"},)"
                R"("schemaString":"{}","id":"m","configuration":{"a":"b","c":null},"size":123456,)"
                R"("numFiles":5,"accessModes":["url"]}})");
  EXPECT_EQ(parquet.id, "m");
  EXPECT_EQ(parquet.schema_string, "{}");
  EXPECT_THAT(parquet.partition_columns, ElementsAre("date"));
  EXPECT_THAT(parquet.configuration, ElementsAre(Pair("a", "b"), Pair("c", "")));
  EXPECT_EQ(parquet.size, 123456);
  EXPECT_EQ(parquet.num_files, 5);
  EXPECT_FALSE(parquet.version);
  EXPECT_FALSE(parquet.name);
  const auto delta = ParseAs<MetadataLine>(
      kDelta,
      R"({"metaData":{"version":20,"size":1,"numFiles":2,"deltaMetadata":{"id":"d","name":"n",)"
      R"("partitionColumns":[],"format":{"provider":"parquet","options":{}},)"
      R"("schemaString":"{\"a\":1}","configuration":{},"createdTime":5}}})");
  EXPECT_EQ(delta.id, "d");
  EXPECT_EQ(delta.name, "n");
  EXPECT_EQ(delta.version, 20);
  EXPECT_EQ(delta.size, 1);
  EXPECT_EQ(delta.num_files, 2);
  EXPECT_EQ(delta.schema_string, "{\"a\":1}");
  EXPECT_THAT(delta.json, HasSubstr("\"createdTime\":5"));
}

TEST(Reader, QueryStatus) {
  QueryStatus given{"q\"1", "failed", "no\nversion"};
  std::string line;
  AppendQueryStatusLine(given, &line);
  const auto read = ParseAs<QueryStatus>(kParquet, line);
  EXPECT_EQ(read.query_id, given.query_id);
  EXPECT_EQ(read.status, "failed");
  EXPECT_EQ(read.error_message, given.error_message);
  EXPECT_EQ(ParseAs<QueryStatus>(kDelta, R"({"queryStatus":{"queryId":"1"}})").status, "pending");
}

TEST(Reader, PassesOverWhatItDoesNotKnow) {
  EXPECT_EQ(ParseAs<UnknownLine>(kParquet, R"({"new":{},"file":null})").name, "new");
  EXPECT_EQ(ParseAs<UnknownLine>(kDelta, R"({"add":{"id":"1"}})").name, "add");
  EXPECT_EQ(
      ParseAs<UnknownLine>(kDelta, R"({"file":{"id":"1","deltaSingleAction":{"txn":{"a":"x"}}}})")
          .name,
      "txn");
  EXPECT_EQ(ParseAs<UnknownLine>(kParquet, "{}").name, "");
}

TEST(Reader, NamesTheFieldThatIsWrong) {
  const auto message = [](ResponseFormat format, std::string_view line) {
    const Error error = Refusal(format, line);
    EXPECT_EQ(error.kind, ErrorKind::kMalformed);
    return error.message;
  };
  EXPECT_THAT(message(kParquet, R"({"file":{"id":"1","size":1}})"), HasSubstr("'url' is missing"));
  EXPECT_THAT(message(kParquet, R"({"file":{"url":"u","size":1}})"), HasSubstr("'id' is missing"));
  EXPECT_THAT(message(kParquet, R"({"file":{"url":"u","id":"1"}})"),
              HasSubstr("'size' is missing"));
  EXPECT_THAT(message(kParquet, R"({"file":{"url":"u","id":"1","size":-1}})"), HasSubstr("'size'"));
  EXPECT_THAT(message(kParquet, R"({"file":{"url":"u","id":"1","size":1,"stats":{}}})"),
              HasSubstr("'stats'"));
  EXPECT_THAT(
      message(kParquet, R"({"file":{"url":"u","id":"1","size":1,"partitionValues":{"a":1}}})"),
      HasSubstr("'partitionValues'"));
  EXPECT_THAT(message(kDelta, R"({"file":{"url":"u","id":"1","size":1}})"),
              HasSubstr("'deltaSingleAction'"));
  EXPECT_THAT(message(kDelta, R"({"protocol":{"minReaderVersion":1}})"),
              HasSubstr("'deltaProtocol'"));
  EXPECT_THAT(message(kParquet, R"({"protocol":{"deltaProtocol":{}}})"), HasSubstr("delta format"));
  EXPECT_THAT(message(kParquet, R"({"metaData":{"deltaMetadata":{}}})"), HasSubstr("delta format"));
  EXPECT_THAT(message(kParquet, R"({"metaData":{"id":"m"}})"), HasSubstr("'schemaString'"));
  EXPECT_THAT(message(kParquet, R"({"protocol":{"minReaderVersion":99999999999}})"),
              HasSubstr("'minReaderVersion'"));
  EXPECT_THAT(message(kParquet, "{\"file\":{"), HasSubstr("not valid JSON"));
  EXPECT_THAT(message(kParquet, "\"file\""), HasSubstr("not a JSON object"));
  EXPECT_THAT(message(kParquet, "\xff"), HasSubstr("not valid JSON"));
}

TEST(Reader, ReusesOneParserForManyLines) {
  LineParser parser(kParquet);
  for (int i = 0; i < 1000; ++i) {
    std::string line;
    FileView file = SampleFile();
    const std::string url = "u" + std::string(static_cast<std::size_t>(i * 37 % 5000), 'x');
    file.url = url;
    AppendFileLine(kParquet, file, &line);
    auto parsed = parser.Parse(line);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(std::get<File>(*parsed).url, url);
  }
}

TEST(Reader, ErrorBodies) {
  const auto error = ParseError(R"({"errorCode":"RESOURCE_DOES_NOT_EXIST","message":"no"})");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, "RESOURCE_DOES_NOT_EXIST");
  EXPECT_EQ(error->message, "no");
  EXPECT_EQ(ParseError(R"({"error_code":"X"})")->code, "X");
  EXPECT_FALSE(ParseError("<html>no</html>"));
  EXPECT_EQ(ParseError(R"({"message":"x"})")->message, "x");
  EXPECT_FALSE(ParseError(R"({"detail":"x"})"));
  EXPECT_FALSE(ParseError(R"({"message":null})"));
  EXPECT_FALSE(ParseError(""));
}

}  // namespace
}  // namespace sluice::protocol
