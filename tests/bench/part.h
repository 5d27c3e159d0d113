#ifndef TESTS_BENCH_PART_H
#define TESTS_BENCH_PART_H

#include <stddef.h>
#include <stdint.h>

#include "client/node/peers.h"
#include "tests/bench/workload.h"

/*
 * A part of the benchmark: work that several rows come from. Each adds its
 * samples (sample.h) under the names of rows.json.
 */

enum {
	PART_EACH = 1000, /* records of most transactions */
	PART_ONES = 2000, /* records of one-record transactions */
};

struct bench {
	struct workload *work; /* W */
	struct workload *ones; /* other records, of one-record transactions */
	char *dir;             /* of this run */
	bool encrypted;        /* companies are, that are made now */
	/* Of raw SQLite, in this run: seconds, and bytes. */
	double raw_insert; /* W, PART_EACH a transaction */
	double raw_once;   /* W, in one */
	double raw_ones;
	double raw_updates; /* both nodes' updates, one after the other */
	double raw_file;
};

/* Before all others: what they are held against. */
void part_raw(struct bench *bench);

/* Written and synced while it waits to be sealed; then one change more. */
void part_pending(struct bench *bench);
/* Sealed as it goes, synced, rebuilt; updates of two nodes, exchanged. */
void part_sealed(struct bench *bench);
/* One record a transaction. */
void part_ones(struct bench *bench);
/* What the processes of a push and of a pull need. */
void part_memory(struct bench *bench);
/* A sync that has nothing to do, in a company of many territories. */
void part_quiet(struct bench *bench);
/* A push over a slow line. */
void part_slow(struct bench *bench);
/* SQLite's session extension. */
void part_session(struct bench *bench);

/* The sample of a row, of the company as it is now. */
void part_add(const struct bench *bench, const char *row, double value);
/* A company in its own folder under the run's: free() it. */
char *part_company(
	const struct bench *bench, const char *name, uint32_t places);
/* Removes that folder and all that is in it. */
void part_remove(const char *dir);
double part_file_size(const char *dir, const char *name);
/* Seconds of a sync; ends the program unless both hold the same then. */
double part_sync(
	struct node *node, const char *url, struct peer_result *result);

#endif
