// Stores that fail: tried again where that may help, and else one error in the store's words.
#include <gmock/gmock.h>

#include <atomic>
#include <deque>
#include <mutex>

#include "storage/s3/s3_test_util.h"

namespace sluice::storage {
namespace {

using net::TestConnection;
using net::TestRequest;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class S3Faults : public ::testing::Test {
 protected:
  using Answer = std::function<void(const TestRequest&, TestConnection&)>;

  /// Given in turn; the last one goes on.
  void Answers(std::deque<Answer> answers) { answers_ = std::move(answers); }

  static Answer Say(std::string status, std::string body, std::string headers = {}) {
    return [=](const TestRequest&, TestConnection& out) { out.Answer(status, body, headers); };
  }
  static Answer Bytes() { return Say("200 OK", "bytes", "ETag: \"1\"\r\n"); }
  static Answer SlowDown(std::string headers = {}) {
    return Say("503 Slow Down", S3Error("SlowDown", "Please reduce your request rate."), headers);
  }

  Ports Open(StoreOptions more = {}) {
    StoreOptions options = {{"endpoint", server_.Url("")}};
    if (!machine_.variables.contains("AWS_CONTAINER_CREDENTIALS_FULL_URI")) {
      options["accessKeyId"] = "AKID";
      options["secretAccessKey"] = "a-secret";
    }
    options.merge(more);
    const auto ports = OpenTable(options, machine_);
    EXPECT_TRUE(ports) << ports.error().message;
    return *ports;
  }
  /// What a read gives: the bytes, or the error's kind and text.
  std::string Read() { return ReadFrom(Open()); }
  static std::string ReadFrom(const Ports& ports) {
    const auto read = ports.objects->Read("object", 100);
    if (read) return (*read)->ToString();
    return std::string(KindName(read.error().kind)) + " " + read.error().message;
  }

  TestMachine machine_;
  net::TestServer server_{[this](const TestRequest& request, TestConnection& out) {
    Answer answer;
    {
      const std::lock_guard lock(mutex_);
      answer = answers_.front();
      if (answers_.size() > 1) answers_.pop_front();
    }
    answer(request, out);
  }};

 private:
  std::mutex mutex_;
  std::deque<Answer> answers_;
};

TEST_F(S3Faults, ThrottlingIsWaitedFor) {
  Answers({SlowDown(), SlowDown("Retry-After: 0\r\n"), SlowDown("Retry-After: 0\r\n"), Bytes()});
  EXPECT_EQ(Read(), "bytes");
  EXPECT_EQ(server_.requests().size(), 4U);
}

TEST_F(S3Faults, ThrottlingWithoutEndIsToldInTheStoresWords) {
  Answers({SlowDown("Retry-After: 0\r\n")});
  EXPECT_EQ(Read(),
            "unavailable s3://bucket/table/object: GET was answered 503 SlowDown: Please reduce "
            "your request rate.");
  EXPECT_EQ(server_.requests().size(), 11U);
}

TEST_F(S3Faults, ResetsHalfBodiesAndServerErrorsAreTriedAgain) {
  Answers({[](const TestRequest&, TestConnection& out) { out.Reset(); },
           [](const TestRequest&, TestConnection& out) {
             out.Write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nby");
             out.Close();
           },
           Say("500 Internal Server Error", S3Error("InternalError", "We failed.")), Bytes()});
  EXPECT_EQ(Read(), "bytes");
}

TEST_F(S3Faults, AListingIsWholeOrAnError) {
  const auto page = [](std::string key, std::string next) {
    return Say("200 OK",
               "<ListBucketResult><Contents><Key>table/" + key +
                   "</Key><Size>1</Size><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
                   "</Contents><IsTruncated>" +
                   (next.empty() ? "false" : "true") + "</IsTruncated><NextContinuationToken>" +
                   next + "</NextContinuationToken></ListBucketResult>");
  };
  Answers({page("a", "more"),
           [](const TestRequest&, TestConnection& out) {
             out.Write("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<ListBucketResult>");
             out.Close();
           },
           page("b", "")});
  const Ports ports = Open();
  const auto listed = ports.objects->List("", "");
  ASSERT_TRUE(listed) << listed.error().message;
  ASSERT_EQ(listed->size(), 2U);
  EXPECT_EQ(listed->back().key, "b");
  EXPECT_THAT(server_.requests().back().target, StartsWith("/bucket?continuation-token=more&"));

  Answers({page("a", "more"), SlowDown("Retry-After: 0\r\n")});
  EXPECT_EQ(ports.objects->List("", "").error().kind, ErrorKind::kUnavailable);
  Answers({page("a", "more"), Say("200 OK", "<ListBucketResult>")});
  EXPECT_EQ(ports.objects->List("", "").error().kind, ErrorKind::kCorrupt);
  Answers({page("a", "the same")});
  EXPECT_EQ(ports.objects->List("", "").error().kind, ErrorKind::kCorrupt);
}

TEST_F(S3Faults, AnExpiredTokenIsRenewedOnce) {
  std::atomic<int> fetched{0};
  net::TestServer container([&](const TestRequest&, TestConnection& out) {
    out.Answer("200 OK", fmt::format(R"({{"AccessKeyId":"KEY{}","SecretAccessKey":"s",)"
                                     R"("Token":"t","Expiration":"2026-03-01T18:00:00Z"}})",
                                     ++fetched));
  });
  machine_.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = container.Url("/keys");
  const Ports ports = Open();
  const auto expired = Say("400 Bad Request", S3Error("ExpiredToken", "It has expired."));
  Answers({expired, Bytes()});
  EXPECT_EQ(ReadFrom(ports), "bytes");
  EXPECT_EQ(SignerOf(server_.requests()[0]), "KEY1");
  EXPECT_EQ(SignerOf(server_.requests()[1]), "KEY2");
  EXPECT_EQ(server_.requests()[1].headers.at("x-amz-security-token"), "t");

  // HEAD is refused without a word.
  Answers({Say("400 Bad Request", ""), Say("200 OK", "")});
  EXPECT_TRUE(ports.objects->Stat("object"));
  EXPECT_EQ(SignerOf(server_.requests().back()), "KEY3");

  Answers({expired});
  EXPECT_EQ(ReadFrom(ports),
            "permission_denied s3://bucket/table/object: GET was answered 400 ExpiredToken: It has "
            "expired.");
  EXPECT_EQ(fetched, 4);
}

TEST_F(S3Faults, AWrongClockIsSetByTheStores) {
  const std::string date = "Date: Sun, 01 Mar 2026 15:00:00 GMT\r\n";
  Answers({Say("403 Forbidden", S3Error("RequestTimeTooSkewed", "Too far."), date), Bytes()});
  const Ports ports = Open();
  EXPECT_EQ(ReadFrom(ports), "bytes");
  EXPECT_EQ(server_.requests()[0].headers.at("x-amz-date"), "20260301T120000Z");
  EXPECT_EQ(server_.requests()[1].headers.at("x-amz-date"), "20260301T150000Z");
  // And so are URLs, which end by our clock when they were to.
  SigningScope scope;
  scope.expires_at_ms = machine_.clock.now_ms + 60'000;
  const auto signer = ports.urls->SignerFor(scope);
  ASSERT_TRUE(signer) << signer.error().message;
  std::string url;
  ASSERT_TRUE((*signer)->AppendUrl("object", &url));
  EXPECT_THAT(url, HasSubstr("X-Amz-Date=20260301T150000Z&X-Amz-Expires=60&"));
  EXPECT_EQ((*signer)->scope().expires_at_ms, scope.expires_at_ms);

  // A HEAD is refused without a word, but not without a date.
  Answers({Say("403 Forbidden", "", "Date: Sun, 01 Mar 2026 11:00:00 GMT\r\n"),
           Say("200 OK", "", "Date: Sun, 01 Mar 2026 11:00:00 GMT\r\n")});
  EXPECT_TRUE(ports.objects->Stat("object"));
  EXPECT_EQ(server_.requests().back().headers.at("x-amz-date"), "20260301T110000Z");
}

TEST_F(S3Faults, HowAnObjectWasOnceSentDoesNotMatter) {
  const std::string sent = "Content-Encoding: aws-chunked\r\nETag: \"1\"\r\n";
  Answers({Say("200 OK", "bytes", sent)});
  EXPECT_EQ(Read(), "bytes");
  Answers({Say("206 Partial Content", "yte", sent + "Content-Range: bytes 1-3/5\r\n")});
  const auto file = Open().objects->OpenListed({"object", 5, 0}, ObjectStore::Reading::kLittle);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ((*file)->ReadAt(1, 3).ValueOrDie()->ToString(), "yte");
}

TEST_F(S3Faults, ABucketElsewhereIsToldWithItsRegion) {
  net::TestServer other([](const TestRequest&, TestConnection& out) { out.Answer("200 OK", ""); });
  Answers(
      {Say("301 Moved Permanently", S3Error("PermanentRedirect", "Use another endpoint."),
           "x-amz-bucket-region: eu-west-3\r\nLocation: " + other.Url("/bucket/object") + "\r\n")});
  EXPECT_THAT(Read(), AllOf(StartsWith("permission_denied"), HasSubstr("301 PermanentRedirect"),
                            HasSubstr("the bucket is in region 'eu-west-3', not in 'us-east-1': "
                                      "set the option region")));
  EXPECT_TRUE(other.requests().empty());
  Answers({Say("400 Bad Request", S3Error("AuthorizationHeaderMalformed", "The region is wrong.",
                                          "<Region>ap-south-2</Region>"))});
  EXPECT_THAT(Read(), HasSubstr("'ap-south-2'"));
}

TEST_F(S3Faults, RefusalsAreTheStoresOwn) {
  Answers({Say("403 Forbidden", S3Error("AccessDenied", "Not\nyou."))});
  EXPECT_EQ(Read(),
            "permission_denied s3://bucket/table/object: GET was answered 403 AccessDenied: "
            "Not?you.");
  Answers({Say("404 Not Found", S3Error("NoSuchBucket", "It is gone."))});
  EXPECT_THAT(Read(), StartsWith("permission_denied s3://bucket/table/object: GET was answered 404 "
                                 "NoSuchBucket: It is gone."));
  Answers({Say("404 Not Found", S3Error("NoSuchKey", "No such key."))});
  EXPECT_THAT(Read(), StartsWith("not_found"));
  Answers({Say("403 Forbidden", "")});
  EXPECT_THAT(Open().objects->Stat("object").error().message, HasSubstr("s3:ListBucket"));
  Answers({Say("403 Forbidden", ""), Say("403 Forbidden", S3Error("AccessDenied", "No list.")),
           Say("403 Forbidden", S3Error("AllAccessDisabled", "The account is closed."))});
  EXPECT_EQ(Open().objects->Stat("object").error().message,
            "s3://bucket/table/object: GET was answered 403 AllAccessDisabled: The account is "
            "closed.");
  Answers({Say("403 Forbidden", "<!DOCTYPE x [<!ENTITY y 'z'>]><Error><Code>&y;</Code></Error>")});
  EXPECT_THAT(Read(), AllOf(HasSubstr("was answered 403"), Not(HasSubstr("z"))));
}

TEST_F(S3Faults, WhatIsHiddenFromThoseWhoListWithPrefixesIsLookedFor) {
  const auto listing = [](std::string key) {
    return Say("200 OK", "<ListBucketResult><Contents><Key>" + key +
                             "</Key><Size>1</Size><LastModified>2026-01-01T00:00:00Z"
                             "</LastModified></Contents></ListBucketResult>");
  };
  const Answer silent = Say("403 Forbidden", "");
  const Answer denied = Say("403 Forbidden", S3Error("AccessDenied", "No."));
  const Ports ports = Open();
  const auto kind = [&](std::deque<Answer> answers) {
    Answers(std::move(answers));
    return ports.objects->Stat("object").error().kind;
  };
  EXPECT_EQ(kind({silent, listing("table/object2")}), ErrorKind::kNotFound);
  EXPECT_THAT(server_.requests().back().target, HasSubstr("&prefix=table%2Fobject"));
  EXPECT_EQ(kind({silent, listing("table/object")}), ErrorKind::kPermissionDenied);
  EXPECT_EQ(kind({silent, denied}), ErrorKind::kPermissionDenied);
  Answers({denied, Say("200 OK", "<ListBucketResult/>")});
  EXPECT_EQ(ports.objects->Read("object", 9).error().kind, ErrorKind::kNotFound);
}

TEST_F(S3Faults, ListingsThatAreNoneAreCorrupt) {
  const std::string object = "<Contents><Key>table/a</Key><Size>1</Size>";
  const std::string time = "<LastModified>2026-01-01T00:00:00Z</LastModified></Contents>";
  const std::string end = "</ListBucketResult>";
  for (const std::string& body :
       {std::string("<html/>"), std::string("{}"), std::string(),
        "<ListBucketResult>" + object + "</Contents>" + end,
        "<ListBucketResult><Contents><Key>table/a</Key><Size>-1</Size>" + time + end,
        "<ListBucketResult><Contents><Size>1</Size>" + time + end,
        "<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>%zz</Key><Size>1</Size>" +
            time + end,
        "<ListBucketResult><IsTruncated>true</IsTruncated>" + end,
        "<!DOCTYPE a><ListBucketResult>" + end}) {
    Answers({Say("200 OK", body)});
    const auto listed = Open().objects->List("", "");
    ASSERT_FALSE(listed) << body;
    EXPECT_EQ(listed.error().kind, ErrorKind::kCorrupt) << body;
    EXPECT_THAT(listed.error().message, StartsWith("s3://bucket/table: ")) << body;
  }
}

TEST_F(S3Faults, NamesInListingsAreDecodedAsTheListingSays) {
  const auto named = [](std::string key, std::string encoding) {
    return Say("200 OK", "<ListBucketResult>" + encoding + "<Contents><Key>" + key +
                             "</Key><Size>1</Size><LastModified>2026-01-01T00:00:00Z"
                             "</LastModified></Contents></ListBucketResult>");
  };
  const auto key = [&] { return Open().objects->List("", "")->at(0).key; };
  Answers({named("table/a+b%2Bc%20d", "<EncodingType>url</EncodingType>")});
  EXPECT_EQ(key(), "a b+c d");
  Answers({named("table/a+b%2Bc", "")});
  EXPECT_EQ(key(), "a+b%2Bc");
}

TEST_F(S3Faults, AnAnonymousStoreSignsNothing) {
  Answers({Say("404 Not Found", "", "Date: Sun, 01 Mar 2020 12:00:00 GMT\r\n")});
  const Ports with_wrong_clock =
      *OpenTable({{"endpoint", server_.Url("")}, {"anonymous", "true"}}, machine_);
  EXPECT_EQ(with_wrong_clock.objects->Stat("object").error().kind, ErrorKind::kNotFound);
  Answers({Bytes()});
  StoreOptions options = {{"endpoint", server_.Url("")}, {"anonymous", "true"}};
  const Ports ports = *OpenTable(options, machine_);
  EXPECT_EQ(ReadFrom(ports), "bytes");
  EXPECT_EQ(SignerOf(server_.requests().back()), "");
  EXPECT_EQ(ports.credentials, nullptr);
  std::string url;
  ASSERT_TRUE(ports.urls->SignerFor({}).value()->AppendUrl("a b", &url));
  EXPECT_EQ(url, server_.Url("/bucket/table/a%20b"));
}

}  // namespace
}  // namespace sluice::storage
