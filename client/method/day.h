#ifndef CLIENT_METHOD_DAY_H
#define CLIENT_METHOD_DAY_H

#include <stddef.h>
#include <stdint.h>

/*
 * Days as whole numbers, counted from 1970-01-01, so that ages are
 * differences. Nothing here reads a clock: what is today is handed in.
 */
enum { DAY_NONE = INT32_MIN, DAY_TEXT_SIZE = 16 };

/* YYYY-MM-DD; DAY_NONE for anything else. */
int32_t day_of_text(const char *text, size_t size);
/* The day on the wall calendar of the offset, minutes east of UTC. */
int32_t day_of_moment(int64_t utc_ms, int32_t offset);
/* YYYY-MM-DD; "" for DAY_NONE. */
void day_text(int32_t day, char out[static DAY_TEXT_SIZE]);

#endif
