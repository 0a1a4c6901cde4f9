#include "base/file.h"
#include "client/client.h"

namespace sluice::client {
namespace {

constexpr std::size_t kMaxProfileBytes = std::size_t{1} << 20;

}  // namespace

Result<protocol::Profile> ReadProfile(const std::string& path) {
  auto text = ReadFile(path, kMaxProfileBytes);
  if (!text) {
    Error error = text.error().At("profile " + path);
    if (error.kind == ErrorKind::kInvalidArgument) {
      error.message +=
          "; a profile is a file, as 'sluice serve' writes one for the folder it shares";
    }
    return Fail(std::move(error));
  }
  auto profile = protocol::ParseProfile(*text);
  if (!profile) return Fail(profile.error().At("profile " + path));
  return profile;
}

}  // namespace sluice::client
