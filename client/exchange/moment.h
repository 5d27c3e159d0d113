#ifndef CLIENT_EXCHANGE_MOMENT_H
#define CLIENT_EXCHANGE_MOMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Days and times as text, RFC 3339, of the years 1800 to 2200. Reads no
 * clock and no time zone.
 */

enum {
	MOMENT_OFFSET_MAX = 24 * 60 - 1, /* minutes, either way */
	MOMENT_TEXT_SIZE = 32            /* room for any, with NUL */
};

struct moment {
	int64_t utc_ms;
	int offset_minutes;
};

/* A time as it was typed: what the clock on the wall shows. */
struct moment_typed {
	int64_t local_ms;
	bool has_offset;
	int offset_minutes;
};

/* Whether the text is a real day, YYYY-MM-DD. */
bool moment_day_valid(const char *text, size_t size);
/* Its days since 1970-01-01; false when it is none. */
bool moment_day_read(const char *text, size_t size, int32_t *days);

/*
 * Reads 2026-11-20T09:30:00.000+08:00. A blank may stand for T, seconds and
 * their thousandths may be left out, Z is +00:00, and without an offset
 * has_offset is false.
 */
bool moment_read(struct moment_typed *typed, const char *text, size_t size);

/* Whether the moment's text would be read again. */
bool moment_valid(const struct moment *moment);

/* Writes a valid moment, NUL-terminated; returns the size without the NUL. */
size_t moment_write(
	const struct moment *moment, char out[static MOMENT_TEXT_SIZE]);

#endif
