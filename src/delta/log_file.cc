#include "delta/log_file.h"

#include <algorithm>
#include <charconv>

#include "base/digits.h"

namespace sluice::delta {
namespace {

constexpr std::size_t kVersionDigits = 20;
constexpr std::size_t kPartDigits = 10;
constexpr int kMaxParts = 100'000;

template <typename Number>
std::optional<Number> ParseDigits(std::string_view text, std::size_t digits) {
  if (text.size() != digits) return std::nullopt;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  Number number{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc{}) return std::nullopt;
  return number;
}

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = text[i];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (dash ? c != '-' : !hex) return false;
  }
  return true;
}

bool TakeSuffix(std::string_view* text, std::string_view suffix) {
  if (!text->ends_with(suffix)) return false;
  text->remove_suffix(suffix.size());
  return true;
}

/// "checkpoint…" after the version; `file` gets kind and parts.
bool ParseCheckpoint(std::string_view name, LogFile* file) {
  constexpr std::string_view kWord = "checkpoint";
  if (!name.starts_with(kWord)) return false;
  name.remove_prefix(kWord.size());
  const bool parquet = TakeSuffix(&name, ".parquet");
  if (!parquet && !TakeSuffix(&name, ".json")) return false;
  if (name.empty()) {
    file->kind = LogFile::Kind::kClassicCheckpoint;
    return parquet;
  }
  name.remove_prefix(1);  // The dot; anything else is no UUID and no number either.
  if (IsUuid(name)) {
    file->kind = parquet ? LogFile::Kind::kUuidParquet : LogFile::Kind::kUuidJson;
    return true;
  }
  if (!parquet || name.size() != 2 * kPartDigits + 1 || name[kPartDigits] != '.') return false;
  const auto part = ParseDigits<int>(name.substr(0, kPartDigits), kPartDigits);
  const auto parts = ParseDigits<int>(name.substr(kPartDigits + 1), kPartDigits);
  if (!part || !parts || *part < 1 || *part > *parts || *parts > kMaxParts) return false;
  file->kind = LogFile::Kind::kMultiPart;
  file->part = *part;
  file->parts = *parts;
  return true;
}

}  // namespace

std::optional<LogFile> ParseLogFile(const storage::ObjectMeta& meta) {
  std::string_view name = meta.key;
  if (!name.starts_with(kLogPrefix)) return std::nullopt;
  name.remove_prefix(kLogPrefix.size());
  if (name.size() <= kVersionDigits + 1 || name[kVersionDigits] != '.') return std::nullopt;
  const auto version = ParseDigits<std::int64_t>(name.substr(0, kVersionDigits), kVersionDigits);
  if (!version) return std::nullopt;
  name.remove_prefix(kVersionDigits + 1);
  LogFile file;
  file.version = *version;
  if (name == "crc") {
    file.kind = LogFile::Kind::kChecksum;
  } else if (name != "json" && !ParseCheckpoint(name, &file)) {
    return std::nullopt;
  }
  file.meta = meta;
  return file;
}

std::string VersionKey(std::int64_t version) {
  std::string key;
  key.reserve(kLogPrefix.size() + kVersionDigits + sizeof(".json"));
  key += kLogPrefix;
  AppendDigits(static_cast<std::uint64_t>(version), kVersionDigits, &key);
  return key;
}

Error PromisedInLog(Error error) {
  if (error.kind == ErrorKind::kNotFound) error.kind = ErrorKind::kDataMissing;
  return error;
}

std::string CommitKey(std::int64_t version) {
  std::string key = VersionKey(version);
  key += ".json";
  return key;
}

}  // namespace sluice::delta
