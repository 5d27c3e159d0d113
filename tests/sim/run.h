#ifndef TESTS_SIM_RUN_H
#define TESTS_SIM_RUN_H

#include "tests/sim/world.h"

/*
 * One run from its beginning to its end, and the command that plays it again.
 */
enum {
	RUN_STEPS = 2000, /* at least, when nobody says how many; and … */
	RUN_STEPS_MAX = 12000,
	RUN_OPERATIONS = 500, /* … until so much was done */
};

struct outcome {
	bool failed;
	char failure[512];
	const char *kind; /* of failure: its format, one for each check */
	uint64_t steps;   /* until the healing */
	int nodes;        /* the hostile one included */
	uint32_t faults;  /* of all, those that the seed chose */
	int64_t simulated_ms;
	int64_t memory; /* the most that one session held, in bytes */
	struct world_counts counts;
	struct initiative *taken; /* the caller's to free */
	size_t taken_count;
	uint8_t mark[8]; /* of everything that the run came to */
};

/* options->steps 0: as above. */
void run(const struct world_options *options, bool trace,
	struct outcome *outcome);
/* Its line on standard output. */
void run_print(
	const struct world_options *options, const struct outcome *outcome);
/* Says how it is played again when the program aborts; for SIGABRT. */
void run_on_abort(int number);
void run_print_replay(const struct world_options *options);
/* Frees what the replay was written to. */
void run_forget(void);

#endif
