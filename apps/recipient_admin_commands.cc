// sluice recipient create|list|show|alter|identify|rotate|revoke|activate|drop
#include "catalog_commands.h"

namespace sluice::apps {
namespace {

using admin::OperationId;

struct RecipientOptions {
  CatalogOptions catalog;
  ProfileOptions profile;
  std::string name;
  std::optional<std::string> comment;
  std::vector<std::string> properties;
  std::vector<std::string> networks;
  bool no_properties = false;
  bool no_networks = false;
  std::optional<std::int64_t> per_minute;
  std::optional<std::int64_t> concurrent;
  std::string lifetime;
  std::string grace;
  std::string link_lifetime;
  std::string token;
  std::string issuer;
  std::string subject;
  std::vector<std::string> claims;
  std::vector<std::string> claim_properties;
  std::string identity;
  bool link = false;
};
using OptionsPtr = std::shared_ptr<RecipientOptions>;

CLI::App* AddNamed(CLI::App* group, const char* name, const char* summary,
                   const OptionsPtr& options) {
  CLI::App* command = group->add_subcommand(name, summary);
  command->add_option("name", options->name, "Of the recipient")->required();
  AddCatalogOptions(command, &options->catalog);
  return command;
}

void AddTraits(CLI::App* command, const OptionsPtr& options) {
  command->add_option("--comment", options->comment, "For people");
  command->add_option("--property", options->properties,
                      "KEY=VALUE, which row filters may refer to; may be given more than once");
  command->add_option("--network", options->networks,
                      "Requests may come from here only, as 192.0.2.0/24; may be given more than "
                      "once");
  command->add_option("--requests-per-minute", options->per_minute, "At most so many; 0: any");
  command->add_option("--concurrent-requests", options->concurrent, "At most so many; 0: any");
}

void AddLifetime(CLI::App* command, const OptionsPtr& options) {
  command->add_option("--lifetime", options->lifetime,
                      "The token works so long, as 12h or 90d; default: for ever");
}

void AddLink(CLI::App* command, const OptionsPtr& options) {
  command->add_option("--link-lifetime", options->link_lifetime,
                      "The link may be used so long; default: 3d");
}

Status PutTraits(const RecipientOptions& options, boost::json::object* out) {
  if (options.comment) (*out)["comment"] = *options.comment;
  PutGiven("networks", options.networks, out);
  if (options.per_minute) (*out)["requestsPerMinute"] = *options.per_minute;
  if (options.concurrent) (*out)["concurrentRequests"] = *options.concurrent;
  if (options.no_networks) (*out)["networks"] = boost::json::array();
  if (options.no_properties) (*out)["properties"] = boost::json::object();
  return PutPairs(options.properties, "--property", "properties", out);
}

CLI::Option* AddIdentity(CLI::App* command, const OptionsPtr& options) {
  CLI::Option* issuer =
      command->add_option("--issuer", options->issuer,
                          "Tokens of this issuer, which the server's configuration names, mean the "
                          "recipient");
  for (CLI::Option* option :
       {command->add_option("--subject", options->subject, "Only those of this subject"),
        command->add_option("--claim", options->claims,
                            "CLAIM=VALUE, which a token must have; may be given more than once"),
        command->add_option("--claim-property", options->claim_properties,
                            "PROPERTY=CLAIM, a property that is the value of a claim; may be given "
                            "more than once")}) {
    option->needs(issuer);
  }
  return issuer;
}

Status PutIdentity(const RecipientOptions& options, boost::json::object* out) {
  PutGiven("issuer", options.issuer, out);
  PutGiven("subject", options.subject, out);
  SLUICE_RETURN_IF_ERROR(PutPairs(options.claims, "--claim", "claims", out));
  return PutPairs(options.claim_properties, "--claim-property", "claimProperties", out);
}

/// What gives the recipient a credential: a token's profile or a link.
Result<OperationRequest> Credential(const RecipientOptions& options) {
  OperationRequest request{OperationId::kIssueToken, {options.name}, {}};
  if (!options.link) {
    SLUICE_RETURN_IF_ERROR(
        PutSeconds(options.lifetime, "--lifetime", "lifetimeSeconds", &request.parameters));
    return request;
  }
  request.id = OperationId::kMakeLink;
  SLUICE_RETURN_IF_ERROR(
      PutSeconds(options.lifetime, "--lifetime", "tokenLifetimeSeconds", &request.parameters));
  SLUICE_RETURN_IF_ERROR(
      PutSeconds(options.link_lifetime, "--link-lifetime", "lifetimeSeconds", &request.parameters));
  return request;
}

int RunCreate(const RecipientOptions& options) {
  OperationRequest create{OperationId::kCreateRecipient, {}, {{"name", options.name}}};
  Status put = PutTraits(options, &create.parameters);
  if (put) put = PutIdentity(options, &create.parameters);
  if (!put) return ComplainOf(put.error());
  if (!options.issuer.empty()) return RunOperations(options.catalog, {create});
  const auto credential = Credential(options);
  if (!credential) return ComplainOf(credential.error());
  return RunIssuing(options.catalog, options.profile, options.name, {create, *credential});
}

int RunCredential(const RecipientOptions& options) {
  const auto credential = Credential(options);
  if (!credential) return ComplainOf(credential.error());
  return RunIssuing(options.catalog, options.profile, options.name, {*credential});
}

int RunRotate(const RecipientOptions& options) {
  OperationRequest request{OperationId::kRotateTokens, {options.name}, {}};
  Status put = PutSeconds(options.lifetime, "--lifetime", "lifetimeSeconds", &request.parameters);
  if (put) put = PutSeconds(options.grace, "--grace", "graceSeconds", &request.parameters);
  if (!put) return ComplainOf(put.error());
  return RunIssuing(options.catalog, options.profile, options.name, {request});
}

int RunAlter(const RecipientOptions& options) {
  OperationRequest request{OperationId::kAlterRecipient, {options.name}, {}};
  const Status put = PutTraits(options, &request.parameters);
  if (!put) return ComplainOf(put.error());
  return RunOperations(options.catalog, {request});
}

int RunIdentify(const RecipientOptions& options) {
  OperationRequest request{OperationId::kAddIdentity, {options.name}, {}};
  const Status put = PutIdentity(options, &request.parameters);
  if (!put) return ComplainOf(put.error());
  return RunOperations(options.catalog, {request});
}

int RunRevoke(const RecipientOptions& options) {
  OperationRequest request{OperationId::kRevokeTokens, {options.name}, {}};
  if (!options.token.empty()) {
    request = {OperationId::kRevokeToken, {options.name, options.token}, {}};
  } else if (!options.identity.empty()) {
    request = {OperationId::kRemoveIdentity, {options.name, options.identity}, {}};
  }
  return RunOperations(options.catalog, {request});
}

void AddIssuing(CLI::App* group, Command* chosen) {
  auto create = std::make_shared<RecipientOptions>();
  CLI::App* command = AddNamed(
      group, "create",
      "Make a recipient, and a profile with a token, or with --issuer none; it sees nothing yet",
      create);
  AddTraits(command, create);
  AddLifetime(command, create);
  AddProfileOptions(command, &create->profile);
  command->add_flag("--link", create->link, "Make an activation link in place of a profile");
  AddLink(command, create);
  CLI::Option* issuer = AddIdentity(command, create);
  for (const char* other : {"--lifetime", "--endpoint", "--profile", "--link"}) {
    issuer->excludes(command->get_option(other));
  }
  command->callback([=] { *chosen = [=] { return RunCreate(*create); }; });

  auto rotate = std::make_shared<RecipientOptions>();
  command = AddNamed(group, "rotate", "Make a new token in place of all others", rotate);
  AddLifetime(command, rotate);
  command->add_option("--grace", rotate->grace,
                      "The old tokens work so long, as 1h or 7d; default: no more");
  AddProfileOptions(command, &rotate->profile);
  command->callback([=] { *chosen = [=] { return RunRotate(*rotate); }; });

  auto activate = std::make_shared<RecipientOptions>();
  activate->link = true;
  command =
      AddNamed(group, "activate", "Make a link that hands over a profile exactly once", activate);
  AddLifetime(command, activate);
  AddLink(command, activate);
  command->add_option("--endpoint", activate->profile.endpoint,
                      "How recipients reach the server; default: as it was given last");
  command->callback([=] { *chosen = [=] { return RunCredential(*activate); }; });
}

void AddPlain(CLI::App* group, Command* chosen) {
  auto list = std::make_shared<RecipientOptions>();
  CLI::App* command = group->add_subcommand("list", "List all recipients");
  AddCatalogOptions(command, &list->catalog);
  command->callback([=] {
    *chosen = [=] {
      return RunOperations(list->catalog, {{OperationId::kListRecipients, {}, {}}});
    };
  });
  for (const auto& [name, summary, id] :
       {std::tuple{"show", "Show a recipient with tokens, identities and grants",
                   OperationId::kGetRecipient},
        std::tuple{"drop", "Remove a recipient with tokens, links, identities and grants",
                   OperationId::kDropRecipient}}) {
    auto options = std::make_shared<RecipientOptions>();
    AddNamed(group, name, summary, options)->callback([options, chosen, what = id] {
      *chosen = [options, what] {
        return RunOperations(options->catalog, {{what, {options->name}, {}}});
      };
    });
  }
}

}  // namespace

void AddRecipientAdminCommands(CLI::App& app, Command* chosen) {
  CLI::App* group = app.add_subcommand("recipient", "Make recipients and their tokens");
  group->require_subcommand(1);
  AddIssuing(group, chosen);
  AddPlain(group, chosen);

  auto alter = std::make_shared<RecipientOptions>();
  CLI::App* command =
      AddNamed(group, "alter", "Change what is given; properties and networks as a whole", alter);
  AddTraits(command, alter);
  command->add_flag("--no-properties", alter->no_properties, "Take all properties away")
      ->excludes("--property");
  command->add_flag("--no-networks", alter->no_networks, "Requests may come from anywhere")
      ->excludes("--network");
  command->callback([=] { *chosen = [=] { return RunAlter(*alter); }; });

  auto identify = std::make_shared<RecipientOptions>();
  command = AddNamed(group, "identify", "Let tokens of an issuer mean the recipient", identify);
  AddIdentity(command, identify)->required();
  command->callback([=] { *chosen = [=] { return RunIdentify(*identify); }; });

  auto revoke = std::make_shared<RecipientOptions>();
  command = AddNamed(group, "revoke", "End all tokens, links and identities at once", revoke);
  CLI::Option* token = command->add_option("--token", revoke->token, "Only the token of this id");
  command->add_option("--identity", revoke->identity, "Only the identity of this id")
      ->excludes(token);
  command->callback([=] { *chosen = [=] { return RunRevoke(*revoke); }; });
}

}  // namespace sluice::apps
