#ifndef CLIENT_METHOD_READ_ROW_H
#define CLIENT_METHOD_READ_ROW_H

#include "client/method/dossier.h"
#include "client/node/node.h"
#include "client/store/query.h"

/*
 * What a row shows, by the name of a field or of a part of an immutable
 * record's body. For read.c only. What a peer sent in another form than the
 * schema's counts as nothing.
 */
struct read_row {
	struct node *node;
	struct arena *arena;
	const struct query_row *row;
};

/* Copied into the arena; "" when it shows nothing. */
const char *read_text(const struct read_row *r, const char *name);
int32_t read_day(const struct read_row *r, const char *name);
/* A TIME's day where its writer was. */
int32_t read_time_day(const struct read_row *r, const char *name);
int64_t read_integer(const struct read_row *r, const char *name); /* else 0 */
bool read_true(const struct read_row *r, const char *name);
bool read_any(const struct read_row *r, const char *name); /* shows anything */
/* A reference's id; zero when there is none. */
void read_id(const struct read_row *r, const char *name,
	uint8_t id[static ID_BYTES]);
/* The references of a set, ascending; *count may be 0. */
const uint8_t (*read_ids(
	const struct read_row *r, const char *name, size_t *count))[ID_BYTES];

/*
 * Whether the field (or, of a set, any element) is there, since when and by
 * whom. Parts of a body are asked for by the name of the body.
 */
struct completeness_fact read_known(const struct read_row *r, const char *name);

#endif
