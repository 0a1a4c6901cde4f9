#include "server/http/response.h"

#include <unistd.h>

#include <boost/beast/http/status.hpp>

namespace sluice::http {

std::string_view ReasonPhrase(int status) {
  const auto phrase =
      boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
  return {phrase.data(), phrase.size()};
}

FileHandle::~FileHandle() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::int64_t FileBody::Length() const {
  std::int64_t total = 0;
  for (const auto& piece : pieces) {
    total += static_cast<std::int64_t>(piece.text.size()) + piece.length;
  }
  return total;
}

}  // namespace sluice::http
