#include "server/api/admission.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace sluice::api {
namespace {

constexpr double kMinuteMs = 60'000;

std::string Refusal(std::string_view limit, std::int64_t most) {
  return fmt::format("more than the {} that this recipient may have; try again later",
                     fmt::format(fmt::runtime(limit), most));
}

}  // namespace

Admission::Admission(const Clock* clock) : clock_(clock) {}

Admitted Admission::Enter(const catalog::Recipient& recipient) {
  const auto& [per_minute, at_once] = recipient.limits;
  Admitted out;
  if (!per_minute && !at_once) return out;
  const std::int64_t now = clock_->NowMillis();
  const std::lock_guard lock(uses_->mutex);
  const auto [found, is_new] = uses_->by_recipient.try_emplace(recipient.name);
  Use& use = found->second;
  if (at_once && use.running >= *at_once) {
    out.refused = Refusal("{} requests at a time", *at_once);
    out.retry_after_s = 1;
    return out;
  }
  if (per_minute) {
    const auto most = static_cast<double>(*per_minute);
    const double each = kMinuteMs / most;
    // A clock that was set back gives nothing.
    const auto passed = static_cast<double>(std::max<std::int64_t>(0, now - use.left_at_ms));
    use.left = is_new ? most : std::min(most, use.left + passed / each);
    use.left_at_ms = now;
    if (use.left < 1) {
      out.refused = Refusal("{} requests a minute", *per_minute);
      out.retry_after_s =
          std::max<std::int64_t>(1, std::llround(std::ceil((1 - use.left) * each / 1000)));
      return out;
    }
    use.left -= 1;
  }
  ++use.running;
  out.place = std::shared_ptr<void>(nullptr, [uses = uses_, name = recipient.name](void*) {
    const std::lock_guard leaving(uses->mutex);
    --uses->by_recipient.at(name).running;
  });
  return out;
}

}  // namespace sluice::api
