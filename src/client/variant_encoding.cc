#include "client/variant_encoding.h"

#include <algorithm>
#include <iterator>

namespace sluice::client {
namespace {

constexpr unsigned kVersion = 1;
constexpr std::size_t kLongestShortString = 63;
constexpr std::size_t kMostOfSmall = 255;

/// In the lowest two bits of a value's first byte.
enum class BasicType : std::uint8_t { kPrimitive = 0, kShortString = 1, kObject = 2, kArray = 3 };

char HeaderOf(BasicType type, unsigned header) {
  return static_cast<char>(static_cast<unsigned>(type) | header << 2);
}

/// Unsigned numbers of one to four bytes.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::string_view rest() const { return rest_; }

  Result<std::uint32_t> Number(unsigned size) {
    if (rest_.size() < size) return Fail(ErrorKind::kCorrupt, "a variant ends too early");
    std::uint32_t number = 0;
    for (unsigned i = 0; i < size; ++i) {
      number |= std::uint32_t{static_cast<unsigned char>(rest_[i])} << (8 * i);
    }
    rest_.remove_prefix(size);
    return number;
  }

  /// `count` of them; no more than there are bytes for.
  Result<std::vector<std::uint32_t>> Numbers(std::size_t count, unsigned size) {
    if (rest_.size() / size < count) return Fail(ErrorKind::kCorrupt, "a variant ends too early");
    std::vector<std::uint32_t> numbers(count);
    for (std::uint32_t& number : numbers) {
      SLUICE_TRY(number, Number(size));
    }
    return numbers;
  }

 private:
  std::string_view rest_;
};

void AppendNumber(std::size_t number, unsigned size, std::string* out) {
  for (unsigned i = 0; i < size; ++i) out->push_back(static_cast<char>(number >> (8 * i)));
}

/// Bytes for numbers up to `most`.
unsigned SizeFor(std::size_t most) {
  unsigned size = 1;
  while (size < 4 && most >> (8 * size) != 0) ++size;
  return size;
}

unsigned SizeOfCount(std::size_t count) {
  return count > kMostOfSmall ? 4 : 1;
}

/// Each of `begins` with the end of its value: values are contiguous, and in any order.
std::vector<std::uint32_t> EndsOf(const std::vector<std::uint32_t>& begins, std::uint32_t end) {
  std::vector<std::uint32_t> sorted = begins;
  sorted.push_back(end);
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::uint32_t> ends;
  ends.reserve(begins.size());
  for (const std::uint32_t begin : begins) {
    const auto next = std::upper_bound(sorted.begin(), sorted.end(), begin);
    ends.push_back(next == sorted.end() ? begin : *next);
  }
  return ends;
}

}  // namespace

Result<VariantNames> VariantNames::Read(std::string_view metadata) {
  Reader reader(metadata);
  SLUICE_TRY(const std::uint32_t header, reader.Number(1));
  if ((header & 0xf) != kVersion) {
    return Fail(ErrorKind::kUnsupported, "a variant of version {}", header & 0xf);
  }
  const unsigned size = (header >> 6) + 1;
  SLUICE_TRY(const std::uint32_t count, reader.Number(size));
  if (count == 0) return VariantNames();  // Some leave out that they end at 0.
  SLUICE_TRY(const auto ends, reader.Numbers(std::size_t{count} + 1, size));
  VariantNames names;
  names.names_.reserve(count);
  for (std::uint32_t id = 0; id < count; ++id) {
    if (ends[id] > ends[id + 1] || ends[id + 1] > reader.rest().size()) {
      return Fail(ErrorKind::kCorrupt, "the names of a variant lie outside of its metadata");
    }
    names.names_.push_back(reader.rest().substr(ends[id], ends[id + 1] - ends[id]));
    names.ids_.emplace(names.names_.back(), id);
  }
  return names;
}

std::optional<std::uint32_t> VariantNames::Find(std::string_view name) const {
  const auto found = ids_.find(name);
  return found == ids_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string_view> VariantNames::At(std::uint32_t id) const {
  return id < names_.size() ? std::optional(names_[id]) : std::nullopt;
}

Result<std::vector<VariantField>> ReadVariantObject(std::string_view value,
                                                    const VariantNames& names) {
  Reader reader(value);
  SLUICE_TRY(const std::uint32_t first, reader.Number(1));
  if ((first & 3) != static_cast<unsigned>(BasicType::kObject)) {
    return Fail(ErrorKind::kCorrupt, "a variant is no object where fields of one are apart");
  }
  const unsigned header = first >> 2;
  SLUICE_TRY(const std::uint32_t count, reader.Number((header & 0x10) != 0 ? 4 : 1));
  SLUICE_TRY(const auto ids, reader.Numbers(count, ((header >> 2) & 3) + 1));
  SLUICE_TRY(auto begins, reader.Numbers(std::size_t{count} + 1, (header & 3) + 1));
  const std::uint32_t end = begins.back();
  begins.pop_back();
  const auto ends = EndsOf(begins, end);
  std::vector<VariantField> fields;
  fields.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto name = names.At(ids[i]);
    if (!name || begins[i] >= ends[i] || ends[i] > reader.rest().size()) {
      return Fail(ErrorKind::kCorrupt, "field {} of a variant has no name or no value", i);
    }
    fields.push_back(
        {*name, ids[i], std::string(reader.rest().substr(begins[i], ends[i] - begins[i]))});
  }
  return fields;
}

void AppendVariantPrimitive(VariantPrimitive type, std::string_view data, std::string* out) {
  out->push_back(HeaderOf(BasicType::kPrimitive, static_cast<unsigned>(type)));
  out->append(data);
}

void AppendVariantString(std::string_view text, std::string* out) {
  if (text.size() <= kLongestShortString) {
    out->push_back(HeaderOf(BasicType::kShortString, static_cast<unsigned>(text.size())));
  } else {
    AppendVariantPrimitive(VariantPrimitive::kString, {}, out);
    AppendNumber(text.size(), 4, out);
  }
  out->append(text);
}

void AppendVariantBinary(std::string_view bytes, std::string* out) {
  AppendVariantPrimitive(VariantPrimitive::kBinary, {}, out);
  AppendNumber(bytes.size(), 4, out);
  out->append(bytes);
}

void AppendVariantArray(const std::vector<std::string>& elements, std::string* out) {
  std::size_t bytes = 0;
  for (const std::string& element : elements) bytes += element.size();
  const unsigned offset_size = SizeFor(bytes);
  const unsigned count_size = SizeOfCount(elements.size());
  out->push_back(HeaderOf(BasicType::kArray, (offset_size - 1) | (count_size == 4 ? 4 : 0)));
  AppendNumber(elements.size(), count_size, out);
  std::size_t offset = 0;
  AppendNumber(offset, offset_size, out);
  for (const std::string& element : elements) {
    offset += element.size();
    AppendNumber(offset, offset_size, out);
  }
  for (const std::string& element : elements) out->append(element);
}

void AppendVariantObject(std::vector<VariantField> fields, std::string* out) {
  std::sort(fields.begin(), fields.end(),
            [](const VariantField& a, const VariantField& b) { return a.name < b.name; });
  std::size_t bytes = 0;
  std::uint32_t most_id = 0;
  for (const VariantField& field : fields) {
    bytes += field.value.size();
    most_id = std::max(most_id, field.id);
  }
  const unsigned offset_size = SizeFor(bytes);
  const unsigned id_size = SizeFor(most_id);
  const unsigned count_size = SizeOfCount(fields.size());
  const unsigned large = count_size == 4 ? 0x10 : 0;
  out->push_back(HeaderOf(BasicType::kObject, large | (id_size - 1) << 2 | (offset_size - 1)));
  AppendNumber(fields.size(), count_size, out);
  for (const VariantField& field : fields) AppendNumber(field.id, id_size, out);
  std::size_t offset = 0;
  AppendNumber(offset, offset_size, out);
  for (const VariantField& field : fields) {
    offset += field.value.size();
    AppendNumber(offset, offset_size, out);
  }
  for (const VariantField& field : fields) out->append(field.value);
}

}  // namespace sluice::client
