#ifndef TESTS_BENCH_WORKLOAD_H
#define TESTS_BENCH_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/change.h"
#include "proto/schema.h"

/*
 * Workload W: accounts, contacts and visits as 5 : 15 : 80, with UUIDv7 ids,
 * about 430 bytes of values a record and notes of about 200 characters of
 * mixed Chinese and English. And updates U: for each of two nodes, one field
 * each of a fifth of the records, a tenth of those the same field on both.
 * Generated, the same at every run and on every machine.
 */
enum work_table { WORK_ACCOUNT, WORK_CONTACT, WORK_VISIT, WORK_TABLES };

enum {
	WORK_COLUMNS = 7,        /* of each table, its id apart */
	WORK_ACCOUNT_TYPE = 240, /* record types in work_schema() */
	WORK_FIELD = 8,          /* of column 0; 4 apart: anybody may write */
	WORK_NODES = 2,
};

/* What stands in a column. */
enum work_form { WORK_TEXT, WORK_NUMBER, WORK_REFERENCE };

struct work_column {
	const char *name;
	enum work_form form;
	bool indexed; /* by both sides */
};

extern const char *const work_names[WORK_TABLES];
extern const struct work_column work_columns[WORK_TABLES][WORK_COLUMNS];

/* A text or an id: bytes; a number: `number`. */
struct work_value {
	const char *bytes;
	uint32_t size;
	int64_t number;
};

struct work_record {
	enum work_table table;
	uint8_t id[ID_BYTES];
	struct work_value values[WORK_COLUMNS];
};

struct work_update {
	uint32_t record;
	uint32_t column;
	struct work_value value;
};

struct workload {
	struct work_record *records; /* by time of their ids */
	uint32_t count;
	struct work_update *updates[WORK_NODES]; /* in random order */
	uint32_t update_count;                   /* of each */
	struct work_chunk *chunks;               /* where the bytes lie */
};

/*
 * `count` records, 100 at least; W is that of seed 0. Never NULL;
 * workload_free().
 */
struct workload *workload_new(uint32_t count, uint32_t seed);
void workload_free(struct workload *workload);

/* The three tables beside the directory's types: what a node is handed. */
const struct schema *work_schema(void);

#endif
