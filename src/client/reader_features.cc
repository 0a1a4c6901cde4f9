#include "client/reader_features.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/ascii.h"

namespace sluice::client {
namespace {

// Variants come as their binary form, put together. The last two concern whoever reads the log.
constexpr std::array<std::string_view, 11> kReaderFeatures = {
    "deletionvectors",          "columnmapping", "timestampntz",        "typewidening",
    "typewidening-preview",     "varianttype",   "varianttype-preview", "variantshredding",
    "variantshredding-preview", "v2checkpoint",  "vacuumprotocolcheck"};

constexpr int kParquetFormatVersion = 1;
constexpr int kFeaturesVersion = 3;

}  // namespace

std::vector<std::string> ReaderFeatures() {
  return {kReaderFeatures.begin(), kReaderFeatures.end()};
}

Status CheckReadable(const TableInfo& table) {
  const int version = table.protocol.min_reader_version;
  const bool is_delta = table.format == protocol::ResponseFormat::kDelta;
  const int known = is_delta ? kFeaturesVersion : kParquetFormatVersion;
  if (version > known) {
    return Fail(ErrorKind::kUnsupported,
                "the table needs reader version {} of the {} format; this client reads up to {}",
                version, is_delta ? "delta" : "parquet", known);
  }
  for (const std::string& feature : table.protocol.reader_features) {
    const std::string lower = ToLower(feature);
    if (std::find(kReaderFeatures.begin(), kReaderFeatures.end(), lower) == kReaderFeatures.end()) {
      return Fail(ErrorKind::kUnsupported, "the table uses '{}', which this client does not read",
                  feature.substr(0, 64));
    }
  }
  const std::string& provider = table.metadata.format_provider;
  if (!provider.empty() && !EqualsIgnoreCase(provider, "parquet")) {
    return Fail(ErrorKind::kUnsupported, "the table's files are '{}', not parquet",
                provider.substr(0, 64));
  }
  return {};
}

}  // namespace sluice::client
