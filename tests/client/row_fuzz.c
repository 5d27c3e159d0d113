/*
 * The decoder of `_ver` on any bytes: it fails or gives a record that encodes
 * and decodes to itself. The first byte chooses which columns have values.
 */

#include <stdlib.h>
#include <string.h>

#include "client/store/versions.h"

static const uint8_t text[] = {0xa2, 'h', 'i'}, number[] = {0x07};

static const struct versions_column all_columns[] = {
	{5, KIND_PUT, {text, sizeof text}},
	{9, KIND_ONCE, {number, sizeof number}},
	{300, KIND_PUT, {text, sizeof text}}};

enum { COLUMNS = 3 };

/* Which of the registers have their value in a column. */
static void
find_columns(bool *in_columns, const struct record *record,
	const struct versions_column *columns, size_t count)
{
	for (uint32_t i = 0; i < record->reg_count; i++)
		for (size_t k = 0; k < count; k++)
			if (record->regs[i].field == columns[k].field &&
				record->regs[i].kind == columns[k].kind)
				in_columns[i] = true;
}

static void
check_round_trip(const struct record *record, bool inbox,
	const struct versions_column *columns, size_t count)
{
	bool *in_columns = alloc(record->reg_count + 1u);
	struct buffer first = {0}, second = {0};
	struct record again = {0};

	find_columns(in_columns, record, columns, count);
	versions_encode(&first, record, in_columns, inbox);
	record_reset(&again, record->type, record->id, record->id_size);
	if (!versions_decode(
		    &again, first.bytes, first.size, columns, count, &inbox) ||
		again.reg_count != record->reg_count)
		abort();
	versions_encode(&second, &again, in_columns, inbox);
	if (first.size != second.size ||
		memcmp(first.bytes, second.bytes, first.size) != 0)
		abort();
	buffer_clear(&first);
	buffer_clear(&second);
	record_clear(&again);
	free(in_columns);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const uint8_t id[ID_BYTES] = {1};
	struct versions_column columns[COLUMNS];
	struct record record = {0};
	size_t count = 0;
	bool inbox = false;

	if (size == 0)
		return 0;
	for (size_t i = 0; i < COLUMNS; i++)
		if (bytes[0] >> i & 1)
			columns[count++] = all_columns[i];
	record_reset(&record, 100, id, sizeof id);
	if (versions_decode(
		    &record, bytes + 1, size - 1, columns, count, &inbox))
		check_round_trip(&record, inbox, columns, count);
	record_clear(&record);
	return 0;
}
