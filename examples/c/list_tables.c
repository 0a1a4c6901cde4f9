/* Lists all tables that a profile opens: list_tables PROFILE */
#include "common.h"

/* Row `row` of a utf8 column, as its length and its first byte. */
static int text_of(const struct ArrowArray* column, int64_t row, const char** text) {
  const int32_t* offsets = column->buffers[1];
  int64_t at = column->offset + row;
  *text = (const char*)column->buffers[2] + offsets[at];
  return (int)(offsets[at + 1] - offsets[at]);
}

/* Calls `visit` with the name in the column `index` of every row. The stream is released. */
static int each_name(struct ArrowArrayStream* stream, int index,
                     int (*visit)(void*, const char*, int), void* context) {
  int code = 0;
  for (;;) {
    struct ArrowArray batch;
    code = stream->get_next(stream, &batch);
    if (code != 0 || batch.release == NULL) break; /* The end is a batch without release. */
    for (int64_t row = 0; row < batch.length && code == 0; ++row) {
      const char* text = NULL;
      int size = text_of(batch.children[index], row, &text);
      code = visit(context, text, size);
    }
    batch.release(&batch);
    if (code != 0) break;
  }
  stream->release(stream);
  return code;
}

static char share[256];

static int print_table(void* context, const char* name, int size) {
  (void)context;
  printf("%s: %.*s\n", share, size, name);
  return 0;
}

static int list_share(void* client, const char* name, int size) {
  SluiceError error = {0};
  struct ArrowArrayStream tables;
  snprintf(share, sizeof(share), "%.*s", size, name);
  /* Without a schema: the tables of all. */
  if (sluice_list_tables(client, share, NULL, &tables, &error) != SLUICE_OK) return fail(&error);
  return each_name(&tables, 2, print_table, NULL);
}

int main(int argc, char** argv) {
  SluiceError error = {0};
  struct ArrowArrayStream shares;
  SluiceClient* client = argc == 2 ? open_client(argv[1]) : NULL;
  int code = 1;
  if (client == NULL) return 1;
  if (sluice_list_shares(client, &shares, &error) != SLUICE_OK) {
    code = fail(&error);
  } else {
    code = each_name(&shares, 0, list_share, client);
  }
  sluice_client_close(client);
  return code;
}
