// What the tests of this folder share: a clock that is set, a key made for the run, an environment
// and a server that answers JSON.
#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <boost/json/serialize.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>

#include "base/uri.h"
#include "net/http_client.h"
#include "net/test_server.h"
#include "storage/ports.h"

namespace sluice::storage {

class SetClock final : public Clock {
 public:
  explicit SetClock(std::int64_t now_ms) : now(now_ms) {}
  std::int64_t NowMillis() const override { return now; }
  std::atomic<std::int64_t> now;
};

/// A key for the run, in PEM.
struct TestKey {
  static const TestKey& Get() {
    static const TestKey key;
    return key;
  }
  std::string private_pem;
  std::string public_pem;

 private:
  TestKey() {
    EVP_PKEY* const key = EVP_RSA_gen(2048);
    BIO* const out = BIO_new(BIO_s_mem());
    const auto take = [&](std::string* to) {
      char* data = nullptr;
      const long size = BIO_get_mem_data(out, &data);
      to->assign(data, static_cast<std::size_t>(size));
      BIO_reset(out);
    };
    PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    take(&private_pem);
    PEM_write_bio_PUBKEY(out, key);
    take(&public_pem);
    BIO_free(out);
    EVP_PKEY_free(key);
  }
};

/// Whether `signature` is that of `text`, RSASSA-PKCS1-v1_5 with SHA-256, as OpenSSL sees it.
inline bool Verifies(std::string_view public_pem, std::string_view text,
                     std::string_view signature) {
  BIO* const in = BIO_new_mem_buf(public_pem.data(), static_cast<int>(public_pem.size()));
  EVP_PKEY* const key = PEM_read_bio_PUBKEY(in, nullptr, nullptr, nullptr);
  BIO_free(in);
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  const bool good =
      EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key) == 1 &&
      EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()),
                       signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                       text.size()) == 1;
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  return good;
}

/// The JSON of a service account with the test's key.
inline std::string ServiceAccountJson(const std::string& token_url) {
  return boost::json::serialize(
      boost::json::object{{"type", "service_account"},
                          {"client_email", "sluice@project.iam.gserviceaccount.com"},
                          {"private_key_id", "key-1"},
                          {"private_key", TestKey::Get().private_pem},
                          {"token_uri", token_url}});
}

/// Variables that a test sets, and nothing of this machine.
struct TestMachine {
  explicit TestMachine(const Clock& clock) {
    here.variable = [this](const char* name) {
      const auto found = variables.find(name);
      return found == variables.end() ? std::string() : found->second;
    };
    here.clock = &clock;
  }
  TestMachine(const TestMachine&) = delete;
  TestMachine& operator=(const TestMachine&) = delete;

  std::map<std::string, std::string> variables;
  Surroundings here;
};

/// A folder that goes with the test.
struct TestFolder {
  TestFolder()
      : path(std::filesystem::path(::testing::TempDir()) /
             ("gcs_" + std::to_string(::getpid()) + "_" +
              ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::create_directories(path);
  }
  ~TestFolder() { std::filesystem::remove_all(path); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::string Write(const std::string& name, std::string_view text) const {
    std::filesystem::create_directories((path / name).parent_path());
    std::ofstream(path / name) << text;
    return (path / name).string();
  }

  const std::filesystem::path path;
};

inline std::map<std::string, std::string> FormOf(const std::string& body) {
  std::map<std::string, std::string> out;
  std::istringstream items(body);
  for (std::string item; std::getline(items, item, '&');) {
    const auto equals = std::min(item.find('='), item.size());
    const auto value = PercentDecode(item.substr(std::min(equals + 1, item.size())));
    out[item.substr(0, equals)] = value.value_or("not encoded");
  }
  return out;
}

inline std::shared_ptr<const net::HttpClient> ImpatientClient() {
  net::HttpOptions options;
  options.max_retries = 0;
  return std::make_shared<const net::HttpClient>(std::move(options));
}

}  // namespace sluice::storage
