#include <array>
#include <vector>

#include "check/point.h"

namespace sluice::check {

std::vector<Point> AllPoints() {
  std::vector<Point> all;
  for (const auto family :
       std::array{AccessPoints, ListingPoints, PagePoints, NamePoints, MissingPoints, VersionPoints,
                  MetadataPoints, QueryPoints, RequestPoints, FilePoints, HintPoints, FormatPoints,
                  FileIdPoints, HistoryPoints, ChangesPoints, OptionalPoints, AsyncPoints,
                  DirectoryPoints}) {
    const auto points = family();
    all.insert(all.end(), points.begin(), points.end());
  }
  return all;
}

}  // namespace sluice::check
