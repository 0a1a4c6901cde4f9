// For tests: a table's folder in a store that speaks S3, opened by the credentials that a FakeShare
// gives, and by these alone.
#pragma once

#include <fmt/format.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/encoding.h"
#include "client/fake_share.h"

namespace sluice::client {

class FakeFolder {
 public:
  /// The share's table lies in the folder; the n-th credentials have the access key "KEY<n>".
  explicit FakeFolder(FakeShare& share)
      : share_(share), server_([this](const auto& request, auto& peer) { Serve(request, peer); }) {
    share.intercept = [this](const net::TestRequest& request, net::TestConnection& peer) {
      if (before_share && before_share(request, peer)) return;
      if (request.target.ends_with("/temporary-table-credentials")) {
        EXPECT_EQ(request.headers.at("authorization"), "Bearer secret-token");
        return peer.Answer("200 OK", Credentials(++given_));
      }
      share_.intercepted = false;
    };
  }

  // What a test sets up:
  std::atomic<int> good_from = 1;  ///< Credentials before this one have ended.
  std::atomic<const char*> location = "s3://bucket/a table";
  std::atomic<std::int64_t> lifetime_ms = 3'600'000;
  /// Sees every request to the sharing server, or to the store, first; true: it has answered.
  std::function<bool(const net::TestRequest&, net::TestConnection&)> before_share;
  std::function<bool(const net::TestRequest&, net::TestConnection&)> before_store;

  /// Objects have keys in the folder.
  void Put(const std::string& key, std::string bytes) {
    const std::lock_guard lock(mutex_);
    objects_[key] = std::move(bytes);
  }
  void Drop(const std::string& key) {
    const std::lock_guard lock(mutex_);
    objects_.erase(key);
  }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return objects_.size();
  }
  std::optional<std::string> Find(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(key);
    return found == objects_.end() ? std::nullopt : std::optional(found->second);
  }

  int given() const { return given_; }  ///< Credentials.
  std::vector<net::TestRequest> requests() const { return server_.requests(); }
  bool Asked(std::string_view key) const {
    for (const net::TestRequest& request : requests()) {
      if (request.target == "/bucket/a%20table/" + std::string(key)) return true;
    }
    return false;
  }

  std::shared_ptr<Client> Connect(Access access = Access::kDirectory) const {
    ClientOptions options;
    options.access = access;
    options.http.max_retries = 1;
    options.store = {{"endpoint", server_.Url("")}, {"region", "eu-central-1"}};
    return share_.Connect(options);
  }

  /// Writes a commit of the log; version 0 begins with the table, whose schema is the share's.
  void Commit(std::int64_t version, const std::string& lines) {
    Put(fmt::format("_delta_log/{:020}.json", version),
        (version == 0 ? ProtocolLine() + MetadataLine() : "") + lines);
  }
  std::string ProtocolLine() const {
    const std::string& features = share_.reader_features;
    return features.empty()
               ? R"({"protocol":{"minReaderVersion":1,"minWriterVersion":4}})"
                 "\n"
               : fmt::format(R"({{"protocol":{{"minReaderVersion":3,"minWriterVersion":7,)"
                             R"("readerFeatures":{0},"writerFeatures":{0}}}}})",
                             features) +
                     "\n";
  }
  std::string MetadataLine() const {
    return fmt::format(
        R"({{"metaData":{{"id":"t","format":{{"provider":"parquet","options":{{}}}},)"
        R"("schemaString":{},"partitionColumns":{},"configuration":{}}}}})"
        "\n",
        Quoted(share_.schema), share_.partition_columns, share_.configuration);
  }
  /// The line of an action, and the file that it is about. `path` is as the log has it, and `more`
  /// further members.
  std::string Add(const FakeFile& file, std::string path = {}, const std::string& more = {}) {
    Put(file.id, file.bytes);
    if (path.empty()) path = file.id;
    std::string line =
        fmt::format(R"({{"add":{{"path":"{}","partitionValues":{},"size":{},"modificationTime":1,)"
                    R"("dataChange":true)",
                    path, file.partition_values, file.bytes.size());
    if (!file.stats.empty()) line += R"(,"stats":)" + Quoted(file.stats);
    if (!file.deletion_vector.empty()) line += R"(,"deletionVector":)" + file.deletion_vector;
    return line + more + "}}\n";
  }
  std::string Remove(const FakeFile& file) const {
    std::string line = fmt::format(
        R"({{"remove":{{"path":"{}","partitionValues":{},"size":{},"deletionTimestamp":1,)"
        R"("extendedFileMetadata":true,"dataChange":true)",
        file.id, file.partition_values, file.bytes.size());
    if (!file.deletion_vector.empty()) line += R"(,"deletionVector":)" + file.deletion_vector;
    return line + "}}\n";
  }

 private:
  static std::string Quoted(const std::string& text) {
    std::string out;
    AppendJsonString(text, &out);
    return out;
  }

  std::string Credentials(int number) const {
    return fmt::format(
        R"({{"credentials":{{"location":"{}","awsTempCredentials":{{"accessKeyId":"KEY{}",)"
        R"("secretAccessKey":"hidden-secret","sessionToken":"hidden-token"}},)"
        R"("expirationTime":{}}}}})",
        location.load(), number, SystemClock().NowMillis() + lifetime_ms);
  }

  static void Refuse(std::string_view status, std::string_view code, net::TestConnection& peer) {
    peer.Answer(status, fmt::format("<?xml version=\"1.0\"?><Error><Code>{}</Code></Error>", code));
  }

  void Serve(const net::TestRequest& request, net::TestConnection& peer) {
    if (before_store && before_store(request, peer)) return;
    EXPECT_EQ(request.headers.at("x-amz-security-token"), "hidden-token");
    const std::string& header = request.headers.at("authorization");
    const std::size_t key = header.find("Credential=KEY") + 14;
    if (std::stoi(header.substr(key)) < good_from) {
      return Refuse("400 Bad Request", "ExpiredToken", peer);
    }
    const std::string& target = request.target;
    if (target.starts_with("/bucket?")) return List(peer);
    constexpr std::string_view kFolder = "/bucket/a%20table/";
    if (!target.starts_with(kFolder)) return Refuse("403 Forbidden", "AccessDenied", peer);
    const auto bytes = Find(target.substr(kFolder.size()));
    if (!bytes) return Refuse("404 Not Found", "NoSuchKey", peer);
    Give(request, *bytes, peer);
  }

  /// All of the log, which the reader picks from.
  void List(net::TestConnection& peer) const {
    std::string body = "<?xml version=\"1.0\"?><ListBucketResult>";
    std::unique_lock lock(mutex_);
    for (const auto& [key, bytes] : objects_) {
      if (!key.starts_with("_delta_log/")) continue;
      body += fmt::format(
          "<Contents><Key>a table/{}</Key><Size>{}</Size>"
          "<LastModified>2026-03-01T12:00:{:02}.000Z</LastModified></Contents>",
          key, bytes.size(), objects_.size() % 60);
    }
    lock.unlock();
    peer.Answer("200 OK", body + "</ListBucketResult>");
  }

  static void Give(const net::TestRequest& request, const std::string& bytes,
                   net::TestConnection& peer) {
    const auto range = request.headers.find("range");
    if (range == request.headers.end()) return peer.Answer("200 OK", bytes, "ETag: \"1\"\r\n");
    const std::size_t dash = range->second.find('-');
    const std::size_t first = std::stoul(range->second.substr(6, dash - 6));
    if (first >= bytes.size()) return Refuse("416 Range Not Satisfiable", "InvalidRange", peer);
    const std::size_t last = std::min(std::stoul(range->second.substr(dash + 1)), bytes.size() - 1);
    peer.Answer(
        "206 Partial Content", bytes.substr(first, last - first + 1),
        fmt::format("ETag: \"1\"\r\nContent-Range: bytes {}-{}/{}\r\n", first, last, bytes.size()));
  }

  FakeShare& share_;
  std::atomic<int> given_{0};
  mutable std::mutex mutex_;
  std::map<std::string, std::string> objects_;
  net::TestServer server_;  ///< Last, so that its threads end first.
};

}  // namespace sluice::client
