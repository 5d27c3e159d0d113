#ifndef CLIENT_STORE_QUERY_H
#define CLIENT_STORE_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/pack.h"
#include "proto/schema.h"
#include "proto/status.h"
#include "sync/merge.h"
#include "sync/record.h"
#include "sync/store.h"

/*
 * Reading for lists, forms and scripts, over several territories at once.
 * Everything is made from the schema; one query is one SQL statement, sets and
 * odd values included, since a row has them all.
 *
 * Each ends in STATUS_OK, STATUS_ABSENT (the schema has no such type) or
 * STATUS_FAILED. A callback that returns false ends the query early, with
 * STATUS_OK. It may ask the store other things, but not write. What it is
 * given is good during the call.
 */

/* The store's numbers of territories; numbers == NULL means all. */
struct query_territories {
	const uint32_t *numbers;
	size_t count;
};

/* A field, or a part of an immutable record's body, that has this value. */
struct query_filter {
	const struct schema_field *field;
	const struct schema_part *part; /* of that field, or NULL */
	struct pack_view value;         /* canonical; nil: nothing shown */
};

enum query_order { QUERY_NEWEST, QUERY_TITLE, QUERY_OLDEST };

struct query_options {
	uint32_t type;
	struct query_territories territories;
	const struct query_filter *filters; /* all must hold; of a set: has */
	size_t filter_count;
	const uint8_t *id; /* this one alone, or NULL */
	size_t id_size;
	bool archived; /* these too */
	bool moved;    /* these too */
	enum query_order order;
	size_t limit; /* 0: none */
	size_t offset;
};

struct query_row {
	const struct schema_type *type;
	uint32_t territory;
	const uint8_t *id;
	size_t id_size;
	bool archived; /* as shown */
	bool moved;
	bool joined;
	bool conflicts;              /* it has entries in the inbox */
	const struct record *record; /* all its registers, siblings and all */
};

typedef bool query_row_cb(void *self, const struct query_row *row);

MUST_USE enum status query_rows(struct store *store,
	const struct query_options *options, query_row_cb *found, void *self);
/* How many rows query_rows() would give without limit and offset. */
MUST_USE enum status query_count(struct store *store,
	const struct query_options *options, uint64_t *count);

/*
 * Some fields of very many records, out of their columns alone: no record is
 * made, and with an index for it (schema_sql.c) no row is read. A value that
 * has no column of its own, since a peer sent it in another form, shows as
 * nothing. Archived and moved records are left out.
 */
struct query_cells {
	uint32_t type;
	struct query_territories territories;
	const char *const *fields; /* of one column each, by their names */
	size_t field_count;
	/*
	 * By the first so many of them, the greatest first, and then by id
	 * likewise; 0: in any order. The first is a reference then, and a row
	 * that has none is left out.
	 */
	size_t ordered;
};

/* A row of them; its fields are read as they are asked for. */
struct query_cell_row {
	uint32_t territory;
	struct pack_view id;
	void *inside;
};

/* Text, day, code or id of the field with this place in the query; no bytes:
 * it shows nothing. */
struct pack_view query_cell(const struct query_cell_row *row, size_t field);
/* A number; 0: it shows nothing. */
int64_t query_cell_integer(const struct query_cell_row *row, size_t field);

/*
 * What is wanted next: nothing, the row after it, or, in an ordered query, the
 * first row that has another value in its first field.
 */
enum query_next { QUERY_ENOUGH, QUERY_ROW, QUERY_OTHER };

typedef enum query_next query_cells_cb(
	void *self, const struct query_cell_row *row);

MUST_USE enum status query_cells(struct store *store,
	const struct query_cells *query, query_cells_cb *found, void *self);

/*
 * The shown value, canonical; false when nothing is shown (never written, or
 * cleared). Of a mark its shown state. Not for sets.
 */
bool query_row_value(const struct query_row *row,
	const struct schema_field *field, struct pack_view *value);
/* A part of a tuple that is shown. */
bool query_row_part(const struct query_row *row,
	const struct schema_field *field, const struct schema_part *part,
	struct pack_view *value);
/* Each element of a set, ascending by its bytes. */
typedef void query_element_cb(void *self, struct pack_view element);
void query_row_elements(const struct query_row *row,
	const struct schema_field *field, query_element_cb *found, void *self);

/*
 * The records that a person means by what was typed: a whole UUID; else those
 * whose id begins or ends with it (four hex digits or more, dashes do not
 * count) and those with exactly that title, or title_else; else those whose
 * title differs in the case of ASCII letters only. Archived ones too, and one
 * that moved only when it is not here in its new territory as well.
 */
MUST_USE enum status query_find(struct store *store, uint32_t type,
	struct query_territories territories, const char *text,
	query_row_cb *found, void *self);

/*
 * Those that have the text, folded (fold.h), anywhere in a title, within its
 * first TITLE_CHARS_MAX characters; archived ones too.
 */
MUST_USE enum status query_find_part(struct store *store, uint32_t type,
	struct query_territories territories, const char *text,
	query_row_cb *found, void *self);

/* An entry of the inbox. */
struct query_conflict {
	uint8_t id[CONFLICT_ID_BYTES];
	enum conflict_why why;
	bool undecided;
	uint32_t territory;
	uint32_t type;
	const uint8_t *record;
	size_t record_size;
	uint32_t field;
};

typedef bool query_conflict_cb(
	void *self, const struct query_conflict *conflict);

/*
 * The inbox, ascending by (territory, type, record, field); only the entry
 * `id` (CONFLICT_ID_BYTES) unless that is NULL.
 */
MUST_USE enum status query_conflicts(struct store *store,
	struct query_territories territories, const uint8_t *id,
	query_conflict_cb *found, void *self);

enum { QUERY_EXCERPT_MAX = 160 };

/* A record in which every word was found, and where the first one stands. */
struct query_hit {
	const struct schema_type *type;
	uint32_t territory;
	const uint8_t *id;
	size_t id_size;
	const struct schema_field *field;
	const struct schema_part *part; /* or NULL */
	const char *excerpt; /* some of the text around it; whole characters */
	const struct query_row *row;
};

typedef bool query_hit_cb(void *self, const struct query_hit *hit);

/*
 * Records of business types that have every word of `text` (parted by blanks;
 * at most WORDS_MAX) somewhere in their texts, as words.h finds them. First
 * those whose title is the text, then those whose title begins with it, has
 * all its words, and the others; each by type, newest first. What is not
 * indexed is scanned (search_index.h), so the answer never depends on how far
 * the index is. Codes are not searched. limit 0: none.
 */
MUST_USE enum status query_search(struct store *store, const char *text,
	struct query_territories territories, size_t limit, query_hit_cb *found,
	void *self);

#endif
