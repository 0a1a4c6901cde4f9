// Opens the store that a location names, with the options that the provider gave for it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "storage/ports.h"

namespace sluice::storage {

/// Options for all places that begin with a prefix.
struct StoreRule {
  /// A location ("s3://bucket", "gs://bucket/folder"), a scheme alone ("s3://"), or an account of
  /// Azure with all its containers ("abfss://@account.dfs.core.windows.net").
  std::string prefix;
  StoreOptions options;
  /// Whether recipients may get credentials that read a table's folder; nothing: as a wider rule
  /// has it, else not.
  std::optional<bool> directory_access;

  bool operator==(const StoreRule&) const = default;
};

/// Thread-safe. Folders with the same options share connections and credentials. Where several
/// rules fit a place, each option is that of the longest prefix that has it.
class Stores {
 public:
  /// Errors: those of the stores' options, and kInvalidArgument for a prefix that is none or is
  /// there twice; the message begins with the prefix.
  static Result<std::shared_ptr<const Stores>> Make(std::vector<StoreRule> rules,
                                                    Surroundings here);

  /// `own` wins over the options of all rules, as a rule for the location would. Errors: of a local
  /// folder those of OpenLocalStore, else those of the store's options and of Backend::Open.
  Result<Ports> Open(const Location& location, const StoreOptions& own = {}) const;

  /// Whether recipients may get credentials for tables there.
  bool DirectoryAccess(const Location& location, const StoreOptions& own = {}) const;

 private:
  struct Rule {
    Location place;  ///< Its bucket is empty where all are meant.
    bool whole_kind = false;
    StoreRule rule;
  };
  using BackendPtr = std::shared_ptr<const Backend>;

  explicit Stores(Surroundings here) : here_(std::move(here)) {}

  static Result<Rule> ParseRule(const std::string& prefix);
  static bool Fits(const Rule& rule, const Location& location);
  StoreOptions OptionsFor(const Location& location, const StoreOptions& own) const;
  Result<BackendPtr> BackendFor(const Location& location, const StoreOptions& own) const;

  const Surroundings here_;
  std::vector<Rule> rules_;  ///< Those that fit more places first.
  mutable std::mutex mutex_;
  mutable std::map<std::pair<StoreKind, StoreOptions>, BackendPtr> backends_;
};

/// Among the options that are kept with what they are for: StoreRule::directory_access.
inline constexpr std::string_view kDirectoryAccessOption = "directoryAccess";

/// Whether `own` may be kept in a catalog, beside the location that it is for. Errors:
/// kInvalidArgument naming the option, for a secret in the clear, whose file may be named, and for
/// what the location's store would refuse.
Status CheckKeptOptions(const Location& location, const StoreOptions& own, Surroundings here);

}  // namespace sluice::storage
