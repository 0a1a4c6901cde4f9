#include "parquet_table/footer.h"

#include <parquet/arrow/schema.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>

#include <algorithm>
#include <cstring>

#include "base/arrow_status.h"
#include "delta/guarded.h"
#include "delta/schema_json.h"
#include "parquet_table/columns.h"
#include "parquet_table/footer_stats.h"

namespace sluice::parquet_table {
namespace {

/// Most footers are smaller; what is larger takes a second request.
constexpr std::int64_t kFirstBytes = 64 * 1024;
constexpr std::int64_t kMaxFooterBytes = std::int64_t{64} << 20;
constexpr std::int64_t kTailBytes = 8;  ///< The footer's length and the format's mark.
/// Columns, row groups, or members of a nested type.
constexpr int kMaxListLength = 100'000;
constexpr int kMaxTextBytes = 64 << 20;

using BufferPtr = std::shared_ptr<arrow::Buffer>;

Result<BufferPtr> ReadAt(arrow::io::RandomAccessFile* file, std::int64_t offset,
                         std::int64_t size) {
  SLUICE_TRY(auto buffer, FromArrow(file->ReadAt(offset, size), "footer"));
  if (buffer->size() != size) return Fail(ErrorKind::kCorrupt, "the file ends too soon");
  return buffer;
}

/// The bytes of the footer itself.
Result<BufferPtr> ReadFooterBytes(arrow::io::RandomAccessFile* file, std::int64_t size) {
  if (size < kTailBytes + 4) {
    return Fail(ErrorKind::kCorrupt, "{} bytes are no Parquet file", size);
  }
  const std::int64_t first = std::min(size, kFirstBytes);
  SLUICE_TRY(const auto end, ReadAt(file, size - first, first));
  const auto* const tail = end->data() + first - kTailBytes;
  if (std::memcmp(tail + 4, "PARE", 4) == 0) {
    return Fail(ErrorKind::kUnsupported, "the file is encrypted");
  }
  if (std::memcmp(tail + 4, "PAR1", 4) != 0) {
    return Fail(ErrorKind::kCorrupt, "no Parquet file: the mark at its end is missing");
  }
  const std::int64_t length = tail[0] | tail[1] << 8 | tail[2] << 16 | std::int64_t{tail[3]} << 24;
  if (length > size - kTailBytes - 4) {
    return Fail(ErrorKind::kCorrupt, "a footer of {} bytes in a file of {}", length, size);
  }
  if (length > kMaxFooterBytes) {
    return Fail(ErrorKind::kTooLarge, "a footer of {} bytes; the limit is {}", length,
                kMaxFooterBytes);
  }
  if (length + kTailBytes <= first) {
    return arrow::SliceBuffer(end, first - kTailBytes - length, length);
  }
  return ReadAt(file, size - kTailBytes - length, length);
}

std::shared_ptr<parquet::FileMetaData> Parse(const arrow::Buffer& bytes) {
  parquet::ReaderProperties properties;
  properties.set_thrift_container_size_limit(kMaxListLength);
  properties.set_thrift_string_size_limit(kMaxTextBytes);
  return parquet::FileMetaData::Make(bytes.data(), bytes.size(), properties);
}

Result<Footer> ReadParts(const storage::ObjectStore& store, const storage::ObjectMeta& file) {
  SLUICE_TRY(const auto opened, store.OpenListed(file, storage::ObjectStore::Reading::kLittle));
  SLUICE_TRY(const auto bytes, ReadFooterBytes(opened.get(), file.size));
  const auto metadata = Parse(*bytes);
  parquet::arrow::SchemaManifest manifest;
  SLUICE_RETURN_IF_ARROW(
      parquet::arrow::SchemaManifest::Make(metadata->schema(), metadata->key_value_metadata(),
                                           parquet::default_arrow_reader_properties(), &manifest),
      "schema");
  auto columns = std::make_shared<FileColumns>();
  SLUICE_TRY(columns->fields, ReadColumns(manifest));
  columns->json = delta::WriteSchemaJson(columns->fields);
  Footer footer;
  SLUICE_TRY(footer.stats, StatsJson(*metadata, manifest, columns->fields));
  footer.columns = std::move(columns);
  return footer;
}

}  // namespace

std::int64_t Footer::memory_bytes() const {
  return static_cast<std::int64_t>(sizeof(Footer) + stats.capacity());
}

Result<Footer> ReadFooter(const storage::ObjectStore& store, const storage::ObjectMeta& file) {
  auto footer = delta::Guarded("footer", [&] { return ReadParts(store, file); });
  if (footer) return footer;
  Error error = std::move(footer).error();
  if (error.kind == ErrorKind::kNotFound) error.kind = ErrorKind::kDataMissing;
  return Fail(error.At(fmt::format("'{}'", file.key)));
}

}  // namespace sluice::parquet_table
