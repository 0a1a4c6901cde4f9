// The delta-sharing-capabilities header ("Delta Sharing Capabilities Header" of the protocol).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "protocol/types.h"

namespace sluice::protocol {

inline constexpr std::string_view kCapabilitiesHeader = "delta-sharing-capabilities";
inline constexpr std::string_view kTableVersionHeader = "Delta-Table-Version";
inline constexpr std::string_view kFileIdHashHeader = "fileidhash";

/// Of an answer about an asynchronous query.
inline constexpr std::string_view kAsyncCapability = "asyncquery=true";

struct Capabilities {
  bool accepts_parquet = true;
  bool accepts_delta = false;
  /// Lower-cased reader features; meaningful with the delta format only.
  std::vector<std::string> reader_features;
  bool include_end_stream_action = false;
  bool async_query = false;
  std::vector<std::string> access_modes;
};

/// Lower-cases, splits at ';' then '=', drops what is no pair and values it does not know. Without
/// a known response format parquet is meant. Never fails.
Capabilities ParseCapabilities(std::string_view header);
std::string FormatCapabilities(const Capabilities& capabilities);

/// What a table asks of its reader, as reader features in the log's spelling.
struct TableNeeds {
  std::vector<std::string> listed;  ///< By its protocol: what a delta-format client must know.
  std::vector<std::string> used;    ///< By its rows: not empty means parquet cannot express it.
};

/// Which format answers: parquet wherever it is accepted and can express the table; delta where it
/// is accepted and the client knows every listed feature.
/// Errors: kUnsupported with the message that tells a client which format and features to ask for.
Result<ResponseFormat> NegotiateFormat(const Capabilities& capabilities, const TableNeeds& needs);

/// The value the server answers with: "responseformat=delta" and what else it honours.
std::string AnswerCapabilities(ResponseFormat format, bool include_end_stream_action);

/// "parquet" or "delta", without case. Errors: kInvalidArgument naming the header.
Result<FileIdHash> ParseFileIdHash(std::string_view header);
std::string_view FileIdHashName(FileIdHash hash);

/// The id of the file at `path` under a scheme: lower-case hex of MD5 (parquet) or SHA-256 (delta).
std::string FileId(std::string_view path, FileIdHash hash);

}  // namespace sluice::protocol
