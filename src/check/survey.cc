#include "check/survey.h"

#include <algorithm>
#include <map>
#include <optional>

#include "protocol/ndjson_reader.h"

namespace sluice::check {
namespace {

using protocol::EndpointId;

constexpr std::size_t kMaxShares = 16;
constexpr std::size_t kMaxSchemas = 16;
constexpr std::size_t kMaxListed = 1000;
constexpr std::size_t kMaxTables = 12;
/// Of a table's metadata; answers about more files take long, and show no more.
constexpr std::int64_t kMaxFiles = 5000;
/// Nobody has so many; what is told beyond leaves room to count on.
constexpr std::int64_t kMaxVersion = std::int64_t{1} << 53;

/// All features of the table format that concern a reader: nothing is decoded here.
constexpr std::string_view kDelta =
    "responseformat=delta;readerfeatures=deletionvectors,columnmapping,timestampntz,typewidening,"
    "typewidening-preview,varianttype,varianttype-preview,variantshredding,"
    "variantshredding-preview,v2checkpoint,vacuumprotocolcheck,domainmetadata,catalogmanaged,"
    "catalogowned-preview,geospatial";

/// The items of a listing, over its pages; what came before a page failed.
template <typename T>
Result<std::vector<T>> List(Prober& prober, Probe probe,
                            Result<protocol::Page<T>> (*parse)(std::string_view)) {
  std::vector<T> items;
  while (items.size() < kMaxListed) {
    SLUICE_TRY(const Answer answer, prober.Ask(probe));
    if (answer.status() == 401 || answer.status() == 403) {
      return Fail(ErrorKind::kUnauthenticated, "{}: the server refuses the profile's token with {}",
                  answer.place, answer.status());
    }
    if (answer.status() != 200) break;
    auto page = parse(answer.body());
    if (!page) break;
    for (auto& item : page->items) items.push_back(std::move(item));
    if (page->next_page_token.empty()) break;
    probe.query = {{"pageToken", page->next_page_token}};
  }
  return items;
}

/// Tables of a share; schema by schema where there is no list of all.
Result<std::vector<protocol::Table>> ListTables(Prober& prober, const std::string& share) {
  SLUICE_TRY(auto tables,
             List(prober, {EndpointId::kListAllTables, {share}}, protocol::ParseTables));
  if (!tables.empty()) return tables;
  SLUICE_TRY(const auto schemas,
             List(prober, {EndpointId::kListSchemas, {share}}, protocol::ParseSchemas));
  for (std::size_t i = 0; i < schemas.size() && i < kMaxSchemas; ++i) {
    SLUICE_TRY(auto more, List(prober, {EndpointId::kListTables, {share, schemas[i].name}},
                               protocol::ParseTables));
    for (auto& table : more) tables.push_back(std::move(table));
  }
  return tables;
}

/// A request that may fail without harm to the survey: nothing for an answer of another status, or
/// one that was too large to take. Broken connections are told.
Result<std::optional<Answer>> Try(Prober& prober, const Probe& probe) {
  auto answer = prober.Ask(probe);
  if (!answer) {
    if (answer.error().kind == ErrorKind::kTooLarge) return std::nullopt;
    return Fail(answer.error());
  }
  if (answer->status() != 200) return std::nullopt;
  return *std::move(answer);
}

/// Lines that are no JSON count too: what is wrong with them is for the points to say.
std::size_t CountFiles(const Answer& answer) {
  if (const auto lines = LinesOf(answer)) {
    return static_cast<std::size_t>(
        std::count_if(lines->all.begin(), lines->all.end(),
                      [](const Line& line) { return line.kind == "file"; }));
  }
  return static_cast<std::size_t>(std::count(answer.body().begin(), answer.body().end(), '\n'));
}

void ReadMetadata(const Lines& lines, TableFacts* facts, std::int64_t* num_files) {
  for (const Line& line : lines.all) {
    if (line.kind != "metaData") continue;
    const auto* count = line.content.if_contains("numFiles");
    if (count != nullptr && count->is_int64()) *num_files = count->get_int64();
    const auto* inner = line.content.if_contains("deltaMetadata");
    const auto& metadata =
        inner != nullptr && inner->is_object() ? inner->get_object() : line.content;
    const auto* columns = metadata.if_contains("partitionColumns");
    if (columns == nullptr || !columns->is_array()) continue;
    for (const auto& column : columns->get_array()) {
      if (column.is_string()) facts->partition_columns.emplace_back(column.get_string());
    }
  }
}

/// Whether the table's files are told in the format of the probe.
Result<bool> TryFiles(Prober& prober, const Probe& probe, TableFacts* facts) {
  SLUICE_TRY(const auto answer, Try(prober, probe));
  if (!answer) return false;
  facts->num_files = std::max(facts->num_files, CountFiles(*answer));
  return true;
}

Status TryHistory(Prober& prober, TableFacts* facts) {
  Probe probe = QueryProbe(facts->name, fmt::format(R"({{"version":{}}})", facts->version));
  if (!facts->parquet) probe = InDelta(std::move(probe));
  SLUICE_TRY(const auto answer, Try(prober, probe));
  facts->history = answer.has_value();
  if (!facts->history) return {};
  // The whole history where it is told, else the last version of it.
  std::int64_t asked = -1;
  for (const std::int64_t from : {std::int64_t{0}, facts->version}) {
    if (from == asked) continue;
    asked = from;
    Probe changes = ChangesProbe(facts->name, {{"startingVersion", std::to_string(from)}});
    if (!facts->parquet) changes = InDelta(std::move(changes));
    SLUICE_TRY(const auto told, Try(prober, changes));
    if (!told) continue;
    facts->changes_from = from;
    break;
  }
  return {};
}

Result<TableFacts> TryTable(Prober& prober, const protocol::TableName& name) {
  TableFacts facts{.name = name};
  SLUICE_TRY(auto metadata, Try(prober, MetadataProbe(name)));
  if (!metadata) {
    SLUICE_TRY(metadata, Try(prober, InDelta(MetadataProbe(name))));
  }
  if (!metadata) return facts;
  facts.version = std::min(VersionOf(*metadata).value_or(0), kMaxVersion);
  std::int64_t num_files = 0;
  if (const auto lines = LinesOf(*metadata)) ReadMetadata(*lines, &facts, &num_files);
  if (num_files > kMaxFiles) return facts;
  SLUICE_TRY(facts.parquet, TryFiles(prober, QueryProbe(name), &facts));
  SLUICE_TRY(facts.delta, TryFiles(prober, InDelta(QueryProbe(name)), &facts));
  if (facts.parquet || facts.delta) SLUICE_RETURN_IF_ERROR(TryHistory(prober, &facts));
  return facts;
}

/// Some tables of each share, the shares by turns.
std::vector<protocol::TableName> Choose(const std::vector<protocol::Table>& listed) {
  std::vector<protocol::TableName> chosen;
  std::map<std::string, std::vector<const protocol::Table*>> shares;
  for (const auto& table : listed) shares[table.share].push_back(&table);
  for (std::size_t turn = 0; chosen.size() < kMaxTables; ++turn) {
    const std::size_t before = chosen.size();
    for (const auto& [share, tables] : shares) {
      if (turn >= tables.size() || chosen.size() == kMaxTables) continue;
      chosen.push_back({share, tables[turn]->schema, tables[turn]->name});
    }
    if (chosen.size() == before) break;
  }
  return chosen;
}

}  // namespace

Result<Survey> MakeSurvey(Prober& prober, const std::optional<protocol::TableName>& only) {
  Survey survey;
  SLUICE_TRY(survey.shares, List(prober, {EndpointId::kListShares}, protocol::ParseShares));
  for (std::size_t i = 0; i < survey.shares.size() && i < kMaxShares; ++i) {
    SLUICE_TRY(auto tables, ListTables(prober, survey.shares[i].name));
    for (auto& table : tables) survey.listed.push_back(std::move(table));
  }
  const auto chosen = only ? std::vector{*only} : Choose(survey.listed);
  for (const auto& name : chosen) {
    SLUICE_TRY(auto facts, TryTable(prober, name));
    survey.tables.push_back(std::move(facts));
  }
  return survey;
}

Probe VersionProbe(const protocol::TableName& table) {
  return {EndpointId::kTableVersion, {table.share, table.schema, table.table}};
}

Probe MetadataProbe(const protocol::TableName& table) {
  return {EndpointId::kTableMetadata, {table.share, table.schema, table.table}};
}

Probe QueryProbe(const protocol::TableName& table, std::string body) {
  Probe probe{EndpointId::kQueryTable, {table.share, table.schema, table.table}};
  probe.body = std::move(body);
  return probe;
}

Probe ChangesProbe(const protocol::TableName& table,
                   std::vector<std::pair<std::string, std::string>> query) {
  return {EndpointId::kTableChanges, {table.share, table.schema, table.table}, std::move(query)};
}

Probe InDelta(Probe probe) {
  probe.capabilities = kDelta;
  return probe;
}

}  // namespace sluice::check
