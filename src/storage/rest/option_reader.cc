#include "storage/rest/option_reader.h"

#include "base/encoding.h"
#include "base/file.h"
#include "base/uri.h"

namespace sluice::storage {
namespace {

constexpr std::size_t kMaxQuoted = 100;  ///< Of a value that is no secret, in a message.

std::string_view WithoutBlanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

Result<std::string> ReadOptionFile(const std::string& path) {
  auto text = ReadFile(path, static_cast<std::size_t>(kMaxOptionFileBytes));
  if (text) return text;
  const Error& error = text.error();
  return Fail(
      ErrorKind::kInvalidArgument, "'{}' {}", Printable(path, kMaxQuoted),
      error.kind == ErrorKind::kTooLarge ? "is too large" : "cannot be read: " + error.message);
}

const std::string* OptionReader::Find(std::string_view name) {
  known_.emplace(name);
  const auto found = options_.find(name);
  return found == options_.end() ? nullptr : &found->second;
}

void OptionReader::Refuse(Error error) {
  if (!error_) error_ = std::move(error);
}

std::string OptionReader::Text(std::string_view name, std::string_view otherwise) {
  const std::string* const value = Find(name);
  return std::string(value == nullptr ? otherwise : std::string_view(*value));
}

std::optional<bool> OptionReader::Flag(std::string_view name) {
  const std::string* const value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (*value != "true" && *value != "false") {
    Refuse({ErrorKind::kInvalidArgument,
            fmt::format("{} is true or false, not '{}'", name, Printable(*value, kMaxQuoted))});
  }
  return *value == "true";
}

std::string OptionReader::Url(std::string_view name, std::string_view otherwise) {
  std::string value = Text(name, otherwise);
  while (value.ends_with('/')) value.pop_back();
  if (value.empty() && !Has(name)) return value;
  const auto uri = ParseUri(value);
  if (!uri || (uri->scheme != "http" && uri->scheme != "https") || uri->host.empty() ||
      !uri->query.empty()) {
    Refuse({ErrorKind::kInvalidArgument,
            fmt::format("{} is a URL such as https://host:port, without a query", name)});
  }
  return value;
}

std::string OptionReader::Secret(std::string_view name) {
  const std::string file_name = std::string(name) + "File";
  const std::string* const value = Find(name);
  const std::string* const path = Find(file_name);
  if (value != nullptr && path != nullptr) {
    Refuse({ErrorKind::kInvalidArgument,
            fmt::format("{} and {} say the same twice; leave one of them out", name, file_name)});
  }
  if (value != nullptr) return std::string(WithoutBlanks(*value));
  if (path == nullptr) return {};
  const auto text = ReadOptionFile(*path);
  if (!text) Refuse(text.error().At(file_name));
  return std::string(WithoutBlanks(text ? *text : ""));
}

Status OptionReader::Done() const {
  if (error_) return Fail(*error_);
  for (const auto& [name, value] : options_) {
    if (known_.contains(name)) continue;
    std::string names;
    for (const auto& known : known_) names += (names.empty() ? "" : ", ") + known;
    return Fail(ErrorKind::kInvalidArgument, "there is no option '{}'; there are {}",
                Printable(name, kMaxQuoted), names);
  }
  return {};
}

}  // namespace sluice::storage
