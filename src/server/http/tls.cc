#include "server/http/tls.h"

#include <openssl/ssl.h>

#include <array>

namespace sluice::http {
namespace {

constexpr std::array<unsigned char, 9> kHttp11 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

int SelectProtocol(SSL*, const unsigned char** out, unsigned char* out_size,
                   const unsigned char* offered, unsigned int offered_size, void*) {
  unsigned char* selected = nullptr;
  const int found = SSL_select_next_proto(&selected, out_size, kHttp11.data(), kHttp11.size(),
                                          offered, offered_size);
  if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

Result<std::shared_ptr<boost::asio::ssl::context>> MakeTlsContext(const TlsFiles& files) {
  namespace ssl = boost::asio::ssl;
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  boost::system::error_code error;
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(context->native_handle(), SelectProtocol, nullptr);
  context->set_password_callback(
      [password = files.key_password](std::size_t, ssl::context::password_purpose) {
        return password;
      });
  context->use_certificate_chain_file(files.certificate_file, error);
  if (error) {
    return Fail(ErrorKind::kInvalidArgument, "TLS certificate '{}': {}", files.certificate_file,
                error.message());
  }
  context->use_private_key_file(files.key_file, ssl::context::pem, error);
  if (error) {
    return Fail(ErrorKind::kInvalidArgument, "TLS key '{}': {}", files.key_file, error.message());
  }
  if (SSL_CTX_check_private_key(context->native_handle()) != 1) {
    return Fail(ErrorKind::kInvalidArgument, "TLS key '{}' does not belong to certificate '{}'",
                files.key_file, files.certificate_file);
  }
  return context;
}

}  // namespace sluice::http
