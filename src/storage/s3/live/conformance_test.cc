#include "storage/object_store_conformance.h"
#include "storage/s3/live/live_store.h"

namespace sluice::storage {
namespace {

struct S3Fixture {
  static constexpr bool kKeepsTime = false;  // A store says when it was written to.

  ObjectStore& store() { return const_cast<ObjectStore&>(*live.ports().objects); }
  void Put(std::string_view key, std::string_view bytes, std::int64_t) { live.Put(key, bytes); }

  LiveStore live;
};

INSTANTIATE_TYPED_TEST_SUITE_P(S3, ObjectStoreConformance, S3Fixture);

}  // namespace
}  // namespace sluice::storage
