#include "tests/sim/bytes.h"

#include <sqlite3.h>
#include <string.h>

#include "sync/alloc.h"

bool bytes_taking;

void *
bytes_take_again(void *old, size_t size)
{
	void *p;

	bytes_taking = true;
	p = sqlite3_realloc64(old, size);
	bytes_taking = false;
	if (!p)
		alloc_failed();
	return p;
}

void
bytes_clear(struct bytes *b)
{
	sqlite3_free(b->data);
	memset(b, 0, sizeof *b);
}

void
bytes_reserve(struct bytes *b, size_t room)
{
	if (room <= b->room)
		return;
	b->room = room + room / 2;
	b->data = bytes_take_again(b->data, b->room);
}

void
bytes_resize(struct bytes *b, size_t size)
{
	bytes_reserve(b, size);
	if (size > b->size)
		memset(b->data + b->size, 0, size - b->size);
	b->size = size;
}

void
bytes_write(struct bytes *b, size_t at, const uint8_t *data, size_t size)
{
	if (at > b->size)
		bytes_resize(b, at);
	if (at + size > b->size) {
		bytes_reserve(b, at + size);
		b->size = at + size;
	}
	if (size)
		memcpy(b->data + at, data, size);
}

void
bytes_copy(struct bytes *to, const struct bytes *from)
{
	to->size = 0;
	bytes_write(to, 0, from->data, from->size);
}
