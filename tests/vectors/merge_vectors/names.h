#ifndef TESTS_VECTORS_MERGE_VECTORS_NAMES_H
#define TESTS_VECTORS_MERGE_VECTORS_NAMES_H

#include <jansson.h>
#include <stdbool.h>

#include "proto/change.h"
#include "proto/schema.h"
#include "sync/alloc.h"

/*
 * A case speaks in names and JSON, the program in ids, numbers and msgpack.
 * Ids are the names, padded with zeros, so that they are ordered alike. Types
 * that a case's schema does not have are given numbers, too: the program then
 * meets unknown types. What cannot be said in the program's form is reported
 * through `problem`, and the case fails.
 */
struct names {
	struct arena arena;
	json_t *types; /* name -> number, of every type that a case mentions */
	struct schema schema;
	const char *problem; /* the first; NULL while all is well */
};

/* `schema` is the case's; `item` its changes and entries of `author`. */
void names_init(struct names *names, json_t *schema, json_t *test);
void names_clear(struct names *names);

const char *names_type(const struct names *names, uint32_t number);
uint32_t names_type_number(const struct names *names, const char *name);
/* A declared field's name, a mark's, or #number; in the arena. */
const char *names_field(struct names *names, uint32_t type, uint32_t field);

/* Writes LOG_BYTES. */
void names_log(struct names *names, const char *name, uint8_t *log);
/* "A2" for log A; in the arena. */
const char *names_dot(struct names *names, const uint8_t *log, int64_t seq);
const char *names_log_name(struct names *names, const uint8_t *log);
/* "account/a1"; in the arena. */
const char *names_record(struct names *names, uint32_t type, const uint8_t *id);

/*
 * {op, type, id, field, value} as an operation whose time is `at` unless the
 * object has its own. Its parts lie in the arena.
 */
struct operation names_operation(
	struct names *names, const json_t *object, int64_t at);

/* A value as JSON; a new reference. */
json_t *names_value(struct pack_view value);

/* Sorted keys, no spaces: what elements are sorted by. The caller's to free. */
char *names_canonical(const json_t *value);

#endif
