#include "protocol/capabilities.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/hash.h"

namespace sluice::protocol {
namespace {

/// More capabilities than any client has; what comes after them is dropped.
constexpr std::size_t kMaxListed = 256;

/// The parts of `text` between separators, trimmed, without empty ones.
std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty() && parts.size() < kMaxListed) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (const auto part = Trim(text.substr(0, end)); !part.empty()) parts.push_back(part);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::string Join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const auto& part : parts) {
    if (!out.empty()) out += separator;
    out += part;
  }
  return out;
}

bool Contains(const std::vector<std::string>& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

std::vector<std::string> Owned(const std::vector<std::string_view>& parts) {
  std::vector<std::string> out;
  for (const auto part : parts) {
    if (!Contains(out, part)) out.emplace_back(part);
  }
  return out;
}

void SetCapability(std::string_view key, std::string_view value, Capabilities* out) {
  const auto values = Split(value, ',');
  const auto has = [&](std::string_view wanted) {
    return std::find(values.begin(), values.end(), wanted) != values.end();
  };
  if (key == "responseformat") {
    const bool parquet = has("parquet");
    const bool delta = has("delta");
    if (!parquet && !delta) return;
    out->accepts_parquet = parquet;
    out->accepts_delta = delta;
  } else if (key == "readerfeatures") {
    out->reader_features = Owned(values);
  } else if (key == "includeendstreamaction") {
    out->include_end_stream_action = has("true");
  } else if (key == "asyncquery") {
    out->async_query = has("true");
  } else if (key == "accessmodes") {
    out->access_modes = Owned(values);
  }
}

/// The header with which a client gets this table.
std::string Recipe(const TableNeeds& needs) {
  std::vector<std::string> features = needs.listed;
  for (const auto& feature : needs.used) {
    if (!Contains(features, feature)) features.push_back(feature);
  }
  const std::string list = ToLower(Join(features, ","));
  return fmt::format(
      "ask with the header '{}: responseformat=delta{}{}' from a client that reads {} "
      "(Spark: option responseFormat=delta; Python: use_delta_format=True)",
      kCapabilitiesHeader, list.empty() ? "" : ";readerfeatures=", list,
      list.empty() ? "the delta format" : "these table features");
}

}  // namespace

Capabilities ParseCapabilities(std::string_view header) {
  Capabilities out;
  const std::string lower = ToLower(header);
  for (const auto pair : Split(lower, ';')) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || pair.find('=', equals + 1) != std::string_view::npos) {
      continue;
    }
    SetCapability(Trim(pair.substr(0, equals)), Trim(pair.substr(equals + 1)), &out);
  }
  return out;
}

std::string FormatCapabilities(const Capabilities& capabilities) {
  std::vector<std::string> formats;
  if (capabilities.accepts_delta) formats.emplace_back("delta");
  if (capabilities.accepts_parquet) formats.emplace_back("parquet");
  std::string out = "responseformat=" + Join(formats, ",");
  if (!capabilities.reader_features.empty()) {
    out += ";readerfeatures=" + Join(capabilities.reader_features, ",");
  }
  if (capabilities.include_end_stream_action) out += ";includeendstreamaction=true";
  if (capabilities.async_query) out += ";asyncquery=true";
  if (!capabilities.access_modes.empty()) {
    out += ";accessmodes=" + Join(capabilities.access_modes, ",");
  }
  return out;
}

Result<ResponseFormat> NegotiateFormat(const Capabilities& capabilities, const TableNeeds& needs) {
  if (capabilities.accepts_parquet && needs.used.empty()) return ResponseFormat::kParquet;
  if (!capabilities.accepts_delta) {
    return Fail(ErrorKind::kUnsupported,
                "this table uses {}, which responseFormat=parquet cannot express; {}",
                Join(needs.used, ", "), Recipe(needs));
  }
  std::vector<std::string> missing;
  for (const auto* features : {&needs.listed, &needs.used}) {
    for (const auto& feature : *features) {
      if (!Contains(capabilities.reader_features, ToLower(feature)) &&
          !Contains(missing, feature)) {
        missing.push_back(feature);
      }
    }
  }
  if (missing.empty()) return ResponseFormat::kDelta;
  return Fail(ErrorKind::kUnsupported,
              "this table needs the reader features {}, which the client does not list; {}",
              Join(missing, ", "), Recipe(needs));
}

std::string AnswerCapabilities(ResponseFormat format, bool include_end_stream_action) {
  std::string out =
      format == ResponseFormat::kDelta ? "responseformat=delta" : "responseformat=parquet";
  if (include_end_stream_action) out += ";includeendstreamaction=true";
  return out;
}

Result<FileIdHash> ParseFileIdHash(std::string_view header) {
  const std::string value = ToLower(Trim(header));
  if (value == "parquet") return FileIdHash::kParquet;
  if (value == "delta") return FileIdHash::kDelta;
  return Fail(ErrorKind::kInvalidArgument, "header '{}' must be parquet or delta",
              kFileIdHashHeader);
}

std::string_view FileIdHashName(FileIdHash hash) {
  return hash == FileIdHash::kDelta ? "delta" : "parquet";
}

std::string FileId(std::string_view path, FileIdHash hash) {
  return hash == FileIdHash::kDelta ? Sha256Hex(path) : Md5Hex(path);
}

}  // namespace sluice::protocol
