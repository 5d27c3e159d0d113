/*
 * rest: the encrypting VFS on a disk that fails. README.md beside this.
 *
 *     rest --slice                 seconds of everything
 *     rest --points N [--seed S]   N crash points in the four journal modes
 *     rest --plain N               the same of plain SQLite, for comparison
 *     rest --bits                  each bit of a small database
 *     rest --errors                each n-th failure of disk and memory
 *     rest --speed                 what ciphers and sizes of page cost
 */

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/rest/trials.h"
#include "tests/rest/wrong.h"

enum { SLICE_POINTS = 240, CONTROL_POINTS = 250, SLICE_STEP = 61 };

static uint64_t seed = 1;

/* WAL, which the program uses, takes half of them. */
static bool
crash_points(uint32_t points, bool plain)
{
	bool well = crash_trial(TRIAL_WAL, plain, seed, points / 2);

	for (int mode = TRIAL_DELETE; mode < TRIAL_MODES; mode++)
		well &= crash_trial(
			(enum trial_mode)mode, plain, seed, points / 6 + 1);
	return well;
}

/* Each mistake has to be found, or the trial would not find the next one. */
static bool
controls(void)
{
	bool well = true;

	for (int i = WRONG_NONE + 1; i < WRONGS; i++) {
		wrong = (enum wrong)i;
		if (crash_trial(TRIAL_WAL, false, seed, CONTROL_POINTS)) {
			printf("%s was not found\n", wrong_name(wrong));
			well = false;
		}
	}
	wrong = WRONG_NONE;
	return well;
}

static bool
errors(uint32_t step)
{
	bool well = true;

	for (int mode = TRIAL_WAL; mode < TRIAL_MODES; mode++) {
		well &= disk_trial((enum trial_mode)mode, seed, step);
		well &= memory_trial((enum trial_mode)mode, seed, step);
	}
	return well;
}

static bool
secrets(void)
{
	bool well = true;

	for (int mode = TRIAL_WAL; mode < TRIAL_MODES; mode++)
		well &= secret_trial((enum trial_mode)mode, seed);
	return well;
}

static bool
slice(void)
{
	bool well = crash_points(SLICE_POINTS, false);

	well &= crash_points(SLICE_POINTS, true);
	well &= controls();
	well &= errors(SLICE_STEP);
	well &= flip_trial(seed, 8 * SLICE_STEP + 1);
	return secrets() && well;
}

int
main(int count, char **words)
{
	const char *what = count > 1 ? words[1] : "";
	static struct random salts;
	bool well = true;

	if (sodium_init() < 0)
		return 1;
	memory_prepare();
	disk_register();
	for (int i = 1; i + 1 < count; i++)
		if (strcmp(words[i], "--seed") == 0)
			seed = strtoull(words[i + 1], NULL, 10);
	random_init(&salts, seed, 3);
	disk_randomness(&salts);
	if (strcmp(what, "--slice") == 0) {
		well = slice();
	} else if (strcmp(what, "--points") == 0 && count > 2) {
		well = crash_points(
			(uint32_t)strtoul(words[2], NULL, 10), false);
		well &= controls();
	} else if (strcmp(what, "--plain") == 0 && count > 2) {
		well = crash_points(
			(uint32_t)strtoul(words[2], NULL, 10), true);
	} else if (strcmp(what, "--bits") == 0) {
		well = flip_trial(seed, 1);
	} else if (strcmp(what, "--errors") == 0) {
		well = errors(1);
	} else if (strcmp(what, "--speed") == 0) {
		speed_trial();
	} else {
		fputs("rest --slice | --points N | --plain N | --bits | "
		      "--errors | "
		      "--speed [--seed S]\n",
			stderr);
		return 2;
	}
	puts(well ? "all well" : "not well");
	return well ? 0 : 1;
}
