// One call of the protocol on its way over the pools.
#pragma once

#include <memory>
#include <optional>

#include "protocol/endpoint.h"
#include "server/api/endpoints.h"
#include "server/api/outcome.h"
#include "server/api/service.h"

namespace sluice::api {

/// What needs nothing but memory and a look at a local disk is done at once, on the loop. All else:
/// first who asks, and for which table, with the threads for short work or for this machine's
/// folders; then the work itself, by turns among recipients, with the threads of the table's store.
/// Belongs to one thread at a time.
class Errand : public std::enable_shared_from_this<Errand> {
 public:
  using Reply = http::Awaited<Outcome>::Reply;

  Errand(std::shared_ptr<const Service> service, std::shared_ptr<const http::Request> request,
         const protocol::EndpointMatch& match);

  /// Nothing when it would have to wait; then Start goes on.
  std::optional<Outcome> TryAtOnce();
  /// False, and nothing as the reply, when too many wait already.
  bool Start(std::shared_ptr<Reply> reply);

 private:
  /// Who asks, and whether it may now; the answer where it may not.
  std::optional<Outcome> Admit();
  void Begin();
  /// Its table is found.
  void WaitForTable();
  void Work();

  const std::shared_ptr<const Service> service_;  ///< Ends behind the call, which refers to it.
  const std::shared_ptr<const http::Request> request_;
  const EndpointHandler& endpoint_;
  std::shared_ptr<Reply> reply_;
  std::shared_ptr<http::WorkQueue::Place> waiting_;
  bool admitted_ = false;
  std::shared_ptr<void> place_;
  Call call_;
};

}  // namespace sluice::api
