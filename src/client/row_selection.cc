#include "client/row_selection.h"

namespace sluice::client {

std::int64_t RowSelection::CountIn(std::int64_t begin, std::int64_t count) const {
  const std::int64_t named_rows = named.CountIn(begin, count);
  return only_named ? named_rows : count - named_rows;
}

std::int64_t RowSelection::KeepMask(std::int64_t begin, std::int64_t count,
                                    std::uint8_t* keep) const {
  const std::int64_t others = named.KeepMask(begin, count, keep);
  if (!only_named) return others;
  for (std::int64_t i = 0; i < count / 8; ++i) keep[i] = static_cast<std::uint8_t>(~keep[i]);
  if (count % 8 != 0) {
    const auto used = static_cast<std::uint8_t>((1U << (count % 8)) - 1);
    keep[count / 8] = static_cast<std::uint8_t>(~keep[count / 8] & used);
  }
  return count - others;
}

}  // namespace sluice::client
