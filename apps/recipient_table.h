// Aligned tables for people at a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::apps {

struct TableColumn {
  std::string name;
  bool right = false;  ///< Numbers stand at the right edge of their column.
};

struct TextTable {
  std::vector<TableColumn> columns;
  std::vector<std::vector<std::string>> rows;
};

/// Columns the text takes on a terminal: combining marks none, East Asian wide characters and
/// pictographs two.
int DisplayWidth(std::string_view text);

/// `text` fit for one cell: control characters as spaces, what is no UTF-8 as U+FFFD, and anything
/// beyond `max_width` columns cut with an ellipsis.
std::string CellText(std::string_view text, int max_width);

/// The table with a line under its heading. Columns that do not fit into `width` are left out and
/// counted in a last line; the first always stands. `width` 0 means unlimited.
std::string FormatTable(const TextTable& table, int width);

}  // namespace sluice::apps
