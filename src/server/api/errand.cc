#include "server/api/errand.h"

#include <utility>

#include "server/api/admission.h"
#include "server/api/error_response.h"
#include "server/api/table_access.h"

namespace sluice::api {

Errand::Errand(std::shared_ptr<const Service> service, std::shared_ptr<const http::Request> request,
               const protocol::EndpointMatch& match, std::shared_ptr<Reply> reply)
    : service_(std::move(service)),
      request_(std::move(request)),
      endpoint_(*FindEndpointHandler(match.endpoint->id)),
      reply_(std::move(reply)),
      call_{*service_, *request_, match.arguments, {}, {}, {}} {
  call_.audit.endpoint = match.endpoint->name;
}

bool Errand::Start() {
  http::WorkQueue& queue = endpoint_.reads_table ? service_->tables().pools().local().queue
                                                 : *service_->options().answer_queue;
  waiting_ = queue.Enter();
  if (waiting_ == nullptr) {
    reply_->Send(std::nullopt);
    return false;
  }
  queue.pool().Submit([self = shared_from_this()] { self->Identify(); });
  return true;
}

void Errand::Identify() {
  if (auto known = api::Identify(endpoint_, call_); !known) {
    return reply_->Send(Finish(std::move(call_), Fail(std::move(known).error())));
  }
  Admitted admitted = service_->options().admission->Enter(call_.recipient);
  if (!admitted.refused.empty()) {
    call_.audit.denied = admitted.refused;
    return reply_->Send(
        Respond(std::move(call_), TooManyRequests(admitted.refused, admitted.retry_after_s)));
  }
  admitted_ = std::move(admitted.place);
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
  outcome.place = std::move(admitted_);
  reply_->Send(std::move(outcome));
}

}  // namespace sluice::api
