#ifndef CLIENT_STORE_TEXTS_H
#define CLIENT_STORE_TEXTS_H

#include "client/store/query.h"
#include "client/store/store_inside.h"

/* What of a record search looks at. */

/* Business records that people write. */
bool texts_searched(const struct schema_type *type);

struct text_shown {
	const struct schema_field *field;
	const struct schema_part *part; /* or NULL */
	struct pack_view text;          /* UTF-8 */
	bool title; /* of the fields that people know the record by */
};

typedef bool text_cb(void *self, const struct text_shown *shown);

/*
 * Each text that the record shows, by field: scalars, parts, elements of sets;
 * texts, prose and dates, no codes. A callback that returns false ends it.
 */
void texts_each(const struct schema_type *type, const struct record *record,
	text_cb *found, void *self);

#endif
