// sluice check
#include <unistd.h>

#include <cstdlib>

#include "check/check.h"
#include "commands.h"
#include "recipient_commands.h"
#include "recipient_output.h"

namespace sluice::apps {
namespace {

struct Target {
  protocol::Profile profile;
  std::optional<protocol::TableName> table;
};

Result<Target> ReadTarget(const std::string& text) {
  Target target;
  std::string path = text;
  if (text.find('#') != std::string::npos) {
    SLUICE_TRY(auto url, protocol::ParseTableUrl(text));
    path = std::move(url.profile);
    target.table = std::move(url.table);
  }
  SLUICE_TRY(target.profile, client::ReadProfile(path));
  return target;
}

bool WantsColor() {
  const char* refused = std::getenv("NO_COLOR");
  return ::isatty(STDOUT_FILENO) == 1 && (refused == nullptr || *refused == '\0');
}

/// Codes for errors; 1 is kept for a server that was judged and does not conform.
int ReportInstead(const Error& error, int failure) {
  const int code = Report(error);
  return code == kExitFailure ? failure : code;
}

}  // namespace

int RunCheck(const CheckOptions& options) {
  Interrupts interrupts;
  const auto target = ReadTarget(options.target);
  if (!target) return ReportInstead(target.error(), kExitUsage);
  check::CheckOptions check;
  check.http = HttpOptionsOf(options.connection);
  check.table = target->table;
  const auto report = check::CheckServer(target->profile, check);
  if (!report) return ReportInstead(report.error(), kExitUnavailable);
  DescriptorStream out(STDOUT_FILENO, false);
  const std::string text = options.json ? check::FormatJson(*report)
                                        : check::FormatText(*report, {WantsColor(), options.quiet});
  const bool written = out.Write(text).ok() && out.Flush().ok();
  if (out.reader_gone()) return kExitReaderGone;
  if (!written) return Report(Error{ErrorKind::kInternal, "cannot write standard output"});
  return report->conforms() ? kExitOk : kExitFailure;
}

}  // namespace sluice::apps
