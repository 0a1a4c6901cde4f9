// What the kernel knows of this process, under the names that Prometheus clients agreed on.
#pragma once

#include <prometheus/metric_family.h>

#include <vector>

namespace sluice::observe {

/// CPU, memory, descriptors and start time from /proc; what cannot be read is left out.
std::vector<prometheus::MetricFamily> CollectProcess();

}  // namespace sluice::observe
