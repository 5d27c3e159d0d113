#ifndef CLIENT_TEXT_TEXT_STREAM_H
#define CLIENT_TEXT_TEXT_STREAM_H

#include <stddef.h>
#include <stdio.h>

/*
 * A FILE that writes into memory. Unlike open_memstream() it never leaves out
 * what it had no room for: no memory is alloc_failed(), so nothing that is
 * written to it has to be checked.
 */
struct text_stream {
	char *bytes; /* NUL-terminated; the caller's to free() */
	size_t size; /* without the NUL; as of the last fflush() or fclose() */
	size_t room;
};

/*
 * Opens an empty one, good until fclose(), which leaves *stream. Bytes may be
 * read after fflush(), and forgotten there by setting size to 0.
 */
FILE *text_stream_open(struct text_stream *stream);

#endif
