#include "storage/azure/live/live_store.h"
#include "storage/object_store_conformance.h"

namespace sluice::storage {
namespace {

struct AzureFixture {
  static constexpr bool kKeepsTime = false;  // A store says when it was written to.

  ObjectStore& store() { return const_cast<ObjectStore&>(*live.ports().objects); }
  void Put(std::string_view key, std::string_view bytes, std::int64_t) { live.Put(key, bytes); }

  LiveStore live;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Azure, ObjectStoreConformance, AzureFixture);

}  // namespace
}  // namespace sluice::storage
