#include "recipient_writers.h"

#include <arrow/ipc/writer.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>

#include <string_view>
#include <vector>

#include "base/arrow_status.h"
#include "base/encoding.h"
#include "recipient_values.h"

namespace sluice::apps {
namespace {

constexpr std::size_t kTextBytes = 128 * 1024;
constexpr std::int64_t kRowGroupRows = 256 * 1024;

Status Check(const arrow::Status& status) {
  if (status.ok()) return {};
  const auto kind = status.IsNotImplemented() ? ErrorKind::kUnsupported : ErrorKind::kUnavailable;
  return Fail(Error{kind, FromArrow(status, "cannot write the output").message});
}

/// Lines of text, handed on in large pieces.
class TextWriter : public BatchWriter {
 public:
  explicit TextWriter(arrow::io::OutputStream* out) : out_(out) {}

  Status Write(const arrow::RecordBatch& batch) override {
    for (std::int64_t row = 0; row < batch.num_rows(); ++row) {
      AppendRow(batch, row, &text_);
      if (text_.size() >= kTextBytes) SLUICE_RETURN_IF_ERROR(Finish());
    }
    return {};
  }

  Status Finish() override {
    Status status = Check(out_->Write(text_.data(), static_cast<std::int64_t>(text_.size())));
    text_.clear();
    return status;
  }

 protected:
  virtual void AppendRow(const arrow::RecordBatch& batch, std::int64_t row, std::string* text) = 0;
  std::string text_;

 private:
  arrow::io::OutputStream* out_;
};

class CsvWriter : public TextWriter {
 public:
  CsvWriter(const arrow::Schema& schema, arrow::io::OutputStream* out) : TextWriter(out) {
    for (int i = 0; i < schema.num_fields(); ++i) {
      if (i != 0) text_.push_back(',');
      AppendField(schema.field(i)->name(), false, &text_);
    }
    text_.push_back('\n');
  }

 protected:
  void AppendRow(const arrow::RecordBatch& batch, std::int64_t row, std::string* text) override {
    for (int i = 0; i < batch.num_columns(); ++i) {
      if (i != 0) text->push_back(',');
      const arrow::Array& column = *batch.column(i);
      value_.clear();
      AppendTextValue(column, row, &value_);
      AppendField(value_, column.IsNull(row), text);
    }
    text->push_back('\n');
  }

 private:
  static void AppendField(std::string_view value, bool null, std::string* text) {
    if (null) return;
    if (!value.empty() && value.find_first_of(",\"\r\n") == std::string_view::npos) {
      text->append(value);
      return;
    }
    text->push_back('"');
    for (const char c : value) {
      if (c == '"') text->push_back('"');
      text->push_back(c);
    }
    text->push_back('"');
  }

  std::string value_;
};

class JsonWriter : public TextWriter {
 public:
  JsonWriter(const arrow::Schema& schema, arrow::io::OutputStream* out) : TextWriter(out) {
    for (const auto& field : schema.fields()) {
      std::string& key = keys_.emplace_back(keys_.empty() ? "{" : ",");
      AppendJsonString(field->name(), &key);
      key.push_back(':');
    }
  }

 protected:
  void AppendRow(const arrow::RecordBatch& batch, std::int64_t row, std::string* text) override {
    if (keys_.empty()) text->push_back('{');
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      text->append(keys_[i]);
      AppendJsonValue(*batch.column(static_cast<int>(i)), row, text);
    }
    text->append("}\n");
  }

 private:
  std::vector<std::string> keys_;  ///< With what stands before and after them.
};

class ArrowWriter : public BatchWriter {
 public:
  explicit ArrowWriter(std::shared_ptr<arrow::ipc::RecordBatchWriter> writer)
      : writer_(std::move(writer)) {}
  Status Write(const arrow::RecordBatch& batch) override {
    return Check(writer_->WriteRecordBatch(batch));
  }
  Status Finish() override { return Check(writer_->Close()); }

 private:
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
};

class ParquetWriter : public BatchWriter {
 public:
  explicit ParquetWriter(std::unique_ptr<parquet::arrow::FileWriter> writer)
      : writer_(std::move(writer)) {}
  Status Write(const arrow::RecordBatch& batch) override {
    return Guarded([&] { return writer_->WriteRecordBatch(batch); });
  }
  Status Finish() override {
    return Guarded([&] { return writer_->Close(); });
  }

 private:
  template <typename F>
  static Status Guarded(F&& write) {
    try {
      return Check(write());
    } catch (const parquet::ParquetException& error) {
      return Fail(ErrorKind::kUnavailable, "cannot write the output: {}", error.what());
    }
  }

  std::unique_ptr<parquet::arrow::FileWriter> writer_;
};

/// The writer keeps its sink alive by a pointer of its own kind; ours outlives it.
std::shared_ptr<arrow::io::OutputStream> Borrow(arrow::io::OutputStream* out) {
  return {out, [](arrow::io::OutputStream*) {}};
}

Result<std::unique_ptr<BatchWriter>> MakeParquetWriter(const std::shared_ptr<arrow::Schema>& schema,
                                                       arrow::io::OutputStream* out) {
  parquet::WriterProperties::Builder properties;
  properties.compression(parquet::Compression::ZSTD)->max_row_group_length(kRowGroupRows);
  parquet::ArrowWriterProperties::Builder arrow_properties;
  arrow_properties.store_schema();
  auto writer = parquet::arrow::FileWriter::Open(*schema, arrow::default_memory_pool(), Borrow(out),
                                                 properties.build(), arrow_properties.build());
  SLUICE_RETURN_IF_ERROR(Check(writer.status()));
  return std::make_unique<ParquetWriter>(std::move(writer).ValueUnsafe());
}

Result<std::unique_ptr<BatchWriter>> MakeArrowWriter(const std::shared_ptr<arrow::Schema>& schema,
                                                     arrow::io::OutputStream* out) {
  auto writer = arrow::ipc::MakeStreamWriter(out, schema);
  SLUICE_RETURN_IF_ERROR(Check(writer.status()));
  return std::make_unique<ArrowWriter>(std::move(writer).ValueUnsafe());
}

}  // namespace

Result<std::unique_ptr<BatchWriter>> MakeWriter(OutputFormat format,
                                                const std::shared_ptr<arrow::Schema>& schema,
                                                arrow::io::OutputStream* out) {
  switch (format) {
    case OutputFormat::kCsv:
      return std::make_unique<CsvWriter>(*schema, out);
    case OutputFormat::kJson:
      return std::make_unique<JsonWriter>(*schema, out);
    case OutputFormat::kArrow:
      return MakeArrowWriter(schema, out);
    case OutputFormat::kParquet:
      return MakeParquetWriter(schema, out);
    case OutputFormat::kTable:
      break;
  }
  return Fail(ErrorKind::kInvalidArgument, "a table is for terminals only");
}

}  // namespace sluice::apps
