#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

#include "audit_trail.h"
#include "base/clock.h"
#include "catalog_commands.h"
#include "observe/audit_query.h"
#include "serve_options.h"

namespace sluice::apps {
namespace {

constexpr const char* kSummary = "Who read and changed what: looks through access logs in JSON";

constexpr const char* kTeach = R"(
Each FILE is an access log of `sluice serve` with `log: {format: json}`; what rotation made of it
(FILE.1, FILE.2.gz, …) is read before it. '-' is standard input. Lines that are no records, as those
that were cut by a full disk, are passed over and counted.

  sluice audit /var/log/sluice/access.log --recipient analysts --since 7d
  sluice audit access.log --denied
  sluice audit access.log --table sales.europe --json | jq .file_bytes
  sluice audit --data-dir /var/lib/sluice --since 1d

Without a FILE the catalog is asked. It has its changes, those of commands too, and keeps records
where the server's configuration says `log: {catalogDays: …}`.

Exit codes: 0 looked through, also when nothing was found; 1 a file could not be read; 2 wrong usage.)";

/// Longer than any line that the server writes.
constexpr std::size_t kMaxLineBytes = 64 << 10;

struct AuditOptions {
  std::vector<std::string> files;
  CatalogPlace place;
  observe::AuditQuestion question;
  std::string since;
  std::string until;
  bool json = false;
};

struct Tally {
  std::int64_t no_records = 0;
  bool failed = false;
};

/// A time, or how long ago: "2026-01-31T00:00:00Z", "2026-01-31", "7d".
Result<std::int64_t> ParseMoment(const std::string& text, std::string_view option) {
  if (const auto moment = ParseTimestamp(text)) return *moment;
  if (const auto midnight = ParseTimestamp(text + "T00:00:00Z")) return *midnight;
  const auto ago = ParseDuration(text, option);
  if (ago) return SystemClock().NowMillis() - *ago;
  return Fail(ErrorKind::kInvalidArgument,
              "{} '{}' is no time; write one like 2026-01-31T12:00:00Z, 2026-01-31 or 7d", option,
              text);
}

/// The file with what rotation put aside of it, the oldest first.
std::vector<std::string> WithRotated(const std::string& file) {
  namespace fs = std::filesystem;
  if (file == "-") return {file};
  std::vector<std::pair<long, std::string>> found;
  const fs::path path(file);
  const std::string prefix = path.filename().string() + ".";
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::error_code error;
  for (auto it = fs::directory_iterator(folder, error); !error && it != fs::directory_iterator();
       it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!name.starts_with(prefix)) continue;
    char* end = nullptr;
    const long number = std::strtol(name.c_str() + prefix.size(), &end, 10);
    const std::string_view rest = end;
    if (number > 0 && (rest.empty() || rest == ".gz")) found.emplace_back(number, it->path());
  }
  std::sort(found.rbegin(), found.rend());
  std::vector<std::string> out;
  out.reserve(found.size() + 1);
  for (auto& [number, name] : found) out.push_back(std::move(name));
  out.push_back(file);
  return out;
}

/// False when standard output takes no more.
bool Judge(std::string_view line, const AuditOptions& options, Tally* tally) {
  const auto answer = observe::JudgeAuditLine(line, options.question);
  if (!answer.is_record) ++tally->no_records;
  if (!answer.matches) return true;
  const std::string_view out = options.json ? line : std::string_view(answer.text);
  return std::fwrite(out.data(), 1, out.size(), stdout) == out.size() &&
         std::fputc('\n', stdout) != EOF;
}

/// Plain or gzip, a line at a time. False when standard output takes no more.
bool ReadFile(const std::string& file, const AuditOptions& options, Tally* tally) {
  using Input = std::unique_ptr<gzFile_s, decltype(&gzclose)>;
  errno = 0;
  const Input in(file == "-" ? gzdopen(0, "rb") : gzopen(file.c_str(), "rb"), gzclose);
  if (in == nullptr) {
    std::fprintf(stderr, "sluice: %s: %s\n", file.c_str(),
                 std::generic_category().message(errno == 0 ? ENOMEM : errno).c_str());
    tally->failed = true;
    return true;
  }
  const auto buffer = std::make_unique<std::array<char, kMaxLineBytes>>();
  bool continued = false;  // The line began before the buffer: it is too long to be a record.
  while (gzgets(in.get(), buffer->data(), static_cast<int>(buffer->size())) != nullptr) {
    std::string_view line = buffer->data();
    const bool ends = line.ends_with('\n');
    if (ends) line.remove_suffix(1);
    if (continued || (!ends && line.size() + 1 == buffer->size())) {
      if (!continued) ++tally->no_records;
    } else if (!Judge(line, options, tally)) {
      return false;
    }
    continued = !ends;
  }
  int code = Z_OK;
  const char* const message = gzerror(in.get(), &code);
  if (code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR) return true;
  const std::string why = code == Z_ERRNO ? std::generic_category().message(errno) : message;
  std::fprintf(stderr, "sluice: %s: %s\n", file.c_str(), why.c_str());
  tally->failed = true;
  return true;
}

Status ReadTimes(AuditOptions* options) {
  if (!options->since.empty()) {
    SLUICE_TRY(options->question.since_ms, ParseMoment(options->since, "--since"));
  }
  if (!options->until.empty()) {
    SLUICE_TRY(options->question.until_ms, ParseMoment(options->until, "--until"));
  }
  return {};
}

bool ReadFiles(const AuditOptions& options, Tally* tally) {
  std::vector<std::string> seen;
  for (const auto& given : options.files) {
    for (const auto& file : WithRotated(given)) {
      if (std::find(seen.begin(), seen.end(), file) != seen.end()) continue;
      seen.push_back(file);
      if (!ReadFile(file, options, tally)) return false;
    }
  }
  return true;
}

Status CheckSource(const AuditOptions& options) {
  const bool catalog = !options.place.data_directory.empty() || !options.place.url.empty();
  if (catalog != options.files.empty()) {
    return Fail(ErrorKind::kInvalidArgument,
                "name access logs, or the catalog with --data-dir or --catalog, and not both");
  }
  return {};
}

int RunAudit(AuditOptions options) {
  Status read = CheckSource(options);
  if (read) read = ReadTimes(&options);
  if (!read) return ComplainOf(read.error());
  Tally tally;
  bool open = true;
  if (options.files.empty()) {
    const auto asked = ReadAuditTrail(options.place, options.question, [&](std::string_view line) {
      return Judge(line, options, &tally);
    });
    if (!asked) return ComplainOf(asked.error());
    open = *asked;
  } else {
    open = ReadFiles(options, &tally);
  }
  if (std::fflush(stdout) != 0) open = false;
  if (tally.no_records > 0) {
    std::fprintf(stderr, "sluice: %lld lines were no records\n",
                 static_cast<long long>(tally.no_records));
  }
  return tally.failed || !open ? kExitFailure : kExitOk;
}

}  // namespace

void AddAuditCommand(CLI::App& app, Command* chosen) {
  auto options = std::make_shared<AuditOptions>();
  CLI::App* command = app.add_subcommand("audit", kSummary);
  command->footer(kTeach);
  command->add_option("file", options->files, "Access logs");
  AddCatalogPlace(command, &options->place);
  command->add_option("--recipient", options->question.recipient, "Only what this one asked for");
  command->add_option("--admin", options->question.admin,
                      "Only what this admin asked for, or this maker of changes");
  command->add_option("--table", options->question.table,
                      "Only this share, schema (SHARE.SCHEMA) or table (SHARE.SCHEMA.TABLE)");
  command->add_option("--request", options->question.request, "Only the request with this id");
  command->add_option("--since", options->since, "Only from then on: a time, or 12h or 7d ago");
  command->add_option("--until", options->until, "Only before then");
  command->add_flag("--denied", options->question.denied, "Only what was refused");
  command->add_flag("--changes", options->question.changes,
                    "Only what changed the catalog, or would have");
  command->add_flag("--json", options->json, "The records as they are, one a line");
  command->callback([options, chosen] { *chosen = [options] { return RunAudit(*options); }; });
}

}  // namespace sluice::apps
