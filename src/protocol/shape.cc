#include "protocol/shape.h"

#include <algorithm>
#include <array>

namespace sluice::protocol {
namespace {

using enum FieldType;

constexpr bool kRequired = true;
constexpr bool kOptional = false;
constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

/// A number that counts something, or a time in milliseconds since the epoch.
constexpr Field Count(std::string_view name, bool required, std::string_view summary) {
  return {name, kInteger, required, summary, 0, kMost, nullptr};
}

constexpr Field Object(std::string_view name, bool required, const Shape& shape,
                       std::string_view summary) {
  return {name, kObject, required, summary, kNone, kMost, &shape};
}

constexpr Field Objects(std::string_view name, bool required, const Shape& shape,
                        std::string_view summary) {
  return {name, kObjects, required, summary, kNone, kMost, &shape};
}

constexpr Field kNextPageToken = {"nextPageToken", kString, kOptional,
                                  "Where the next page begins; absent or empty on the last page."};

// ---- listings

constexpr std::array kShareFields = {
    Field{"name", kString, kRequired, "The share's name."},
    Field{"id", kString, kOptional, "Unique on the server, and lasting."},
    Field{"displayName", kString, kOptional, "The name to show to people."},
    Field{"comment", kString, kOptional, "The provider's words about the share."},
    Field{"properties", kStringMap, kOptional, "The provider's own keys and values."},
};
constexpr Shape kShareShape = {"Share", "A share.", kShareFields};

constexpr std::array kShareAnswerFields = {
    Object("share", kRequired, kShareShape, "The share asked for."),
};
constexpr std::array kSharesFields = {
    Objects("items", kOptional, kShareShape, "The shares of this page."),
    kNextPageToken,
};

constexpr std::array kSchemaFields = {
    Field{"name", kString, kRequired, "The schema's name."},
    Field{"share", kString, kRequired, "The share it is in."},
};
constexpr Shape kSchemaShape = {"Schema", "A schema of a share.", kSchemaFields};

constexpr std::array kSchemasFields = {
    Objects("items", kOptional, kSchemaShape, "The schemas of this page."),
    kNextPageToken,
};

constexpr std::array kTableFields = {
    Field{"name", kString, kRequired, "The table's name."},
    Field{"schema", kString, kRequired, "The schema it is in."},
    Field{"share", kString, kRequired, "The share it is in."},
    Field{"shareId", kString, kOptional, "The share's id."},
    Field{"id", kString, kOptional, "Unique within the share, and lasting."},
    Field{"location", kString, kOptional, "The table's root directory, for access by directory."},
    Field{"auxiliaryLocations", kStrings, kOptional, "Other places of the table's files."},
    Field{"accessModes", kStrings, kOptional, "How the table can be read: url, dir or both."},
};
constexpr Shape kTableShape = {"Table", "A table of a schema.", kTableFields};

constexpr std::array kTablesFields = {
    Objects("items", kOptional, kTableShape, "The tables of this page."),
    kNextPageToken,
};

// ---- credentials

constexpr std::array kAwsFields = {
    Field{"accessKeyId", kString, kRequired, "The id of the key."},
    Field{"secretAccessKey", kString, kRequired, "The key that signs requests."},
    Field{"sessionToken", kString, kRequired, "Goes with each request."},
};
constexpr Shape kAwsShape = {"AwsTempCredentials", "Credentials of S3.", kAwsFields};

constexpr std::array kAzureFields = {Field{"sasToken", kString, kRequired, "The SAS token."}};
constexpr Shape kAzureShape = {"AzureUserDelegationSas", "Credentials of Azure.", kAzureFields};

constexpr std::array kGcpFields = {Field{"oauthToken", kString, kRequired, "The OAuth token."}};
constexpr Shape kGcpShape = {"GcpOauthToken", "Credentials of Google Cloud.", kGcpFields};

constexpr std::array kCredentialsFields = {
    Field{"location", kString, kRequired, "The directory that they open for reading."},
    Object("awsTempCredentials", kOptional, kAwsShape, "Of S3."),
    Object("azureUserDelegationSas", kOptional, kAzureShape, "Of Azure."),
    Object("gcpOauthToken", kOptional, kGcpShape, "Of Google Cloud."),
    Count("expirationTime", kRequired, "When they expire, in milliseconds since the epoch."),
};
constexpr Shape kCredentialsShape = {"Credentials", "Access to a directory, of one kind.",
                                     kCredentialsFields};

constexpr std::array kCredentialsAnswerFields = {
    Object("credentials", kRequired, kCredentialsShape, "Of the directory asked for."),
};

// ---- lines of both formats

constexpr std::array kQueryStatusFields = {
    Field{"queryId", kString, kRequired, "Names the query in the path of query_info."},
    Field{"status", kString, kRequired, "pending or failed."},
    Field{"errorMessage", kString, kOptional, "Why it failed."},
};
constexpr Shape kQueryStatusShape = {"QueryStatus", "An asynchronous query that has no result.",
                                     kQueryStatusFields};

constexpr std::array kEndStreamFields = {
    Field{"refreshToken", kString, kOptional, "Asks for fresh URLs of the same files."},
    Field{"nextPageToken", kString, kOptional, "Asks for the next page."},
    Count("minUrlExpirationTimestamp", kOptional,
          "When the first of the answer's URLs expires, in milliseconds since the epoch."),
    Field{"errorMessage", kString, kOptional, "What went wrong in mid-stream: the answer fails."},
    Count("httpStatusErrorCode", kOptional, "The status that this error would have had."),
};
constexpr Shape kEndStreamShape = {"EndStreamAction", "The last line of an answer.",
                                   kEndStreamFields};

constexpr std::array kFormatFields = {
    Field{"provider", kString, kRequired, "The encoding of the data files: parquet."},
    Field{"options", kStringMap, kOptional, "Options of the encoding, as the log has them."},
};
constexpr Shape kFormatShape = {"Format", "How the data files are encoded.", kFormatFields};

constexpr Field kVersionOfMetadata =
    Count("version", kOptional, "The version that the metadata is of, where one was asked for.");
constexpr Field kSizeOfTable = Count("size", kOptional, "The size of the table's files in bytes.");
constexpr Field kNumFiles = Count("numFiles", kOptional, "How many files the table has.");
constexpr Field kLocation = {"location", kString, kOptional, "The table's root directory."};
constexpr Field kAuxiliaryLocations = {"auxiliaryLocations", kStrings, kOptional,
                                       "Other places of the table's files."};
constexpr Field kAccessModes = {"accessModes", kStrings, kOptional,
                                "How the table can be read: url, dir or both."};

// ---- the parquet format

constexpr std::array kParquetProtocolFields = {
    Field{"minReaderVersion", kInteger, kRequired,
          "The version of the sharing protocol that a reader needs: 1.", 1},
};
constexpr Shape kParquetProtocolShape = {"ParquetProtocol", "What a reader must know.",
                                         kParquetProtocolFields};

constexpr std::array kParquetMetadataFields = {
    Field{"id", kString, kRequired, "The table's id in its log."},
    Field{"name", kString, kOptional, "The provider's name of the table."},
    Field{"description", kString, kOptional, "The provider's words about the table."},
    Object("format", kRequired, kFormatShape, "How the data files are encoded."),
    Field{"schemaString", kJson, kRequired, "The table's schema as JSON text."},
    Field{"partitionColumns", kStrings, kRequired, "Names of the partition columns, if any."},
    Field{"configuration", kStringMap, kOptional, "The table's properties."},
    kVersionOfMetadata,
    kSizeOfTable,
    kNumFiles,
    kLocation,
    kAuxiliaryLocations,
    kAccessModes,
};
constexpr Shape kParquetMetadataShape = {"ParquetMetadata", "What the table is.",
                                         kParquetMetadataFields};

constexpr Field kUrlOfFile = {"url", kUrl, kRequired, "Where the file is read, without a token."};
constexpr Field kIdOfFile = {"id", kString, kRequired,
                             "The same for the same file in every answer."};
constexpr Field kPartitionValuesOfFile = {
    "partitionValues", kPartitionValues, kRequired,
    "The file's value of each partition column as text; null or empty for null."};
constexpr Field kSizeOfFile = Count("size", kRequired, "The file's size in bytes.");
constexpr Field kStatsOfFile = {"stats", kJson, kOptional,
                                "Statistics of the file's rows as JSON text."};
constexpr Field kExpiration = Count("expirationTimestamp", kOptional,
                                    "When the URL expires, in milliseconds since the epoch.");

constexpr std::array kParquetFileFields = {
    kUrlOfFile,
    kIdOfFile,
    kPartitionValuesOfFile,
    kSizeOfFile,
    kStatsOfFile,
    Count("version", kOptional, "The version asked for."),
    Count("timestamp", kOptional, "The time of that version in milliseconds since the epoch."),
    kExpiration,
};
constexpr Shape kParquetFileShape = {"ParquetFile", "A data file of a version of the table.",
                                     kParquetFileFields};

constexpr Field kVersionOfChange = Count("version", kRequired, "The version that changed it.");
constexpr Field kTimeOfChange =
    Count("timestamp", kRequired, "The time of that version in milliseconds since the epoch.");

constexpr std::array kParquetAddFields = {
    kUrlOfFile,       kIdOfFile,     kPartitionValuesOfFile, kSizeOfFile,
    kVersionOfChange, kTimeOfChange, kStatsOfFile,           kExpiration,
};
constexpr Shape kParquetAddShape = {"ParquetAdd", "A file whose rows a version added.",
                                    kParquetAddFields};

constexpr std::array kParquetChangeFields = {
    kUrlOfFile,    kIdOfFile,   kPartitionValuesOfFile, kSizeOfFile, kVersionOfChange,
    kTimeOfChange, kExpiration,
};
constexpr Shape kParquetChangeShape = {
    "ParquetChange", "A file whose rows a version removed, or that holds changed rows.",
    kParquetChangeFields};

constexpr std::array kParquetLineFields = {
    Object("protocol", kOptional, kParquetProtocolShape, "The first line."),
    Object("metaData", kOptional, kParquetMetadataShape,
           "The second line; in answers with changes also later ones."),
    Object("file", kOptional, kParquetFileShape, "A data file of a version."),
    Object("add", kOptional, kParquetAddShape, "A change: added rows."),
    Object("cdf", kOptional, kParquetChangeShape,
           "A change: rows that say of which kind of change they are."),
    Object("remove", kOptional, kParquetChangeShape, "A change: removed rows."),
    Object("endStreamAction", kOptional, kEndStreamShape, "The last line, where there is one."),
    Object("queryStatus", kOptional, kQueryStatusShape, "The only line about such a query."),
};

// ---- the delta format

constexpr std::array kDeltaProtocolActionFields = {
    Field{"minReaderVersion", kInteger, kRequired, "The reader version of the table format.", 1},
    Field{"minWriterVersion", kInteger, kRequired, "The writer version of the table format.", 1},
    Field{"readerFeatures", kStrings, kOptional, "What a reader must know, by name."},
    Field{"writerFeatures", kStrings, kOptional, "What a writer must know, by name."},
};
constexpr Shape kDeltaProtocolActionShape = {
    "DeltaProtocolAction", "The protocol action of the table's log.", kDeltaProtocolActionFields};

constexpr std::array kDeltaProtocolFields = {
    Object("deltaProtocol", kRequired, kDeltaProtocolActionShape, "As the log has it."),
    Count("version", kOptional, "The version that it is of, where historical ones were asked for."),
};
constexpr Shape kDeltaProtocolShape = {"DeltaProtocol", "What a reader must know.",
                                       kDeltaProtocolFields};

constexpr std::array kDeltaMetadataActionFields = {
    Field{"id", kString, kRequired, "The table's id."},
    Field{"name", kString, kOptional, "The provider's name of the table."},
    Field{"description", kString, kOptional, "The provider's words about the table."},
    Object("format", kRequired, kFormatShape, "How the data files are encoded."),
    Field{"schemaString", kJson, kRequired, "The table's schema as JSON text."},
    Field{"partitionColumns", kStrings, kRequired, "Names of the partition columns, if any."},
    Field{"configuration", kStringMap, kOptional, "The table's properties."},
    Count("createdTime", kOptional, "When it was made, in milliseconds since the epoch."),
};
constexpr Shape kDeltaMetadataActionShape = {
    "DeltaMetadataAction", "The metaData action of the table's log.", kDeltaMetadataActionFields};

constexpr std::array kDeltaMetadataFields = {
    Object("deltaMetadata", kRequired, kDeltaMetadataActionShape, "As the log has it."),
    kVersionOfMetadata,
    kSizeOfTable,
    kNumFiles,
    kLocation,
    kAuxiliaryLocations,
    kAccessModes,
};
constexpr Shape kDeltaMetadataShape = {"DeltaMetadata", "What the table is.", kDeltaMetadataFields};

constexpr std::array kDeletionVectorFields = {
    Field{"storageType", kString, kRequired, "p: behind a URL; i: inline."},
    Field{"pathOrInlineDv", kString, kRequired, "The URL, or the bytes in Z85."},
    Count("offset", kOptional, "Where it begins in its file."),
    Count("sizeInBytes", kRequired, "Its size in bytes."),
    Count("cardinality", kRequired, "How many rows it takes away."),
};
constexpr Shape kDeletionVectorShape = {"DeletionVector", "Which rows of the file are gone.",
                                        kDeletionVectorFields};

constexpr Field kPathOfFile = {"path", kUrl, kRequired, "Where the file is read, without a token."};
constexpr Field kDataChange = {"dataChange", kBoolean, kRequired,
                               "False: the commit moved rows and changed none."};
constexpr Field kDeletionVectorOfFile =
    Object("deletionVector", kOptional, kDeletionVectorShape, "Which rows are gone.");
constexpr Field kBaseRowId = Count("baseRowId", kOptional, "The id of the file's first row.");
constexpr Field kRowCommitVersion =
    Count("defaultRowCommitVersion", kOptional, "The version that wrote the file's rows.");

constexpr std::array kAddActionFields = {
    kPathOfFile,
    kPartitionValuesOfFile,
    kSizeOfFile,
    Field{"modificationTime", kInteger, kRequired,
          "When the file was written, in milliseconds since the epoch."},
    kDataChange,
    kStatsOfFile,
    kDeletionVectorOfFile,
    kBaseRowId,
    kRowCommitVersion,
    Field{"clusteringProvider", kString, kOptional, "Who clustered the file's rows."},
};
constexpr Shape kAddActionShape = {"AddAction", "A file whose rows are in the table.",
                                   kAddActionFields};

constexpr std::array kRemoveActionFields = {
    kPathOfFile,
    kDataChange,
    Field{"partitionValues", kPartitionValues, kOptional, "As of an added file."},
    Count("size", kOptional, "The file's size in bytes."),
    Count("deletionTimestamp", kOptional, "When it was removed."),
    Field{"extendedFileMetadata", kBoolean, kOptional,
          "Whether partition values and size are known."},
    kDeletionVectorOfFile,
    kBaseRowId,
    kRowCommitVersion,
};
constexpr Shape kRemoveActionShape = {"RemoveAction", "A file whose rows are gone.",
                                      kRemoveActionFields};

constexpr std::array kCdcActionFields = {
    kPathOfFile,
    kPartitionValuesOfFile,
    kSizeOfFile,
    kDataChange,
};
constexpr Shape kCdcActionShape = {"CdcAction", "A file of changed rows.", kCdcActionFields};

constexpr std::array kSingleActionFields = {
    Object("add", kOptional, kAddActionShape, "An added file."),
    Object("remove", kOptional, kRemoveActionShape, "A removed file."),
    Object("cdc", kOptional, kCdcActionShape, "A file of changed rows."),
};
constexpr Shape kSingleActionShape = {"DeltaSingleAction",
                                      "An action of the log, with a URL for its path.",
                                      kSingleActionFields, true};

constexpr std::array kDeltaFileFields = {
    kIdOfFile,
    Object("deltaSingleAction", kRequired, kSingleActionShape, "The action."),
    Field{"deletionVectorFileId", kString, kOptional,
          "The same for the same deletion vector's file in every answer."},
    Count("version", kOptional, "The version asked for, or that changed the file."),
    Count("timestamp", kOptional, "The time of that version in milliseconds since the epoch."),
    kExpiration,
    Count("size", kOptional, "The file's size in bytes."),
};
constexpr Shape kDeltaFileShape = {"DeltaFile", "A file of the table or of its changes.",
                                   kDeltaFileFields};

constexpr std::array kDeltaLineFields = {
    Object("protocol", kOptional, kDeltaProtocolShape,
           "The first line; where asked for also later ones."),
    Object("metaData", kOptional, kDeltaMetadataShape,
           "The second line; in answers with changes also later ones."),
    Object("file", kOptional, kDeltaFileShape, "A file."),
    Object("endStreamAction", kOptional, kEndStreamShape, "The last line, where there is one."),
    Object("queryStatus", kOptional, kQueryStatusShape, "The only line about such a query."),
};

constexpr std::array kErrorFields = {
    Field{"errorCode", kString, kRequired, "What kind of error it is, for programs."},
    Field{"message", kString, kRequired, "What is wrong, for people."},
};

}  // namespace

constexpr Shape kShareAnswerShape = {"ShareAnswer", "One share.", kShareAnswerFields};
constexpr Shape kSharesShape = {"Shares", "A page of shares.", kSharesFields};
constexpr Shape kSchemasShape = {"Schemas", "A page of schemas.", kSchemasFields};
constexpr Shape kTablesShape = {"Tables", "A page of tables.", kTablesFields};
constexpr Shape kCredentialsAnswerShape = {"CredentialsAnswer", "Credentials.",
                                           kCredentialsAnswerFields};
constexpr Shape kParquetLineShape = {"ParquetLine", "A line of an answer in the parquet format.",
                                     kParquetLineFields, true};
constexpr Shape kDeltaLineShape = {"DeltaLine", "A line of an answer in the delta format.",
                                   kDeltaLineFields, true};
constexpr Shape kErrorShape = {"Error", "Why a request was not answered.", kErrorFields};

const Field* FindField(const Shape& shape, std::string_view name) {
  const auto found = std::find_if(shape.fields.begin(), shape.fields.end(),
                                  [&](const Field& field) { return field.name == name; });
  return found == shape.fields.end() ? nullptr : &*found;
}

}  // namespace sluice::protocol
