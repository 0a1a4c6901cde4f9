#include "server/http/session.h"

#include "base/log.h"
#include "server/http/forwarded.h"

namespace sluice::http {

Session::Session(std::unique_ptr<Connection> connection, const SessionEnvironment& shared,
                 const AnswerEnvironment& answer, std::shared_ptr<const ServerSettings> settings)
    : connection_(std::move(connection)),
      shared_(shared),
      settings_(std::move(settings)),
      answer_(answer),
      reader_(*connection_, settings_->limits) {}

void Session::Finish() {
  finishing_ = true;
  if (reader_.idle()) connection_->ShutDown();
}

asio::awaitable<void> Session::Run() {
  const auto ready = co_await connection_->Handshake();
  if (!ready) {
    spdlog::debug("{}: TLS handshake: {}", connection_->peer().address, ready.error().message);
    co_return;
  }
  bool refused = false;
  while (!finishing_) {
    ReadOutcome outcome = co_await reader_.Next();
    if (std::holds_alternative<Closed>(outcome)) break;
    ReadRequest& read = std::get<ReadRequest>(outcome);
    refused = read.request->refusal.has_value();
    if (!co_await Answer(std::move(read))) break;
  }
  co_await connection_->Close(refused);
}

asio::awaitable<bool> Session::Answer(ReadRequest read) {
  ApplyForwarded(settings_->proxies, read.request.get());
  ResponseWriter writer(*read.request, *connection_, answer_);
  if (!read.keep_alive || finishing_) writer.CloseAfter();
  Exchange exchange(read.request, writer);
  bool broken = false;
  try {
    co_await shared_.handler(exchange);
  } catch (const std::exception& error) {
    spdlog::error("{} {}: {}", read.request->method, read.request->path, error.what());
    broken = true;
  }
  if (broken && !writer.started()) {
    writer.CloseAfter();
    Response failed = shared_.render_error(500, "the server failed; the provider can look it up");
    co_await writer.Send(std::move(failed));
  }
  co_return writer.complete() && writer.keep_alive() && !finishing_;
}

}  // namespace sluice::http
