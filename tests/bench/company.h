#ifndef TESTS_BENCH_COMPANY_H
#define TESTS_BENCH_COMPANY_H

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

/* Companies that are made from now on are encrypted at rest. */
void company_encrypt(void);

/* Makes the folders `dir`/hub, /rep1 and /rep2, their nodes enrolled. */
void company_make(const char *dir);

/* Opens the node `who` (hub, rep1, rep2). node_close() it. */
struct node *company_open(const char *dir, const char *who);

/*
 * Writes all records as the program does, `each` in a transaction (and a
 * change); `sealed`: each transaction's are sealed at once.
 */
void company_insert(struct node *node, const struct workload *work,
	uint32_t each, bool sealed);
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
	/* Of the whole process, once it was stopped. */
	double cpu_s;
	int64_t memory_max; /* bytes resident at most */
};

/* Starts it; ready when this returns. `records`: of the workload it knows. */
void other_start(struct other *other, const char *dir, const char *who,
	uint32_t records);
/* Has it write the updates of a node of U. */
void other_update(struct other *other, int which);
/* Ends it. */
void other_stop(struct other *other);

/* What such a process does: main() calls it. */
int other_main(const char *dir, const char *who, uint32_t records);

#endif
