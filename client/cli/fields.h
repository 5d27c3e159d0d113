#ifndef CLIENT_CLI_FIELDS_H
#define CLIENT_CLI_FIELDS_H

#include <stdbool.h>

#include "client/cli/command.h"
#include "proto/schema.h"
#include "sync/alloc.h"
#include "sync/record.h"

/*
 * Flags that come from the schema (DESIGN 10): each field is one, with dashes
 * for underscores; a reference drops its `_id` (--account); a set takes
 * --phones V to add and --remove-phones V. The parts of an immutable record
 * are flags like fields.
 */

enum { FIELDS_FLAG_MAX = 80 };

/* A field flag: of a field, or of a part of an immutable record's body. */
struct field_flag {
	const struct schema_field *field;
	const struct schema_part *part; /* or NULL */
	bool remove;                    /* --remove-… of a set */
};

/* The record type whose fields the command takes; NULL for none. */
const struct schema_type *fields_type(const struct cli *cli);

/* Finds what --name stands for; false when it is no field flag of the type. */
bool fields_flag(const struct schema_type *type, const char *name,
	struct field_flag *flag);

/* A flag of the command that --name may have been meant for, or NULL. */
const char *fields_flag_near(const struct cli *cli, const char *name);

/* A field's flag, without the dashes, into `out`. */
void fields_flag_name(const char *field, enum schema_form form,
	char out[static FIELDS_FLAG_MAX]);

/* A field of the type as the value it takes stands: a part as a field. */
struct schema_field fields_flag_field(const struct field_flag *flag);

/*
 * The operations that the command's field flags ask for, --clear FIELD too;
 * everything in `arena`. References given by name are looked up. Immutable
 * types get one operation on `body`. `present` is the record that is to be
 * written, NULL for a new one: clearing a set removes what is in it. False:
 * cli->problem says which flag and why.
 */
bool fields_operations(struct cli *cli, const struct schema_type *type,
	const struct record *present, struct arena *arena,
	struct edit_operation **operations, size_t *count);

/* The field that a person names: its name, flag or a label. NULL: none. */
const struct schema_field *fields_named(
	const struct schema_type *type, const char *text);

#endif
