#ifndef TESTS_BENCH_COMPANY_H
#define TESTS_BENCH_COMPANY_H

#include <stdbool.h>
#include <stdint.h>

#include "client/node/node.h"
#include "client/node/peers.h"
#include "tests/bench/workload.h"

/*
 * A company of real nodes in a folder: its hub (`hub`) and two reps of one
 * territory (`rep1`, `rep2`), each with work_schema(). The nodes beside the one
 * that is measured run in a process of their own, reached over loopback.
 */
enum { COMPANY_PATH = 256 };

/* Whether companies that are made from now on are encrypted at rest. */
void company_encrypt(bool encrypted);

/*
 * Makes the folders `dir`/hub, /rep1 and /rep2, their nodes enrolled. With
 * more than one place there are so many territories, all of them the reps'.
 */
void company_make(const char *dir, uint32_t places);

/* Opens the node `who` (hub, rep1, rep2). node_close() it. */
struct node *company_open(const char *dir, const char *who);

/*
 * Writes all records as the program does, `each` in a transaction (and a
 * change); `sealed`: each transaction's are sealed at once.
 */
void company_insert(struct node *node, const struct workload *work,
	uint32_t each, bool sealed);
/* The same, spread over so many places. */
void company_insert_spread(struct node *node, const struct workload *work,
	uint32_t each, uint32_t places);
/* Writes all updates of a node of U, `each` in a transaction. */
void company_update(struct node *node, const struct workload *work, int which,
	uint32_t each);

/* Syncs with the address; what came of it. */
void company_sync(struct node *node, const char *url, struct peer_result *out);

/* A node that runs in another process and listens. */
struct other {
	int pid;
	int in, out; /* its standard input and output, for us */
	char url[LINK_URL_MAX];
	/* Bytes resident at most, once it was stopped. */
	int64_t memory_max;
};

/* Starts it; ready when this returns. `records`: of the workload it knows. */
void other_start(struct other *other, const char *dir, const char *who,
	uint32_t records);
/* Has it write the updates of a node of U. */
void other_update(struct other *other, int which);
/* Has it sync with the address. */
void other_sync(struct other *other, const char *url);
/* Seconds of CPU that it has used until now. */
double other_cpu(const struct other *other);
/* Ends it. */
void other_stop(struct other *other);

/* What such a process does: main() calls it. */
int other_main(const char *dir, const char *who, uint32_t records);

#endif
