#include "delta/truth.h"

#include <utility>

namespace sluice::delta {

Truth Truth::Of(std::int64_t rows, bool can_be_true, bool can_be_false, bool can_be_null) {
  const auto all = [rows](bool set) { return Bits(BitWords(rows), set ? ~std::uint64_t{0} : 0); };
  return Truth{all(can_be_true), all(can_be_false), all(can_be_null)};
}

void AndWith(const Truth& right, Truth* left) {
  for (std::size_t i = 0; i < left->can_be_true.size(); ++i) {
    const std::uint64_t lt = left->can_be_true[i];
    const std::uint64_t ln = left->can_be_null[i];
    const std::uint64_t rt = right.can_be_true[i];
    const std::uint64_t rn = right.can_be_null[i];
    left->can_be_true[i] = lt & rt;
    left->can_be_false[i] |= right.can_be_false[i];
    left->can_be_null[i] = (ln & (rn | rt)) | (rn & lt);
  }
}

void OrWith(const Truth& right, Truth* left) {
  for (std::size_t i = 0; i < left->can_be_true.size(); ++i) {
    const std::uint64_t lf = left->can_be_false[i];
    const std::uint64_t ln = left->can_be_null[i];
    const std::uint64_t rf = right.can_be_false[i];
    const std::uint64_t rn = right.can_be_null[i];
    left->can_be_true[i] |= right.can_be_true[i];
    left->can_be_false[i] = lf & rf;
    left->can_be_null[i] = (ln & (rn | rf)) | (rn & lf);
  }
}

void Negate(Truth* truth) {
  std::swap(truth->can_be_true, truth->can_be_false);
}

}  // namespace sluice::delta
