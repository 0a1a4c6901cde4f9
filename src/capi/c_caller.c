#include "capi/c_caller.h"

#include <string.h>

int32_t c_caller_table_version(const char* profile, const char* table, int64_t* version,
                               char* message, size_t message_size) {
  SluiceError error = {0};
  SluiceClient* client = NULL;
  SluiceOption options[] = {{"max_retries", "0"}, {"user_agent", "c-caller/1"}};
  int32_t code = sluice_client_open(profile, options, 2, &client, &error);
  if (code == SLUICE_OK) code = sluice_table_version(client, table, NULL, version, &error);
  if (code != SLUICE_OK && error.message != NULL && message_size > 0) {
    strncpy(message, error.message, message_size - 1);
    message[message_size - 1] = '\0';
  }
  sluice_error_clear(&error);
  sluice_client_close(client);
  return code;
}
