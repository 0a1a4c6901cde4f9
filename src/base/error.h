// Errors as values. Every fallible function of the project returns Result<T>; nothing throws
// across a module's border. The kinds are a closed set: a caller decides by kind, a person reads
// the message.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

enum class ErrorKind : std::uint8_t {
  kInvalidArgument,   ///< A parameter is out of range or contradicts another; the caller mends it.
  kMalformed,         ///< Input that does not parse: a body, a profile, a configuration.
  kUnauthenticated,   ///< No credential, or one that is unknown or expired.
  kPermissionDenied,  ///< A known caller asks for what it may not have.
  kNotFound,          ///< The named thing does not exist, or the caller may not know that it does.
  kAlreadyExists,     ///< A name or key is taken.
  kUnsupported,       ///< Understood, and refused by name: a table feature, a format, an option.
  kDataMissing,       ///< A table promises a file, commit or checkpoint that is not there.
  kCorrupt,           ///< Stored data that contradicts its format; the message names the place.
  kTooLarge,          ///< Beyond a limit that this program sets.
  kTimeout,           ///< A deadline passed.
  kUnavailable,       ///< A peer or store that fails now and may answer later; worth a retry.
  kCancelled,         ///< The caller asked to stop.
  kInternal,          ///< A defect of this program.
};

/// The stable lower-case name of a kind, as it appears in logs and at the C ABI ("not_found").
std::string_view KindName(ErrorKind kind);

struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  /// One line for a person. Names the place (file, version, line, key, field); never a secret.
  /// Whether a remote caller sees it is decided in one table of the server, not here.
  std::string message;
  /// What the peer called the failed request (its x-request-id); empty when there is none.
  std::string request_id = {};

  /// The same error with `place: ` put before its message.
  Error At(std::string_view place) const;
};

}  // namespace sluice
