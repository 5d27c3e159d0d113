#ifndef TESTS_REST_TRIAL_H
#define TESTS_REST_TRIAL_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/sim/disk.h"
#include "tests/sim/random.h"

/*
 * A small database on a simulated disk, and beside it, in memory, what has to
 * be in it: rows by number, each the growth of one number.
 */
enum { TRIAL_ROWS = 120, TRIAL_KEY_SIZE = 32 };

enum trial_mode {
	TRIAL_WAL, /* as client/store has it */
	TRIAL_DELETE,
	TRIAL_TRUNCATE,
	TRIAL_PERSIST,
	TRIAL_MODES,
};

struct trial_rows {
	uint32_t made;              /* the tables are there */
	uint32_t seeds[TRIAL_ROWS]; /* 0: no such row */
};

struct trial {
	enum trial_mode mode;
	bool plain; /* not encrypted: what is SQLite's own */
	struct disk *disk;
	struct random random;
	uint8_t key[TRIAL_KEY_SIZE];
	sqlite3 *db;
	struct trial_rows kept; /* what was acknowledged */
	/* A commit was asked for and not acknowledged: it may be there. */
	struct trial_rows asked;
	bool in_flight;
};

/* How a database comes out of a fault. */
enum trial_result {
	TRIAL_GOOD,
	TRIAL_UNOPENABLE,
	TRIAL_DAMAGED, /* integrity_check says so */
	TRIAL_LOST,    /* what was acknowledged is not there */
	TRIAL_RESULTS,
};

const char *trial_mode_name(enum trial_mode mode);
const char *trial_result_name(enum trial_result result);

/* A new empty disk for it; `seed` decides everything that it will do. */
void trial_init(struct trial *trial, enum trial_mode mode, uint64_t seed);
void trial_clear(struct trial *trial);

/* Opens and sets the mode; false when the disk, or memory, fails. */
bool trial_open(struct trial *trial);
void trial_close(struct trial *trial);

/* One thing that a program does: mostly a transaction. False as above. */
bool trial_step(struct trial *trial);

/*
 * Reads all of the open database, holds it against what has to be there, and
 * takes what is there for kept.
 */
enum trial_result trial_check(struct trial *trial);

#endif
