// Reads the options of a store by name, once, into whatever its module keeps them in.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "storage/ports.h"

namespace sluice::storage {

/// A secret's file, and any other that an option or a variable names, is at most this long.
inline constexpr std::int64_t kMaxOptionFileBytes = std::int64_t{1} << 20;

/// The content of a file. Errors: kInvalidArgument naming it, for one that cannot be read or is
/// larger than kMaxOptionFileBytes.
Result<std::string> ReadOptionFile(const std::string& path);

/// Each getter is called once for each name; the first thing that is wrong is kept for Done.
class OptionReader {
 public:
  /// `options` outlives the reader.
  explicit OptionReader(const StoreOptions& options) : options_(options) {}

  bool Has(std::string_view name) const { return options_.find(name) != options_.end(); }

  std::string Text(std::string_view name, std::string_view otherwise = {});
  /// "true" or "false".
  std::optional<bool> Flag(std::string_view name);
  /// An http:// or https:// URL without a query; comes without slashes at its end.
  std::string Url(std::string_view name, std::string_view otherwise = {});
  /// The option `name`, or the content of the file that the option `name`File names, without blanks
  /// and line ends around it. Both at once are refused.
  std::string Secret(std::string_view name);

  /// Keeps an error that the caller found, if it is the first.
  void Refuse(Error error);

  /// After all getters. Errors: kInvalidArgument naming the option and what it may be, or one that
  /// no getter asked for and those that there are.
  Status Done() const;

 private:
  const std::string* Find(std::string_view name);

  const StoreOptions& options_;
  std::set<std::string, std::less<>> known_;
  std::optional<Error> error_;
};

}  // namespace sluice::storage
