// Capabilities: which format answers, and what ends an answer.
#include <algorithm>
#include <array>
#include <optional>

#include "base/ascii.h"
#include "check/session.h"
#include "protocol/capabilities.h"

namespace sluice::check {
namespace {

using protocol::ResponseFormat;

std::string_view NameOf(ResponseFormat format) {
  return format == ResponseFormat::kDelta ? "delta" : "parquet";
}

/// What the header of the answer says of its format; nothing when it says nothing.
std::optional<ResponseFormat> ToldFormat(const Answer& answer) {
  const std::string_view header = answer.Get(protocol::kCapabilitiesHeader);
  if (header.empty()) return std::nullopt;
  const auto told = protocol::ParseCapabilities(header);
  return told.accepts_delta ? ResponseFormat::kDelta : ResponseFormat::kParquet;
}

/// Metadata and query of the table answer in this format.
Finding ExpectFormat(Session& session, const TableFacts& table, const std::string& capabilities,
                     ResponseFormat wanted) {
  for (Probe probe : {MetadataProbe(table.name), QueryProbe(table.name)}) {
    probe.capabilities = capabilities;
    SLUICE_TRY(const Answer answer, session.Ask(probe));
    SLUICE_TRY(const Lines lines, LinesOf(answer));
    if (lines.format != wanted) {
      return Violated("{}: the lines are in the {} format, not in the {} format", answer.place,
                      NameOf(lines.format), NameOf(wanted));
    }
  }
  return {};
}

Finding Default(Session& session) {
  SLUICE_TRY(const auto* table, session.Readable());
  SLUICE_RETURN_IF_ERROR(ExpectFormat(session, *table, "", ResponseFormat::kParquet));
  return ExpectFormat(session, *table, "responseformat=parquet", ResponseFormat::kParquet);
}

/// A server that knows the header answers with it.
Result<const TableFacts*> TableOfKnowingServer(Session& session) {
  SLUICE_TRY(const auto* table, session.InDeltaFormat());
  SLUICE_TRY(const Answer answer, session.Ask(InDelta(QueryProbe(table->name))));
  if (ToldFormat(answer)) return table;
  SLUICE_TRY(const Lines lines, LinesOf(answer));
  if (lines.format == ResponseFormat::kDelta) return table;
  return NotTested("the server does not know the header {}", protocol::kCapabilitiesHeader);
}

Finding DeltaWhenAsked(Session& session) {
  SLUICE_TRY(const auto* table, TableOfKnowingServer(session));
  return ExpectFormat(session, *table, InDelta({}).capabilities, ResponseFormat::kDelta);
}

Finding HeaderAgrees(Session& session) {
  SLUICE_TRY(const auto* table, TableOfKnowingServer(session));
  for (const Probe& probe : {InDelta(QueryProbe(table->name)), InDelta(MetadataProbe(table->name)),
                             QueryProbe(table->name)}) {
    SLUICE_TRY(const Answer answer, session.Ask(probe));
    if (answer.status() != 200) continue;
    SLUICE_TRY(const Lines lines, LinesOf(answer));
    const auto told = ToldFormat(answer);
    if (!told && lines.format == ResponseFormat::kParquet) continue;
    if (told != lines.format) {
      return Violated("{}: the header {} says {}, and the lines are in the {} format", answer.place,
                      protocol::kCapabilitiesHeader, told ? NameOf(*told) : "nothing",
                      NameOf(lines.format));
    }
  }
  return {};
}

Finding Case(Session& session) {
  SLUICE_TRY(const auto* table, TableOfKnowingServer(session));
  return ExpectFormat(session, *table, ToUpper(InDelta({}).capabilities), ResponseFormat::kDelta);
}

Finding UnknownCapabilities(Session& session) {
  SLUICE_TRY(const auto* table, session.Readable());
  return ExpectFormat(session, *table, "capabilityoftomorrow=yes;;responseformat=parquet",
                      ResponseFormat::kParquet);
}

Finding DeltaFields(Session& session) {
  SLUICE_TRY(const auto* table, session.InDeltaFormat());
  SLUICE_TRY(const Answer answer, session.Ask(InDelta(QueryProbe(table->name))));
  SLUICE_TRY(const Lines lines, LinesOf(answer));
  if (lines.format != ResponseFormat::kDelta) return NotTested("the answer is not in delta format");
  return ExpectLineShapes(lines, {"protocol", "metaData", "file", "endStreamAction"}, answer.place);
}

/// Sizes in order, since ids may be made otherwise in each format.
std::vector<std::int64_t> Sizes(const std::vector<FileFacts>& files) {
  std::vector<std::int64_t> sizes;
  sizes.reserve(files.size());
  for (const auto& file : files) sizes.push_back(file.size);
  std::sort(sizes.begin(), sizes.end());
  return sizes;
}

Finding SameFiles(Session& session) {
  SLUICE_TRY(const auto* table, session.InDeltaFormat());
  if (!table->parquet) return NotTested("no table can be read in both formats");
  SLUICE_TRY(const Answer one, session.Ask(QueryProbe(table->name)));
  SLUICE_TRY(const Answer other, session.Ask(InDelta(QueryProbe(table->name))));
  SLUICE_TRY(const auto parquet, FilesOf(one));
  SLUICE_TRY(const auto delta, FilesOf(other));
  if (one.Get("delta-table-version") != other.Get("delta-table-version")) {
    return NotTested("the table changed in the meantime");
  }
  if (Sizes(parquet) == Sizes(delta)) return {};
  return Violated("{}: {} files in the parquet format, and {} in the delta format, or others",
                  one.place, parquet.size(), delta.size());
}

Finding EndPromised(Session& session) {
  SLUICE_TRY(const auto* table, session.Readable());
  bool promised = false;
  for (Probe probe : {QueryProbe(table->name), MetadataProbe(table->name)}) {
    probe.capabilities = "includeendstreamaction=true";
    SLUICE_TRY(const Answer answer, session.Ask(probe));
    SLUICE_TRY(const Lines lines, LinesOf(answer));
    const auto told = protocol::ParseCapabilities(answer.Get(protocol::kCapabilitiesHeader));
    if (!told.include_end_stream_action) continue;
    promised = true;
    if (!lines.all.empty() && lines.all.back().kind == "endStreamAction") continue;
    return Violated("{}: the header promises an endStreamAction, and the last line is none",
                    answer.place);
  }
  if (promised) return {};
  return NotTested("the server does not promise an endStreamAction");
}

Finding EndNotAsked(Session& session) {
  SLUICE_TRY(const auto* table, session.Readable());
  SLUICE_TRY(const Answer answer, session.Ask(QueryProbe(table->name)));
  SLUICE_TRY(const Lines lines, LinesOf(answer));
  for (const Line& line : lines.all) {
    if (line.kind != "endStreamAction") continue;
    const bool needed = line.content.contains("nextPageToken") ||
                        line.content.contains("refreshToken") ||
                        line.content.contains("errorMessage");
    if (!needed) return Violated("{}: an endStreamAction that nobody asked for", answer.place);
  }
  return {};
}

constexpr std::string_view kSection = "Delta Sharing Capabilities Header";

constexpr std::array kPoints = {
    Point{"format.default", Level::kDemand, "responseFormat",
          "Without the header, or with responseformat=parquet, answers are in the parquet format.",
          "Clients that know no other format stop.", Default},
    Point{"format.delta", Level::kDemand, "responseFormat",
          "A server that knows the header answers responseformat=delta in the delta format.",
          "Clients build a log of the lines and cannot do so from the other format.",
          DeltaWhenAsked},
    Point{"format.header", Level::kDemand, "responseFormat",
          "The answer's header names the format that the lines are in.",
          "Clients choose their parser by this header.", HeaderAgrees},
    Point{"format.case", Level::kDemand, kSection,
          "Keys and values of the header compare without case.",
          "Clients spell responseFormat and deletionVectors as they like.", Case},
    Point{"format.unknown", Level::kAdvice, kSection,
          "Capabilities that the server does not know are passed over.",
          "Newer clients could not talk to this server at all.", UnknownCapabilities},
    Point{"format.delta-fields", Level::kDemand, "API Response Actions in Delta Format",
          "Lines of the delta format have their required fields, each of its type, and each file "
          "one action.",
          "They are parsed as actions of a Delta log.", DeltaFields},
    Point{"format.same-files", Level::kDemand, "API Response Actions in Delta Format",
          "Both formats tell of the same files.",
          "Rows would depend on the client that reads them.", SameFiles},
    Point{"format.end-promised", Level::kDemand, "includeEndStreamAction",
          "Where the answer's header says includeendstreamaction=true, the last line is an "
          "endStreamAction.",
          "Clients take an answer without it for one that was cut, and fail.", EndPromised},
    Point{"format.end-not-asked", Level::kAdvice, "includeEndStreamAction",
          "Who does not ask for an endStreamAction gets none, unless it holds a token.",
          "Older clients stop at a line that they do not know.", EndNotAsked},
};

}  // namespace

std::span<const Point> FormatPoints() {
  return kPoints;
}

}  // namespace sluice::check
