#include "storage/ports.h"

#include <cstdlib>

namespace sluice::storage {

Surroundings Surroundings::OfProcess() {
  Surroundings here;
  here.variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  return here;
}

}  // namespace sluice::storage
