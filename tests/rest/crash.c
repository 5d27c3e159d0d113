#include <inttypes.h>
#include <stdio.h>

#include "tests/rest/trials.h"
#include "tests/rest/wrong.h"

enum {
	CALLS_MAX = 500,   /* to the next fault */
	DISK_POINTS = 150, /* then all over, so that the beginning is tried */
	TOLD = 3,
};

/* Works on until the disk is dead. */
static void
work(struct trial *trial)
{
	uint32_t calls = random_once_in(&trial->random, 4)
		? 1 + random_below(&trial->random, 40)
		: 1 + random_below(&trial->random, CALLS_MAX);

	disk_die(trial->disk, calls);
	while (!disk_dead(trial->disk))
		if (!trial_step(trial) && !disk_dead(trial->disk))
			return; /* trial_check() will say */
}

/*
 * When the program alone dies, the system writes out what it had; only then
 * comes the next fault. A power cut before it would find what SQLite has read
 * from the cache and never synced: plain SQLite loses by that, too.
 */
static void
crash(struct trial *trial)
{
	if (random_once_in(&trial->random, 8)) {
		disk_kill(trial->disk);
		disk_catch_up(trial->disk);
	} else {
		disk_cut_power(trial->disk, &trial->random);
	}
	trial_close(trial);
	disk_restart(trial->disk);
}

/* Recovery, which is cut short in its turn one time in five. */
static void
recover(struct trial *trial)
{
	while (random_once_in(&trial->random, 5)) {
		const struct trial known = *trial;

		disk_die(trial->disk, 1 + random_below(&trial->random, 30));
		if (trial_open(trial) && !disk_dead(trial->disk))
			(void)trial_check(trial); /* as far as it gets */
		trial->kept = known.kept;
		trial->asked = known.asked;
		trial->in_flight = known.in_flight;
		crash(trial);
	}
}

static enum trial_result
point(struct trial *trial)
{
	enum trial_result result;

	work(trial);
	crash(trial);
	recover(trial);
	if (trial_open(trial))
		result = trial_check(trial);
	else
		result = TRIAL_UNOPENABLE;
	return result;
}

bool
crash_trial(enum trial_mode mode, bool plain, uint64_t seed, uint32_t points)
{
	uint32_t found[TRIAL_RESULTS] = {0}, failures = 0, on_disk = 0;
	struct trial trial;

	trial_init(&trial, mode, seed);
	trial.plain = plain;
	(void)trial_open(&trial); /* the first step says */
	for (uint32_t i = 0; i < points; i++) {
		enum trial_result result = point(&trial);

		found[result]++;
		if (result != TRIAL_GOOD && failures++ < TOLD)
			printf("  point %u of seed %" PRIu64 ": %s\n", i, seed,
				trial_result_name(result));
		if (result == TRIAL_GOOD && ++on_disk < DISK_POINTS)
			continue;
		trial_clear(&trial);
		on_disk = 0;
		trial_init(&trial, mode, seed + 1000003 * (i + UINT64_C(1)));
		trial.plain = plain;
		(void)trial_open(&trial); /* the first step says */
	}
	trial_clear(&trial);
	printf("%s, %s, %s: %u crash points, %u unopenable, %u damaged, %u "
	       "lost\n",
		trial_mode_name(mode), plain ? "plain" : "encrypted",
		wrong_name(wrong), points, found[TRIAL_UNOPENABLE],
		found[TRIAL_DAMAGED], found[TRIAL_LOST]);
	return failures == 0;
}
