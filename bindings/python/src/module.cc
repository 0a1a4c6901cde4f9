// The module sluice._sluice: the C ABI as Python objects. Decisions are made in the Python files
// and below the C ABI, none here.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "interrupt.h"
#include "sluice/sluice.h"
#include "stream.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace sluice::python {
namespace {

using Options = std::vector<std::pair<std::string, std::string>>;

std::vector<SluiceOption> AsC(const Options& options) {
  std::vector<SluiceOption> out;
  out.reserve(options.size());
  for (const auto& [key, value] : options) out.push_back({key.c_str(), value.c_str()});
  return out;
}

const char* AsC(const std::optional<std::string>& text) {
  return text ? text->c_str() : nullptr;
}

/// A SluiceError that is cleared at the end of its scope.
struct ErrorSlot {
  SluiceError error{};
  ~ErrorSlot() { sluice_error_clear(&error); }
};

/// Makes a call of the C ABI without the GIL and turns its failure into an exception. `client` is
/// the one whose calls a signal ends; null for calls that do not wait.
template <typename F>
void Call(SluiceClient* client, F&& call) {
  ErrorSlot slot;
  int32_t code = 0;
  bool whole = false;
  {
    nb::gil_scoped_release unlocked;
    whole = RunInterruptibly([&] { code = call(&slot.error); },
                             [client] { sluice_client_interrupt(client); });
  }
  if (!whole) throw nb::python_error();
  if (code != SLUICE_OK) Raise(code, slot.error.message, slot.error.request_id);
}

using ScanHandle = std::shared_ptr<SluiceScan>;

class Scan {
 public:
  explicit Scan(ScanHandle scan) : scan_(std::move(scan)) {
    Released<ArrowArrayStream> stream;
    Call(nullptr,
         [&](SluiceError* error) { return sluice_scan_stream(scan_.get(), &stream.value, error); });
    stream_ = std::make_shared<SharedStream>(stream.Take(),
                                             [scan = scan_] { sluice_scan_cancel(scan.get()); });
  }

  nb::capsule TakeStream() {
    Take();
    return StreamCapsule(stream_);
  }
  void Take() {
    if (taken_) Raise(SLUICE_INVALID_ARGUMENT, "a scan is read once: start another one", nullptr);
    taken_ = true;
  }
  std::unique_ptr<Columns> NextColumns() { return python::NextColumns(*stream_); }
  nb::capsule Schema() { return SchemaCapsule(*stream_); }
  int64_t TableVersion() const { return sluice_scan_table_version(scan_.get()); }
  std::string LastError() const { return stream_->LastError(); }
  void RaisePending() { stream_->RaisePending(); }
  void Cancel() { sluice_scan_cancel(scan_.get()); }

  nb::tuple Progress() const {
    SluiceProgress p{};
    sluice_scan_progress(scan_.get(), &p);
    return nb::make_tuple(p.files_listed, p.files_done, p.bytes_total, p.bytes_read, p.rows,
                          p.listing_done != 0);
  }

 private:
  ScanHandle scan_;
  std::shared_ptr<SharedStream> stream_;
  bool taken_ = false;
};

class Client {
 public:
  Client(const std::string& profile, const Options& options) {
    SluiceClient* client = nullptr;
    const auto c_options = AsC(options);
    Call(nullptr, [&](SluiceError* error) {
      return sluice_client_open(profile.c_str(), c_options.data(), c_options.size(), &client,
                                error);
    });
    client_.reset(client, sluice_client_close);
  }

  nb::list ListShares() {
    return Rows([&](ArrowArrayStream* out, SluiceError* error) {
      return sluice_list_shares(client_.get(), out, error);
    });
  }
  nb::list ListSchemas(const std::string& share) {
    return Rows([&](ArrowArrayStream* out, SluiceError* error) {
      return sluice_list_schemas(client_.get(), share.c_str(), out, error);
    });
  }
  nb::list ListTables(const std::string& share, const std::optional<std::string>& schema) {
    return Rows([&](ArrowArrayStream* out, SluiceError* error) {
      return sluice_list_tables(client_.get(), share.c_str(), AsC(schema), out, error);
    });
  }

  int64_t TableVersion(const std::string& table, const std::optional<std::string>& timestamp) {
    int64_t version = 0;
    Call(client_.get(), [&](SluiceError* error) {
      return sluice_table_version(client_.get(), table.c_str(), AsC(timestamp), &version, error);
    });
    return version;
  }

  nb::tuple Describe(const std::string& table, const std::optional<std::string>& format) {
    Released<ArrowSchema> schema;
    nb::list rows = Rows([&](ArrowArrayStream* out, SluiceError* error) {
      return sluice_table_describe(client_.get(), table.c_str(), AsC(format), out, &schema.value,
                                   error);
    });
    return nb::make_tuple(rows[0], SchemaCapsule(schema.Take()));
  }

  /// For any thread.
  void Interrupt() { sluice_client_interrupt(client_.get()); }

  std::shared_ptr<Scan> StartScan(const std::string& table, const Options& options) {
    return Start(sluice_scan_start, table, options);
  }
  std::shared_ptr<Scan> StartChanges(const std::string& table, const Options& options) {
    return Start(sluice_changes_start, table, options);
  }
  std::shared_ptr<Scan> StartTask(const nb::bytes& task) {
    return Start([&](SluiceScan** scan, SluiceError* error) {
      return sluice_task_start(client_.get(), task.c_str(), task.size(), scan, error);
    });
  }

  nb::tuple PlanScan(const std::string& table, const Options& options) {
    return Plan(sluice_scan_plan, table, options);
  }
  nb::tuple PlanChanges(const std::string& table, const Options& options) {
    return Plan(sluice_changes_plan, table, options);
  }

 private:
  /// `start` is sluice_scan_start or sluice_changes_start.
  std::shared_ptr<Scan> Start(decltype(&sluice_scan_start) start, const std::string& table,
                              const Options& options) {
    const auto c_options = AsC(options);
    return Start([&](SluiceScan** scan, SluiceError* error) {
      return start(client_.get(), table.c_str(), c_options.data(), c_options.size(), scan, error);
    });
  }

  template <typename F>
  std::shared_ptr<Scan> Start(F&& start) {
    SluiceScan* scan = nullptr;
    auto call = [&](SluiceError* error) { return start(&scan, error); };
    try {
      Call(client_.get(), call);
    } catch (...) {
      sluice_scan_close(scan);
      throw;
    }
    return std::make_shared<Scan>(ScanHandle(scan, sluice_scan_close));
  }

  /// `plan` is sluice_scan_plan or sluice_changes_plan. Tasks and version.
  nb::tuple Plan(decltype(&sluice_scan_plan) plan, const std::string& table,
                 const Options& options) {
    const auto c_options = AsC(options);
    int64_t version = 0;
    nb::list tasks = Rows([&](ArrowArrayStream* out, SluiceError* error) {
      return plan(client_.get(), table.c_str(), c_options.data(), c_options.size(), out, nullptr,
                  &version, error);
    });
    return nb::make_tuple(tasks, version);
  }

  template <typename F>
  nb::list Rows(F&& fill) {
    Released<ArrowArrayStream> stream;
    Call(client_.get(), [&](SluiceError* error) { return fill(&stream.value, error); });
    return ReadRows(&stream.value);
  }

  std::shared_ptr<SluiceClient> client_;
};

/// Memory for arrays that grow: large pages, which move instead of what is on them.
class Pages {
 public:
  Pages() = default;
  ~Pages() { sluice_pages_resize(block_, bytes_, 0); }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  /// At least so many bytes, which keep what is in them; more is zero. Throws std::bad_alloc.
  void Resize(std::size_t bytes) {
    bytes = std::max<std::size_t>(bytes, 1);
    void* const block = sluice_pages_resize(block_, bytes_, bytes);
    if (block == nullptr) throw std::bad_alloc();
    block_ = block;
    bytes_ = bytes;
  }
  std::uintptr_t address() const { return reinterpret_cast<std::uintptr_t>(block_); }

 private:
  void* block_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace

NB_MODULE(_sluice, m) {
  m.def("version", [] { return std::string(sluice_version()); });
  m.def("release_memory", sluice_release_memory, nb::call_guard<nb::gil_scoped_release>());
  nb::class_<Pages>(m, "Pages")
      .def(nb::init<>())
      .def("resize", &Pages::Resize, "bytes"_a)
      .def("address", &Pages::address);
  nb::class_<Columns>(m, "Columns")
      .def("num_rows", &Columns::num_rows)
      .def("addresses", &Columns::Addresses);
  nb::class_<Scan>(m, "Scan")
      .def("take_stream", &Scan::TakeStream)
      .def("take", &Scan::Take)
      .def("next_columns", &Scan::NextColumns)
      .def("schema", &Scan::Schema)
      .def("table_version", &Scan::TableVersion)
      .def("last_error", &Scan::LastError)
      .def("raise_pending", &Scan::RaisePending)
      .def("progress", &Scan::Progress)
      .def("cancel", &Scan::Cancel);
  nb::class_<Client>(m, "Client")
      .def(nb::init<const std::string&, const Options&>(), "profile"_a, "options"_a)
      .def("list_shares", &Client::ListShares)
      .def("list_schemas", &Client::ListSchemas, "share"_a)
      .def("list_tables", &Client::ListTables, "share"_a, "schema"_a.none())
      .def("table_version", &Client::TableVersion, "table"_a, "starting_timestamp"_a.none())
      .def("describe", &Client::Describe, "table"_a, "response_format"_a.none())
      .def("interrupt", &Client::Interrupt)
      .def("scan", &Client::StartScan, "table"_a, "options"_a)
      .def("changes", &Client::StartChanges, "table"_a, "options"_a)
      .def("plan_scan", &Client::PlanScan, "table"_a, "options"_a)
      .def("plan_changes", &Client::PlanChanges, "table"_a, "options"_a)
      .def("task", &Client::StartTask, "task"_a);
}

}  // namespace sluice::python
