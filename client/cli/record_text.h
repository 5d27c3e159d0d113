#ifndef CLIENT_CLI_RECORD_TEXT_H
#define CLIENT_CLI_RECORD_TEXT_H

#include "client/cli/command.h"
#include "client/cli/output.h"
#include "client/node/list.h"

/*
 * Records as text. Which columns a list shows and what stands below a record
 * is data, one line a type.
 */

/* The order in which lists of a type come. */
enum query_order record_text_order(const struct schema_type *type);

/* A table with a heading; its rows begin with the last six digits of ids. */
struct table *record_text_table(const struct schema_type *type);
void record_text_row(
	struct cli *cli, struct table *table, const struct query_row *row);

/*
 * All of one record, labelled, conflicts marked; then what belongs to it: an
 * account's contacts and last visits, a visit's notes. False with
 * cli->problem when it cannot be loaded.
 */
bool record_text_show(struct cli *cli, const struct found_record *found);

/* The record as a message names it: "account 临溪鑫澜 (…a1b2c3)". */
enum { RECORD_NAME_SIZE = VIEW_TITLE_SIZE + 128 };
void record_text_name(struct cli *cli, const struct found_record *found,
	char out[static RECORD_NAME_SIZE]);

/*
 * A value of `json` (a record's, an entry of the inbox or of a history) as a
 * person reads it: labels, titles of records, times in the reader's zone.
 */
void record_text_json(struct cli *cli, const struct schema_field *field,
	const json_t *json, char *out, size_t room);
/* The label of the field that `json` names by "type" and "field". */
const char *record_text_field(const struct cli *cli, const json_t *json);
/* What an operation (operation_json()) writes: "路上 简称: 昇梯", in a line. */
void record_text_operation(
	const struct cli *cli, const json_t *operation, char *out, size_t room);
/* Line breaks and tabs as blanks, for a cell of a table. */
void record_text_one_line(char *text);
/* An RFC 3339 time as "2026-11-20 09:30" in the reader's zone. */
enum { RECORD_TIME_SIZE = VIEW_LOCAL_TIME_SIZE };
void record_text_time(const char *time, char out[static RECORD_TIME_SIZE]);

#endif
