#include "catalog/managed/records.h"

namespace sluice::catalog {

std::string JoinLines(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) {
    if (!text.empty()) text += '\n';
    text += line;
  }
  return text;
}

std::vector<std::string> SplitLines(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

std::string JoinPairs(const Pairs& pairs) {
  std::vector<std::string> lines;
  for (const auto& [name, value] : pairs) lines.push_back(name + '\t' + value);
  return JoinLines(lines);
}

Pairs SplitPairs(const std::string& text) {
  Pairs pairs;
  for (const auto& line : SplitLines(text)) {
    const std::size_t tab = std::min(line.find('\t'), line.size());
    pairs.emplace_back(line.substr(0, tab), line.substr(std::min(tab + 1, line.size())));
  }
  return pairs;
}

std::string TextOf(const std::map<std::string, std::string>& pairs) {
  return JoinPairs({pairs.begin(), pairs.end()});
}

std::map<std::string, std::string> MapOf(const std::string& pairs) {
  std::map<std::string, std::string> map;
  for (auto& [name, value] : SplitPairs(pairs)) map[name] = value;
  return map;
}

std::optional<SharedFolder> FolderOf(const SchemaRow& row) {
  if (row.folder.empty()) return std::nullopt;
  return SharedFolder{
      row.folder,     SplitLines(row.include), SplitLines(row.exclude), row.history_shared != 0,
      row.row_filter, MapOf(row.storage)};
}

}  // namespace sluice::catalog
