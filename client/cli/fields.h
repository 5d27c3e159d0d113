#ifndef CLIENT_CLI_FIELDS_H
#define CLIENT_CLI_FIELDS_H

#include <stdbool.h>

#include "client/cli/command.h"

/*
 * Flags that come from the schema (DESIGN 10): each field is one, with dashes
 * for underscores; a reference drops its `_id` (--account); a set takes
 * --phones V to add and --remove-phones V. The parts of an immutable record
 * are flags like fields.
 */

/* Whether --name is a field flag of the noun's type (or --remove-…). */
bool fields_flag_known(const char *noun, const char *name);

/* A flag of the command that --name may have been meant for, or NULL. */
const char *fields_flag_near(const struct cli *cli, const char *name);

/* A field's flag, without the dashes, into `out`. */
enum { FIELDS_FLAG_MAX = 80 };
void fields_flag_name(const char *field, enum schema_form form,
	char out[static FIELDS_FLAG_MAX]);

/*
 * The operations that the command's field flags ask for, values in `arena`;
 * references given by name are looked up. Immutable types get one operation
 * on `body`. False: cli->problem says which flag and why.
 */
struct arena;
bool fields_operations(struct cli *cli, const struct schema_type *type,
	struct arena *arena, struct edit_operation **operations, size_t *count);

/* The field that a person names: its name, flag or a label. NULL: none. */
const struct schema_field *fields_named(
	const struct schema_type *type, const char *text);

#endif
