// What a handler answers with: a head, and a body that is a string, slices made on the pool, or
// pieces of a file.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/thread_pool.h"
#include "server/http/request.h"

namespace sluice::http {

struct ResponseHead {
  int status = 200;
  std::string content_type;  ///< Empty: no Content-Type.
  Headers headers;           ///< Others; never Content-Length, Connection or Transfer-Encoding.
};

struct Response {
  ResponseHead head;
  std::string body;
};

/// The standard phrase of a status ("Not Found").
std::string_view ReasonPhrase(int status);

/// What is sent in place of the rest of a body.
struct SliceFailure {
  std::string text;
  /// The reader knows by the text that this is no whole answer, so it gets a proper end. To anybody
  /// else the connection is closed without one.
  bool understood = false;
};

/// A body of unknown length that is made in slices. The slices are rendered on a pool, several at
/// a time and in any order, and sent in order; at most a small window of them exists at once.
class SliceSource {
 public:
  virtual ~SliceSource() = default;
  virtual std::size_t count() const = 0;
  /// Whose threads render, which outlive the source; null: those of the server.
  virtual ThreadPool* pool() const { return nullptr; }
  /// Appends slice `index` to `out`. Called from pool threads, different slices at once.
  virtual Status Render(std::size_t index, std::string* out) const = 0;
  /// For a slice that failed after the head was sent.
  virtual SliceFailure Failure(const Error& error) const = 0;
};

/// An open file; closes it in the end. Immutable, so free to share with the pool.
class FileHandle {
 public:
  explicit FileHandle(int descriptor) : descriptor_(descriptor) {}
  ~FileHandle();
  FileHandle(const FileHandle&) = delete;
  FileHandle& operator=(const FileHandle&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

/// Some text (the boundary of a multipart answer) and then some bytes of the file.
struct FilePiece {
  std::string text;
  std::int64_t offset = 0;
  std::int64_t length = 0;
};

struct FileBody {
  std::shared_ptr<const FileHandle> file;
  std::vector<FilePiece> pieces;

  std::int64_t Length() const;
};

}  // namespace sluice::http
