#include "recipient_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/code_points.h"

namespace sluice::apps {
namespace {

struct Range {
  char32_t first, last;
};

template <std::size_t N>
bool In(const std::array<Range, N>& ranges, char32_t point) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](Range range) { return point >= range.first && point <= range.last; });
}

// Blocks, not the exact tables of Unicode: good for alignment, and nothing else depends on them.
constexpr std::array<Range, 5> kNoWidth{
    {{0x300, 0x36F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}}};
constexpr std::array<Range, 9> kWide{{{0x1100, 0x115F},
                                      {0x2E80, 0x303E},
                                      {0x3041, 0xA4CF},
                                      {0xAC00, 0xD7A3},
                                      {0xF900, 0xFAFF},
                                      {0xFE30, 0xFE6F},
                                      {0xFF00, 0xFF60},
                                      {0x1F300, 0x1FAFF},
                                      {0x20000, 0x3FFFD}}};

int Width(char32_t point) {
  return In(kNoWidth, point) ? 0 : In(kWide, point) ? 2 : 1;
}

void AppendUtf8(char32_t point, std::string* out) {
  if (point < 0x80) {
    out->push_back(static_cast<char>(point));
    return;
  }
  if (point >= 0x10000) {
    out->push_back(static_cast<char>(0xF0 | point >> 18));
    out->push_back(static_cast<char>(0x80 | (point >> 12 & 0x3F)));
  } else if (point >= 0x800) {
    out->push_back(static_cast<char>(0xE0 | point >> 12));
  }
  if (point >= 0x800) {
    out->push_back(static_cast<char>(0x80 | (point >> 6 & 0x3F)));
  } else {
    out->push_back(static_cast<char>(0xC0 | point >> 6));
  }
  out->push_back(static_cast<char>(0x80 | (point & 0x3F)));
}

void AppendCell(std::string_view text, int width, bool right, bool last, std::string* out) {
  const auto padding = static_cast<std::size_t>(std::max(0, width - DisplayWidth(text)));
  if (right) out->append(padding, ' ');
  out->append(text);
  if (!right && !last) out->append(padding, ' ');
}

std::vector<int> ColumnWidths(const TextTable& table) {
  std::vector<int> widths;
  for (const TableColumn& column : table.columns) widths.push_back(DisplayWidth(column.name));
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], DisplayWidth(row[i]));
    }
  }
  return widths;
}

}  // namespace

int DisplayWidth(std::string_view text) {
  int width = 0;
  while (!text.empty()) width += Width(TakeCodePoint(&text));
  return width;
}

std::string CellText(std::string_view text, int max_width) {
  std::string out;
  int width = 0;
  std::size_t keep = 0;  // Where to cut so that the ellipsis fits.
  while (!text.empty()) {
    char32_t point = TakeCodePoint(&text);
    if (IsControlPoint(point)) point = ' ';
    width += Width(point);
    if (width > max_width) {
      out.resize(keep);
      out += "…";
      return out;
    }
    AppendUtf8(point, &out);
    if (width < max_width) keep = out.size();
  }
  return out;
}

std::string FormatTable(const TextTable& table, int width) {
  const std::vector<int> widths = ColumnWidths(table);
  std::size_t shown = 0;
  for (int total = 0; shown < widths.size(); ++shown) {
    total += widths[shown] + (shown == 0 ? 0 : 2);
    if (width > 0 && total > width && shown > 0) break;
  }
  std::string out;
  auto line = [&](auto cell) {
    for (std::size_t i = 0; i < shown; ++i) {
      if (i != 0) out.append("  ");
      AppendCell(cell(i), widths[i], table.columns[i].right, i + 1 == shown, &out);
    }
    out.push_back('\n');
  };
  std::vector<std::string> rules;
  for (const int each : widths) {
    rules.emplace_back();
    for (int i = 0; i < each; ++i) rules.back() += "─";
  }
  line([&](std::size_t i) -> std::string_view { return table.columns[i].name; });
  line([&](std::size_t i) -> std::string_view { return rules[i]; });
  for (const auto& row : table.rows) {
    line([&](std::size_t i) -> std::string_view { return row[i]; });
  }
  if (const std::size_t hidden = widths.size() - shown; hidden > 0) {
    out += fmt::format("… and {} more column{}; choose with --columns\n", hidden,
                       hidden == 1 ? "" : "s");
  }
  return out;
}

}  // namespace sluice::apps
