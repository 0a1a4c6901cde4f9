// StoreFiles: files that a table's log lists, read from the store it lies in.
#pragma once

#include <arrow/io/interfaces.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "client/file_source.h"
#include "storage/object_store.h"

namespace sluice::client {

struct StoreFilesOptions {
  std::shared_ptr<const storage::ObjectStore> store;
  std::function<Status(const ListingSink&)> list;
  std::function<void()> cancel;  ///< Makes requests to the store fail with kCancelled soon.
  std::string root;              ///< Text of the store's location; left out of messages.
};

/// The URLs of listed files are keys of the store. Errors of Read also: those of ObjectStore.
class StoreFiles : public FileSource {
 public:
  explicit StoreFiles(StoreFilesOptions options) : options_(std::move(options)) {}

  Status List(const ListingSink& sink) override;
  bool Hold(const protocol::File& file) override;
  void Release(const std::string& key) override;
  Result<std::shared_ptr<arrow::Buffer>> Read(const FileRead& read) override;
  void Cancel() override { options_.cancel(); }

 private:
  using File = std::shared_ptr<arrow::io::RandomAccessFile>;
  struct Entry {
    storage::ObjectMeta data;
    std::string vector_key;
    File opened;
    int uses = 0;
  };

  Result<File> OpenData(const std::string& key);
  Result<File> OpenVector(const FileRead& read);

  const StoreFilesOptions options_;
  std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
};

/// The error with places in the store at `root` as paths below it.
Error Below(const std::string& root, Error error);

}  // namespace sluice::client
