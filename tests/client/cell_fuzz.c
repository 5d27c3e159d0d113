#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/exchange/cell.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever a cell holds, its elements written again read back the same. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *cell = malloc(size + 1), *element = malloc(size + 1);
	char *again = NULL, *back;
	size_t left = size, again_size = 0, first_size = 0;
	FILE *file = open_memstream(&again, &again_size);
	const char *at = cell, *second;
	bool first = true;

	assert(cell && element && file);
	memcpy(cell, data, size);
	for (; at; first = false) {
		first_size = cell_next_element(&at, &left, element);
		assert(first_size <= size && !element[first_size]);
		cell_put_element(file, element, first_size, first);
	}
	(void)fclose(file); /* memory */

	back = malloc(again_size + 1);
	assert(back);
	at = cell;
	left = size;
	second = again;
	while (at) {
		assert(second);
		first_size = cell_next_element(&at, &left, element);
		assert(cell_next_element(&second, &again_size, back) ==
			first_size);
		assert(memcmp(element, back, first_size) == 0);
	}
	assert(!second);
	free(cell);
	free(element);
	free(again);
	free(back);
	return 0;
}
