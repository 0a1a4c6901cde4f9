#include "storage/s3/s3_dialect.h"

#include <algorithm>
#include <cstdlib>

#include "base/encoding.h"
#include "base/uri.h"
#include "storage/rest/xml.h"

namespace sluice::storage {
namespace {

/// S3 refuses signatures that are older or newer than this.
constexpr std::int64_t kMaxSkewMs = 15 * 60'000;

bool IsOneOf(std::string_view code, std::initializer_list<std::string_view> codes) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

/// Forms write a blank as '+'; stores that percent-encode it write a plus as "%2B" all the same.
Result<std::string> DecodeName(std::string_view text, bool encoded) {
  if (!encoded) return std::string(text);
  std::string form(text);
  std::replace(form.begin(), form.end(), '+', ' ');
  return PercentDecode(form);
}

Result<ObjectMeta> ReadObject(const pugi::xml_node& node, bool encoded) {
  ObjectMeta meta;
  auto name = DecodeName(XmlText(node, "Key"), encoded);
  const auto size = XmlNumber(node, "Size");
  const auto modified = ParseTimestamp(XmlText(node, "LastModified"));
  if (!name || name->empty() || !size || !modified) {
    return Fail(ErrorKind::kCorrupt, "the listing has an object without name, size or time: '{}'",
                Printable(XmlText(node, "Key"), 100));
  }
  return ObjectMeta{*std::move(name), *size, *modified};
}

class S3Dialect final : public Dialect {
 public:
  S3Dialect(std::shared_ptr<const S3Session> session, BucketAddress address)
      : session_(std::move(session)), base_(address.origin + address.path) {}

  net::HttpRequest ForObject(std::string_view method, std::string_view name) const override {
    net::HttpRequest request = Request(method);
    request.url = base_ + "/";
    AppendPercentEncoded(name, true, &request.url);
    return request;
  }

  net::HttpRequest ForListing(const ListQuery& query) const override;
  Result<ListPage> ReadListing(std::string_view body) const override;
  Status Authorize(net::HttpRequest* request) const override;
  Refusal ReadRefusal(const net::HttpResponse& answer) const override;
  void Learn(const net::HttpResponse& answer) const override;

 private:
  net::HttpRequest Request(std::string_view method) const {
    net::HttpRequest request;
    request.method = method;
    // A signature is for one host: what S3 redirects must be signed for the other.
    request.follow_redirects = false;
    return request;
  }
  /// How far the answer's clock is ahead of what requests are signed with; 0 if it does not say.
  std::int64_t SkewOf(const net::HttpResponse& answer) const {
    const auto date = ParseHttpDate(answer.Get("date"));
    return date ? *date * 1000 - session_->NowMillis() : 0;
  }
  void Explain(const net::HttpResponse& answer, std::string_view region, Refusal* refusal) const;

  const std::shared_ptr<const S3Session> session_;
  const std::string base_;
};

net::HttpRequest S3Dialect::ForListing(const ListQuery& query) const {
  net::HttpRequest request = Request("GET");
  std::string& url = request.url;
  url = base_ + (base_.find('/', base_.find("://") + 3) == std::string::npos ? "/" : "") + "?";
  // In the order of their names, as they are signed.
  if (!query.token.empty()) {
    url += "continuation-token=" + PercentEncode(query.token) + "&";
  }
  if (!query.recursive) url += "delimiter=%2F&";
  url += "encoding-type=url&list-type=2&prefix=" + PercentEncode(query.prefix);
  // Before all names with the prefix it says nothing, and MinIO lists nothing then.
  if (query.token.empty() && query.start_after > query.prefix) {
    url += "&start-after=" + PercentEncode(query.start_after);
  }
  return request;
}

Result<ListPage> S3Dialect::ReadListing(std::string_view body) const {
  SLUICE_TRY(const auto xml, XmlDocument::Parse(body, "ListBucketResult"));
  const pugi::xml_node root = xml.root();
  const bool encoded = XmlText(root, "EncodingType") == "url";
  ListPage page;
  for (const auto& node : root.children("Contents")) {
    SLUICE_TRY(auto meta, ReadObject(node, encoded));
    page.objects.push_back(std::move(meta));
  }
  for (const auto& node : root.children("CommonPrefixes")) {
    SLUICE_TRY(page.folders.emplace_back(), DecodeName(XmlText(node, "Prefix"), encoded));
  }
  if (XmlText(root, "IsTruncated") == "true") {
    page.next = XmlText(root, "NextContinuationToken");
    if (page.next.empty()) {
      return Fail(ErrorKind::kCorrupt, "the listing goes on, but does not say where");
    }
  }
  return page;
}

Status S3Dialect::Authorize(net::HttpRequest* request) const {
  if (session_->keys == nullptr) return {};
  SLUICE_TRY(const auto key, session_->keys->Get());
  session_->signer.Sign(key, session_->NowMillis(), request);
  return {};
}

void S3Dialect::Explain(const net::HttpResponse& answer, std::string_view region,
                        Refusal* refusal) const {
  const auto add = [&](std::string_view text) {
    refusal->message.append(refusal->message.empty() ? "" : "; ").append(text);
  };
  const bool elsewhere =
      (answer.status >= 300 && answer.status <= 399) ||
      IsOneOf(refusal->code, {"AuthorizationHeaderMalformed", "PermanentRedirect",
                              "TemporaryRedirect", "IllegalLocationConstraintException"});
  if (elsewhere && !region.empty() && region != session_->endpoint.region) {
    add(fmt::format("the bucket is in region '{}', not in '{}': set the option region",
                    Printable(region, 64), session_->endpoint.region));
  } else if (elsewhere) {
    add("set the options region and endpoint to those of the bucket");
  } else if (refusal->code == "SignatureDoesNotMatch") {
    add("is secretAccessKey that of accessKeyId?");
  } else if (answer.status == 403 && refusal->code.empty()) {
    add("s3:GetObject is needed for the folder and s3:ListBucket for the bucket");
  }
}

Refusal S3Dialect::ReadRefusal(const net::HttpResponse& answer) const {
  Refusal refusal;
  std::string region(answer.Get("x-amz-bucket-region"));
  if (const auto xml = XmlDocument::Parse(answer.body, "Error")) {
    refusal.code = XmlText(xml->root(), "Code");
    refusal.message = XmlText(xml->root(), "Message");
    if (region.empty()) region = XmlText(xml->root(), "Region");
  }
  // Answers to HEAD have no body; MinIO says it here.
  if (refusal.code.empty()) refusal.code = answer.Get("x-minio-error-code");
  const bool silent = answer.body.empty() && refusal.code.empty() && session_->keys != nullptr &&
                      (answer.status == 400 || answer.status == 403);
  if (silent && std::abs(SkewOf(answer)) > kMaxSkewMs) refusal.code = "RequestTimeTooSkewed";
  // What else is not there than the object: the bucket, with versitygw also who asks.
  refusal.no_container = answer.status == 404 && !refusal.code.empty() &&
                         !IsOneOf(refusal.code, {"NoSuchKey", "NoSuchVersion", "NotFound"});
  refusal.maybe_missing =
      answer.status == 403 && (refusal.code.empty() || refusal.code == "AccessDenied");
  if (session_->keys != nullptr) {
    // A token that has expired makes HEAD a bad request, without a word.
    refusal.stale = (silent && answer.status == 400) ||
                    IsOneOf(refusal.code, {"ExpiredToken", "ExpiredTokenException", "InvalidToken",
                                           "TokenRefreshRequired", "InvalidAccessKeyId",
                                           "RequestTimeTooSkewed", "RequestExpired"});
  }
  Explain(answer, region, &refusal);
  return refusal;
}

void S3Dialect::Learn(const net::HttpResponse& answer) const {
  const auto date = ParseHttpDate(answer.Get("date"));
  if (date && IsOneOf(ReadRefusal(answer).code, {"RequestTimeTooSkewed", "RequestExpired"})) {
    session_->skew_ms = *date * 1000 - session_->clock.NowMillis();
  } else if (session_->keys != nullptr) {
    session_->keys->Forget();
  }
}

}  // namespace

std::shared_ptr<const Dialect> MakeS3Dialect(std::shared_ptr<const S3Session> session,
                                             BucketAddress address) {
  return std::make_shared<const S3Dialect>(std::move(session), std::move(address));
}

}  // namespace sluice::storage
