// A provider for the tests of this folder: one table whose answers a test writes by hand, with its
// files behind URLs that can be made to expire.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <charconv>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "client/client.h"
#include "client/parquet_fixture.h"
#include "net/test_server.h"

namespace sluice::client {

struct FakeFile {
  std::string id;
  std::string bytes;
  std::string partition_values = "{}";  ///< JSON.
  std::string deletion_vector;          ///< JSON; empty: none. `$URL/` is the server's address.
  std::string stats = {};               ///< JSON; empty: none.
};

/// A line of changes: a file, or the table's schema as a commit left it.
struct FakeChange {
  std::string kind;  ///< "add", "remove", "cdf" or "metaData".
  std::int64_t version = 0;
  FakeFile file;
  std::string schema = {};  ///< Of "metaData".
  bool data_change = true;
};

class FakeShare {
 public:
  using Handler = net::TestServer::Handler;

  FakeShare() : server_([this](const auto& request, auto& peer) { Handle(request, peer); }) {}

  // What a test sets up before the first request:
  std::string schema = SchemaJson({FieldJson("id", Named("long"))});
  std::string partition_columns = "[]";
  std::string configuration = "{}";
  std::string access_modes;     ///< JSON list; empty: not told.
  std::string reader_features;  ///< JSON list; empty: none.
  int min_reader_version = 1;
  std::atomic<std::int64_t> version = 3;
  bool delta = false;
  std::vector<FakeFile> files;
  std::vector<FakeChange> changes;
  std::int64_t first_change = 0;  ///< The version with which the answer of changes begins.
  std::string first_schema;       ///< Of that version; empty: as `schema`.
  /// What every request must bring; empty: anything.
  std::string authorization = "Bearer secret-token";
  std::map<std::string, std::string> blobs;  ///< Further objects by name.
  Handler intercept;  ///< Sees every request first; what it answers is final.
  /// What an intercepting handler has not answered.
  bool intercepted = false;
  /// Targets that have this in them are never answered; handlers would hold up all others.
  std::string silent;

  void Expire() { ++generation_; }
  int queries() const { return queries_; }  ///< Also of changes.
  std::vector<net::TestRequest> requests() const { return server_.requests(); }
  std::string Url(const std::string& path) const { return server_.Url(path); }

  std::shared_ptr<Client> Connect(ClientOptions options = {}) const {
    protocol::Profile profile;
    profile.endpoint = server_.Url("/prefix");
    profile.credential = protocol::BearerToken{"secret-token"};
    options.http.first_backoff_ms = 1;
    return Client::Make(profile, options);
  }

  static ScanRequest Request() {
    ScanRequest request;
    request.table = {"share", "schema", "table"};
    return request;
  }

  static ChangesRequest ChangesFrom(std::int64_t starting_version) {
    ChangesRequest request;
    request.table = {"share", "schema", "table"};
    request.starting_version = starting_version;
    return request;
  }

  std::string HeaderLines() const { return HeaderLines(version); }
  std::string HeaderLines(std::int64_t of_version) const {
    std::string lines = "Delta-Table-Version: " + std::to_string(of_version) + "\r\n";
    lines += "x-request-id: req-" + std::to_string(queries_) + "\r\n";
    if (delta) lines += "Delta-Sharing-Capabilities: responseformat=delta\r\n";
    return lines;
  }

  std::string TableLines() const {
    std::string protocol = R"({"minReaderVersion":)" + std::to_string(min_reader_version);
    if (!reader_features.empty()) {
      protocol += R"(,"minWriterVersion":7,"readerFeatures":)" + reader_features;
    }
    protocol += "}";
    if (delta) protocol = R"({"deltaProtocol":)" + protocol + "}";
    return R"({"protocol":)" + protocol + "}\n" + MetadataLine(schema, version);
  }

  std::string MetadataLine(const std::string& of_schema, std::int64_t of_version) const {
    const std::string metadata = R"("id":"t","format":{"provider":"parquet"},"schemaString":)" +
                                 Quoted(of_schema) + R"(,"partitionColumns":)" + partition_columns +
                                 R"(,"configuration":)" + configuration;
    const std::string modes = access_modes.empty() ? "" : R"("accessModes":)" + access_modes + ",";
    return R"({"metaData":{"version":)" + std::to_string(of_version) + "," + modes +
           (delta ? R"("deltaMetadata":{)" + metadata + "}" : metadata) + "}}\n";
  }

  std::string FileLine(const FakeFile& file) const {
    return FileLine(delta ? "add" : "file", file, "", true);
  }

  std::string ChangeLine(const FakeChange& change) const {
    if (change.kind == "metaData") return MetadataLine(change.schema, change.version);
    const std::string at = R"("version":)" + std::to_string(change.version) + R"(,"timestamp":)" +
                           std::to_string(change.version * 1000) + ",";
    const bool cdc = delta && change.kind == "cdf";
    return FileLine(cdc ? "cdc" : change.kind, change.file, at, change.data_change);
  }

  std::string ChangesAnswer() const {
    std::string body = TableLines();
    body.resize(body.find('\n') + 1);
    body += MetadataLine(first_schema.empty() ? schema : first_schema, first_change);
    for (const FakeChange& change : changes) body += ChangeLine(change);
    return body;
  }

  std::string Answer() const {
    std::string body = TableLines();
    for (const FakeFile& file : files) body += FileLine(file);
    return body;
  }

 private:
  std::string AtServer(std::string text) const {
    if (const auto at = text.find("$URL/"); at != std::string::npos) {
      text.replace(at, 5, server_.Url("/files/" + std::to_string(generation_) + "/"));
    }
    return text;
  }

  /// `name` is of the line in the parquet format and of the action in the delta format.
  std::string FileLine(const std::string& name, const FakeFile& file, const std::string& at,
                       bool data_change) const {
    const std::string url =
        server_.Url("/files/" + std::to_string(generation_) + "/" + file.id + "?sig=hidden");
    std::string body = Quoted(url) + R"(,"partitionValues":)" + file.partition_values +
                       R"(,"size":)" + std::to_string(file.bytes.size());
    if (!file.stats.empty()) body += R"(,"stats":)" + Quoted(file.stats);
    const std::string id = R"("id":")" + file.id + R"(",)" + at;
    if (!delta) return R"({")" + name + R"(":{)" + id + R"("url":)" + body + "}}\n";
    if (!file.deletion_vector.empty()) {
      body += R"(,"deletionVector":)" + AtServer(file.deletion_vector);
    }
    return R"({"file":{)" + id + R"("deltaSingleAction":{")" + name + R"(":{"path":)" + body +
           R"(,"modificationTime":0,"dataChange":)" + (data_change ? "true" : "false") + "}}}}\n";
  }

  static std::string Quoted(const std::string& text) {
    std::string out;
    AppendJsonString(text, &out);
    return out;
  }

  void Handle(const net::TestRequest& request, net::TestConnection& peer) {
    const bool changes_asked = request.target.find("/changes?") != std::string::npos;
    if (changes_asked || request.target.ends_with("/query")) ++queries_;
    if (!silent.empty() && request.target.find(silent) != std::string::npos) {
      return peer.WaitForClose();
    }
    if (intercept) {
      const std::lock_guard lock(mutex_);
      intercepted = true;
      intercept(request, peer);
      if (intercepted) return;
    }
    if (request.target.starts_with("/files/")) {
      // A data file's URL is signed: the token is for the server alone.
      EXPECT_FALSE(request.headers.contains("authorization"));
      ServeFile(request, peer);
    } else {
      if (!authorization.empty()) {
        EXPECT_EQ(request.headers.at("authorization"), authorization);
      }
      const bool query = request.target.ends_with("/query");
      const bool range_asked = request.body.find("startingVersion") != std::string::npos;
      if (changes_asked || range_asked)
        return peer.Answer("200 OK", ChangesAnswer(), HeaderLines(first_change));
      peer.Answer("200 OK", query ? Answer() : TableLines(), HeaderLines());
    }
  }

  void ServeFile(const net::TestRequest& request, net::TestConnection& peer) {
    const std::string path = request.target.substr(7, request.target.find('?') - 7);
    const std::size_t slash = path.find('/');
    if (path.substr(0, slash) != std::to_string(generation_)) {
      peer.Answer("403 Forbidden", "expired");
      return;
    }
    const std::string id = path.substr(slash + 1);
    for (const FakeFile& file : files) {
      if (file.id == id) return ServeRange(request, file.bytes, peer);
    }
    for (const FakeChange& change : changes) {
      if (change.file.id == id) return ServeRange(request, change.file.bytes, peer);
    }
    if (blobs.contains(id)) return ServeRange(request, blobs[id], peer);
    peer.Answer("404 Not Found", "");
  }

  static void ServeRange(const net::TestRequest& request, const std::string& bytes,
                         net::TestConnection& peer) {
    const std::string& range = request.headers.at("range");
    const std::size_t dash = range.find('-');
    const std::size_t first = std::stoul(range.substr(6, dash - 6));
    const std::size_t last = std::min(std::stoul(range.substr(dash + 1)), bytes.size() - 1);
    peer.Answer("206 Partial Content", bytes.substr(first, last - first + 1),
                "Content-Range: bytes " + std::to_string(first) + "-" + std::to_string(last) + "/" +
                    std::to_string(bytes.size()) + "\r\n");
  }

  std::mutex mutex_;
  std::atomic<int> generation_{0};
  std::atomic<int> queries_{0};
  net::TestServer server_;  ///< Last, so that its threads end first.
};

/// Runs a scan to its end.
inline Result<std::shared_ptr<arrow::Table>> ReadAll(Scan& scan) {
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  for (;;) {
    SLUICE_TRY(auto batch, scan.Next());
    if (batch == nullptr) break;
    EXPECT_GT(batch->num_rows(), 0);
    batches.push_back(std::move(batch));
  }
  return arrow::Table::FromRecordBatches(scan.schema(), batches).ValueOrDie();
}

inline Result<std::shared_ptr<arrow::Table>> ReadAll(Client& client, ScanRequest request) {
  SLUICE_TRY(const auto scan, client.StartScan(std::move(request)));
  return ReadAll(*scan);
}

/// A file of the column `id` with rows first … first + rows - 1.
inline FakeFile FileOfIds(const std::string& id, std::int64_t first, std::int64_t rows,
                          std::int64_t group_rows = 1 << 20) {
  arrow::Int64Builder builder;
  for (std::int64_t i = 0; i < rows; ++i) EXPECT_TRUE(builder.Append(first + i).ok());
  const auto table = arrow::Table::Make(arrow::schema({arrow::field("id", arrow::int64())}),
                                        arrow::ArrayVector{builder.Finish().ValueOrDie()});
  return {id, ParquetBytes(table, {.group_rows = group_rows}), "{}", "", ""};
}

inline std::vector<std::int64_t> Ids(const arrow::Table& table, int column = 0) {
  std::vector<std::int64_t> ids;
  for (const auto& chunk : table.column(column)->chunks()) {
    const auto& values = static_cast<const arrow::Int64Array&>(*chunk);
    for (std::int64_t i = 0; i < values.length(); ++i) ids.push_back(values.Value(i));
  }
  return ids;
}

}  // namespace sluice::client
