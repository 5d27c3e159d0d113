#ifndef CLIENT_NODE_VIEW_H
#define CLIENT_NODE_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/node/instant.h"
#include "client/node/node.h"
#include "client/store/query.h"

/*
 * Records as people and programs see them: by their names and the schema's,
 * with what is shown of each field (MERGE R5).
 */

struct found_record {
	const struct schema_type *type;
	uint8_t id[RECORD_ID_MAX];
	size_t id_size;
	uint32_t territory; /* number */
};

/*
 * Loads a record, its registers sorted. False when it is not there, or when
 * the disk refuses. record_clear() in any case.
 */
MUST_USE bool node_load(struct node *node, const struct found_record *found,
	struct record *record, struct shown *shown);
/* The opened territory with that number; NULL when there is none. */
struct territory *node_territory_numbered(struct node *node, uint32_t number);

/*
 * A record as JSON, names and values of the schema: {"id":…, "legal_name":…}.
 * Empty fields are left out; `territory` (path) is in it, `archived` and
 * `moved` when true, `conflicts` (names of fields) when there are some. NULL
 * when it cannot be loaded.
 */
json_t *node_record_json(struct node *node, const struct found_record *found);
/* The same of a row of a list, without loading it again. */
json_t *node_row_json(struct node *node, const struct query_row *row);

/* What a put or once field shows; no bytes when it shows nothing. */
struct pack_view view_value(
	const struct record *record, const struct schema_field *field);
/* A part of the body that an immutable record shows; no bytes: not there. */
struct pack_view view_part(const struct record *record,
	const struct schema_field *body, const struct schema_part *part);
/* Whether the value is nil, or no bytes at all: it clears a field. */
bool view_is_empty(struct pack_view value);

/* An id as text; an alias's two with a bar between. */
enum { VIEW_ID_SIZE = 2 * ID_TEXT_SIZE };
void view_id(const uint8_t *id, size_t id_size, char out[static VIEW_ID_SIZE]);
/* Whether a person means this id: a beginning or an end, four digits or more.
 */
bool view_id_means(const uint8_t *id, const char *text);
/* The six digits that lists show. */
enum { VIEW_SHORT_SIZE = 7 };
void view_short_id(
	const uint8_t *id, size_t id_size, char out[static VIEW_SHORT_SIZE]);

/*
 * What people call a record, cut to the room: its title, else the end of its
 * id. Users go by their name or login, territories by their path.
 */
enum { VIEW_TITLE_SIZE = 256 };
void node_title(struct node *node, const struct schema_type *type,
	const uint8_t *id, size_t id_size, char out[static VIEW_TITLE_SIZE]);

/*
 * A value as a person reads it: labels in their language, references by
 * title. Cut at whole characters when the room is short.
 */
void node_value_text(struct node *node, const struct schema_field *field,
	struct pack_view value, char *out, size_t room);
/* The same for all that a field shows; a set's elements with commas. */
void node_field_text(struct node *node, const struct record *record,
	const struct schema_field *field, char *out, size_t room);

/* Who wrote a log: a login, "hub", or "?" while that is not known. */
const char *node_log_user(struct node *node, const uint8_t *log);
/* The id of its device. */
void node_log_device(const uint8_t *log, char out[static ID_TEXT_SIZE]);

/* A moment in the reader's zone, to the minute: "2026-11-20 09:30". */
enum { VIEW_LOCAL_TIME_SIZE = INSTANT_TEXT_SIZE };
void view_local_time(int64_t utc_ms, char out[static VIEW_LOCAL_TIME_SIZE]);

/* A field's name; the number of one that this schema does not know ("#61"). */
enum { VIEW_FIELD_SIZE = 64 };
void view_field_name(const struct schema_type *type, uint32_t number,
	char out[static VIEW_FIELD_SIZE]);

#endif
