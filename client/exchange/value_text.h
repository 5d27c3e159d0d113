#ifndef CLIENT_EXCHANGE_VALUE_TEXT_H
#define CLIENT_EXCHANGE_VALUE_TEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/pack.h"
#include "proto/schema.h"

/*
 * Values as people and programs write and read them: one field's value (or
 * one element of a set) between its canonical bytes (proto/pack.h), a line of
 * text (flags, CSV cells, tables) and JSON.
 *
 *   form    text                          JSON
 *   BOOL    yes|no|true|false|1|0|是|否   true
 *   INT     -12                           -12
 *   TEXT    as typed                      "…"
 *   PROSE   as typed                      "…"
 *   DATE    2026-11-20                    "2026-11-20"
 *   CODE    the code or a label           "code"
 *   OPEN    any text; a known label       "code or text"
 *           becomes its code
 *   REF     a UUID                        "uuid"
 *   BYTES   hex                           "hex"
 *   TIME    2026-11-20T09:30:00+08:00, or "2026-11-20T09:30:00+08:00"
 *           2026-11-20 09:30 local
 *   MONEY   5000.00 CNY (no currency:     {"amount":"5000.00",
 *           CNY)                           "currency":"CNY"}
 *   TUPLE   FIRST,part=value,…: the first {"part":…, …}
 *           part needs no name; a comma
 *           or backslash in it is written
 *           \, and \\; money parts as amount,currency=CNY
 *
 * Amounts are minor units inside; ISO 4217 says how many digits (2, but 0
 * for JPY, KRW, VND … and 3 for KWD, BHD …).
 */

/*
 * What was wrong with a value, for a message in either language: a phrase
 * that follows the field's name and a colon.
 */
struct value_problem {
	const char *what_en; /* static */
	const char *what_zh;
	const struct schema_codes *codes; /* a closed list: what it has */
	const struct schema_part *part;   /* the part of a tuple, or NULL */
};

/* The longest text that is read: tuples have signs escaped. */
enum { VALUE_TEXT_MAX = 2 * SCHEMA_VALUE_MAX };

/* Minutes east of UTC at that moment; given in so that nothing reads TZ. */
typedef int value_zone(void *self, int64_t utc_ms);

/*
 * Each writes the canonical bytes of the value to `pack`, or returns false
 * with *problem filled in and `pack` as it was. The text is UTF-8 of `size`
 * bytes. `zone` gives the offset for times typed without one; where it is
 * NULL such times are refused.
 *
 * Text is kept as typed, blanks and all; around anything else blanks are
 * passed over. Empty text is no value: to clear a field is the caller's.
 */
MUST_USE bool value_from_text(const struct schema_field *field,
	const char *text, size_t size, value_zone *zone, void *zone_self,
	struct pack *pack, struct value_problem *problem);
MUST_USE bool value_from_json(const struct schema_field *field,
	const json_t *json, value_zone *zone, void *zone_self,
	struct pack *pack, struct value_problem *problem);

/*
 * A new JSON value, NULL when memory is out. A value that does not have the
 * field's form (a peer may send anything) comes as the JSON nearest to its
 * msgpack: bytes as hex. `field` may be NULL for an unknown field.
 */
json_t *value_to_json(const struct schema_field *field, struct pack_view value);

/*
 * Text into `out` (NUL-terminated, cut at whole characters if `room` is
 * short), with labels instead of codes when `labels` is not 0 ('e' English,
 * 'z' Chinese). Round trip: what value_from_text wrote reads back equal from
 * this, whatever the labels. A value without the field's form comes as text if
 * it is one, else as its JSON. Returns the size that it wanted, without the
 * NUL.
 */
size_t value_to_text(const struct schema_field *field, struct pack_view value,
	char labels, char *out, size_t room);

/*
 * Whether the value has the form that the schema gives the field. So have
 * codes, currencies and parts that this schema does not know: a newer peer may
 * (codes come out raw, parts in JSON under their numbers).
 */
bool value_fits(const struct schema_field *field, struct pack_view value);

/* The field that stands for a part, so that parts pass through the above. */
struct schema_field value_part_field(const struct schema_part *part);

#endif
