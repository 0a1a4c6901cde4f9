// The data files behind the URLs.
#include <algorithm>
#include <array>

#include "base/clock.h"
#include "check/session.h"

namespace sluice::check {
namespace {

constexpr std::int64_t kMaxDownload = std::int64_t{32} << 20;
constexpr std::string_view kMagic = "PAR1";

/// The smallest file that can be fetched as a test.
Result<FileFacts> SmallFile(Session& session) {
  SLUICE_TRY(const auto* table, session.Readable());
  // Anew: the survey's URLs may have expired on a slow server.
  SLUICE_TRY(const Answer answer, session.prober().AskAgain(QueryProbe(table->name)));
  SLUICE_TRY(auto files, FilesOf(answer));
  const auto smallest = std::min_element(
      files.begin(), files.end(), [](const auto& a, const auto& b) { return a.size < b.size; });
  if (smallest == files.end() || smallest->url.empty()) return NotTested("no file has a URL");
  if (smallest->size > kMaxDownload) {
    return NotTested("the smallest file has {} bytes", smallest->size);
  }
  return *smallest;
}

Finding Fetch(Session& session) {
  SLUICE_TRY(const FileFacts file, SmallFile(session));
  SLUICE_TRY(const Answer answer, session.prober().Fetch(file.url, ""));
  SLUICE_RETURN_IF_ERROR(ExpectStatus(answer, 200));
  const std::string& body = answer.body();
  if (static_cast<std::int64_t>(body.size()) != file.size) {
    return Violated("a file of {} bytes, as its line says, has {} behind its URL", file.size,
                    body.size());
  }
  if (body.starts_with(kMagic) && body.ends_with(kMagic)) return {};
  return Violated("what is behind a file's URL is no Parquet file");
}

Finding Ranges(Session& session) {
  SLUICE_TRY(const FileFacts file, SmallFile(session));
  if (file.size < 8) return NotTested("the smallest file has {} bytes", file.size);
  SLUICE_TRY(
      const Answer answer,
      session.prober().Fetch(file.url, fmt::format("bytes={}-{}", file.size - 4, file.size - 1)));
  SLUICE_RETURN_IF_ERROR(ExpectStatus(answer, 206));
  if (answer.body() == kMagic) return {};
  return Violated("{}: {} bytes came, or others than the last four of a Parquet file", answer.place,
                  answer.body().size());
}

Finding Https(Session& session) {
  SLUICE_TRY(const FileFacts file, SmallFile(session));
  if (file.url.starts_with("https://")) return {};
  return Violated("the URLs of data files are of scheme '{}'",
                  Shown(file.url.substr(0, file.url.find(':'))));
}

Finding Expiration(Session& session) {
  SLUICE_TRY(const FileFacts file, SmallFile(session));
  if (!file.expires_at_ms) return NotTested("lines have no expirationTimestamp");
  if (*file.expires_at_ms > SystemClock().NowMillis()) return {};
  return Violated("a URL that was just made expired at {}", FormatTimestamp(*file.expires_at_ms));
}

constexpr std::array kPoints = {
    Point{"file.url", Level::kDemand, "File",
          "A file's URL gives, without a token, a Parquet file of the size that its line says.",
          "This is where the rows are; readers look for the footer at the size's end.", Fetch},
    Point{"file.expiration", Level::kDemand, "File",
          "expirationTimestamp, where told, is a time to come, in milliseconds.",
          "Clients would ask for new URLs again and again.", Expiration},
    Point{"file.ranges", Level::kAdvice, "File",
          "A URL answers a request for a range with 206 and exactly these bytes.",
          "Spark and Parquet readers read footers and columns alone, and refuse the whole file.",
          Ranges},
    Point{"file.https", Level::kAdvice, "File", "URLs of files are https.",
          "Whoever listens reads the data, and can use the URL.", Https},
};

}  // namespace

std::span<const Point> FilePoints() {
  return kPoints;
}

}  // namespace sluice::check
