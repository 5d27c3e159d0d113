#ifndef TESTS_SIM_ORACLE_PARTS_H
#define TESTS_SIM_ORACLE_PARTS_H

#include "tests/sim/oracle.h"

/*
 * What the oracle's three files share: oracle.c holds what was handed in and
 * says which changes are applied (step 1), oracle_writes.c which of their
 * operations are live (steps 2 to 4), oracle_show.c what of that is shown
 * (steps 5 and 6).
 */

struct piece;

struct log {
	struct oracle_log is; /* `applied` is worked out by each view */
	struct oracle_change **changes; /* ascending by seq */
	size_t change_count;
	size_t change_room;
};

/* An operation of an applied change. */
struct write {
	const struct log *log;
	const struct oracle_change *change;
	const struct operation *operation;
	enum schema_kind kind; /* of its register */
	size_t position;       /* among all writes, as they were applied */
	bool counts;           /* R11, R16 */
	bool superseded;       /* R4 */
};

struct oracle {
	const struct schema *schema;
	struct piece *given;
	struct piece *derived; /* of the last view */
	struct log *logs;      /* ascending by id */
	size_t log_count;
	struct write *writes; /* by register, then as they were applied */
	size_t write_count;
	struct oracle_view view;
};

/* Zeroed memory until all of `pieces` is dropped. */
void *oracle_take(struct piece **pieces, size_t size);
/* The log, or NULL. */
struct log *oracle_find_log(const struct oracle *oracle, const uint8_t *id);

/* -1, 0, 1. Bytes compare as memcmp, then by size (R6). */
int oracle_compare_numbers(int64_t a, int64_t b);
int oracle_compare_bytes(
	const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size);
int oracle_compare_views(struct pack_view a, struct pack_view b);
int oracle_compare_registers(const struct write *a, const struct write *b);
/* By register, then as they were applied; for qsort. */
int oracle_compare_writes(const void *a, const void *b);

/* R4, R7: whether the author of `change` knew change `seq` of `log`. */
bool oracle_covers(
	const struct oracle_change *change, const uint8_t *log, int64_t seq);
bool oracle_write_covers(const struct write *by, const struct write *of);
/* Says of a register's writes which count and which are superseded. */
void oracle_judge(struct write *writes, size_t count);
bool oracle_is_live(const struct write *write);

/* The register of these writes, one of which is live: its versions in order. */
void oracle_show_register(struct oracle *oracle, struct oracle_register *reg,
	const struct write *writes, size_t count);
/* Its marks and its part of the inbox, once all records have registers. */
void oracle_show_record(struct oracle *oracle, struct oracle_record *record);

#endif
