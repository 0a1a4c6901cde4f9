/* What c_caller.c offers to the tests in C++. */
#ifndef SLUICE_CAPI_C_CALLER_H_
#define SLUICE_CAPI_C_CALLER_H_

#include "sluice/sluice.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Opens a client, asks for a table's version and closes it, in C. Returns the code of the first
 * call that failed, whose message is copied to `message`, or 0. */
int32_t c_caller_table_version(const char* profile, const char* table, int64_t* version,
                               char* message, size_t message_size);

#ifdef __cplusplus
}
#endif

#endif /* SLUICE_CAPI_C_CALLER_H_ */
