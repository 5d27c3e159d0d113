/*
 * Runs a fuzz target without libFuzzer: every file of the corpus folder named
 * on the command line, then a fixed slice of mutations of each (bytes flipped,
 * cut, doubled), then random bytes. Same seed, same run. FUZZ_REPLAY=plain is
 * the files as they are and nothing else, for tools/coverage.
 */

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { INPUT_MAX = 1 << 20, MUTATIONS_PER_FILE = 300, RANDOM_INPUTS = 2000 };

static uint64_t seed = 20261122;
static int plain;

static uint32_t
random32(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 16);
}

/* An exact-size copy, so that a sanitizer sees a read past the end. */
static void
run(const uint8_t *bytes, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	if (size)
		memcpy(copy, bytes, size);
	(void)LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void
run_mutations(const uint8_t *bytes, size_t size)
{
	uint8_t *spoiled = malloc(size + 1);

	if (!spoiled)
		abort();
	for (int i = 0; size && i < MUTATIONS_PER_FILE; i++) {
		memcpy(spoiled, bytes, size);
		for (uint32_t n = 1 + random32() % 3; n; n--) {
			uint32_t r = random32();

			spoiled[random32() % size] =
				(r & 1) ? (uint8_t)(r >> 8) : 0xff;
		}
		run(spoiled, random32() % 4 ? size : random32() % size);
	}
	free(spoiled);
}

static int
run_file(const char *folder, const char *name)
{
	static uint8_t bytes[INPUT_MAX];
	char path[4096];
	FILE *file;
	size_t size;

	if (snprintf(path, sizeof path, "%s/%s", folder, name) >=
		(int)sizeof path)
		return 1;
	file = fopen(path, "rb");
	if (!file) {
		perror(path);
		return 1;
	}
	size = fread(bytes, 1, sizeof bytes, file);
	(void)fclose(file); /* only read */
	run(bytes, size);
	if (!plain)
		run_mutations(bytes, size);
	return 0;
}

int
main(int argc, char **argv)
{
	const char *how = getenv("FUZZ_REPLAY");
	uint8_t noise[512];
	int files = 0;

	plain = how && strcmp(how, "plain") == 0;

	for (int i = 1; i < argc; i++) {
		DIR *folder = opendir(argv[i]);
		struct dirent *entry;

		while (folder && (entry = readdir(folder)) != NULL) {
			if (entry->d_name[0] == '.')
				continue;
			if (run_file(argv[i], entry->d_name) != 0)
				return 1;
			files++;
		}
		if (folder)
			(void)closedir(folder); /* only read */
	}
	for (int i = 0; !plain && i < RANDOM_INPUTS; i++) {
		size_t size = random32() % sizeof noise;

		for (size_t k = 0; k < size; k++)
			noise[k] = (uint8_t)random32();
		run(noise, size);
	}
	printf("%d corpus files, %d random inputs\n", files,
		plain ? 0 : RANDOM_INPUTS);
	return 0;
}
