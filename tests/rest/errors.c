#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "tests/rest/trials.h"
#include "tests/sim/bytes.h"

enum { STEPS = 12 };

/* ---- what fails ---- */

static sqlite3_mem_methods memory;
static uint32_t memory_in, memory_times, memory_failures;

static bool
memory_fails(void)
{
	if (memory_in == 0 || bytes_taking)
		return false;
	if (memory_in > 1) {
		memory_in--;
		return false;
	}
	memory_failures++;
	if (--memory_times == 0)
		memory_in = 0;
	return true;
}

static void *
memory_malloc(int size)
{
	return memory_fails() ? NULL : memory.xMalloc(size);
}

static void *
memory_realloc(void *old, int size)
{
	return memory_fails() ? NULL : memory.xRealloc(old, size);
}

void
memory_prepare(void)
{
	sqlite3_mem_methods failing;

	(void)sqlite3_config(
		SQLITE_CONFIG_GETMALLOC, &memory); /* before it runs */
	failing = memory;
	failing.xMalloc = memory_malloc;
	failing.xRealloc = memory_realloc;
	(void)sqlite3_config(SQLITE_CONFIG_MALLOC, &failing); /* likewise */
}

static void
arm(struct trial *trial, bool disk, uint32_t nth, uint32_t times)
{
	if (disk) {
		disk_fail(trial->disk, nth, times);
	} else {
		memory_in = nth;
		memory_times = times;
		memory_failures = 0;
	}
}

/* Whether the failure came; none comes any more. */
static bool
disarm(struct trial *trial, bool disk)
{
	disk_mend(trial->disk);
	memory_in = 0;
	return disk ? disk_counts(trial->disk)->errors > 0
		    : memory_failures > 0;
}

/* ---- the same work, n after n ---- */

/* SQLite may go on after a failure, or not: what it says of a commit counts. */
static void
work(struct trial *trial)
{
	bool opened = trial_open(trial);

	for (int i = 0; opened && i < STEPS; i++)
		if (!trial_step(trial))
			break;
	trial_close(trial);
}

static bool
nth(enum trial_mode mode, uint64_t seed, bool disk, uint32_t n, uint32_t times,
	bool *came)
{
	struct trial trial;
	enum trial_result result = TRIAL_UNOPENABLE;

	trial_init(&trial, mode, seed);
	/* On something that is there; its beginning is tried elsewhere. */
	work(&trial);
	arm(&trial, disk, n, times);
	work(&trial);
	*came = disarm(&trial, disk);
	if (trial_open(&trial))
		result = trial_check(&trial);
	if (result != TRIAL_GOOD)
		printf("  n = %u of seed %" PRIu64 ", %s, %s: %s\n", n, seed,
			disk ? "disk" : "memory",
			times == 1 ? "once" : "from then on",
			trial_result_name(result));
	trial_clear(&trial);
	return result == TRIAL_GOOD;
}

static bool
trial(enum trial_mode mode, uint64_t seed, bool disk, uint32_t step)
{
	static const uint32_t times[] = {1, UINT32_MAX};
	uint32_t failures = 0, wrongs = 0;

	for (int i = 0; i < 2; i++) {
		bool came = true;

		for (uint32_t n = 1; came; n += step) {
			wrongs += !nth(mode, seed, disk, n, times[i], &came);
			failures += came;
		}
	}
	printf("%s, %s: %u failures, %u wrong\n", trial_mode_name(mode),
		disk ? "disk" : "memory", failures, wrongs);
	return wrongs == 0;
}

bool
disk_trial(enum trial_mode mode, uint64_t seed, uint32_t step)
{
	return trial(mode, seed, true, step);
}

bool
memory_trial(enum trial_mode mode, uint64_t seed, uint32_t step)
{
	return trial(mode, seed, false, step);
}
