#include "client/store/varint.h"

#include <stdlib.h>
#include <string.h>

#include "sync/alloc.h"

static void
make_room(struct buffer *buffer, size_t size)
{
	if (buffer->room - buffer->size >= size)
		return;
	buffer->room = (buffer->room + size) * 2;
	buffer->bytes = alloc_again(buffer->bytes, buffer->room);
}

void
buffer_byte(struct buffer *buffer, uint8_t byte)
{
	make_room(buffer, 1);
	buffer->bytes[buffer->size++] = byte;
}

void
buffer_bytes(struct buffer *buffer, const void *bytes, size_t size)
{
	if (!size)
		return;
	make_room(buffer, size);
	memcpy(buffer->bytes + buffer->size, bytes, size);
	buffer->size += size;
}

void
buffer_varint(struct buffer *buffer, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		buffer_byte(buffer, (uint8_t)(value | 0x80));
	buffer_byte(buffer, (uint8_t)value);
}

void
buffer_signed(struct buffer *buffer, int64_t value)
{
	uint64_t bits = (uint64_t)value << 1;

	buffer_varint(buffer, value < 0 ? ~bits : bits);
}

void
buffer_clear(struct buffer *buffer)
{
	free(buffer->bytes);
	*buffer = (struct buffer){0};
}

uint8_t
reader_byte(struct reader *reader)
{
	if (reader->failed || reader->at == reader->end) {
		reader->failed = true;
		return 0;
	}
	return *reader->at++;
}

uint64_t
reader_varint(struct reader *reader, uint64_t max)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t byte = reader_byte(reader);

		/* The tenth byte has room for one bit. */
		if (shift == 63 && byte > 1)
			break;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte & 0x80)
			continue;
		/* A last byte of zero would be a longer form of the same. */
		if ((byte == 0 && shift) || value > max || reader->failed)
			break;
		return value;
	}
	reader->failed = true;
	return 0;
}

int64_t
reader_signed(struct reader *reader)
{
	uint64_t bits = reader_varint(reader, UINT64_MAX);

	return bits & 1 ? -(int64_t)(bits >> 1) - 1 : (int64_t)(bits >> 1);
}

size_t
reader_count(struct reader *reader)
{
	return (size_t)reader_varint(reader, reader_left(reader));
}

struct pack_view
reader_value(struct reader *reader)
{
	struct pack_view value = {0};
	struct unpack unpack;

	if (reader->failed)
		return value;
	unpack_init(&unpack, reader->at, reader_left(reader));
	if (!unpack_value(&unpack, &value)) {
		reader->failed = true;
		return (struct pack_view){0};
	}
	reader->at += value.size;
	return value;
}

size_t
reader_left(const struct reader *reader)
{
	return reader->failed ? 0 : (size_t)(reader->end - reader->at);
}
