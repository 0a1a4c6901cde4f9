/* What the examples have in common: reading a profile, telling an error. */
#ifndef SLUICE_EXAMPLES_COMMON_H_
#define SLUICE_EXAMPLES_COMMON_H_

#include <stdio.h>
#include <stdlib.h>

#include "arrow_c.h"
#include "sluice/sluice.h"

/* The text of a profile file, for the caller to free; NULL, with a line on stderr, on failure. */
static char* read_profile(const char* path) {
  enum { kMostBytes = 1 << 20 };
  FILE* file = fopen(path, "rb");
  char* text = file == NULL ? NULL : malloc(kMostBytes);
  size_t size = text == NULL ? 0 : fread(text, 1, kMostBytes - 1, file);
  if (file != NULL) fclose(file);
  if (size == 0) {
    fprintf(stderr, "%s: no profile\n", path);
    free(text);
    return NULL;
  }
  text[size] = '\0';
  return text;
}

/* Opens a client of the profile at `path`; NULL, with a line on stderr, on failure. */
static SluiceClient* open_client(const char* path) {
  SluiceError error = {0};
  SluiceClient* client = NULL;
  char* profile = read_profile(path);
  if (profile == NULL) return NULL;
  if (sluice_client_open(profile, NULL, 0, &client, &error) != SLUICE_OK) {
    fprintf(stderr, "%s\n", error.message);
    sluice_error_clear(&error);
  }
  free(profile); /* It was copied. */
  return client;
}

/* A line on stderr, and 1, the exit code of a failure. */
static int fail(SluiceError* error) {
  const char* id = error->request_id != NULL ? error->request_id : "none";
  fprintf(stderr, "error %d: %s (request %s)\n", (int)error->code, error->message, id);
  sluice_error_clear(error);
  return 1;
}

#endif
