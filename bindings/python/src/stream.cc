#include "stream.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "interrupt.h"
#include "sluice/sluice.h"

namespace nb = nanobind;

namespace sluice::python {
namespace {

// The callbacks of the stream that leaves: its private data is a shared_ptr<SharedStream>.
SharedStream& Of(ArrowArrayStream* stream) {
  return **static_cast<std::shared_ptr<SharedStream>*>(stream->private_data);
}
int GetSchemaCallback(ArrowArrayStream* stream, ArrowSchema* out) {
  return Of(stream).GetSchema(out);
}
int GetNextCallback(ArrowArrayStream* stream, ArrowArray* out) {
  return Of(stream).GetNext(out);
}
const char* LastErrorCallback(ArrowArrayStream* stream) {
  return Of(stream).LastError();
}
void ReleaseCallback(ArrowArrayStream* stream) {
  delete static_cast<std::shared_ptr<SharedStream>*>(stream->private_data);
  stream->release = nullptr;
}

template <typename T>
void ReleaseCapsule(PyObject* capsule, const char* name) {
  auto* value = static_cast<T*>(PyCapsule_GetPointer(capsule, name));
  if (value == nullptr) return;
  if (value->release != nullptr) value->release(value);
  delete value;
}

template <typename T>
nb::capsule MakeCapsule(std::unique_ptr<T> value, const char* name, PyCapsule_Destructor destroy) {
  PyObject* capsule = PyCapsule_New(value.get(), name, destroy);
  if (capsule == nullptr) {
    if (value->release != nullptr) value->release(value.get());
    throw nb::python_error();
  }
  (void)value.release();
  return nb::steal<nb::capsule>(capsule);
}

bool IsValid(const ArrowArray& array, int64_t row) {
  const auto* bits = static_cast<const uint8_t*>(array.buffers[0]);
  return bits == nullptr || ((bits[row / 8] >> (row % 8)) & 1) != 0;
}

nb::object Value(const ArrowSchema& type, const ArrowArray& array, int64_t index) {
  const int64_t row = array.offset + index;
  if (!IsValid(array, row)) return nb::none();
  if (std::strcmp(type.format, "l") == 0) {
    return nb::int_(static_cast<const int64_t*>(array.buffers[1])[row]);
  }
  const bool is_text = std::strcmp(type.format, "u") == 0;
  if (is_text || std::strcmp(type.format, "z") == 0) {
    const auto* offsets = static_cast<const int32_t*>(array.buffers[1]);
    const char* data = static_cast<const char*>(array.buffers[2]) + offsets[row];
    const auto size = static_cast<std::size_t>(offsets[row + 1] - offsets[row]);
    return is_text ? nb::object(nb::str(data, size)) : nb::object(nb::bytes(data, size));
  }
  Raise(SLUICE_INTERNAL, "a listing has a column that is none of utf8, binary and int64", nullptr);
}

void AppendRows(const ArrowSchema& schema, const ArrowArray& batch, nb::list* rows) {
  for (int64_t row = 0; row < batch.length; ++row) {
    nb::dict values;
    for (int64_t column = 0; column < schema.n_children; ++column) {
      const ArrowSchema& type = *schema.children[column];
      values[type.name] = Value(type, *batch.children[column], batch.offset + row);
    }
    rows->append(values);
  }
}

}  // namespace

SharedStream::SharedStream(std::unique_ptr<ArrowArrayStream> stream, std::function<void()> cancel)
    : stream_(std::move(stream)), cancel_(std::move(cancel)) {}

SharedStream::~SharedStream() {
  if (stream_->release != nullptr) stream_->release(stream_.get());
}

int SharedStream::Keep(int code) {
  if (code == 0) return 0;
  const char* text = stream_->get_last_error(stream_.get());
  error_ = text != nullptr ? text : std::strerror(code);
  return code;
}

int SharedStream::GetSchema(ArrowSchema* out) {
  std::lock_guard lock(mutex_);
  return Keep(stream_->get_schema(stream_.get(), out));
}

int SharedStream::GetNext(ArrowArray* out) {
  std::lock_guard lock(mutex_);
  int code = 0;
  const bool whole =
      RunInterruptibly([&] { code = stream_->get_next(stream_.get(), out); }, cancel_);
  if (whole) return Keep(code);
  if (code == 0 && out->release != nullptr) out->release(out);
  error_ = "cancelled: interrupted by a signal";
  PyGILState_STATE state = PyGILState_Ensure();
  if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt)) {
    PyErr_Clear();
    PyErr_SetInterrupt();
  } else {
    pending_ = std::make_unique<nb::python_error>();
  }
  PyGILState_Release(state);
  return ECANCELED;
}

void SharedStream::RaisePending() {
  if (auto pending = std::move(pending_)) throw *pending;
}

Columns::Columns(ArrowArray* batch) : num_rows_(batch->length) {
  columns_.reserve(static_cast<std::size_t>(batch->n_children));
  for (int64_t i = 0; i < batch->n_children; ++i) {
    columns_.push_back(*batch->children[i]);
    batch->children[i]->release = nullptr;
  }
  batch->release(batch);
}

Columns::~Columns() {
  for (ArrowArray& column : columns_) {
    if (column.release != nullptr) column.release(&column);
  }
}

std::vector<uintptr_t> Columns::Addresses() {
  std::vector<uintptr_t> addresses;
  addresses.reserve(columns_.size());
  for (ArrowArray& column : columns_) addresses.push_back(reinterpret_cast<uintptr_t>(&column));
  return addresses;
}

std::unique_ptr<Columns> NextColumns(SharedStream& stream) {
  Released<ArrowArray> batch;
  int code = 0;
  {
    nb::gil_scoped_release unlocked;
    code = stream.GetNext(&batch.value);
  }
  if (code != 0) {
    stream.RaisePending();
    Raise(SLUICE_INTERNAL, stream.LastError(), nullptr);
  }
  if (batch.value.release == nullptr) return nullptr;
  return std::make_unique<Columns>(&batch.value);
}

nb::capsule StreamCapsule(std::shared_ptr<SharedStream> stream) {
  auto out = std::make_unique<ArrowArrayStream>();
  out->get_schema = GetSchemaCallback;
  out->get_next = GetNextCallback;
  out->get_last_error = LastErrorCallback;
  out->release = ReleaseCallback;
  out->private_data = new std::shared_ptr<SharedStream>(std::move(stream));
  return MakeCapsule(std::move(out), "arrow_array_stream", [](PyObject* capsule) {
    ReleaseCapsule<ArrowArrayStream>(capsule, "arrow_array_stream");
  });
}

nb::capsule SchemaCapsule(SharedStream& stream) {
  Released<ArrowSchema> schema;
  int code = 0;
  {
    nb::gil_scoped_release unlocked;
    code = stream.GetSchema(&schema.value);
  }
  if (code != 0) Raise(SLUICE_INTERNAL, stream.LastError(), nullptr);
  return SchemaCapsule(schema.Take());
}

nb::capsule SchemaCapsule(std::unique_ptr<ArrowSchema> schema) {
  return MakeCapsule(std::move(schema), "arrow_schema", [](PyObject* capsule) {
    ReleaseCapsule<ArrowSchema>(capsule, "arrow_schema");
  });
}

nb::list ReadRows(ArrowArrayStream* stream) {
  auto check = [&](int code) {
    if (code == 0) return;
    const char* text = stream->get_last_error(stream);
    Raise(SLUICE_INTERNAL, text != nullptr ? text : std::strerror(code), nullptr);
  };
  Released<ArrowSchema> schema;
  check(stream->get_schema(stream, &schema.value));
  nb::list rows;
  while (true) {
    Released<ArrowArray> batch;
    check(stream->get_next(stream, &batch.value));
    if (batch.value.release == nullptr) return rows;
    AppendRows(schema.value, batch.value, &rows);
  }
}

void Raise(int code, const char* message, const char* request_id) {
  nb::object error = nb::module_::import_("sluice._errors")
                         .attr("from_code")(code, message == nullptr ? "" : message, request_id);
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error.ptr())), error.ptr());
  throw nb::python_error();
}

}  // namespace sluice::python
