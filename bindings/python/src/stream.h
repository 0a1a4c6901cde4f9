// Arrow C streams on their way to Python: as capsules for Arrow libraries, as rows for small ones.
#pragma once

#include <arrow/c/abi.h>
#include <nanobind/nanobind.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace sluice::python {

/// A structure of the Arrow C interface that is released at the end of its scope, unless moved out.
template <typename T>
struct Released {
  T value{};
  Released() = default;
  Released(const Released&) = delete;
  Released& operator=(const Released&) = delete;
  ~Released() {
    if (value.release != nullptr) value.release(&value);
  }
  /// Moves the structure out to the heap.
  std::unique_ptr<T> Take() {
    auto out = std::make_unique<T>(value);
    value.release = nullptr;
    return out;
  }
};

/// An Arrow C stream that any number of owners may ask for its schema while one reads it.
class SharedStream {
 public:
  /// `cancel` makes a running get_next fail soon; called from any thread.
  SharedStream(std::unique_ptr<ArrowArrayStream> stream, std::function<void()> cancel);
  ~SharedStream();
  SharedStream(const SharedStream&) = delete;
  SharedStream& operator=(const SharedStream&) = delete;

  /// As in the C stream interface: 0, or an errno value with the text in LastError().
  int GetSchema(ArrowSchema* out);
  /// Python's signals act while it blocks: when a handler raises, the stream is cancelled. The
  /// library that reads would replace the exception by its own, so a KeyboardInterrupt is raised
  /// anew once that library has returned, and any other waits for RaisePending.
  int GetNext(ArrowArray* out);
  const char* LastError() const { return error_.c_str(); }
  /// Throws the exception of a signal handler that ended a GetNext, if one did. Needs the GIL.
  void RaisePending();

 private:
  int Keep(int code);

  std::mutex mutex_;
  std::unique_ptr<ArrowArrayStream> stream_;
  std::function<void()> cancel_;
  std::string error_;
  std::unique_ptr<nanobind::python_error> pending_;
};

/// The columns of one batch, each with a life of its own, so that one can be let go before the
/// others.
class Columns {
 public:
  /// Takes the children out of `batch`, a struct without nulls and offset, as record batches are.
  explicit Columns(ArrowArray* batch);
  ~Columns();
  Columns(const Columns&) = delete;
  Columns& operator=(const Columns&) = delete;

  int64_t num_rows() const { return num_rows_; }
  /// The address of each ArrowArray, for who moves them out; those that nobody does are released.
  std::vector<uintptr_t> Addresses();

 private:
  int64_t num_rows_ = 0;
  std::vector<ArrowArray> columns_;
};

/// The next batch of `stream`; null at its end. To be called with the GIL, which is given up
/// meanwhile. Raises SluiceError.
std::unique_ptr<Columns> NextColumns(SharedStream& stream);

/// A capsule "arrow_array_stream" that reads `stream` and keeps it alive.
nanobind::capsule StreamCapsule(std::shared_ptr<SharedStream> stream);

/// A capsule "arrow_schema". Raises SluiceError.
nanobind::capsule SchemaCapsule(SharedStream& stream);
nanobind::capsule SchemaCapsule(std::unique_ptr<ArrowSchema> schema);

/// All rows of a stream of utf8, binary and int64 columns as a list of dictionaries. To be called
/// with the GIL, on streams that do not block. Raises SluiceError.
nanobind::list ReadRows(ArrowArrayStream* stream);

/// Raises the exception of sluice._errors that belongs to `code`.
[[noreturn]] void Raise(int code, const char* message, const char* request_id);

}  // namespace sluice::python
