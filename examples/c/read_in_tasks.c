/* Splits a table into tasks and reads each with a client of its own, as another process would:
 * read_in_tasks PROFILE SHARE.SCHEMA.TABLE */
#include <inttypes.h>

#include "common.h"

/* The rows of one task; -1, with a line on stderr, on failure. */
static int64_t read_task(const char* profile, const void* task, size_t size) {
  SluiceError error = {0};
  SluiceScan* scan = NULL;
  struct ArrowArrayStream stream;
  SluiceClient* client = open_client(profile);
  int64_t rows = 0;
  int code = SLUICE_OK;
  if (client == NULL) return -1;
  code = sluice_task_start(client, task, size, &scan, &error);
  if (code == SLUICE_OK) code = sluice_scan_stream(scan, &stream, &error);
  sluice_scan_close(scan); /* The stream holds what it needs. */
  sluice_client_close(client);
  if (code != SLUICE_OK) return -fail(&error);
  for (;;) {
    struct ArrowArray batch;
    code = stream.get_next(&stream, &batch);
    if (code != 0) fprintf(stderr, "%s\n", stream.get_last_error(&stream));
    if (code != 0 || batch.release == NULL) break;
    rows += batch.length;
    batch.release(&batch);
  }
  stream.release(&stream);
  return code == 0 ? rows : -1;
}

static int read_tasks(const char* profile, struct ArrowArrayStream* plan) {
  int64_t tasks = 0, rows = 0;
  for (;;) {
    struct ArrowArray batch;
    if (plan->get_next(plan, &batch) != 0) return 1;
    if (batch.release == NULL) break;
    for (int64_t row = 0; row < batch.length; ++row) {
      const struct ArrowArray* column = batch.children[0];
      const int32_t* ends = column->buffers[1];
      const int64_t at = column->offset + row;
      const char* task = (const char*)column->buffers[2] + ends[at];
      const int64_t found = read_task(profile, task, (size_t)(ends[at + 1] - ends[at]));
      if (found < 0) {
        batch.release(&batch);
        return 1;
      }
      tasks += 1;
      rows += found;
    }
    batch.release(&batch);
  }
  printf("%" PRId64 " tasks, %" PRId64 " rows\n", tasks, rows);
  return 0;
}

int main(int argc, char** argv) {
  SluiceError error = {0};
  struct ArrowArrayStream plan;
  SluiceOption options[] = {{"min_tasks", "4"}};
  SluiceClient* client = argc == 3 ? open_client(argv[1]) : NULL;
  int code = 1;
  if (client == NULL) return 1;
  if (sluice_scan_plan(client, argv[2], options, 1, &plan, NULL, NULL, &error) != SLUICE_OK) {
    code = fail(&error);
  } else {
    code = read_tasks(argv[1], &plan);
    plan.release(&plan);
  }
  sluice_client_close(client);
  return code;
}
