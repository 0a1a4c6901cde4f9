#include "server/api/errand.h"

#include <utility>

#include "catalog/listed_catalog.h"
#include "server/api/admission.h"
#include "server/api/error_response.h"
#include "server/api/table_access.h"

namespace sluice::api {

namespace {

/// Longer ones may take their time to read.
constexpr std::size_t kMaxBodyAtOnce = std::size_t{16} << 10;

}  // namespace

tl::unexpected<Error> WouldWait(Call& call) {
  call.would_wait = true;
  return Fail(ErrorKind::kUnavailable, "it would have to wait");
}

Errand::Errand(std::shared_ptr<const Service> service, std::shared_ptr<const http::Request> request,
               const protocol::EndpointMatch& match)
    : service_(std::move(service)),
      request_(std::move(request)),
      endpoint_(*FindEndpointHandler(match.endpoint->id)),
      call_{*service_, *request_, service_->options().catalog, match.arguments, {}, {}, {}} {
  call_.audit.endpoint = match.endpoint->name;
}

std::optional<Outcome> Errand::TryAtOnce() {
  const bool short_work = endpoint_.may_be_at_once && request_->body.size() <= kMaxBodyAtOnce;
  auto catalog = short_work ? service_->catalog().AtHand() : nullptr;
  if (catalog == nullptr) return std::nullopt;
  call_.catalog = std::move(catalog);
  if (auto refused = Admit()) return refused;
  call_.at_once = true;
  auto answer = endpoint_.run(call_);
  call_.at_once = false;
  if (std::exchange(call_.would_wait, false)) return std::nullopt;
  Outcome outcome = Finish(std::move(call_), std::move(answer));
  outcome.place = std::move(place_);
  return outcome;
}

bool Errand::Start(std::shared_ptr<Reply> reply) {
  reply_ = std::move(reply);
  http::WorkQueue& queue = endpoint_.reads_table ? service_->tables().pools().local().queue
                                                 : *service_->options().answer_queue;
  waiting_ = queue.Enter();
  if (waiting_ == nullptr) {
    reply_->Send(std::nullopt);
    return false;
  }
  queue.pool().Submit([self = shared_from_this()] { self->Begin(); });
  return true;
}

std::optional<Outcome> Errand::Admit() {
  if (auto known = Identify(endpoint_, call_); !known) {
    return Finish(std::move(call_), Fail(std::move(known).error()));
  }
  Admitted admitted = service_->options().admission->Enter(call_.recipient);
  if (!admitted.refused.empty()) {
    call_.audit.denied = admitted.refused;
    return Respond(std::move(call_), TooManyRequests(admitted.refused, admitted.retry_after_s));
  }
  place_ = std::move(admitted.place);
  admitted_ = true;
  return std::nullopt;
}

void Errand::Begin() {
  if (!admitted_) {
    if (auto refused = Admit()) return reply_->Send(*std::move(refused));
  }
  if (!endpoint_.reads_table) return Work();
  if (auto table = FindTable(call_); !table) {
    return reply_->Send(Finish(std::move(call_), Fail(std::move(table).error())));
  }
  WaitForTable();
}

void Errand::WaitForTable() {
  TablePool& pool = *call_.table->open->pool;
  const std::string recipient = call_.recipient.name;
  auto work = [self = shared_from_this()] { self->Work(); };
  if (&pool == &service_->tables().pools().local()) {
    return pool.gate.Run(recipient, std::move(work));
  }
  // Where its store is waited for, and not here.
  waiting_ = pool.queue.Enter();
  if (waiting_ == nullptr) return reply_->Send(Respond(std::move(call_), Overloaded()));
  pool.threads.Submit([&pool, recipient, work = std::move(work)]() mutable {
    pool.gate.Run(recipient, std::move(work));
  });
}

void Errand::Work() {
  waiting_.reset();
  // It may have waited for longer than its sender did.
  if (!reply_->wanted()) return reply_->Send(std::nullopt);
  auto answer = endpoint_.run(call_);
  Outcome outcome = Finish(std::move(call_), std::move(answer));
  outcome.place = std::move(place_);
  reply_->Send(std::move(outcome));
}

}  // namespace sluice::api
