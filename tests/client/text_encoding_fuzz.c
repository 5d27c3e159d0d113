/*
 * Any bytes at all, under every encoding: never a crash; what comes out is
 * UTF-8 without NUL bytes; what is refused is refused with its reason.
 */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "client/exchange/text_encoding.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
check(bool claim)
{
	if (!claim)
		abort();
}

static void
check_text(const struct text *text)
{
	struct text_encoding_fault fault;
	struct text again;

	check(text->encoding != TEXT_ENCODING_DETECT);
	check(strlen(text->bytes) == text->size);
	check(text_encoding_decode(&again, &fault, (const uint8_t *)text->bytes,
		      text->size, TEXT_ENCODING_UTF8) == STATUS_OK);
	/* Less by the second of two marks, where somebody put two. */
	check(again.size == text->size || again.size + 3 == text->size);
	free(again.bytes);
}

static void
check_fault(const struct text_encoding_fault *fault, enum status status)
{
	check(status == STATUS_MALFORMED || status == STATUS_REFUSED);
	check(fault->reason != TEXT_ENCODING_REASON_NONE);
	check((fault->line > 0) == (status == STATUS_MALFORMED));
	check((fault->encoding != TEXT_ENCODING_DETECT) ==
		(fault->reason == TEXT_ENCODING_REASON_INVALID));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const enum text_encoding encodings[] = {TEXT_ENCODING_DETECT,
		TEXT_ENCODING_UTF8, TEXT_ENCODING_GB18030};

	for (size_t i = 0; i < sizeof encodings / sizeof encodings[0]; i++) {
		struct text_encoding_fault fault;
		struct text text;
		enum status status = text_encoding_decode(
			&text, &fault, bytes, size, encodings[i]);

		if (status != STATUS_OK) {
			check_fault(&fault, status);
			continue;
		}
		check(fault.reason == TEXT_ENCODING_REASON_NONE);
		check_text(&text);
		free(text.bytes);
	}
	return 0;
}
