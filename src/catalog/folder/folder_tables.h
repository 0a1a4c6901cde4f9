// The tables of a folder as they come and go. Not part of this folder's interface.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "catalog/listing.h"

namespace sluice::catalog {

/// Thread-safe; calls may block. Errors: kUnavailable, for recipients, where the folder cannot be
/// read; the log has the reason.
class FolderTables {
 public:
  using ListingPtr = std::shared_ptr<const Listing>;
  using Find = std::function<Result<Table>(const Listing&)>;

  virtual ~FolderTables() = default;

  /// What there is, as far as that is known without a look at each request.
  virtual Result<ListingPtr> Recent() const = 0;
  /// What `find` finds in what is known, without a look at other folders.
  virtual std::optional<Table> LookAtHeld(const Find& find) const = 0;
  /// The same, or what it finds in a recent listing: whoever asks for what is not there makes the
  /// store no busier. Errors: also those of `find`.
  virtual Result<Table> LookAtRecent(const Find& find) const = 0;
  /// The same, or what it finds now, where looking is cheap. Errors: also those of `find`.
  virtual Result<Table> Look(const Find& find) const = 0;
};

}  // namespace sluice::catalog
