#include "server/api/file_urls.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "base/encoding.h"
#include "base/uri.h"
#include "storage/object_store.h"

namespace sluice::api {
namespace {

constexpr std::size_t kRecipientIdBytes = 9;  ///< 12 characters of base64.

/// The parameters of a signed URL, in any order; others are passed over, as proxies add some.
struct Parameters {
  std::string_view expires;
  std::string_view recipient;
  std::string_view permission;
  std::string_view root;
  std::string_view signature;
};

Parameters Split(std::string_view query) {
  Parameters out;
  for (std::size_t begin = 0; begin < query.size();) {
    const std::size_t end = std::min(query.find('&', begin), query.size());
    const std::string_view item = query.substr(begin, end - begin);
    begin = end + 1;
    const std::size_t equals = std::min(item.find('='), item.size());
    const std::string_view name = item.substr(0, equals);
    const std::string_view value = item.substr(std::min(equals + 1, item.size()));
    if (name == "expires") out.expires = value;
    if (name == "recipient") out.recipient = value;
    if (name == "sp") out.permission = value;
    if (name == "root") out.root = value;
    if (name == "sig") out.signature = value;
  }
  return out;
}

void AppendNumber(std::int64_t value, std::string* out) {
  char digits[24];
  out->append(digits, std::to_chars(digits, digits + sizeof(digits), value).ptr);
}

/// An encoded slash or NUL has no place in a URL that was made here.
bool HasForbiddenEscape(std::string_view path) {
  for (std::size_t at = path.find('%'); at != std::string_view::npos; at = path.find('%', at + 1)) {
    const std::string_view escape = path.substr(at, 3);
    if (EqualsIgnoreCase(escape, "%2f") || EqualsIgnoreCase(escape, "%00")) return true;
  }
  return false;
}

/// What the signature of a key begins with.
std::string ScopeText(const storage::SigningScope& scope) {
  std::string text = "file 2\n";
  // The lengths keep one field from reaching into the next.
  for (const std::string_view field :
       {std::string_view(scope.table_id), std::string_view(scope.root),
        std::string_view(scope.recipient)}) {
    AppendNumber(static_cast<std::int64_t>(field.size()), &text);
    text.append(" ").append(field).append("\n");
  }
  AppendNumber(scope.expires_at_ms, &text);
  text.append("\n");
  return text;
}

/// From behind the recipient's id, which was signed with them.
Status TakeNetworks(FileGrant* grant) {
  const std::size_t dot = grant->recipient.find('.');
  if (dot == std::string::npos) return {};
  const auto networks = Base64UrlDecode(std::string_view(grant->recipient).substr(dot + 1));
  if (!networks) return Fail(ErrorKind::kInternal, "networks of a signed URL");
  grant->recipient.resize(dot);
  for (std::size_t begin = 0; begin <= networks->size();) {
    const std::size_t end = std::min(networks->find(',', begin), networks->size());
    grant->allowed_networks.push_back(networks->substr(begin, end - begin));
    begin = end + 1;
  }
  return {};
}

tl::unexpected<Error> BadSignature() {
  return Fail(ErrorKind::kPermissionDenied,
              "this URL was not signed by this server or was changed; query the table again");
}

}  // namespace

bool IsServedKey(std::string_view key) {
  if (!storage::CheckKey(key)) return false;
  for (std::size_t begin = 0; begin < key.size();) {
    const std::size_t end = std::min(key.find('/', begin), key.size());
    const std::string_view segment = key.substr(begin, end - begin);
    begin = end + 1;
    if (segment.front() == '.') return false;
    if (EqualsIgnoreCase(segment, "_delta_log")) return false;
    // A partition column's name may begin with an underscore.
    const bool partition = end < key.size() && segment.find('=') != std::string_view::npos;
    if (segment.front() == '_' && !partition && segment != "_change_data") return false;
  }
  return true;
}

HmacKey FileUrlKey::KeySigner(const storage::SigningScope& scope) const {
  return keys_.front().After(ScopeText(scope));
}

std::string FileUrlKey::RecipientId(std::string_view recipient,
                                    const std::vector<std::string>& allowed_networks) const {
  const Sha256Digest digest = keys_.front().Sign(fmt::format("recipient 1\n{}", recipient));
  std::string id = Base64UrlEncode(AsView(digest).substr(0, kRecipientIdBytes));
  if (allowed_networks.empty()) return id;
  return id + "." + Base64UrlEncode(fmt::format("{}", fmt::join(allowed_networks, ",")));
}

Result<FileGrant> FileUrlKey::Check(std::string_view path, std::string_view query,
                                    std::int64_t now_ms) const {
  const Parameters parameters = Split(query);
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos || HasForbiddenEscape(path)) return BadSignature();
  const auto table_id = PercentDecode(path.substr(0, slash));
  const auto key = PercentDecode(path.substr(slash + 1));
  const auto signature = Base64UrlDecode(parameters.signature);
  if (!table_id || !key || !signature || parameters.permission != "r") return BadSignature();

  storage::SigningScope scope;
  scope.table_id = *table_id;
  scope.root = parameters.root;
  scope.recipient = parameters.recipient;
  const char* const end = parameters.expires.data() + parameters.expires.size();
  const auto parsed = std::from_chars(parameters.expires.data(), end, scope.expires_at_ms);
  if (parsed.ec != std::errc() || parsed.ptr != end) return BadSignature();
  const std::string before_key = ScopeText(scope);
  const bool is_ours = std::any_of(keys_.begin(), keys_.end(), [&](const HmacKey& signer) {
    return ConstantTimeEqual(*signature, AsView(signer.After(before_key).Sign(*key)));
  });
  if (!is_ours) return BadSignature();
  if (now_ms >= scope.expires_at_ms) {
    return Fail(ErrorKind::kPermissionDenied, "this URL has expired; query the table again");
  }
  if (!IsServedKey(*key)) return Fail(ErrorKind::kNotFound, "there is no such file");
  FileGrant grant{*table_id, std::move(scope.root), *key, std::move(scope.recipient), {}};
  SLUICE_RETURN_IF_ERROR(TakeNetworks(&grant));
  return grant;
}

LocalFileUrls::LocalFileUrls(std::shared_ptr<const FileUrlKey> key, std::string base,
                             storage::SigningScope scope)
    : UrlSigner(std::move(scope)),
      key_(std::move(key)),
      base_(std::move(base)),
      key_signer_(key_->KeySigner(this->scope())),
      before_key_(fmt::format("{}/_files/{}/", base_, PercentEncode(this->scope().table_id))) {
  // `sp` has no meaning here: delta-kernel fetches over HTTP only what looks like a cloud's URL.
  after_key_ = fmt::format("?expires={}&recipient={}&sp=r", this->scope().expires_at_ms,
                           this->scope().recipient);
  if (!this->scope().root.empty()) after_key_ += "&root=" + PercentEncode(this->scope().root);
  after_key_ += "&sig=";
}

Status LocalFileUrls::AppendUrl(std::string_view key, std::string* out) const {
  SLUICE_RETURN_IF_ERROR(storage::CheckKey(key));
  out->append(before_key_);
  AppendPercentEncoded(key, true, out);
  out->append(after_key_);
  out->append(Base64UrlEncode(AsView(key_signer_.Sign(key))));
  return {};
}

std::unique_ptr<const storage::UrlSigner> LocalFileUrls::AtRoot(std::string root) const {
  storage::SigningScope other = scope();
  other.root = std::move(root);
  return std::make_unique<LocalFileUrls>(key_, base_, std::move(other));
}

}  // namespace sluice::api
