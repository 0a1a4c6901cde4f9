// Sections `ssl`, `limits`, `log` and `asyncQueries`.
#include <algorithm>
#include <array>

#include "server/config/sections.h"

namespace sluice::config {
namespace {

constexpr std::int64_t kDaySeconds = 24LL * 3600;

}  // namespace

Status ReadTls(const YamlValue& value, TlsConfig* out) {
  if (value.IsNull()) {
    return value.Refuse("is empty: name the certificate files, or remove the key to serve HTTP");
  }
  const YamlField fields[] = {
      {"selfSigned", Into(&out->self_signed)},
      {"certificateFile", Into(&out->certificate_file)},
      {"certificateKeyFile", Into(&out->certificate_key_file)},
      {"certificatePasswordFile", Into(&out->certificate_password_file)},
      {"clientCaFile", Into(&out->client_ca_file)},
      {"requireClientCertificate", Into(&out->require_client_certificate)},
  };
  SLUICE_RETURN_IF_ERROR(value.ReadMap(fields));
  if (out->require_client_certificate && out->client_ca_file.empty()) {
    return value.Refuse(
        "requireClientCertificate needs clientCaFile: who signs those certificates");
  }
  const bool files = !out->certificate_file.empty() || !out->certificate_key_file.empty() ||
                     !out->certificate_password_file.empty();
  if (out->self_signed && files) {
    return value.Refuse("selfSigned makes a certificate at start; remove it, or the files");
  }
  if (out->self_signed) return {};
  if (out->certificate_file.empty()) return value.Refuse("'certificateFile' is missing");
  if (out->certificate_key_file.empty()) return value.Refuse("'certificateKeyFile' is missing");
  return {};
}

Status ReadLimits(const YamlValue& value, LimitsConfig* out) {
  if (value.IsNull()) return {};
  const YamlField fields[] = {
      {"maxConnections", Into(&out->max_connections, 1, 1'000'000)},
      {"maxHeaderBytes", Into(&out->max_header_bytes, 1 << 10, 16 << 20)},
      {"maxBodyBytes", Into(&out->max_body_bytes, 1 << 10, 64 << 20)},
      {"maxBufferedBytes",
       Into(&out->max_buffered_bytes, std::int64_t{1} << 20, std::int64_t{1} << 40)},
      {"handshakeTimeoutSeconds", Into(&out->handshake_timeout_seconds, 1, kDaySeconds)},
      {"headerTimeoutSeconds", Into(&out->header_timeout_seconds, 1, kDaySeconds)},
      {"bodyTimeoutSeconds", Into(&out->body_timeout_seconds, 1, kDaySeconds)},
      {"idleTimeoutSeconds", Into(&out->idle_timeout_seconds, 1, kDaySeconds)},
      {"writeStallTimeoutSeconds", Into(&out->write_stall_timeout_seconds, 1, kDaySeconds)},
      {"shutdownTimeoutSeconds", Into(&out->shutdown_timeout_seconds, 0, kDaySeconds)},
      {"shutdownDelaySeconds", Into(&out->shutdown_delay_seconds, 0, 3600)},
      {"maxQueuedRequests", Into(&out->max_queued_requests, 1, 1'000'000)},
      {"workerThreads", Into(&out->worker_threads, 0, 1024)},
  };
  return value.ReadMap(fields);
}

Status ReadAsyncQueries(const YamlValue& value, AsyncQueriesConfig* out) {
  if (value.IsNull()) return {};
  const YamlField fields[] = {
      {"threads", Into(&out->threads, 0, 256)},
      {"maxPendingPerRecipient", Into(&out->max_pending_per_recipient, 1, 1'000'000)},
      {"maxKeptPerRecipient", Into(&out->max_kept_per_recipient, 1, 1'000'000)},
      {"lifetimeSeconds", Into(&out->lifetime_seconds, 1, 366 * kDaySeconds)},
  };
  return value.ReadMap(fields);
}

Status ReadLog(const YamlValue& value, LogConfig* out) {
  if (value.IsNull()) return {};
  const auto read_level = [out](const YamlValue& v) -> Status {
    constexpr std::array<std::string_view, 6> kLevels = {"trace", "debug", "info",
                                                         "warn",  "error", "off"};
    SLUICE_TRY(out->level, v.Text());
    if (std::find(kLevels.begin(), kLevels.end(), out->level) != kLevels.end()) return {};
    return v.Refuse("must be one of trace, debug, info, warn, error, off");
  };
  const auto read_format = [out](const YamlValue& v) -> Status {
    const Result<std::string> format = v.Text();
    if (!format) return Fail(format.error());
    const std::string_view name = *format;
    out->json = name == "json";
    if (out->json || name == "text") return {};
    return v.Refuse("must be text or json");
  };
  const YamlField fields[] = {
      {"level", read_level},
      {"format", read_format},
      {"access", Into(&out->access)},
      {"accessFile", Into(&out->access_file)},
      {"accessMaxBytes", Into(&out->access_max_bytes, 0, std::int64_t{1} << 50)},
      {"accessMaxAgeSeconds", Into(&out->access_max_age_seconds, 0, 366 * kDaySeconds)},
      {"accessMaxFiles", Into(&out->access_max_files, 1, 10'000)},
      {"catalogDays", Into(&out->catalog_days, 0, 36'600)},
  };
  return value.ReadMap(fields);
}

}  // namespace sluice::config
