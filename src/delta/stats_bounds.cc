#include "delta/stats_bounds.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <iterator>

#include "delta/stats_row.h"

namespace sluice::delta {
namespace {

namespace ondemand = simdjson::ondemand;

/// The wanted columns as a tree of names.
struct WantedNode {
  std::string name;
  std::vector<WantedNode> children;
  int column = -1;  ///< The wanted column that ends here.
};

void AddWanted(const std::vector<std::string>& path, int column, WantedNode* root) {
  WantedNode* node = root;
  for (const std::string& name : path) {
    auto child = std::find_if(node->children.begin(), node->children.end(),
                              [&](const WantedNode& c) { return c.name == name; });
    if (child == node->children.end())
      child = node->children.insert(child, WantedNode{name, {}, -1});
    node = &*child;
  }
  node->column = column;
}

/// Reads the statistics of one row after another into builders, one a column.
class StatsReader {
 public:
  StatsReader(const WantedNode& wanted, std::vector<StatsRowBuilder>* builders)
      : wanted_(wanted), builders_(*builders) {}

  /// False when the text is not as it should be; some of it may have been taken then.
  bool Read(simdjson::padded_string_view text) {
    num_records_ = -1;
    ondemand::document document;
    ondemand::object root;
    if (parser_.iterate(text).get(document) || document.get_object().get(root)) return false;
    for (auto item : root) {
      ondemand::field field;
      std::string_view key;
      if (std::move(item).get(field) || ReadKey(field, &key)) return false;
      if (!ReadSection(key, field.value())) return false;
    }
    return true;
  }

  std::int64_t num_records() const { return num_records_; }

 private:
  bool ReadSection(std::string_view key, ondemand::value value) {
    if (key == "numRecords") {
      if (value.get_int64().get(num_records_)) num_records_ = -1;
      return true;
    }
    if (key == "minValues") return Walk(value, wanted_, &StatsReader::TakeMin);
    if (key == "maxValues") return Walk(value, wanted_, &StatsReader::TakeMax);
    if (key == "nullCount") return Walk(value, wanted_, &StatsReader::TakeNullCount);
    return true;
  }

  using Take = void (StatsReader::*)(int column, ondemand::value& value);

  bool Walk(ondemand::value value, const WantedNode& node, Take take) {
    ondemand::object object;
    // A section that is null, or a column that was a struct: nothing is known.
    if (value.get_object().get(object)) return true;
    for (auto item : object) {
      ondemand::field field;
      if (std::move(item).get(field)) return false;
      const WantedNode* child = Find(field, node);
      if (child == nullptr) continue;
      if (!child->children.empty()) {
        if (!Walk(field.value(), *child, take)) return false;
      } else {
        (this->*take)(child->column, field.value());
      }
    }
    return true;
  }

  /// Most keys have no escapes, and are compared where they stand.
  static simdjson::error_code ReadKey(ondemand::field& field, std::string_view* key) {
    const char* const begin = field.key().raw();
    const char* end = begin;
    while (*end != '"' && *end != '\\') ++end;
    if (*end == '\\') return field.unescaped_key(false).get(*key);
    *key = {begin, static_cast<std::size_t>(end - begin)};
    return simdjson::SUCCESS;
  }

  static const WantedNode* Find(ondemand::field& field, const WantedNode& node) {
    std::string_view key;
    if (ReadKey(field, &key)) return nullptr;
    for (const auto& child : node.children) {
      if (child.name == key) return &child;
    }
    return nullptr;
  }

  void TakeMin(int column, ondemand::value& value) {
    builders_[static_cast<std::size_t>(column)].TakeMin(value);
  }
  void TakeMax(int column, ondemand::value& value) {
    builders_[static_cast<std::size_t>(column)].TakeMax(value);
  }
  void TakeNullCount(int column, ondemand::value& value) {
    builders_[static_cast<std::size_t>(column)].TakeNullCount(value);
  }

  const WantedNode& wanted_;
  std::vector<StatsRowBuilder>& builders_;
  ondemand::parser parser_;
  std::int64_t num_records_ = -1;
};

/// The texts of a batch, each followed by the bytes that simdjson reads past an end: mostly those
/// of the next text.
class PaddedTexts {
 public:
  explicit PaddedTexts(const arrow::StringArray& texts) : texts_(texts) {
    const auto& buffer = texts.value_data();
    if (buffer != nullptr) end_ = buffer->data() + buffer->capacity();
  }
  simdjson::padded_string_view operator[](std::int64_t row) {
    const std::string_view text = texts_.GetView(row);
    const auto* begin = reinterpret_cast<const std::uint8_t*>(text.data());
    const auto room = static_cast<std::size_t>(end_ - begin);
    if (room >= text.size() + simdjson::SIMDJSON_PADDING)
      return simdjson::padded_string_view(begin, text.size(), room);
    copy_ = simdjson::padded_string(text);
    return copy_;
  }

 private:
  const arrow::StringArray& texts_;
  const std::uint8_t* end_ = nullptr;
  simdjson::padded_string copy_;
};

std::vector<ColumnBoundsPtr> MakeBounds(const FileBatch& batch,
                                        const std::vector<const StatsColumn*>& columns) {
  const std::int64_t rows = batch.num_rows();
  WantedNode wanted;
  std::vector<StatsRowBuilder> builders;
  for (const StatsColumn* column : columns) {
    AddWanted(column->path, static_cast<int>(builders.size()), &wanted);
    builders.emplace_back(*column, rows);
  }
  StatsReader reader(wanted, &builders);
  std::optional<PaddedTexts> texts;
  if (batch.stats != nullptr) texts.emplace(*batch.stats);
  for (std::int64_t row = 0; row < rows; ++row) {
    const bool some = texts && batch.stats->IsValid(row);
    const bool sound = some && reader.Read((*texts)[row]);
    for (auto& builder : builders) builder.EndRow(sound, reader.num_records());
  }
  std::vector<ColumnBoundsPtr> bounds;
  bounds.reserve(builders.size());
  for (auto& builder : builders) bounds.push_back(builder.Finish());
  return bounds;
}

}  // namespace

std::string StatsColumn::Key() const {
  std::string key = "s";
  for (const std::string& name : path) {
    key.push_back('\0');
    key.append(name);
  }
  fmt::format_to(std::back_inserter(key), "{}{}/{},{}{}{}", '\0', static_cast<int>(type.kind),
                 type.precision, type.scale, widened ? "w" : "", collated ? "c" : "");
  return key;
}

bool StatsColumn::SameAs(const StatsColumn& other) const {
  return path == other.path && type.kind == other.type.kind &&
         type.precision == other.type.precision && type.scale == other.type.scale &&
         widened == other.widened && collated == other.collated;
}

std::vector<ColumnBoundsPtr> StatsBounds(const FileBatch& batch,
                                         std::span<const StatsColumn* const> columns) {
  BoundsCache& cache = *batch.bounds;
  std::vector<ColumnBoundsPtr> bounds;
  bounds.reserve(columns.size());
  const auto find = [&] {
    bounds.clear();
    for (const StatsColumn* column : columns) bounds.push_back(cache.Find(column->Key()));
    return std::find(bounds.begin(), bounds.end(), nullptr) == bounds.end();
  };
  if (find()) return bounds;
  const std::lock_guard lock(cache.making());
  if (find()) return bounds;
  std::vector<const StatsColumn*> missing;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (bounds[i] == nullptr) missing.push_back(columns[i]);
  }
  auto made = MakeBounds(batch, missing);
  auto next = made.begin();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (bounds[i] != nullptr) continue;
    cache.Add(columns[i]->Key(), *next);
    bounds[i] = *next++;
  }
  return bounds;
}

}  // namespace sluice::delta
