#include "client/text/text_stream.h"

#include <string.h>
#include <sys/types.h>

#include "sync/alloc.h"

enum { ROOM_FIRST = 256 };

static ssize_t
write_bytes(void *self, const char *bytes, size_t size)
{
	struct text_stream *stream = self;

	if (stream->room - stream->size <= size) {
		while (stream->room - stream->size <= size)
			stream->room *= 2;
		stream->bytes = alloc_again(stream->bytes, stream->room);
	}
	memcpy(stream->bytes + stream->size, bytes, size);
	stream->size += size;
	stream->bytes[stream->size] = '\0';
	return (ssize_t)size;
}

FILE *
text_stream_open(struct text_stream *stream)
{
	cookie_io_functions_t calls = {.write = write_bytes};
	FILE *file;

	stream->size = 0;
	stream->room = ROOM_FIRST;
	stream->bytes = alloc(stream->room);
	file = fopencookie(stream, "w", calls);
	if (!file)
		alloc_failed();
	return file;
}
