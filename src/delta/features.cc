#include "delta/features.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/encoding.h"

namespace sluice::delta {
namespace {

constexpr int kFeaturesReaderVersion = 3;
constexpr int kColumnMappingReaderVersion = 2;

constexpr std::array<std::string_view, 11> kKnownReaderFeatures = {"columnMapping",
                                                                   "deletionVectors",
                                                                   "timestampNtz",
                                                                   "typeWidening",
                                                                   "typeWidening-preview",
                                                                   "v2Checkpoint",
                                                                   "vacuumProtocolCheck",
                                                                   "variantType",
                                                                   "variantType-preview",
                                                                   "variantShredding",
                                                                   "variantShredding-preview"};

bool IsKnown(std::string_view feature) {
  return std::find(kKnownReaderFeatures.begin(), kKnownReaderFeatures.end(), feature) !=
         kKnownReaderFeatures.end();
}

bool ConcernsLogOnly(std::string_view feature) {
  return feature == "v2Checkpoint" || feature == "vacuumProtocolCheck";
}

constexpr int kFeaturesWriterVersion = 7;
constexpr int kChangeDataFeedWriterVersion = 4;

void AddMissing(std::string_view feature, std::vector<std::string>* features) {
  if (std::find(features->begin(), features->end(), feature) == features->end()) {
    features->emplace_back(feature);
  }
}

/// The features of a protocol, also those that older versions mean without naming them.
std::vector<std::string> ReaderFeaturesOf(const Protocol& protocol) {
  if (protocol.min_reader_version == kColumnMappingReaderVersion) return {"columnMapping"};
  return protocol.reader_features.value_or(std::vector<std::string>());
}

std::vector<std::string> WriterFeaturesOf(const Protocol& protocol) {
  auto features = protocol.writer_features.value_or(std::vector<std::string>());
  const int version = protocol.min_writer_version;
  if (version >= kChangeDataFeedWriterVersion && version < kFeaturesWriterVersion) {
    AddMissing("changeDataFeed", &features);
  }
  for (const auto& feature : ReaderFeaturesOf(protocol)) AddMissing(feature, &features);
  return features;
}

template <typename Predicate>
bool AnyField(const std::vector<Field>& fields, const Predicate& predicate) {
  return std::any_of(fields.begin(), fields.end(), [&](const Field& field) {
    return predicate(field) || (field.type != nullptr && AnyField(field.type->fields, predicate));
  });
}

bool HasKind(const Schema& schema, DataType::Kind kind) {
  return AnyField(schema.fields, [kind](const Field& field) {
    return field.type != nullptr && field.type->kind == kind;
  });
}

bool HasLiveDeletionVector(const Snapshot& snapshot) {
  for (const auto& batch : snapshot.batches()) {
    const auto* vectors = batch.files->deletion_vector.get();
    if (vectors == nullptr) continue;
    for (std::int64_t row = 0; row < vectors->length(); ++row) {
      if (vectors->IsValid(row) && batch.IsLive(row)) return true;
    }
  }
  return false;
}

bool IsUsed(std::string_view feature, const FeatureUse& use) {
  if (feature == "deletionVectors") return use.deletion_vectors;
  if (feature == "columnMapping") return use.schema.mapping != ColumnMappingMode::kNone;
  if (feature == "timestampNtz") return HasKind(use.schema, DataType::Kind::kTimestampNtz);
  if (feature.starts_with("variant")) return HasKind(use.schema, DataType::Kind::kVariant);
  if (feature.starts_with("typeWidening")) {
    return AnyField(use.schema.fields, [](const Field& field) { return field.type_changed; });
  }
  return true;
}

}  // namespace

Status CheckReadable(const Protocol& protocol) {
  const int version = protocol.min_reader_version;
  if (version < 1) {
    return Fail(ErrorKind::kCorrupt, "protocol.minReaderVersion: {} is no version", version);
  }
  if (version > kFeaturesReaderVersion) {
    return Fail(ErrorKind::kUnsupported,
                "the table needs reader version {}; this program reads up to {}", version,
                kFeaturesReaderVersion);
  }
  if (version == kFeaturesReaderVersion && !protocol.reader_features) {
    return Fail(ErrorKind::kCorrupt,
                "protocol.readerFeatures: is missing, though minReaderVersion is 3");
  }
  if (version < kFeaturesReaderVersion && protocol.reader_features &&
      !protocol.reader_features->empty()) {
    return Fail(ErrorKind::kCorrupt,
                "protocol.readerFeatures: is present, though minReaderVersion is {}", version);
  }
  if (!protocol.reader_features) return {};
  for (const auto& feature : *protocol.reader_features) {
    if (!IsKnown(feature)) {
      return Fail(ErrorKind::kUnsupported, "the table needs the reader feature '{}'",
                  Printable(feature, 100));
    }
  }
  return {};
}

std::vector<std::string> ListedReaderFeatures(const Protocol& protocol) {
  std::vector<std::string> features;
  if (protocol.min_reader_version == kColumnMappingReaderVersion) {
    features.emplace_back("columnMapping");
  }
  if (protocol.reader_features) {
    for (const auto& feature : *protocol.reader_features) {
      if (!ConcernsLogOnly(feature)) features.push_back(feature);
    }
  }
  return features;
}

void AddProtocol(const Protocol& more, Protocol* all) {
  auto readers = ReaderFeaturesOf(*all);
  auto writers = WriterFeaturesOf(*all);
  for (const auto& feature : ReaderFeaturesOf(more)) AddMissing(feature, &readers);
  for (const auto& feature : WriterFeaturesOf(more)) AddMissing(feature, &writers);
  all->min_reader_version = std::max(all->min_reader_version, more.min_reader_version);
  all->min_writer_version = std::max(all->min_writer_version, more.min_writer_version);
  if (all->min_reader_version == kFeaturesReaderVersion) all->reader_features = std::move(readers);
  if (all->min_writer_version == kFeaturesWriterVersion) all->writer_features = std::move(writers);
}

std::vector<std::string> UsedReaderFeatures(const FeatureUse& use) {
  std::vector<std::string> used;
  for (auto& feature : ListedReaderFeatures(use.protocol)) {
    if (IsUsed(feature, use)) used.push_back(std::move(feature));
  }
  // What the files show counts even where a careless writer left it out of the protocol.
  for (const std::string_view feature : {"deletionVectors", "columnMapping"}) {
    if (std::find(used.begin(), used.end(), feature) == used.end() && IsUsed(feature, use)) {
      used.emplace_back(feature);
    }
  }
  return used;
}

std::vector<std::string> UsedReaderFeatures(const Snapshot& snapshot) {
  return UsedReaderFeatures(
      FeatureUse{snapshot.protocol(), snapshot.schema(), HasLiveDeletionVector(snapshot)});
}

}  // namespace sluice::delta
