#include "client/text_dictionary.h"

#include <arrow/buffer.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "client/block_pool.h"
#include "client/validity.h"

namespace sluice::client {
namespace {

using BufferPtr = std::shared_ptr<arrow::Buffer>;

/// Most texts are no longer, and are copied as if they had as many bytes.
constexpr std::size_t kWord = 16;

bool IsDataPage(parquet::PageType::type type) {
  return type == parquet::PageType::DATA_PAGE || type == parquet::PageType::DATA_PAGE_V2;
}

bool IsOfDictionary(parquet::Encoding::type encoding) {
  return encoding == parquet::Encoding::RLE_DICTIONARY ||
         encoding == parquet::Encoding::PLAIN_DICTIONARY;
}

/// The texts of a dictionary, behind them an empty one, and room to read a word anywhere.
class Texts {
 public:
  explicit Texts(const arrow::ArrayData& dictionary)
      : begins_(static_cast<std::size_t>(dictionary.length) + 2) {
    const auto* const ends = dictionary.GetValues<std::int32_t>(1);
    const std::int32_t first = dictionary.length > 0 ? ends[0] : 0;
    for (std::int64_t i = 0; i < dictionary.length; ++i) {
      begins_[static_cast<std::size_t>(i) + 1] = static_cast<std::size_t>(ends[i + 1] - first);
    }
    const std::size_t bytes = begins_[begins_.size() - 2];
    begins_.back() = bytes;
    bytes_.resize(bytes + kWord);
    if (bytes > 0) std::memcpy(bytes_.data(), dictionary.buffers[2]->data() + first, bytes);
  }

  std::uint32_t empty() const { return static_cast<std::uint32_t>(begins_.size()) - 2; }
  std::size_t length(std::uint32_t number) const { return begins_[number + 1] - begins_[number]; }
  const char* at(std::uint32_t number) const { return bytes_.data() + begins_[number]; }

 private:
  std::vector<std::size_t> begins_;
  std::string bytes_;
};

Result<BufferPtr> Allocate(std::size_t bytes) {
  auto buffer = arrow::AllocateBuffer(static_cast<std::int64_t>(bytes), ScanMemory());
  if (!buffer.ok()) return Fail(ErrorKind::kTooLarge, "there is no memory of {} bytes", bytes);
  return BufferPtr(*std::move(buffer));
}

/// One a row: that of the empty text for a null.
std::vector<std::uint32_t> NumbersWithoutNulls(const arrow::ArrayData& column,
                                               std::uint32_t empty) {
  const auto* const given = column.GetValues<std::uint32_t>(1);
  std::vector<std::uint32_t> numbers(static_cast<std::size_t>(column.length));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = column.IsValid(static_cast<std::int64_t>(i)) ? given[i] : empty;
  }
  return numbers;
}

/// The ends of the texts go to `ends`, with a 0 before them. Their bytes:
template <typename Offset>
Result<BufferPtr> Join(const Texts& texts, const std::uint32_t* numbers, std::size_t rows,
                       Offset* ends) {
  std::size_t bytes = 0;
  ends[0] = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    bytes += texts.length(numbers[i]);
    ends[i + 1] = static_cast<Offset>(bytes);
  }
  if (bytes > std::size_t{std::numeric_limits<Offset>::max()}) {
    return Fail(ErrorKind::kTooLarge, "utf8 does not hold {} bytes", bytes);
  }
  SLUICE_TRY(BufferPtr buffer, Allocate(bytes + kWord));
  auto* out = reinterpret_cast<char*>(buffer->mutable_data());
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t length = texts.length(numbers[i]);
    // What is copied too much, the next text overwrites.
    std::memcpy(out, texts.at(numbers[i]), kWord);
    if (length > kWord) std::memcpy(out + kWord, texts.at(numbers[i]) + kWord, length - kWord);
    out += length;
  }
  return arrow::SliceBuffer(std::move(buffer), 0, static_cast<std::int64_t>(bytes));
}

}  // namespace

bool IsReadFastAsDictionary(const parquet::ColumnChunkMetaData& chunk) {
  if (chunk.type() != parquet::Type::BYTE_ARRAY || !chunk.has_dictionary_page()) return false;
  const std::int64_t dictionary = chunk.data_page_offset() - chunk.dictionary_page_offset();
  if (dictionary <= 0 || dictionary > chunk.total_compressed_size() / 2) return false;
  const auto& stats = chunk.encoding_stats();
  return !stats.empty() && std::all_of(stats.begin(), stats.end(), [](const auto& pages) {
    return !IsDataPage(pages.page_type) || IsOfDictionary(pages.encoding);
  });
}

Status CheckNumbers(const arrow::ArrayData& column) {
  const auto texts = static_cast<std::uint32_t>(column.dictionary->length);
  const auto* const numbers = column.GetValues<std::uint32_t>(1);
  std::uint32_t most = 0;
  if (column.GetNullCount() == 0) {
    for (std::int64_t i = 0; i < column.length; ++i) most = std::max(most, numbers[i]);
  } else {
    for (std::int64_t i = 0; i < column.length; ++i) {
      if (column.IsValid(i)) most = std::max(most, numbers[i]);
    }
  }
  if (most < texts || column.GetNullCount() == column.length) return {};
  return Fail(ErrorKind::kCorrupt, "a dictionary of {} texts has no text {}", texts, most);
}

template <typename Offset>
Result<std::shared_ptr<arrow::ArrayData>> LookUpTexts(const arrow::ArrayData& column) {
  SLUICE_RETURN_IF_ERROR(CheckNumbers(column));
  const auto rows = static_cast<std::size_t>(column.length);
  const Texts texts(*column.dictionary);
  std::vector<std::uint32_t> without_nulls;
  const auto* numbers = column.GetValues<std::uint32_t>(1);
  if (column.GetNullCount() > 0) {
    without_nulls = NumbersWithoutNulls(column, texts.empty());
    numbers = without_nulls.data();
  }
  SLUICE_TRY(BufferPtr ends, Allocate((rows + 1) * sizeof(Offset)));
  SLUICE_TRY(BufferPtr bytes,
             Join(texts, numbers, rows, reinterpret_cast<Offset*>(ends->mutable_data())));
  SLUICE_TRY(BufferPtr validity, ValidityOf(column));
  const auto type = std::is_same_v<Offset, std::int32_t> ? arrow::utf8() : arrow::large_utf8();
  return arrow::ArrayData::Make(type, column.length,
                                {std::move(validity), std::move(ends), std::move(bytes)},
                                column.GetNullCount());
}

template Result<std::shared_ptr<arrow::ArrayData>> LookUpTexts<std::int32_t>(
    const arrow::ArrayData& column);
template Result<std::shared_ptr<arrow::ArrayData>> LookUpTexts<std::int64_t>(
    const arrow::ArrayData& column);

std::int64_t RowsOfUtf8(const arrow::ArrayData& column) {
  const auto* const ends = column.dictionary->GetValues<std::int32_t>(1);
  std::int32_t longest = 1;
  for (std::int64_t i = 0; i < column.dictionary->length; ++i) {
    longest = std::max(longest, ends[i + 1] - ends[i]);
  }
  return std::numeric_limits<std::int32_t>::max() / longest;
}

}  // namespace sluice::client
