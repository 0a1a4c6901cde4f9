/* Counts the rows of a table for which a condition in SQL is true, and stops after a million:
 * read_table PROFILE SHARE.SCHEMA.TABLE [CONDITION] */
#include <inttypes.h>

#include "common.h"

enum { kMostRows = 1000000 };

static void print_columns(struct ArrowArrayStream* stream) {
  struct ArrowSchema schema;
  if (stream->get_schema(stream, &schema) != 0) return; /* get_next will fail likewise. */
  for (int64_t i = 0; i < schema.n_children; ++i) {
    printf("%s: %s\n", schema.children[i]->name, schema.children[i]->format);
  }
  schema.release(&schema);
}

static int read_rows(SluiceScan* scan, struct ArrowArrayStream* stream) {
  int64_t rows = 0;
  SluiceProgress progress;
  print_columns(stream);
  for (;;) {
    struct ArrowArray batch;
    if (stream->get_next(stream, &batch) != 0) {
      /* The text is the stream's, and ends with it. It begins with the kind: "cancelled: …". */
      fprintf(stderr, "%s\n", stream->get_last_error(stream));
      return 1;
    }
    if (batch.release == NULL) break;
    rows += batch.length;
    batch.release(&batch);
    /* Nothing more is fetched. Another thread may do this too. */
    if (rows >= kMostRows) {
      sluice_scan_cancel(scan);
      break;
    }
  }
  sluice_scan_progress(scan, &progress);
  printf("version %" PRId64 ": %" PRId64 " rows, %" PRId64 " of %" PRId64 " bytes fetched\n",
         sluice_scan_table_version(scan), rows, progress.bytes_read, progress.bytes_total);
  return 0;
}

int main(int argc, char** argv) {
  SluiceError error = {0};
  SluiceScan* scan = NULL;
  struct ArrowArrayStream stream;
  SluiceOption options[] = {{"filter_sql", argc > 3 ? argv[3] : ""}};
  SluiceClient* client = argc > 2 ? open_client(argv[1]) : NULL;
  int code = SLUICE_OK;
  if (client == NULL) return 1;
  code = sluice_scan_start(client, argv[2], options, argc > 3 ? 1 : 0, &scan, &error);
  sluice_client_close(client); /* The scan holds what it needs. */
  if (code == SLUICE_OK) code = sluice_scan_stream(scan, &stream, &error);
  if (code != SLUICE_OK) {
    code = fail(&error);
  } else {
    code = read_rows(scan, &stream);
    stream.release(&stream);
  }
  sluice_scan_close(scan); /* NULL, where it was not started. */
  return code;
}
