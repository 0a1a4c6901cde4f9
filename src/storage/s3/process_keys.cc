#include "storage/s3/process_keys.h"

#include "base/encoding.h"
#include "base/run_program.h"
#include "storage/s3/key_json.h"

namespace sluice::storage {
namespace {

constexpr std::int64_t kTimeoutMs = 60'000;

}  // namespace

Result<Expiring<AwsKey>> FetchFromProcess(const std::string& command) {
  const auto refuse = [](std::string_view what) {
    return Fail(ErrorKind::kPermissionDenied, "the credential_process {}", what);
  };
  const auto output = RunProgram({"/bin/sh", "-c", command}, kTimeoutMs);
  if (!output) return refuse("failed: " + output.error().message);
  if (output->status != 0) {
    const std::string said = Printable(output->err, 200);
    return refuse(
        fmt::format("ended with code {}{}{}", output->status, said.empty() ? "" : ": ", said));
  }
  auto key = ReadKeyJson(output->out);
  if (!key) return refuse("printed no keys: " + key.error().message);
  return key;
}

}  // namespace sluice::storage
