/*
 * Any bytes as a first frame, and any behind a right gate: never a crash, and
 * a hello that was read is written the same.
 */

#include <stdlib.h>
#include <string.h>

#include "proto/hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const uint8_t key[SIGNING_KEY_SIZE] = {7};

static void
decode(const uint8_t *bytes, size_t size)
{
	uint8_t again[HELLO_SIZE_MAX];
	struct hello hello;

	if (hello_decode(&hello, bytes, size, key) != STATUS_OK)
		return;
	if (hello_encode(again, &hello, key) != size ||
		memcmp(again, bytes, size) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	uint8_t frame[HELLO_SIZE_MAX + 1];

	decode(bytes, size);
	if (size < GATE_SIZE || size > sizeof frame)
		return 0;
	memcpy(frame, bytes, size);
	gate_make(frame, key, frame + GATE_SIZE, size - GATE_SIZE);
	decode(frame, size);
	return 0;
}
