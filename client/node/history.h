#ifndef CLIENT_NODE_HISTORY_H
#define CLIENT_NODE_HISTORY_H

#include "client/node/view.h"

/* All that was ever written to a record, in memory, oldest first. */

struct history_item {
	struct dot dot;
	int64_t at; /* the author's clock, with the zone's offset */
	int32_t offset;
	int64_t time; /* that merging goes by */
	uint32_t field;
	enum operation_kind kind;
	struct pack_view value;
	bool live;
	bool counted;
	struct knowledge knew;
	const uint8_t *log;        /* LOG_BYTES: of the dot */
	const uint8_t *origin_log; /* carried over from there, or NULL */
	int64_t origin_seq;
	const uint8_t *ordered_by; /* ID_BYTES, or NULL */
};

struct history {
	struct arena arena;
	struct history_item *items;
	size_t count;
	size_t room;
};

/* A zeroed one is empty. False when the disk refuses; clear in any case. */
MUST_USE bool history_load(struct history *history, struct territory *territory,
	uint32_t type, const uint8_t *id, size_t id_size);
void history_clear(struct history *history);

/* What a change wrote to a field; NULL when it is not known here. */
const struct history_item *history_find(const struct history *history,
	struct dot dot, uint32_t field, enum schema_kind kind);

/*
 * What the author of a write to a put or once field saw there before: of the
 * versions that the write covered, the one that was shown. False when none.
 */
bool history_base(const struct history *history,
	const struct history_item *item, const struct schema *schema,
	uint32_t type, const struct merge_logs *logs, struct pack_view *base);

/* What JSON calls an operation: set, add, remove, once. */
const char *history_kind(enum operation_kind kind);

/* The log whose device wrote it first, carried over or not. */
const uint8_t *history_author(const struct history_item *item);

/*
 * Adds who wrote it and when: "user", "device", "time".
 */
void history_add_author(
	struct node *node, json_t *json, const struct history_item *item);

/*
 * [{"time":…,"user":…,"device":…,"field":…,"kind":"set|add|remove|once",
 * "value":…,"live":…}…], oldest first; "counted": false where it does not
 * count; "origin" and "ordered_by" where there is one. NULL: the disk refuses.
 */
json_t *node_history_json(struct node *node, const struct found_record *found);

#endif
