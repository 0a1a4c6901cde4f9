#include "server/http/tls.h"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <boost/asio/ip/address.hpp>
#include <cstring>
#include <ctime>

#include "base/hash.h"

namespace sluice::http {
namespace {

namespace ssl = boost::asio::ssl;

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

std::shared_ptr<ssl::context> NewContext() {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(
      native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Of TLS 1.2; those of 1.3 are all sound.
  SSL_CTX_set_cipher_list(native, "ECDHE+AESGCM:ECDHE+CHACHA20");
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(native, SelectProtocol, nullptr);
  return context;
}

struct FreeOpenSsl {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};
template <typename T>
using Owned = std::unique_ptr<T, FreeOpenSsl>;

/// "DNS:localhost,IP:127.0.0.1,…" with `host` in front when it is another.
std::string AlternativeNames(const std::string& host) {
  std::string names = "DNS:localhost,IP:127.0.0.1,IP:::1";
  boost::system::error_code not_an_address;
  boost::asio::ip::make_address(host, not_an_address);
  const bool plain = !host.empty() && host.find_first_of(",: ") == std::string::npos;
  if (plain && host != "localhost" && host != "127.0.0.1") {
    names.insert(0, (not_an_address ? "DNS:" : "IP:") + host + ",");
  }
  return names;
}

Owned<X509> SelfSign(EVP_PKEY* key, const std::string& host) {
  Owned<X509> certificate(X509_new());
  std::int64_t serial = 0;
  const std::string random = RandomBytes(sizeof(serial));
  std::memcpy(&serial, random.data(), sizeof(serial));
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate.get()), serial & 0x7FFF'FFFF'FFFF'FFFF);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 365L * 24 * 3600);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>("sluice self-signed"), -1, -1,
                             0);
  X509_set_issuer_name(certificate.get(), name);
  const Owned<X509_EXTENSION> names(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, AlternativeNames(host).c_str()));
  if (!names || X509_add_ext(certificate.get(), names.get(), -1) != 1) return nullptr;
  if (X509_sign(certificate.get(), key, EVP_sha256()) == 0) return nullptr;
  return certificate;
}

/// Certificates of clients are asked for, where there is somebody to vouch for them.
Status AskClients(const TlsFiles& files, SSL_CTX* context) {
  if (files.client_ca_file.empty()) return {};
  const char* const file = files.client_ca_file.c_str();
  STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(file);
  if (names == nullptr || SSL_CTX_load_verify_file(context, file) != 1) {
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    return Fail(ErrorKind::kInvalidArgument, "TLS certificates for clients '{}': cannot be read",
                files.client_ca_file);
  }
  SSL_CTX_set_client_CA_list(context, names);
  const int required = files.require_client_certificate ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | required, nullptr);
  // Sessions are resumed only where the certificate was checked by the same server.
  constexpr std::array<unsigned char, 6> kSessions = {'s', 'l', 'u', 'i', 'c', 'e'};
  SSL_CTX_set_session_id_context(context, kSessions.data(), kSessions.size());
  return {};
}

}  // namespace

Result<std::shared_ptr<ssl::context>> MakeSelfSignedContext(const std::string& host) {
  const Owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
  if (!key) return Fail(ErrorKind::kInternal, "OpenSSL cannot make a key");
  const Owned<X509> certificate = SelfSign(key.get(), host);
  auto context = NewContext();
  if (!certificate || SSL_CTX_use_certificate(context->native_handle(), certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context->native_handle(), key.get()) != 1) {
    return Fail(ErrorKind::kInternal, "OpenSSL cannot make a certificate for '{}'", host);
  }
  return context;
}

Result<std::shared_ptr<ssl::context>> MakeTlsContext(const TlsFiles& files) {
  auto context = NewContext();
  boost::system::error_code error;
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
  SLUICE_RETURN_IF_ERROR(AskClients(files, context->native_handle()));
  return context;
}

std::int64_t CertificateExpiry(ssl::context& context) {
  const X509* certificate = SSL_CTX_get0_certificate(context.native_handle());
  std::tm end{};
  if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) {
    return 0;
  }
  return ::timegm(&end);
}

}  // namespace sluice::http
