#include <memory>

#include "commands.h"
#include "serve_run.h"

namespace sluice::apps {
namespace {

constexpr const char* kSummary = "Share tables with anybody who speaks Delta Sharing";

constexpr const char* kTeach = R"(
A folder: every table below it is shared, under the share named like the folder. A table is a folder
with a Delta log, or one with Parquet files. Folders between are schemas; tables directly below it
are in the schema 'default'. New tables appear without a restart. A fresh token is made at each start
and written to a profile file, which is all that a recipient needs.

  sluice serve ./lake
  sluice serve ./lake --listen 0.0.0.0:8443 --tls-cert cert.pem --tls-key key.pem \
      --public-url https://share.example.com --token-lifetime 30d

One table in a store, with the credentials that this machine has (docs/storage.md); recipients read
its files straight from there.

  sluice serve s3://bucket/path/orders

A configuration: the YAML of the reference server, with shares, tables, tokens and TLS; options given
here win over it.

  sluice serve --config server.yaml

A catalog that the commands share, recipient, grant and revoke manage, while the server runs: in the
data directory, or in PostgreSQL for many servers (docs/operations.md).

  sluice serve --data-dir /var/lib/sluice --admin-listen 127.0.0.1:8081

Then, in another terminal:

  sluice ls lake.share
  sluice head lake.share#lake.default.mytable
  curl http://127.0.0.1:8080/health

SIGHUP reads the configuration and the files of TLS again: sluice serve --check-config FILE says
beforehand what would be refused.
SIGTERM and Ctrl-C finish running answers first; a second one stops at once.
Exit codes: 0 stopped as asked, 1 something failed, 2 wrong usage or configuration.)";

void AddSharing(CLI::App* command, ServeOptions* options) {
  command->add_option("folder", options->folder,
                      "Share every table below this folder, or the table at this location in a "
                      "store");
  command->add_option("-c,--config", options->config_file, "Share what this YAML file says");
  command->add_flag("--check-config", options->check_config,
                    "Only check the configuration and the files that it names, and say OK");
  command->add_option("--profile", options->profile,
                      "Write the profile here; default: ./SHARE.share");
  command->add_option("--share-name", options->share_name,
                      "Name the share so; default: like the folder");
  command->add_option("--data-root", options->data_roots,
                      "Logs may point to files below this folder too, as shallow clones do; may be "
                      "given more than once");
  command->add_option("--token-lifetime", options->token_lifetime,
                      "The token expires after this time, as 12h or 30d; default: never");
}

void AddNetwork(CLI::App* command, ServeOptions* options) {
  command
      ->add_option("--listen", options->listen,
                   "HOST:PORT; port 0 takes any free one; default: 127.0.0.1:8080")
      ->group("Network");
  command
      ->add_option("--public-url", options->public_url,
                   "How recipients reach this server, if not at the address above")
      ->group("Network");
  command->add_option("--tls-cert", options->tls_certificate, "PEM file, the chain included")
      ->group("Network");
  command->add_option("--tls-key", options->tls_key, "PEM file")->group("Network");
  command
      ->add_flag("--tls-self-signed", options->self_signed,
                 "TLS with a certificate made now; for tests")
      ->group("Network");
}

void AddLimits(CLI::App* command, ServeOptions* options) {
  command
      ->add_option("--url-lifetime", options->url_lifetime,
                   "How long the URL of a data file works; default: 1h")
      ->group("Limits");
  command
      ->add_option("--data-dir", options->data_directory,
                   "Keep here what outlives the process: the key that signs URLs and tokens, "
                   "asynchronous queries; default: nowhere")
      ->group("Limits");
  command
      ->add_option("--catalog", options->catalog,
                   "Share what the catalog in this PostgreSQL database says, as postgresql://…")
      ->group("Limits");
  command
      ->add_option("--admin-listen", options->admin_listen,
                   "HOST:PORT of the admin API of a catalog; default: there is none")
      ->group("Network");
  command
      ->add_option("--key-file", options->key_file,
                   "32 random bytes that sign URLs and tokens; default: of the data directory, or "
                   "new at each start")
      ->group("Limits");
  command
      ->add_option(
          "--accept-key-file", options->accepted_key_files,
          "Honour URLs and tokens that this key has signed, too, while one takes the place "
          "of another (docs/formats.md); may be given more than once")
      ->group("Limits");
  command
      ->add_option("--request-timeout", options->request_timeout,
                   "Seconds a request may work before its answer begins; 0: no limit")
      ->check(CLI::Range(0, 86'400))
      ->group("Limits");
  command->add_option("--max-connections", options->max_connections, "More are told to come later")
      ->check(CLI::Range(1, 1'000'000))
      ->group("Limits");
  command->add_option("--threads", options->threads, "For work; default: one a core")
      ->check(CLI::Range(1, 1024))
      ->group("Limits");
  command
      ->add_option("--grace", options->grace,
                   "How long running answers may take at the end; default: 30s")
      ->group("Limits");
}

void AddObservation(CLI::App* command, ServeOptions* options) {
  command->add_option("--log-level", options->log_level, "trace, debug, info, warn, error or off")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}))
      ->group("Log");
  command->add_option("--log-format", options->log_format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->group("Log");
  command
      ->add_option("--access-log", options->access_log, "A file, or off; default: standard error")
      ->group("Log");
  command
      ->add_option("--metrics", options->metrics,
                   "Who may read /metrics: off, local (this machine) or all")
      ->check(CLI::IsMember({"off", "local", "all"}))
      ->capture_default_str()
      ->group("Log");
  command
      ->add_option("--metrics-listen", options->metrics_listen,
                   "HOST:PORT where everybody may read /metrics, and nothing else; without TLS")
      ->group("Log");
}

}  // namespace

void AddServeCommand(CLI::App& app, Command* chosen) {
  auto options = std::make_shared<ServeOptions>();
  CLI::App* command = app.add_subcommand("serve", kSummary);
  command->footer(kTeach);
  AddSharing(command, options.get());
  AddNetwork(command, options.get());
  AddLimits(command, options.get());
  AddObservation(command, options.get());
  command->callback([options, chosen] { *chosen = [options] { return RunServe(*options); }; });
}

}  // namespace sluice::apps
