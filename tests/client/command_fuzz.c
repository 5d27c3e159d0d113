/* Any command line: it is understood or refused with a reason, no more. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/command.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { WORDS_MAX = 32 };

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *words[WORDS_MAX + 1] = {NULL};
	char program[] = "roadbook";
	char *text = malloc(size + 1);
	struct cli cli = {.out = stdout, .err = stderr, .served = true};
	int count = 0;

	if (!text)
		abort();
	memcpy(text, bytes, size);
	text[size] = '\0';
	words[count++] = program;
	/* Words stand one behind the other, each with its zero. */
	for (char *at = text; at <= text + size && count < WORDS_MAX;
		at += strlen(at) + 1)
		words[count++] = at;
	if (!cli_parse(&cli, count, words) && !cli.problem.message[0])
		abort(); /* refused without a word */
	cli_clear(&cli);
	free(text);
	return 0;
}
