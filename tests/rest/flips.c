#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "client/store/page_seal.h"
#include "tests/rest/trials.h"

/* What became of an altered database. */
struct outcomes {
	uint32_t refused; /* reading it failed */
	uint32_t unread;  /* it reads as before */
	uint32_t wrong;   /* it reads as something else */
};

static void
look(struct trial *trial, struct outcomes *outcomes)
{
	const struct trial_rows before = trial->kept;
	enum trial_result result = TRIAL_UNOPENABLE;

	if (trial_open(trial))
		result = trial_check(trial);
	trial_close(trial);
	trial->kept = before;
	if (result == TRIAL_GOOD)
		outcomes->unread++;
	else if (result == TRIAL_LOST)
		outcomes->wrong++;
	else
		outcomes->refused++;
}

static void
flip_bits(struct trial *trial, uint8_t *bytes, size_t size, uint32_t step,
	struct outcomes *outcomes)
{
	for (size_t bit = 0; bit < size * 8; bit += step) {
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		look(trial, outcomes);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static void
swap_pages(struct trial *trial, uint8_t *bytes, size_t size,
	struct outcomes *outcomes)
{
	static uint8_t kept[PAGE_SEAL_SIZE];

	for (size_t at = 0; at < size; at += PAGE_SEAL_SIZE)
		for (size_t from = 0; from < size; from += PAGE_SEAL_SIZE) {
			if (from == at)
				continue;
			memcpy(kept, bytes + at, PAGE_SEAL_SIZE);
			memcpy(bytes + at, bytes + from, PAGE_SEAL_SIZE);
			look(trial, outcomes);
			memcpy(bytes + at, kept, PAGE_SEAL_SIZE);
		}
}

bool
flip_trial(uint64_t seed, uint32_t step)
{
	struct outcomes flips = {0}, swaps = {0};
	struct trial trial;
	uint8_t *bytes;
	size_t size;

	trial_init(&trial, TRIAL_DELETE, seed);
	if (!trial_open(&trial) || !trial_step(&trial) || !trial_step(&trial))
		return false;
	trial_close(&trial);
	bytes = disk_bytes(trial.disk, "store.db", &size);
	assert(bytes && size % PAGE_SEAL_SIZE == 0);
	flip_bits(&trial, bytes, size, step, &flips);
	swap_pages(&trial, bytes, size, &swaps);
	trial_clear(&trial);
	printf("%zu pages: %u flipped bits refused, %u never read, %u wrong; "
	       "%u moved pages refused, %u never read, %u wrong\n",
		size / PAGE_SEAL_SIZE, flips.refused, flips.unread, flips.wrong,
		swaps.refused, swaps.unread, swaps.wrong);
	return flips.wrong == 0 && swaps.wrong == 0 && flips.refused > 0;
}

bool
secret_trial(enum trial_mode mode, uint64_t seed)
{
	/* Of every row's text (trial.c), of SQL, and of the format. */
	static const char *const secrets[] = {
		" of row ", "CREATE TABLE", "SQLite format", "INTEGER PRIMARY"};
	uint32_t hits = 0, looks = 0;
	struct trial trial;

	trial_init(&trial, mode, seed);
	if (!trial_open(&trial))
		return false;
	for (int i = 0; i < 150; i++) {
		(void)trial_step(&trial); /* the disk is well */
		for (size_t k = 0; k < sizeof secrets / sizeof secrets[0];
			k++, looks++)
			hits += disk_holds(trial.disk,
				(const uint8_t *)secrets[k],
				strlen(secrets[k]));
	}
	trial_clear(&trial);
	printf("%s: %u looks for what was written, %u found\n",
		trial_mode_name(mode), looks, hits);
	return hits == 0;
}
