/* Sluice: a Delta Sharing client with a stable C ABI.
 *
 * Handles are opaque; each is made by one function and released by one, which accepts NULL.
 * Functions return 0 on success and a SluiceCode otherwise, and then fill `error` if it is not
 * NULL. Strings are UTF-8 and NUL-terminated; arguments are copied before a call returns. Results
 * are Arrow C streams and schemas (the Arrow C data interface): the caller releases them, and they
 * stay valid after the handle they came from is gone.
 *
 * Threads: a SluiceClient may be used by many threads at once. A stream is read by one thread at a
 * time. Functions on a SluiceScan may be called by any thread.
 *
 * Processes: after a fork, clients and scans are the parent's. In the child they fail with
 * SLUICE_INVALID_ARGUMENT and may be released; a client made there works.
 */
#ifndef SLUICE_SLUICE_H_
#define SLUICE_SLUICE_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32)
#define SLUICE_EXPORT __declspec(dllexport)
#else
#define SLUICE_EXPORT __attribute__((visibility("default")))
#endif

/* Arrow C data interface, declared here so that this header needs no other. */
struct ArrowSchema;
struct ArrowArrayStream;

typedef enum SluiceCode {
  SLUICE_OK = 0,
  SLUICE_INVALID_ARGUMENT = 1,
  SLUICE_MALFORMED = 2,
  SLUICE_UNAUTHENTICATED = 3,
  SLUICE_PERMISSION_DENIED = 4,
  SLUICE_NOT_FOUND = 5,
  SLUICE_ALREADY_EXISTS = 6,
  SLUICE_UNSUPPORTED = 7,
  SLUICE_DATA_MISSING = 8,
  SLUICE_CORRUPT = 9,
  SLUICE_TOO_LARGE = 10,
  SLUICE_TIMEOUT = 11,
  SLUICE_UNAVAILABLE = 12,
  SLUICE_CANCELLED = 13,
  SLUICE_INTERNAL = 14
} SluiceCode;

/* Owned by the caller, who calls sluice_error_clear after a failure. Start with {0}. */
typedef struct SluiceError {
  int32_t code;     /* A SluiceCode. */
  char* message;    /* One line for a person; NULL when there is no error. */
  char* request_id; /* The server's x-request-id of the failed request, or NULL. */
} SluiceError;

typedef struct SluiceOption {
  const char* key;
  const char* value;
} SluiceOption;

typedef struct SluiceClient SluiceClient;
typedef struct SluiceScan SluiceScan;

/* "major.minor.patch". Never NULL, never freed. */
SLUICE_EXPORT const char* sluice_version(void);

SLUICE_EXPORT void sluice_error_clear(SluiceError* error);

/* Gives memory that was used by batches and is kept for others back to the system. For any thread,
 * at any time. */
SLUICE_EXPORT void sluice_release_memory(void);

/* Memory for whoever puts the columns of many batches into one: as realloc of C, but what is in it
 * is moved by whole pages and not copied, and what is beyond `old_bytes` is zero and takes nothing
 * of the machine before it is written. `block` is NULL, with 0 bytes, to begin; 0 `new_bytes` ends
 * it and returns NULL. Both sizes are rounded up to 64 KiB here. NULL otherwise: there is no such
 * memory, and `block` is as it was. A block belongs to one thread at a time. */
SLUICE_EXPORT void* sluice_pages_resize(void* block, size_t old_bytes, size_t new_bytes);

/* Makes a client from the text of a profile file (JSON) of any type; docs/profiles.md tells them.
 * Nothing is asked for yet: credentials that are refused show in the first call. Options, all
 * optional:
 *   "max_retries"        how often a request that failed in passing is repeated, default 10, which
 *                        lasts a minute or more; of a host that has answered nothing yet and is
 *                        not reached, 5 at most, so that a wrong name shows within seconds
 *   "timeout_ms"         a transfer that stalls for so long fails; a piece of a file is asked for
 *                        twice more before that; default 60000
 *   "connect_timeout_ms" of each attempt to connect, default 30000
 *   "request_timeout_ms" of a call to the server, or for a piece of a file, with its retries; the
 *                        list of a table's files takes as long as its rows are read; default 0:
 *                        no limit
 *   "deadline_ms"        of a whole scan, plan or task, from its start to its last row: with all
 *                        retries and waits, and the time that the reader of the stream takes. What
 *                        has not ended then fails with SLUICE_TIMEOUT and says how many files were
 *                        read; default 0: none
 *   "proxy"              URL, with user:password@ before the host if need be; default: the
 *                        environment's
 *   "ca_file"            path of a PEM bundle; default: the system's
 *   "client_cert"        path of a PEM file with the certificate, and its chain, that is shown to
 *                        servers that ask for one
 *   "client_key"         path of a PEM file with its key, without a passphrase; default: in the
 *                        file of the certificate
 *   "verify_tls"         "true" or "false"; default true
 *   "header.<Name>"      a header of every request to the sharing server, and to no other; such
 *                        requests are not redirected. Repeat the key for several of one name
 *   "user_agent"         put before Sluice's own
 *   "memory_budget"      bytes that one scan holds: in flight, decoded and not yet taken, kept for
 *                        use again; default 268435456
 *   "parallel_files"     requests for files at once, default twice the cores and at least 8
 *   "access"             how tables are read: "url", by URLs that the server signs; "dir", in
 *                        their folders, with temporary credentials that the server gives; "auto",
 *                        the default, by URLs, and in the folder where it offers that alone
 *   "async_query"        "true": servers that can work on queries in the background are asked to,
 *                        and for the result until it is there, within "request_timeout_ms" or else
 *                        an hour; default false. A server that answers so unasked is waited for too
 *   "storage.<name>"     where the stores of such folders are, as docs/storage.md has it:
 *                        "storage.region", "storage.endpoint" and the like; never credentials
 * An unknown key or a bad value is SLUICE_INVALID_ARGUMENT and names the key. */
SLUICE_EXPORT int32_t sluice_client_open(const char* profile_json, const SluiceOption* options,
                                         size_t n_options, SluiceClient** out, SluiceError* error);
SLUICE_EXPORT void sluice_client_close(SluiceClient* client);
/* Makes the calls that wait for the server on this client now, on any thread, fail with
 * SLUICE_CANCELLED soon. Scans that have started go on. For any thread. */
SLUICE_EXPORT void sluice_client_interrupt(SluiceClient* client);

/* Listings as a stream of utf8 columns:
 *   shares:  name, id (null where the server gives none)
 *   schemas: share, name
 *   tables:  share, schema, name, id, share_id
 * A NULL or empty `schema` lists the tables of all schemas of the share. */
SLUICE_EXPORT int32_t sluice_list_shares(SluiceClient* client, struct ArrowArrayStream* out,
                                         SluiceError* error);
SLUICE_EXPORT int32_t sluice_list_schemas(SluiceClient* client, const char* share,
                                          struct ArrowArrayStream* out, SluiceError* error);
SLUICE_EXPORT int32_t sluice_list_tables(SluiceClient* client, const char* share,
                                         const char* schema, struct ArrowArrayStream* out,
                                         SluiceError* error);

/* `table` is "share.schema.table" here and below. A NULL `starting_timestamp` (ISO 8601) asks for
 * the current version. */
SLUICE_EXPORT int32_t sluice_table_version(SluiceClient* client, const char* table,
                                           const char* starting_timestamp, int64_t* version,
                                           SluiceError* error);

/* One row: version (int64), response_format (utf8, "parquet" or "delta"), protocol (utf8, the
 * inner JSON object), metadata (utf8, likewise), size (int64, nullable), num_files (int64,
 * nullable). `response_format` NULL lets the server choose. The Arrow schema of the table goes to
 * `schema` if that is not NULL. */
SLUICE_EXPORT int32_t sluice_table_describe(SluiceClient* client, const char* table,
                                            const char* response_format,
                                            struct ArrowArrayStream* out,
                                            struct ArrowSchema* schema, SluiceError* error);

/* Starts to read a table. Options, all optional:
 *   "version", "timestamp" (ISO 8601), "limit", "json_predicate_hints",
 *   "response_format" ("parquet" or "delta"), "keep_order" ("true", the default, or "false"),
 *   "column" (repeat the key, once a column, in the order wanted),
 *   "text_type": of columns of text, nested ones apart: "utf8" (the default), "large_utf8", or
 *            "dictionary": dictionary<int32, utf8>. Each batch brings its dictionary, in which may
 *            be texts that no row has. Few texts for many rows are decoded faster so,
 *   "filter" or "filter_sql": only rows for which it is true; a row for which it is null is not
 *            among them. Several are joined by AND. "filter" is a predicate as the protocol has it
 *            in JSON ("JSON predicates for Filtering" of its text), in which a column needs no
 *            valueType, with the ops notEqual, nullSafeEqual, in (a column, then literals) and
 *            startsWith beside the protocol's. "filter_sql" is SQL: comparisons of a column with a
 *            literal, AND, OR, NOT, IN, BETWEEN, LIKE with % at the end, IS NULL. A condition that
 *            cannot be evaluated exactly is refused by name. Values compare as Spark's do: NaN is
 *            equal to itself and greater than all other numbers, times without a zone are in UTC.
 *            A limit counts the rows that pass.
 *   "starting_version", and "ending_version" (without, the latest version): instead of a version,
 *            only the rows that commits in this range, both included, added to the table, whether
 *            it has a change data feed or not. A commit that also removed or rewrote rows ends the
 *            stream with SLUICE_UNSUPPORTED and the number of its version, and
 *   "skip_change_commits" "true" leaves such commits out as a whole */
SLUICE_EXPORT int32_t sluice_scan_start(SluiceClient* client, const char* table,
                                        const SluiceOption* options, size_t n_options,
                                        SluiceScan** out, SluiceError* error);

/* Starts to read the changes of a table between two of its versions, both included, as rows with
 * its columns and
 *   _change_type       utf8: "insert", "delete", "update_preimage" or "update_postimage"
 *   _commit_version    int64
 *   _commit_timestamp  timestamp[us, UTC], or int64
 * The columns are those that the table has at the end of the range. Options:
 *   "starting_version" or "starting_timestamp" (ISO 8601): one of them is required,
 *   "ending_version" or "ending_timestamp": without, the latest version,
 *   "commit_timestamp" ("timestamp", the default, or "milliseconds": since 1970, as int64),
 *   "limit", "response_format", "keep_order" (by version), "column", "text_type", "filter"
 *   and "filter_sql" as of sluice_scan_start; filters may name the three columns above */
SLUICE_EXPORT int32_t sluice_changes_start(SluiceClient* client, const char* table,
                                           const SluiceOption* options, size_t n_options,
                                           SluiceScan** out, SluiceError* error);

/* Splits a scan into tasks that any process can read, without reading any file. Rows of the stream
 * that goes to `out`, in the order of the scan's rows:
 *   task        binary: what sluice_task_start takes. It holds URLs that open files until they
 *               expire, so keep it as you would keep the rows
 *   files       int64: how many it reads
 *   file_bytes  int64: their size
 * A table without files has none. Options as of sluice_scan_start, where "limit" holds for each
 * task, and
 *   "task_bytes"  of the files of a task, at most, unless it is one file that is larger; default
 *                 134217728
 *   "min_tasks"   smaller tasks, so that there are at least so many, if the files are enough;
 *                 default 1
 * The Arrow schema of the rows goes to `schema`, and the version that is read to `table_version`,
 * of those that are not NULL. */
SLUICE_EXPORT int32_t sluice_scan_plan(SluiceClient* client, const char* table,
                                       const SluiceOption* options, size_t n_options,
                                       struct ArrowArrayStream* out, struct ArrowSchema* schema,
                                       int64_t* table_version, SluiceError* error);
/* The same for changes, with the options of sluice_changes_start. */
SLUICE_EXPORT int32_t sluice_changes_plan(SluiceClient* client, const char* table,
                                          const SluiceOption* options, size_t n_options,
                                          struct ArrowArrayStream* out, struct ArrowSchema* schema,
                                          int64_t* table_version, SluiceError* error);

/* Starts to read one task, by any client of the same recipient: from the URLs in it, which are
 * asked for anew where they have expired, always of the same version; SLUICE_DATA_MISSING where the
 * server no longer gives that. Bytes that are no task are SLUICE_MALFORMED. */
SLUICE_EXPORT int32_t sluice_task_start(SluiceClient* client, const void* task, size_t size,
                                        SluiceScan** out, SluiceError* error);

/* The rows. Once a scan: a second call is SLUICE_INVALID_ARGUMENT. The stream holds what it needs
 * of the scan, so the handle may be closed first. The error text of the stream begins with the
 * name of its kind ("not_found: …"). */
SLUICE_EXPORT int32_t sluice_scan_stream(SluiceScan* scan, struct ArrowArrayStream* out,
                                         SluiceError* error);

typedef struct SluiceProgress {
  int64_t files_listed;
  int64_t files_done;
  int64_t bytes_total;
  int64_t bytes_read;
  int64_t rows;
  int32_t listing_done; /* 0 or 1. */
} SluiceProgress;

/* The version that is read; of changes the one that they are read up to. */
SLUICE_EXPORT int64_t sluice_scan_table_version(const SluiceScan* scan);
SLUICE_EXPORT void sluice_scan_progress(const SluiceScan* scan, SluiceProgress* out);
/* Makes the stream fail with "cancelled" soon. */
SLUICE_EXPORT void sluice_scan_cancel(SluiceScan* scan);
/* Does not stop a stream that was taken out. */
SLUICE_EXPORT void sluice_scan_close(SluiceScan* scan);

#ifdef __cplusplus
}
#endif

#endif /* SLUICE_SLUICE_H_ */
