#ifndef CLIENT_EXCHANGE_VALUE_SCALAR_H
#define CLIENT_EXCHANGE_VALUE_SCALAR_H

#include "client/exchange/value_text.h"

/*
 * What the text and the JSON of values are built of: scalars, and tuples of
 * them. For value_text.c and value_json.c only.
 */

/* Text that somebody else keeps alive. */
struct text {
	const char *at; /* NULL: not there */
	size_t size;
};

/* Where text goes: counts all of it and keeps what there is room for. */
struct sink {
	char *out;
	size_t room;
	size_t size;
	bool escape; /* write \, and \\ for a comma and a backslash */
};

void sink_put(struct sink *sink, const char *text, size_t size);
/* Ends with NUL, after a whole character. Returns the size wanted. */
size_t sink_end(struct sink *sink);

/* Fills in *problem; false, for the caller to return. */
bool value_refuse(
	struct value_problem *problem, const char *en, const char *zh);

struct text text_trimmed(struct text text);

/* Any form without parts. `digits` are those of an amount. */
MUST_USE bool scalar_read(const struct schema_field *field, struct text text,
	int digits, struct pack *pack, struct value_problem *problem);
bool scalar_fits(const struct schema_field *field, struct pack_view value);
/* The value fits. */
void scalar_write(const struct schema_field *field, struct pack_view value,
	int digits, char labels, struct sink *sink);

/* The code that a text means: itself or a label, whatever the case; or NULL. */
const struct schema_code *value_code_meant(
	const struct schema_codes *codes, struct text text);

/* The text of a packed text. */
struct text value_text_of(struct pack_view value);

/* Writes a tuple out of the texts of its parts. An amount may name a currency.
 */
MUST_USE bool tuple_pack(const struct schema_part *parts, size_t count,
	const struct text given[static SCHEMA_PART_MAX], struct pack *pack,
	struct value_problem *problem);

/*
 * Finds the parts of a tuple; bytes is NULL where one is not there. False if
 * the tuple does not fit. *digits are those of its currency, if it has one.
 */
MUST_USE bool tuple_unpack(const struct schema_field *field,
	struct pack_view value, struct pack_view parts[static SCHEMA_PART_MAX],
	int *digits);

/* A time as it was typed, and back. */
MUST_USE bool time_pack(struct text text, value_zone *zone, void *zone_self,
	struct pack *pack, struct value_problem *problem);
/* `parts` as tuple_unpack found them. */
void time_write(const struct pack_view parts[static SCHEMA_PART_MAX],
	struct sink *sink);

#endif
