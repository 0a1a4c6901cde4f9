// A new configuration in place of the one that is at work, without a request lost.
#pragma once

#include <string>
#include <vector>

#include "serve_managed.h"
#include "serve_site.h"
#include "serve_watch.h"

namespace sluice::apps {

/// The running server, and what a reload needs of it.
struct Reloadable {
  const ServeOptions& options;
  Machine& machine;
  Slot<Site>& sites;
  http::Server& server;
  AdminListener* admin;  ///< Null: none.
  Watcher& watcher;
};

/// Reads the configuration again and takes it over as a whole; when anything of it is wrong, the
/// one before stays. What cannot change while the process runs stays as it was and is named in a
/// warning. Counts and logs what came of it.
void Reload(const Reloadable& running);

/// Files whose change calls for a reload; none unless the configuration wants that.
std::vector<std::string> FilesOf(const ServeOptions& options, const config::Config& config);

/// The keys in which `now` differs from `before` and that hold until the process ends; `now` gets
/// their values of `before`.
std::vector<std::string> KeepFixed(const config::Config& before, config::Config* now);

}  // namespace sluice::apps
